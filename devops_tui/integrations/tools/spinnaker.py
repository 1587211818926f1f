"""Spinnaker: the last execution of every pipeline of one application, asked of Gate.

Two lists of executions, one of each pipeline in each: the last one that ended, the last one that
has not. `expand=false` leaves out what the stages hold. A token goes as Bearer.

Source: Spinnaker, "Gate API": applications/{application}/pipelineConfigs and
applications/{application}/pipelines (limit, statuses, expand); Orca's ExecutionStatus.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, text
from devops_tui.integrations.tools.builds import Ended, Job, Running, last_build, of_milliseconds
from devops_tui.ports.tool import ToolWeb

_ENDS = {
    "SUCCEEDED": (Level.OK, "succeeded"),
    "SKIPPED": (Level.OK, "was skipped"),
    "FAILED_CONTINUE": (Level.WARNING, "failed in a part, and went on"),
    "CANCELED": (Level.WARNING, "was cancelled"),
    "STOPPED": (Level.WARNING, "was stopped"),
    "TERMINAL": (Level.CRITICAL, "failed"),
}
_RUNS = {
    "RUNNING": "is running",
    "NOT_STARTED": "waits for its start",
    "BUFFERED": "waits for its start",
    "PAUSED": "is paused",
    "SUSPENDED": "is suspended",
    "REDIRECT": "is running",
}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Three questions; raises ToolSilent."""
    place = f"/applications/{quote(settings.account, safe='')}"
    pipelines = await web.json(f"{place}/pipelineConfigs")
    ended = await web.json(f"{place}/pipelines", _asked(_ENDS))
    running = await web.json(f"{place}/pipelines", _asked(_RUNS))
    with expecting("a Spinnaker"):
        ends, runs = _newest(ended), _newest(running)
        found = [_pipeline(each, ends, runs, settings) for each in entries(pipelines)]
        return reading("", found, settings)


def _asked(statuses: Mapping[str, object]) -> Mapping[str, str]:
    return {"limit": "1", "statuses": ",".join(statuses), "expand": "false"}


def _newest(executions: Any) -> Mapping[str, JsonObject]:
    """By the pipeline that they are of."""
    ordered = sorted(entries(executions), key=lambda e: float(_began(e) or 0))
    return {text(e["pipelineConfigId"]): e for e in ordered}


def _pipeline(
    each: JsonObject,
    ends: Mapping[str, JsonObject],
    runs: Mapping[str, JsonObject],
    settings: ToolSettings,
) -> Finding:
    number, name = text(each["id"]), text(each["name"])
    ended, running = ends.get(number), runs.get(number)
    shown = running or ended
    place = f"{settings.url}/pipelines/{quote(text(shown['id']), safe='')}" if shown else ""
    job = Job(number, name, place, "disabled" if each.get("disabled") is True else "", "never ran")
    return last_build(job, _ended(ended) if ended else None, _running(running) if running else None)


def _ended(execution: JsonObject) -> Ended:
    status = text(execution["status"])
    level, word = _ENDS.get(status, (Level.UNKNOWN, f"ended as {status or 'nothing'}"))
    at = of_milliseconds(execution.get("endTime") or _began(execution))
    return Ended(level, word, at=at)


def _running(execution: JsonObject) -> Running:
    status = text(execution["status"])
    since = of_milliseconds(_began(execution))
    return Running("an execution", since, _RUNS.get(status, f"is {status or 'nothing'}"))


def _began(execution: JsonObject) -> Any:
    return execution.get("startTime") or execution.get("buildTime")
