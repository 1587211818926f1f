"""A Jenkins that builds: a queue, builds with parameters and a log; on the ways of the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from support.tool_double import Answer, Asked, ToolDouble, tool_double

QUEUE = "/queue/api/json"


@dataclass
class Build:
    """One build, or its place in the queue as long as `number` is 0.

    Attributes:
        item: Its id in the queue.
        result: Empty while it runs.
    """

    item: int
    parameters: dict[str, str]
    number: int = 0
    result: str = ""
    log: bytes = b""


@dataclass
class JenkinsDouble:
    """One job; `answers` are for a ToolDouble.

    Attributes:
        http: That double; it is told the header that goes with a log.
        defined: The parameters of the job; others are dropped, as Jenkins does.
        stays_queued: Builds do not begin by themselves.
        plan: Result and log of the next builds; one without a result runs until it is ended.
    """

    job: str = "shop/build"
    defined: tuple[str, ...] = ("DEVOPS_TASK", "VERSION")
    is_buildable: bool = True
    stays_queued: bool = False
    plan: list[tuple[str, bytes]] = field(default_factory=list)
    builds: list[Build] = field(default_factory=list)
    gone: list[Build] = field(default_factory=list)
    http: ToolDouble | None = None

    @property
    def place(self) -> str:
        return "".join(f"/job/{part}" for part in self.job.split("/"))

    @property
    def answers(self) -> dict[str, Answer]:
        """What is there, up to the nineteenth build."""
        found: dict[str, Answer] = {
            f"{self.place}/api/json": self._about,
            f"{self.place}/buildWithParameters": self._begin,
            QUEUE: self._queue,
            "/queue/cancelItem": self._cancel,
        }
        for number in range(1, 20):
            below = f"{self.place}/{number}"
            found[f"{below}/api/json"] = self._build(number)
            found[f"{below}/stop"] = self._stop(number)
            found[f"{below}/logText/progressiveText"] = self._log(number)
        return found

    def begin_queued(self) -> None:
        """What waits is built."""
        for build in self.builds:
            if not build.number:
                build.number = 1 + max(b.number for b in self.builds)

    def end(self, result: str, log: bytes = b"") -> None:
        """Of the newest."""
        self.builds[-1].log += log
        self.builds[-1].result = result

    def _begin(self, asked: Asked) -> Answer:
        given = parse_qs(asked.body.decode())
        kept = {name: values[0] for name, values in given.items() if name in self.defined}
        if any(b.parameters == kept and not b.number for b in self.builds):
            return 303, ""  # folded into what waits already
        build = Build(100 + len(self.builds), kept)
        self.builds.append(build)
        if self.plan:
            build.result, build.log = self.plan.pop(0)
        if not self.stays_queued:
            self.begin_queued()
        return 201, ""

    def _about(self, asked: Asked) -> Answer:
        tree = asked.query["tree"][0]
        if "builds[" in tree:
            built = sorted((b for b in self.builds if b.number), key=lambda b: -b.number)
            return {"builds": [_said(b) for b in built]}
        definitions = [{"name": name} for name in self.defined]
        known = [{}, {"parameterDefinitions": definitions}]
        return {"buildable": self.is_buildable, "property": known}

    def _queue(self, _: Asked) -> Answer:
        waits = (b for b in self.builds if not b.number)
        return {"items": [{"id": b.item, "why": "no executor", **_actions(b)} for b in waits]}

    def _cancel(self, asked: Asked) -> Answer:
        found = [b for b in self.builds if str(b.item) == asked.query["id"][0] and not b.number]
        self.gone += found
        self.builds = [b for b in self.builds if b not in found]
        return 404, "<html>"  # as some versions answer though they did it

    def _numbered(self, number: int) -> Build | None:
        return next((b for b in self.builds if b.number == number), None)

    def _build(self, number: int) -> Any:
        def answer(_: Asked) -> Answer:
            build = self._numbered(number)
            return (404, "") if build is None else _said(build)

        return answer

    def _stop(self, number: int) -> Any:
        def answer(_: Asked) -> Answer:
            build = self._numbered(number)
            if build is not None and not build.result:
                build.result = "ABORTED"
            return 302, ""

        return answer

    def _log(self, number: int) -> Any:
        def answer(asked: Asked) -> Answer:
            build = self._numbered(number)
            if build is None:
                return 404, ""
            if self.http is not None:
                self.http.more = f"X-Text-Size: {len(build.log)}\r\n"
            return build.log[int(asked.query["start"][0]) :]

        return answer


@asynccontextmanager
async def jenkins_double(**more: Any) -> AsyncIterator[tuple[JenkinsDouble, ToolDouble]]:
    """Serves while inside."""
    jenkins = JenkinsDouble(**more)
    async with tool_double(jenkins.answers) as http:
        jenkins.http = http
        yield jenkins, http


def _actions(build: Build) -> dict[str, Any]:
    parameters = [{"name": name, "value": value} for name, value in build.parameters.items()]
    return {"actions": [{}, {"_class": "hudson.model.ParametersAction", "parameters": parameters}]}


def _said(build: Build) -> dict[str, Any]:
    running = not build.result
    return {
        "number": build.number,
        "building": running,
        "result": build.result or None,
        **_actions(build),
    }
