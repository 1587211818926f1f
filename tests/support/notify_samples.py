"""Notices, messages and a certificate for tests of the ways of telling."""

from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.notice import Notice, Severity, Topic
from devops_tui.domain.notify import Message

AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)


class PlainSecrets:
    """Secrets that are named after themselves: "plain:hunter2"."""

    async def resolve(self, reference: str) -> str:
        return reference.removeprefix("plain:")


def notice(
    seq: int = 7, title: str = "shop-12 waits for approval at release/approve", why: str = ""
) -> Notice:
    return Notice(
        seq, "gate.opened", Topic.APPROVAL, Severity.WARNING, "shop-12", title, why, "worker", AT
    )


def message(*notices: Notice, more: int = 0) -> Message:
    return Message("shop/chat/6-7", "shop", "chat", notices or (notice(),), more)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side of a new certificate of 127.0.0.1, and a client's that trusts it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))
