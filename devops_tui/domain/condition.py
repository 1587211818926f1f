"""Conditions of jobs: a small language that says when a job is wanted.

    any     = all { "or" all }
    all     = not { "and" not }
    not     = "not" not | "(" any ")" | "failed" | "ok" | test
    test    = subject [ ("==" | "!=" | "matches") value ]
    subject = "branch" | "tag" | "param." name
    value   = word | "'" text "'" | '"' text '"'

A subject alone asks whether it says anything but `false`. `failed` and `ok` speak of
everything that stands before the job; while that has not ended they are unknown, and so
is what depends on them alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from devops_tui.domain import logic
from devops_tui.domain.logic import Logic, LogicReader, tests_of
from devops_tui.domain.refs import matches
from devops_tui.domain.tokens import Token

MAX_CHARACTERS = 500
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>==|!=|[()])|(?P<text>"[^"]*"|'[^']*')|(?P<word>[^\s()"'=!]+))"""
)
_SIGNS = ("==", "!=", "matches")
_OUTCOMES = ("failed", "ok")
_KEYWORDS = frozenset({"and", "or", "not", "matches", *_OUTCOMES})
PARAMETER = "param."
SUBJECTS = ("branch", "tag")


class BadCondition(Exception):
    """A text that is no condition.

    Attributes:
        at: How many characters stand before the mistake.
        unknown: The word that stands where a subject belongs; empty for other mistakes.
    """

    def __init__(self, at: int, what: str, todo: str, unknown: str = "") -> None:
        super().__init__(what)
        self.unknown = unknown
        self.at = at
        self.what = what
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Facts:
    """What a condition is asked about.

    Attributes:
        parameters: Name to value.
        has_failed: Whether something before the job ended badly; None while that is open.
    """

    branch: str = ""
    tag: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    has_failed: bool | None = None

    def of(self, subject: str) -> str:
        """The value of a subject; empty where there is none."""
        if subject.startswith(PARAMETER):
            return self.parameters.get(subject.removeprefix(PARAMETER), "")
        return self.branch if subject == "branch" else self.tag


@dataclass(frozen=True, slots=True)
class Comparison:
    """A subject compared with a value, or asked whether it says anything.

    Attributes:
        sign: "==", "!=", "matches"; empty for the subject alone.
        at, value_at: Where the two stand, in characters from the beginning.
    """

    subject: str
    sign: str = ""
    value: str = ""
    at: int = 0
    value_at: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something before the job failed, or nothing did."""

    is_failed: bool


Condition = Logic[Comparison | Outcome]


@lru_cache(maxsize=1024)
def parse(text: str) -> Condition:
    """The condition that a text says.

    Raises:
        BadCondition: It says none; with the place of the first thing that is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadCondition(0, f"more than {MAX_CHARACTERS} characters", "make it shorter")
    return _Reader(text, _TOKEN, _no_token).whole()


def decide(condition: Condition, facts: Facts) -> bool | None:
    """Whether the job is wanted; None while that depends on what has not ended."""

    def holds(test: Comparison | Outcome) -> bool | None:
        return _answer(test, facts)

    return logic.decide(condition, holds)


def asks_outcome(condition: Condition) -> bool:
    """Whether it speaks of what ended before the job, so that a failure is its to judge."""
    return any(isinstance(leaf, Outcome) for leaf in tests_of(condition))


def why_unwanted(text: str, facts: Facts) -> str:
    """Why a job with this condition is not wanted: "not wanted, branch is dev (if: ...)"."""
    tests: Iterator[Comparison | Outcome] = tests_of(parse(text))
    told = dict.fromkeys(_told(test, facts) for test in tests)
    return f"not wanted, {', '.join(told)} (if: {text})"


def _told(leaf: Comparison | Outcome, facts: Facts) -> str:
    if isinstance(leaf, Outcome):
        if facts.has_failed is None:
            return "whatever ends before it"
        return "something before it failed" if facts.has_failed else "nothing before it failed"
    value = facts.of(leaf.subject)
    name = leaf.subject.removeprefix(PARAMETER)
    return f"{name} is {value}" if value else f"there is no {name}"


def _answer(test: Comparison | Outcome, facts: Facts) -> bool | None:
    if isinstance(test, Outcome):
        return None if facts.has_failed is None else facts.has_failed is test.is_failed
    value = facts.of(test.subject)
    if test.sign == "==":
        return value == test.value
    if test.sign == "!=":
        return value != test.value
    if test.sign == "matches":
        return matches(test.value, value)
    return value not in ("", "false")


class _Reader(LogicReader[Comparison | Outcome]):
    EXAMPLE = "write one like `branch == main`"

    def wrong(self, at: int, what: str, todo: str) -> BadCondition:
        return BadCondition(at, what, todo)

    def test(self) -> Comparison | Outcome:
        token = self.take("branch, tag, param.NAME, failed or ok")
        if token.word in _OUTCOMES:
            return Outcome(token.word == "failed")
        if token.word not in SUBJECTS and not token.word.startswith(PARAMETER):
            what = f"`{token.text}` is nothing that can be asked"
            raise BadCondition(token.at, what, _meant(token), token.word)
        if self.peek() not in _SIGNS:
            return Comparison(token.word, at=token.at)
        sign = self.take("a sign").word
        value = self.take(f"what {token.word} is compared with")
        if value.word in _KEYWORDS or value.word in ("==", "!=", "(", ")"):
            what = f"`{value.text}` is a word of the language"
            raise BadCondition(value.at, what, f'put it in quotes: "{value.text}"')
        return Comparison(token.word, sign, value.text, token.at, value.at)


def _meant(token: Token) -> str:
    known = "there are: branch, tag, param.NAME, failed, ok, not and ( )"
    if token.is_quoted:
        return "begin with what is asked, like `branch == main`"
    if token.word in ("always", "success", "failure"):
        other = {"success": "`ok`", "failure": "`failed`"}.get(token.word)
        return f"write {other}" if other else "write `always: true` beside the condition"
    return known


def _no_token(at: int, character: str) -> BadCondition:
    if character in "\"'":
        return BadCondition(at, "a quote that is not closed", f"close it: {character}")
    if character == "=":
        return BadCondition(at, "a single `=`", "write `==`")
    return BadCondition(at, "a single `!`", "write `!=`, or `not`")
