r"""A board as Markdown that people read and edit by hand, there and back without loss.

    ## Planned
    ### SHOP-12 Basket forgets the voucher
    - kind: bug
    - labels: db, api

    Any text.

A card begins with `###`; lines `- field: value` right below it are its fields; what follows
is its text. A line of the text that begins with `#` or `\` gets a `\` before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from devops_tui.domain.board import Column
from devops_tui.domain.board_file import FIELDS, LISTS, PHASE, FiledCard
from devops_tui.domain.errors import Refused

_HEAD = re.compile(r"### (?:([A-Z][A-Z0-9_]*-[1-9][0-9]*)(?: |$))?(.*)", re.ASCII | re.DOTALL)
_ID = re.compile(r"[A-Z][A-Z0-9_]*-[1-9]", re.ASCII)
_FIELD = re.compile(r"- ([a-z]+):(?: (.*))?", re.DOTALL)
_OWN = ("base", "origin", "kept")
_ABOVE = ("title", "column", "text")


def to_markdown(cards: Sequence[FiledCard]) -> str:
    """Column by column; what a card does not have is left out."""
    lines = ["# Board", ""]
    for column, there in _by_column(cards).items():
        lines += [f"## {column}", ""]
        for card in there:
            lines += _card_lines(card)
    return "\n".join(lines)


def _by_column(cards: Sequence[FiledCard]) -> dict[str, list[FiledCard]]:
    """The cards of each column; a further one stands behind that which it belongs to."""
    found: dict[str, list[FiledCard]] = {}
    for phase in Column:
        found[phase.value] = []
        mine = (c for c in cards if c.kept.get(PHASE) == phase.value)
        found.update({str(card.values.get("column", "")): [] for card in mine})
    for card in cards:
        found.setdefault(str(card.values.get("column", "")), []).append(card)
    return found


def from_markdown(text: str) -> list[FiledCard]:
    """The cards of a file.

    Raises:
        Refused: A card stands below no column, or a field is none.
    """
    found: list[FiledCard] = []
    column = ""
    block: list[str] = []
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), "## end"], 1):
        if line.startswith(("## ", "### ")):
            if block:
                found.append(_card(block, column, number))
            block = []
            if line.startswith("## "):
                column = line[3:].strip()
                continue
            if not column:
                raise Refused(f"line {number}: a card below no column", "Put `## Backlog` above.")
            block = [line]
        elif block:
            block.append(line)
    return found


def _card_lines(card: FiledCard) -> list[str]:
    title = str(card.values.get("title", ""))
    is_like_an_id = not card.card_id and _ID.match(title)
    shown = f"\\{title}" if title.startswith("\\") or is_like_an_id else title
    lines = [f"### {card.card_id} {shown}" if card.card_id else f"### {shown}"]
    for name in FIELDS:
        value = card.values.get(name, "")
        if name not in _ABOVE and value:
            lines.append(f"- {name}: {_told(value)}")
    if card.base:
        lines.append(f"- base: {card.base}")
    if card.origin:
        lines.append(f"- origin: {card.origin}")
    if card.kept:
        lines.append(f"- kept: {json.dumps(card.kept, sort_keys=True)}")
    text = str(card.values.get("text", ""))
    if "\r" in text:
        lines.append(f"- text: {json.dumps(text)}")
    elif text:
        lines += ["", *(_escaped(line) for line in text.split("\n"))]
    return [*lines, ""]


def _card(block: Sequence[str], column: str, number: int) -> FiledCard:
    head = _HEAD.fullmatch(block[0])
    assert head is not None  # noqa: S101 - the block began with it
    values: dict[str, str | tuple[str, ...]] = {
        name: () if name in LISTS else "" for name in FIELDS if name not in ("kind", "priority")
    }
    values |= {"title": head[2].removeprefix("\\").strip(), "column": column}
    own: dict[str, str] = {}
    place = 1
    while place < len(block) and (field := _FIELD.fullmatch(block[place])):
        name, value = field[1], field[2] or ""
        if name in _OWN:
            own[name] = value
        elif name == "text":
            own[name] = str(_value(name, value))
        elif name in FIELDS and name not in _ABOVE:
            values[name] = _value(name, value)
        else:
            line = number - len(block) + place
            raise Refused(
                f"line {line}: a card has no field {name}", f"It has: {', '.join(FIELDS)}."
            )
        place += 1
    if place < len(block) and not block[place]:
        place += 1
    lines = list(block[place:])
    if lines and not lines[-1]:
        lines.pop()
    values["text"] = own.pop("text", "") or "\n".join(
        line[1:] if line.startswith("\\") else line for line in lines
    )
    try:
        kept = dict(json.loads(own.get("kept", "{}")))
    except (ValueError, TypeError):
        where = f"line {number - len(block)}"
        raise Refused(f"{where}: `kept` is no JSON any more", "Take that line out.") from None
    return FiledCard(head[1] or "", values, own.get("base", ""), own.get("origin", ""), kept)


def _told(value: str | tuple[str, ...]) -> str:
    """As people write it where that can be read back, else as JSON."""
    if isinstance(value, str):
        is_plain = value == value.strip() and value.isprintable() and value[0] not in '["'
        return value if is_plain else json.dumps(value)
    plain = all(v and v == v.strip() and v.isprintable() and "," not in v for v in value)
    is_plain = plain and value[0][0] not in '["'
    return ", ".join(value) if is_plain else json.dumps(value)


def _value(name: str, text: str) -> str | tuple[str, ...]:
    if text[:1] in ("[", '"'):
        try:
            read = json.loads(text)
        except ValueError:
            pass
        else:
            return tuple(str(v) for v in read) if isinstance(read, list) else str(read)
    if name in LISTS:
        return tuple(w.strip() for w in text.split(",") if w.strip())
    return text.strip()


def _escaped(line: str) -> str:
    return f"\\{line}" if line.startswith(("#", "\\")) else line
