"""Trust on first use against a real sshd: shown, written, and a wall when it changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.sshd import SshServer, openssh

from devops_tui.domain.errors import HostKeyChanged, HostKeyRevoked, HostUnreachable
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from devops_tui.transports.trust import Offer, ask_key, write_down

QUICK = LinkLimits(connect_s=2, login_s=5)
pytestmark = pytest.mark.real


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with openssh(tmp_path / "sshd") as made:
        yield made


async def offer(server: SshServer, known: Path) -> Offer:
    host = server.host("web-1", known)
    return await ask_key(host, {"web-1": host}, QUICK)


def listed_by_ssh_keygen(server: SshServer) -> str:
    words = ["ssh-keygen", "-lf", f"{server.host_key}.pub"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def another_key(folder: Path) -> str:
    subprocess.run(["ssh-keygen", "-qN", "", "-f", str(folder / "other")], check=True)
    return (folder / "other.pub").read_text()


async def test_a_key_is_shown_as_ssh_keygen_shows_it_and_then_trusted(
    server: SshServer, tmp_path: Path
) -> None:
    known = tmp_path / "own" / "known_hosts"
    found = await offer(server, known)
    assert found.fingerprint.rpartition(" ")[2] in listed_by_ssh_keygen(server)
    assert not found.is_known
    assert not known.exists()  # looking writes nothing
    write_down(found)
    assert known.stat().st_mode & 0o777 == 0o600
    assert (await offer(server, known)).is_known
    host = server.host("web-1", known)
    links = SshLinks({"web-1": host}, limits=QUICK)
    try:
        said = await links.to(host.name).run("echo in")
    finally:
        await links.close()
    assert said.stdout == b"in\n"


async def test_a_line_without_an_end_is_not_continued(server: SshServer, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text("# mine")
    write_down(await offer(server, known))
    assert known.read_text().startswith("# mine\n[127.0.0.1]:")


async def test_another_key_on_record_is_a_wall(server: SshServer, tmp_path: Path) -> None:
    other = another_key(tmp_path)
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {other}")
    with pytest.raises(HostKeyChanged, match="another host key"):
        await offer(server, known)
    assert known.read_text() == f"[127.0.0.1]:{server.port} {other}"


async def test_a_revoked_key_is_a_wall(server: SshServer, tmp_path: Path) -> None:
    public = server.host_key.with_suffix(".pub").read_text()
    known = tmp_path / "known_hosts"
    known.write_text(f"@revoked [127.0.0.1]:{server.port} {public}")
    with pytest.raises(HostKeyRevoked):
        await offer(server, known)


async def test_a_host_that_does_not_answer(server: SshServer, tmp_path: Path) -> None:
    gone = tmp_path / "known_hosts"
    with pytest.raises(HostUnreachable, match="does not show its key"):
        await offer(replace(server, port=1), gone)
