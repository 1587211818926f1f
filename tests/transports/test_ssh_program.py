"""Command lines of ssh: what the workspace says, keys always checked, one line for any shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from devops_tui.domain.errors import HostError
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports.ssh_program import (
    carried,
    forget_script,
    keep_script,
    quiet_argv,
    shell_script,
    terminal_argv,
)

WEB = Host(
    HostName("web-1"),
    address="10.0.0.7",
    port=2222,
    user="deploy",
    identity="/keys/my key",
    known_hosts="~/ops/known 100%",
    via="jump",
)
JUMP = Host(HostName("jump"), user="ops")
HOSTS = {"web-1": WEB, "jump": JUMP}


def test_what_the_workspace_says_is_said_to_ssh() -> None:
    argv = terminal_argv(WEB, HOSTS, "true")
    assert argv[:4] == ["ssh", "-t", "-F", "none"]
    for expected in (
        "HostName=10.0.0.7",
        'IdentityFile="/keys/my key"',
        "IdentitiesOnly=yes",
        'UserKnownHostsFile="~/ops/known 100%%"',
        "GlobalKnownHostsFile=none",
    ):
        assert argv[argv.index(expected) - 1] == "-o"
    assert argv[argv.index("-p") + 1] == "2222"
    assert argv[argv.index("-l") + 1] == "deploy"
    assert argv[-3:-1] == ["--", "web-1"]
    (proxy,) = [word for word in argv if word.startswith("ProxyCommand=")]
    assert proxy.endswith("-l ops -W '[%h]:%p' -- jump")
    assert "StrictHostKeyChecking=yes" in proxy


def test_keys_are_checked_on_every_way_there() -> None:
    for argv in (terminal_argv(WEB, HOSTS, "x"), quiet_argv(JUMP, HOSTS, "x")):
        assert argv[argv.index("StrictHostKeyChecking=yes") - 1] == "-o"
        assert not any(word.endswith("=no") and "HostKeyChecking" in word for word in argv)
    assert "-F" not in quiet_argv(JUMP, HOSTS, "x"), "~/.ssh/config says the rest"


@pytest.mark.parametrize(
    "hosts", [{"a": Host(HostName("a"), via="a")}, {"a": Host(HostName("a"), via="gone")}]
)
def test_ways_that_lead_nowhere(hosts: dict[str, Host]) -> None:
    with pytest.raises(HostError):
        terminal_argv(hosts["a"], hosts, "true")


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish", "csh", "tcsh"])
def test_a_line_that_every_login_shell_hands_on(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    line = carried("printf '%s' \"it's ! $((1 + 1)) \\ ü\"")
    assert "!" not in line
    done = subprocess.run([program, "-c", line], capture_output=True, check=True)
    assert done.stdout.decode() == "it's ! 2 \\ ü"


def home_shell(home: Path, script: str, given: bytes = b"") -> str:
    """What a script prints whose login shell says what it finds."""
    login = home / "login"
    login.write_text("#!/bin/sh\npwd\nenv | grep ^GIVEN_ | sort\ntrue\n")
    login.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", carried(script)],
        input=given,
        capture_output=True,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "SHELL": str(login)},
        check=True,
    )
    return done.stdout.decode()


def test_the_shell_begins_in_the_folder_with_the_variables(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    values = {"GIVEN_A": "it's", "GIVEN_B": "$HOME `x`"}
    said = home_shell(tmp_path, shell_script("~/a folder", values))
    assert said.splitlines() == [str(tmp_path / "a folder"), "GIVEN_A=it's", "GIVEN_B=$HOME `x`"]
    assert home_shell(tmp_path, shell_script("/gone", {})).splitlines() == [str(tmp_path)]


def test_secrets_lie_in_a_private_file_that_is_gone_before_the_shell_begins(
    tmp_path: Path,
) -> None:
    private = ".cache/devops-tui/shell.0123"
    home_shell(tmp_path, keep_script(private), b"export GIVEN_S='pa ss'\n")
    file = tmp_path / private
    assert file.stat().st_mode & 0o777 == 0o600
    said = home_shell(tmp_path, shell_script("", {}, private))
    assert "GIVEN_S=pa ss" in said
    assert not file.exists()
    home_shell(tmp_path, keep_script(private), b"x")
    home_shell(tmp_path, forget_script(private))
    assert not file.exists()
