"""A real git repository for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_GIT = shutil.which("git") or "git"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Jun",
    "GIT_AUTHOR_EMAIL": "jun@example.org",
    "GIT_COMMITTER_NAME": "Jun",
    "GIT_COMMITTER_EMAIL": "jun@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


class GitRepo:
    """A repository with a branch `main`, grown one commit at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self.git("init", "-q", "-b", "main")

    @property
    def url(self) -> str:
        return str(self.folder)

    def git(self, *args: str) -> str:
        done = subprocess.run(
            [_GIT, "-C", str(self.folder), *args],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | _IDENTITY,
        )
        return done.stdout.strip()

    def commit(self, subject: str, **files: str) -> str:
        for name, text in files.items():
            path = self.folder / name
            path.write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")
