"""Parameters: what a run of a pipeline is asked for, and the values that its plan keeps.

Every value is text in one spelling, since it becomes an environment variable: numbers
without needless zeros, booleans as `true` and `false`. Of a secret it is the reference.
An empty value means that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from devops_tui.domain.errors import WrongParameter

MAX_CHARACTERS = 2_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_REFERENCES = "env:NAME, file:/PATH, keyring:service/user, age:/PATH or sops:/PATH#KEY"


class ParameterKind(StrEnum):
    """What values a parameter takes."""

    TEXT = "text"  # one line
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"  # one of its options
    SECRET = "secret"  # noqa: S105 - a reference to a secret, never its value


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a run may be, or must be, told.

    Attributes:
        default: In its one spelling; empty when there is none.
        is_required: Its value must not be empty.
        minimum, maximum: Bounds of a number, both included; None for no bound.
        options: Of a choice, in the order of the file.
    """

    name: str
    kind: ParameterKind = ParameterKind.TEXT
    default: str = ""
    description: str = ""
    is_required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What it takes, in the operator's words: "a number from 1 to 10"."""
        if self.kind is ParameterKind.NUMBER:
            return _range(self.minimum, self.maximum)
        if self.kind is ParameterKind.BOOLEAN:
            return "true or false"
        if self.kind is ParameterKind.CHOICE:
            return f"one of {', '.join(self.options)}"
        if self.kind is ParameterKind.SECRET:
            return f"a reference: {_REFERENCES}"
        return "one line of text"


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a plan keeps; of a secret it is the reference."""

    name: str
    value: str
    is_secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable in which every job of the run finds it."""
        return f"PARAM_{self.name.upper()}"


def read(parameter: Parameter, text: str) -> str:
    """The value in its one spelling; empty stays empty where that is allowed.

    Raises:
        WrongParameter: The parameter does not take it. A secret's text is not repeated.
    """
    if text == "":
        if parameter.is_required:
            raise WrongParameter(f"{parameter.name} is required", f"Give {parameter.allowed}.")
        return ""
    value = _read(parameter, text)
    if value is None:
        shown = "" if parameter.kind is ParameterKind.SECRET else f", is {text[:60]!r}"
        must = f"{parameter.name} must be {parameter.allowed}{shown}"
        raise WrongParameter(must, "Give another value.")
    return value


def resolve(parameters: Sequence[Parameter], words: Mapping[str, str]) -> tuple[Given, ...]:
    """The values of a run: what was asked for, else the defaults, in the pipeline's order.

    Raises:
        WrongParameter: With everything that is wrong, and what is allowed.
    """
    known = {parameter.name for parameter in parameters}
    faults = [_unknown(name, sorted(known)) for name in words if name not in known]
    given: list[Given] = []
    for parameter in parameters:
        text = words.get(parameter.name)
        is_default = text is None or text == parameter.default != ""
        try:
            # a default was checked with the file, and may say more than an operator may
            value = parameter.default if is_default else ""
            value = value or read(parameter, text or "")
        except WrongParameter as wrong:
            faults.append(wrong)
            continue
        given.append(Given(parameter.name, value, parameter.kind is ParameterKind.SECRET))
    if len(faults) == 1:
        raise faults[0]
    if faults:
        hint = "Correct all of them; `devops-tui run --help` shows how."
        raise WrongParameter("; ".join(fault.title for fault in faults), hint)
    return tuple(given)


def is_reference(text: str) -> bool:
    """Whether text refers to a secret in a way that an operator may ask for.

    A command (`cmd:`) may stand in the workspace's file only: whoever may start a run
    should not by that be able to start any program as the worker.
    """
    kind, _, rest = text.partition(":")
    if not rest.isprintable():
        return False
    if kind == "env":
        return _ENV_NAME.match(rest) is not None
    if kind == "keyring":
        service, _, user = rest.rpartition("/")
        return bool(service and user)
    return kind in ("file", "age", "sops") and rest.startswith(("/", "~/"))


def _unknown(name: str, known: Sequence[str]) -> WrongParameter:
    there = f"There are: {', '.join(known)}." if known else "The pipeline has no parameters."
    return WrongParameter(f"no parameter {name[:60]}", there)


def _read(parameter: Parameter, text: str) -> str | None:
    if len(text) > MAX_CHARACTERS or not text.isprintable():
        return None
    if parameter.kind is ParameterKind.NUMBER:
        return _number(text, parameter.minimum, parameter.maximum)
    if parameter.kind is ParameterKind.BOOLEAN:
        return text.lower() if text.lower() in ("true", "false") else None
    if parameter.kind is ParameterKind.CHOICE:
        return text if text in parameter.options else None
    if parameter.kind is ParameterKind.SECRET:
        return text if is_reference(text) else None
    return text


def _number(text: str, minimum: float | None, maximum: float | None) -> str | None:
    if not _NUMBER.match(text.strip()):
        return None
    number = Decimal(text.strip())
    if minimum is not None and number < Decimal(repr(minimum)):
        return None
    if maximum is not None and number > Decimal(repr(maximum)):
        return None
    return format(number.normalize(), "f") if number else "0"


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f"a number from {minimum:g} to {maximum:g}"
    if minimum is not None:
        return f"a number of at least {minimum:g}"
    if maximum is not None:
        return f"a number of at most {maximum:g}"
    return "a number"
