"""Makes failing logs by letting real tools fail for real, beside successes of the same thing.

    python benchmarks/triage_corpus.py FOLDER [--only TOOL]

Each case of benchmarks/triage_cases runs twice well and once broken, in folders of its own,
between steps that print progress and errors that harm nothing; the broken run has a
harmless change besides. Beside each log stands which of its lines hold the cause. Tools that
are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "triage_cases"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SUCCESSES = 2
PATIENCE_S = 120.0

HARMLESS = (
    "cat cache/index.json || echo 'no cache yet, going on'",
    "rm lock.pid || true",
    "ls previous-report.xml || echo 'WARNING: no earlier report, nothing is compared'",
    "echo 'ERROR: metrics endpoint is not configured, figures are not sent'",
    "echo 'error: optional plug-in coverage failed to load, skipped'",
    "python3 -c \"import logging; logging.exception('retry 1 of 3')\" || true",
    "echo 'npm WARN deprecated request@2.88.2: no longer supported'",
    "echo 'Failed to load module canberra-gtk-module'",
    "echo 'warning: LF will be replaced by CRLF'",
    "mkdir /proc/none || echo 'cannot keep the cache there, going on'",
    "echo '0 errors, 3 warnings in the last check'",
    "echo 'test_connection_timeout PASSED'",
    "echo 'Exception handler is installed'",
    "git rev-parse --verify nobranch || true",
    "echo 'fatal: no tag can describe this; the commit is used'",
    "sh -c 'exit 3' || echo 'lint: exit code 3 is allowed to fail'",
)
CHANGES = (
    "echo 'INFO feature flag basket_v2 is on'",
    "echo 'Downloading tax-tables 2026.2 (312 kB)'",
    "echo 'WARN pool size was 8, now 12'",
    "echo 'added 3 packages, changed 1 package'",
    "echo 'Using colour green for the next release'",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a tool fails."""

    tool: str
    name: str
    run: str
    broken_run: str
    prepare: str
    files: dict[str, str]
    broken: dict[str, str]
    cause: tuple[str, ...]
    needs_server: bool

    @property
    def half(self) -> str:
        """Which half the tool belongs to; no tool is in both."""
        digest = hashlib.sha256(self.tool.encode()).digest()
        return "frozen" if digest[0] % 2 else "tuning"


def cases() -> list[Case]:
    """All that are written down."""
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text("utf-8")):
            cause = entry["cause"]
            found.append(
                Case(
                    entry["tool"],
                    str(entry["name"]),
                    entry["run"],
                    entry.get("broken_run", entry["run"]),
                    entry.get("prepare", ""),
                    entry.get("files", {}),
                    entry.get("broken", {}),
                    (cause,) if isinstance(cause, str) else tuple(cause),
                    bool(entry.get("server")),
                )
            )
    return found


def is_installed(tool: str) -> bool:
    """Whether the tool is here; unittest and pip come with Python."""
    return tool in ("python", "unittest", "pip") or shutil.which(tool, path=_path()) is not None


def make(case: Case, folder: Path) -> str:
    """Writes the logs of a case; says why not, or nothing."""
    seed = hashlib.sha256(f"{case.tool} {case.name}".encode()).digest()
    choice = random.Random(seed)  # noqa: S311 - the same noise each time, no secret
    noise = choice.sample(HARMLESS, 9)
    place = folder / case.half / f"{case.tool}_{case.name}"
    place.mkdir(parents=True, exist_ok=True)
    for number in range(SUCCESSES):
        code, data = _run(case, noise, choice, is_broken=False)
        if code != 0:
            shutil.rmtree(place)
            return f"its success ends with {code}: {data[-300:]!r}"
        (place / f"pass{number}.log").write_bytes(data)
    code, data = _run(case, noise, choice, is_broken=True)
    lines = cause_lines(case, data)
    if code == 0 or not lines:
        shutil.rmtree(place)
        return f"it ends with {code}, {len(lines)} lines hold the cause: {data[-600:]!r}"
    (place / "fail.log").write_bytes(data)
    (place / "cause.json").write_text(json.dumps(lines) + "\n")
    return ""


def cause_lines(case: Case, data: bytes) -> list[int]:
    """The lines that hold the cause, from 1: those between the marks of the step itself."""
    found = []
    is_inside = False
    text = COLOURS.sub("", data.decode("utf-8", "replace"))
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("== step "):
            is_inside = line.startswith(f"== step {case.tool}")
        elif is_inside and any(re.search(pattern, line) for pattern in case.cause):
            found.append(number)
    return found


def _run(
    case: Case, noise: Sequence[str], choice: random.Random, *, is_broken: bool
) -> tuple[int, bytes]:
    before = list(noise[:6])
    after = list(noise[6:])
    if is_broken:
        before.insert(choice.randrange(len(before)), choice.choice(CHANGES))
        before.insert(choice.randrange(len(before)), choice.choice(CHANGES))
    progress = [
        f"echo '[{choice.randrange(24):02}:{choice.randrange(60):02}:07] INFO fetched layer"
        f" {choice.randrange(16**12):012x} in {choice.randrange(900)} ms'"
        for _ in range(choice.randrange(8, 60))
    ]
    with tempfile.TemporaryDirectory(prefix="build-") as name, _server(case) as port:
        folder = Path(name)
        for path, text in {**case.files, **(case.broken if is_broken else {})}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        work = case.broken_run if is_broken else case.run
        script = "\n".join(
            [
                f"({case.prepare or 'true'}) >/dev/null 2>&1",
                "echo '== step prepare'",
                *(f"({line})" for line in (*before, *progress)),
                f"echo '== step {case.tool}'",
                f"({work}\n)",
                "code=$?",
                "echo '== step clean up'",
                *(f"({line})" for line in after),
                '[ $code = 0 ] || echo "the step ended with exit code $code"',
                "exit $code",
            ]
        )
        environment = {**os.environ, "PATH": _path(), "PORT": str(port), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.returncode, done.stdout


@contextmanager
def _server(case: Case) -> Iterator[int]:
    if not case.needs_server:
        yield 0
        return
    from http.server import HTTPServer, SimpleHTTPRequestHandler
    from threading import Thread

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _path() -> str:
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/sbin")
    return ":".join((*places, *map(str, servers)))


def main() -> int:
    """Makes the corpus."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="one tool")
    words = parser.parse_args()
    wanted = [case for case in cases() if words.only in ("", case.tool)]
    present = [case for case in wanted if is_installed(case.tool)]
    with ThreadPoolExecutor(2) as pool:
        flaws = list(pool.map(lambda case: make(case, words.folder), present))
    for case, flaw in zip(present, flaws, strict=True):
        if flaw:
            print(f"{case.tool}_{case.name}: {flaw}")
    made = [case for case, flaw in zip(present, flaws, strict=True) if not flaw]
    absent = sorted({case.tool for case in wanted} - {case.tool for case in present})
    print(f"{len(made)} logs of {len({c.tool for c in made})} tools; not installed: {absent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
