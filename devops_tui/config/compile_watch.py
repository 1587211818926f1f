"""What the watches of a service look at: `watch:` of a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devops_tui.config.documents import Entry
from devops_tui.config.models_service import WatchModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import shown
from devops_tui.domain.tool import ToolKind, ToolSettings
from devops_tui.domain.traffic import Service
from devops_tui.domain.watching import MetricQuery, WatchSigns


def compile_watch(model: WatchModel) -> WatchSigns:
    """As it is written."""
    asked = (MetricQuery(q.tool, q.query, q.most, q.least) for q in model.promql)
    return WatchSigns(model.alerts, tuple(asked))


def check_watch_tools(
    found: Iterable[Entry],
    services: Mapping[str, Service],
    tools: Sequence[ToolSettings],
    report: Report,
) -> None:
    """Every question goes to a tool that answers PromQL."""
    able = [tool.name for tool in tools if tool.kind is ToolKind.PROMETHEUS]
    for entry in found:
        service = services.get(entry.name)
        for number, query in enumerate(service.watch.queries if service is not None else ()):
            if query.tool not in able:
                todo = report.choose(query.tool, able, "name a `prometheus` of `tools:`")
                what = f"`{shown(query.tool)}` is no tool that answers PromQL"
                path = (*entry.path, "watch", "promql", number, "tool")
                report.add(entry.document, path, what, todo)
