"""How far a canary is: in the list, on each front door, and in what can be done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.traffic import Balancer, Colour, ServiceStatus
from devops_tui.domain.view import Overview
from devops_tui.presentation import releases, traffic
from devops_tui.presentation.line import width
from devops_tui.presentation.rows import Row

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DOORS = tuple(Balancer(HostName(f"lb-{n}"), green_percent=25, at=NOW) for n in (1, 2))
STATUS = ServiceStatus(
    ServiceName("shop"), Colour.BLUE, balancers=DOORS, observed_at=NOW, canary=25
)


def overview(status: ServiceStatus) -> Overview:
    return Overview(version=1, at=NOW, services={status.name: status})


def text_of(rows: list[Row]) -> str:
    return "\n".join("".join(span.text for span in row.line) for row in rows)


def test_the_split_is_that_of_the_requests() -> None:
    assert traffic.shares(STATUS) == {Colour.BLUE: 0.75, Colour.GREEN: 0.25}
    assert "blue 75 %" in text_of(traffic.service_rows(overview(STATUS), "shop", 100))


def test_a_canary_that_stands_says_what_can_be_done() -> None:
    told = text_of(traffic.service_rows(overview(STATUS), "shop", 100))
    assert "canary green 25 % stands: flip --canary goes on, undo goes back" in told


def test_one_that_is_watched_says_for_how_long() -> None:
    watched = replace(STATUS, watching_until=NOW + timedelta(seconds=40))
    told = text_of(traffic.service_rows(overview(watched), "shop", 100))
    assert "canary green 25 %" in told
    assert "watching" in told
    assert "stands" not in told


@pytest.mark.parametrize("cells", [80, 200])
def test_every_front_door_has_its_own_bar(cells: int) -> None:
    rows = releases.service_detail(overview(STATUS), "shop", cells)
    told = text_of(rows)
    for door in DOORS:
        assert f"{door.host}" in told
    assert told.count("██████████ green 25 %") == len(DOORS)
    assert "front doors 2 of 2 read" in told
    assert "green · gets 25 %" in told
    assert all(width(row.line) <= cells for row in rows)


def test_a_door_that_gives_another_share_is_drift() -> None:
    off = replace(STATUS, balancers=(DOORS[0], replace(DOORS[1], green_percent=0)))
    assert off.drift() == "lb-2 gives green 0 %, not 25 %"
    assert STATUS.drift() is None
    assert replace(STATUS, canary=0).drift() == (
        "lb-1 gives green 25 %, lb-2 gives green 25 %, not 0 %"
    )


@pytest.mark.parametrize("cells", [80, 200])
def test_doors_that_disagree_show_a_bar_each_and_which_one_is_off(cells: int) -> None:
    doors = (
        Balancer(HostName("lb-1"), Colour.BLUE, at=NOW),
        Balancer(HostName("lb-2"), Colour.GREEN, at=NOW - timedelta(hours=1)),
    )
    status = replace(STATUS, canary=0, balancers=doors)
    rows = releases.service_detail(overview(status), "shop", cells)
    told = text_of(rows)
    assert "lb-1         ██████████ blue 100 %" in told
    assert "lb-2         ✕ ██████████ green ~ 1 h" in told
    assert all(width(row.line) <= cells for row in rows)


def test_doors_that_agree_on_a_whole_colour_show_no_bar() -> None:
    doors = tuple(Balancer(HostName(f"lb-{n}"), Colour.BLUE, at=NOW) for n in (1, 2))
    told = text_of(
        releases.service_detail(overview(replace(STATUS, canary=0, balancers=doors)), "shop", 80)
    )
    assert "lb-1         ● blue" in told
    assert "100 %" not in told.split("front doors")[1].split("traffic")[0]
