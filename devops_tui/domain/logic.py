"""What the small languages of operators share: and, or, not and brackets around tests.

    any = all { "or" all }
    all = not { "and" not }
    not = "not" not | "(" any ")" | test

A test may be unknown (None); what depends on it alone is unknown as well.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union, cast

from devops_tui.domain.tokens import Token, tokens

T = TypeVar("T")
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Not(Generic[T]):
    """The contrary."""

    inner: Logic[T]


@dataclass(frozen=True, slots=True)
class Join(Generic[T]):
    """All of the parts, or any of them."""

    is_all: bool
    parts: tuple[Logic[T], ...]


Logic = Union[T, Not[T], Join[T]]  # noqa: UP007 - a generic alias names its parts as strings


def decide(logic: Logic[Any], holds: Callable[[T], bool | None]) -> bool | None:
    """Whether it holds, when `holds` answers for its tests; None: nobody knows yet."""
    if isinstance(logic, Not):
        inner = decide(logic.inner, holds)
        return None if inner is None else not inner
    if not isinstance(logic, Join):
        return holds(cast("T", logic))
    is_unknown = False
    decisive = not logic.is_all
    for part in logic.parts:
        said = decide(part, holds)
        if said is decisive:
            return decisive
        is_unknown = is_unknown or said is None
    return None if is_unknown else logic.is_all


def tests_of(logic: Logic[T]) -> Iterator[T]:
    """Its tests, from left to right."""
    if isinstance(logic, Not):
        yield from tests_of(cast("Logic[T]", logic.inner))
    elif isinstance(logic, Join):
        for part in logic.parts:
            yield from tests_of(cast("Logic[T]", part))
    else:
        yield logic


class LogicReader(ABC, Generic[T]):
    """Reads by recursive descent; every mistake is that of the token at hand.

    Args:
        text: What was written.
        pattern: Of one token, as `tokens` takes it.
        no_token: Makes the error for a character that begins no token.
    """

    NAME = "condition"
    """What the whole is called in errors."""

    EXAMPLE = ""
    """What to write instead of nothing."""

    SURPLUS = "write `and`, `or`, or leave it out"
    """What to do with a word that follows the whole."""

    def __init__(
        self, text: str, pattern: re.Pattern[str], no_token: Callable[[int, str], Exception]
    ) -> None:
        self._tokens = list(tokens(text, pattern, no_token))
        self._end = len(text.rstrip())
        self._next = 0
        self._depth = 0

    @abstractmethod
    def wrong(self, at: int, what: str, todo: str) -> Exception:
        """The error for a mistake, `at` characters from the beginning."""

    @abstractmethod
    def test(self) -> T:
        """Reads one test."""

    def whole(self) -> Logic[T]:
        """Everything, to the last token."""
        if not self._tokens:
            raise self.wrong(0, f"an empty {self.NAME}", self.EXAMPLE)
        found = self._any()
        token = self.token()
        if token is not None:
            opened = "leave it out, or open it with `(` before"
            todo = opened if token.word == ")" else self.SURPLUS
            raise self.wrong(token.at, f"`{token.text}` does not belong here", todo)
        return found

    def joins(self) -> bool:
        """Whether another part of an `and` follows; takes the word that says so."""
        return self.skips("and")

    def token(self) -> Token | None:
        """The token at hand; None at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def peek(self) -> str:
        """The word at hand; empty at the end and before quoted text."""
        token = self.token()
        return token.word if token is not None else ""

    def skips(self, word: str) -> bool:
        """Whether that word is at hand; if so it is taken."""
        is_there = self.peek() == word
        self._next += is_there
        return is_there

    def take(self, wanted: str) -> Token:
        """The token at hand, whatever it is; `wanted` says what belongs there."""
        token = self.token()
        if token is None:
            raise self.wrong(self._end, f"the {self.NAME} ends too early", f"here stands {wanted}")
        self._next += 1
        return token

    def _any(self) -> Logic[T]:
        parts = [self._all()]
        while self.skips("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Join(False, tuple(parts))

    def _all(self) -> Logic[T]:
        parts = [self._not()]
        while self.joins():
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Join(True, tuple(parts))

    def _not(self) -> Logic[T]:
        if self.peek() not in ("not", "("):
            return self.test()
        token = self.take("a test")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.wrong(token.at, f"nested deeper than {MAX_DEPTH}", "make it simpler")
        found: Logic[T] = Not(self._not()) if token.word == "not" else self._bracket(token)
        self._depth -= 1
        return found

    def _bracket(self, opening: Token) -> Logic[T]:
        found = self._any()
        if not self.skips(")"):
            token = self.token()
            at = token.at if token is not None else self._end
            raise self.wrong(at, f"`(` of character {opening.at + 1} is open", "close it: `)`")
        return found
