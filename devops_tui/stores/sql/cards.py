"""The board's cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from devops_tui.domain.board import Card, Column
from devops_tui.domain.errors import NotFound, RevisionConflict
from devops_tui.domain.ids import CardId
from devops_tui.stores.sql.database import Database
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_PLACES = {column: f"{index} {column.value}" for index, column in enumerate(Column)}
_ARCHIVE = "9 archive"  # behind every column
_FEW = 200  # so many are asked for by their ids rather than all there are
_SIZES = (1, 8, 40)
"""So many ids stand in one statement: each costs a round trip, and few texts are prepared."""

_Known = tuple[int, str, Card]


class SqlCards(SqlJournal):
    """Implements ports.store.Cards."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._decoded: dict[str, _Known] = {}  # what was read last, by id
        self._written: set[str] = set()  # ids, until they were read outside of a transaction
        self._open = 0  # transactions that are under way, one in the other
        self._listed: tuple[int, Sequence[Card]] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._open += 1
        try:
            with super().transaction():
                yield
        finally:
            self._open -= 1

    def next_card_number(self) -> int:
        return self._next("card")

    def add_card(self, card: Card) -> None:
        self._written.add(card.id)
        self._db.execute(
            "INSERT INTO card (id, place, rank, rev, fingerprint, body) VALUES (?, ?, ?, ?, ?, ?)",
            (card.id, _place(card), card.rank, card.rev, card.fingerprint, dump(card)),
        )

    def card(self, card_id: CardId) -> Card:
        row = self._db.row("SELECT body FROM card WHERE id = ?", (card_id,))
        if row is None:
            raise NotFound(f"no card {card_id}", "`devops-tui board` lists them.")
        return load(Card, row[0])

    def cards(self) -> Sequence[Card]:
        state = self._db.state()
        if self._listed is not None and state is not None and self._listed[0] == state:
            return self._listed[1]
        found = self._read_cards()
        if not self._open and state is not None:  # what is read inside may be rolled back
            self._listed = (state, found)
        return found

    def _read_cards(self) -> Sequence[Card]:
        sql = "SELECT id, rev FROM card WHERE place < ? ORDER BY place, rank, id"
        rows = self._db.rows(sql, (_ARCHIVE,))
        before = self._decoded
        # what this connection wrote may have been rolled back: its revision proves nothing
        written = self._written
        wanted = [
            card_id
            for card_id, rev in rows
            if card_id not in before or before[card_id][0] != rev or card_id in written
        ]
        for card_id, body in self._bodies_of(wanted).items():
            known = before.get(card_id)
            if known is None or known[1] != body:
                card = load(Card, body)
                before[card_id] = (card.rev, body, card)
        if not self._open:  # what was read now is what was committed
            written.clear()
        if len(before) != len(rows):  # some were archived: what is not on the board goes
            self._decoded = {card_id: before[card_id] for card_id, _ in rows if card_id in before}
        return [known[2] for card_id, _ in rows if (known := before.get(card_id)) is not None]

    def archived_cards(self) -> Sequence[Card]:
        found = self._bodies("SELECT body FROM card WHERE place = ?", Card, (_ARCHIVE,))
        return sorted(found, key=lambda card: (str(card.archived_at), card.id))

    def _bodies_of(self, wanted: Sequence[str]) -> dict[str, str]:
        if len(wanted) > _FEW:
            rows = self._db.rows("SELECT id, body FROM card WHERE place < ?", (_ARCHIVE,))
            asked = frozenset(wanted)
            return {card_id: body for card_id, body in rows if card_id in asked}
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _SIZES[-1]):
            some = list(wanted[start : start + _SIZES[-1]])
            size = next(size for size in _SIZES if size >= len(some))
            asked_for = some + some[-1:] * (size - len(some))
            held = ", ".join("?" * size)
            rows = self._db.rows(f"SELECT id, body FROM card WHERE id IN ({held})", asked_for)  # noqa: S608 - question marks
            found.update(dict(rows))
        return found

    def save_card(self, card: Card, expected_rev: int) -> None:
        self._written.add(card.id)
        changed = self._db.execute(
            "UPDATE card SET place = ?, rank = ?, rev = ?, fingerprint = ?, body = ? "
            "WHERE id = ? AND rev = ?",
            (
                _place(card),
                card.rank,
                card.rev,
                card.fingerprint,
                dump(card),
                card.id,
                expected_rev,
            ),
        )
        if changed != 1:
            raise RevisionConflict(
                f"{card.id} was changed by somebody else meanwhile", "Look at it and try again."
            )

    def card_by_fingerprint(self, fingerprint: str) -> Card | None:
        row = self._db.row(
            "SELECT body FROM card WHERE fingerprint = ? AND fingerprint <> ''", (fingerprint,)
        )
        return load(Card, row[0]) if row else None


def _place(card: Card) -> str:
    return _PLACES[card.column] if card.archived_at is None else _ARCHIVE
