"""The fleet as a map: one cell a host, a digit for its processor, a sign where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devops_tui.domain.fleet import Frame
from devops_tui.presentation.fleet import high
from devops_tui.presentation.host import CPU_HIGH, Condition
from devops_tui.presentation.line import Ink, Line, Role, Span
from devops_tui.presentation.safe_text import SafeText

_SIGNS: Mapping[int, tuple[str, Role]] = {
    0: ("x", "failed"),
    1: ("!", "failed"),
    2: ("~", "stale"),
    3: ("o", "muted"),
}
"""By the rank of a condition: gone, hurt, stale, not known yet."""

LEGEND = "0-9 cpu in tenths  ! hurt  x gone  ~ stale  o connecting"
_REVERSED = Ink(is_reversed=True)


def cell(frame: Frame, how: Condition) -> tuple[str, Role]:
    """One host: never by colour alone."""
    if how.rank in _SIGNS or frame.sample is None:
        return _SIGNS.get(how.rank, _SIGNS[3])
    ratio = frame.sample.cpu_ratio
    return str(min(9, int(ratio * 10))), high(ratio, CPU_HIGH)


def lines(
    frames: Sequence[Frame], how: Mapping[str, Condition], cells: int, cursor: int
) -> list[Line]:
    """Rows of so many cells each; the host under the cursor is drawn reversed."""
    made: list[Line] = []
    for start in range(0, len(frames), max(1, cells)):
        spans: list[Span] = []
        text: str = ""
        role: Role = "text"
        for index, frame in enumerate(frames[start : start + cells], start):
            sign, wanted = cell(frame, how[frame.host])
            if index == cursor or wanted != role:
                _close(spans, text, role)
                text, role = "", wanted
            if index == cursor:
                spans.append(Span(SafeText(sign), wanted, _REVERSED))
            else:
                text += sign
        _close(spans, text, role)
        made.append(tuple(spans))
    return made


def _close(spans: list[Span], text: str, role: Role) -> None:
    if text:
        spans.append(Span(SafeText(text), role))
