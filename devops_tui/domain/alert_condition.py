"""Conditions of alerts: a small language over the figures of one host.

    any  = all { "or" all }
    all  = not { "and" not }
    not  = "not" not | "(" any ")" | "unreachable" | test
    test = metric (">" | ">=" | "<" | "<=") number [ unit ]

Metrics are the words of domain.history.METRICS. What a host does not say is unknown, and
so is what depends on it: unknown is never an alert.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from devops_tui.domain.condition import BadCondition
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.history import BY_NAME, Unit
from devops_tui.domain.tokens import Token, tokens

MAX_CHARACTERS = 240
UNREACHABLE = "unreachable"
_MAX_DEPTH = 20
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>>=|<=|[<>()%])|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z_/]*))"""
)
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_SIZES = {"B/s": 1.0, "KiB/s": 1024.0, "MiB/s": 1024.0**2, "GiB/s": 1024.0**3,
          "kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9}  # fmt: skip
_GONE = frozenset(
    {LinkState.STALE, LinkState.UNREACHABLE, LinkState.KEY_UNKNOWN, LinkState.KEY_CHANGED,
     LinkState.LOGIN_REFUSED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """A figure against a bound, in the unit of the figure."""

    metric: str
    sign: str
    bound: float


@dataclass(frozen=True, slots=True)
class Gone:
    """The host does not answer."""


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    inner: Rule


@dataclass(frozen=True, slots=True)
class Join:
    """All of the parts, or any of them."""

    is_all: bool
    parts: tuple[Rule, ...]


Rule = Test | Gone | Not | Join


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """The rule that a text says.

    Raises:
        BadCondition: It says none; with the place of the first thing that is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadCondition(0, f"more than {MAX_CHARACTERS} characters", "make it shorter")
    return _Reader(text).whole()


def judge(rule: Rule, frame: Frame) -> bool | None:
    """Whether it holds for a host now; None while nobody knows."""
    if isinstance(rule, Gone):
        return None if frame.link is LinkState.CONNECTING else frame.link in _GONE
    if isinstance(rule, Test):
        if frame.sample is None or frame.link is not LinkState.LIVE:
            return None
        value = getattr(frame.sample, BY_NAME[rule.metric].field)
        return None if value is None else _SIGNS[rule.sign](value, rule.bound)
    if isinstance(rule, Not):
        inner = judge(rule.inner, frame)
        return None if inner is None else not inner
    found = [judge(part, frame) for part in rule.parts]
    decisive = not rule.is_all
    if decisive in found:
        return decisive
    return None if None in found else rule.is_all


def metrics_of(rule: Rule) -> tuple[str, ...]:
    """The figures that it speaks of, each once."""
    if isinstance(rule, Test):
        return (rule.metric,)
    if isinstance(rule, Not):
        return metrics_of(rule.inner)
    if isinstance(rule, Join):
        return tuple(dict.fromkeys(name for part in rule.parts for name in metrics_of(part)))
    return ()


class _Reader:
    """Reads by recursive descent; every mistake is that of the token at hand."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text, _TOKEN, _no_token))
        self._end = len(text.rstrip())
        self._next = 0
        self._depth = 0

    def whole(self) -> Rule:
        found = self._any()
        token = self._peek()
        if token is not None:
            raise BadCondition(token.at, f"`{token.text}` does not belong here", "leave it out")
        return found

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, what: str, todo: str) -> Token:
        token = self._peek()
        if token is None:
            raise BadCondition(self._end, f"{what} is missing", todo)
        self._next += 1
        return token

    def _skips(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.text != word:
            return False
        self._next += 1
        return True

    def _any(self) -> Rule:
        parts = [self._all()]
        while self._skips("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Join(False, tuple(parts))

    def _all(self) -> Rule:
        parts = [self._not()]
        while self._skips("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Join(True, tuple(parts))

    def _not(self) -> Rule:
        token = self._take("a condition", "write one like `cpu > 90 %`")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BadCondition(token.at, "too many brackets", "make it simpler")
        try:
            if token.text == "not":
                return Not(self._not())
            if token.text == "(":
                inner = self._any()
                if not self._skips(")"):
                    at = self._end if (after := self._peek()) is None else after.at
                    raise BadCondition(at, "`)` is missing", "close the bracket")
                return inner
        finally:
            self._depth -= 1
        return Gone() if token.text == UNREACHABLE else self._test(token)

    def _test(self, subject: Token) -> Rule:
        metric = BY_NAME.get(subject.text)
        if metric is None:
            known = f"write {UNREACHABLE} or one of {', '.join(BY_NAME)}"
            raise BadCondition(subject.at, f"unknown figure `{subject.text}`", known, subject.text)
        sign = self._take("a sign", "write >, >=, < or <=")
        if sign.text not in _SIGNS:
            raise BadCondition(sign.at, f"`{sign.text}` is no sign", "write >, >=, < or <=")
        bound = self._take("a number", "write a number")
        if not bound.text[0].isdigit():
            raise BadCondition(bound.at, f"`{bound.text}` is no number", "write a number")
        return Test(metric.name, sign.text, float(bound.text) * self._factor(metric.unit, bound))

    def _factor(self, unit: Unit, bound: Token) -> float:
        if unit is Unit.RATIO:
            if not self._skips("%"):
                at = bound.at + len(bound.text)
                raise BadCondition(at, "the unit is missing", "write %, as in `cpu > 90 %`")
            return 0.01
        if unit is Unit.BYTES_S:
            token = self._take("the unit", f"write one of {', '.join(_SIZES)}")
            if token.text not in _SIZES:
                todo = f"write one of {', '.join(_SIZES)}"
                raise BadCondition(token.at, f"`{token.text}` is no unit here", todo)
            return _SIZES[token.text]
        return 1.0


def _no_token(at: int, character: str) -> BadCondition:
    return BadCondition(at, f"`{character}` does not belong here", "leave it out")
