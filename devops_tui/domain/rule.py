"""What is known about a line of log: a rule of the catalogue, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RulePattern:
    """One look of the line.

    Attributes:
        text: A regular expression, searched for in the line; it cannot backtrack without end.
        marks: One of these pieces, in lower case, is in every line that it matches.
    """

    text: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A known cause, or a line that only looks like one.

    Attributes:
        name: What it is, in words; shown as the reason.
        patterns: Any of them is enough.
        weight: 0 to 1: how likely such a line is the cause; below 0.3 it is a consequence.
        fix: What to do, one line; `{capture}` stands for what the first group matched.
        capture: The name of the first group in `fix`.
        runbook: A document, with `#section`; may be empty.
        example: A line that it matches: its test.
    """

    name: str
    patterns: tuple[RulePattern, ...]
    weight: float = 0.9
    fix: str = ""
    capture: str = ""
    runbook: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that matched a line; `fix` has the captured text in it, untrusted."""

    rule: Rule
    fix: str
