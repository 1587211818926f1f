"""Which rule of the catalogue a line matches; rules are tried only where their marks stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from devops_tui.domain.rule import Rule, RuleHit

MATCH_LIMIT = 500
"""Characters of a line that rules look at: bounds what the worst pattern can cost."""

_CAPTURE_LIMIT = 120


class Catalogue:
    """The rules, found by the pieces of text that their patterns need."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self._by_mark: dict[str, list[tuple[int, str]]] = {}
        for number, rule in enumerate(self.rules):
            for pattern in rule.patterns:
                for mark in pattern.marks:
                    self._by_mark.setdefault(mark, []).append((number, pattern.text))

    @property
    def marks(self) -> Iterable[str]:
        """Every piece of text that any rule needs."""
        return self._by_mark

    def match(self, line: str, marks: Iterable[str]) -> RuleHit | None:
        """The rule that the line matches; of several the weightiest, the first of equals.

        Args:
            line: As a person saw it.
            marks: The pieces of text that were found in it.
        """
        wanted = {pair for mark in marks for pair in self._by_mark.get(mark, ())}
        short = line[:MATCH_LIMIT]
        best: RuleHit | None = None
        for number, text in sorted(wanted):
            rule = self.rules[number]
            if best is not None and rule.weight <= best.rule.weight:
                continue
            found = compiled(text).search(short)
            if found is not None:
                best = RuleHit(rule, _filled(rule, found))
        return best


@lru_cache(maxsize=4096)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern, made when it is first needed."""
    return re.compile(text)


def _filled(rule: Rule, found: re.Match[str]) -> str:
    if not rule.capture or not found.re.groups:
        return rule.fix
    captured = next((group for group in found.groups() if group), "")
    return rule.fix.replace("{" + rule.capture + "}", captured[:_CAPTURE_LIMIT].strip() or "it")
