"""Parameters of pipelines: each default checked as a value that a run is asked for with."""

from __future__ import annotations

import re
from pathlib import Path

from devops_tui.config import words
from devops_tui.config.compile_fleet import absolute
from devops_tui.config.documents import Entry
from devops_tui.config.models_parameter import ParameterModel
from devops_tui.config.report import Report, kind_of
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.config.yaml_events import shown
from devops_tui.domain.errors import WrongParameter
from devops_tui.domain.parameter import Parameter, ParameterKind, read

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
VARIABLE_RULE = "begin with a small letter; small letters, digits and _, at most 40"
_OF_NUMBERS = ("min", "max")


def is_variable(name: str) -> bool:
    """Whether a parameter, or an axis of a matrix, may be called so."""
    return _NAME.match(name) is not None


def compile_parameters(
    entry: Entry, folder: Path, report: Report, *, starts_by_itself: bool
) -> tuple[Parameter, ...]:
    """The parameters of a pipeline in the order of the file.

    Args:
        entry: The pipeline.
        folder: What paths of secrets are relative to.
        report: Takes the mistakes.
        starts_by_itself: Whether something starts it that nobody can be asked by.
    """
    data = entry.data.get("parameters") if isinstance(entry.data, dict) else None
    found: list[Parameter] = []
    for name, content in (data if isinstance(data, dict) else {}).items():
        at: Steps = (*entry.path, "parameters", name)
        if not is_variable(name):
            report.add(entry.document, at, f"bad name `{shown(name)}`", VARIABLE_RULE, of_key=True)
        model = report.check(ParameterModel, {} if content is None else content, entry.document, at)
        if model is None:
            continue
        parameter = _Reading(name, model, entry, at, folder, report).parameter()
        if parameter.is_required and not parameter.default and starts_by_itself:
            what = f"`{shown(name)}` is required, and runs that start by themselves lack it"
            report.add(entry.document, at, what, "give it a `default`", of_key=True)
        found.append(parameter)
    return tuple(found)


class _Reading:
    """One parameter while it is read."""

    def __init__(
        self,
        name: str,
        model: ParameterModel,
        entry: Entry,
        at: Steps,
        folder: Path,
        report: Report,
    ) -> None:
        self._name = name
        self._model = model
        self._entry = entry
        self._at = at
        self._folder = folder
        self._report = report

    def parameter(self) -> Parameter:
        model = self._model
        kind = ParameterKind(model.type)
        self._check_keys(kind)
        bare = Parameter(
            self._name,
            kind,
            description=model.description,
            minimum=model.min,
            maximum=model.max,
            options=tuple(dict.fromkeys(model.options or ())),
        )
        default = self._default(bare)
        if kind is ParameterKind.BOOLEAN and not model.required:
            default = default or "false"
        return Parameter(
            self._name,
            kind,
            default,
            bare.description,
            model.required,
            bare.minimum,
            bare.maximum,
            bare.options,
        )

    def _check_keys(self, kind: ParameterKind) -> None:
        model = self._model
        if kind is ParameterKind.CHOICE and not model.options:
            self._add((), "missing key `options`", "add it, like `options: [eu, us]`", of_key=True)
        if kind is not ParameterKind.CHOICE and model.options is not None:
            what = f"`options` says nothing of a {kind}"
            self._add(("options",), what, "write `type: choice`, or leave it out", of_key=True)
        if model.options is not None and len(set(model.options)) < len(model.options):
            self._add(("options",), "an option stands twice", "keep one of the two")
        for key in _OF_NUMBERS if kind is not ParameterKind.NUMBER else ():
            if getattr(model, key) is not None:
                what = f"`{key}` says nothing of a {kind}"
                self._add((key,), what, "write `type: number`, or leave it out", of_key=True)
        if model.min is not None and model.max is not None and model.min > model.max:
            self._add(("min",), "`min` is above `max`", "exchange the two")

    def _default(self, parameter: Parameter) -> str:
        """The default in its one spelling; empty when there is none, or a wrong one."""
        written = self._model.default
        is_hopeless = parameter.kind is ParameterKind.CHOICE and not parameter.options
        if written is None or written == "" or is_hopeless:
            return ""
        try:
            if parameter.kind is ParameterKind.SECRET:
                return self._reference(written)
            return read(parameter, self._text(parameter, written))
        except (WrongParameter, words.BadWord) as error:
            what = error.title if isinstance(error, WrongParameter) else error.what
            todo = error.todo if isinstance(error, words.BadWord) else "give another default"
            self._add(("default",), what, todo)
            return ""

    def _reference(self, written: object) -> str:
        reference = words.secret_reference(written)
        kind, _, rest = reference.partition(":")
        is_path = kind in ("file", "age", "sops")
        return f"{kind}:{absolute(rest, self._folder)}" if is_path else reference

    def _text(self, parameter: Parameter, written: object) -> str:
        if isinstance(written, bool) and parameter.kind is ParameterKind.BOOLEAN:
            return "true" if written else "false"
        is_number = isinstance(written, int | float) and not isinstance(written, bool)
        if is_number and (parameter.kind is ParameterKind.NUMBER or isinstance(written, int)):
            return format(written)
        if isinstance(written, str):
            return written
        what = f"wrong type: `default` must be {parameter.allowed}, is {kind_of(written)}"
        todo = "put it in quotes" if isinstance(written, bool | float) else "write one value"
        raise words.BadWord(what, todo)

    def _add(self, more: Steps, what: str, todo: str, *, of_key: bool = False) -> None:
        at = (*self._at, *more)
        self._report.add(self._entry.document, at, what, todo, of_key=of_key)
