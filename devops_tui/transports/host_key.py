"""Decides whether the key that a host shows may be believed, and says why not.

Three different answers, because they ask three different things of the operator: an
unknown key can be trusted by an explicit act; a changed or revoked one is a wall.
"""

from __future__ import annotations

import asyncssh

from devops_tui.domain.errors import HostError, HostKeyChanged, HostKeyRevoked, HostKeyUnknown
from devops_tui.transports.known_hosts import Mark, Verdict, fingerprint
from devops_tui.transports.lean import lighten

# Beside the kinds that are on record all current ones are offered, so that a host that
# lost its recorded key shows the new one and can be told apart from a broken link.
HOST_KEY_KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


class HostKeyGuard(asyncssh.SSHClient):
    """asyncssh's client object of one handshake; remembers what it refused.

    Attributes:
        refusal: Why the key was refused; None while it was not.
        banner: What the host said before the login, untrusted.
    """

    def __init__(self, host: str, verdict: Verdict) -> None:
        self._host = host
        self._verdict = verdict
        self.refusal: HostError | None = None
        self.banner = ""
        self._connection: asyncssh.SSHClientConnection | None = None

    @property
    def is_connected(self) -> bool:
        """Whether TCP stood."""
        return self._connection is not None

    @property
    def is_greeted(self) -> bool:
        """Whether the other side said that it speaks SSH."""
        connection = self._connection
        return connection is not None and bool(connection.get_extra_info("server_version"))

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The link stands, nothing was said yet (asyncssh calls this)."""
        self._connection = conn
        lighten(conn)

    def trusted(
        self, _host: str, _address: str, _port: int | None
    ) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]:
        """Keys, authorities and revoked keys, in the form that asyncssh asks for.

        A key that is both trusted and revoked is revoked.
        """
        revoked = [entry.key for entry in self._verdict.revoked()]
        trusted = [key for key in self._verdict.keys(Mark.TRUSTED) if key not in revoked]
        authorities = [key for key in self._verdict.keys(Mark.AUTHORITY) if key not in revoked]
        return trusted, authorities, revoked

    def kinds(self) -> str | list[str]:
        """The kinds of host keys to ask for: those on record first.

        A list where that is enough: asyncssh compares a pattern with all that it knows, at
        a sixth of the cost of a handshake.
        """
        trusted = self._verdict.keys(Mark.TRUSTED)
        if not trusted or self._verdict.keys(Mark.AUTHORITY):
            return "+" + ",".join(HOST_KEY_KINDS)
        known = [kind.decode("ascii") for key in trusted for kind in key.sig_algorithms]
        return list(dict.fromkeys((*known, *HOST_KEY_KINDS)))

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Refuses: called only for a key that is not among the trusted ones."""
        self.refusal = self._unknown_or_changed(key)
        return False

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Refuses: called only for an authority that is not among the trusted ones."""
        self.refusal = self._unknown_or_changed(key)
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Keeps the beginning of the banner for the message of a refused login."""
        self.banner = msg[:500]

    def refused(self, reason: str) -> HostError:
        """The error for a handshake that ended because of the key; `reason` is asyncssh's."""
        if self.refusal is not None:
            return self.refusal
        revoked = self._verdict.revoked()
        if "revoked" in reason and revoked:
            listed = "; ".join(map(str, revoked))
            return HostKeyRevoked(
                f"{self._host} shows a revoked host key",
                f"Do not use this host. Revoked for {self._verdict.name}: {listed}.",
            )
        return HostKeyChanged(
            f"{self._host} shows a host certificate that is not valid: {reason}",
            "Ask who runs the host; the certificate may be expired or for another name.",
        )

    def _unknown_or_changed(self, key: asyncssh.SSHKey) -> HostError:
        shown = fingerprint(key)
        known = self._verdict.entries(Mark.TRUSTED) or self._verdict.entries(Mark.AUTHORITY)
        if known:
            listed = "; ".join(map(str, known))
            return HostKeyChanged(
                f"{self._host} shows another host key than the one on record",
                f"Shown: {shown}. On record for {self._verdict.name}: {listed}. Somebody may "
                "stand in between: ask who runs the host before the line is changed.",
            )
        files = ", ".join(self._verdict.files) or "no file"
        if self._verdict.unreadable:
            files += f" (not readable: {'; '.join(self._verdict.unreadable)})"
        return HostKeyUnknown(
            f"the host key of {self._host} is not known",
            f"Shown: {shown}. Looked for {self._verdict.name} in {files}. Compare the "
            "fingerprint with the host's own; `devops-tui trust HOST` then writes it down.",
        )
