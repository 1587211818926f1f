"""Buildbot builds what it is told to: the reason of a forced build carries the mark of the order.

Needs a ForceScheduler for the builder that takes a reason, as all do unless it is fixed; and by
Buildbot's `authz` the right to force and to stop. A build whose worker was lost is built again by
Buildbot itself: it stays one order.

Source: Buildbot, "REST API" (JSON-RPC actions force, stop, cancel), data types buildset,
buildrequest, build, step, log and logchunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from devops_tui.domain.errors import NotFound, Refused, ToolRefused
from devops_tui.domain.tool_build import BuildOrder, BuildThere, LogPiece, Stage
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, text
from devops_tui.ports.tool_build import LogWeb

LINES = 500
"""Lines of a log at a time."""

NEWEST = 300
"""Sets of builds among which the mark is looked for."""

_WHAT = "a Buildbot"
_SUCCESS = (0, 1)  # success, and success with warnings
_RESULTS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")


class BuildbotBuilds:
    """Implements ports.tool_build.BuildServer for one order.

    Cancel: the connection is cut; what was sent may have been heard.
    """

    def __init__(self, web: LogWeb) -> None:
        self._web = web
        self._scheduler = ""
        self._lines: dict[int, int] = {}

    async def check(self, order: BuildOrder) -> None:
        """That a scheduler forces this builder and takes the parameters."""
        answer = await self._web.json("/api/v2/forceschedulers")
        with expecting(_WHAT):
            known = [
                (text(s["name"]), dict(_fields(s["all_fields"])))
                for s in entries(answer["forceschedulers"])
                if order.job in s["builder_names"] and s.get("enabled") is not False
            ]
        if not known:
            raise NotFound(
                f"no builder {order.job} that can be forced",
                "Add a ForceScheduler for it to master.cfg.",
            )
        missing = ""
        for scheduler, fields in known:
            lacks = [n for n in ("reason", *order.parameters) if fields.get(n, "fixed") == "fixed"]
            if not lacks:
                self._scheduler = scheduler
                return
            missing = lacks[0]
        taken = ", ".join(sorted(n for n, kind in known[-1][1].items() if kind != "fixed"))
        raise Refused(f"{order.job} takes no {missing}", f"Its ForceScheduler takes: {taken}.")

    async def find(self, order: BuildOrder) -> BuildThere | None:
        """Among the newest sets of builds."""
        words = [("field", "bsid"), ("field", "reason"), ("order", "-bsid"), ("limit", str(NEWEST))]
        answer = await self._web.json(f"/api/v2/buildsets?{urlencode(words)}")
        with expecting(_WHAT):
            sets = entries(answer["buildsets"])
            mine = [_id(s["bsid"]) for s in sets if _marked(order) in text(s["reason"])]
        if not mine:
            return None
        words = [("buildsetid", str(mine[-1])), ("limit", "10")]
        answer = await self._web.json(f"/api/v2/buildrequests?{urlencode(words)}")
        with expecting(_WHAT):
            wanted = [_id(r["buildrequestid"]) for r in entries(answer["buildrequests"])]
        if not wanted:
            return None
        return await self._stands(order, wanted[0])

    async def look(self, order: BuildOrder, there: BuildThere) -> BuildThere | None:
        """By the request that it is a build of."""
        return await self._stands(order, int(there.id.partition(" ")[0]))

    async def start(self, order: BuildOrder) -> None:
        """One POST; `check` has found the scheduler."""
        words = {**order.parameters, "reason": _marked(order), "builderNames": [order.job]}
        call = {"jsonrpc": "2.0", "method": "force", "id": 1, "params": words}
        place = quote(self._scheduler, safe="")
        await self._web.post(f"/api/v2/forceschedulers/{place}", call)

    async def read_log(self, there: BuildThere) -> LogPiece:
        """The next lines of the first log that has some."""
        build = there.id.partition(" ")[2]
        answer = await self._web.json(f"/api/v2/builds/{build}/steps")
        with expecting(_WHAT):
            steps = sorted((_id(s["number"]), _id(s["stepid"])) for s in entries(answer["steps"]))
        for _, step in steps:
            answer = await self._web.json(f"/api/v2/steps/{step}/logs")
            with expecting(_WHAT):
                logs = [
                    (_id(one["logid"]), text(one["type"]), _id(one["num_lines"]))
                    for one in entries(answer["logs"])
                ]
            for number, kind, lines in logs:
                if lines > self._lines.get(number, 0) and kind in ("s", "t"):
                    return await self._lines_of(number, kind)
        return LogPiece(b"", is_all=True)

    async def stop(self, order: BuildOrder, there: BuildThere) -> None:
        """The build, or the request as long as there is none."""
        request, _, build = there.id.partition(" ")
        place = f"/api/v2/builds/{build}" if build else f"/api/v2/buildrequests/{request}"
        method = "stop" if build else "cancel"
        words = {"reason": f"stopped: {_marked(order)}"}
        call = {"jsonrpc": "2.0", "method": method, "id": 1, "params": words}
        try:
            await self._web.post(place, call)
        except ToolRefused as error:
            if error.status != 404:  # it has ended meanwhile
                raise

    async def _stands(self, order: BuildOrder, request: int) -> BuildThere | None:
        try:
            answer = await self._web.json(f"/api/v2/buildrequests/{request}")
        except ToolRefused as error:
            if error.status == 404:
                return None
            raise
        words = [("buildrequestid", str(request)), ("order", "-buildid"), ("limit", "1")]
        builds = await self._web.json(f"/api/v2/builds?{urlencode(words)}")
        with expecting(_WHAT):
            (asked,) = entries(answer["buildrequests"])
            build = next(entries(builds["builds"]), None)
            return _there(order, asked, build)

    async def _lines_of(self, log: int, kind: str) -> LogPiece:
        first = self._lines.get(log, 0)
        words = urlencode({"offset": first, "limit": LINES})
        answer = await self._web.json(f"/api/v2/logs/{log}/contents?{words}")
        with expecting(_WHAT):
            found = [line for c in entries(answer["logchunks"]) for line in _split(c["content"])]
        self._lines[log] = first + len(found)
        if kind == "s":  # each line begins with a letter: output, error, header
            found = [line[1:] for line in found]
        said = "".join(f"{line}\n" for line in found)
        return LogPiece(said.encode("utf-8", "replace"), is_all=not found)


def _there(order: BuildOrder, asked: JsonObject, build: JsonObject | None) -> BuildThere:
    request, results = _id(asked["buildrequestid"]), asked.get("results")
    label, place = "", f"{request} "
    if build is not None:
        label = f"{order.job} #{_id(build['number'])}"
        place = f"{request} {_id(build['buildid'])}"
    if asked["complete"] is True:
        stage = Stage.SUCCEEDED if results in _SUCCESS else Stage.FAILED
        is_known = isinstance(results, int) and 0 <= results < len(_RESULTS)
        says = _RESULTS[results] if is_known and isinstance(results, int) else text(results)
        return BuildThere(stage, place, label, says)
    if build is None or build.get("complete") is True:  # Buildbot builds it once more
        return BuildThere(Stage.QUEUED, f"{request} ", "", "waits for a worker")
    return BuildThere(Stage.RUNNING, place, label)


def _marked(order: BuildOrder) -> str:
    return f"[{order.mark} {order.job}]"


def _fields(found: Any) -> Iterator[tuple[str, str]]:
    """Full name and type of each, those in groups as well."""
    for each in entries(found):
        if isinstance(each.get("fields"), list):
            yield from _fields(each["fields"])
        elif each.get("fullName"):
            yield text(each["fullName"]), text(each.get("type"))


def _split(content: Any) -> list[str]:
    if not isinstance(content, str):
        raise TypeError(type(content).__name__)
    return content.removesuffix("\n").split("\n") if content else []


def _id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return value
