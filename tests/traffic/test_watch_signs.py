"""A bake looks at alerts and at PromQL: bad goes back, good passes, unknown asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.figure_stores import prometheus
from support.flip_bench import Bench, NoSecrets
from support.traffic import GREEN, SHOP, Shop

from devops_tui.bootstrap.watching import signs_of
from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.pipeline import State
from devops_tui.domain.tool import ToolKind, ToolSettings
from devops_tui.domain.watching import MetricQuery, WatchSigns
from devops_tui.domain.work import WatchHealth
from devops_tui.domain.workspace import Workspace
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.services.watch_signs import Signs
from devops_tui.stores.sqlite.store import SqliteStore

NAN = float("nan")


def baking(shop: Shop, store: SqliteStore, watch: WatchSigns, signs: Signs) -> Bench:
    """A bench whose service looks at these signs; its bake takes half a second."""
    shop.service = replace(shop.service, watch=watch)
    bench = Bench(shop, store, WatchHealth(SHOP, duration_s=0.5, interval_s=0.1))
    workspace = Workspace("test", "/", services={SHOP: shop.service})
    bench.watch_jobs = WatchJobs(bench.tools, bench.flips, shop.switches, lambda: workspace, signs)
    bench.brought_up()
    return bench


@pytest.mark.parametrize(
    ("values", "state", "why", "serves"),
    [
        ([4.0, 7.5], State.FAILED, "health broke: errors is 7.5, over 5; went back", "blue"),
        (None, State.LOST, "nobody knows: prom: it does not answer", "green"),
    ],
)
async def test_promql_passes_goes_back_or_asks(
    values: list[float] | None, state: State, why: str, serves: str, shop: Shop, store: SqliteStore
) -> None:
    async def ask(query: MetricQuery) -> Sequence[float]:
        if values is None:
            raise ToolSilent("it does not answer")
        return values

    query = MetricQuery("prom", "errors", most=5, least=1)
    bench = baking(shop, store, WatchSigns(queries=(query,)), Signs(store, ask))
    await bench.flip()
    record = await bench.watch()
    assert (record.state, why in record.why) == (state, True), record.why
    assert await shop.colours() == {serves}


@pytest.mark.parametrize(
    ("values", "is_ill", "why"),
    [
        ([4.0], False, ""),
        ([1.0, 5.0], False, ""),
        ([0.5], True, "errors is 0.5, under 1"),
        ([], None, "prom has no number for errors"),
        ([4.0, NAN], None, "prom has no number for errors"),
    ],
)
def test_what_an_answer_means(values: list[float], is_ill: bool | None, why: str) -> None:
    sign = MetricQuery("prom", "errors", most=5, least=1).judge(values)
    assert (sign.is_ill, sign.why) == (is_ill, why)


async def test_one_bad_number_alone_is_chance(shop: Shop, store: SqliteStore) -> None:
    asked = 0

    async def ask(query: MetricQuery) -> Sequence[float]:
        nonlocal asked
        asked += 1
        return [9.0 if asked == 2 else 1.0]

    watch = WatchSigns(queries=(MetricQuery("prom", "errors", most=5),))
    bench = baking(shop, store, watch, Signs(store, ask))
    await bench.flip()
    assert (await bench.watch()).state is State.OK
    assert asked > 2


@pytest.mark.parametrize(
    ("host", "counts"),
    [("web-3", True), ("web-1", False)],
    ids=["of green", "of blue"],
)
async def test_an_alert_that_opens_on_a_host_of_the_new_colour_goes_back(
    host: str, counts: bool, shop: Shop, store: SqliteStore
) -> None:
    async def ask(query: MetricQuery) -> Sequence[float]:
        raise AssertionError(query)

    bench = baking(shop, store, WatchSigns(alerts=True), Signs(store, ask))
    await bench.flip()
    began = datetime.now(UTC)
    alert = Incident(
        IncidentId("INC-1"), f"alert:memory@{host}", f"memory: 97 % on {host}",
        IncidentState.OPEN, began, began, host=host,
    )  # fmt: skip
    store.add_incident(alert)
    older = replace(
        alert,
        id=IncidentId("INC-0"),
        fingerprint="alert:disk@web-3",
        host="web-3",
        opened_at=began - timedelta(hours=1),
    )
    store.add_incident(older)  # it was there before
    record = await bench.watch(began)
    if counts:
        assert record.why == "health broke: memory: 97 % on web-3 (INC-1); went back to blue"
    assert record.state is (State.FAILED if counts else State.OK)
    assert await shop.colours() == {"blue" if counts else "green"}


@pytest.mark.real
async def test_a_real_prometheus_answers(shop: Shop, store: SqliteStore, tmp_path: Path) -> None:
    with prometheus(tmp_path / "prom") as running:
        tool = ToolSettings("prom", ToolKind.PROMETHEUS, f"http://127.0.0.1:{running.port}")
        bench = baking(
            shop,
            store,
            WatchSigns(
                queries=(
                    MetricQuery("prom", "vector(3)", most=5),
                    MetricQuery("prom", "scalar(vector(3))", most=5),
                    MetricQuery("prom", "vector(7)", most=5),
                )
            ),
            signs_of(
                store,
                Workspace("test", "/", services={SHOP: shop.service}, tools=(tool,)),
                NoSecrets(),
                str,
            ),
        )
        await bench.flip()
        record = await bench.watch()
    assert record.why == "health broke: vector(7) is 7, over 5; went back to blue"
    assert await shop.colours() == {GREEN.other.value}
