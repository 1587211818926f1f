"""Follows the log and sets the rules of the board off, each event once.

How far it has come stands in the store and is written with what was done, so a worker that
is killed in between has done both or neither.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from devops_tui.domain.automation import BoardRule, Deed, DeedDone, Trigger
from devops_tui.domain.board import Card
from devops_tui.domain.board_rules import counted, names
from devops_tui.domain.card_query import Asker, parse
from devops_tui.domain.errors import NotFound, StoreError
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import IncidentId, RunId
from devops_tui.domain.pipeline import State
from devops_tui.domain.team import Role
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.board_deeds import WHO, Deeds, filing_rule, is_release
from devops_tui.services.boards import Boards

IDLE = "card.idle"
BREACHED = "board.limit_breached"
_MARK = "board.automation"
_OVER = "board.limits"
_FOLLOWED = ("run.created", "flip.committed")
_COUNTED = ("card.created", "card.moved", "card.edited", "card.restored", "workspace.loaded")
_REHEARSED = ("incident.opened", "incident.repeated", "run.finished")
_AT_ONCE = 50
_LOOK_S = 60.0
_STORY = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Automation:
    """The rules of one workspace.

    Attributes:
        changed: Returns when the store may have changed.
    """

    store: Store
    clock: Clock
    workspace: Workspace
    changed: Callable[[], Awaitable[None]] | None = None
    _told: set[tuple[str, str]] = field(default_factory=set)  # card and stay, rule

    @property
    def deeds(self) -> Deeds:
        """What the rules do to cards."""
        place = self.workspace
        boards = Boards(self.store, self.clock, place.board, place.team)
        return Deeds(self.store, boards, place.automation)

    async def watch(self) -> None:
        """Acts until cancelled; a store that is away is asked again."""
        idle_at = self.clock.now()
        while True:
            try:
                while self.step():
                    pass
                if self.clock.now() >= idle_at:  # it reads every card: not at every change
                    self.look_for_idle()
                    idle_at = self.clock.now() + timedelta(seconds=_LOOK_S)
            except StoreError as error:
                log.warning("the rules of the board wait for the store: %s", error)
            await self._pause()

    def step(self) -> int:
        """Acts on the next events; how many there were."""
        kinds = (*_FOLLOWED, *_COUNTED)
        mark = self._read_mark()
        if not self.store.events_of(kinds, mark):
            return 0
        with self.store.transaction():
            events = self.store.events_of(kinds, self._read_mark())[:_AT_ONCE]
            for event in events:
                self.take(event)
            if any(event.kind in _COUNTED for event in events):
                self.look_at_limits()
            if events:
                self.store.save_mark(_MARK, str(events[-1].seq))
        return len(events)

    def take(self, event: Event) -> Sequence[DeedDone]:
        """What follows from one event, inside the caller's transaction."""
        if event.kind == "flip.committed":
            return self.deeds.rolled_back(event)
        if event.kind == "run.created" and event.data.get("cards"):
            try:
                run = self.store.run(RunId(event.subject))
            except NotFound:
                return ()
            return self.deeds.named(run, event.at)
        return ()

    def look_at_limits(self) -> Sequence[DeedDone]:
        """Tells of each column and lane that holds too many now, once until it does not."""
        rules = self._rules(Trigger.LIMIT_BREACHED)
        if not rules:
            return ()
        over = _over(self.workspace, self.store.cards())
        known: list[str] = json.loads(self.store.mark(_OVER) or "[]")
        done = []
        for name, (count, limit) in over.items():
            if name not in known:
                facts = {"count": count, "limit": limit, "to": self._scrum_masters()}
                now = self.clock.now()
                self.store.append(Event(BREACHED, name, now, WHO, data=facts))
                told = f"{self._scrum_masters()}: {name} holds {count} of {limit}"
                done.append(DeedDone(now, str(rules[0]), name, "", "done", told))
        if sorted(known) != sorted(over):
            self.store.save_mark(_OVER, json.dumps(sorted(over)))
        return done

    def look_for_idle(self) -> Sequence[DeedDone]:
        """Acts on cards that stood too long in one column, once in each stay."""
        done = []
        for rule in self._rules(Trigger.IDLE):
            now = self.clock.now()
            since = now - timedelta(seconds=rule.idle_s)
            test = parse(rule.where)
            for card in self.store.cards():
                place = self.workspace.board.place_of(card)
                if place not in rule.columns or card.moved_at > since:
                    continue
                if (key := _stay(card, rule)) in self._told or not test(card, Asker("", now)):
                    continue
                with self.store.transaction():
                    found = self._still(rule, card)
                self._told.add(key)
                done += [found] if found is not None else []
        return done

    def _still(self, rule: BoardRule, card: Card) -> DeedDone | None:
        """Acts on one idle card; None where that was done in this stay."""
        now = self.clock.now()
        story = self.store.events(subject=card.id, limit=_STORY, newest=True)
        if any(
            e.kind == IDLE and e.at >= card.moved_at and e.data.get("rule") == str(rule)
            for e in story
        ):
            return None
        days = int((now - card.moved_at).total_seconds() // 86400)
        place = self.workspace.board.place_of(card)
        to = self._scrum_masters() if rule.do is Deed.TELL else ""
        facts: dict[str, Json] = {"days": days, "column": place.value, "rule": str(rule)}
        facts |= {"to": to, "title": card.title}
        self.store.append(Event(IDLE, card.id, now, WHO, card.title, facts))
        if rule.do is not Deed.TELL:
            return self.deeds.idle(rule, self.store.card(card.id), now, days)
        told = f"{to}: {card.id} stands in {place} for {days} days"
        return DeedDone(now, str(rule), card.id, card.id, "done", told)

    def _rules(self, on: Trigger) -> list[BoardRule]:
        return [rule for rule in self.workspace.automation if rule.on is on]

    def _scrum_masters(self) -> str:
        return names(self.workspace.team, Role.SCRUM_MASTER)

    def _read_mark(self) -> int:
        """Up to where it has acted; the first time it begins with what happens from now on."""
        text = self.store.mark(_MARK)
        if text:
            return int(text)
        newest = self.store.events(limit=1, newest=True)
        seq = newest[-1].seq if newest else 0
        self.store.save_mark(_MARK, str(seq))
        return seq

    async def _pause(self) -> None:
        waits = [asyncio.ensure_future(self.clock.sleep(_LOOK_S))]
        if self.changed is not None:
            waits.append(asyncio.ensure_future(self.changed()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _Dry(Exception):
    """Takes back what a rehearsal did."""


def rehearse(store: Store, clock: Clock, workspace: Workspace, days: int) -> Sequence[DeedDone]:
    """What the rules of a workspace would do now for what happened in the last days.

    Nothing is changed: all of it is done in a transaction that is taken back.
    """
    since = clock.now() - timedelta(days=days)
    house = Automation(store, clock, workspace)
    done: list[DeedDone] = []
    try:
        with store.transaction():
            for event in store.events_of((*_FOLLOWED, *_REHEARSED)):
                if event.at >= since:
                    done += _failed(house, event) or _released(house, event) or house.take(event)
            store.save_mark(_OVER, "[]")
            done += [*house.look_at_limits(), *house.look_for_idle()]
            raise _Dry
    except _Dry:
        return done


def _released(house: Automation, event: Event) -> Sequence[DeedDone]:
    if event.kind != "run.finished" or event.data.get("state") != State.OK.value:
        return ()
    try:
        run = house.store.run(RunId(event.subject))
    except NotFound:
        return ()
    return house.deeds.released(run, event.at) if is_release(run) else ()


def _failed(house: Automation, event: Event) -> Sequence[DeedDone]:
    if not event.kind.startswith("incident."):
        return ()
    try:
        incident = house.store.incident(IncidentId(event.subject))
        run = house.store.run(incident.run_id) if incident.run_id else None
    except NotFound:
        return ()
    rule = filing_rule(house.workspace.automation, run.plan.pipeline) if run else None
    if rule is None:
        return ()
    known = house.store.card_by_fingerprint(incident.fingerprint)
    if known is not None:
        told = f"a remark on {known.id}, which is its card"
        return [DeedDone(event.at, str(rule), incident.id, known.id, "done", told)]
    return [DeedDone(event.at, str(rule), incident.id, "", "done", f"a card: {incident.title}")]


def _stay(card: Card, rule: BoardRule) -> tuple[str, str]:
    return f"{card.id} {card.moved_at.isoformat()}", str(rule)


def _over(workspace: Workspace, cards: Sequence[Card]) -> dict[str, tuple[int, int]]:
    """Columns and lanes that hold more than they may: how many, and the limit."""
    found: dict[str, tuple[int, int]] = {}
    rules, team = workspace.board, workspace.team
    for column in rules.places:
        limit, count = rules.limit(column, team), counted(cards, column, rules)
        if limit is not None and count > limit:
            found[column.value] = (count, limit)
    for each in rules.lanes:
        limit = each.limit.of(team)
        lanes = {c.lane(each.by) for c in cards if rules.place_of(c) == each.column} - {""}
        for lane in sorted(lanes if not each.name else lanes & {each.name}):
            mates = [c for c in cards if c.lane(each.by) == lane]
            if limit is not None and (count := counted(mates, each.column, rules)) > limit:
                found[f"{each.column}, {each.by} {lane}"] = (count, limit)
    return found
