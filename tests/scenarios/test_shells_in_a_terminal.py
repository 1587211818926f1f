"""Shells of operators on a real terminal: here, over a real sshd, and beside the screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.shell import Shell
from support.sshd import SshServer, openssh
from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.event import Event
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import Job, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Environment, Workspace
from devops_tui.stores.sqlite.store import SqliteStore

FAR, STILL = HostName("web1"), HostName("still")
SECRET = "planted-s3cr3t"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with openssh(tmp_path_factory.mktemp("sshd")) as found:
        yield found


class Site:
    """A workspace with a run, as a worker would have left it."""

    def __init__(self, folder: Path, server: SshServer | None) -> None:
        folder.mkdir()
        (folder / "devops.yaml").write_text("name: shop\n")
        (folder / ".devops-tui").mkdir()
        vault = folder / "token"
        vault.touch(mode=0o600)
        vault.write_text(SECRET)
        self.paths = paths_of(folder / "devops.yaml")
        self.shell = Shell(folder, folder, {"SHELL": "/bin/sh", "PS1": "> "})
        self.work = folder / "work"
        self.work.mkdir()
        given = {"TOKEN": f"file:{vault}"}
        unit = RunCommand("pytest", env={"LEVEL": "debug"}, secrets=given)
        far = RunCommand("x", (FAR,), {"LEVEL": "far"}, given, folder=str(self.work))
        jobs = (Job("unit", unit), Job("far", far))
        plan = Plan("shop", (Stage("test", StageKind.TEST, jobs),))
        store = SqliteStore.open(self.paths.store)
        store.add_run(Run(RunId("shop-1"), 1, plan, State.WAITING, datetime.now(UTC), "jun"))
        hosts = {n: server.host(n) for n in (FAR, STILL)} if server else {}
        places = {
            "quiet": Environment("quiet", (STILL,), is_readonly=True),
            "production": Environment("production", (FAR,), is_protected=True),
        }
        known = {str(name): host for name, host in hosts.items()}
        workspace = Workspace("shop", str(folder), hosts=known, environments=places)
        store.save_workspace(workspace, (), "x")
        store.close()
        self.checkout = self.paths.checkouts / "shop-1" / "test.unit.1"
        self.checkout.mkdir(parents=True)

    def open(self, *words: str) -> Terminal:
        environ = {**self.shell.environ, "HOME": str(Path.home())}
        return Terminal(
            self.shell.command("shell", *words), environ=environ, folder=self.shell.folder
        )

    def events(self) -> Sequence[Event]:
        store = SqliteStore.open(self.paths.store)
        try:
            return [e for e in store.events() if e.kind.startswith("shell.")]
        finally:
            store.close()


def ends_well(terminal: Terminal) -> None:
    """Leaves the shell; the terminal is as it was."""
    terminal.press("exit\r")
    assert terminal.wait(20) == 0
    terminal.read()
    assert terminal.is_sane


def test_a_shell_in_the_checkout_of_this_machine(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", None)
    terminal = site.open("shop-1/test/unit")
    try:
        terminal.wait_for("without secrets")
        terminal.press("echo in $PWD; echo level=$LEVEL token=[$TOKEN] job=$DEVOPS_JOB\r")
        terminal.wait_for(f"in {site.checkout}", "level=debug token=[] job=test/unit")
        # not `sh -c`: dash takes no ctrl+c while it forks, and waits for the child then
        long = 'import time; print("begun", 1 + 1, flush=True); time.sleep(100)'
        terminal.press(f"{sys.executable} -c '{long}'\r")
        terminal.wait_for("begun 2")
        terminal.press("\x03")
        terminal.press("echo still $((40 + 2))\r")
        terminal.wait_for("still 42")
        ends_well(terminal)
    finally:
        terminal.close()
    opened, closed = site.events()
    assert (opened.actor, opened.subject, opened.data["host"]) == ("jun", "shop-1", "local")
    assert closed.data["exit_code"] == 0
    assert "sleep" not in str(site.events())


@pytest.mark.real
def test_a_shell_over_ssh_in_the_job_s_folder_with_its_secrets(
    tmp_path: Path, server: SshServer
) -> None:
    site = Site(tmp_path / "site", server)
    refused = site.open("shop-1/test/far", "--secrets")
    refused.wait_for("a reason is needed")
    refused.close()
    terminal = site.open("shop-1/test/far", "--secrets", "--why", "look at the lock")
    try:
        terminal.wait_for("with its secrets")
        terminal.press("echo in $PWD, ${#TOKEN} letters, $LEVEL on $DEVOPS_HOST; tty\r")
        terminal.wait_for(f"in {site.work}, {len(SECRET)} letters, far on web1", "/dev/pts/")
        argv = [f.read_bytes() for f in Path("/proc").glob("[0-9]*/cmdline") if f.exists()]
        assert not any(SECRET.encode() in words for words in argv)
        left = list((Path.home() / ".cache" / "devops-tui").glob("shell.*"))
        assert left == []
        ends_well(terminal)
    finally:
        terminal.close()
    opened, closed = site.events()
    assert (opened.why, opened.data["has_secrets"]) == ("look at the lock", True)
    assert closed.data["exit_code"] == 0


@pytest.mark.real
def test_a_host_whose_key_is_not_known_is_refused(tmp_path: Path, server: SshServer) -> None:
    site = Site(tmp_path / "site", server)
    known = server.known_hosts.read_text()
    try:
        server.known_hosts.write_text("")
        terminal = site.open("--host", "web1", "--why", "x")
        terminal.wait_for("Host key verification failed", "could not open a shell on web1")
        assert terminal.wait(20) == 5
        terminal.close()
    finally:
        server.known_hosts.write_text(known)
    assert [event.kind for event in site.events()] == ["shell.opened", "shell.closed"]


@pytest.mark.real
def test_a_look_only_environment_refuses(tmp_path: Path, server: SshServer) -> None:
    site = Site(tmp_path / "site", server)
    terminal = site.open("--host", "still")
    terminal.wait_for("look-only")
    assert terminal.wait(20) == 4
    terminal.close()
    assert site.events() == []


def test_without_a_terminal_nothing_is_opened(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", None)
    done = site.shell.run("shell", "shop-1/test/unit")
    assert done.code == 2
    assert "no terminal" in done.err
    assert site.events() == []


def test_the_screen_steps_aside_and_comes_back(tmp_path: Path) -> None:
    program = Path(__file__).parents[1] / "tui" / "in_terminal.py"
    screen = Terminal([sys.executable, str(program), "calm", str(tmp_path / "screen.log")])
    try:
        screen.wait_for("Pipelines", "web-07")
        screen.press("2")
        screen.wait_for("most likely cause")  # of the run under the cursor
        screen.forget()
        screen.press("S")
        screen.wait_for("INSIDE THE SHELL")
        inside = screen.raw.index(b"INSIDE THE SHELL")
        assert b"\x1b[?1049l" in screen.raw[:inside]
        while b"\x1b[?1049h" not in screen.raw[inside:]:
            screen.read()
        screen.forget()
        screen.press("1")
        screen.wait_for("Fleet")
        screen.press("q")
        assert screen.wait(10) == 0
        screen.read()
        assert screen.is_sane
    finally:
        screen.close()
