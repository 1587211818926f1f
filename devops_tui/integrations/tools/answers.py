"""Reading what a tool says: it may hold anything, whatever its description promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from devops_tui.domain.errors import ToolSilent

JsonObject = Mapping[str, Any]


@contextmanager
def expecting(what: str) -> Iterator[None]:
    """Turns an answer of another shape into ToolSilent: "this is no Jenkins"."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError):
        raise ToolSilent(
            f"the answer is not that of {what}",
            "Does the URL lead to it, and is its version known?",
        ) from None


def entries(value: Any) -> Iterator[JsonObject]:
    """The objects of a list; what is none is passed over. TypeError when it is no list."""
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    return (each for each in value if isinstance(each, dict))


def text(value: Any) -> str:
    """A scalar as text; nothing for what is none."""
    return str(value) if isinstance(value, str | int | float) else ""


def host_of(place: Any) -> str:
    """The host of "host:port", or of a host alone."""
    found = text(place)
    if found.startswith("["):
        return found[1:].partition("]")[0]
    return found.partition(":")[0] if found.count(":") == 1 else found


def moment(value: Any) -> datetime | None:
    """ISO 8601 in UTC; None for what is none, or is "never" (the year 1)."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(_six_digits(value))
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None


def of_epoch(seconds: Any) -> datetime | None:
    """Seconds since 1970 as number or text; None for none, for 0 and for what is no time."""
    try:
        value = float(seconds)
        return datetime.fromtimestamp(value, UTC) if value > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _six_digits(value: str) -> str:
    """Python takes at most six digits of a second; Go writes nine."""
    head, dot, rest = value.partition(".")
    if not dot:
        return value
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[: min(digits, 6)].ljust(6, '0')}{rest[digits:]}"
