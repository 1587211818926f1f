"""Who is believed to be a host, and who is let in."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from support.sshd import SshServer, embedded, lock_key, new_key, openssh

from devops_tui.domain.errors import (
    HostError,
    HostKeyChanged,
    HostKeyRevoked,
    HostKeyUnknown,
    LoginRefused,
)
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports.known_hosts import fingerprint
from devops_tui.transports.ssh import SshTransport


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SshServer]:
    async with embedded(tmp_path / "server") as running:
        yield running


async def failure_of(host: Host, config: Path = Path("/none")) -> HostError:
    transport = SshTransport(host, config_file=config)
    with pytest.raises(HostError) as caught:
        await transport.run("echo let in")
    await transport.close()
    return caught.value


async def works(host: Host, config: Path = Path("/none")) -> bool:
    transport = SshTransport(host, config_file=config)
    completed = await transport.run("echo let in")
    await transport.close()
    return completed.stdout == b"let in\n"


def public(path: Path) -> str:
    return Path(f"{path}.pub").read_text().strip()


async def test_an_unknown_key(server: SshServer, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    error = await failure_of(server.host(known_hosts=empty))
    assert type(error) is HostKeyUnknown
    shown = fingerprint(asyncssh.read_public_key(f"{server.host_key}.pub"))
    assert shown in error.hint
    assert str(empty) in error.hint
    assert f"[127.0.0.1]:{server.port}" in error.hint
    assert not error.is_retryable


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_changed_key(server: SshServer, tmp_path: Path, kind: str) -> None:
    other = new_key(tmp_path / "other", kind)
    server.known_hosts.write_text(
        f"# comment\n[127.0.0.1]:{server.port} {public(tmp_path / 'other')}\n"
    )
    error = await failure_of(server.host())
    assert type(error) is HostKeyChanged
    assert fingerprint(asyncssh.read_public_key(f"{server.host_key}.pub")) in error.hint
    assert f"{fingerprint(other.convert_to_public())} ({server.known_hosts}:2)" in error.hint


async def test_a_revoked_key(server: SshServer) -> None:
    name = f"[127.0.0.1]:{server.port}"
    key = public(server.host_key)
    server.known_hosts.write_text(f"{name} {key}\n@revoked {name} {key}\n")
    error = await failure_of(server.host())
    assert type(error) is HostKeyRevoked
    assert f"({server.known_hosts}:2)" in error.hint


async def test_only_a_bare_name_with_another_key_is_unknown(
    server: SshServer, tmp_path: Path
) -> None:
    new_key(tmp_path / "other")
    server.known_hosts.write_text(f"127.0.0.1 {public(tmp_path / 'other')}\n")
    assert type(await failure_of(server.host())) is HostKeyUnknown
    server.known_hosts.write_text(f"127.0.0.1 {public(server.host_key)}\n")
    assert await works(server.host())


async def test_one_of_several_keys_is_enough(server: SshServer, tmp_path: Path) -> None:
    new_key(tmp_path / "rsa", "ssh-rsa")
    name = f"[127.0.0.1]:{server.port}"
    server.known_hosts.write_text(
        f"{name} {public(tmp_path / 'rsa')}\nbroken line\n{name} {public(server.host_key)}\n"
    )
    assert await works(server.host())


@pytest.mark.parametrize(
    "line",
    [
        "UserKnownHostsFile none",
        "UserKnownHostsFile /dev/null",
        "StrictHostKeyChecking no\nUserKnownHostsFile none\nGlobalKnownHostsFile none",
    ],
)
async def test_no_setting_switches_the_checking_off(
    server: SshServer, tmp_path: Path, line: str
) -> None:
    config = tmp_path / "config"
    config.write_text(f"{line}\n")
    host = replace(server.host(), known_hosts="")
    assert type(await failure_of(host, config)) is HostKeyUnknown


async def test_known_hosts_of_the_users_config(server: SshServer, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"Host other\n Port nonsense\nHost web1\n UserKnownHostsFile {server.known_hosts}\n"
    )
    assert await works(replace(server.host(), known_hosts=""), config)


async def test_a_certificate_of_an_authority(tmp_path: Path) -> None:
    authority, stranger = tmp_path / "authority", tmp_path / "stranger"
    key = new_key(authority)
    new_key(stranger)
    async with embedded(tmp_path / "server", authority=key) as server:
        name = f"[127.0.0.1]:{server.port}"
        server.known_hosts.write_text(f"@cert-authority {name} {public(authority)}\n")
        assert await works(server.host())
        revoked = f"@revoked * {public(authority)}\n"
        server.known_hosts.write_text(f"@cert-authority {name} {public(authority)}\n{revoked}")
        assert type(await failure_of(server.host())) is HostKeyRevoked
        server.known_hosts.write_text(f"@cert-authority {name} {public(stranger)}\n")
        assert type(await failure_of(server.host())) is HostKeyChanged


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    authority = tmp_path / "authority"
    key = new_key(authority)
    async with embedded(tmp_path / "server", authority=key, principal="other") as server:
        name = f"[127.0.0.1]:{server.port}"
        server.known_hosts.write_text(f"@cert-authority {name} {public(authority)}\n")
        error = await failure_of(server.host())
        assert type(error) is HostKeyChanged
        assert "certificate" in error.title


async def test_a_jump_host_is_checked_too(server: SshServer, tmp_path: Path) -> None:
    async with embedded(tmp_path / "behind") as behind:
        jump = SshTransport(server.host("jump"))
        transport = SshTransport(behind.host("behind", via="jump"), via=jump)
        assert (await transport.run("echo over")).stdout == b"over\n"
        await transport.close()
        await jump.close()
        unknown = SshTransport(server.host("jump", known_hosts=tmp_path / "none"))
        transport = SshTransport(behind.host("behind", via="jump"), via=unknown)
        with pytest.raises(HostKeyUnknown, match="jump"):
            await transport.run("true")
        transport = SshTransport(
            behind.host("behind", known_hosts=tmp_path / "none", via="jump"), via=jump
        )
        with pytest.raises(HostKeyUnknown, match="behind"):
            await transport.run("true")
        await jump.close()


async def test_a_jump_of_the_users_config(server: SshServer, tmp_path: Path) -> None:
    config = tmp_path / "config"
    async with embedded(tmp_path / "behind") as behind:
        config.write_text(
            f"Host hop\n Hostname 127.0.0.1\n Port {server.port}\n"
            f" IdentityFile {server.identity}\n UserKnownHostsFile {server.known_hosts}\n"
            f"Host behind\n ProxyJump hop\n Hostname 127.0.0.1\n Port {behind.port}\n"
            f" IdentityFile {behind.identity}\n UserKnownHostsFile {behind.known_hosts}\n"
        )
        assert await works(Host(HostName("behind")), config)


async def test_a_key_that_is_not_let_in(server: SshServer, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    new_key(stranger)
    error = await failure_of(replace(server.host(), identity=str(stranger)))
    assert type(error) is LoginRefused
    assert str(stranger) in error.hint
    assert not error.is_retryable


async def test_a_key_that_is_missing(server: SshServer, tmp_path: Path) -> None:
    error = await failure_of(replace(server.host(), identity=str(tmp_path / "none")))
    assert type(error) is LoginRefused
    assert str(tmp_path / "none") in error.title


async def test_a_key_with_a_passphrase_is_the_agents(
    server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    new_key(locked)
    lock_key(locked)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    error = await failure_of(replace(server.host(), identity=str(locked)))
    assert type(error) is LoginRefused
    assert "ssh-add" in error.hint


@pytest.mark.real
async def test_a_key_held_by_the_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with openssh(tmp_path / "sshd") as sshd, agent(tmp_path / "agent", sshd.identity) as socket:
        lock_key(sshd.identity)
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        assert type(await failure_of(sshd.host())) is LoginRefused
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        assert await works(sshd.host())


@contextmanager
def agent(socket: Path, key: Path) -> Iterator[Path]:
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not socket.exists():
            assert time.monotonic() < deadline
            select.select([], [], [], 0.01)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", str(key)], env=environment, check=True)
        yield socket
    finally:
        process.terminate()
        process.wait(10)
