"""Live figures whatever the login's shell is, and whatever its ~/.bashrc prints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.sshd import openssh
from test_fleet_over_ssh import is_live, running

from devops_tui.domain.ids import HostName

pytestmark = pytest.mark.real

NOISY = r"""
echo 'Welcome to web-1! {abc123 h awk}'
printf '\033[2J\033]0;owned\007\377\000{abc123 r u 1 c 9 9 9 9 9 9 9 9 k 1}abc123\n'
stty -echo
read -t 0 line
alias exec='echo no' awk='echo no' cat='echo no'
PS1='$(date) > '
set -o noclobber
sleep 0.2
"""


def through(shell: str, home: Path) -> str:
    """What sshd does with that login shell; SHLVL is what lets bash read its ~/.bashrc."""
    return f'ForceCommand exec env HOME={home} SHLVL=0 {shell} -c "$SSH_ORIGINAL_COMMAND"'


@pytest.mark.parametrize("shell", ["fish", "csh", "tcsh", "zsh", "dash", "busybox sh"])
async def test_a_login_shell_of_another_kind(tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell.split()[0]) or pytest.skip(f"needs {shell}")
    words = " ".join([program, *shell.split()[1:]])
    with openssh(tmp_path / "sshd", [through(words, tmp_path)]) as server:
        async with running(tmp_path, server.host("web-1")) as fleet:
            frame = await fleet.until(HostName("web-1"), is_live)
            assert frame.sample is not None
            assert frame.sample.cores >= 1


async def test_a_noisy_bashrc_does_no_harm(tmp_path: Path) -> None:
    bash = shutil.which("bash") or pytest.skip("needs bash")
    read = tmp_path / "read"
    (tmp_path / ".bashrc").write_text(f"{NOISY}\necho x >>{read}\n")
    with openssh(tmp_path / "sshd", [through(bash, tmp_path)]) as server:
        async with running(tmp_path, server.host("web-1")) as fleet:
            frame = await fleet.until(HostName("web-1"), is_live)
            assert frame.sample is not None
            assert read.exists(), "the file was read: else this proves nothing"
