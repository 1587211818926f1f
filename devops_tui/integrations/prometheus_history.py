"""Figures read back from Prometheus, or from VictoriaMetrics, which speaks the same API.

Three range queries a chart: lowest, mean and highest of each bucket, all figures of a host
at once. What it keeps is what `export` sent or served, by the same names.

Source: Prometheus, "HTTP API", range queries; VictoriaMetrics adds `nocache`, without
which it moves the times that it was asked for.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from devops_tui.domain.errors import NotTold
from devops_tui.domain.export import FigureSource, name_of
from devops_tui.domain.history import BY_NAME, Bucket, HostHistory
from devops_tui.domain.ids import HostName
from devops_tui.integrations.figure_http import authorization, post, words_of
from devops_tui.ports.runtime import Secrets

_PATH = "/api/v1/query_range"
_MOST_BYTES = 32 << 20
_SHORTEST_S = 20.0
"""A bucket shorter than the pause between two samples would mostly be a gap: it looks back."""

_PARTS = ("min", "avg", "max")
_Points = Mapping[str, Mapping[int, float]]


class PrometheusHistory:
    """Implements ports.history.HistoryReader over HTTP.

    Raises:
        NotTold: It does not answer, or not with figures.
    """

    def __init__(
        self, source: FigureSource, secrets: Secrets | None, timeout_s: float = 5.0
    ) -> None:
        self._source = source
        self._secrets = secrets
        self._timeout_s = timeout_s

    def read(
        self, host: HostName, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures of a host in so many equal buckets; as long as the network takes."""
        headers = asyncio.run(authorization(self._source.credentials, self._secrets))
        lowest, mean, highest = (
            self._points(part, host, metrics, start, end, count, headers) for part in _PARTS
        )
        series = {}
        for name in metrics:
            low, middle, high = (points.get(name, {}) for points in (lowest, mean, highest))
            whole = low.keys() & middle.keys() & high.keys()
            series[name] = tuple(
                Bucket(low[i], middle[i], high[i]) if i in whole else None for i in range(count)
            )
        return HostHistory(host, start, end, series)

    def close(self) -> None:
        """Nothing is held open."""

    def _points(
        self,
        part: str,
        host: HostName,
        metrics: Sequence[str],
        start: datetime,
        end: datetime,
        count: int,
        headers: Mapping[str, str],
    ) -> _Points:
        step_s = (end - start).total_seconds() / count
        words = {
            "query": query(part, host, metrics, max(step_s, _SHORTEST_S)),
            "start": f"{start.timestamp() + step_s:.3f}",
            "end": f"{end.timestamp() + step_s / 2:.3f}",
            "step": f"{step_s:.3f}",
            "nocache": "1",
        }
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        url = self._source.url.rstrip("/") + _PATH
        body = urlencode(words).encode()
        status, said = post(url, body, sent, _MOST_BYTES, self._timeout_s)
        if status != 200:
            server = urlsplit(url).hostname
            raise NotTold(f"{server} gives no figures: it answers {status}: {words_of(said[:200])}")
        return _read(said, start.timestamp(), step_s, count)


def query(part: str, host: str, metrics: Sequence[str], window_s: float) -> str:
    """One expression for all figures; each bears its name in the label `figure`."""
    labelled = json.dumps(host, ensure_ascii=False)
    window = f"{max(1, math.ceil(window_s * 1000))}ms"
    return " or ".join(
        f"label_replace({part}_over_time({name_of(BY_NAME[name])}{{host={labelled}}}[{window}]),"
        f'"figure","{name}","","")'
        for name in metrics
    )


def _read(said: bytes, start_s: float, step_s: float, count: int) -> _Points:
    try:
        rows = json.loads(said)["data"]["result"]
        found: dict[str, dict[int, float]] = {}
        for row in rows:
            into = found.setdefault(str(row["metric"].get("figure", "")), {})
            for at_s, text in row["values"]:
                index = round((float(at_s) - start_s) / step_s) - 1
                value = float(text)
                if 0 <= index < count and math.isfinite(value):
                    into[index] = value
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotTold("the answer holds no figures", "Is it the URL of Prometheus?") from None
    return found
