"""Ends a flip that nobody is at any more: the balancers are asked, not the journal."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.traffic import Flip, FlipState, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.balancers import Balancers, in_one_line
from devops_tui.services.flip_journal import FlipJournal
from devops_tui.services.flip_proof import Doors, Names
from devops_tui.services.flip_walk import Walk

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
    `holder` must hold the lease of the service's traffic.
    """
    before = await balancers.read()
    fence = max(flip.fence, before.fence) + 1
    journal = FlipJournal(store, clock, replace(flip, fence=fence), holder)
    walk = Walk(journal, clock, service, balancers, doors, names, {})
    if before.errors:
        walk.ask(f"found unfinished ({flip.state}) and {before}")
        return journal.flip
    journal.note(f"found unfinished ({flip.state}): {before}")
    if before.all_give(flip.green_percent) or flip.from_colour is flip.to_colour:
        await _finish(walk)
    else:
        await _roll_back(walk, f"was interrupted ({flip.state}) and rolled back: {before}")
    return journal.flip


async def _finish(walk: Walk) -> None:
    journal = walk.journal
    to = journal.flip.to_colour
    with journal.step(f"commit {to} again, so that a reload keeps it") as outcome:
        fence, percent = journal.flip.fence, journal.flip.percent
        errors = await walk.balancers.bring_to(to, fence, percent)
        outcome.text = f"commit {to} again: {in_one_line(errors) or 'done'}"
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
