"""Secrets that can be looked up on the spot: no program is started, nothing is waited for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from devops_tui.domain.errors import DevopsError
from devops_tui.transports.masker import Masker
from devops_tui.transports.secrets import read_private

_SHORTEST = 8
"""Characters; a shorter value may well be an ordinary word of a reason."""


def secret_within(
    text: str, references: Iterable[str], environment: Mapping[str, str] | None = None
) -> str | None:
    """The reference whose value stands in the text, in any form; None when none does.

    Only `env:` and `file:` are looked at, and only what this login may read: this keeps
    people from writing a secret down by mistake, it is no wall.
    """
    known = os.environ if environment is None else environment
    for reference in references:
        value = _value(reference, known).strip()
        if len(value) >= _SHORTEST and Masker([value]).mask(text) != text:
            return reference
    return None


def nearby_masker(
    references: Iterable[str], environment: Mapping[str, str] | None = None
) -> Masker:
    """Takes what `env:` and `file:` refer to out of texts, as far as we may read it."""
    return Masker(nearby_values(references, environment))


def nearby_values(
    references: Iterable[str], environment: Mapping[str, str] | None = None
) -> list[str]:
    """What `env:` and `file:` refer to, as far as we may read it; short words are left out."""
    known = os.environ if environment is None else environment
    values = (_value(reference, known).strip() for reference in references)
    return [value for value in values if len(value) >= _SHORTEST]


def _value(reference: str, environment: Mapping[str, str]) -> str:
    kind, _, rest = reference.partition(":")
    if kind == "env":
        return environment.get(rest, "")
    if kind != "file" or not rest:
        return ""
    try:
        path = Path(rest).expanduser()
        return read_private(reference, path) if path.is_file() else ""  # a pipe would wait
    except (DevopsError, OSError, RuntimeError):  # it is not there, or nobody's home
        return ""
