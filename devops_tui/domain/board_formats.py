"""Boards as CSV and JSON, there and back without loss."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from devops_tui.domain.board_file import FIELDS, LISTS, FiledCard
from devops_tui.domain.board_foreign import from_github, from_trello
from devops_tui.domain.board_markdown import from_markdown, to_markdown
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json

_FORMAT = "devops-tui board 1"


def to_csv(cards: Sequence[FiledCard]) -> str:
    """One line a card; a list is one cell of lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("id", *FIELDS, "base", "origin", "kept"))
    for card in cards:
        cells = [_cell(card.values.get(name, "")) for name in FIELDS]
        kept = json.dumps(card.kept, ensure_ascii=False, sort_keys=True)
        writer.writerow((card.card_id, *cells, card.base, card.origin, kept))
    return text.getvalue()


def from_csv(text: str) -> list[FiledCard]:
    """Cards of a table whose first line names the columns; the order is free, most may lack.

    Raises:
        Refused: It has no column `title`, or a line is broken.
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Refused(f"no CSV: {error}", "Look at its quotes.") from None
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    if "title" not in heads:
        raise Refused("no column `title` in the first line", "Export a board to see the columns.")
    found = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) > len(heads):
            raise Refused(f"row {number} has more cells than the first", "Look at its quotes.")
        cells = dict(zip(heads, row, strict=False))
        values = {n: _value(n, cells[n]) for n in FIELDS if n in cells}
        kept = cells.get("kept", "")
        found.append(
            FiledCard(
                cells.get("id", "").strip(),
                values,
                cells.get("base", ""),
                cells.get("origin", ""),
                _object(kept) if kept else {},
            )
        )
    return found


def to_json(cards: Sequence[FiledCard]) -> str:
    """One object that says its format, and the cards in their order."""
    told = [
        {"id": c.card_id, **c.values, "base": c.base, "origin": c.origin, "kept": c.kept}
        for c in cards
    ]
    return json.dumps({"format": _FORMAT, "cards": told}, indent=2, ensure_ascii=True) + "\n"


def from_json(text: str) -> list[FiledCard]:
    """Cards of ours, of a Trello board, or of a list of GitHub issues.

    Raises:
        Refused: It is none of them.
    """
    try:
        data: Json = json.loads(text)
    except ValueError as error:
        raise Refused(f"no JSON: {error}", "Look at that place.") from None
    try:
        if isinstance(data, dict) and data.get("format") == _FORMAT:
            return [_from_object(card) for card in data["cards"]]
        if isinstance(data, dict) and "cards" in data and "lists" in data:
            return from_trello(data)
        if isinstance(data, list) and all(isinstance(i, dict) and "title" in i for i in data):
            return from_github(data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refused(f"a card is not as it should be: {error}", "Export it again.") from None
    raise Refused(
        "neither a board of ours, of Trello, nor GitHub issues",
        "`gh issue list --json number,title,body,labels,assignees,state,url` writes the last.",
    )


def _from_object(card: Mapping[str, Json]) -> FiledCard:
    values = {
        n: tuple(str(v) for v in card[n]) if n in LISTS else str(card[n])
        for n in FIELDS
        if n in card
    }
    base, origin = str(card.get("base", "")), str(card.get("origin", ""))
    return FiledCard(str(card.get("id", "")), values, base, origin, dict(card.get("kept", {})))


def _cell(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    plain = all(v and v == v.strip() and "\n" not in v and "\r" not in v for v in value)
    is_safe = plain and not (value and value[0].startswith("["))
    return "\n".join(value) if is_safe else json.dumps(value, ensure_ascii=False)


def _value(name: str, cell: str) -> str | tuple[str, ...]:
    if name not in LISTS:
        return cell
    if cell.startswith("["):
        try:
            return tuple(str(v) for v in json.loads(cell))
        except ValueError:
            pass
    return tuple(line.strip() for line in cell.replace("\r\n", "\n").split("\n") if line.strip())


def _object(text: str) -> Mapping[str, Json]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


WRITERS: Mapping[str, Callable[[Sequence[FiledCard]], str]] = {
    "csv": to_csv,
    "json": to_json,
    "markdown": to_markdown,
}
READERS: Mapping[str, Callable[[str], list[FiledCard]]] = {
    "csv": from_csv,
    "json": from_json,
    "markdown": from_markdown,
}
