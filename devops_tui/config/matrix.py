"""Matrices: one job becomes one for each combination of values.

A job `unit` with `{python: ["3.11", "3.12"], db: [sqlite]}` becomes `unit@3.11,sqlite` and
`unit@3.12,sqlite`, with the values in $MATRIX_PYTHON and $MATRIX_DB. No job that is
written by hand can be called so, no shell and no URL takes such a name apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from devops_tui.config.compile_parameter import VARIABLE_RULE, is_variable
from devops_tui.config.report import Report, kind_of
from devops_tui.config.yaml_events import Document, shown
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.domain.pipeline import Job

MAX_JOBS = 64
MAX_NAME = 100
_EXCLUDE = "exclude"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]+")
_EXAMPLE = 'write it like `{python: ["3.11", "3.12"], db: [sqlite]}`'

Cell = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Where it stands, for mistakes, and what it says."""

    data: Any
    document: Document
    at: Steps
    report: Report

    def spread(self, job: Job) -> tuple[Job, ...]:
        """One job for each combination; none where the matrix is wrong."""
        cells = self._cells()
        jobs = [
            replace(job, name=_name(job.name, cell), env={**job.env, **_variables(cell)})
            for cell in cells
        ]
        names = [made.name for made in jobs]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            what = f"two combinations would be called `{shown(double)}`"
            self._add((), what, "let values differ in letters or digits")
        elif any(len(name) > MAX_NAME for name in names):
            todo = "write shorter values, or fewer variables"
            self._add((), f"a job's name would be longer than {MAX_NAME} characters", todo)
        else:
            return tuple(jobs)
        return ()

    def _cells(self) -> list[Cell]:
        if not isinstance(self.data, dict) or not set(self.data) - {_EXCLUDE}:
            self._add((), "a matrix without variables", _EXAMPLE)
            return []
        axes = {name: self._axis(name) for name in self.data if name != _EXCLUDE}
        if not all(axes.values()):
            return []
        count = 1
        for values in axes.values():
            count *= len(values)
        if count > MAX_JOBS * MAX_JOBS:  # not even to be counted out
            self._too_many(count)
            return []
        cells = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
        without = self._exclude(axes)
        left = [cell for cell in cells if not any(e.items() <= cell.items() for e in without)]
        if len(left) > MAX_JOBS:
            self._too_many(len(left))
            return []
        if not left:
            self._add((_EXCLUDE,), "`exclude` leaves no combination", "exclude fewer")
        return list(left)

    def _too_many(self, count: int) -> None:
        what = f"the matrix makes {count:,} jobs, {MAX_JOBS} is the most"
        self._add((), what, "take values out, or `exclude` combinations")

    def _axis(self, name: str) -> list[str]:
        if not is_variable(name):
            self._add((name,), f"bad name `{shown(name)}`", VARIABLE_RULE, of_key=True)
            return []
        written = self.data[name]
        if not isinstance(written, list) or not written:
            what = f"`{shown(name)}` must be a list of values, is {kind_of(written)}"
            self._add((name,), what, 'write it like `["3.11", "3.12"]`')
            return []
        values: list[str] = []
        for index, item in enumerate(written):
            value = _text(item)
            if value is None:
                what = f"a value must be text, is {kind_of(item)}"
                self._add((name, index), what, "put it in quotes")
                return []
            if value in values:
                self._add((name, index), f"`{shown(value)}` stands twice", "keep one of the two")
                return []
            values.append(value)
        return values

    def _exclude(self, axes: Mapping[str, list[str]]) -> list[Cell]:
        written = self.data.get(_EXCLUDE, [])
        if not isinstance(written, list):
            what = f"wrong type: `exclude` must be a list, is {kind_of(written)}"
            self._add((_EXCLUDE,), what, 'write it like `[{python: "3.11", db: postgres}]`')
            return []
        found: list[Cell] = []
        for index, item in enumerate(written):
            if not isinstance(item, dict) or not item:
                what = f"wrong type: it must be a mapping, is {kind_of(item)}"
                self._add((_EXCLUDE, index), what, 'write it like `{python: "3.11"}`')
                continue
            for name, value in item.items():
                at = (_EXCLUDE, index, name)
                if name not in axes:
                    todo = self.report.choose(name, list(axes), "name one of the matrix")
                    self._add(at, f"unknown variable `{shown(name)}`", todo, of_key=True)
                elif _text(value) not in axes[name]:
                    todo = self.report.choose(str(value), axes[name], "name one of its values")
                    self._add(at, f"`{shown(name)}` has no value `{shown(value)}`", todo)
            found.append({name: _text(value) or "" for name, value in item.items()})
        return found

    def _add(self, more: Steps, what: str, todo: str, *, of_key: bool = False) -> None:
        self.report.add(self.document, (*self.at, *more), what, todo, of_key=of_key)


def _text(value: object) -> str | None:
    """The text of a value; None for what YAML may have changed on its way (3.10, yes)."""
    if isinstance(value, str):
        return value if value and value.isprintable() else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _name(job: str, cell: Cell) -> str:
    return f"{job}@{','.join(_UNSAFE.sub('-', value) for value in cell.values())}"


def _variables(cell: Cell) -> dict[str, str]:
    return {f"MATRIX_{name.upper()}": value for name, value in cell.items()}
