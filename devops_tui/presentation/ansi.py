"""Keeps the colours that programs give their output, and nothing else that they send.

Only SGR sequences (`ESC [ ... m`) have an effect; every other complete sequence is dropped,
and what is left of a broken one is made visible. Colours become roles of the theme, so
they can be read on every ground, and text in the colour of its ground cannot hide; concealed
and blinking text is drawn like any other.

Source: ECMA-48, 8.3.117 SGR; ITU-T T.416, 13.1.8 for 38 and 48.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from devops_tui.presentation.line import Ink, Role, Span
from devops_tui.presentation.safe_text import LINE_LIMIT, SafeText, safe, without_ansi

_SGR = re.compile(r"\x1b\[([0-9;:]{0,64})m")
_BASIC: tuple[Role, ...] = (
    "muted", "failed", "ok", "warning", "blue", "waits", "accent", "text",
    "muted", "failed", "ok", "warning", "blue", "waits", "accent", "title",
)  # fmt: skip
_CUBE = (0, 95, 135, 175, 215, 255)
_PLAIN_INK = Ink()


@dataclass(frozen=True, slots=True)
class _Pen:
    """What the sequences so far ask for; None is the default colour."""

    fore: Role | None = None
    back: Role | None = None
    ink: Ink = _PLAIN_INK

    def span(self, text: SafeText, otherwise: Role) -> Span:
        role, ink = self.fore or otherwise, self.ink
        if self.back is not None:
            role, ink = self.back, replace(ink, is_reversed=True)
        return Span(text, role, None if ink == _PLAIN_INK else ink)


_SWITCHES = {
    1: {"is_bold": True}, 2: {"is_dim": True}, 3: {"is_italic": True}, 4: {"is_underlined": True},
    7: {"is_reversed": True}, 9: {"is_struck": True}, 21: {"is_underlined": True},
    22: {"is_bold": False, "is_dim": False}, 23: {"is_italic": False},
    24: {"is_underlined": False}, 27: {"is_reversed": False}, 29: {"is_struck": False},
}  # fmt: skip


def has_colours(text: str) -> bool:
    """Whether a sequence in the text asks for something to look different."""
    return "\x1b[" in text and any(found[1].strip("0;") for found in _SGR.finditer(text))


def coloured(text: str, role: Role = "text", limit: int = LINE_LIMIT) -> tuple[Span, ...]:
    """One line as spans, cut to `limit` characters; `role` where nothing was asked for."""
    if "\x1b" not in text:
        return (Span(safe(text, limit), role),)
    made: list[Span] = []
    room = limit
    missing = 0
    for pen, piece in _pieces(text):
        shown = piece[:room]
        missing += len(piece) - len(shown)
        room -= len(shown)
        if shown:
            made.append(pen.span(safe(shown), role))
    if missing:
        made.append(Span(SafeText(f"\u2026 +{missing} characters"), "muted"))
    return tuple(made) or (Span(SafeText(""), role),)


def _pieces(text: str) -> Iterator[tuple[_Pen, str]]:
    pen, place = _Pen(), 0
    for found in _SGR.finditer(text):
        if found.start() > place:
            yield pen, without_ansi(text[place : found.start()])
        pen, place = _changed(pen, found[1]), found.end()
    if place < len(text):
        yield pen, without_ansi(text[place:])


def _changed(pen: _Pen, words: str) -> _Pen:
    codes = _codes(words)
    while codes:
        code = codes.pop(0)
        if code == 0:
            pen = _Pen()
        elif code in _SWITCHES:
            pen = replace(pen, ink=replace(pen.ink, **_SWITCHES[code]))
        elif code in (38, 48):
            role = _extended(codes)
            pen = replace(pen, fore=role) if code == 38 else replace(pen, back=role)
        elif code == 39:
            pen = replace(pen, fore=None)
        elif code == 49:
            pen = replace(pen, back=None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            pen = replace(pen, fore=_BASIC[code - 30 if code < 90 else code - 82])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            pen = replace(pen, back=_ground(code - 40 if code < 100 else code - 92))
    return pen


def _codes(words: str) -> list[int]:
    codes: list[int] = []
    for word in words.split(";"):
        parts = [part for part in word.split(":") if part] if ":" in word else [word]
        codes += [int(part[:4] or "0") for part in parts]
    return codes


def _extended(codes: list[int]) -> Role | None:
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        return _of_table(min(codes.pop(0), 255))
    if kind == 2 and len(codes) >= 3:
        red, green, blue = (min(code, 255) for code in codes[:3])
        del codes[:3]
        return _nearest(red, green, blue)
    codes.clear()
    return None


def _ground(index: int) -> Role | None:
    return None if index == 0 else _BASIC[index]  # black is the ground that most themes have


def _of_table(index: int) -> Role:
    if index < 16:
        return _BASIC[index]
    if index >= 232:
        grey = 8 + (index - 232) * 10
        return _nearest(grey, grey, grey)
    index -= 16
    return _nearest(_CUBE[index // 36], _CUBE[index // 6 % 6], _CUBE[index % 6])


def _nearest(red: int, green: int, blue: int) -> Role:
    most, least = max(red, green, blue), min(red, green, blue)
    span = most - least
    if span < 40:
        return "muted" if most < 150 else "text" if most < 220 else "title"
    if most == red:
        hue = 60 * ((green - blue) / span % 6)
    elif most == green:
        hue = 60 * ((blue - red) / span + 2)
    else:
        hue = 60 * ((red - green) / span + 4)
    return next(role for end, role in _HUES if hue <= end)


_HUES: tuple[tuple[float, Role], ...] = (
    (22, "failed"), (70, "warning"), (160, "ok"), (200, "accent"), (258, "blue"),
    (335, "waits"), (360, "failed"),
)  # fmt: skip
