"""What wrk prints at its end; percentiles with `--latency` only, and never p95.

wrk prints 50, 75, 90 and 99 %; a gate on p95 needs another tool.

Source: wrk 4.1, `print_stats` and `print_stats_latency`.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from devops_tui.domain.errors import BadReport
from devops_tui.domain.event import Json
from devops_tui.domain.report import LoadFormat, LoadReport
from devops_tui.integrations.reports.printed import number, parse_number, read_text

_TIME = r"([0-9.]{1,20})(us|ms|s|m|h)"
_LATENCY = re.compile(rf"^ +Latency +{_TIME} +[0-9.]{{1,20}}\w+ +{_TIME}", re.M)
_PERCENTILES = (
    ("p50_ms", re.compile(rf"^ +50(?:\.0+)?% +{_TIME}$", re.M)),
    ("p95_ms", re.compile(rf"^ +95(?:\.0+)?% +{_TIME}$", re.M)),
    ("p99_ms", re.compile(rf"^ +99(?:\.0+)?% +{_TIME}$", re.M)),
)
_TOTAL = re.compile(rf"^ +([0-9]{{1,15}}) requests in {_TIME},", re.M)
_BAD_STATUS = re.compile(r"^ +Non-2xx or 3xx responses: ([0-9]{1,15})$", re.M)
_SOCKET = re.compile(
    r"^ +Socket errors: connect ([0-9]{1,15}), read ([0-9]{1,15}), "
    r"write ([0-9]{1,15}), timeout ([0-9]{1,15})$",
    re.M,
)
_RATE = re.compile(r"^Requests/sec: +([0-9.]{1,20})$", re.M)
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}


def parse(stream: BinaryIO, file: str) -> LoadReport:
    """The figures; a status outside of 2xx and 3xx and every socket error are errors.

    Raises:
        BadReport: It is not what wrk prints, or wrk was ended before it had printed all.
    """
    text = read_text(stream, file)
    total = _TOTAL.search(text)
    latency = _LATENCY.search(text)
    if total is None or latency is None or number(_RATE, text) is None:
        raise BadReport(file, 1, "not what wrk prints: no latency, requests and rate")
    answered = int(total.group(1))
    elapsed_ms = _milliseconds(total.group(2), total.group(3))
    socket = _SOCKET.search(text)
    lost = sum(int(n) for n in socket.groups()) if socket else 0
    bad = int(number(_BAD_STATUS, text) or 0)
    requests = answered + lost
    if not requests or not elapsed_ms:
        raise BadReport(file, 1, "no requests")
    figures: dict[str, Json] = {
        "tps": round(max(0, answered - bad) * 1000.0 / elapsed_ms, 1),
        "requests": requests,
        "errors": bad + lost,
        "error_ratio": round(min(1.0, (bad + lost) / requests), 6),
    }
    found = [(name, pattern.search(text)) for name, pattern in _PERCENTILES]
    told = [(name, m.group(1), m.group(2)) for name, m in found if m is not None]
    told += [("mean_ms", latency.group(1), latency.group(2))]
    told += [("max_ms", latency.group(3), latency.group(4))]
    for name, value, unit in told if answered else ():
        ms = _milliseconds(value, unit)
        if ms is not None:
            figures[name] = round(ms, 3)
    return LoadReport(LoadFormat.WRK.value, figures)


def _milliseconds(value: str, unit: str) -> float | None:
    plain = parse_number(value)
    return None if plain is None else plain * _UNITS_MS[unit]
