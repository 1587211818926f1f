"""What a board has to do, said a second time and as simply as possible, to compare with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

BACKLOG, PLANNED, IN_WORK, DONE = COLUMNS = ("Backlog", "Planned", "InWork", "Done")
OWNER, MASTER = "owner", "master"
LEVELS = 1000

OK, SAME = "ok", "same"
CONFLICT, NOT_ALLOWED, FULL, NOTHING, GONE = (
    "RevisionConflict",
    "NotAllowed",
    "LimitReached",
    "Refused",
    "NotFound",
)


class No(Exception):
    """What the real board raises, by its name."""


@dataclass(frozen=True)
class Said:
    """Everything that an undo has to bring back."""

    column: str
    rank: float
    title: str
    labels: tuple[str, ...] = ()
    is_archived: bool = False


@dataclass
class Change:
    """One change of one card by one operator, with the revisions that name before and after."""

    card: str
    before: Said | None
    after: Said
    rev_before: int
    rev_after: int


@dataclass
class Past:
    """What one operator can take back, and do again: groups, the newest last."""

    done: list[list[Change]] = field(default_factory=list)
    undone: list[list[Change]] = field(default_factory=list)


class BoardModel:
    """One board of operators; the first is the product owner, the second the scrum master."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = limits
        self.cards: dict[str, tuple[int, Said]] = {}
        self.pasts: dict[str, Past] = {}
        self._of_card: dict[str, list[Change]] = {}
        self._followed: list[tuple[Change, tuple[int, int]]] = []  # what a refusal takes back

    def board(self) -> list[tuple[str, int, Said]]:
        """What every screen has to show, column by column, the top first."""
        shown = [(name, rev, said) for name, (rev, said) in self.cards.items()]
        shown = [entry for entry in shown if not entry[2].is_archived]
        return sorted(shown, key=lambda e: (COLUMNS.index(e[2].column), e[2].rank, e[0]))

    def do(self, actor: str, act: str, arguments: Sequence[object]) -> str:
        """Does what an operator asked for: "ok", "same", or the name of the refusal."""
        kept, self._followed = dict(self.cards), []
        try:
            changes: list[Change] = getattr(self, f"_{act}")(actor, *arguments)
        except No as refusal:
            self.cards = kept
            for change, was in reversed(self._followed):
                change.rev_before, change.rev_after = was
            return str(refusal)
        if act in ("undo", "redo"):
            return OK
        if not changes:
            return SAME
        past = self.pasts.setdefault(actor, Past())
        for change in changes:
            self._of_card.setdefault(change.card, []).append(change)
        past.done.append(changes)
        past.undone.clear()
        del past.done[:-LEVELS]
        return OK

    # What operators do

    def _add(self, _: str, card: str, title: str) -> list[Change]:
        said = Said(BACKLOG, self._last(BACKLOG, ""), title)
        self.cards[card] = (1, said)
        return [Change(card, None, said, 0, 1)]

    def _move(self, actor: str, card: str, to: str, rev: int, before: str = "") -> list[Change]:
        now = self._seen(card, rev)
        if now.is_archived:
            raise No(GONE)
        moved = replace(now, column=to, rank=self._place(to, before, card))
        return self._changed(actor, card, now, moved)

    def _together(self, actor: str, cards: Sequence[tuple[str, int]], to: str) -> list[Change]:
        return [change for card, rev in cards for change in self._move(actor, card, to, rev)]

    def _edit(
        self, actor: str, card: str, rev: int, title: str, labels: Sequence[str]
    ) -> list[Change]:
        now = self._seen(card, rev)
        said = replace(now, title=title, labels=tuple(dict.fromkeys(labels)))
        return self._changed(actor, card, now, said)

    def _archive(self, actor: str, card: str, rev: int) -> list[Change]:
        now = self._seen(card, rev)
        return self._changed(actor, card, now, replace(now, is_archived=True))

    def _undo(self, actor: str) -> list[Change]:
        past = self.pasts.setdefault(actor, Past())
        if not past.done:
            raise No(NOTHING)
        group = past.done[-1]
        for change in reversed(group):
            self._turn(actor, change, is_undo=True)
        past.undone.append(past.done.pop())
        return group

    def _redo(self, actor: str) -> list[Change]:
        past = self.pasts.setdefault(actor, Past())
        if not past.undone:
            raise No(NOTHING)
        group = past.undone[-1]
        for change in group:
            self._turn(actor, change, is_undo=False)
        past.done.append(past.undone.pop())
        return group

    # The rules

    def _turn(self, actor: str, change: Change, *, is_undo: bool) -> None:
        named = change.rev_after if is_undo else change.rev_before
        rev, now = self.cards.get(change.card, (0, None))
        if rev != named:
            raise No(CONFLICT)
        wanted = change.before if is_undo else change.after
        if now is not None and wanted is not None and change.before is not None:
            is_placed = change.before.rank != change.after.rank
            is_placed = is_placed or change.before.column != change.after.column
            wanted = wanted if is_placed else replace(wanted, rank=now.rank)
        if now is not None and wanted is not None:
            self._allow(actor, change.card, now, wanted)
        fresh = (rev if now is not None else change.rev_after) + 1 if wanted is not None else 0
        if wanted is None:
            del self.cards[change.card]
        else:
            self.cards[change.card] = (fresh, wanted)
        self._follow(change.card, change.rev_before if is_undo else change.rev_after, fresh)

    def _follow(self, card: str, old: int, new: int) -> None:
        for change in self._of_card.get(card, ()):
            was = change.rev_before, change.rev_after
            if old in was and old != new:
                self._followed.append((change, was))
                change.rev_before = new if was[0] == old else was[0]
                change.rev_after = new if was[1] == old else was[1]

    def _changed(self, actor: str, card: str, now: Said, wanted: Said) -> list[Change]:
        if now == wanted:
            return []
        self._allow(actor, card, now, wanted)
        rev = self.cards[card][0]
        self.cards[card] = (rev + 1, wanted)
        return [Change(card, now, wanted, rev, rev + 1)]

    def _allow(self, actor: str, card: str, now: Said, wanted: Said) -> None:
        is_owner = actor == OWNER
        if now.is_archived != wanted.is_archived:
            if now.column == BACKLOG and not is_owner:
                raise No(NOT_ALLOWED)
            if now.is_archived and self._is_full(card, wanted.column):
                raise No(FULL)
        elif now.column != wanted.column:
            is_owners = BACKLOG in (now.column, wanted.column) and not is_owner
            is_full = self._is_full(card, wanted.column)
            if is_full and (actor == MASTER or not is_owners):
                raise No(FULL)
            if is_owners:
                raise No(NOT_ALLOWED)
        elif now.rank != wanted.rank and now.column == BACKLOG and not is_owner:
            raise No(NOT_ALLOWED)

    def _seen(self, card: str, rev: int) -> Said:
        if card not in self.cards:
            raise No(GONE)
        known, said = self.cards[card]
        if known != rev:
            raise No(CONFLICT)
        return said

    def _is_full(self, card: str, column: str) -> bool:
        there = sum(1 for name in self._in(column) if name != card)
        return there >= self.limits.get(column, 1 << 30)

    def _in(self, column: str) -> list[str]:
        return [name for name, _, said in self.board() if said.column == column]

    def _last(self, column: str, without: str) -> float:
        there = [self.cards[n][1].rank for n in self._in(column) if n != without]
        return max(there, default=0.0) + 1.0

    def _place(self, column: str, before: str, card: str) -> float:
        there = [name for name in self._in(column) if name != card]
        if before not in there:
            return self._last(column, card)
        index = there.index(before)
        rank = self.cards[before][1].rank
        above = self.cards[there[index - 1]][1].rank if index else rank - 2.0
        if above < (above + rank) / 2.0 < rank:
            return (above + rank) / 2.0
        for place, name in enumerate(there, 1):
            rev, said = self.cards[name]
            if said.rank != float(place):
                self.cards[name] = (rev + 1, replace(said, rank=float(place)))
                self._follow(name, rev, rev + 1)
        return self._place(column, before, card)
