"""GoCD: the last run of every pipeline on the dashboard of the login.

The dashboard is one answer, whatever the number of pipelines; a pipeline that the login may not
view is not in it. `url` ends with /go, as GoCD's own addresses do. Needs GoCD >= 19.8: it is asked
for the newest version of each answer, which has no number in `Accept`.

Source: GoCD, "API Reference": dashboard, version, access tokens (Bearer).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, moment, text
from devops_tui.integrations.tools.builds import Ended, Job, Running, last_build
from devops_tui.ports.tool import ToolWeb

_STATES = {
    "Passed": (Level.OK, "passed"),
    "Failed": (Level.CRITICAL, "failed"),
    "Failing": (Level.CRITICAL, "is failing"),
    "Cancelled": (Level.WARNING, "was cancelled"),
}
_NOT_RUN = "Unknown"
_BUILDING = "Building"
_WORST_FIRST = ("Failed", "Failing", "Cancelled")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Two questions; raises ToolSilent."""
    version = await web.json("/api/version")
    dashboard = await web.json("/api/dashboard")
    if isinstance(dashboard, dict) and "_embedded" not in dashboard and "message" in dashboard:
        raise ToolSilent(f"GoCD says: {text(dashboard['message'])[:200]}", "It may be starting.")
    with expecting("a GoCD"):
        pipelines = dashboard["_embedded"]["pipelines"]
        found = [_pipeline(each, settings) for each in entries(pipelines)]
        return reading(text(version["version"]), found, settings)


def _pipeline(each: JsonObject, settings: ToolSettings) -> Finding:
    name = text(each["name"])
    runs = list(entries(each["_embedded"]["instances"]))
    job = Job(name, name, _place(settings, name, runs), _paused(each.get("pause_info")))
    states = [_Run(run) for run in runs]  # the newest comes first
    running = next((s.running for s in states if s.running), None)
    ended = next((s.ended for s in states if s.ended), None)
    return last_build(job, ended, running)


class _Run:
    """How far one run of a pipeline has come."""

    def __init__(self, run: JsonObject) -> None:
        self._label = f"#{text(run.get('counter') or run.get('label'))}"
        self._stages = list(entries(run["_embedded"]["stages"]))

    @property
    def running(self) -> Running | None:
        """Of the stage that is built now."""
        stage = next((s for s in self._stages if s["status"] == _BUILDING), None)
        return Running(self._label, _at(stage)) if stage else None

    @property
    def ended(self) -> Ended | None:
        """By its worst stage; while it is being built, by what that stage was before."""
        for status in _WORST_FIRST:
            bad = next((s for s in self._stages if s["status"] == status), None)
            if bad:
                return self._of(bad, text(bad["name"]))
        before = self._before()
        if self.running:
            return before
        ran = [s for s in self._stages if s["status"] != _NOT_RUN]
        if not ran:
            return None
        rest = next((text(s["name"]) for s in self._stages if s["status"] == _NOT_RUN), "")
        return self._of(ran[-1], f"waits before {rest}; {text(ran[-1]['name'])}" if rest else "")

    def _before(self) -> Ended | None:
        stage = next((s for s in self._stages if s["status"] == _BUILDING), None)
        before = stage.get("previous_stage") if stage else None
        if not isinstance(before, dict) or text(before.get("status")) not in _STATES:
            return None
        level, word = _STATES[text(before["status"])]
        return Ended(level, f"{text(before.get('name'))} {word} before", "", _at(before))

    def _of(self, stage: JsonObject, name: str) -> Ended:
        status = text(stage["status"])
        level, word = _STATES.get(status, (Level.UNKNOWN, f"is {status}"))
        return Ended(level, f"{name} {word}".strip(), self._label, _at(stage))


def _at(stage: Any) -> datetime | None:
    return moment(stage.get("scheduled_at"))


def _paused(found: Any) -> str:
    if not isinstance(found, dict) or found.get("paused") is not True:
        return ""
    by, why = text(found.get("paused_by")), text(found.get("pause_reason"))
    return "paused" + (f" by {by}" if by else "") + (f": {why}" if why else "")


def _place(settings: ToolSettings, name: str, runs: Sequence[JsonObject]) -> str:
    counter = text(runs[0].get("counter")) if runs else ""
    if not counter:
        return f"{settings.url}/pipeline/activity/{quote(name, safe='')}"
    ends = f"{quote(name, safe='')}/{quote(counter, safe='')}"
    return f"{settings.url}/pipelines/value_stream_map/{ends}"
