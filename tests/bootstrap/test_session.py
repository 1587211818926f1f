"""One operator in front of one workspace: what is read, and what is written when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.paths import WorkspacePaths, paths_of
from devops_tui.bootstrap.session import Session
from devops_tui.domain.audit import RequestState, Verb, Worker, WorkerState
from devops_tui.domain.board import Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import CardId, HostName, ServiceName, WorkerId
from devops_tui.domain.traffic import (
    Colour,
    HaproxyConfig,
    ServerHealth,
    Servers,
    Service,
    ServiceStatus,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore

SHOP = ServiceName("shop")
WEB = HostName("web-3")
CONFIG = HaproxyConfig((HostName("lb-1"),), "/run/admin.sock", "/etc/haproxy/colour.map", "shop")
SERVICE = Service(
    SHOP,
    "production",
    {Colour.BLUE: Servers((HostName("web-1"),), 80), Colour.GREEN: Servers((WEB,), 80)},
    CONFIG,
)


@pytest.fixture
def paths(tmp_path: Path) -> WorkspacePaths:
    (tmp_path / ".devops-tui").mkdir(mode=0o700)
    (tmp_path / "devops.yaml").write_text("name: shop\n")
    return paths_of(tmp_path / "devops.yaml")


@pytest.fixture
def store(paths: WorkspacePaths) -> Iterator[SqliteStore]:
    """What the worker sees; a worker that seems alive, so that none is started."""
    opened = SqliteStore.open(paths.store)
    now = SystemClock().now()
    from devops_tui import __version__

    me = Worker(WorkerId("w"), "elsewhere", 1, __version__, WorkerState.WORKING, now, now)
    opened.save_worker(me)
    hosts = {"web-3": Host(WEB)}
    opened.save_workspace(Workspace("shop", "/x", hosts=hosts, services={"shop": SERVICE}), (), "1")
    yield opened
    opened.close()


@pytest.fixture
def session(paths: WorkspacePaths, store: SqliteStore) -> Iterator[Session]:
    opened = Session(paths, "jun")
    yield opened
    opened.close()


def test_an_overview_follows_rows_and_figures(
    session: Session, store: SqliteStore, paths: WorkspacePaths
) -> None:
    frames = SqliteFrames(paths.metrics)
    first = session.overview()
    assert first.frames == {}
    frame = Frame(WEB, LinkState.LIVE, SystemClock().now())
    frames.save_frames([frame])
    assert session.overview().frames == {"web-3": frame}
    later = replace(frame, link=LinkState.STALE)
    frames.save_frames([later])
    seen = session.overview()
    assert seen.frames == {"web-3": later}
    assert seen.at > first.at
    store.save_service(ServiceStatus(SHOP, live=Colour.GREEN))
    assert session.overview().services["shop"].live is Colour.GREEN
    frames.close()


def test_looking_writes_nothing(paths: WorkspacePaths, store: SqliteStore) -> None:
    before = store.version()
    session = Session(paths, "jun")
    session.overview()
    session.close()
    assert store.version() == before


def test_a_screen_that_closes_is_no_longer_counted(
    paths: WorkspacePaths, store: SqliteStore
) -> None:
    session = Session(paths, "jun")
    since = SystemClock().now()
    session.beat("home")
    assert [view for _, view in store.clients(since)] == ["home"]
    session.close()
    assert store.clients(since) == []


def test_a_wish_is_durable_when_the_call_returns(session: Session, store: SqliteStore) -> None:
    wish = session.file(Verb.FLIP, "shop", "fixes SHOP-91", {"to": "green"})
    (stored,) = store.requests(RequestState.FILED)
    assert (stored.id, stored.actor, stored.why) == (wish.id, "jun", "fixes SHOP-91")


def test_the_plan_of_a_flip_names_each_balancer(session: Session, store: SqliteStore) -> None:
    assert session.plan_of_flip("shop") == []  # nobody knows what serves
    store.save_service(ServiceStatus(SHOP, live=Colour.BLUE))
    plan = session.plan_of_flip("shop")
    assert all(command.startswith("lb-1: ") for command in plan)
    assert any("commit map @VERSION" in command for command in plan)


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        ((), "health unknown"),
        ((ServerHealth(WEB, Colour.GREEN, None),), "health unknown"),
        ((ServerHealth(WEB, Colour.GREEN, False, why="503"),), "not healthy: 503"),
    ],
)
def test_a_flip_to_what_is_not_known_to_be_well_says_why_not(
    session: Session, store: SqliteStore, health: tuple[ServerHealth, ...], reason: str
) -> None:
    store.save_service(ServiceStatus(SHOP, live=Colour.BLUE, servers=health))
    assert reason in (session.why_not(Verb.FLIP, "shop") or "")


def test_a_flip_to_what_is_well_may_begin(session: Session, store: SqliteStore) -> None:
    assert "which colour serves" in (session.why_not(Verb.FLIP, "shop") or "")
    well = (ServerHealth(WEB, Colour.GREEN, True),)
    store.save_service(ServiceStatus(SHOP, live=Colour.BLUE, servers=well))
    assert session.why_not(Verb.FLIP, "shop") is None
    assert "not flipped yet" in (session.why_not(Verb.UNDO, "shop") or "")
    now = SystemClock().now()
    store.take_lease("traffic:shop", "minji", "flip", now, 60)
    assert (session.why_not(Verb.FLIP, "shop") or "").startswith("minji flips it since")


def test_what_does_not_exist_is_a_reason_too(session: Session) -> None:
    assert session.why_not(Verb.FLIP, "nothing") == "no service nothing"
    assert session.why_not(Verb.CANCEL, "shop-9") == "no run shop-9"


def test_a_card_needs_no_worker(session: Session) -> None:
    card = session.add_card("round totals")
    assert session.move_card(card.id, Column.PLANNED).rev == 2
    assert session.card(CardId("CARD-1")).column is Column.PLANNED


def test_before_the_configuration_was_read_acts_say_so(tmp_path: Path) -> None:
    (tmp_path / ".devops-tui").mkdir()
    session = Session(paths_of(tmp_path / "devops.yaml"), "jun")
    with pytest.raises(Refused, match="was not read yet"):
        session.add_card("x")
    session.close()
