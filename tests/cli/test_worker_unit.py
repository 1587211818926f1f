"""`worker install`: a unit that systemd reads, of this workspace, without a secret."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.shell import Shell

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.systemd_unit import unit_text

CONFIG = "name: x\npipelines:\n  a:\n    schedule: '0 2 * * *'\n    stages: [code: {run: x}]\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / 'odd $HOME 100% "x"'
    folder.mkdir()
    (folder / "devops.yaml").write_text(CONFIG)
    return Shell(folder, tmp_path / "home", {"GIT_TOKEN": "hunter2secret"})


def test_install_writes_a_unit_and_starts_nothing(shell: Shell) -> None:
    done = shell.run("worker", "install", "--label", "linux", "--json")
    assert done.code == 0, done.err
    answer = done.objects[0]
    unit = Path(answer["unit"])
    assert unit.is_relative_to(shell.home / "config" / "systemd" / "user")
    assert answer["start"].endswith(f"enable --now {unit.name}")
    text = unit.read_text()
    assert '"--stay"' in text
    assert '"--label" "linux"' in text
    assert "hunter2secret" not in text
    assert not list(unit.parent.glob("*.new"))
    assert "no worker runs" in shell.run("worker", "--stop").out
    again = shell.run("worker", "install", "--json")
    assert (again.code, again.objects[0]["is_new"]) == (0, False)
    assert "linux" not in unit.read_text()


def test_uninstall_removes_it_and_says_when_there_is_none(shell: Shell) -> None:
    unit = Path(shell.run("worker", "install", "--json").objects[0]["unit"])
    assert shell.run("worker", "uninstall").code == 0
    assert not unit.exists()
    missing = shell.run("worker", "uninstall")
    assert missing.code == 3
    assert "no unit" in missing.err


def test_a_folder_that_cannot_be_written_is_said(shell: Shell) -> None:
    (shell.home / "config").mkdir(parents=True)
    (shell.home / "config" / "systemd").write_text("a file")
    done = shell.run("worker", "install")
    assert done.code == 5
    assert "cannot write" in done.err
    assert "Traceback" not in done.err


@pytest.mark.real
def test_systemd_reads_it_back_as_it_was_meant(shell: Shell, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze here")
    text = unit_text(paths_of(shell.folder / "devops.yaml"), ("--label", "a$b%c"), {"PATH": "/bin"})
    unit = tmp_path / "devops-tui-x.service"
    unit.write_text(text)
    environ = {"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}

    def told() -> list[str]:
        argv = [program, "--user", "verify", str(unit)]
        done = subprocess.run(argv, capture_output=True, text=True, env=environ)
        return [row for row in (done.stdout + done.stderr).splitlines() if unit.name in row]

    assert told() == []
    unit.write_text(text.replace("Restart=always", "Restart=perhaps"))
    assert "perhaps" in str(told())


def test_check_warns_of_what_waits_for_a_worker_until_one_is_kept(shell: Shell) -> None:
    told = shell.run("check")
    assert told.code == 0
    assert "nobody sees to the schedule of a" in told.out
    assert "worker install" in told.out
    shell.run("worker", "install")
    assert "warning" not in shell.run("check").out
