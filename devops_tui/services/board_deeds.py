"""What the rules of the house do to cards: by limits like everybody, told where they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from devops_tui.domain.automation import BoardRule, Deed, DeedDone, Trigger
from devops_tui.domain.board import Card
from devops_tui.domain.card_edit import LIST_LIMIT, CardEdit
from devops_tui.domain.card_query import Asker, parse
from devops_tui.domain.errors import LeaseLost, NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import CardId, FlipId, RunId
from devops_tui.domain.pipeline import Commit, Run
from devops_tui.domain.traffic import Flip
from devops_tui.domain.work import FlipTraffic
from devops_tui.ports.store import Store
from devops_tui.services.boards import Boards
from devops_tui.services.gone_back import taken_back
from devops_tui.services.pipelines import cards_named

WHO = "worker"


@dataclass(frozen=True, slots=True)
class _Cause:
    """What sets rules off.

    Attributes:
        subject: A run, a service, a card: for the report.
        why: Stands with what is done.
        run: To be tied to the card.
    """

    on: Trigger
    at: datetime
    subject: str
    why: str
    pipeline: str = ""
    run: RunId | None = None
    commits: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True)
class Deeds:
    """The rules of one workspace; every call belongs inside a transaction."""

    store: Store
    boards: Boards
    rules: Sequence[BoardRule]

    def released(self, run: Run, at: datetime) -> list[DeedDone]:
        """A release ended well: its cards."""
        why = f"released by {run.id}"
        cause = _Cause(Trigger.RELEASED, at, run.id, why, run.plan.pipeline, run.id)
        return self._on_cards(cause, run.cards)

    def named(self, run: Run, at: datetime) -> list[DeedDone]:
        """A run was made of commits that name cards."""
        own = (run.plan.commit,) if run.plan.commit is not None else ()
        commits = tuple({c.id: c for c in (*run.commits, *own)}.values())
        why = f"named by a commit of {run.id}"
        cause = _Cause(Trigger.COMMIT, at, run.id, why, run.plan.pipeline, None, commits)
        return self._on_cards(cause, run.cards)

    def rolled_back(self, event: Event) -> list[DeedDone]:
        """Releases were taken back: their cards, and a card for the trouble itself.

        `event` is the commit of the flip that takes back: by an undo, or by bringing an
        earlier file. One that goes forward, or forward again, sets nothing off.
        """
        try:
            flip = self.store.flip(FlipId(str(event.data.get("flip") or "")))
        except NotFound:  # retention took it
            return []
        gone = taken_back(self.store, flip)
        if not gone:
            return []
        runs = [run for each in gone if (run := self._run_of(each)) is not None]
        name = f" ({', '.join(run.id for run in runs)})" if runs else ""
        why = f"{event.subject} was rolled back{name}"
        pipeline = runs[0].plan.pipeline if runs else ""
        first = runs[0].id if runs else None
        cause = _Cause(Trigger.ROLLED_BACK, event.at, event.subject, why, pipeline, first)
        done: list[DeedDone] = []
        for run in runs:
            done += self._on_cards(replace(cause, run=run.id), run.cards)
        told = f"{why} by {event.actor}: {event.why}" if event.why else f"{why} by {event.actor}"
        for rule in self._rules(cause):
            if rule.do is Deed.FILE:
                done.append(self._file(rule, cause, f"rollback:{gone[0].id}", told))
        return done

    def _run_of(self, flip: Flip) -> Run | None:
        try:
            return self.store.run(flip.run_id) if flip.run_id else None
        except NotFound:
            return None

    def idle(self, rule: BoardRule, card: Card, at: datetime, days: int) -> DeedDone:
        """A card stood still for so long: what is to be done to it beside telling."""
        why = f"in {self.boards.rules.place_of(card)} for {days} days"
        return self._tried(rule, _Cause(Trigger.IDLE, at, card.id, why), card)

    def _rules(self, cause: _Cause) -> list[BoardRule]:
        return [r for r in self.rules if r.on is cause.on and r.is_for(cause.pipeline)]

    def _on_cards(self, cause: _Cause, cards: Sequence[str]) -> list[DeedDone]:
        rules = [rule for rule in self._rules(cause) if rule.do is not Deed.FILE]
        done: list[DeedDone] = []
        for name in cards if rules else ():
            try:
                card = self.store.card(CardId(name))
            except NotFound:  # a commit may name a card that does not exist: nothing of ours
                continue
            asker = Asker("", cause.at)
            meant = [r for r in rules if not r.where or parse(r.where)(card, asker)]
            done += [self._tried(rule, cause, self.store.card(card.id)) for rule in meant]
            if meant and cause.run is not None:
                self.boards.comment(card.id, WHO, cause.why, cause.run)
        return done

    def _tried(self, rule: BoardRule, cause: _Cause, card: Card) -> DeedDone:
        done = DeedDone(cause.at, str(rule), cause.subject, card.id, "done", cause.why)
        if card.archived_at is not None:
            return replace(done, what="same", told=f"{card.id} is archived")
        try:
            told = self._do(rule, cause, card)
        except LeaseLost:
            raise
        except Refused as error:
            data = {"rule": str(rule), "title": card.title}
            self.store.append(Event("automation.refused", card.id, cause.at, WHO, str(error), data))
            return replace(done, what="refused", told=str(error))
        return replace(done, told=told) if told else replace(done, what="same", told="is so")

    def _do(self, rule: BoardRule, cause: _Cause, card: Card) -> str:
        """What was done, in one line; empty when it was so already."""
        place = self.boards.rules.place_of(card)
        if rule.do is Deed.MOVE and rule.to is not None and place != rule.to:
            over = cause.why if rule.is_over_limit else ""
            self.boards.move(
                card.id, rule.to, WHO, why=cause.why, override_why=over, is_automation=True
            )
            return f"{card.id} from {place} to {rule.to}"
        if rule.do is Deed.COMMENT:
            self.boards.comment(card.id, WHO, rule.text)
            return f"a remark on {card.id}"
        if rule.do is Deed.LABEL and rule.text not in card.labels:
            edit = CardEdit(labels=f"+{rule.text}")
            self.boards.edit(card.id, edit, WHO, is_automation=True)
            return f"{rule.text} on {card.id}"
        if rule.do is Deed.LINK:
            return self._link(cause, card)
        return ""

    def _link(self, cause: _Cause, card: Card) -> str:
        prefix = card.id.rpartition("-")[0]
        known = {link.name for link in card.links}
        naming = [c.short for c in cause.commits if card.id in cards_named(prefix, [c])]
        fresh = [name for name in naming if name not in known][: LIST_LIMIT - len(card.links)]
        if not fresh:
            return ""
        words = ", ".join(f"+commit:{name}" for name in fresh)
        self.boards.edit(card.id, CardEdit(links=words), WHO, is_automation=True)
        return f"{', '.join(fresh)} on {card.id}"

    def _file(self, rule: BoardRule, cause: _Cause, fingerprint: str, told: str) -> DeedDone:
        done = DeedDone(cause.at, str(rule), cause.subject, "", "same", "")
        known = self.store.card_by_fingerprint(fingerprint)
        if known is not None:
            return replace(done, card_id=known.id, told=f"{known.id} is its card")
        edit = CardEdit(service=cause.subject, links=f"release:{cause.subject}")
        card = self.boards.add(
            cause.why,
            WHO,
            rule.kind,
            text=told,
            fingerprint=fingerprint,
            runs=(cause.run,) if cause.run is not None else (),
            edit=edit,
        )
        return replace(done, card_id=card.id, what="done", told=f"{card.id}: {card.title}")


def filing_rule(rules: Sequence[BoardRule], pipeline: str) -> BoardRule | None:
    """The rule by which a failed stage gets a card; None when it gets none."""
    found = (r for r in rules if r.on is Trigger.STAGE_FAILED and r.is_for(pipeline))
    return next(found, None)


def is_release(run: Run) -> bool:
    """Whether the run changes which colour serves."""
    return any(isinstance(j.work, FlipTraffic) for s in run.plan.stages for j in s.jobs)
