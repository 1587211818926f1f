"""Measures a server under load, and holds the figures against a gate."""

from __future__ import annotations

import asyncio
import math
import time
from array import array
from collections.abc import Callable, Sequence

from devops_tui.domain.errors import NoAnswer
from devops_tui.domain.event import Json
from devops_tui.domain.load_samples import LoadSamples
from devops_tui.domain.report import LoadReport
from devops_tui.domain.work import LoadGate
from devops_tui.services.http_probe import KeepAlive, Open
from devops_tui.services.jobs.side_by_side import side_by_side

_ANSWER_TIMEOUT_S = 5.0
_AFTER_ERROR_S = 0.05
_SECOND_S = 1.0


class LoadMeter:
    """Keep-alive connections that ask one path side by side, each as fast as it can.

    `seconds_passed` is called about once a second with a line for a person. Times are
    wall times of this process: with a busy machine they include its own waiting.
    """

    def __init__(self, open: Open, path: str, connections: int) -> None:
        self._open = open
        self._path = path
        self._connections = connections
        self._latencies_ms = array("d")
        self._errors = 0
        self._samples = LoadSamples()
        self._began = 0.0

    async def measure(self, duration_s: float, seconds_passed: Callable[[str], None]) -> LoadReport:
        """Asks for `duration_s` and returns what was measured."""
        began = self._began = time.perf_counter()
        deadline = began + duration_s
        reporter = asyncio.create_task(self._report(began, seconds_passed))
        try:
            await side_by_side([self._ask_until(deadline) for _ in range(self._connections)])
        finally:
            reporter.cancel()
            await asyncio.wait({reporter})
        if not reporter.cancelled():
            reporter.result()  # raises: it ends only when the log cannot be written
        figures = self._figures(time.perf_counter() - began)
        return LoadReport("start", figures, self._samples.series())

    async def _ask_until(self, deadline: float) -> None:
        connection = KeepAlive(self._open)
        try:
            while (left_s := deadline - time.perf_counter()) > 0:
                asked = time.perf_counter()
                try:
                    answer = await connection.get(self._path, _ANSWER_TIMEOUT_S)
                except NoAnswer:
                    self._count_error(asked)
                    await asyncio.sleep(min(_AFTER_ERROR_S, left_s))
                    continue
                if answer.status >= 400:
                    self._count_error(asked)
                else:
                    self._latencies_ms.append(answer.latency_ms)
                    self._samples.add(self._since_begin_ms(asked), answer.latency_ms, True)
        finally:
            connection.close()

    def _count_error(self, asked: float) -> None:
        self._errors += 1
        elapsed_ms = (time.perf_counter() - asked) * 1000.0
        self._samples.add(self._since_begin_ms(asked), elapsed_ms, False)

    def _since_begin_ms(self, moment: float) -> float:
        return max(0.0, (moment - self._began) * 1000.0)

    async def _report(self, began: float, seconds_passed: Callable[[str], None]) -> None:
        seen, errors = 0, 0
        while True:
            await asyncio.sleep(_SECOND_S)
            now_ms = self._latencies_ms[seen:]
            mean_ms = sum(now_ms) / len(now_ms) if now_ms else 0.0
            at_s = time.perf_counter() - began
            bad = self._errors - errors
            seen, errors = seen + len(now_ms), self._errors
            seconds_passed(
                f"{at_s:5.0f} s  {len(now_ms):6d} requests  {mean_ms:8.2f} ms mean  {bad} errors"
            )

    def _figures(self, elapsed_s: float) -> dict[str, Json]:
        ordered = sorted(self._latencies_ms)
        good = len(ordered)
        total = good + self._errors
        return {
            "tps": round(good / elapsed_s, 1),
            "mean_ms": round(sum(ordered) / good, 3) if good else 0.0,
            "p50_ms": round(_percentile(ordered, 0.50), 3),
            "p95_ms": round(_percentile(ordered, 0.95), 3),
            "p99_ms": round(_percentile(ordered, 0.99), 3),
            "max_ms": round(ordered[-1], 3) if good else 0.0,
            "requests": total,
            "errors": self._errors,
            "error_ratio": round(self._errors / total, 6) if total else 1.0,
        }


def breaches(figures: dict[str, Json], gate: LoadGate) -> list[str]:
    """What the figures do not reach, each in a few words; empty when all is reached.

    A figure that is asked for and not known is not reached.
    """
    found: list[str] = []
    tps, ratio = figures.get("tps"), figures.get("error_ratio")
    if gate.min_tps is not None and (tps is None or tps < gate.min_tps):
        found.append(f"{_told(tps)} tps < {gate.min_tps:g} tps")
    for name, limit in (
        ("mean", gate.max_mean_ms),
        ("p95", gate.max_p95_ms),
        ("p99", gate.max_p99_ms),
    ):
        value = figures.get(f"{name}_ms")
        if limit is None:
            continue
        if value is None:
            found.append(f"{name} is not known, and must be <= {limit:g} ms")
        elif value > limit:
            found.append(f"{name} {value:g} ms > {limit:g} ms")
    if ratio is None:
        found.append(f"errors are not known, and must be <= {gate.max_error_ratio * 100:g} %")
    elif ratio > gate.max_error_ratio:
        found.append(f"{ratio * 100:.3g} % errors > {gate.max_error_ratio * 100:g} %")
    return found


def summary(figures: dict[str, Json]) -> str:
    """The figures for a person, over several lines; what is not known is a question mark."""
    told = {name: _told(figures.get(f"{name}_ms")) for name in ("mean", "p50", "p95", "p99", "max")}
    ratio = figures.get("error_ratio")
    return (
        f"{_told(figures.get('tps'))} transactions/s, mean {told['mean']} ms\n"
        f"p50 {told['p50']}  p95 {told['p95']}  p99 {told['p99']}  max {told['max']} ms\n"
        f"{figures.get('requests', '?')} requests, {figures.get('errors', '?')} errors "
        f"({_told(None if ratio is None else ratio * 100, '.3g')} %)"
    )


def _told(value: float | None, form: str = "g") -> str:
    return "?" if value is None else f"{value:{form}}"


def _percentile(ordered: Sequence[float], ratio: float) -> float:
    """The smallest value that `ratio` of all do not exceed; 0 for no values."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(ratio * len(ordered)) - 1)]
