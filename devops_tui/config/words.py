"""The small languages inside values: durations, limits, gates, secret references.

Each function returns the meaning of a piece of text, or raises BadWord with what is
wrong with it and what to write instead. None of the messages repeats a secret.
"""

from __future__ import annotations

import json
import math
import re

from devops_tui.config.yaml_events import parse, shown

MAX_DURATION_S = 366 * 86400.0

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+\Z")
_PER_MEMBER = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) per member\Z")
_GATE = re.compile(r"(<=|>=)\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z%]*)\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class BadWord(Exception):
    """A piece of text that says nothing in its little language."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo


def duration_s(value: object) -> float:
    """Seconds of `500ms`, `30s`, `10m`, `2h`, `7d` or `1h30m`; at most 366 days."""
    todo = "write a number with its unit, like 500ms, 30s, 10m, 2h, 7d or 1h30m"
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise BadWord(f"bad duration `{shown(value)}`: the unit is missing", todo)
    if not isinstance(value, str):
        raise BadWord("bad duration", todo)
    if not _DURATION.match(value):
        raise BadWord(f"bad duration `{shown(value)}`", todo)
    parts = _PART.findall(value)
    units = [unit for _, unit in parts]
    if sorted(units, key=lambda unit: -_UNITS_S[unit]) != units or len(set(units)) != len(units):
        raise BadWord(f"bad duration `{shown(value)}`", "write each unit once, the largest first")
    seconds = math.fsum(float(number) * _UNITS_S[unit] for number, unit in parts)
    if seconds > MAX_DURATION_S:
        raise BadWord(f"bad duration `{shown(value)}`: too long", "366d is the longest")
    return seconds


def wip_limit(value: object) -> tuple[int | None, float | None]:
    """(cards, cards per member) of `5`, `2 per member` or `none`."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000:
        return value, None
    if value == "none":
        return None, None
    found = _PER_MEMBER.match(value) if isinstance(value, str) else None
    if found is None or float(found.group(1)) <= 0:
        raise BadWord("bad limit", "write a whole number, `2 per member`, or `none`")
    return None, float(found.group(1))


def _gate(value: object, sign: str, example: str) -> tuple[float, str]:
    found = _GATE.match(value) if isinstance(value, str) else None
    if found is None or found.group(1) != sign:
        raise BadWord(f"bad gate `{shown(value)}`", f'write it like "{example}"')
    return float(found.group(2)), found.group(3)


def gate_at_least(value: object) -> float:
    """The number of `">= 200"`."""
    number, unit = _gate(value, ">=", ">= 200")
    if unit:
        raise BadWord(f"bad gate `{shown(value)}`", 'write it without a unit, like ">= 200"')
    return number


def gate_at_most_ms(value: object) -> float:
    """Milliseconds of `"<= 50ms"`; the unit is ms or s."""
    number, unit = _gate(value, "<=", "<= 50ms")
    if unit not in ("ms", "s"):
        raise BadWord(f"bad gate `{shown(value)}`", 'say ms or s, like "<= 50ms"')
    return number * (1000.0 if unit == "s" else 1.0)


def gate_at_most_ratio(value: object) -> float:
    """A ratio, 0 to 1, of `"<= 1%"`."""
    number, unit = _gate(value, "<=", "<= 1%")
    if unit != "%" or number > 100:
        raise BadWord(f"bad gate `{shown(value)}`", 'write a share in percent, like "<= 1%"')
    return number / 100.0


def secret_reference(value: object) -> str:
    """A reference to a secret in its one spelling; `cmd:` is followed by JSON argv.

    What is wrong is said without the value: it may be the secret itself.
    """
    todo = (
        "write where it is found: env:NAME, file:PATH, keyring:service/user, age:PATH, "
        "sops:PATH#KEY or {cmd: [program, argument]}"
    )
    if isinstance(value, dict) and list(value) == ["cmd"]:
        return _command(value["cmd"], todo)
    if not isinstance(value, str):
        raise BadWord("a secret must be a reference", todo)
    kind, colon, rest = value.partition(":")
    if colon and kind == "cmd":
        return _command(_argv(rest), todo)
    if not colon or not rest or not rest.isprintable() or not _is_reference(kind, rest):
        raise BadWord("a literal secret: a secret must be a reference", todo)
    return value


def _is_reference(kind: str, rest: str) -> bool:
    if kind == "env":
        return _ENV_NAME.match(rest) is not None
    if kind == "keyring":
        service, slash, user = rest.rpartition("/")
        return bool(service and slash and user)
    return kind in ("file", "age", "sops")


def _argv(text: str) -> object:
    document = parse(text)
    return document.data if document.is_whole and not document.flaws else None


def _command(argv: object, todo: str) -> str:
    if not isinstance(argv, list) or not argv or not all(isinstance(a, str) and a for a in argv):
        raise BadWord("a secret's command must be a list of words", todo)
    if any("\0" in argument for argument in argv):
        raise BadWord("a secret's command must not hold a NUL", todo)
    return "cmd:" + json.dumps(argv, ensure_ascii=False)
