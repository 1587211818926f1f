"""The board's cards."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.board import Card, Column
from devops_tui.domain.errors import NotFound, RevisionConflict
from devops_tui.domain.ids import CardId
from devops_tui.stores.sql.database import Database
from devops_tui.stores.sql.journal import SqlJournal, dump, load

_PLACES = {column: f"{index} {column.value}" for index, column in enumerate(Column)}
_ARCHIVE = "9 archive"  # behind every column


class SqlCards(SqlJournal):
    """Implements ports.store.Cards."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._decoded: dict[str, tuple[str, Card]] = {}  # what was read last, by id

    def next_card_number(self) -> int:
        return self._next("card")

    def add_card(self, card: Card) -> None:
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
        sql = "SELECT id, body FROM card WHERE place < ? ORDER BY place, rank, id"
        before, self._decoded = self._decoded, {}
        for card_id, body in self._db.rows(sql, (_ARCHIVE,)):
            known = before.get(card_id)
            is_same = known is not None and known[0] == body
            self._decoded[card_id] = known if is_same and known else (body, load(Card, body))
        return [card for _, card in self._decoded.values()]

    def save_card(self, card: Card, expected_rev: int) -> None:
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
