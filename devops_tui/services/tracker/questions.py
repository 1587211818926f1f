"""How the two sides of the board stand, and what a person decides where they clash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from devops_tui.domain.board import Card, Column
from devops_tui.domain.board_rules import refuse_edit
from devops_tui.domain.card_change import ChangeKind
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import CardId
from devops_tui.domain.jira import JiraSettings
from devops_tui.domain.tracker import (
    GONE,
    ORDER,
    Clash,
    ClashKind,
    FieldBase,
    IssueCopy,
    Tracked,
    TrackedCard,
    TrackerStatus,
)
from devops_tui.domain.tracker_merge import local_values, merge
from devops_tui.ports.store import Store
from devops_tui.services.board_ledger import Ledger, moved_data
from devops_tui.services.tracker.book import ASKED, read_state
from devops_tui.services.tracker.remarks import to_send
from devops_tui.services.tracker.rules import at_end_of
from devops_tui.services.tracker.values import applied

MINE, THEIRS = "mine", "theirs"


def status(store: Store, settings: JiraSettings) -> TrackerStatus:
    """Read in one look."""
    with store.snapshot():
        tracked = store.tracked()
        cards = store.cards()
        return TrackerStatus(
            f"{settings.url} · {settings.project}"
            + (f" · board {settings.board}" if settings.board is not None else ""),
            settings.kind.value,
            read_state(store, settings),
            len(tracked),
            tuple(store.outbox()),
            tuple(store.issue_copies(is_clashing=True)),
            tuple(c.id for c in cards if is_unsent(c, tracked.get(c.id), settings)),
        )


def is_unsent(card: Card, known: Tracked | None, settings: JiraSettings) -> bool:
    """Whether a card says something that Jira was not told yet."""
    if known is None:
        return settings.creates and card.column is not Column.DONE
    return known.synced_rev != card.rev


def tracked_card(store: Store, settings: JiraSettings, card_id: CardId) -> TrackedCard:
    """What is known of the issue of a card.

    Raises:
        NotFound: There is no such card.
    """
    with store.snapshot():
        card, copy = store.card(card_id), store.issue_copy(card_id)
        if copy is None:
            return TrackedCard(card_id)
        rev = copy.updated.isoformat()
        send = merge(copy.base, local_values(card), copy.remote, rev).send
        asked = {clash.field for clash in copy.clashes}
        return TrackedCard(
            card_id,
            copy,
            f"{settings.url}/browse/{copy.key}",
            tuple(name for name in send if name not in asked),
            len(to_send(card, copy)),
            tuple(store.outbox(card_id)),
        )


def ask_for_round(store: Store) -> str:
    """Wants a round at once; what names the wish."""
    name = secrets.token_hex(6)
    store.save_mark(ASKED, name)
    return name


class Questions:
    """Answers to clashes: one transaction each, by the rules, with a name and a reason."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = ledger.store

    def resolve(self, card_id: CardId, name: str, take: str, actor: str, why: str = "") -> Card:
        """Decides one field: what is here counts, or what is there.

        Raises:
            NotFound: Nothing is asked about it.
            Refused: The rules do not let the actor do it, or there is no such answer.
        """
        with self._store.transaction():
            card = self._store.card(card_id)
            copy = self._store.issue_copy(card_id)
            clash = copy.clash(name) if copy is not None else None
            if copy is None or clash is None:
                raise NotFound(f"{card_id}: nothing is asked about {name}", _asked(copy))
            if take not in (MINE, THEIRS):
                raise Refused(f"no such answer: {take}", "Take `mine` or `theirs`.")
            refusal = refuse_edit(self._ledger.team, actor)
            if refusal is not None:
                raise refusal
            done = self._decided(card, copy, clash, take, actor, why)
            data: dict[str, Json] = {"field": name, "took": take, "issue": copy.key}
            data |= {"mine": encode(clash.mine), "theirs": encode(clash.theirs)}
            self._ledger.tell("card.clash_resolved", done, actor, why, data)
        return done

    def _decided(
        self, card: Card, copy: IssueCopy, clash: Clash, take: str, actor: str, why: str
    ) -> Card:
        left = tuple(c for c in copy.clashes if c.field != clash.field)
        copy = replace(copy, clashes=left)
        if clash.field == GONE:
            return self._gone(card, copy, clash, take, actor)
        there = copy.remote.get(clash.field)
        if clash.field == ORDER or there is None:
            self._store.save_issue_copy(copy)
            return card
        if take == THEIRS:
            card = self._taken(card, clash, actor, why)
        else:
            copy = replace(copy, forced=tuple(dict.fromkeys((*copy.forced, clash.field))))
        if clash.kind is not ClashKind.OVERTAKEN:  # there, both know what stands in Jira
            value = local_values(card)[clash.field] if take == THEIRS else there.value
            agreed = FieldBase(value, there.raw, copy.updated.isoformat())
            copy = replace(copy, base={**copy.base, clash.field: agreed})
        copy = replace(copy, synced_rev=0)
        self._store.save_issue_copy(copy)
        return card

    def _taken(self, card: Card, clash: Clash, actor: str, why: str) -> Card:
        """The card as the other side has it, by the rights of who says so."""
        cards = self._store.cards()
        if clash.field == "column":
            after = at_end_of(self._ledger, card, str(clash.theirs), cards)
            kind, data = ChangeKind.MOVE, moved_data(card, after)
        else:
            after = applied(card, {clash.field: clash.theirs})
            kind, data = ChangeKind.EDIT, {"changed": {clash.field: None}}
        if after == card:
            return card
        after = replace(after, rev=card.rev + 1)
        self._ledger.change(
            card, after, actor, kind, why=why or "as in Jira", override_why=why, data=data
        )
        return after

    def _gone(self, card: Card, copy: IssueCopy, clash: Clash, take: str, actor: str) -> Card:
        """Archives the card, or lets it become an issue anew."""
        if clash.kind is ClashKind.TWICE:
            self._store.save_issue_copy(copy)
        elif take == THEIRS:
            now = self._ledger.clock.now()
            after = replace(card, archived_at=now, rev=card.rev + 1)
            data = {"from": card.place.value}
            self._ledger.change(card, after, actor, ChangeKind.ARCHIVE, data=data)
            self._store.save_issue_copy(replace(copy, is_left=True))
            return after
        else:
            self._store.remove_issue_copy(card.id)
        return card


def _asked(copy: IssueCopy | None) -> str:
    names: Sequence[str] = [c.field for c in copy.clashes] if copy is not None else []
    return f"Asked about: {', '.join(names)}." if names else "`devops-tui jira conflicts` lists."
