"""Jenkins: the last build of every job, in folders and multibranch projects too.

One question, in which `tree` names each field: the server makes nothing that is not read. Needs
the permissions Overall/Read and Job/Read; a user's API token is the password. A job that the
login may not see is not in the answer. The URL of a folder or of a view reads that one alone.

Source: Jenkins, "Remote Access API" (`tree`); hudson.model.Job, Run, Result and BallColor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, text
from devops_tui.integrations.tools.builds import Ended, Job, Running, last_build, of_milliseconds
from devops_tui.ports.tool import ToolWeb

DEEPEST = 6
"""Folders in folders that are read: organisation, repository and branch make three."""

_RESULTS = {
    "SUCCESS": (Level.OK, "succeeded"),
    "UNSTABLE": (Level.WARNING, "unstable"),
    "FAILURE": (Level.CRITICAL, "failed"),
    "ABORTED": (Level.WARNING, "aborted"),
    "NOT_BUILT": (Level.UNKNOWN, "not built"),
}


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """One question; raises ToolSilent."""
    answer = await web.json("/api/json", {"tree": f"quietingDown,{tree(DEEPEST)}"})
    with expecting("a Jenkins"):
        found = list(_jobs(answer["jobs"], ""))
        if answer.get("quietingDown") is True:
            said = "is about to shut down, and starts no build"
            found.append(Finding("quieting down", Level.WARNING, "Jenkins", said, url=settings.url))
        return reading("", found, settings)


def tree(depth: int) -> str:
    """What is asked of jobs, and of those in them."""
    build = "number,building,timestamp,duration"
    below = f",{tree(depth - 1)}" if depth > 1 else ""
    of_job = f"name,fullName,url,color,disabled,lastBuild[{build}]"
    return f"jobs[{of_job},lastCompletedBuild[{build},result]{below}]"


def _jobs(found: Any, folder: str) -> Iterator[Finding]:
    for each in entries(found):
        path = text(each.get("fullName")) or f"{folder}{text(each['name'])}"
        if isinstance(each.get("jobs"), list):
            yield from _jobs(each["jobs"], f"{path}/")
        elif "color" in each or "lastBuild" in each:
            yield _last(each, path)
        else:  # a folder has neither; what is in it was not asked for
            said = f"not read: it lies more than {DEEPEST} folders deep; connect its own URL"
            yield Finding(path, Level.UNKNOWN, _shown(path), said, url=text(each.get("url")))


def _last(each: JsonObject, path: str) -> Finding:
    is_disabled = each.get("disabled") is True or text(each.get("color")).startswith("disabled")
    job = Job(path, _shown(path), text(each.get("url")), "disabled" if is_disabled else "")
    newest, done = each.get("lastBuild"), each.get("lastCompletedBuild")
    return last_build(job, _ended(done) if done else None, _running(newest) if newest else None)


def _ended(build: JsonObject) -> Ended:
    result = text(build.get("result"))
    level, word = _RESULTS.get(result, (Level.UNKNOWN, f"ended as {result or 'nothing'}"))
    began, took = build.get("timestamp"), build.get("duration")
    if isinstance(began, int) and isinstance(took, int):
        began += took
    return Ended(level, word, f"#{text(build['number'])}", of_milliseconds(began))


def _running(build: JsonObject) -> Running | None:
    if build.get("building") is not True:
        return None
    return Running(f"#{text(build['number'])}", of_milliseconds(build.get("timestamp")))


def _shown(path: str) -> str:
    """A branch's name stands encoded in the path of its job: `shop/feature%2Fcart`."""
    return unquote(path)
