"""Flips through real front doors: done, refused, taken back, undone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.traffic import BLUE, GREEN, SHOP, Shop

from devops_tui.domain.errors import HostUnreachable, Refused, RevisionConflict, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Flip, FlipState, ServerHealth
from devops_tui.ports.store import Store

LB_2 = HostName("lb-2")


async def test_a_flip_is_done_proved_and_journaled(any_shop: Shop, store: Store) -> None:
    flip = await any_shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE, flip
    assert await any_shop.colours() == {"green"}
    assert store.flip(flip.id) == flip
    assert all(step.is_done for step in flip.steps)
    assert any("16 answers are the new colour's" in step.what for step in flip.steps)
    status = store.service_status(SHOP)
    assert (status.live, status.fence, status.last_flip) == (GREEN, flip.fence, flip.id)
    assert status.warm_until is not None
    kinds = [event.kind for event in store.events(subject=SHOP)]
    assert kinds == [
        "flip.asked",
        "flip.prepared",
        "flip.committed",
        "flip.proved",
        "flip.drained",
        "flip.finished",
    ]


async def test_undo_goes_back_and_the_fence_grows(any_shop: Shop, store: Store) -> None:
    flips = any_shop.flips(store)
    done = await flips.flip(SHOP, None, "jun", "release")
    undone = await flips.undo(SHOP, "sora", "wrong price")
    assert undone.state is FlipState.DONE
    assert undone.undoes == done.id
    assert undone.fence > done.fence
    assert await any_shop.colours() == {"blue"}
    assert (await any_shop.switches(any_shop.service)[0].read()).fence == undone.fence


async def test_nothing_is_begun_when_the_colour_serves_already(shop: Shop, store: Store) -> None:
    with pytest.raises(Refused, match="blue serves already"):
        await shop.flips(store).flip(SHOP, BLUE, "jun", "again")
    assert store.flips() == []


async def test_an_unhealthy_colour_is_refused_with_its_hosts(shop: Shop, store: Store) -> None:
    await shop.tell(GREEN, "/health/503")
    with pytest.raises(Refused, match=r"web-3 \(503\).*web-4 \(503\)"):
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert await shop.colours() == {"blue"}


async def test_servers_that_are_not_one_release_are_refused(shop: Shop, store: Store) -> None:
    status = store.service_status(SHOP)
    store.save_service(replace(status, versions={"green": "9.9"}))
    with pytest.raises(
        Refused, match=r"green is not 9\.9, which was installed: web-3 is 1\.1"
    ) as no:
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert "`service up shop green`" in no.value.hint
    store.save_service(replace(status, versions={"green": "1.1"}))
    flip = await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE


async def test_a_dead_colour_is_refused_and_undo_says_what_it_takes(
    shop: Shop, store: Store
) -> None:
    shop.children[GREEN].kill()
    with pytest.raises(Refused, match="green is not healthy"):
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    with pytest.raises(Refused, match="green is not up any more") as refused:
        await shop.flips(store).undo(SHOP, "jun")
    assert "run the pipeline" in refused.value.hint


async def test_the_operator_saw_another_colour(shop: Shop, store: Store) -> None:
    with pytest.raises(RevisionConflict):
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release", expected_live=GREEN)


async def test_one_balancer_that_cannot_be_read_means_nobody_flips(
    shop: Shop, store: Store
) -> None:
    shop.links.to(LB_2).is_cut = True
    with pytest.raises(Refused, match="lb-2 cannot be read"):
        await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert await shop.colours() == {"blue"}


async def test_one_balancer_that_cannot_prepare_means_nobody_flips(
    shop: Shop, store: Store
) -> None:
    async def refuse(data: bytes) -> None:
        if data.startswith(b"prepare"):
            raise HostUnreachable("lost while preparing")

    shop.links.to(LB_2).before_exchange = refuse
    flip = await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.FAILED
    assert "nothing was changed" in flip.error
    assert await shop.colours() == {"blue"}


async def test_a_commit_that_one_balancer_misses_is_taken_back_everywhere(
    shop: Shop, store: Store
) -> None:
    left = ["once"]

    async def break_once(data: bytes) -> None:
        if data.startswith(b"commit") and left:
            left.pop()
            raise HostUnreachable("lost while committing")

    shop.links.to(LB_2).before_exchange = break_once
    flip = await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.FAILED
    assert "lost while committing" in flip.error
    assert await shop.colours() == {"blue"}
    assert store.service_status(SHOP).live is BLUE


async def test_a_balancer_lost_for_good_asks_and_is_settled_later(shop: Shop, store: Store) -> None:
    link = shop.links.to(LB_2)

    async def cut(data: bytes) -> None:
        if data.startswith(b"commit"):
            link.is_cut = True

    link.before_exchange = cut
    flips = shop.flips(store)
    flip = await flips.flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.UNKNOWN
    assert "lb-2 cannot be read" in flip.error
    with pytest.raises(Refused, match="not settled"):
        await flips.flip(SHOP, GREEN, "jun", "again")
    link.is_cut, link.before_exchange = False, None
    (settled,) = await flips.recover()
    assert settled.state is FlipState.FAILED
    assert await shop.colours() == {"blue"}
    again = await flips.flip(SHOP, GREEN, "jun", "again")
    assert again.state is FlipState.DONE


async def test_a_colour_that_answers_badly_is_not_proved_and_goes_back(
    shop: Shop, store: Store
) -> None:
    async def spoil(data: bytes) -> None:
        if data.startswith(b"commit"):
            await shop.tell(GREEN, "/health/500")

    shop.links.to(LB_2).before_exchange = spoil
    flip = await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.FAILED
    assert "green answers 500" in flip.error
    assert await shop.colours() == {"blue"}
    assert "flip.failed" in [event.kind for event in store.events(subject=SHOP)]


async def test_of_two_flips_at_once_exactly_one_wins(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    results = await asyncio.gather(
        *(flips.flip(SHOP, GREEN, who, f"{who} wants it") for who in ("jun", "sora", "minji")),
        return_exceptions=True,
    )
    won = [r for r in results if not isinstance(r, BaseException)]
    lost = [r for r in results if isinstance(r, Refused)]
    assert len(won) == 1
    assert len(lost) == 2
    assert won[0].state is FlipState.DONE
    assert all(won[0].actor in r.title and "wants it" in r.title and r.hint for r in lost)
    assert await shop.colours() == {"green"}


async def test_a_flipper_that_was_held_up_cannot_commit_over_a_newer_flip(
    shop: Shop, store: Store
) -> None:
    """The older one has prepared; a newer one flips there and back; then it wakes up."""
    slow = shop.switches(shop.service)
    tokens = [await switch.prepare(GREEN, 1) for switch in slow]
    flips = shop.flips(store)
    await flips.flip(SHOP, GREEN, "sora", "release")
    await flips.undo(SHOP, "sora", "back")
    for switch, token in zip(slow, tokens, strict=True):
        with pytest.raises(SwitchRefused):
            await switch.commit(token)
    assert await shop.colours() == {"blue"}


async def test_balancers_that_disagree_are_repaired_by_a_flip_to_the_live_colour(
    shop: Shop, store: Store
) -> None:
    flips = shop.flips(store)
    await flips.flip(SHOP, GREEN, "jun", "release")
    stray = shop.switches(shop.service)[1]
    await stray.commit(await stray.prepare(BLUE, 99))
    assert await shop.colours() == {"blue", "green"}
    with pytest.raises(Refused, match="disagree") as refused:
        await flips.flip(SHOP, BLUE, "jun", "which one?")
    assert "Flip to green first" in refused.value.hint
    repaired = await flips.flip(SHOP, GREEN, "jun", "repair")
    assert repaired.state is FlipState.DONE
    assert repaired.fence > 99
    assert await shop.colours() == {"green"}


async def test_the_drain_is_waited_for_and_its_end_is_recorded(
    any_shop: Shop, store: Store
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", any_shop.ports[0])
    writer.write(b"GET /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    await writer.drain()
    first = any_shop.switches(any_shop.service)[0]
    while (await first.read()).in_flight["blue"] == 0:
        assert not reader.at_eof()
    flip = await any_shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE
    async with asyncio.timeout(0.2):
        assert b"x-colour: blue" in (await reader.read()).lower()
    writer.close()
    assert flip.steps[-1].what == "blue has 0 in flight"


async def test_a_drain_that_takes_too_long_is_recorded_and_not_a_failure(
    shop: Shop, store: Store
) -> None:
    shop.service = replace(shop.service, drain_s=0.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.ports[0])
    writer.write(b"GET /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    await writer.drain()
    first = shop.switches(shop.service)[0]
    while (await first.read()).in_flight["blue"] == 0:
        assert not reader.at_eof()
    flip = await shop.flips(store).flip(SHOP, GREEN, "jun", "release")
    assert flip.state is FlipState.DONE
    assert flip.steps[-1].what == "blue has 1 in flight"
    assert b"x-colour: blue" in (await reader.read()).lower()
    writer.close()


async def test_a_cancel_in_the_drain_ends_the_flip_as_done(shop: Shop, store: Store) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.ports[0])
    writer.write(b"GET /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    await writer.drain()
    first = shop.switches(shop.service)[0]
    while (await first.read()).in_flight["blue"] == 0:
        assert not reader.at_eof()
    drains = asyncio.Event()

    async def look(data: bytes) -> None:
        if any(flip.state is FlipState.PROVED for flip in store.flips()):
            drains.set()

    shop.links.to(LB_2).before_exchange = look
    task = asyncio.create_task(shop.flips(store).flip(SHOP, GREEN, "jun", "release"))
    await drains.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [flip.state for flip in store.flips()] == [FlipState.DONE]
    assert await shop.colours() == {"green"}
    await reader.read()
    writer.close()


async def test_a_cancel_in_the_commit_ends_the_flip_as_done(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    task: asyncio.Task[Flip] | None = None

    async def cancel(data: bytes) -> None:
        if data.startswith(b"commit map") and task is not None:
            task.cancel()

    shop.links.to(LB_2).before_exchange = cancel
    task = asyncio.create_task(flips.flip(SHOP, GREEN, "jun", "release"))
    with pytest.raises(asyncio.CancelledError):
        await task
    (flip,) = store.flips(SHOP)
    assert flip.state is FlipState.DONE
    assert store.service_status(SHOP).live is GREEN
    assert await shop.colours() == {"green"}


async def test_why_not_and_the_plan_need_no_host(shop: Shop, store: Store) -> None:
    flips = shop.flips(store)
    assert flips.why_not(SHOP) == "the balancers were not read yet"
    sick = ServerHealth(HostName("web-3"), GREEN, False, why="503")
    status = replace(store.service_status(SHOP), live=BLUE, servers=(sick,))
    store.save_service(status)
    assert flips.why_not(SHOP, BLUE) == "blue serves already"
    assert flips.why_not(SHOP) == "green is not healthy: web-3 (503)"
    store.save_service(replace(status, servers=(replace(sick, is_healthy=True),)))
    assert flips.why_not(SHOP, GREEN) is None
    store.take_lease(f"traffic:{SHOP}", "jun (f-1)", "flip to green", datetime.now(UTC), 60)
    assert "jun (f-1) has it since" in (flips.why_not(SHOP) or "")
    plan = "\n".join(flips.plan(SHOP, GREEN))
    for host in shop.doors:
        assert f"{host}  commit map @VERSION" in plan
