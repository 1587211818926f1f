"""One sprint on both sides: begun or ended on one, it is so on the other.

What counts is which sprint here is which there, once they are tied: whoever ends one of two
that are tied ends both. Goal and last day come from Jira after the beginning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.sprint import Sprint, is_committed
from devops_tui.domain.team import Team
from devops_tui.domain.tracker import Person, RemoteSprint
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.tracker import TrackerSprints
from devops_tui.services.sprints import Sprints, read_sprint

MARK = "tracker.sprint"
_THERE = Person().actor
"""Jira does not tell who began or ended a sprint."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Which sprint here is which there; `goal` and `last_day` as Jira had them last."""

    id: str
    number: int
    goal: str
    last_day: str


class SprintSync:
    """Keeps the sprint that runs equal on both sides.

    Cancel: what was begun or ended there is found so by the next round.
    """

    def __init__(self, store: Store, clock: Clock, team: Team, prefix: str) -> None:
        self._store = store
        self._clock = clock
        self._prefix = prefix
        self._sprints = Sprints(store, clock, team)

    async def round(self, side: TrackerSprints) -> bool:
        """Brings them together; whether anything was changed there.

        Raises:
            TrackerError: Jira cannot be used now, or does not let the account run sprints.
        """
        known = await side.open_ones()
        tie, here = self._tie(), read_sprint(self._store)
        if tie is not None:
            return await self._tied(side, tie, here, known)
        there = next((s for s in known if s.is_active), None)
        if there is not None:
            with self._store.transaction():
                here = read_sprint(self._store)
                if here is None:
                    goal, last_day = self._words(there)
                    here = self._sprints.begin_as_there(goal, last_day, _THERE)
                self._save(Tie(there.id, here.number, "", ""))
            self._take_words(Tie(there.id, here.number, "", ""), there)
            return False
        if here is None:
            return False
        await self._begin_there(side, here, known)
        return True

    async def _tied(
        self,
        side: TrackerSprints,
        tie: Tie,
        here: Sprint | None,
        known: Sequence[RemoteSprint],
    ) -> bool:
        there = next((s for s in known if s.is_active and s.id == tie.id), None)
        is_here = here is not None and here.number == tie.number
        if there is not None and is_here:
            self._take_words(tie, there)
            return False
        if there is not None:
            await side.end(tie.id)
            self._save(None)
            return True
        if await side.is_active(tie.id):  # the list of the board is behind
            return False
        with self._store.transaction():
            here = read_sprint(self._store)
            if here is not None and here.number == tie.number:
                self._sprints.end_as_there(_THERE)
            self._save(None)
        return False

    async def _begin_there(
        self, side: TrackerSprints, here: Sprint, known: Sequence[RemoteSprint]
    ) -> None:
        """The next one that is planned there, else one of our own, with the cards of now."""
        name = f"{self._prefix} sprint {here.number}"
        named = next((s for s in known if s.name == name), None)
        chosen = named or next(iter(known), None) or await side.plan(name)
        tracked = self._store.tracked()
        committed = [c.id for c in self._store.cards() if is_committed(c)]
        await side.put_in(chosen.id, [tracked[c].key for c in committed if c in tracked])
        end = datetime.combine(date.fromisoformat(here.last_day), time(23, 59, 59), UTC)
        await side.begin(chosen.id, here.goal, here.started_at, end)
        self._save(Tie(chosen.id, here.number, here.goal, here.last_day))

    def _take_words(self, tie: Tie, there: RemoteSprint) -> None:
        """Goal and last day, where they were changed there."""
        goal, last_day = self._words(there)
        if (goal, last_day) == (tie.goal, tie.last_day):
            return
        with self._store.transaction():
            here = read_sprint(self._store)
            if here is not None and here.number == tie.number:
                self._sprints.change_as_there(goal, last_day, _THERE)
            self._save(Tie(tie.id, tie.number, goal, last_day))

    def _words(self, there: RemoteSprint) -> tuple[str, str]:
        """A sprint there may have neither: then its name is its goal, and it ends today."""
        last_day = there.last_day or self._clock.now().date().isoformat()
        return there.goal or there.name or f"sprint {there.id}", last_day

    def _tie(self) -> Tie | None:
        text = self._store.mark(MARK)
        return decode(Tie, json.loads(text)) if text else None

    def _save(self, tie: Tie | None) -> None:
        self._store.save_mark(MARK, json.dumps(encode(tie)) if tie is not None else "")
