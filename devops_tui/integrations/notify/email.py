"""Mail by SMTP."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from devops_tui.domain.errors import DevopsError, NotTold
from devops_tui.domain.notice import one_line
from devops_tui.domain.notify import EmailWay, Message, Tls
from devops_tui.integrations.cuttable import Cuttable
from devops_tui.ports.runtime import Clock, Secrets

TIMEOUT_S = 30.0

_STEP_S = 10.0
_SUBJECT = 120


class EmailSender:
    """Needs: an SMTP server. A password is sent after TLS only.

    Args:
        context: For tests; the system's certificates by default.
    """

    def __init__(
        self, way: EmailWay, secrets: Secrets, clock: Clock, context: ssl.SSLContext | None = None
    ) -> None:
        self._way = way
        self._secrets = secrets
        self._clock = clock
        self._context = context

    async def send(self, message: Message) -> None:
        """See ports.notify.Sender."""
        way = self._way
        try:
            password = await self._secrets.resolve(way.password) if way.password else ""
        except DevopsError as error:
            raise NotTold(error.title, error.hint) from None
        talk = _Talk(way, self._context or ssl.create_default_context())
        mail = self.mail_of(message)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await asyncio.to_thread(talk.run, mail, password)
        except TimeoutError:
            raise NotTold(f"{way.host} did not take the mail in {TIMEOUT_S:.0f} s") from None
        finally:
            talk.cut()

    def mail_of(self, message: Message) -> EmailMessage:
        """The mail; told again it bears the same id, and no text gets into its headers as more."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = one_line(message.title, _SUBJECT)
        mail["From"] = self._way.sender
        mail["To"] = ", ".join(self._way.to)
        mail["Date"] = format_datetime(self._clock.now())
        key = hashlib.sha256(message.key.encode()).hexdigest()
        mail["Message-ID"] = f"<{key[:40]}@devops-tui.invalid>"
        mail["Auto-Submitted"] = "auto-generated"
        times = [f"{n.at:%Y-%m-%d %H:%M:%S} UTC  {n}" for n in message.notices]
        more = [f"and {message.more} more"] if message.more else []
        mail.set_content("\n".join([*times, *more, "", f"-- \ndevops-tui, {message.workspace}"]))
        return mail


class _Talk:
    """One talk with the server, on a thread; `cut` ends it from any other."""

    def __init__(self, way: EmailWay, context: ssl.SSLContext) -> None:
        self._way = way
        self._context = context
        self._end = Cuttable()

    def run(self, mail: EmailMessage, password: str) -> None:
        """Raises NotTold unless every recipient was taken."""
        way = self._way
        try:
            link = self._connected()
            try:
                if way.tls is Tls.STARTTLS:
                    link.starttls(context=self._context)
                if way.user:
                    link.login(way.user, password)
                refused = link.send_message(mail)
            finally:
                _take_leave(link)
        except ssl.SSLCertVerificationError as error:
            raise NotTold(
                f"the certificate of {way.host} is not trusted: {error.verify_message}",
                "Add its authority to this machine's certificates.",
            ) from None
        except smtplib.SMTPAuthenticationError:
            raise NotTold(
                f"{way.host} does not let {way.user} in", "Look at the password."
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise NotTold(f"{way.host}: {error}", "Set `tls:` as the server wants it.") from None
        except smtplib.SMTPRecipientsRefused as error:
            said = "; ".join(_answer(*answer) for answer in error.recipients.values())
            names = ", ".join(sorted(error.recipients))
            raise NotTold(f"{way.host} refuses {names}: {said}", "Correct `to:`.") from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or one_line(str(error)) or "no answer"
            raise NotTold(f"{way.host} cannot be told: {reason}") from None
        finally:
            self._end.let_go()
        if refused:
            raise NotTold(f"{way.host} refuses {', '.join(sorted(refused))}", "Correct `to:`.")

    def _connected(self) -> smtplib.SMTP:
        name = socket.gethostname()
        link: smtplib.SMTP
        if self._way.tls is Tls.IMPLICIT:
            link = _TlsLink(self._end, local_hostname=name, timeout=_STEP_S, context=self._context)
        else:
            link = _Link(self._end, local_hostname=name, timeout=_STEP_S)
        link._host = self._way.host  # type: ignore[attr-defined] # what certificates are held against
        try:
            code, said = link.connect(self._way.host, self._way.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
        except BaseException:
            link.close()
            raise
        return link

    def cut(self) -> None:
        """Ends what still waits for the other side."""
        self._end.cut()


class _Link(smtplib.SMTP):
    """Connects so that it can be cut."""

    def __init__(self, end: Cuttable, **words: Any) -> None:
        self._end = end
        super().__init__(**words)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._end.connect((host, port), timeout)


class _TlsLink(smtplib.SMTP_SSL, _Link):
    """The same, protected from the first byte on."""

    def __init__(self, end: Cuttable, **words: Any) -> None:
        self._end = end
        smtplib.SMTP_SSL.__init__(self, **words)


def _take_leave(link: smtplib.SMTP) -> None:
    """What is said to a good-bye changes nothing: the mail was taken, or was not."""
    with suppress(OSError, smtplib.SMTPException):
        link.quit()
    link.close()


def _answer(code: int, words: bytes) -> str:
    return one_line(f"{code} {words.decode('utf-8', 'replace')}")
