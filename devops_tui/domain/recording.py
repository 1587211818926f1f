"""A recording of what screens showed: moments, and how they become lines of text.

A moment is one line, an object, followed by a line for each host whose figures are new:

    {"at": ms, "whole": true, "rows": {...}, "surveys": {...}}
    ["web-1", ms, "live", [figures], "why", retry_ms, [trend]]

Rows are fields of Overview as the codec writes them, of a whole moment all of them, else
those that changed. Figures stand in the order of the recording's head.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.view import Overview

FIGURES = tuple(f.name for f in fields(Sample))
ROWS = tuple(f.name for f in fields(Overview) if f.name not in ("at", "version", "frames"))
TREND = 60
_figures = attrgetter(*FIGURES)


class BrokenMoment(ValueError):
    """The text is no moment of a recording."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the beginning of a recording.

    Attributes:
        every_s: How often it looked, in seconds.
        figures: Names of the figures, in their order.
    """

    workspace: str
    began_at: datetime
    every_s: float
    program: str = ""
    figures: tuple[str, ...] = FIGURES


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a recording: times of its first and last moment.

    Attributes:
        is_whole: It begins with a whole moment: nothing before it is needed.
        place: Where the file holds it; of no meaning to others.
    """

    start: datetime
    end: datetime
    is_whole: bool
    place: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What was new at one look.

    Attributes:
        rows: Changed fields of the overview, encoded.
        frames: Of the hosts whose figures changed; a whole moment has all, with trends.
        surveys: Answers to slow questions that changed, encoded, by host.
    """

    at: datetime
    is_whole: bool = False
    rows: Mapping[str, Any] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    surveys: Mapping[str, Any] = field(default_factory=dict)


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return round(at.timestamp() * 1000)


def moment_at(at_ms: int) -> datetime:
    """The time again, aware UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def lines_of(moment: Moment) -> Iterator[str]:
    """The moment as text."""
    about: dict[str, Any] = {"at": milliseconds(moment.at)}
    if moment.is_whole:
        about["whole"] = True
    if moment.rows:
        about["rows"] = moment.rows
    if moment.surveys:
        about["surveys"] = moment.surveys
    yield json.dumps(about, separators=(",", ":"))
    for frame in moment.frames:
        yield json.dumps(_row(frame, with_trend=moment.is_whole), separators=(",", ":"))


def host_mark(host: str) -> str:
    """How the line of a host's figures begins."""
    return f"[{json.dumps(host)},"


def moments_of(lines: Iterable[str], figures: Sequence[str]) -> list[Moment]:
    """The moments again.

    Raises:
        BrokenMoment: A line is none of ours.
    """
    found: list[Moment] = []
    frames: list[Frame] = []
    about: dict[str, Any] | None = None
    try:
        for text in lines:
            value = json.loads(text)
            if isinstance(value, list):
                frames.append(_frame(value, figures))
                continue
            if about is not None:
                found.append(_moment(about, frames))
            about, frames = value, []
        if about is not None:
            found.append(_moment(about, frames))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, OSError) as error:
        raise BrokenMoment(str(error)) from None
    return found


def frame_of(text: str, figures: Sequence[str]) -> Frame:
    """The figures of one host; raises BrokenMoment."""
    try:
        return _frame(json.loads(text), figures)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, OSError) as error:
        raise BrokenMoment(str(error)) from None


def encoded_row(overview: Overview, name: str) -> Any:
    """One field of an overview, as a moment holds it."""
    return encode(getattr(overview, name))


def decoded_row(name: str, data: Any) -> Any:
    """The field again; raises BrokenMoment."""
    try:
        return decode(_hints()[name], data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrokenMoment(f"{name}: {error}") from None


@cache
def _hints() -> Mapping[str, Any]:
    return typing.get_type_hints(Overview)


def _moment(about: Mapping[str, Any], frames: Sequence[Frame]) -> Moment:
    rows, surveys = about.get("rows", {}), about.get("surveys", {})
    if not isinstance(rows, dict) or not isinstance(surveys, dict):
        raise TypeError("rows are no object")
    known = {name: value for name, value in rows.items() if name in ROWS}
    is_whole = bool(about.get("whole"))
    return Moment(moment_at(about["at"]), is_whole, known, tuple(frames), surveys)


def _row(frame: Frame, *, with_trend: bool) -> list[Any]:
    sample = frame.sample
    row: list[Any] = [
        frame.host,
        milliseconds(frame.at),
        frame.link.value,
        None if sample is None else [_short(value) for value in _figures(sample)],
    ]
    retry = milliseconds(frame.retry_at) if frame.retry_at else None
    trend = [round(ratio, 3) for ratio in frame.cpu_trend] if with_trend else None
    if frame.why or retry or trend:
        row += [frame.why, retry, trend]
    return row


def _short(value: Any) -> Any:
    """Four digits are more than a screen shows, and half the bytes."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if abs(value) < 10_000 else round(value)


def _frame(row: Sequence[Any], figures: Sequence[str]) -> Frame:
    host, at_ms, link, values, *rest = row
    why, retry_ms, trend = rest or ("", None, None)
    return Frame(
        HostName(str(host)),
        LinkState(link),
        moment_at(at_ms),
        None if values is None else _sample(values, figures),
        tuple(float(ratio) for ratio in trend or ())[-TREND:],
        str(why),
        moment_at(retry_ms) if retry_ms else None,
    )


@cache
def _kinds() -> Mapping[str, Any]:
    return typing.get_type_hints(Sample)


def _sample(values: Sequence[Any], figures: Sequence[str]) -> Sample:
    known: dict[str, Any] = {}
    for name, value in zip(figures, values, strict=True):
        if name not in FIGURES:
            continue
        if value is not None and (isinstance(value, str) != (_kinds()[name] is str)):
            raise TypeError(f"{name} is {type(value).__name__}")
        known[name] = value
    return Sample(**known)
