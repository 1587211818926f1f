"""JUnit XML as pytest, Surefire, Go's, Jest's and Node's reporters write it.

Sources: the schemas of Ant and Maven Surefire 3 (`flakyFailure`, `rerunFailure`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.report import Case, Outcome
from devops_tui.integrations.reports.safe_xml import read_xml

MAX_CASES = 200_000
MESSAGE_LIMIT = 4000
"""Characters of a message that are kept: more than is shown, so that secrets are masked
before the message is cut."""
_ID_LIMIT = 500

_PYTEST = "pytest"  # its name for the one suite of every report
_BAD = frozenset({"failure", "error"})
_FLAKY = frozenset({"flakyFailure", "flakyError"})
_TOLD_NOTHING = frozenset({"", "failed", "failure", "error"})
_HAS_TEXT = _BAD | _FLAKY


def parse(stream: BinaryIO, file: str) -> Iterator[Case]:
    """The cases in the order of the file, while it is read.

    A suite that counts more failures than it lists has a failed case of its own, so that
    no failure is lost.

    Raises:
        BadReport: It is no JUnit report, or it ends too early; may come after some cases.
    """
    reading = _Reading(file)
    try:
        for _ in read_xml(stream, file, reading):
            yield from reading.found
            reading.found.clear()
    except BadReport:
        yield from reading.found  # what stands before the break counts
        raise


@dataclass(slots=True)
class _Suite:
    name: str
    bad: int  # as the suite counts them
    seen: int = 0


class _Reading:
    """Implements Elements; `found` holds the cases since it was emptied last."""

    def __init__(self, file: str) -> None:
        self.found: list[Case] = []
        self._file = file
        self._count = 0
        self._suites: list[_Suite] = []
        self._inside: list[str] = []
        self._case: Mapping[str, str] | None = None
        self._outcome = Outcome.PASSED
        self._is_flaky = False
        self._message = ""
        self._text: list[str] | None = None
        self._text_length = 0

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        parent = self._inside[-1] if self._inside else ""
        if not parent and name not in ("testsuites", "testsuite"):
            raise BadReport(self._file, line, "not a JUnit report: its root is no test suite")
        self._inside.append(name)
        if name == "testsuite":
            self._suites.append(_Suite(attributes.get("name", ""), _bad(attributes)))
        elif name == "testcase" and self._case is None:
            self._begin(attributes, line)
        elif parent == "testcase":
            self._judge(name, attributes)

    def text(self, text: str) -> None:
        if self._text is not None and self._text_length < MESSAGE_LIMIT:
            self._text.append(text[:MESSAGE_LIMIT])
            self._text_length += len(text)

    def end(self, name: str) -> None:
        self._inside.pop()
        parent = self._inside[-1] if self._inside else ""
        if name == "testcase" and parent != "testcase" and self._case is not None:
            self._end_case(self._case)
        elif name in _HAS_TEXT and parent == "testcase":
            self._take_text()
        elif name == "testsuite":
            self._end_suite()

    def _begin(self, attributes: Mapping[str, str], line: int) -> None:
        self._count += 1
        if self._count > MAX_CASES:
            raise BadReport(self._file, line, f"more than {MAX_CASES:,} test cases")
        self._case = attributes
        self._outcome = Outcome.PASSED
        self._is_flaky = False
        self._message = ""

    def _judge(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _BAD:
            self._outcome = Outcome.FAILED
            if self._suites:
                self._suites[-1].seen += 1
        elif name == "skipped" and self._outcome is Outcome.PASSED:
            self._outcome = Outcome.SKIPPED
        elif name in _FLAKY:
            self._is_flaky = True
        if name in _HAS_TEXT and not self._message:
            told = attributes.get("message", "").strip()
            self._message = "" if told.lower() in _TOLD_NOTHING else told[:MESSAGE_LIMIT]
            if not self._message:
                self._text, self._text_length = [], 0

    def _take_text(self) -> None:
        if self._text is not None:
            self._message = "".join(self._text).strip()[:MESSAGE_LIMIT]
            self._text = None

    def _end_case(self, attributes: Mapping[str, str]) -> None:
        case_id = self._id(attributes)
        duration_s = _seconds(attributes.get("time", ""))
        self.found.append(Case(case_id, self._outcome, duration_s, self._message, self._is_flaky))
        self._case = None
        self._text = None

    def _id(self, attributes: Mapping[str, str]) -> str:
        class_name = attributes.get("classname", "")
        suites = [suite.name for suite in self._suites if suite.name != _PYTEST]
        told: list[str] = []
        for part in (*suites, class_name, attributes.get("name", "")):
            if told and part.startswith(told[-1]):
                told[-1] = part  # it repeats what stands around it
            elif part:
                told.append(part)
        return "::".join(told)[:_ID_LIMIT] or "a case without a name"

    def _end_suite(self) -> None:
        suite = self._suites.pop()
        if suite.seen < suite.bad:
            missing = suite.bad - suite.seen
            why = f"the suite counts {suite.bad} failures and lists {suite.seen}"
            name = suite.name[:_ID_LIMIT] or "a suite without a name"
            self.found.append(Case(name, Outcome.FAILED, None, why))
            suite.seen += missing
        if self._suites:
            self._suites[-1].seen += suite.seen


def _bad(attributes: Mapping[str, str]) -> int:
    return sum(_count(attributes.get(name, "")) for name in ("failures", "errors"))


def _count(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else 0


def _seconds(text: str) -> float | None:
    """Seconds of "0.12", "1,234.5" (thousands) or "0,12" (decimal)."""
    plain = text.replace(",", "" if "." in text else ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value < 1e9 else None
