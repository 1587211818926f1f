"""One build of a Jenkins: the mark finds it in the queue, while it runs and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from support.clocks import StillClock
from support.jenkins_double import jenkins_double
from support.tool_double import ToolDouble
from support.tool_reading import OneSecret, settings_of

from devops_tui.domain.errors import NotFound, Refused, ToolSilent
from devops_tui.domain.tool import ToolKind
from devops_tui.domain.tool_build import BuildOrder, BuildThere, Stage
from devops_tui.integrations.tools import jenkins_builds
from devops_tui.integrations.tools.jenkins_builds import JenkinsBuilds
from devops_tui.integrations.tools.web import HttpToolWeb
from devops_tui.services.tools.builds import BuildFollowing, Telling

MARK = "shop-3.build.1.local.5f3a2c1b"


class LosingWeb(HttpToolWeb):
    """Loses a POST, or the answer to it."""

    is_heard = True

    async def post(
        self,
        path: str,
        body: Any,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        if self.is_heard:
            await super().post(path, body, query, headers)
        raise ToolSilent("127.0.0.1 did not answer in 20 s")


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
    """An order of this double, and what is told of it."""

    def __init__(
        self,
        http: ToolDouble,
        web: type[HttpToolWeb] = HttpToolWeb,
        job: str = "shop/build",
        mark: str = MARK,
        parameters: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.log = b""
        self.notes: list[str] = []
        self.order = BuildOrder(job, mark, parameters)
        made = web(settings_of(ToolKind.JENKINS, http.url), OneSecret())
        self.server = JenkinsBuilds(made)
        telling = Telling(self._take, self.notes.append)
        self.following = BuildFollowing(self.server, self.order, StillClock(), telling)

    def _take(self, piece: bytes) -> None:
        self.log += piece

    async def see_through(self) -> BuildThere:
        return await self.following.see_through()


@pytest.mark.parametrize(
    ("result", "stage"),
    [
        ("SUCCESS", Stage.SUCCEEDED),
        ("UNSTABLE", Stage.FAILED),
        ("FAILURE", Stage.FAILED),
        ("ABORTED", Stage.FAILED),
        ("NOT_BUILT", Stage.FAILED),
    ],
)
async def test_a_build_ends_as_its_result_says(result: str, stage: Stage) -> None:
    async with jenkins_double(plan=[(result, b"one\ntwo \xc3\xbc\n")]) as (jenkins, http):
        one = Following(http, parameters={"VERSION": "1.4 & more"})
        ended = await one.see_through()
    assert (ended.stage, ended.label, ended.says) == (stage, "shop/build #1", result)
    assert jenkins.builds[0].parameters == {"VERSION": "1.4 & more", "DEVOPS_TASK": MARK}
    assert one.log == b"one\ntwo \xc3\xbc\n"


async def test_the_mark_finds_it_in_the_queue_and_leads_to_its_build() -> None:
    async with jenkins_double(stays_queued=True) as (jenkins, http):
        one = Following(http)
        await one.server.start(one.order)
        waits = await one.server.find(one.order)
        assert waits == BuildThere(Stage.QUEUED, "100", "", "no executor")
        jenkins.begin_queued()
        runs = await one.server.look(one.order, waits)
        assert runs is not None
        assert (runs.stage, runs.label) == (Stage.RUNNING, "shop/build #1")
        jenkins.end("SUCCESS", b"done\n")
        assert (await one.see_through()).stage is Stage.SUCCEEDED
    assert len(jenkins.builds) == 1
    assert one.notes[0] == "follows shop/build #1 again"


async def test_another_mark_is_another_build() -> None:
    async with jenkins_double(plan=[("SUCCESS", b""), ("FAILURE", b"")]) as (jenkins, http):
        assert (await Following(http).see_through()).label == "shop/build #1"
        other = Following(http, mark="shop-4.build.1.local.5f3a2c1b")
        assert (await other.see_through()).label == "shop/build #2"
        assert (await Following(http).see_through()).label == "shop/build #1"
    assert len(jenkins.builds) == 2


async def test_an_answer_that_got_lost_is_no_second_build() -> None:
    async with jenkins_double(plan=[("SUCCESS", b"")]) as (jenkins, http):
        one = Following(http, LosingWeb)
        assert (await one.see_through()).stage is Stage.SUCCEEDED
    assert len(jenkins.builds) == 1
    assert "looks whether it began all the same" in one.notes[0]


@pytest.mark.parametrize("is_answered", [False, True])
async def test_wherever_it_dies_the_next_one_goes_on_with_the_same_build(
    is_answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = 0
    async with jenkins_double() as (jenkins, http):
        while True:
            requests += 1
            mark = f"shop-{requests}.build.1.local.5f3a2c1b"
            jenkins.plan = [("SUCCESS", b"done\n")]
            monkeypatch.setattr(DyingWeb, "left", requests)
            monkeypatch.setattr(DyingWeb, "is_answered", is_answered)
            try:
                await Following(http, DyingWeb, mark=mark).see_through()
            except asyncio.CancelledError:
                next_one = Following(http, mark=mark)
                assert (await next_one.see_through()).stage is Stage.SUCCEEDED
                assert next_one.log == b"done\n"
                assert len(jenkins.builds) == requests
            else:
                break  # it was through before that request
    assert requests > 6


@pytest.mark.parametrize(
    ("more", "job", "parameters", "why", "kind"),
    [
        ({}, "shop/none", {}, "no job shop/none", NotFound),
        ({"is_buildable": False}, "shop/build", {}, "disabled", Refused),
        ({"defined": ("VERSION",)}, "shop/build", {}, "no parameter DEVOPS_TASK", Refused),
        ({}, "shop/build", {"VERSION": "1", "WHERE": "x"}, "no parameter WHERE", Refused),
    ],
)
async def test_what_could_not_be_told_apart_or_would_be_dropped_is_refused(
    more: dict[str, Any], job: str, parameters: dict[str, str], why: str, kind: type[Exception]
) -> None:
    async with jenkins_double(**more) as (jenkins, http):
        with pytest.raises(kind, match=why):
            await Following(http, job=job, parameters=parameters).see_through()
    assert not jenkins.builds


@pytest.mark.parametrize("stays_queued", [True, False])
async def test_it_is_stopped_in_the_queue_and_while_it_runs(stays_queued: bool) -> None:
    async with jenkins_double(stays_queued=stays_queued) as (jenkins, http):
        one = Following(http)
        await one.server.start(one.order)
        ended = await one.following.stop()
    if stays_queued:
        assert ended is None
        assert len(jenkins.gone) == 1
    else:
        assert ended is not None
        assert ended.says == "ABORTED"


async def test_a_log_is_read_in_pieces_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jenkins_builds, "A_PIECE", 10)
    async with jenkins_double(plan=[("", b"first\n")]) as (jenkins, http):
        one = Following(http)
        await one.server.start(one.order)
        there = await one.server.find(one.order)
        assert there is not None
        assert (await one.server.read_log(there)).text == b"first\n"
        assert (await one.server.read_log(there)).text == b""
        jenkins.builds[0].log += b"0123456789abc\n"
        long = (await one.server.read_log(there)).text
        assert long.startswith(b"0123456789\n[more of it came at once")
        jenkins.builds[0].log += b"last\n"
        assert (await one.server.read_log(there)).text == b"last\n"


async def test_a_job_in_folders_is_one_path_of_them() -> None:
    job = "team a/shop%2Fx/main?"
    async with jenkins_double() as (_, http):
        with pytest.raises(NotFound):
            await Following(http, job=job).see_through()
        paths = {asked.path for asked in http.asked}
    assert "/job/team%20a/job/shop%252Fx/job/main%3F/api/json" in paths


@pytest.mark.parametrize("said", [{}, {"builds": [{"number": "x"}]}, {"builds": 3}, []])
async def test_what_is_no_jenkins_begins_nothing(said: Any) -> None:
    async with jenkins_double() as (jenkins, http):
        http.answers[f"{jenkins.place}/api/json"] = said
        with pytest.raises(ToolSilent, match="not that of a Jenkins"):
            await Following(http).see_through()
    assert not jenkins.builds
