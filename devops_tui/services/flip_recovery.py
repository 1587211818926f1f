"""Ends a flip that nobody is at any more: the balancers are asked, not the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devops_tui.domain.errors import DevopsError, HostUnreachable
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Flip, FlipState, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.balancers import Balancers, Readings, in_one_line
from devops_tui.services.flip_journal import FlipJournal
from devops_tui.services.flip_proof import Doors, Names
from devops_tui.services.flip_walk import Walk

READ_S = 4.0
"""How long a balancer may take to answer after a restart before it is set aside, in seconds."""

LINK_WAIT_S = 1.5
AGAIN_S = 0.3
_KEEPS = 2

_NEXT = {
    FlipState.ASKED: FlipState.PREPARED,
    FlipState.PREPARED: FlipState.COMMITTED,
}


async def settle(
    store: Store,
    clock: Clock,
    service: Service,
    flip: Flip,
    holder: str,
    balancers: Balancers,
    doors: Doors,
    names: Names,
) -> Flip:
    """Brings an unfinished flip to DONE or FAILED; UNKNOWN while a balancer cannot be read.

    All balancers on the new colour or share: it is proved and finished, as is the way back
    from a canary. Otherwise the old colour is committed everywhere. Both are committed again
    with a higher fence, so that nothing that the dead worker had prepared can take effect
    afterwards.
    Where most can be read, those that cannot are set aside by that: the others come to one
    colour, and it is said how many they are. Where fewer can, the fault may be ours: it asks.
    `holder` must hold the lease of the service's traffic.
    """
    before = await _read(balancers, clock)
    fence = max(flip.fence, before.fence) + 1
    aside = tuple(before.errors)
    whole = replace(flip, fence=fence, set_aside=(*flip.set_aside, *aside))
    if aside and len(aside) >= len(before.seen):
        journal = FlipJournal(store, clock, replace(flip, fence=fence), holder)
        Walk(journal, clock, service, balancers, doors, names, {}).ask(
            f"found unfinished ({flip.state}) and {before}"
        )
        return journal.flip
    journal = FlipJournal(store, clock, whole, holder)
    journal.note(f"found unfinished ({flip.state}): {before}")
    told = f"{before}"
    if aside:
        count = f"{len(before.seen)} of {len(balancers.hosts)} balancers"
        told = f"{count}, {', '.join(aside)} set aside: {before}"
        journal.note(told)
        balancers, before = balancers.only(before.seen), Readings(before.seen, {})
    walk = Walk(journal, clock, service, balancers, doors, names, _blind(aside), aside)
    is_back = flip.from_colour is flip.to_colour
    if is_back or (before.all_give(flip.green_percent) and not (aside and flip.is_canary)):
        await _finish(walk)
    else:
        await _roll_back(walk, f"was interrupted ({flip.state}) and rolled back: {told}")
    return journal.flip


async def _read(balancers: Balancers, clock: Clock) -> Readings:
    """A link that is only being opened again is waited for, no longer than a moment."""
    began = clock.now()
    while True:
        readings = await balancers.read(READ_S)
        waited_s = (clock.now() - began).total_seconds()
        if not readings.errors or waited_s >= LINK_WAIT_S:
            return readings
        await clock.sleep(AGAIN_S)


def _blind(aside: tuple[HostName, ...]) -> dict[HostName, DevopsError]:
    return {host: HostUnreachable(f"{host} is set aside") for host in aside}


async def _finish(walk: Walk) -> None:
    journal = walk.journal
    to = journal.flip.to_colour
    fence, percent = journal.flip.fence, journal.flip.percent
    errors: Mapping[HostName, DevopsError] = {}
    for _ in range(_KEEPS):
        with journal.step(f"commit {to} again, so that a reload keeps it") as outcome:
            errors = await walk.balancers.bring_to(to, fence, percent)
            outcome.text = f"commit {to} again: {in_one_line(errors) or 'done'}"
        if not errors:
            break
    if errors and journal.flip.state is not FlipState.PROVED:
        await _roll_back(walk, f"{to} was not kept everywhere: {in_one_line(errors)}")
        return
    while journal.flip.state in _NEXT:
        journal.move(_NEXT[journal.flip.state])
    if journal.flip.state is FlipState.PROVED or await walk.is_proved():
        if journal.flip.state is FlipState.COMMITTED:
            walk.prove()
        walk.finish()


async def _roll_back(walk: Walk, error: str) -> None:
    if not walk.journal.flip.has_failed_step:
        walk.journal.note_interrupted()
    if walk.journal.flip.state is FlipState.PROVED:
        walk.ask(error)  # a proved flip is not simply failed: somebody changed it since
    await walk.take_back(error)
