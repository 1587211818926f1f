"""Queries of hosts: `cpu > 80 and group = web`, `state = hurt`, `name ~ ^web`.

    any   = all { "or" all }
    all   = not { "and" not }
    not   = "not" not | "(" any ")" | test
    test  = figure ("=" | "!=" | "<" | "<=" | ">" | ">=") number
          | word ("=" | "!=" | "~" | "!~") value
    figure = one of FIGURES: ratios in per cent, rates in bytes a second (10k, 5M)
    word   = "name" | "group" | "tag" | "state" | "from"

`~` is a regular expression found anywhere; case counts when it has a capital. A figure that
is unknown, or too old to be read as live, matches nothing, negated or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from devops_tui.domain.logic import Logic, LogicReader, decide
from devops_tui.domain.metric import Sample
from devops_tui.domain.tokens import Token

MAX_CHARACTERS = 500
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>>=|<=|!=|!~|==|[=<>~()])|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<word>[^\s()"'=!<>~]+))"""
)
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(%|k|M|G)?")
_TIMES = {"k": 1e3, "M": 1e6, "G": 1e9}


def _percent(of: Callable[[Sample], float | None]) -> Callable[[Sample], float | None]:
    def read(sample: Sample) -> float | None:
        ratio = of(sample)
        return None if ratio is None else ratio * 100

    return read


def _pressure(sample: Sample) -> float | None:
    told = (sample.pressure_cpu_ratio, sample.pressure_mem_ratio, sample.pressure_io_ratio)
    return max((ratio for ratio in told if ratio is not None), default=None)


FIGURES: Mapping[str, Callable[[Sample], float | None]] = {
    "cpu": _percent(lambda s: s.cpu_ratio),
    "mem": _percent(lambda s: s.mem_ratio),
    "swap": _percent(lambda s: s.swap_ratio),
    "disk": _percent(lambda s: s.disk_used_ratio),
    "busy": _percent(lambda s: s.disk_busy_ratio),
    "io": _percent(lambda s: s.iowait_ratio),
    "steal": _percent(lambda s: s.steal_ratio),
    "psi": _percent(_pressure),
    "load": lambda s: s.load_1m,
    "cores": lambda s: s.cores,
    "processes": lambda s: s.processes,
    "uptime": lambda s: s.uptime_s,
    "in": lambda s: s.net_in_bytes_s,
    "out": lambda s: s.net_out_bytes_s,
    "read": lambda s: s.disk_read_bytes_s,
    "write": lambda s: s.disk_write_bytes_s,
}
"""What can be compared with a number; None where the host does not say."""

WORDS = ("name", "group", "tag", "state", "from")
_ORDER = ("=", "==", "!=", "<", "<=", ">", ">=")
_TEXT = ("=", "==", "!=", "~", "!~")
_KEYWORDS = frozenset({"and", "or", "not", *_ORDER, *_TEXT, "(", ")"})


class BadQuery(Exception):
    """A text that is no query of hosts.

    Attributes:
        at: How many characters stand before the mistake.
    """

    def __init__(self, at: int, what: str, todo: str) -> None:
        super().__init__(f"character {at + 1}: {what}; {todo}")
        self.at = at
        self.what = what
        self.todo = todo


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a query is asked about.

    Attributes:
        words: Field of WORDS to what the host has of it.
        sample: None where the figures are unknown or old.
    """

    words: Mapping[str, tuple[str, ...]]
    sample: Sample | None = None


Test = Callable[[HostFacts], bool | None]
"""True, False, or None: unknown."""


@dataclass(frozen=True, slots=True)
class HostQuery:
    """A query as it was typed."""

    text: str
    logic: Logic[Test]

    def keeps(self, facts: HostFacts) -> bool:
        """Whether the host is among those asked for; what is unknown is not."""

        def holds(test: Test) -> bool | None:
            return test(facts)

        return decide(self.logic, holds) is True


def is_query(text: str) -> bool:
    """Whether a text is meant as a query: it begins with a field and a sign, or with a bracket."""
    known = "|".join((*FIGURES, *WORDS))
    return re.match(rf"\s*(?:(?:not\s+|\(\s*)*)(?:{known})\s*(?:[<>=~]|!=|!~)", text) is not None


@lru_cache(maxsize=64)
def parse(text: str) -> HostQuery:
    """The query that a text says.

    Raises:
        BadQuery: It says none; with the place of the first thing that is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadQuery(0, f"more than {MAX_CHARACTERS} characters", "make it shorter")
    return HostQuery(text.strip(), _Reader(text, _TOKEN, _no_token).whole())


class _Reader(LogicReader[Test]):
    NAME = "query"
    EXAMPLE = "write one like `cpu > 80`"
    SURPLUS = "write `and` or `or`"

    def wrong(self, at: int, what: str, todo: str) -> BadQuery:
        return BadQuery(at, what, todo)

    def test(self) -> Test:
        field = self.take("a field like cpu or group")
        if field.word in FIGURES:
            return self._figure(field)
        if field.word in WORDS:
            return self._word(field)
        known = ", ".join((*WORDS, *FIGURES))
        raise BadQuery(field.at, f"`{field.text}` is no field", f"there are: {known}")

    def _figure(self, field: Token) -> Test:
        sign = self._sign(field, _ORDER)
        value = self.take("a number")
        found = None if value.is_quoted else _NUMBER.fullmatch(value.text)
        if found is None:
            raise BadQuery(
                value.at, f"`{value.text}` is no number", "write one like 80, 2.5 or 10M"
            )
        limit = float(found[1]) * _TIMES.get(found[2] or "", 1.0)
        return _compared(FIGURES[field.word], sign, limit)

    def _word(self, field: Token) -> Test:
        sign = self._sign(field, _TEXT)
        value = self.take(f"what {field.word} is compared with")
        if value.word in _KEYWORDS:
            what = f"`{value.text}` is a word of the language"
            raise BadQuery(value.at, what, f'put it in quotes: "{value.text}"')
        if sign not in ("~", "!~"):
            return _equal(field.word, value.text, is_negated=sign == "!=")
        flags = re.NOFLAG if any(c.isupper() for c in value.text) else re.IGNORECASE
        try:
            pattern = re.compile(value.text, flags)
        except re.error as error:
            at = value.at + value.is_quoted + (error.pos or 0)
            raise BadQuery(at, f"no regular expression: {error.msg}", "mend it") from None
        return _found(field.word, pattern, is_negated=sign == "!~")

    def _sign(self, field: Token, signs: tuple[str, ...]) -> str:
        token = self.take(f"a sign: {' '.join(signs)}")
        if token.word not in signs:
            what = f"`{token.text}` cannot follow {field.word}"
            raise BadQuery(token.at, what, f"write one of {' '.join(signs)}")
        return token.word


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: abs(a - b) < 0.5,  # as the table shows it: without a fraction
    "==": lambda a, b: abs(a - b) < 0.5,
    "!=": lambda a, b: abs(a - b) >= 0.5,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compared(read: Callable[[Sample], float | None], sign: str, limit: float) -> Test:
    compare = _COMPARE[sign]

    def test(facts: HostFacts) -> bool | None:
        value = read(facts.sample) if facts.sample is not None else None
        return None if value is None else compare(value, limit)

    return test


def _equal(field: str, value: str, *, is_negated: bool) -> Test:
    return lambda facts: (value in facts.words.get(field, ())) is not is_negated


def _found(field: str, pattern: re.Pattern[str], *, is_negated: bool) -> Test:
    return lambda facts: (
        any(pattern.search(text) for text in facts.words.get(field, ())) is not is_negated
    )


def _no_token(at: int, character: str) -> BadQuery:
    if character in "\"'":
        return BadQuery(at, "a quote that is not closed", f"close it: {character}")
    return BadQuery(at, "a single `!`", "write `!=`, `!~` or `not`")
