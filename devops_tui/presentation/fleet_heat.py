"""The fleet as a map: one cell a host, a digit for its processor, a sign where it is wrong."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from devops_tui.domain.fleet import Frame
from devops_tui.presentation import units
from devops_tui.presentation.fleet import high
from devops_tui.presentation.glyphs import SILENT
from devops_tui.presentation.host import CPU_HIGH, Condition
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Ink, Line, Role, Span, line
from devops_tui.presentation.safe_text import SafeText
from devops_tui.presentation.wrap import wrapped

_SIGNS: Mapping[int, tuple[str, Role]] = {
    0: ("x", "failed"),
    1: ("!", "failed"),
    2: ("~", "stale"),
    3: ("o", "muted"),
}
"""By the rank of a condition: gone, hurt, stale, not known yet."""

_LEGEND = ("0-9 cpu in tenths", "! hurt", "x gone", "~ stale", "o connecting", "underlined: quiet")
_PLAIN = Ink()


def cell(frame: Frame, how: Condition) -> tuple[str, Role]:
    """One host: never by colour alone."""
    if how.rank in _SIGNS or frame.sample is None:
        return _SIGNS.get(how.rank, _SIGNS[3])
    ratio = frame.sample.cpu_ratio
    return str(min(9, int(ratio * 10))), high(ratio, CPU_HIGH)


def about(frame: Frame, how: Condition, quiet: str = "") -> Line:
    """The host under the cursor: how it is, how old its figures are, what keeps it quiet."""
    cpu = units.percent(frame.sample.cpu_ratio) if frame.sample is not None else ""
    old = f"{units.duration(how.age_s)} old" if how.age_s else ""
    parts = [
        line((frame.host, "accent"), " ", how.mark.full),
        line((old, how.mark.role)) if old else (),
        line((f"{SILENT} {quiet}", "waits")) if quiet else (),
        line(how.why) if how.why else (),
        line(f"cpu {cpu}") if cpu and not how.is_stale and not how.why else (),
    ]
    return joined(parts, line(" "))


def legend(cells: int) -> list[Line]:
    """What the signs mean, in as many lines as it takes."""
    rows = wrapped("legend", "  ".join(_LEGEND), cells, "muted")
    return [row.line for row in rows]


def lines(
    frames: Sequence[Frame],
    how: Mapping[str, Condition],
    cells: int,
    cursor: int,
    quiet: Container[str] = (),
) -> list[Line]:
    """Rows of so many cells each; the host under the cursor is drawn reversed."""
    made: list[Line] = []
    for start in range(0, len(frames), max(1, cells)):
        spans: list[Span] = []
        text: str = ""
        look: tuple[Role, Ink] = ("text", _PLAIN)
        for index, frame in enumerate(frames[start : start + cells], start):
            sign, role = cell(frame, how[frame.host])
            ink = Ink(is_reversed=index == cursor, is_underlined=frame.host in quiet)
            if (role, ink) != look:
                _close(spans, text, *look)
                text, look = "", (role, ink)
            text += sign
        _close(spans, text, *look)
        made.append(tuple(spans))
    return made


def _close(spans: list[Span], text: str, role: Role, ink: Ink) -> None:
    if text:
        spans.append(Span(SafeText(text), role, None if ink == _PLAIN else ink))
