"""What hey prints at its end.

Source: hey 0.1.4, the template of its report.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.event import Json
from devops_tui.domain.report import LoadFormat, LoadReport
from devops_tui.integrations.reports.printed import number, read_text

_TOTAL = re.compile(r"^  Total:[ \t]+([0-9.]{1,20}) secs$", re.M)
_RATE = re.compile(r"^  Requests/sec:[ \t]+([0-9.]{1,20})$", re.M)
_TIMES = (
    ("mean_ms", re.compile(r"^  Average:[ \t]+([0-9.]{1,20}) secs$", re.M)),
    ("p50_ms", re.compile(r"^  50%+ in ([0-9.]{1,20}) secs$", re.M)),
    ("p95_ms", re.compile(r"^  95%+ in ([0-9.]{1,20}) secs$", re.M)),
    ("p99_ms", re.compile(r"^  99%+ in ([0-9.]{1,20}) secs$", re.M)),
    ("max_ms", re.compile(r"^  Slowest:[ \t]+([0-9.]{1,20}) secs$", re.M)),
)
_STATUS = re.compile(r"^  \[([0-9]{3})\][ \t]+([0-9]{1,12}) responses$", re.M)
_ERROR = re.compile(r"^  \[([0-9]{1,12})\][ \t]+(?![0-9]{1,12} responses$)\S", re.M)


def parse(stream: BinaryIO, file: str) -> LoadReport:
    """The figures; a status of 400 and more, and no answer at all, are errors.

    Raises:
        BadReport: It is not what hey prints, or hey was ended before it had printed all.
    """
    text = read_text(stream, file)
    elapsed_s = number(_TOTAL, text)
    if elapsed_s is None or number(_RATE, text) is None:
        raise BadReport(file, 1, "not what hey prints: no total and requests a second")
    heads, mark, failures = text.partition("Error distribution:")
    if "Status code distribution:" not in heads:
        raise BadReport(file, 1, "not all that hey prints: no status codes")
    answers = {int(code): int(count) for code, count in _STATUS.findall(heads)}
    errors = sum(count for code, count in answers.items() if code >= 400)
    lost = sum(int(count) for count in _ERROR.findall(failures)) if mark else 0
    total = sum(answers.values()) + lost
    if not total:
        raise BadReport(file, 1, "no requests")
    figures: dict[str, Json] = {
        "tps": round((total - errors - lost) / max(elapsed_s, 0.001), 1),
        "requests": total,
        "errors": errors + lost,
        "error_ratio": round((errors + lost) / total, 6),
    }
    for name, pattern in _TIMES:
        seconds = number(pattern, heads) if answers else None
        if seconds is not None:
            figures[name] = round(seconds * 1000.0, 3)
    return LoadReport(LoadFormat.HEY.value, figures)
