"""One seeded run of a board and its Jira: people on both sides, everything that goes wrong.

At its end nothing fails any more, whoever is asked answers, and the run looks for what was
lost and for what is there twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devops_tui.domain.board import Card, Column
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import Clash
from devops_tui.domain.tracker_merge import local_values
from devops_tui.integrations.jira.adf import adf_of
from devops_tui.services.tracker.questions import MINE, THEIRS, Questions
from support.jira_double import Asked
from support.jira_faults import Faults
from support.jira_house import JiraHouse, jira_house
from support.jira_site import ESTIMATE
from support.jira_sprint_acts import sprint_here, sprint_problems, sprint_there

STEPS = 7
_SETTLING = 30
_FIELDS = ("title", "text", "estimate")
_THERE = {"title": "summary", "text": "description", "estimate": ESTIMATE}
_PEOPLE = ("acc-minji", "acc-jun", "acc-kim")


@dataclass
class Write:
    """Somebody wrote a value, and what stood there before, as that person saw it."""

    value: str
    saw: str


@dataclass
class JiraRun:
    """One run; `problems` is empty when nothing was lost and nothing is there twice."""

    house: JiraHouse
    random: random.Random
    here: dict[tuple[str, str], list[Write]] = field(default_factory=dict)
    there: dict[tuple[str, str], list[Write]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)  # remarks that somebody saw and replaced
    labels: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[CardId, Clash]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_scrum: bool = False
    cancels: int = 0
    _count: int = 0
    _cancel_at: int = 0
    _task: asyncio.Task[float] | None = None

    def token(self) -> str:
        """A value of its own."""
        self._count += 1
        return f"w{self._count}"

    # People

    def act_here(self) -> None:
        """Somebody does something on the board."""
        if self.is_scrum and self.random.random() < 0.15:
            sprint_here(self.house, self.random, self.token)
            return
        cards = list(self.house.store.cards())
        if not cards or self.random.random() < 0.15:
            card = self.house.boards.add(self.token(), "minji")
            self.here[(card.id, "title")] = [Write(card.title, "")]
            return
        card = self.random.choice(cards)
        act = self.random.random()
        if act < 0.1:
            self._reword_here(card)
        elif act < 0.25:
            token = self.token()
            self.remarks[token] = card.id
            self.house.boards.edit(card.id, CardEdit(comment=token), "minji")
        elif act < 0.4:
            token = self.token()
            self.labels[token] = card.id
            self.house.boards.edit(card.id, CardEdit(labels=f"+{token}"), "minji")
        elif act < 0.6:
            with contextlib.suppress(Refused):
                self.house.boards.move(card.id, self.random.choice(list(Column)), "minji")
        else:
            name = self.random.choice(_FIELDS)
            value = self._value(name)
            self.here.setdefault((card.id, name), []).append(
                Write(value, str(local_values(card)[name]))
            )
            self.house.edit(card.id, **{name: value})

    def act_there(self) -> None:
        """Somebody does something in Jira."""
        site, by = self.house.site, self.random.choice(_PEOPLE[:2])
        if self.is_scrum and self.random.random() < 0.15:
            sprint_there(self.house, self.random, self.token)
            return
        numbers = list(site.issues)
        if not numbers or self.random.random() < 0.12:
            title = self.token()
            number = site.create(by, {"summary": title}, {})
            self.there[(number, "title")] = [Write(title, "")]
            return
        number = self.random.choice(numbers)
        act = self.random.random()
        if act < 0.1:
            self._reword_there(number)
        elif act < 0.25:
            token = self.token()
            self.remarks[token] = number
            site.comment(number, by, self._text(token), {})
        elif act < 0.4:
            token = self.token()
            self.labels[token] = number
            site.edit(number, by, {}, {"labels": [{"add": token}]})
        elif act < 0.55:
            site.move(number, "acc-minji", self.random.choice(["1", "2", "3", "4", "5"]))
        else:
            name = self.random.choice(_FIELDS)
            value = self._value(name)
            self.there.setdefault((number, name), []).append(Write(value, self._read(number, name)))
            sent: Any = {"text": self._text(value), "estimate": None}.get(name, value)
            sent = float(value) if name == "estimate" else sent
            site.edit(number, by, {_THERE[name]: sent}, {})

    def _reword_here(self, card: Card) -> None:
        """Somebody changes or takes away what that person said."""
        own = [n for n, c in enumerate(card.comments, 1) if c.actor in ("minji", "jun")]
        if not own:
            return
        number = self.random.choice(own)
        said = card.comments[number - 1]
        new = self._reworded(_token_in(said.text), card.id)
        self.house.boards.edit(card.id, CardEdit(reword=(number, new)), said.actor)

    def _reword_there(self, number: str) -> None:
        """Somebody changes or takes away a comment of anybody."""
        comments = self.house.site.issues[number]["comments"]
        if not comments:
            return
        comment = self.random.choice(comments)
        old = _token_in(_words(comment["body"]))
        new = self._reworded(old, number)
        if not new:
            self.house.site.unsay(number, "acc-jun", comment["id"])
            return
        body = json.loads(re.sub(rf"\b{old}\b", new, json.dumps(comment["body"])))
        self.house.site.reword(number, "acc-jun", comment["id"], body)

    def _reworded(self, old: str, place: str) -> str:
        """The words in the place of others; empty to take them away."""
        self.taken_back.add(old)
        if self.random.random() < 0.4:
            return ""
        token = self.token()
        self.remarks[token] = place
        return token

    def _value(self, name: str) -> str:
        if name != "estimate":
            return self.token()
        self._count += 1
        return f"{self._count:g}"

    def _text(self, text: str) -> Any:
        return adf_of(text) if self.house.site.is_cloud else text

    def _read(self, number: str, name: str) -> str:
        value = self.house.site.issues[number][_THERE[name]]
        if isinstance(value, dict):
            return str(value["content"][0]["content"][0]["text"])
        return "" if value is None else f"{value:g}" if name == "estimate" else str(value)

    # The run

    def between(self, _: Asked) -> None:
        """Others do not wait until the worker has done a round; and workers die in it."""
        if self.random.random() < 0.03:
            self.act_there()
        if self.random.random() < 0.02:
            self.act_here()
        if self._cancel_at:
            self._cancel_at -= 1
            if self._cancel_at == 0 and self._task is not None:
                self.cancels += 1
                self._task.cancel()

    async def go(self) -> None:
        """Everything that happens, then what is left of it."""
        for _ in range(4):
            self.act_there()
        for _ in range(2):
            self.act_here()
        self.house.double.between = self.between
        for _ in range(STEPS):
            for _ in range(self.random.randint(0, 3)):
                self.act_here()
            for _ in range(self.random.randint(0, 3)):
                self.act_there()
            self.house.clock.move(self.random.choice([5.0, 40.0, 300.0, 4000.0]))
            if self.random.random() < 0.15:
                self._cancel_at = self.random.randint(1, 25)
            await self._round()
        self.house.double.between = None
        self.house.double.faults.is_on = False
        await self._settle()
        self._look()

    async def _round(self) -> None:
        self._task = asyncio.ensure_future(self.house.sync.step())
        try:
            await self._task
        except asyncio.CancelledError:
            self.house.again()
        self._task, self._cancel_at = None, 0
        self._note_clashes()

    def _note_clashes(self) -> None:
        for copy in self.house.store.issue_copies(is_clashing=True):
            self.asked += [(copy.card_id, clash) for clash in copy.clashes]

    async def _settle(self) -> None:
        for _ in range(_SETTLING):
            self.house.clock.move(400.0)
            await self.house.round()
            self._note_clashes()
            clashing = self.house.store.issue_copies(is_clashing=True)
            for copy in clashing:
                for clash in copy.clashes:
                    take = self.random.choice([MINE, THEIRS])
                    questions = Questions(self.house.boards._ledger)
                    questions.resolve(copy.card_id, clash.field, take, "minji")
            tracked = self.house.store.tracked()
            cards = self._shared()
            is_sent = all(
                (known := tracked.get(c.id)) is not None and known.synced_rev == c.rev
                for c in cards
            )
            if not clashing and is_sent and not self.house.store.outbox():
                # once more by the ids alone: what a search never showed is found so
                self.house.clock.move(90000.0)
                await self.house.round()
                return
        self.problems.append(f"not quiet: {self.house.store.outbox()}")

    # What is left

    def _shared(self) -> list[Card]:
        """Cards that are issues, or become them: not what was done before Jira knew it."""
        tracked = self.house.store.tracked()
        cards = self.house.store.cards()
        return [c for c in cards if c.id in tracked or c.column is not Column.DONE]

    def _look(self) -> None:
        store, site = self.house.store, self.house.site
        cards = {card.id: card for card in self._shared()}
        pairs = dict(store.issue_ids())
        if set(pairs) != set(site.issues) or set(pairs.values()) != set(cards):
            alone = sorted(set(site.issues) ^ set(pairs)), sorted(set(cards) ^ set(pairs.values()))
            self.problems.append(f"alone: {alone}")
            return
        keys = Counter(str(i["properties"]) for i in site.issues.values() if i["properties"])
        self.problems += [f"twice: {key}" for key, count in keys.items() if count > 1]
        for number, card_id in pairs.items():
            self._look_at(number, card_id)
        if self.is_scrum:
            self.problems += sprint_problems(self.house)
        where: dict[str, str] = {str(card): number for number, card in pairs.items()}
        where |= {number: number for number in pairs}
        for token, place in self.remarks.items():
            if place not in where:
                continue  # of a card that is here alone
            number = where[place]
            self._count_of(token, number, pairs[number])
        for token, place in self.labels.items():
            if place not in where:
                continue
            number = where[place]
            has = token in site.issues[number]["labels"], token in cards[pairs[number]].labels
            if has != (True, True):
                self.problems.append(f"label {token} of {pairs[number]}: {has}")

    def _look_at(self, number: str, card_id: CardId) -> None:
        card = self.house.store.card(card_id)
        mine = local_values(card)
        copy = self.house.copy_of(number)
        status = self.house.site.issues[number]["status"]
        if copy.remote["column"].raw.partition(" ")[0] != status:
            self.problems.append(f"{card_id}: the copy has another status")
        for name in _FIELDS:
            here, there = str(mine[name]), self._read(number, name)
            if here != there:
                self.problems.append(f"{card_id} {name}: {here!r} here, {there!r} there")
            self._head(card_id, name, here, self.here.get((card_id, name)), (number, name))
            self._head(card_id, name, here, self.there.get((number, name)), (number, name))

    def _head(
        self,
        card_id: CardId,
        name: str,
        last: str,
        writes: list[Write] | None,
        remote: tuple[str, str],
    ) -> None:
        """The last that a side wrote stands there, was seen by who wrote over it, or was asked."""
        if not writes or writes[-1].value == last:
            return
        head = writes[-1].value
        others = [*self.here.get((card_id, name), []), *self.there.get(remote, [])]
        is_seen = any(write.saw == head for write in others)
        is_asked = any(
            card == card_id and clash.field == name and head in (clash.mine, clash.theirs)
            for card, clash in self.asked
        )
        if not is_seen and not is_asked:
            self.problems.append(f"{card_id} {name}: {head!r} is lost, {last!r} is there")

    def _count_of(self, token: str, number: str, card_id: CardId) -> None:
        issue = self.house.site.issues[number]
        there = sum(1 for c in issue["comments"] if _says(_words(c["body"]), token))
        card = self.house.store.card(card_id)
        here = sum(1 for c in card.comments if _says(c.text, token))
        is_replaced = any(token in _words(body).split() for body in self.house.site.overwritten)
        wanted = 0 if token in self.taken_back else 1
        if (here, there) != (wanted, wanted) and not (is_replaced and here == there == 0):
            self.problems.append(f"remark {token} of {card_id}: {here} here, {there} there")


def _says(text: str, token: str) -> bool:
    return token in text.replace(":", " ").replace("*", " ").split()


def _words(body: Any) -> str:
    if isinstance(body, dict):
        return str(body.get("text", "")) + "".join(_words(n) for n in body.get("content", ()))
    return str(body)


def _token_in(text: str) -> str:
    found: list[str] = re.findall(r"\bw\d+\b", text)
    return found[-1]


async def run_once(folder: Path, seed: int) -> JiraRun:
    """One run, all of it from its seed but the order of what is sent side by side."""
    chance = random.Random(seed)  # noqa: S311 - the same seed, the same run
    faults = Faults(
        seed,
        cut_before=chance.uniform(0, 0.06),
        cut_after=chance.uniform(0, 0.06),
        busy=chance.uniform(0, 0.03),
        broken=chance.uniform(0, 0.03),
        conflict=chance.uniform(0, 0.08),
    )
    async with jira_house(folder, is_cloud=seed % 2 == 0, faults=faults) as house:
        house.site.lag_s = chance.choice([0.0, 20.0, 200.0])
        house.site.skew_s = chance.choice([0.0, -7200.0, 300.0, 86400.0])
        house.double.page = chance.choice([3, 50])
        is_scrum = seed % 4 >= 2
        house.site.board_type = "scrum" if is_scrum else "kanban"
        made = JiraRun(house, chance, is_scrum=is_scrum)
        await made.go()
        return made
