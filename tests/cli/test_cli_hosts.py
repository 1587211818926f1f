"""`trust`, `exec` and `fleet --sources` on a real server: asked for, refused, done, shown again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.shell import Shell
from support.sshd import SshServer, openssh

from devops_tui.bootstrap.paths import paths_of
from devops_tui.stores.sqlite.store import SqliteStore

pytestmark = pytest.mark.real

CONFIG = """
name: shop
team: [{{name: jun, roles: [product_owner]}}, {{name: minji, roles: [member]}}]
include: [more.yaml]
hosts:
  local: false
  web-1: &host
    address: 127.0.0.1
    port: {port}
    user: {user}
    identity: {identity}
    known_hosts: {known}
    groups: [web, "left"]
  web-2: {{address: 127.0.0.1, port: {port}, user: {user}, identity: {identity},
    known_hosts: {known}, groups: [web]}}
  safe-1: {{address: 127.0.0.1, port: {port}, user: {user}, identity: {identity},
    known_hosts: {known}}}
environments:
  production: {{hosts: safe-1, protected: true, readonly: true}}
""".replace("&host", "")


@dataclass(frozen=True)
class House:
    """A workspace whose hosts are one real server; its key is not known at first."""

    shell: Shell
    server: SshServer
    known: Path

    def trust(self) -> None:
        self.server.vouch(self.server.port)
        self.known.write_text(self.server.known_hosts.read_text())


@contextmanager
def stored(shell: Shell) -> Iterator[SqliteStore]:
    """What the workspace of a shell keeps."""
    store = SqliteStore.open(paths_of(shell.folder / "devops.yaml", shell.environ).store)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("hosts")
    with openssh(folder / "sshd") as server:
        host = server.host()
        known = folder / "known"
        known.touch()
        values = {"port": host.port, "user": host.user, "identity": host.identity}
        (folder / "devops.yaml").write_text(CONFIG.format(known=known, **values))
        (folder / "more.yaml").write_text("\nhosts:\n  far-1: {address: 203.0.113.9}\n")
        shell = Shell(folder, folder)
        yield House(shell, server, known)
        with stored(shell) as store:
            pids = [worker.pid for worker in store.workers()]
        shell.run("worker", "--stop")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own


def test_sources_say_file_and_line(hosts: House) -> None:
    found = {o["host"]: o for o in hosts.shell.run("fleet", "--sources", "--json").objects}
    assert found["web-1"]["from"] == "devops.yaml:7"
    assert found["web-1"]["groups"] == ["web", "left"]
    assert found["far-1"]["from"] == "more.yaml:3"
    told = hosts.shell.run("fleet", "--sources").out.splitlines()
    assert any(row.split() == ["far-1", "more.yaml:3"] for row in told)


def test_a_key_is_trusted_by_its_fingerprint_only(hosts: House) -> None:
    hosts.known.write_text("")
    asked = hosts.shell.run("trust", "web-1")
    assert asked.code == 4
    assert "--fingerprint" in asked.err
    shown = asked.err.split("shows ", 1)[1].split(",", 1)[0].split()[-1]
    assert shown.startswith("SHA256:")
    wrong = hosts.shell.run("trust", "web-1", "--fingerprint", "SHA256:" + "A" * 43)
    assert (wrong.code, hosts.known.read_text()) == (4, "")
    assert "Nothing was written" in wrong.err
    done = hosts.shell.run("trust", "web-1", "--fingerprint", shown, "--json")
    assert done.code == 0
    assert done.objects[0]["was_known"] is False
    public = Path(f"{hosts.server.host_key}.pub").read_text().split()[1]
    assert public in hosts.known.read_text()
    again = hosts.shell.run("trust", "web-1", "--json")
    assert (again.code, again.objects[0]["was_known"]) == (0, True)
    with stored(hosts.shell) as store:
        (event,) = [e for e in store.events(subject="web-1") if e.kind == "host.trusted"]
    assert (event.actor, str(event.data["fingerprint"]).split()[-1]) == ("jun", shown)


def test_who_cannot_be_asked_is_no_host(hosts: House) -> None:
    assert hosts.shell.run("trust", "nobody").code == 3
    hosts.trust()
    assert hosts.shell.run("exec", "nobody", "--yes", "--", "true").code == 3


def test_equal_answers_stand_together(hosts: House) -> None:
    hosts.trust()
    done = hosts.shell.run("exec", "web", "--yes", "--json", "--", "printf", "a b\\n%s", "$HOME;x")
    assert done.code == 0, done.err
    (group,) = done.objects
    assert (group["hosts"], group["exit_code"]) == (["web-1", "web-2"], 0)
    assert group["output"] == "a b\n$HOME;x"  # words, not a line of sh
    assert "on 2: web-1, web-2" in done.err
    run_id = next(w for w in done.err.split() if w.startswith("exec-")).rstrip(";")
    again = hosts.shell.run("exec", "--show", run_id, "--json")
    assert again.objects == done.objects
    assert hosts.shell.run("exec", "--show", "exec-999").code == 3


def test_a_script_that_fails_says_so_by_its_code(hosts: House) -> None:
    hosts.trust()
    script = hosts.shell.folder / "new.sh"
    script.write_text("echo begun\nexit 7\n")
    done = hosts.shell.run("exec", "web-1", "--yes", "--json", "--script", str(script))
    assert done.code == 1
    (group,) = done.objects
    assert (group["exit_code"], group["output"].strip()) == (7, "begun")
    piped = hosts.shell.run(
        "exec", "web-1", "--yes", "--json", "--script", "-", given=b"echo from here | tr a-z A-Z\n"
    )
    assert (piped.code, piped.objects[0]["output"].strip()) == (0, "FROM HERE")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("web-1", "--", "true"), 4, "--yes"),
        (("web-1",), 2, "either a command"),
        ((), 2, "which hosts"),
        (("web-1", "--yes", "--batch", "0", "--", "true"), 2, "--batch"),
        (("web-1", "--yes", "--script", "/nowhere/a.sh"), 5, "cannot be read"),
        (("safe-1", "--yes", "--", "true"), 4, "--armed"),
        (("safe-1", "--yes", "--armed", "--", "true"), 4, "reason"),
        (("safe-1", "--yes", "--armed", "--why", "test", "--", "true"), 4, "--confirm production"),
        (
            ("safe-1", "--armed", "--why", "t", "--confirm", "other", "--", "true"),
            4,
            "it is production",
        ),
    ],
)
def test_what_is_refused_does_nothing(
    hosts: House, words: tuple[str, ...], code: int, said: str
) -> None:
    done = hosts.shell.run("exec", *words)
    assert (done.code, said in done.err) == (code, True), done.err
    assert done.out == ""


def test_what_is_protected_is_done_when_all_is_said(hosts: House) -> None:
    hosts.trust()
    words = ("safe-1", "--armed", "--why", "test", "--confirm", "production", "--json")
    done = hosts.shell.run("exec", *words, "--", "echo", "there")
    assert (done.code, done.objects[0]["output"]) == (0, "there\n"), done.err


def test_a_dry_run_shows_and_starts_nothing(hosts: House) -> None:
    done = hosts.shell.run("exec", "group = web", "--dry-run", "--json", "--", "rm", "-r", "x y")
    assert done.code == 0
    (shown,) = done.objects
    assert shown["dry_run"] is True
    assert "x y" in json.dumps(shown)
    assert "on 2: web-1, web-2" in done.err
