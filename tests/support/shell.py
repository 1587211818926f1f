"""Calls `devops-tui` as a stranger does: another process, a clean environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import devops_tui

PATIENCE_S = 100
PACKAGE = Path(devops_tui.__file__).parent


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(row) for row in self.out.splitlines()]


@dataclass
class Shell:
    """A folder and an environment whose XDG folders lie below `home`."""

    folder: Path
    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PACKAGE.parent),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "DEVOPS_TUI_ACTOR": "jun",
            **self.extra,
        }

    def run(self, *words: str, given: bytes = b"", **extra: str) -> Done:
        """Runs to the end."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environ | extra,
            input=given,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Begins; the caller ends it."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_hear_interrupts,
        )

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "devops_tui", *words]


def _hear_interrupts() -> None:
    """A suite that was begun in the background ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
