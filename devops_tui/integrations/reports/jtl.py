"""JMeter's results: CSV with a header (since 3.0), CSV without (2.x), and XML.

Rows of transaction controllers are left out as JMeter's own summary does, since their
samples stand in rows of their own; where there is nothing else, they count.

Source: JMeter User's Manual, "Listeners", "CSV Log format" and "XML Log format".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.load_samples import LoadSamples
from devops_tui.domain.report import LoadFormat, LoadReport
from devops_tui.integrations.reports.safe_xml import read_xml

_LINE_LIMIT = 1 << 20
_NEEDED = ("timeStamp", "elapsed", "success")
_TRANSACTION = "Number of samples in transaction"
_ATTRIBUTES = ("ts", "t", "s", "rm")
_MAX_TIME_MS = 10**15
_MAX_ELAPSED_MS = 10**10
_HINT = "Write it with jmeter.save.saveservice.timestamp_format=ms and its default columns."


def parse(stream: BinaryIO, file: str) -> LoadReport:
    """The figures of a JTL file, read piece by piece.

    Raises:
        BadReport: A row is none of JMeter's, or there is no sample.
    """
    is_xml = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    stream.seek(0)
    results = _Results()
    if is_xml:
        for _ in read_xml(stream, file, _XmlSamples(file, results)):
            pass  # every piece has been counted as it was read
    else:
        _read_csv(stream, file, results)
    chosen = results.plain if results.plain.requests else results.transactions
    if not chosen.requests:
        raise BadReport(file, 1, "no samples")
    return LoadReport(LoadFormat.JTL.value, chosen.figures(), chosen.series())


class _Results:
    def __init__(self) -> None:
        self.plain = LoadSamples()
        self.transactions = LoadSamples()

    def add(self, began_ms: int, elapsed_ms: int, is_ok: bool, message: str) -> None:
        is_transaction = message.startswith(_TRANSACTION)
        samples = self.transactions if is_transaction else self.plain
        samples.add(began_ms, elapsed_ms, is_ok)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row the four values stand; a message may be missing."""

    began: int
    elapsed: int
    success: int
    message: int | None
    delimiter: str = ","

    @property
    def least(self) -> int:
        return max(self.began, self.elapsed, self.success)


def _read_csv(stream: BinaryIO, file: str, results: _Results) -> None:
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
    try:
        first = text.readline(_LINE_LIMIT)
        header = _header(first, file)
        columns = header or _Columns(0, 1, 7, 4)
        lines = _lines(text) if header else chain([first], _lines(text))
        reader = csv.reader(lines, delimiter=columns.delimiter)
        above = 1 if header else 0
        try:
            for row in reader:
                if row:
                    _take_row(row, columns, file, reader.line_num + above, results)
        except csv.Error as error:
            line = reader.line_num + above
            raise BadReport(file, line, f"not CSV: {error}", _HINT) from None
    finally:
        text.detach()  # the stream belongs to the caller


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LINE_LIMIT):
        yield line


def _header(first: str, file: str) -> _Columns | None:
    """The columns that the first line names; None when it is a sample."""
    if "elapsed" not in first:
        return None
    for delimiter in (",", ";", "\t", "|"):
        names = first.strip().split(delimiter)
        if "elapsed" in names:
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise BadReport(file, 1, f"no column {missing[0]}", _HINT)
            message = names.index("responseMessage") if "responseMessage" in names else None
            began, elapsed, success = (names.index(n) for n in _NEEDED)
            return _Columns(began, elapsed, success, message, delimiter)
    return None


def _take_row(
    row: Sequence[str], columns: _Columns, file: str, line: int, results: _Results
) -> None:
    if len(row) <= columns.least:
        raise BadReport(file, line, f"a row of {len(row)} columns", _HINT)
    began, elapsed, success = row[columns.began], row[columns.elapsed], row[columns.success]
    if began == "timeStamp" and elapsed == "elapsed":
        return  # a second test was appended, with its header
    has_message = columns.message is not None and columns.message < len(row)
    message = row[columns.message or 0] if has_message else ""
    _take(began, elapsed, success, message, file, line, results)


def _take(
    began: str, elapsed: str, success: str, message: str, file: str, line: int, results: _Results
) -> None:
    began_ms, elapsed_ms = _whole(began, _MAX_TIME_MS), _whole(elapsed, _MAX_ELAPSED_MS)
    if began_ms is None or elapsed_ms is None:
        raise BadReport(file, line, "a time that is no whole number of milliseconds", _HINT)
    if success not in ("true", "false"):
        raise BadReport(file, line, "a sample that is neither true nor false", _HINT)
    results.add(began_ms, elapsed_ms, success == "true", message)


def _whole(text: str, limit: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    value = int(text)
    return value if value <= limit else None


class _XmlSamples:
    """Implements Elements: samples directly below the root; those inside are parts of them."""

    def __init__(self, file: str, results: _Results) -> None:
        self._file = file
        self._results = results
        self._depth = 0

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        if self._depth == 0 and name != "testResults":
            raise BadReport(self._file, line, "not a JTL: its root is not testResults")
        self._depth += 1
        if self._depth == 2 and name in ("sample", "httpSample"):
            began, elapsed, success, message = (attributes.get(k, "") for k in _ATTRIBUTES)
            _take(began, elapsed, success, message, self._file, line, self._results)

    def text(self, text: str) -> None:
        """Text says nothing here."""

    def end(self, name: str) -> None:
        self._depth -= 1
