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
from devops_tui.domain.logic import Logic, LogicReader, decide, tests_of
from devops_tui.domain.tokens import Token

MAX_CHARACTERS = 240
UNREACHABLE = "unreachable"
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


Rule = Logic[Test | Gone]


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """The rule that a text says.

    Raises:
        BadCondition: It says none; with the place of the first thing that is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadCondition(0, f"more than {MAX_CHARACTERS} characters", "make it shorter")
    return _Reader(text, _TOKEN, _no_token).whole()


def judge(rule: Rule, frame: Frame) -> bool | None:
    """Whether it holds for a host now; None while nobody knows."""

    def holds(test: Test | Gone) -> bool | None:
        if isinstance(test, Gone):
            return None if frame.link is LinkState.CONNECTING else frame.link in _GONE
        if frame.sample is None or frame.link is not LinkState.LIVE:
            return None
        value = getattr(frame.sample, BY_NAME[test.metric].field)
        return None if value is None else _SIGNS[test.sign](value, test.bound)

    return decide(rule, holds)


def metrics_of(rule: Rule) -> tuple[str, ...]:
    """The figures that it speaks of, each once."""
    told = (test.metric for test in tests_of(rule) if isinstance(test, Test))
    return tuple(dict.fromkeys(told))


class _Reader(LogicReader[Test | Gone]):
    EXAMPLE = "write one like `cpu > 90 %`"

    def wrong(self, at: int, what: str, todo: str) -> BadCondition:
        return BadCondition(at, what, todo)

    def test(self) -> Test | Gone:
        subject = self.take("a figure, like cpu")
        if subject.text == UNREACHABLE:
            return Gone()
        metric = BY_NAME.get(subject.text)
        if metric is None:
            known = f"write {UNREACHABLE} or one of {', '.join(BY_NAME)}"
            raise BadCondition(subject.at, f"unknown figure `{subject.text}`", known, subject.text)
        sign = self.take("a sign: >, >=, < or <=")
        if sign.text not in _SIGNS:
            raise BadCondition(sign.at, f"`{sign.text}` is no sign", "write >, >=, < or <=")
        bound = self.take("a number")
        if not bound.text[0].isdigit():
            raise BadCondition(bound.at, f"`{bound.text}` is no number", "write a number")
        return Test(metric.name, sign.text, float(bound.text) * self._factor(metric.unit, bound))

    def _factor(self, unit: Unit, bound: Token) -> float:
        if unit is Unit.RATIO:
            if not self.skips("%"):
                at = bound.at + len(bound.text)
                raise BadCondition(at, "the unit is missing", "write %, as in `cpu > 90 %`")
            return 0.01
        if unit is Unit.BYTES_S:
            token = self.take(f"the unit: {', '.join(_SIZES)}")
            if token.text not in _SIZES:
                todo = f"write one of {', '.join(_SIZES)}"
                raise BadCondition(token.at, f"`{token.text}` is no unit here", todo)
            return _SIZES[token.text]
        return 1.0


def _no_token(at: int, character: str) -> BadCondition:
    return BadCondition(at, f"`{character}` does not belong here", "leave it out")
