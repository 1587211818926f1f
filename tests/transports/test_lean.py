"""What we leave out of asyncssh's work, and that everything still works without it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import asyncssh.logging
import pytest
from support.sshd import embedded

from devops_tui.transports import dial, file_memory
from devops_tui.transports.destination import Destination
from devops_tui.transports.host_key import HOST_KEY_KINDS, HostKeyGuard
from devops_tui.transports.links import SshLinks

IGNORE, USERAUTH_REQUEST, CHANNEL_DATA = 2, 50, 94


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The kinds of all packets that we send."""
    kinds: list[int] = []
    real = asyncssh.SSHClientConnection.send_packet

    def noting(self: Any, pkttype: int, *args: bytes, **more: Any) -> None:
        kinds.append(pkttype)
        real(self, pkttype, *args, **more)

    monkeypatch.setattr(asyncssh.SSHClientConnection, "send_packet", noting)
    return kinds


async def test_no_empty_packet_goes_before_each_packet(tmp_path: Path, sent: list[int]) -> None:
    async with embedded(tmp_path / "host") as server:
        host = server.host("web1")
        links = SshLinks({"web1": host})
        transport = links.to(host.name)
        assert (await transport.run("echo warm")).stdout == b"warm\n"
        sent.clear()
        assert (await transport.run("cat >/dev/null; echo twice")).stdout == b"twice\n"
        await links.close()
    assert CHANNEL_DATA in sent
    assert IGNORE not in sent


def test_no_cipher_needs_the_empty_packets() -> None:
    assert [cipher for cipher in dial._CIPHERS if "cbc" in cipher] == []


async def test_kinds_on_record_are_asked_for_first(tmp_path: Path) -> None:
    async with embedded(tmp_path / "host") as server:
        destination = Destination.of(server.host("web1"))
        kinds = HostKeyGuard("web1", destination.verdict()).kinds()
        assert isinstance(kinds, list)
        assert kinds[0] == "ssh-ed25519"
        assert set(HOST_KEY_KINDS) <= set(kinds)
        (tmp_path / "empty").touch()
        stranger = Destination.of(server.host("web1", known_hosts=tmp_path / "empty"))
        unknown = HostKeyGuard("web1", stranger.verdict()).kinds()
        assert isinstance(unknown, str)
        assert unknown.startswith("+ssh-ed25519,")


async def test_no_empty_packet_goes_out_while_we_log_in(tmp_path: Path, sent: list[int]) -> None:
    async with embedded(tmp_path / "host") as server:
        links = SshLinks({"web1": server.host("web1")})
        await links.to(server.host("web1").name).run("true")
        await links.close()
    assert USERAUTH_REQUEST in sent
    assert IGNORE not in sent


async def test_handshakes_share_a_key_file_and_no_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_memory, "SETTLED_S", -1.0)
    async with embedded(tmp_path / "host") as server:
        destination = Destination.of(server.host("web1"))
        (first,), (second,) = destination.keys(), destination.keys()
    assert first is not second  # a handshake notes in it how it signs
    assert first.public_data == second.public_data
    assert first._key is second._key  # type: ignore[attr-defined]


async def test_what_is_kept_is_still_logged_and_nothing_else_is_made_into_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Costly(list[bytes]):
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("made into words for nobody")

    logger = asyncssh.logging.SSHLogger()
    with caplog.at_level(logging.WARNING, "asyncssh"):
        logger.info("dropped %s", Costly())
        logger.warning("kept %s", [b"one", b"two"])
    assert [record.getMessage() for record in caplog.records] == ["kept one,two"]
