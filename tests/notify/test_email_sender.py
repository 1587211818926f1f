"""Mail by SMTP: protected first, one line in each header, the same id when told again."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.notify_samples import AT, PlainSecrets, certificate, message, notice
from support.smtp_double import SmtpDouble, smtp_double

from devops_tui.domain.errors import NotTold
from devops_tui.domain.notify import EmailWay, Tls
from devops_tui.integrations.notify.email import EmailSender

CLOCK = StillClock(AT)
TO = ("ops@example.com", "jun@example.com")


def way(double: SmtpDouble, tls: Tls = Tls.NONE, password: str = "") -> EmailWay:
    user = "devops" if password else ""
    return EmailWay("127.0.0.1", "devops@example.com", TO, double.port, user, password, tls)


def parsed(mail: bytes) -> email.message.EmailMessage:
    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


async def test_a_mail_says_what_happened_and_bears_its_key() -> None:
    async with smtp_double() as double:
        sender = EmailSender(way(double), PlainSecrets(), CLOCK)
        await sender.send(message(notice(why="grüne Tests")))
        await sender.send(message(notice(why="grüne Tests")))
    first, again = (parsed(mail) for mail in double.mails)
    assert first["Subject"] == "[shop] shop-12 waits for approval at release/approve"
    assert (first["From"], first["To"]) == ("devops@example.com", ", ".join(TO))
    assert "2026-09-14 07:00:00 UTC  shop-12 waits" in first.get_content()
    assert "grüne Tests" in first.get_content()
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == again["Message-ID"]


async def test_a_mail_that_was_taken_is_told_whatever_is_said_to_the_good_bye() -> None:
    async with smtp_double() as double:
        double.bye = b"250 what?"
        await EmailSender(way(double), PlainSecrets(), CLOCK).send(message())
    assert len(double.mails) == 1


async def test_no_text_becomes_a_header() -> None:
    async with smtp_double() as double:
        bad = notice(title="x\r\nBcc: evil@example.com\r\n\r\nhello")
        await EmailSender(way(double), PlainSecrets(), CLOCK).send(message(bad))
    mail = parsed(double.mails[0])
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[shop] x Bcc: evil@example.com hello"


async def test_the_password_is_sent_after_tls_only(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with smtp_double(server) as double:
        protected = way(double, Tls.STARTTLS, "plain:hunter2")
        with pytest.raises(NotTold, match=r"certificate of 127\.0\.0\.1 is not trusted"):
            await EmailSender(protected, PlainSecrets(), CLOCK).send(message())
        assert (double.logins, double.mails) == ([], [])
        await EmailSender(protected, PlainSecrets(), CLOCK, trusting).send(message())
        assert double.logins == [("\0devops\0hunter2", True)]
        assert len(double.mails) == 1
        wrong = way(double, Tls.STARTTLS, "plain:hunter3")
        with pytest.raises(NotTold, match="does not let devops in") as caught:
            await EmailSender(wrong, PlainSecrets(), CLOCK, trusting).send(message())
        assert "hunter3" not in str(caught.value)


async def test_a_server_without_tls_gets_nothing() -> None:
    async with smtp_double() as double:
        with pytest.raises(NotTold, match="STARTTLS"):
            await EmailSender(way(double, Tls.STARTTLS), PlainSecrets(), CLOCK).send(message())
        assert double.mails == []


async def test_a_recipient_that_is_refused_is_named() -> None:
    async with smtp_double() as double:
        double.refuses = "jun@"
        with pytest.raises(NotTold, match=r"refuses jun@example\.com"):
            await EmailSender(way(double), PlainSecrets(), CLOCK).send(message())
