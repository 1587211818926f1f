"""Several addresses a host, certificates of the login: against real sshds."""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.sshd import SshServer, embedded, free_port, openssh

from devops_tui.domain.errors import HostKeyUnknown, HostUnreachable, LoginRefused
from devops_tui.domain.fleet import Host
from devops_tui.transports import ssh_program
from devops_tui.transports.answering import Answered, answering
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.ssh import SshTransport
from devops_tui.transports.trust import ask_key, write_down

pytestmark = pytest.mark.real


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with openssh(tmp_path / "sshd") as made:
        yield made


async def said(host: Host, via: SshTransport | None = None) -> bytes:
    limits = LinkLimits(connect_s=6, login_s=6)
    transport = SshTransport(host, via=via, limits=limits, config_file=Path("/none"))
    try:
        return (await transport.run("echo let in")).stdout
    finally:
        await transport.close()


def knows(server: SshServer, place: str) -> None:
    kind, key, *_ = Path(f"{server.host_key}.pub").read_text().split()
    server.known_hosts.write_text(f"{place} {kind} {key}\n")


def at(host: Host, *addresses: str) -> Host:
    return replace(host, address=addresses[0], other_addresses=addresses[1:])


async def test_the_first_address_that_answers_is_taken(server: SshServer) -> None:
    name = f"[no-such-name.invalid]:{server.port}"
    knows(server, name)
    host = at(server.host(), "no-such-name.invalid", "127.0.0.9", "127.0.0.1")
    assert await said(host) == b"let in\n"


async def test_the_key_is_that_of_the_first_address(server: SshServer) -> None:
    with pytest.raises(HostKeyUnknown):
        await said(at(server.host(), "127.0.0.9", "127.0.0.1"))


async def test_none_that_answers_is_unreachable(server: SshServer) -> None:
    with pytest.raises(HostUnreachable):
        await said(replace(at(server.host(), "127.0.0.8", "127.0.0.9"), port=free_port()))


async def test_over_a_jump_the_addresses_are_tried_too(server: SshServer, tmp_path: Path) -> None:
    jump = SshTransport(server.host("jump"), config_file=Path("/none"))
    async with embedded(tmp_path / "behind") as behind:
        host = at(behind.host("behind", via="jump"), "127.0.0.9", "127.0.0.1")
        knows(behind, f"[127.0.0.9]:{behind.port}")
        assert await said(host, jump) == b"let in\n"
        await jump.close()


async def test_an_address_that_swallows_packets_has_its_share_of_the_time_only(
    server: SshServer,
) -> None:
    knows(server, f"[127.0.0.2]:{server.port}")
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", server.port))
        listener.listen(0)
        held = [socket.socket() for _ in range(4)]  # its queue is full: the next is not answered
        for each in held:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        limits = LinkLimits(connect_s=1.5, login_s=6)
        host = at(server.host(), "127.0.0.2", "127.0.0.1")
        transport = SshTransport(host, limits=limits, config_file=Path("/none"))
        assert (await transport.run("echo let in")).stdout == b"let in\n"
        await transport.close()
        for each in held:
            each.close()


def signed(folder: Path) -> tuple[Path, Path, Path]:
    """An authority, a login's key, and the certificate, which does not lie beside the key."""
    authority, login, certificate = folder / "authority", folder / "login", folder / "own.pub"
    for key in (authority, login):
        subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", str(key)], check=True)
    words = ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-n", getpass.getuser()]
    subprocess.run([*words, f"{login}.pub"], check=True)
    (folder / "login-cert.pub").rename(certificate)
    return authority, login, certificate


async def test_a_certificate_lets_a_login_in(tmp_path: Path) -> None:
    authority, login, certificate = signed(tmp_path)
    with openssh(tmp_path / "sshd", [f"TrustedUserCAKeys {authority}.pub"]) as server:
        host = replace(server.host(), identity=str(login), agent="none")
        with pytest.raises(LoginRefused):
            await said(host)
        assert await said(replace(host, certificate=str(certificate))) == b"let in\n"


def as_program(host: Host, at: ssh_program.Answers) -> bytes:
    argv = ssh_program.quiet_argv(host, {host.name: host}, "echo let in", at)
    return subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, check=False).stdout


async def test_a_shell_goes_to_the_address_that_answers(server: SshServer) -> None:
    first = f"[127.0.0.9]:{server.port}"
    knows(server, first)
    host = at(server.host(), "127.0.0.9", "127.0.0.1")
    found = await answering(host, {host.name: host}, LinkLimits(), Path("/none"))
    assert (found.address, found.known_as) == ("127.0.0.1", first)
    assert as_program(host, {}) == b""
    assert as_program(host, {host.name: found}) == b"let in\n"
    knows(server, f"[127.0.0.1]:{server.port}")  # its key is that of the first address, as ours
    assert as_program(host, {host.name: found}) == b""


async def test_a_key_is_asked_for_where_the_host_answers(server: SshServer, tmp_path: Path) -> None:
    known = tmp_path / "own"
    host = at(server.host("web-1", known), "127.0.0.9", "127.0.0.1")
    offer = await ask_key(host, {host.name: host}, LinkLimits(), Path("/none"))
    assert offer.place == f"[127.0.0.9]:{server.port}"
    write_down(offer)
    assert await said(host) == b"let in\n"


async def test_behind_a_jump_the_address_that_answers_is_found_too(
    server: SshServer, tmp_path: Path
) -> None:
    async with embedded(tmp_path / "behind") as behind:
        jump = server.host("jump")
        host = at(behind.host("behind", via="jump"), "127.0.0.9", "127.0.0.1")
        found = await answering(host, {"jump": jump, "behind": host}, LinkLimits(), Path("/none"))
        assert (found.address, found.known_as) == ("127.0.0.1", f"[127.0.0.9]:{behind.port}")


async def test_where_none_answers_the_first_one_is_named(server: SshServer) -> None:
    host = replace(at(server.host(), "127.0.0.8", "127.0.0.9"), port=free_port())
    assert await answering(host, {}, LinkLimits(), Path("/none")) == Answered("127.0.0.8")
