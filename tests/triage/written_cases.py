"""Logs as tools that are not at hand write them: what passes, what fails, where the cause is.

A case begins with `=== its name`. Each line has a mark: blank for a line of both logs, `-` of
the success only, `+` of the failure only, `!` of the failure and it holds the cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).with_name("cases")
_BEFORE = (
    "Syncing repository: acme/shop",
    "cat: cache/index.json: No such file or directory",
    "no cache yet, going on",
    "WARNING: no earlier report, nothing is compared",
    "ERROR: metrics endpoint is not configured, figures are not sent",
    "test_connection_timeout PASSED",
    "0 errors, 3 warnings in the last check",
)
_AFTER = (
    "Uploading artifacts...",
    "WARNING: reports/: no matching files",
    "fatal: No names found, cannot describe anything.",
    "Job ended",
)


@dataclass(slots=True)
class Written:
    """One failure, among steps and errors that harm nothing."""

    name: str
    failing: list[str] = field(default_factory=lambda: list(_BEFORE))
    passing: list[str] = field(default_factory=lambda: list(_BEFORE))
    truth: set[int] = field(default_factory=set)

    def take(self, marked: str) -> None:
        """Adds a line with its mark."""
        mark, text = marked[:1], marked[2:]
        if mark in " +!":
            self.failing.append(text)
        if mark in " -":
            self.passing.append(text)
        if mark == "!" and text.strip():
            self.truth.add(len(self.failing))

    def logs(self) -> tuple[bytes, bytes]:
        """The failing log and its success."""
        failing, passing = ("\n".join((*x, *_AFTER)) for x in (self.failing, self.passing))
        return failing.encode(), passing.encode()


def written_cases() -> Iterator[Written]:
    """All of them."""
    for file in sorted(_FOLDER.glob("*.txt")):
        case: Written | None = None
        for row in file.read_text("utf-8").split("\n"):
            if row.startswith("=== "):
                if case is not None:
                    yield case
                case = Written(row[4:])
            elif case is not None and row:
                case.take(row)
        if case is not None:
            yield case
