"""A small SMTP server on loopback: takes mails, or refuses, or offers TLS."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpDouble:
    """What it saw and how it behaves."""

    port: int = 0
    context: ssl.SSLContext | None = None
    refuses: str = ""  # recipients that hold this are not taken
    is_mute: bool = False  # says nothing at all
    bye: bytes = b"221 bye"
    mails: list[bytes] = field(default_factory=list)
    logins: list[tuple[str, bool]] = field(default_factory=list)  # what was sent, under TLS or not
    talks: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.talks += 1
        is_protected = False
        try:
            if self.is_mute:
                await reader.read()
                return
            writer.write(b"220 double\r\n")
            while words := (await reader.readline()).decode().strip():
                verb = words.split()[0].upper()
                if verb in ("EHLO", "HELO"):
                    offers = ["double"]
                    offers += ["STARTTLS"] if self.context and not is_protected else []
                    offers += ["AUTH PLAIN"] if is_protected else []
                    rows = [f"250-{o}" for o in offers[:-1]] + [f"250 {offers[-1]}"]
                    writer.write("".join(f"{row}\r\n" for row in rows).encode())
                elif verb == "STARTTLS" and self.context is not None:
                    writer.write(b"220 go\r\n")
                    await writer.start_tls(self.context)
                    is_protected = True
                elif verb == "AUTH":
                    login = base64.b64decode(words.split()[2]).decode()
                    self.logins.append((login, is_protected))
                    is_good = login.endswith("\0hunter2")
                    writer.write(b"235 in\r\n" if is_good else b"535 no\r\n")
                elif verb == "RCPT" and self.refuses and self.refuses in words:
                    writer.write(b"550 nobody\r\n")
                elif verb == "DATA":
                    writer.write(b"354 go on\r\n")
                    mail = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(mail)
                    writer.write(b"250 taken\r\n")
                elif verb == "QUIT":
                    writer.write(self.bye + b"\r\n")
                    return
                else:
                    writer.write(b"250 ok\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def smtp_double(context: ssl.SSLContext | None = None) -> AsyncIterator[SmtpDouble]:
    """Serves while inside."""
    double = SmtpDouble(context=context)
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
