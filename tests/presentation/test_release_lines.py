"""Services, colours, checks and flips as lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from drawn import check, plain, roles
from hypothesis import HealthCheck, given, settings
from overviews import (
    NOW,
    SHOP,
    ago,
    any_flips,
    any_overviews,
    asking_view,
    failed_view,
    flip,
    overview,
    status,
    watching_view,
    widths,
)

from devops_tui.domain.audit import Lease
from devops_tui.domain.event import Event
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import (
    Balancer,
    Colour,
    Flip,
    FlipState,
    HaproxyConfig,
    ServerHealth,
    ServiceStatus,
)
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import readiness, releases, traffic
from devops_tui.presentation.glyphs import OK


def checks_of(shown: ServiceStatus, runs: tuple[RunView, ...] = ()) -> dict[str, tuple[str, str]]:
    given = overview()
    service = given.workspace.services["shop"] if given.workspace else None
    return {
        c.name: (c.mark.word, c.what)
        for c in readiness.checks(replace(given, runs=runs), shown, service)
    }


def healthy(colour: Colour) -> tuple[ServerHealth, ...]:
    return tuple(
        replace(s, is_healthy=True, version="1.4.2", why="", at=ago(1))
        for s in status().servers
        if s.colour is colour
    )


def test_whoever_changes_the_traffic_is_a_check_until_it_is_over() -> None:
    lease = Lease("traffic:shop", "minji (f-1)", "flip: 1.5", 4, ago(3), NOW + timedelta(seconds=9))

    def lock(held: Lease) -> list[str]:
        given = replace(overview(), holds={"shop": held})
        return [c.what for c in readiness.checks(given, status(), None) if c.name == "lock"]

    (told,) = lock(lease)
    assert told == f"minji (f-1) has it since {ago(3):%H:%M:%S} UTC: flip: 1.5; wait"
    assert lock(replace(lease, expires_at=NOW)) == []
    assert "lock" not in checks_of(status())


def test_detail_shows_lanes_doors_split_checks_and_journal() -> None:
    shown = plain(releases.service_detail(replace(overview(), runs=()), "shop", 100))
    assert shown[0] == (
        "shop · ◐ flip to green: prepared · production · blue 1.4.1 serves · green 1.4.2 warm 1:42"
        " · generat…"
    )
    body = "\n".join(shown)
    assert "web-1        ● healthy 1.4.1 3.0 ms" in body
    assert "web-3        ✕ ill 1.4.2 503" in body
    assert "web-4        ? unknown" in body
    assert "lb-1         ● blue errors 0.02 %" in body
    assert "100 %   1,842 req/s  in flight 31  last answer 1 s ago" in body
    assert "03:12:40 ● prepare lb-1  12 ms" in body
    assert "03:12:41 ◐ commit lb-1" in body


def test_list_names_what_serves_and_what_is_wrong() -> None:
    given = overview()
    assert plain(releases.service_list(given, 84))[1] == (
        "shop           blue 1.4.1     green 1.4.2 warm 1 m    ‖ api-88 asks · ◐ flip to gre…"
    )
    drifted = replace(
        status(),
        balancers=(*status().balancers, Balancer("lb-2", Colour.GREEN)),  # type: ignore[arg-type]
    )
    shown = plain(releases.service_list(replace(given, services={"shop": drifted}), 140))
    assert "✕ balancers disagree: lb-1 serves blue, lb-2 serves green" in shown[1]


def test_what_a_switch_can_do_is_said_whole_on_a_small_screen() -> None:
    given = overview()
    assert given.workspace is not None
    switch = HaproxyConfig((HostName("lb-1"),), "/run/h.sock", "/etc/c.map", "shop")
    shop = replace(given.workspace.services["shop"], switch=switch)
    services = {**given.workspace.services, "shop": shop}
    given = replace(given, workspace=replace(given.workspace, services=services))
    for width in (40, 60, 80, 120, 200):
        rows = plain(releases.service_detail(given, "shop", width))
        shown = " ".join(" ".join(rows).split())
        for ability in switch.abilities.words:
            assert ability in shown, (width, ability)


def test_a_service_that_nobody_read_is_unknown() -> None:
    given = replace(overview(), services={}, flips=())
    assert "? not read yet" in plain(releases.service_list(given, 80))[1]
    shown = plain(releases.service_detail(given, "shop", 80))
    assert "? nobody knows yet what serves" in shown[0]
    assert any(row.startswith("  blue  ") and "?" in row for row in shown)


def test_old_figures_are_marked() -> None:
    later = replace(overview(), at=NOW + timedelta(seconds=60), flips=())
    rows = releases.service_detail(later, "shop", 100)
    assert "~ 1 m old" in plain(rows)[0]
    server = next(r for r in rows if "web-1" in plain([r])[0])
    assert roles(server.line, "1 m old") == {"stale"}


def test_checks_say_what_would_make_them_green() -> None:
    found = checks_of(status())
    assert found["health"] == ("no", "ill: web-3 503; start them, or deploy again")
    assert found["balancers"] == ("ok", "1 agree")
    good = replace(status(), servers=healthy(Colour.GREEN))
    tester = evidence_of("api-88", status().digests["green"])
    assert all(word == OK.word for word, _ in checks_of(good, (tester,)).values())


def test_what_is_not_green_names_who_and_what_to_do() -> None:
    strayed = Balancer(HostName("lb-2"), Colour.GREEN)
    drifting = checks_of(replace(status(), balancers=(*status().balancers, strayed)))
    assert drifting["balancers"][1].endswith("lb-2 serves green; d puts it right")
    silent = Balancer(HostName("lb-2"), why="no answer")
    unread = checks_of(replace(status(), balancers=(*status().balancers, silent)))
    assert "lb-2 no answer; bring it back, or flip --without it" in unread["balancers"][1]
    servers = healthy(Colour.GREEN)
    mixed = (replace(servers[0], version="1"), *(replace(s, version="2") for s in servers[1:]))
    said = replace(status(), servers=mixed, versions={"green": "1"})
    assert checks_of(said)["version"][0] == "no"
    assert "U brings green up again" in checks_of(said)["version"][1]
    unsaid = checks_of(replace(said, versions={}))
    assert unsaid["version"] == ("no", "1, 2 answer; deploy the same to all of green")


def test_fewer_servers_than_serve_are_asked_about() -> None:
    servers = (*healthy(Colour.GREEN), *healthy(Colour.BLUE))
    more = replace(servers[-1], host=HostName("web-9"))
    assert "capacity" not in checks_of(replace(status(), servers=servers))
    found = checks_of(replace(status(), servers=(*servers, more)))
    assert "are they enough" in found["capacity"][1]


def evidence_of(run_id: str, digest: str, state: State = State.OK) -> RunView:
    """A run whose approval names one artifact."""
    view = asking_view()
    named = {"artifacts": [{"name": "shop.pyz", "size_bytes": 1, "digest": digest}]}
    gate = replace(view.gates[0], evidence=named, state=state)
    run = replace(view.run, id=RunId(run_id), state=state)
    return replace(view, run=run, gates=(gate,))


def digest_of(
    shown: ServiceStatus, *runs: RunView, events: tuple[Event, ...] = ()
) -> tuple[str, str]:
    given = replace(overview(), runs=runs, events=events)
    found = readiness.digest_check(given, shown)
    return found.mark.word, found.what


def test_the_digest_on_the_idle_colour_is_held_against_what_was_tested() -> None:
    green = status().digests["green"]
    asked = evidence_of("shop-2", green, State.ASKING)
    assert digest_of(status(), asked) == ("ok", "sha256:5c5c5c5c5c5c… = tested in shop-2")
    other = evidence_of("shop-3", "sha256:" + "9f" * 32, State.ASKING)
    assert digest_of(status(), other, evidence_of("shop-2", green)) == (
        "no",
        "sha256:5c5c5c5c5c5c… on green, but shop-3 tested sha256:9f9f9f9f9f9f…; deploy again",
    )


def test_a_digest_that_nobody_tested_is_unknown_never_green() -> None:
    assert digest_of(status())[0] == "unknown"
    assert digest_of(replace(status(), digests={})) == (
        "unknown",
        "the artifact on green is unknown; deploy it by a run",
    )
    odd = replace(evidence_of("shop-2", ""), gates=asking_view().gates)
    assert digest_of(status(), odd)[0] == "unknown"


def test_without_an_approval_the_run_that_built_it_counts_once_its_tests_are_ok() -> None:
    data = {"digest": status().digests["green"], "name": "shop.pyz"}
    stored = Event("artifact.stored", "api-88", ago(60), data=data, seq=4)
    assert digest_of(status(), replace(asking_view(), gates=()), events=(stored,)) == (
        "ok",
        "sha256:5c5c5c5c5c5c… = tested in api-88",
    )
    broken = replace(failed_view(), run=replace(failed_view().run, id=RunId("api-88")))
    assert digest_of(status(), broken, events=(stored,))[0] == "unknown"


def test_unknown_health_is_not_green() -> None:
    unknown = tuple(replace(s, is_healthy=None) for s in healthy(Colour.GREEN))
    found = checks_of(replace(status(), servers=unknown))
    assert found["health"] == (
        "unknown",
        "0 of 2 healthy, unknown: web-3, web-4; look at its link (5)",
    )


def test_another_version_than_installed_is_refused() -> None:
    other = tuple(replace(s, version="9") for s in healthy(Colour.GREEN))
    assert checks_of(replace(status(), servers=other))["version"] == (
        "no",
        "9 answers, 1.4.2 was installed; U brings green up again, or deploy again",
    )


def test_what_was_there_before_us_is_named_and_stays_unknown() -> None:
    other = tuple(replace(s, version="9") for s in healthy(Colour.GREEN))
    assert checks_of(replace(status(), servers=other, versions={}))["version"] == (
        "unknown",
        "9 answers; no release here brought it",
    )
    silent = tuple(replace(s, version="") for s in healthy(Colour.GREEN))
    assert checks_of(replace(status(), servers=silent, versions={}))["version"] == (
        "unknown",
        "what green runs is unknown",
    )


def test_a_run_that_asks_for_this_service_is_found() -> None:
    given = overview()
    found = readiness.asking_gate(given, SHOP)
    assert found is not None
    assert found.run.id == asking_view().run.id
    assert readiness.asking_gate(given, "other") is None


def asked_for_shop() -> Overview:
    """The run that asks to flip the shop, and nothing else on its way."""
    return replace(overview(), runs=(asking_view(),), flips=())


def test_while_somebody_is_asked_the_checks_and_the_evidence_stand_first() -> None:
    shown = plain(releases.service_detail(asked_for_shop(), "shop", 100))
    assert shown[1] == (
        "‖ api-88 · a approves  X rejects · release waits for approval · asked 4 m ago"
    )
    places = [
        next(i for i, row in enumerate(shown) if row.startswith(start))
        for start in ("─ is green ready?", "─ approval", "─ blue 1.4.1", "─ traffic")
    ]
    assert places == sorted(places)
    assert sum("is green ready?" in row for row in shown) == 1
    quiet = plain(releases.service_detail(replace(asked_for_shop(), runs=()), "shop", 100))
    assert [row[:10] for row in quiet].index("─ blue 1.4") < [row[:10] for row in quiet].index(
        "─ is green"
    )


def test_a_run_on_its_way_says_what_it_does_before_anything_else() -> None:
    moving = replace(overview(), runs=(watching_view(),), flips=())
    shown = plain(releases.service_detail(moving, "shop", 100))
    assert shown[1].startswith("◐ billing-31 · monitor/watch running for ")


def test_the_list_names_the_run_that_asks_behind_what_is_wrong() -> None:
    given = asked_for_shop()
    assert plain(releases.service_list(given, 84))[1].endswith("‖ api-88 asks")
    drifted = replace(
        status(),
        balancers=(*status().balancers, Balancer("lb-2", Colour.GREEN)),  # type: ignore[arg-type]
    )
    shown = plain(releases.service_list(replace(given, services={"shop": drifted}), 160))[1]
    assert shown.endswith("lb-2 serves green · ‖ api-88 asks")
    unread = plain(releases.service_list(replace(given, services={}), 100))[1]
    assert "? not read yet" in unread
    assert unread.endswith("‖ api-88 asks")


def test_the_list_has_room_for_a_short_commit_that_is_kept_warm() -> None:
    warm = replace(status(), versions={"blue": "5bf18cd", "green": "5376ad6"})
    shown = plain(releases.service_list(replace(overview(), services={"shop": warm}), 78))[1]
    assert "green 5376ad6 warm 1 m " in shown


def test_split_is_unknown_until_a_front_door_was_read() -> None:
    assert traffic.shares(replace(status(), balancers=())) is None
    two = (
        *status().balancers,
        Balancer("lb-2", Colour.GREEN),  # type: ignore[arg-type]
    )
    assert traffic.shares(replace(status(), balancers=two)) == {
        Colour.BLUE: 0.5,
        Colour.GREEN: 0.5,
    }


def test_a_step_that_was_begun_and_never_ended_is_lost() -> None:
    ended = replace(flip(FlipState.UNKNOWN), ended_at=ago(1), error="lb-1 could not be read back")
    shown = plain(releases.journal(ended, NOW, 80))
    assert shown[2].strip() == "03:12:41 ? commit lb-1"
    assert shown[3] == "✕ lb-1 could not be read back"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_overviews, any_flips, widths)
def test_hostile_services_never_break_or_overflow(
    given_overview: Overview, change: Flip, cells: int
) -> None:
    check(releases.service_list(given_overview, cells), cells)
    for name in [*given_overview.services, "gone"]:
        check(releases.service_detail(given_overview, name, cells), cells)
    check(releases.journal(change, NOW, cells), cells)
