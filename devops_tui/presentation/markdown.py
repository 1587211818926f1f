"""Markdown of a card as lines: what it means is shown by roles, nothing in it acts.

Headings, lists, tasks, quotes, rules, code, emphasis and links; whatever else stands there
is shown as it was written. Links are drawn with their address, and open nothing.
"""

from __future__ import annotations

import re

from devops_tui.presentation.layout import blank
from devops_tui.presentation.line import Line, Role, Span, span
from devops_tui.presentation.safe_text import SafeText, safe_lines
from devops_tui.presentation.wrap import wrap

_BLOCK = re.compile(
    r"(?P<indent> {0,12})(?:(?P<heading>#{1,6}) +|(?P<task>[-*+] \[[ xX]\]) +|(?P<bullet>[-*+]) +|"
    r"(?P<number>\d{1,3}[.)]) +|(?P<quote>> ?))"
)
_RULE = re.compile(r" {0,3}([-*_])( *\1){2,} *")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|__(?P<strong2>[^_]+)__|"
    r"\[(?P<name>[^\]]+)\]\((?P<address>[^)\s]+)\)"
)


def markdown(text: str, cells: int) -> list[Line]:
    """The lines of a text, none wider than `cells`."""
    made: list[Line] = []
    is_code = False
    for row in safe_lines(text):
        if _FENCE.match(row):
            is_code = not is_code
        elif is_code:
            made += _folded([Span(row, "accent")], cells, 2)
        elif _RULE.fullmatch(row):
            made.append((span("─" * max(1, cells), "muted"),))
        else:
            made += _block(row, cells)
    return made


def _block(row: SafeText, cells: int) -> list[Line]:
    found = _BLOCK.match(row)
    if found is None:
        return _folded(_inline(row, "text"), cells, 0)
    rest = row[found.end() :]
    indent = len(found["indent"])
    if found["heading"]:
        return _folded(_inline(rest, "title"), cells, 0)
    if found["quote"] is not None:
        return _folded([span("│ ", "muted"), *_inline(rest, "muted")], cells, 2)
    if found["task"]:
        is_done = found["task"][3] in "xX"
        mark = span("● " if is_done else "○ ", "ok" if is_done else "muted")
    else:
        mark = span(f"{found['number']} " if found["number"] else "• ", "accent")
    lead = [blank(indent)] if indent else []
    return _folded([*lead, mark, *_inline(rest, "text")], cells, indent + mark.width)


def _inline(text: str, role: Role) -> list[Span]:
    made: list[Span] = []
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            made.append(span(text[at : found.start()], role))
        if found["code"]:
            made.append(span(found["code"], "accent"))
        elif found["name"]:
            made += [span(found["name"], "accent"), span(f" ({found['address']})", "muted")]
        else:
            made.append(span(found["strong"] or found["strong2"], "title"))
        at = found.end()
    if at < len(text) or not made:
        made.append(span(text[at:], role))
    return made


def _folded(spans: list[Span], cells: int, hanging: int) -> list[Line]:
    """Spans over as many lines as they need, the later ones indented."""
    hanging = min(hanging, cells // 2)
    lines: list[list[Span]] = [[]]
    room = cells
    for each in spans:
        rest: str = each.text
        while rest:
            piece, rest, is_full = _take(rest, room, cells - hanging, is_first=not lines[-1])
            if piece:
                made = Span(SafeText(piece), each.role)
                lines[-1].append(made)
                room -= made.width
            if is_full:
                lines.append([blank(hanging)] if hanging else [])
                room = cells - hanging
    return [tuple(each) for each in lines]


def _take(text: str, room: int, whole: int, *, is_first: bool) -> tuple[str, str, bool]:
    """What fits, what is left, and whether the line is full."""
    pieces = wrap(text, max(1, room))
    first = pieces[0] if pieces else SafeText("")
    if len(pieces) < 2:
        return text, "", False
    breaks_word = text[len(first) : len(first) + 1] != " "
    if breaks_word and not is_first and " " not in first and room < whole:
        return "", text.lstrip(" "), True
    return first, text[len(first) :].lstrip(" "), True
