"""`host HOST --history SPAN`: figures over time as charts, JSON lines or CSV."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.domain.errors import NotTold
from devops_tui.domain.fleet import Host
from devops_tui.domain.history import METRICS, SPANS, Bucket, HostHistory
from devops_tui.presentation.host_charts import SHOWN, View, bucket_count, charts
from devops_tui.presentation.line import line

_ROWS = 240
_FETCH_S = 20.0


def add_history(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--history", choices=list(SPANS), metavar="SPAN", help=f"over time: {', '.join(SPANS)}"
    )
    parser.add_argument("--csv", action="store_true", help="with --history: as CSV")


def print_history(call: Call, host: Host) -> int:
    """Prints what is kept of a host; a row where nothing was seen stays empty."""
    span: str = call.words.history
    is_table = call.words.csv or call.out.is_json
    end = call.front.overview().at
    start = end - timedelta(seconds=SPANS[span])
    names = [metric.name for metric in METRICS] if is_table else list(SHOWN)
    count = _ROWS if is_table else bucket_count(call.out.width)

    def look() -> HostHistory | None:
        found = call.front.host_history(host.name, names, start, end, count)
        return found if found.is_whole else None

    waiting = call.waiting(keeps_worker=False)
    found = waiting.until(look, _FETCH_S, lambda: "the figures that are kept elsewhere")
    if found is None:
        raise NotTold("the figures that are kept elsewhere do not come", "Ask again.")
    if found.why:
        write(f"not read back from where figures are kept: {found.why}")
    if call.words.csv:
        call.out.lines(line(",".join(row)) for row in table(found, names))
    elif call.out.is_json:
        for index in range(count):
            call.out.json(_point(found, names, index))
    else:
        call.out.lines(row.line for row in charts(found, View(span), end, call.out.width))
    return Exit.OK


def table(history: HostHistory, names: Sequence[str]) -> list[list[str]]:
    """A heading and a row a bucket: its middle, then lowest, mean and highest of each figure."""
    rows = [["at", *(f"{name}_{part}" for name in names for part in ("min", "mean", "max"))]]
    count = max((len(series) for series in history.series.values()), default=0)
    for index in range(count):
        row = [history.at(index).isoformat(timespec="seconds")]
        for name in names:
            row += _cells(history.series[name][index])
        rows.append(row)
    return rows


def _cells(bucket: Bucket | None) -> list[str]:
    if bucket is None:
        return ["", "", ""]
    return [f"{value:.6g}" for value in (bucket.lowest, bucket.mean, bucket.highest)]


def _point(history: HostHistory, names: Sequence[str], index: int) -> dict[str, object]:
    known = {
        name: history.series[name][index]
        for name in names
        if name in history.series and history.series[name][index] is not None
    }
    return {
        "host": history.host,
        "at": history.at(index) if history.series else history.start,
        "step_s": round(history.bucket_s, 3),
        "figures": {
            name: {"min": b.lowest, "mean": b.mean, "max": b.highest}
            for name, b in known.items()
            if b is not None
        },
    }
