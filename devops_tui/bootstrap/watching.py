"""Gives watches their signs: the store's alerts, and the tools that answer PromQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devops_tui.bootstrap.tools import web_of
from devops_tui.domain.errors import NotFound, ToolSilent
from devops_tui.domain.watching import MetricQuery
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Secrets
from devops_tui.ports.store import Store
from devops_tui.services.watch_signs import Signs


def signs_of(
    store: Store, workspace: Workspace, secrets: Secrets, mask: Callable[[str], str]
) -> Signs:
    """Nothing is loaded before somebody asks; what a tool says is masked of secrets."""
    settings = {tool.name: tool for tool in workspace.tools}

    async def ask(query: MetricQuery) -> Sequence[float]:
        from devops_tui.integrations.prometheus_query import values

        tool = settings.get(query.tool)
        if tool is None:
            raise NotFound(f"no tool {query.tool}", "Name one of `tools:`.")
        try:
            return await values(web_of(tool, secrets), query.query)
        except ToolSilent as error:
            raise ToolSilent(mask(error.title), mask(error.hint)) from None

    return Signs(store, ask)
