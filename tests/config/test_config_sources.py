"""What starts a pipeline, as it is written and as it is mistaken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.pipeline import Source
from devops_tui.domain.schedule import Schedule
from devops_tui.domain.workspace import Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]

STAGES = "stages: [code: {run: a}]"


def pipelines(**written: str) -> str:
    rows = (f"  {name}: {{{text}{', ' if text else ''}{STAGES}}}" for name, text in written.items())
    return "name: shop\npipelines:\n" + "\n".join(rows)


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("{git: u}", Source("u", "main")),
        ("{git: u, branch: x, poll: 5s}", Source("u", "x", 5.0)),
        ("{git: u, branch: release/*}", Source("u", "release/*")),
        ('{git: u, branch: [main, "release/*"]}', Source("u", "main", 60.0, ("release/*",))),
        ('{git: u, tags: "v*"}', Source("u", "", 60.0, (), ("v*",))),
        ('{git: u, branch: main, tags: ["v*"]}', Source("u", "main", 60.0, (), ("v*",))),
    ],
)
def test_a_git_source(loaded: Loaded, written: str, source: Source) -> None:
    assert loaded(pipelines(p=f"source: {written}")).pipelines["p"].source == source


def test_upstreams(loaded: Loaded) -> None:
    text = pipelines(
        ship="source: {upstream: [build, library]}", build="", library="source: {upstream: build}"
    )
    found = loaded(text).pipelines
    assert found["ship"].upstream == ("build", "library")
    assert found["library"].upstream == ("build",)
    assert found["ship"].source is None


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ('"0 3 * * *"', Schedule("0 3 * * *")),
        (
            "{cron: 0 3 * * 1-5, zone: Europe/Berlin}",
            Schedule("0 3 * * 1-5", "Europe/Berlin"),
        ),
    ],
)
def test_a_schedule(loaded: Loaded, written: str, schedule: Schedule) -> None:
    assert loaded(pipelines(p=f"schedule: {written}")).pipelines["p"].schedule == schedule


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("source: {}", "3:7: missing key `git`; add it, like `git: git@git.example.com:shop.git`"),
        ("source: {git: u, branch: a b}", "3:32: bad name or pattern `a b`; write a name, or"),
        ("source: {git: u, tags: []}", "3:30: `tags` is empty; name at least one"),
        (
            "source: {git: u, upstream: q}",
            "3:16: `git` and `upstream` exclude one another; keep one",
        ),
        ("source: {upstream: q, poll: 1m}", "3:29: `poll` says nothing beside `upstream`; leave"),
        ("source: {upstream: [q, r]}", "3:30: unknown pipeline `r`; there are: q"),
        ("source: {upstream: p}", "3:26: pipelines start one another in a circle: p -> p; give"),
        # the column inside the expression, with and without quotes
        ('schedule: "0 3 * * 9"', "3:26: bad day of week `9`; write 0 to 7, or sun to sat"),
        ("schedule: 0 3 * * 9", "3:25: bad day of week `9`; write 0 to 7, or sun to sat"),
        ("schedule: {cron: '61 3 * * *'}", "3:25: bad minute `61`; write 0 to 59"),
        ("schedule: {cron: 0 3 30 2 *}", "3:28: this day does not exist: it would never run"),
        (
            "schedule: {cron: 0 3 * * *, zone: Europe/Berlon}",
            "3:41: unknown time zone Europe/Berlon; Write it like Europe/Berlin",
        ),
        ("schedule: {zone: UTC}", "3:7: missing key `cron`; add it, like"),
    ],
)
def test_a_mistake_is_told_at_its_place(mistakes: Mistakes, written: str, found: str) -> None:
    told = mistakes(pipelines(p=written, q=""))
    assert len(told) == 1, told
    assert told[0].startswith(f"devops.yaml:{found}"), told[0]


def test_a_circle_of_three_is_one_mistake(mistakes: Mistakes) -> None:
    text = pipelines(
        a="source: {upstream: b}", b="source: {upstream: c}", c="source: {upstream: [a, a]}"
    )
    (told,) = mistakes(text)
    assert "in a circle: a -> b -> c -> a" in told
