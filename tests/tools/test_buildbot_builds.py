"""One build of a Buildbot: the reason of its set of builds bears the mark; and a real master."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from support.buildbot_master import BuildbotMaster, buildbot_master
from support.clocks import StillClock
from support.tool_double import Answer, Asked, ToolDouble, tool_double
from support.tool_reading import OneSecret, settings_of

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.errors import NotFound, Refused, ToolSilent
from devops_tui.domain.tool import ToolKind
from devops_tui.domain.tool_build import BuildOrder, BuildThere, Stage
from devops_tui.integrations.tools.buildbot_builds import BuildbotBuilds
from devops_tui.integrations.tools.web import HttpToolWeb
from devops_tui.ports.runtime import Clock
from devops_tui.services.tools.builds import BuildFollowing, Telling

MARK = "shop-3.build.1.local.5f3a2c1b"
LINES = ["hmake all", "ocompiling", "ewarning: ü", "oready"]


@dataclass
class Master:
    """A builder "shop" and what was asked of it.

    Attributes:
        fields: Of its ForceScheduler: full name and type.
        results: Of the builds that are begun; None for one that runs on.
        retries: Builds of a request that lost their worker before the one that counts.
    """

    fields: dict[str, str] = field(
        default_factory=lambda: {"username": "username", "reason": "text", "branch": "text"}
    )
    results: int | None = 0
    retries: int = 0
    has_worker: bool = True
    forced: list[dict[str, Any]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @property
    def answers(self) -> dict[str, Answer]:
        api = "/api/v2"
        groups = [{"fields": [{"fullName": n, "type": t} for n, t in self.fields.items()]}]
        named = {"name": "by hand", "enabled": True, "builder_names": ["shop"]}
        found: dict[str, Answer] = {
            f"{api}/forceschedulers": {"forceschedulers": [named | {"all_fields": groups}]},
            f"{api}/forceschedulers/by%20hand": self._force,
            f"{api}/buildsets": self._sets,
            f"{api}/buildrequests": self._requests,
            f"{api}/builds": self._builds,
            f"{api}/steps/31/logs": {"logs": []},
            f"{api}/steps/32/logs": self._logs,
            f"{api}/logs/41/contents": self._contents,
        }
        for number in range(1, 5):
            found[f"{api}/buildrequests/{number}"] = self._request(number)
            steps = [{"number": 1, "stepid": 32}, {"number": 0, "stepid": 31}]
            found[f"{api}/builds/{number}/steps"] = {"steps": steps}
            found[f"{api}/builds/{number}"] = self._end(f"build {number}")
        return found

    def _force(self, asked: Asked) -> Answer:
        assert asked.json["method"] == "force"
        self.forced.append(asked.json["params"])
        return {"jsonrpc": "2.0", "id": 1, "result": [len(self.forced), {}]}

    def _sets(self, asked: Asked) -> Answer:
        assert asked.query["order"] == ["-bsid"]
        told = enumerate(self.forced, 1)
        found = [{"bsid": n, "reason": f"forced by 'x': {f['reason']}"} for n, f in told]
        return {"buildsets": found[::-1]}

    def _requests(self, asked: Asked) -> Answer:
        return {"buildrequests": [{"buildrequestid": int(asked.query["buildsetid"][0])}]}

    def _builds(self, asked: Asked) -> Answer:
        number = int(asked.query["buildrequestid"][0])
        if not self.has_worker:
            return {"builds": []}
        is_over = self.results is not None or self.retries > 0
        return {"builds": [{"buildid": number, "number": 7, "complete": is_over}]}

    def _request(self, number: int) -> Any:
        def answer(asked: Asked) -> Answer:
            if asked.method == "POST":
                return self._end(f"request {number}")(asked)
            if self.retries:
                self.retries -= 1
                return {"buildrequests": [self._asked(number, None)]}
            return {"buildrequests": [self._asked(number, self.results)]}

        return answer

    @staticmethod
    def _asked(number: int, results: int | None) -> dict[str, Any]:
        said = -1 if results is None else results
        return {"buildrequestid": number, "complete": results is not None, "results": said}

    def _end(self, what: str) -> Any:
        def answer(asked: Asked) -> Answer:
            self.ended.append(f"{asked.json['method']} {what}")
            self.results = 6
            return {"jsonrpc": "2.0", "id": 1, "result": None}

        return answer

    def _logs(self, _: Asked) -> Answer:
        return {"logs": [{"logid": 41, "type": "s", "num_lines": len(LINES)}]}

    def _contents(self, asked: Asked) -> Answer:
        first = int(asked.query["offset"][0])
        said = "".join(f"{line}\n" for line in LINES[first : first + 3])
        return {"logchunks": [{"content": said, "firstline": first, "logid": 41}]}


class DyingWeb(HttpToolWeb):
    """Ends with its process at one of its requests: before it is sent, or after its answer."""

    left = 0
    is_answered = False

    async def _exchange(self, *words: Any) -> Any:
        DyingWeb.left -= 1
        if DyingWeb.left == 0 and not DyingWeb.is_answered:
            raise asyncio.CancelledError
        said = await super()._exchange(*words)
        if DyingWeb.left == 0:
            raise asyncio.CancelledError
        return said


class Following:
    """An order of a server, and what is told of it."""

    def __init__(
        self,
        url: str,
        job: str = "shop",
        mark: str = MARK,
        clock: Clock | None = None,
        parameters: Mapping[str, str] = MappingProxyType({}),
        web: type[HttpToolWeb] = HttpToolWeb,
    ) -> None:
        self.log = b""
        self.notes: list[str] = []
        self.order = BuildOrder(job, mark, parameters)
        made = web(settings_of(ToolKind.BUILDBOT, url), OneSecret())
        self.server = BuildbotBuilds(made)
        telling = Telling(self._take, self.notes.append)
        used = clock or StillClock()
        self.following = BuildFollowing(self.server, self.order, used, telling)

    def _take(self, piece: bytes) -> None:
        self.log += piece

    async def see_through(self) -> BuildThere:
        return await self.following.see_through()


@asynccontextmanager
async def serving(**more: Any) -> AsyncIterator[tuple[Master, ToolDouble]]:
    master = Master(**more)
    async with tool_double(master.answers) as http:
        yield master, http


@pytest.mark.parametrize(
    ("results", "stage", "says"),
    [
        (0, Stage.SUCCEEDED, "success"),
        (1, Stage.SUCCEEDED, "warnings"),
        (2, Stage.FAILED, "failure"),
        (3, Stage.FAILED, "skipped"),
        (4, Stage.FAILED, "exception"),
        (6, Stage.FAILED, "cancelled"),
        (9, Stage.FAILED, "9"),
    ],
)
async def test_a_build_ends_as_its_results_say(results: int, stage: Stage, says: str) -> None:
    async with serving(results=results) as (master, http):
        one = Following(http.url, parameters={"branch": "main"})
        ended = await one.see_through()
    assert (ended.stage, ended.label, ended.says) == (stage, "shop #7", says)
    words = {"branch": "main", "reason": f"[{MARK} shop]", "builderNames": ["shop"]}
    assert master.forced == [words]
    assert one.log.decode() == "make all\ncompiling\nwarning: ü\nready\n"


async def test_the_mark_finds_it_again_and_another_one_does_not() -> None:
    async with serving() as (master, http):
        await Following(http.url).see_through()
        again = Following(http.url)
        assert (await again.see_through()).stage is Stage.SUCCEEDED
        assert again.notes[0] == "follows shop #7 again"
        await Following(http.url, mark=f"{MARK}x").see_through()
    assert len(master.forced) == 2


async def test_a_build_whose_worker_was_lost_is_waited_for_once_more() -> None:
    async with serving(retries=3) as (master, http):
        assert (await Following(http.url).see_through()).stage is Stage.SUCCEEDED
    assert len(master.forced) == 1


@pytest.mark.parametrize("is_answered", [False, True])
async def test_wherever_it_dies_the_next_one_goes_on_with_the_same_build(
    is_answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = 0
    while True:
        requests += 1
        monkeypatch.setattr(DyingWeb, "left", requests)
        monkeypatch.setattr(DyingWeb, "is_answered", is_answered)
        async with serving() as (master, http):
            try:
                await Following(http.url, web=DyingWeb).see_through()
            except asyncio.CancelledError:
                assert (await Following(http.url).see_through()).stage is Stage.SUCCEEDED
                assert len(master.forced) == 1
            else:
                break  # it was through before that request
    assert requests > 10


@pytest.mark.parametrize(
    ("fields", "job", "parameters", "why", "kind"),
    [
        ({"reason": "text"}, "none", {}, "no builder none that can be forced", NotFound),
        ({"reason": "fixed", "branch": "text"}, "shop", {}, "takes no reason", Refused),
        ({"reason": "text"}, "shop", {"branch": "main"}, "takes no branch", Refused),
    ],
)
async def test_what_could_not_be_told_apart_is_refused(
    fields: dict[str, str], job: str, parameters: dict[str, str], why: str, kind: type[Exception]
) -> None:
    async with serving(fields=fields) as (master, http):
        with pytest.raises(kind, match=why):
            await Following(http.url, job, parameters=parameters).see_through()
    assert not master.forced


@pytest.mark.parametrize(
    ("has_worker", "what"), [(True, "stop build 1"), (False, "cancel request 1")]
)
async def test_it_is_stopped_with_and_without_a_worker(has_worker: bool, what: str) -> None:
    async with serving(results=None, has_worker=has_worker) as (master, http):
        one = Following(http.url)
        await one.server.check(one.order)
        await one.server.start(one.order)
        ended = await one.following.stop()
    assert master.ended == [what]
    assert ended is not None
    assert (ended.stage, ended.says) == (Stage.FAILED, "cancelled")


@pytest.mark.parametrize("said", [{}, [], {"buildsets": 3}, {"buildsets": [{"bsid": 1}]}])
async def test_what_is_no_buildbot_begins_nothing(said: Any) -> None:
    async with serving() as (master, http):
        http.answers["/api/v2/buildsets"] = said
        with pytest.raises(ToolSilent, match="not that of a Buildbot"):
            await Following(http.url).see_through()
    assert not master.forced


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildbotMaster]:
    with buildbot_master(tmp_path_factory.mktemp("buildbot")) as made:
        yield made


@pytest.mark.real
@pytest.mark.slow
async def test_a_real_one_builds_what_it_is_told_to_once(real: BuildbotMaster) -> None:
    real.script.write_text("echo compiling; seq 1 1500; echo ready; exit 3\n")
    first = Following(real.url, "scripted", clock=SystemClock())
    ended = await first.see_through()
    assert (ended.stage, ended.says) == (Stage.FAILED, "failure")
    assert re.search(rb"^compiling\n1\n2\n(\d+\n)+1500\nready\n", first.log, re.MULTILINE)
    again = Following(real.url, "scripted", clock=SystemClock())
    assert await again.see_through() == ended
    assert again.log == first.log
    assert len(real.builds("scripted")) == 1
    well = Following(real.url, "good", mark="shop-4.build.1", clock=SystemClock())
    assert (await well.see_through()).stage is Stage.SUCCEEDED


@pytest.mark.real
@pytest.mark.slow
async def test_a_real_one_is_stopped(real: BuildbotMaster, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    real.script.write_text(f"while ! test -e {gate}; do sleep 0.05; done\n")
    one = Following(real.url, "scripted", mark="shop-5.build.1", clock=SystemClock())
    try:
        await one.server.check(one.order)
        await one.server.start(one.order)
        ended = await one.following.stop()
    finally:
        gate.touch()
        real.wait("scripted")
    assert ended is not None
    assert (ended.stage, ended.says) == (Stage.FAILED, "cancelled")
