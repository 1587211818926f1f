"""Opens the files and gives each to the parser of its tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.report import Case, LoadFormat, LoadReport
from devops_tui.integrations.reports import hey, jtl, junit, k6, wrk

JUNIT_LIMIT_BYTES = 64 << 20
LOAD_LIMIT_BYTES = 1 << 30

_PARSERS: Mapping[LoadFormat, Callable[[BinaryIO, str], LoadReport]] = {
    LoadFormat.JTL: jtl.parse,
    LoadFormat.K6: k6.parse,
    LoadFormat.HEY: hey.parse,
    LoadFormat.WRK: wrk.parse,
}


class FileReports:
    """Implements ports.report.ReportReader."""

    def cases(self, path: Path, name: str) -> Iterator[Case]:
        """See ReportReader; larger than 64 MiB is refused."""
        with _opened(path, name, JUNIT_LIMIT_BYTES) as stream:
            yield from junit.parse(stream, name)

    def load(self, kind: LoadFormat, path: Path, name: str) -> LoadReport:
        """See ReportReader; larger than 1 GiB is refused."""
        with _opened(path, name, LOAD_LIMIT_BYTES) as stream:
            return _PARSERS[kind](stream, name)


def _opened(path: Path, name: str, limit: int) -> BinaryIO:
    try:
        if path.stat().st_size > limit:
            raise BadReport(name, 1, f"larger than {limit >> 20} MiB")
        return path.open("rb")
    except OSError as error:
        raise BadReport(name, 1, f"cannot be read: {error.strerror}") from None
