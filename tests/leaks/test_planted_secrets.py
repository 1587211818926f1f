"""Twenty secrets through every flow of jobs, printed in every form: found nowhere afterwards.

Looked at while it runs: arguments and environments of all processes. Looked at afterwards:
every byte of the store, of the engine's database, of logs, of spools, and of what a screen drew.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.git_repo import GitRepo
from support.shell import Shell
from support.sshd import SshServer, openssh
from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of
from devops_tui.stores.sqlite.store import SqliteStore

COUNT = 20
ODD = [
    "pa ss-%02d-w'ord$\"",
    "tok/en+%02d==&x",
    "päss-%02d-wörd-ü",
    "AKIA%02dABCDEFGH",
    "x-%02d\\n\\t-y",
]
SECRETS = [ODD[number % len(ODD)] % number + "-planted" for number in range(COUNT)]
NAMES = [f"SECRET_{number}" for number in range(COUNT)]

PRINTS = """\
import base64, json, os, sys, urllib.parse
for name in sorted(n for n in os.environ if n.startswith("SECRET_")):
    value = os.environ[name]
    raw = value.encode()
    print("plain", value)
    for before in (b"", b"u", b"us"):
        print("base64", base64.b64encode(before + raw + b"!").decode())
    print("url", urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value))
    print("hex", raw.hex(), raw.hex().upper())
    print("json", json.dumps({"password": value}))
    sys.stdout.flush()
    sys.stderr.write("error: no login for " + value + chr(10))
open("built.txt", "w").write("built")
open("unit.xml", "w").write(
    "<testsuite><testcase classname='a' name='b'><failure message='x'>"
    + urllib.parse.quote(os.environ["SECRET_0"]) + "</failure></testcase></testsuite>"
)
"""

CONFIG = """
name: leaks
hosts:
  far:
    address: 127.0.0.1
    port: {port}
    user: {user}
    identity: {identity}
    known_hosts: {known}
pipelines:
  well:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - code: {{run: "true"}}
      - build:
          here: {{run: "python3 prints.py", artifacts: [built.txt], secrets: {{{secrets}}}}}
      - test:
          far: {{run: "{far}", hosts: far, secrets: {{{secrets}}}}}
  ill:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - code: {{run: "true"}}
      - test:
          here: {{run: "python3 prints.py; exit 3", reports: [unit.xml], secrets: {{{secrets}}}}}
          far: {{run: "{far}; exit 4", hosts: far, secrets: {{{secrets}}}}}
"""


def forms(secret: str) -> Iterator[bytes]:
    """What must not be found: written again here, so that the masker is not its own judge."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield json.dumps(secret)[1:-1].encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        yield whole[4 if offset else 0 : len(whole) // 4 * 4 - 4]


FORMS = {form: number for number, secret in enumerate(SECRETS) for form in forms(secret)}


def leaks(data: bytes) -> set[str]:
    """Names of the secrets that some bytes hold, in any form."""
    return {NAMES[number] for form, number in FORMS.items() if form in data}


class Sampler:
    """Looks at the arguments and environments of all processes until it is stopped."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.looks = self.jobs_seen = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(10)

    def _look(self) -> None:
        while not self._is_over.wait(0.01):
            self.looks += 1
            for entry in Path("/proc").iterdir():
                if entry.name.isdecimal():
                    self._look_at(entry)

    def _look_at(self, process: Path) -> None:
        try:
            argv = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            return  # it is gone, or not ours
        self.found |= {f"argv of {argv!r}: {name}" for name in leaks(argv)}
        if b"DEVOPS_JOB=" in environment:  # a job that was given them
            self.jobs_seen += bool(leaks(environment))
        else:
            self.found |= {f"environment of {argv!r}: {name}" for name in leaks(environment)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with openssh(tmp_path_factory.mktemp("sshd")) as found:
        yield found


@pytest.fixture
def shell(tmp_path: Path, server: SshServer) -> Iterator[Shell]:
    """A workspace whose secrets lie in private files."""
    folder = tmp_path / "leaks"
    GitRepo(folder / "code").commit("The first one", **{"prints.py": PRINTS})
    references = []
    for name, value in zip(NAMES, SECRETS, strict=True):
        file = folder / "vault" / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(value)
        references.append(f"{name}: 'file:{file}'")
    program = folder / "far.py"
    program.write_text(PRINTS.replace('open("', f'open("{folder}/'))
    host = server.host()
    (folder / "devops.yaml").write_text(
        CONFIG.format(
            port=host.port,
            user=host.user,
            identity=host.identity,
            known=host.known_hosts,
            far=f"python3 {program}",
            secrets=", ".join(references),
        )
    )
    made = Shell(folder, tmp_path / "home")
    yield made
    store = SqliteStore.open(paths_of(folder / "devops.yaml", made.environ).store)
    pids = [worker.pid for worker in store.workers()]
    store.close()
    made.run("worker", "--stop")
    for pid in pids:
        try:
            os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own
        except ProcessLookupError:
            continue


def test_no_secret_is_found_anywhere(shell: Shell) -> None:
    paths = paths_of(shell.folder / "devops.yaml", shell.environ)
    far_spool = Path.home() / ".cache" / "devops-tui" / "spool"
    with Sampler() as sampler:
        well = shell.run("run", "well", "--wait", "--json")
        assert well.code == 0, well.out + well.err
        ill = shell.run("run", "ill", "--wait", "--json")
        assert ill.code == 1, ill.out + ill.err
        screen = Terminal(shell.command(str(shell.folder)), environ=shell.environ)
        try:
            screen.wait_for("Pipelines")
            screen.press("2")
            screen.wait_for("most likely cause")  # of the run under the cursor
            screen.press("\r")
            screen.wait_for("no login for ***")
            drawn = screen.raw
        finally:
            screen.close()
    assert sampler.looks > 20
    assert sampler.jobs_seen, "the sampler never saw a job with its secrets: it cannot fail"
    assert sampler.found == set()

    logs = shell.run("log", well.objects[-1]["run"]["id"]).out
    assert logs.count("plain ***") == 2 * COUNT
    assert leaks(well.out.encode() + ill.out.encode() + logs.encode() + drawn) == set()
    assert leaks(shell.run("triage", "--json").out.encode()) == set()

    # a job's own folder is its own: what it writes there it writes for itself
    roots = (paths.state, far_spool)
    files = [f for root in roots if root.is_dir() for f in root.rglob("*") if f.is_file()]
    files = [f for f in files if not f.is_relative_to(paths.checkouts)]
    assert {str(f): leaks(_bytes_of(f)) for f in files} == {str(f): set() for f in files}
    names = {f.name for f in paths.state.rglob("*")}
    assert {"state.db", "worker.log"} <= names


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter2secret@git.example.com/x.git", f"https://ghp_{'a' * 30}@github.com/x"],
)
def test_a_password_in_a_source_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    text = (
        f"name: x\npipelines:\n  a:\n    source: {{git: '{url}'}}\n    stages: [code: {{run: x}}]\n"
    )
    (tmp_path / "devops.yaml").write_text(text)
    done = Shell(tmp_path, tmp_path).run("check")
    assert done.code == 2
    assert "the URL holds a password" in done.out + done.err
    assert "hunter2secret" not in done.out + done.err
    assert "ghp_" not in done.out + done.err
