"""Reads the files that test and load tools leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from devops_tui.domain.report import Case, LoadFormat, LoadReport


class ReportReader(Protocol):
    """Reads untrusted files; both calls may take seconds and belong into a thread.

    `name` is what the file is called in errors.

    Raises:
        BadReport: The file cannot be read, is too large, or is not what it should be.
    """

    def cases(self, path: Path, name: str) -> Iterator[Case]:
        """The cases of a JUnit file as they are read; may raise after some were given."""
        ...

    def load(self, kind: LoadFormat, path: Path, name: str) -> LoadReport:
        """The figures of a load tool."""
        ...
