"""The one door through which text from outside comes onto a screen.

Control characters (C0, C1, DEL), bidirectional overrides, zero-width and other
invisible characters become visible glyphs, so nothing can act on the terminal, hide,
or reorder what stands beside it. Nothing here knows markup: a `SafeText` is drawn
literally.
"""

from __future__ import annotations

import re

LINE_LIMIT = 2000
"""Characters of one line that are shown; the rest is counted."""

_TAB = "    "
_VISIBLE: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20)}
_VISIBLE[0x7F] = "\u2421"
_VISIBLE[ord("\t")] = _TAB
_VISIBLE.update({code: f"<{code:02X}>" for code in range(0x80, 0xA0)})
_INVISIBLE = (
    0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0,
    *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070),
    *range(0xFFF9, 0xFFFC), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080),
    *range(0xE0100, 0xE01F0),
)  # fmt: skip
_VISIBLE.update({code: f"<{code:04X}>" for code in _INVISIBLE})
_VISIBLE.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))

_SUSPECT = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\ud800-\udfff" + "".join(re.escape(chr(c)) for c in _INVISIBLE) + "]"
)
_COMBINING_RUN = re.compile(
    r"([\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]{3})[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]+"
)


class SafeText(str):
    """Text that may be drawn: made by `safe` only, never parsed as markup."""

    __slots__ = ()


def safe(text: str | bytes, limit: int = LINE_LIMIT) -> SafeText:
    """One line of drawable text; line breaks become visible glyphs as well.

    Bytes are read as UTF-8, invalid ones shown as U+FFFD. Longer than `limit`
    characters is cut, and the count of what is missing stands at the end.
    """
    if isinstance(text, SafeText):
        return text
    if isinstance(text, bytes):
        text = (
            text[: limit * 8].decode("utf-8", "replace")
            if len(text) > limit * 8
            else text.decode("utf-8", "replace")
        )
    missing = len(text) - limit
    if missing > 0:
        text = text[:limit]
    if not text.isascii() or not text.isprintable():
        if _SUSPECT.search(text):
            text = text.translate(_VISIBLE)
        text = _COMBINING_RUN.sub(r"\1", text)
    if missing > 0:
        text += f"\u2026 +{missing} characters"
    return SafeText(text)


_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_])"
)


def without_ansi(text: str) -> str:
    """The text without complete escape sequences; whatever is left is still untrusted."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def safe_lines(text: str | bytes, limit: int = 1000) -> tuple[SafeText, ...]:
    """Text of several lines as drawable lines, colours dropped, at most `limit` lines."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    rows = without_ansi(text).replace("\r\n", "\n").split("\n")
    shown = [safe(row) for row in rows[:limit]]
    if len(rows) > limit:
        shown.append(safe(f"\u2026 +{len(rows) - limit} lines"))
    return tuple(shown)
