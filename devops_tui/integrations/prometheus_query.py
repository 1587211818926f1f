"""One PromQL question to a Prometheus, as of now.

Source: Prometheus, "HTTP API", instant queries. VictoriaMetrics answers the same.
"""

from __future__ import annotations

from typing import Any

from devops_tui.integrations.tools.answers import expecting
from devops_tui.ports.tool import ToolWeb

_MOST = 1000  # series that are judged; whoever asks for more wants an aggregation


async def values(web: ToolWeb, query: str) -> tuple[float, ...]:
    """The number of every series; empty for no data.

    Raises:
        ToolSilent: It does not answer, refuses the question, or is no Prometheus.
    """
    told = await web.json("/api/v1/query", {"query": query})
    with expecting("a Prometheus"):
        data = told["data"]
        result = data["result"]
        if data["resultType"] == "scalar":
            return (_number(result),)
        return tuple(_number(series["value"]) for series in result[:_MOST])


def _number(pair: Any) -> float:
    """Of a moment and a number as text."""
    _, number = pair
    return float(number)
