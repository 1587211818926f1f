"""Twenty planted secrets, a program that prints them in every form, and what finds them again."""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.stores import open_store
from support.shell import Shell

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


def planted(folder: Path) -> str:
    """Puts the secrets into private files; what stands in a job's `secrets: {...}`."""
    return ", ".join(f"{name}: '{ref}'" for name, ref in references(folder).items())


def references(folder: Path) -> dict[str, str]:
    """Puts the secrets into private files; name to reference."""
    vault = folder / "vault"
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in zip(NAMES, SECRETS, strict=True):
        file = vault / name
        file.touch(mode=0o600)
        file.write_text(value)
    return {name: f"file:{vault / name}" for name in NAMES}


@contextmanager
def worked_in(folder: Path, home: Path, **extra: str) -> Iterator[Shell]:
    """A workspace to call `devops-tui` in; its worker is ended afterwards."""
    made = Shell(folder, home, extra)
    try:
        yield made
    finally:
        store = open_store(paths_of(folder / "devops.yaml", made.environ))
        pids = [worker.pid for worker in store.workers()]
        store.close()
        made.run("worker", "--stop")
        for pid in pids:
            try:
                os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own
            except ProcessLookupError:
                continue


def leaking_files(roots: Iterable[Path], paths: WorkspacePaths) -> dict[str, set[str]]:
    """The files that hold secrets, and which; a job's own folder is its own."""
    files = [f for root in roots if root.is_dir() for f in root.rglob("*") if f.is_file()]
    files = [f for f in files if not f.is_relative_to(paths.checkouts)]
    found = {str(file): leaks(_bytes_of(file)) for file in files}
    return {file: names for file, names in found.items() if names}


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
