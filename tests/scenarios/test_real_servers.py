"""Releases over real servers, judged from outside: HTTP, files on hosts, processes.

Real OpenSSH hosts, a real HAProxy, a real git repository, the ordinary worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.real_site import Site, real_site

from devops_tui.demo.evidence import Load
from devops_tui.demo.load import CLIENTS
from devops_tui.demo.plan import BLUE, GREEN
from devops_tui.domain.audit import RequestState, Verb
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import Colour, Flip, FlipState

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(400)]

ENOUGH = 300  # requests before a story goes on


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with real_site(tmp_path / "s") as site:
        site.open_shop()
        yield site


@pytest.fixture
def load(site: Site) -> Iterator[Load]:
    load = Load(site.plan)
    yield load
    load.stop()


def to_the_gate(site: Site) -> tuple[str, RunId]:
    commit = site.push()
    return commit[:7], site.reaches("shop", State.ASKING)


def flip_of(site: Site, run: RunId, *, undoes: bool = False) -> Flip:
    def found() -> list[Flip]:
        flips = site.front.overview().flips
        mine = [f for f in flips if f.run_id == run and (f.undoes is not None) is undoes]
        return [f for f in mine if f.state is FlipState.DONE]

    site.until("the flip is done", found)
    return found()[0]


def more_requests(site: Site, load: Load) -> None:
    enough = len(load.asked) + ENOUGH
    site.until("requests", lambda: len(load.asked) >= enough)


def test_a_commit_becomes_traffic(site: Site, load: Load) -> None:
    site.write()
    version, run = to_the_gate(site)
    assert site.front.run(run).run.trigger == "source"
    assert site.look().colour == "blue"
    assert site.look().deployed != version
    (artifact,) = site.front.artifacts(run)
    assert {site.digest_on(host) for host in GREEN} == {artifact.digest}
    assert site.front.overview().services["shop"].digests["green"] == artifact.digest
    more_requests(site, load)

    site.front.approve(run, "looks good")
    flip = flip_of(site, run)
    assert flip.ended_at is not None
    assert (site.look().colour, site.look().deployed) == ("green", version)
    assert site.reaches("shop", State.OK) == run
    more_requests(site, load)
    load.stop()

    assert [a for a in load.asked if not a.is_good] == []
    late = [a for a in load.asked if a.begun > flip.ended_at.timestamp() and a.colour != "green"]
    assert late == []
    assert {a.colour for a in load.asked} == {"blue", "green"}
    for host in GREEN:
        assert site.lines(host, "ups") == [f"green {version}"]
        assert site.lines(host, "checked") == [run]
        assert site.log(run, "test/check", host) == f"checked {site.home(host)}\n".encode()
    for host in BLUE:
        assert site.lines(host, "ups") == site.lines(host, "checked") == []
    assert site.live_by_map() == "green"


def test_green_that_breaks_in_the_bake_goes_back_by_itself(site: Site, load: Load) -> None:
    site.write(bake="60s")
    _, run = to_the_gate(site)
    more_requests(site, load)
    site.front.approve(run, "looks good")
    flip_of(site, run)
    assert site.look().colour == "green"
    for host in GREEN:
        site.break_shop(host)
    back = flip_of(site, run, undoes=True)
    assert back.to_colour is Colour.BLUE
    assert site.reaches("shop", State.FAILED) == run
    assert site.live_by_map() == "blue"
    assert {site.look().colour for _ in range(6)} == {"blue"}
    more_requests(site, load)
    load.stop()

    bad = [j for j in site.front.run(run).jobs.values() if j.state is State.FAILED]
    assert len(bad) == 1
    assert "health broke" in bad[0].why
    assert "went back to blue" in bad[0].why
    assert any(e.kind == "flip.reverted" for e in site.front.events(limit=1000))
    lost = [a for a in load.asked if not a.is_good]
    assert {(a.status, a.colour) for a in lost} == {(500, "green")}
    assert 0 < len(lost) <= site.errors_of("green")
    assert back.ended_at is not None
    assert [a for a in lost if a.begun > back.ended_at.timestamp()] == []


def test_a_reload_keeps_the_colour_and_undo_works_after_it(site: Site, load: Load) -> None:
    site.write()
    version, run = to_the_gate(site)
    site.front.approve(run, "looks good")
    assert site.reaches("shop", State.OK) == run
    old = site.look("/cart").body

    site.door.reload()
    assert {site.look().deployed for _ in range(6)} == {version}
    more_requests(site, load)
    settled = len(load.asked)

    request = site.front.file(Verb.UNDO, "shop", "a rehearsal")
    site.until("the undo", lambda: site.front.request(request.id).state is RequestState.DONE)
    assert {site.look().colour for _ in range(6)} == {"blue"}
    assert site.look("/cart").body != old
    undone = len(load.asked)
    site.door.reload()
    assert {site.look().colour for _ in range(6)} == {"blue"}
    assert site.live_by_map() == "blue"
    more_requests(site, load)
    load.stop()

    assert [a for a in load.asked[settled:undone] if not a.is_good] == []
    closed = [a for a in load.asked if not a.is_good]  # a reload closes what is kept open
    assert all(a.kind != "one-shot" and "connection was closed" in a.error for a in closed)
    assert len(closed) <= 2 * sum(client.keeps for client in CLIENTS)
    assert site.front.run(run).jobs[JobId("monitor/monitor")].state is State.OK
