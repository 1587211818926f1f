"""Asking for cards: a small language for the filter of the board.

    any    = all { "or" all }
    all    = not { ["and"] not }
    not    = "not" not | "(" any ")" | test
    test   = field sign value | flag | text
    sign   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
    value  = word | 'text' | "text"

A word that is neither a field nor a flag is looked for in everything that a card says.
`=` asks whether one of several (labels, assignees) is that value, `~` whether the value
stands somewhere in it; case does not count. `me` is who asks, `none` is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.board import Card, Column, Priority
from devops_tui.domain.errors import Refused
from devops_tui.domain.logic import LogicReader, decide
from devops_tui.domain.tokens import Token

MAX_CHARACTERS = 500
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark><=|>=|!=|[=<>~()])|(?P<text>"[^"]*"|'[^']*')|(?P<word>[^\s()"'=!<>~]+))"""
)
_SIGNS = ("=", "!=", "<", "<=", ">", ">=", "~")
_KEYWORDS = frozenset({"and", "or", "not"})
_ORDER = {priority.value: float(-i) for i, priority in enumerate(Priority)}
_S_PER_DAY = 86400.0


class BadQuery(Refused):
    """A text that asks for nothing.

    Attributes:
        column: Where the mistake stands, from 1.
    """

    def __init__(self, at: int, what: str, todo: str) -> None:
        super().__init__(f"column {at + 1}: {what}", todo)
        self.column = at + 1


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when."""

    login: str
    now: datetime


Test = Callable[[Card, Asker], bool]
_Values = Callable[[Card], Sequence[str]]
_Number = Callable[[Card, Asker], float | None]

_FIELDS: dict[str, _Values] = {
    "id": lambda c: (c.id,),
    "title": lambda c: (c.title,),
    "text": lambda c: (c.text,),
    "kind": lambda c: (c.kind.value,),
    "column": lambda c: (c.place.value,),
    "phase": lambda c: (c.column.value,),
    "assignee": lambda c: c.assignees,
    "label": lambda c: c.labels,
    "priority": lambda c: (c.priority.value,),
    "service": lambda c: (c.service,) if c.service else (),
    "depends": lambda c: c.depends,
    "run": lambda c: c.runs,
    "link": lambda c: tuple(link.name for link in c.links),
    "due": lambda c: (c.due,) if c.due else (),
    "comment": lambda c: tuple(comment.text for comment in c.comments),
}
_NUMBERS: dict[str, _Number] = {
    "estimate": lambda c, _: c.estimate,
    "age": lambda c, a: (a.now - c.created_at).total_seconds() / _S_PER_DAY,
    "idle": lambda c, a: (a.now - c.moved_at).total_seconds() / _S_PER_DAY,
}
_FLAGS: dict[str, Test] = {
    "blocked": lambda c, _: bool(c.blocked),
    "expedite": lambda c, _: c.is_expedite,
    "mine": lambda c, a: a.login in c.assignees,
    "free": lambda c, _: not c.assignees,
    "overdue": lambda c, a: (
        bool(c.due) and c.due < a.now.date().isoformat() and c.column is not Column.DONE
    ),
}


def parse(text: str) -> Test:
    """The test that a text says; all cards pass an empty one.

    Raises:
        BadQuery: It says none; with the column of the first thing that is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadQuery(MAX_CHARACTERS, f"more than {MAX_CHARACTERS} characters", "Shorten it.")
    if not text.strip():
        return lambda _card, _asker: True
    logic = _Reader(text, _TOKEN, _no_token).whole()

    def test(card: Card, asker: Asker) -> bool:
        def holds(part: Test) -> bool:
            return part(card, asker)

        return decide(logic, holds) is True

    return test


class _Reader(LogicReader[Test]):
    NAME = "query"
    EXAMPLE = "write a word to look for"
    SURPLUS = "leave it out"

    def wrong(self, at: int, what: str, todo: str) -> BadQuery:
        return BadQuery(at, what, f"{todo[:1].upper()}{todo[1:]}.")

    def joins(self) -> bool:
        """What stands side by side is joined without a word as well."""
        return self.skips("and") or (self.token() is not None and self.peek() not in ("or", ")"))

    def test(self) -> Test:
        token = self.take("a field, a flag or a word to look for")
        if token.word in _SIGNS or token.word == ")" or token.word in _KEYWORDS:
            todo = f'Put a field before it, or quotes around it: "{token.text}".'
            raise BadQuery(token.at, f"`{token.text}` has nothing before it", todo)
        name = token.word.lower()
        if self.peek() in _SIGNS:
            return self._comparison(token, name)
        if name in _FLAGS:
            return _FLAGS[name]
        return _text(token.text)

    def _comparison(self, token: Token, name: str) -> Test:
        if name not in _FIELDS and name not in _NUMBERS:
            known = ", ".join((*_FIELDS, *_NUMBERS))
            raise BadQuery(token.at, f"`{token.text}` is no field", f"There are: {known}.")
        sign = self.take("").word
        value = self.take(f"what {name} is compared with")
        if value.word in _SIGNS or value.word in ("(", ")") or value.word in _KEYWORDS:
            todo = f'Put it in quotes: "{value.text}".'
            raise BadQuery(value.at, f"`{value.text}` is a word of the language", todo)
        if name in _NUMBERS:
            return _number(_NUMBERS[name], sign, value, name)
        if name == "priority":
            return _priority(sign, value)
        return _field(_FIELDS[name], sign, value)


def _text(text: str) -> Test:
    wanted = text.lower()

    def holds(card: Card, _: Asker) -> bool:
        return (
            wanted in card.title.lower()
            or wanted in card.id.lower()
            or wanted in card.text.lower()
            or any(wanted in word.lower() for word in (*card.labels, *card.assignees))
            or any(wanted in comment.text.lower() for comment in card.comments)
        )

    return holds


def _field(values: _Values, sign: str, value: Token) -> Test:
    wanted = value.text.lower()
    is_me = value.word == "me"
    if value.word == "none" and sign in ("=", "!="):
        return lambda card, _: (not values(card)) == (sign == "=")

    def holds(card: Card, asker: Asker) -> bool:
        asked = asker.login.lower() if is_me else wanted
        had = [v.lower() for v in values(card)]
        if sign == "=":
            return asked in had
        if sign == "!=":
            return asked not in had
        if sign == "~":
            return any(asked in v for v in had)
        return any(_is_ordered((v > asked) - (v < asked), sign) for v in had)

    return holds


def _is_ordered(way: int, sign: str) -> bool:
    """Whether the sign holds where the left side is below (-1), equal (0) or above (1)."""
    return (way == 0 and len(sign) > 1) or way == (-1 if sign[0] == "<" else 1)


def _number(of: _Number, sign: str, value: Token, name: str) -> Test:
    if value.word == "none" and sign in ("=", "!="):
        return lambda card, asker: (of(card, asker) is None) == (sign == "=")
    try:
        wanted = float(value.text)
    except ValueError:
        todo = "Days, like `idle > 3`." if name != "estimate" else "Points, like `estimate > 3`."
        raise BadQuery(value.at, f"`{value.text}` is no number", todo) from None
    if sign == "~":
        raise BadQuery(value.at, f"`~` asks nothing of {name}", "Write `=`, `<` or `>`.")

    def holds(card: Card, asker: Asker) -> bool:
        had = of(card, asker)
        if had is None:
            return sign == "!="
        if sign in ("=", "!="):
            return (had == wanted) == (sign == "=")
        return _is_ordered((had > wanted) - (had < wanted), sign)

    return holds


def _priority(sign: str, value: Token) -> Test:
    wanted = _ORDER.get(value.text.lower())
    if wanted is None:
        known = ", ".join(_ORDER)
        raise BadQuery(value.at, f"`{value.text}` is no priority", f"There are: {known}.")

    def holds(card: Card, _: Asker) -> bool:
        had = _ORDER[card.priority.value]
        if sign in ("=", "!=", "~"):
            return (had == wanted) == (sign != "!=")
        return _is_ordered((had > wanted) - (had < wanted), sign)

    return holds


def _no_token(at: int, character: str) -> BadQuery:
    if character in "\"'":
        return BadQuery(at, "a quote that is not closed", f"Close it: {character}")
    return BadQuery(at, "a single `!`", "Write `!=`, or `not`.")
