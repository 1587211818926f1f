"""Beginning and ending sprints; how far the one that runs has come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from devops_tui.domain.board_rules import refuse_scrum
from devops_tui.domain.codec import decode, encode
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Event
from devops_tui.domain.sprint import (
    SUBJECT,
    Burndown,
    Sprint,
    burndown,
    is_committed,
    points,
    scope_of,
)
from devops_tui.domain.team import Team
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_MARK = "board.sprint"
_NUMBER = "board.sprint.number"
_GOAL_LIMIT = 200
_PAGE = 1000


class Sprints:
    """The sprints of one workspace; only a scrum master begins and ends one."""

    def __init__(self, store: Store, clock: Clock, team: Team) -> None:
        self._store = store
        self._clock = clock
        self._team = team

    def start(self, goal: str, last_day: str, actor: str) -> Sprint:
        """Begins a sprint with what is in Planned and InWork.

        Raises:
            NotAllowed: The actor is no scrum master.
            Refused: One runs already, the goal is empty, or the day has passed.
        """
        self._allow(actor, "begins a sprint")
        goal = " ".join(goal.split())[:_GOAL_LIMIT]
        now = self._clock.now()
        if not goal:
            raise Refused("a sprint needs a goal", "Say in one line what it is for.")
        if _day(last_day) < now.date():
            raise Refused(f"{last_day} has passed", "Name the last day of the sprint.")
        with self._store.transaction():
            running = read_sprint(self._store)
            if running is not None:
                raise Refused(f"sprint {running.number} runs", "End it first: `sprint end`.")
            return self.begin_as_there(goal, last_day, actor)

    def end(self, actor: str) -> Burndown:
        """Ends the sprint that runs; its cards stay where they are.

        Raises:
            NotAllowed: The actor is no scrum master.
            Refused: None runs.
        """
        self._allow(actor, "ends a sprint")
        return self.end_as_there(actor)

    def begin_as_there(self, goal: str, last_day: str, actor: str) -> Sprint:
        """Begins it by the word of another tool, whose own rules say who may."""
        now = self._clock.now()
        goal = " ".join(goal.split())[:_GOAL_LIMIT]
        with self._store.transaction():
            number = int(self._store.mark(_NUMBER) or 0) + 1
            cards = self._store.cards()
            count = sum(points(card) for card in cards if is_committed(card))
            told = {"number": number, "last_day": _day(last_day).isoformat(), "points": count}
            told |= {"cards": scope_of(cards)}
            event = self._store.append(Event("sprint.started", SUBJECT, now, actor, goal, told))
            sprint = Sprint(number, goal, now, str(told["last_day"]), count, actor, event.seq)
            self._store.save_mark(_NUMBER, str(number))
            self._store.save_mark(_MARK, json.dumps(encode(sprint)))
        return sprint

    def change_as_there(self, goal: str, last_day: str, actor: str) -> Sprint:
        """Its goal and last day by the word of another tool.

        Raises:
            Refused: None runs.
        """
        with self._store.transaction():
            sprint = read_sprint(self._store)
            if sprint is None:
                raise Refused("no sprint runs", "A scrum master begins one: `sprint start`.")
            goal = " ".join(goal.split())[:_GOAL_LIMIT]
            changed = replace(sprint, goal=goal, last_day=_day(last_day).isoformat())
            if changed != sprint:
                told = {"number": sprint.number, "last_day": changed.last_day}
                now = self._clock.now()
                self._store.append(Event("sprint.changed", SUBJECT, now, actor, goal, told))
                self._store.save_mark(_MARK, json.dumps(encode(changed)))
        return changed

    def end_as_there(self, actor: str) -> Burndown:
        """Ends it by the word of another tool; raises as `end`, but for who may."""
        with self._store.transaction():
            found = self.burndown()
            told = {"number": found.sprint.number, "points_left": found.left[-1][1]}
            now = self._clock.now()
            self._store.append(Event("sprint.ended", SUBJECT, now, actor, found.sprint.goal, told))
            self._store.save_mark(_MARK, "")
        return found

    def burndown(self) -> Burndown:
        """How much was left of the sprint that runs, from its events.

        Raises:
            Refused: None runs.
        """
        with self._store.snapshot():
            sprint = read_sprint(self._store)
            if sprint is None:
                raise Refused("no sprint runs", "A scrum master begins one: `sprint start`.")
            begun = self._store.events(after=sprint.seq - 1, limit=1)
            scope = begun[0].data.get("cards", {}) if begun else {}
            return burndown(sprint, scope, self._events(sprint.seq))

    def _events(self, after: int) -> Iterator[Event]:
        while page := self._store.events(after=after, limit=_PAGE):
            yield from page
            after = page[-1].seq

    def _allow(self, actor: str, what: str) -> None:
        refusal = refuse_scrum(self._team, actor, what)
        if refusal is not None:
            raise refusal


def read_sprint(store: Store) -> Sprint | None:
    """The sprint that runs, if one does; one small row."""
    text = store.mark(_MARK)
    return decode(Sprint, json.loads(text)) if text else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text} is no day", "Write it like 2026-11-30.") from None
