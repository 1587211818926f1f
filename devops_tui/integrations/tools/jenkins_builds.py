"""Jenkins builds what it is told to: a parameter of the job carries the mark of the order.

Jenkins drops parameters that a job does not define, so the job has to define DEVOPS_TASK as a
string: without it a build could not be told from another one. The mark also keeps Jenkins from
folding the order into one that waits in its queue. Needs Job/Build and Job/Cancel, and an API
token as the password (no crumb is needed then).

Source: Jenkins, "Remote Access API", "Parameterized Build"; hudson.model.ParametersAction,
hudson.model.Queue, AnnotatedLargeText (progressiveText: X-Text-Size, X-More-Data).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from devops_tui.domain.errors import NotFound, Refused, ToolRefused
from devops_tui.domain.tool_build import MARK, BuildOrder, BuildThere, LogPiece, Stage
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, text
from devops_tui.ports.tool_build import LogWeb

A_PIECE = 1 << 20
"""Bytes of a log at a time; of a log that grew by more at once the rest is left there."""

NEWEST = 300
"""Builds of the job among which the mark is looked for."""

_BUILD = "number,building,result,actions[parameters[name,value]]"
_WHAT = "a Jenkins"


class JenkinsBuilds:
    """Implements ports.tool_build.BuildServer for one order.

    Cancel: the connection is cut; what was sent may have been heard.
    """

    def __init__(self, web: LogWeb) -> None:
        self._web = web
        self._read = 0

    async def check(self, order: BuildOrder) -> None:
        """That the job is there, may be built, and takes the parameters."""
        asked = "buildable,property[parameterDefinitions[name]]"
        try:
            job = await self._web.json(f"{_place(order.job)}/api/json", {"tree": asked})
        except ToolRefused as error:
            if error.status == 404:
                raise NotFound(f"no job {order.job}", "Write it with its folders.") from None
            raise
        with expecting(_WHAT):
            known = set(_defined(job["property"]))
            is_buildable = job["buildable"] is True
        if not is_buildable:
            raise Refused(f"{order.job} is disabled, or no job that is built", "See it there.")
        if MARK not in known:
            raise Refused(
                f"{order.job} has no parameter {MARK}",
                "Add a string parameter of that name to it: by it a build is known again.",
            )
        for name in order.parameters:
            if name not in known:
                there = ", ".join(sorted(known - {MARK})) or "none"
                raise Refused(f"{order.job} has no parameter {name}", f"There are: {there}.")

    async def find(self, order: BuildOrder) -> BuildThere | None:
        """In the queue, then among the newest builds of the job."""
        tree = "items[id,why,actions[parameters[name,value]]]"
        queue = await self._web.json("/queue/api/json", {"tree": tree})
        with expecting(_WHAT):
            for item in entries(queue["items"]):
                if _bears(item, order.mark):
                    why = text(item.get("why"))
                    return BuildThere(Stage.QUEUED, _number(item["id"]), "", why)
        tree = f"builds[{_BUILD}]{{0,{NEWEST}}}"
        try:
            job = await self._web.json(f"{_place(order.job)}/api/json", {"tree": tree})
        except ToolRefused as error:
            if error.status == 404:
                return None
            raise
        with expecting(_WHAT):
            builds = entries(job["builds"])
            return next((_there(order, b) for b in builds if _bears(b, order.mark)), None)

    async def look(self, order: BuildOrder, there: BuildThere) -> BuildThere | None:
        """The one build; a place in the queue is found again, or what became of it."""
        if there.stage is Stage.QUEUED:
            return await self.find(order)
        try:
            build = await self._web.json(f"{there.id}/api/json", {"tree": _BUILD})
        except ToolRefused as error:
            if error.status == 404:
                return None
            raise
        with expecting(_WHAT):
            return _there(order, build)

    async def start(self, order: BuildOrder) -> None:
        """One POST."""
        form = urlencode({**order.parameters, MARK: order.mark}).encode()
        await self._web.post(f"{_place(order.job)}/buildWithParameters", form)

    async def read_log(self, there: BuildThere) -> LogPiece:
        """Jenkins says where the next piece begins: its own marks are not in the text."""
        place = f"{there.id}/logText/progressiveText"
        said, headers = await self._web.piece(place, {"start": str(self._read)}, A_PIECE)
        with expecting(_WHAT):
            end = int(headers["x-text-size"])
        is_cut = len(said) == A_PIECE
        if end > self._read:
            self._read = end
        else:
            said = b""
        if is_cut and said:
            said += b"\n[more of it came at once than is kept here: the rest is there]\n"
        return LogPiece(said, is_all=True)

    async def stop(self, order: BuildOrder, there: BuildThere) -> None:
        """Jenkins answers with the way to a page, or 404 for an item that it did cancel."""
        is_queued = there.stage is Stage.QUEUED
        place = "/queue/cancelItem" if is_queued else f"{there.id}/stop"
        query = {"id": there.id} if is_queued else None
        try:
            await self._web.post(place, b"", query)
        except ToolRefused as error:
            if not 300 <= error.status < 400 and error.status != 404:
                raise


def _place(job: str) -> str:
    """The job's path; its folders are between slashes."""
    parts = [part for part in job.split("/") if part]
    return "".join(f"/job/{quote(part, safe='')}" for part in parts)


def _there(order: BuildOrder, build: JsonObject) -> BuildThere:
    number = _number(build["number"])
    result = text(build.get("result"))
    if build["building"] is not False or not result:
        stage = Stage.RUNNING
    else:
        stage = Stage.SUCCEEDED if result == "SUCCESS" else Stage.FAILED
    return BuildThere(stage, f"{_place(order.job)}/{number}", f"{order.job} #{number}", result)


def _number(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return str(value)


def _bears(thing: JsonObject, mark: str) -> bool:
    for action in entries(thing.get("actions") or []):
        for parameter in entries(action.get("parameters") or []):
            if parameter.get("name") == MARK and parameter.get("value") == mark:
                return True
    return False


def _defined(properties: Any) -> Iterator[str]:
    for each in entries(properties):
        for parameter in entries(each.get("parameterDefinitions") or []):
            yield text(parameter["name"])
