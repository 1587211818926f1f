"""Conditions: read where they were written, every name in them checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Document, shown
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.domain.condition import (
    PARAMETER,
    SUBJECTS,
    BadCondition,
    Comparison,
    Condition,
    Outcome,
    parse,
)
from devops_tui.domain.errors import Mistake, WrongParameter
from devops_tui.domain.logic import tests_of
from devops_tui.domain.parameter import Parameter, ParameterKind, read

MAX_CHARACTERS = 240  # two of them, of a stage and a job, become one
_STARTS = ("failed", "ok", *SUBJECTS)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the conditions of one pipeline may speak of."""

    parameters: Sequence[Parameter]
    document: Document
    report: Report

    def check(self, text: str, at: Steps, *, has_before: bool) -> str:
        """The condition, or an empty one when it is wrong.

        Args:
            text: What was written.
            at: Where.
            has_before: Whether anything stands before the job that could fail.
        """
        if len(text) > MAX_CHARACTERS:
            self._add(at, 0, f"more than {MAX_CHARACTERS} characters", "make it shorter")
            return ""
        try:
            condition = parse(text)
        except BadCondition as error:
            self._add(at, error.at, error.what, self._todo(error))
            return ""
        self._check_tests(condition, at)
        if not has_before and any(isinstance(leaf, Outcome) for leaf in tests_of(condition)):
            what = "nothing stands before this job that could fail"
            self._add(at, 0, what, "leave `failed` and `ok` out, or give it `needs`")
        return text

    def _todo(self, error: BadCondition) -> str:
        known = [*_STARTS, *(PARAMETER + p.name for p in self.parameters)]
        near = self.report.nearest(error.unknown, known) if error.unknown else None
        return f"did you mean `{near}`?" if near else error.todo

    def _check_tests(self, condition: Condition, at: Steps) -> None:
        known = {parameter.name: parameter for parameter in self.parameters}
        for test in tests_of(condition):
            if not isinstance(test, Comparison) or not test.subject.startswith(PARAMETER):
                continue
            name = test.subject.removeprefix(PARAMETER)
            if name not in known:
                otherwise = "declare it under `parameters:` of the pipeline"
                todo = self.report.choose(name, list(known), otherwise)
                self._add(at, test.at, f"unknown parameter `{shown(name)}`", todo)
            elif known[name].kind is ParameterKind.SECRET:
                what = f"`{shown(name)}` is a secret: nobody may look at it"
                self._add(at, test.at, what, "ask something else")
            elif test.sign in ("==", "!=") and test.value:
                self._check_value(known[name], test, at)

    def _check_value(self, parameter: Parameter, test: Comparison, at: Steps) -> None:
        try:
            value = read(parameter, test.value)
        except WrongParameter as error:
            self._add(at, test.value_at, f"never so: {error.title}", "compare with another value")
            return
        if value != test.value:
            what = f"never so: {parameter.name} is written `{value}`"
            self._add(at, test.value_at, what, f"write `{value}`")

    def _add(self, at: Steps, offset: int, what: str, todo: str) -> None:
        """Notes a mistake so many characters into a piece of text, where that can be told."""
        line, column = self.document.place(at)
        quote = 1 if at in self.document.quoted else 0
        self.report.note(Mistake(self.document.file, line, column + quote + offset, what, todo))


def both(first: str, second: str) -> str:
    """The condition of a job in a stage that has one itself."""
    if first and second:
        return f"({first}) and ({second})"
    return first or second
