"""A glyph, a word and a role for every state; and ASCII for terminals that have no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len

from devops_tui.domain.board import CardKind
from devops_tui.domain.fleet import LinkState
from devops_tui.domain.incident import IncidentState
from devops_tui.domain.pipeline import StageKind, State
from devops_tui.domain.traffic import Colour, FlipState
from devops_tui.presentation.line import Line, Role, Span, span
from devops_tui.presentation.safe_text import SafeText

FLAG = "⚑"

SILENT = "⊘"
"""Before the word that says why the alerts of a host open no incidents."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state looks; the word says all that the glyph and the colour say."""

    glyph: str
    word: str
    role: Role

    @property
    def full(self) -> Span:
        """Glyph and word."""
        return span(f"{self.glyph} {self.word}", self.role)

    @property
    def short(self) -> Span:
        """The glyph alone, for places where the word stands nearby."""
        return span(self.glyph, self.role)


OK = Mark("●", "ok", "ok")
LOST = Mark("?", "unknown", "lost")
STALE = Mark("~", "stale", "stale")
NOT_STARTED = Mark("○", "not started", "muted")
HURT = Mark("✕", "hurt", "failed")

STATES: Mapping[State, Mark] = {
    State.WAITING: NOT_STARTED,
    State.RUNNING: Mark("◐", "running", "running"),
    State.ASKING: Mark("‖", "waits", "waits"),
    State.OK: OK,
    State.FAILED: Mark("✕", "failed", "failed"),
    State.CANCELLED: Mark("✕", "cancelled", "warning"),
    State.TIMED_OUT: Mark("✕", "timed out", "failed"),
    State.LOST: Mark("?", "lost", "lost"),
    State.SKIPPED: Mark("·", "skipped", "muted"),
}

LINKS: Mapping[LinkState, Mark] = {
    LinkState.CONNECTING: Mark("○", "connecting", "muted"),
    LinkState.LIVE: Mark("●", "live", "ok"),
    LinkState.STALE: STALE,
    LinkState.UNREACHABLE: Mark("✕", "unreachable", "failed"),
    LinkState.KEY_UNKNOWN: Mark("?", "key unknown", "lost"),
    LinkState.KEY_CHANGED: Mark("✕", "key changed", "failed"),
    LinkState.LOGIN_REFUSED: Mark("✕", "login refused", "failed"),
}

FLIPS: Mapping[FlipState, Mark] = {
    FlipState.ASKED: Mark("◐", "asked", "running"),
    FlipState.PREPARED: Mark("◐", "prepared", "running"),
    FlipState.COMMITTED: Mark("◐", "committed", "running"),
    FlipState.PROVED: Mark("◐", "proved", "running"),
    FlipState.DONE: Mark("●", "done", "ok"),
    FlipState.FAILED: Mark("✕", "failed", "failed"),
    FlipState.UNKNOWN: Mark("?", "unknown", "lost"),
}

INCIDENTS: Mapping[IncidentState, Mark] = {
    IncidentState.OPEN: Mark("✕", "open", "failed"),
    IncidentState.ACKNOWLEDGED: Mark("‖", "acknowledged", "waits"),
    IncidentState.RESOLVED: Mark("●", "resolved", "ok"),
}

COLOURS: Mapping[Colour, Role] = {Colour.BLUE: "blue", Colour.GREEN: "green"}

CARD_KINDS: Mapping[CardKind, tuple[str, Role]] = {
    CardKind.FEATURE: ("feat", "text"),
    CardKind.BUG: ("bug", "warning"),  # not "failed": that is for what is wrong now
    CardKind.STABILITY: ("stab", "warning"),
    CardKind.PERFORMANCE: ("perf", "running"),
    CardKind.REQUEST: ("req", "muted"),
    CardKind.INCIDENT: ("inc", "failed"),
}

STAGE_NAMES: Mapping[StageKind, tuple[str, str, str]] = {
    StageKind.CODE: ("Code", "Code", "C"),
    StageKind.BUILD: ("Build", "Buil", "B"),
    StageKind.TEST: ("Test", "Test", "T"),
    StageKind.DEPLOY: ("Deploy", "Depl", "D"),
    StageKind.RELEASE: ("Release", "Rel", "R"),
    StageKind.MONITOR: ("Monitor", "Mon", "M"),
}

_ASCII = str.maketrans(
    "●◐✕‖○·~⚑⊘▲▸▾▌█░▁▂▃▄▅▆▇─│┬├└┤┐┘┌…→←↑↓—",
    "+>x=o.~!-!>v|#.__.-=+*-|+++++++.><^v-",
)
_ASCII |= {0x2800 + dots: ord("*" if dots else " ") for dots in range(256)}  # braille, of charts
_ASCII |= {ord("╵"): ord("'"), ord("…"): ord(">")}  # a cut, as pagers show it
_ASCII |= dict.fromkeys(map(ord, "╭╮╰╯"), ord("+"))  # the frames of dialogs
"""One cell for one cell, so that nothing shifts."""


def to_ascii(of: Line) -> Line:
    """The line for a terminal without UTF-8: same width, every other character a "?"."""
    return tuple(Span(_ascii_text(piece), piece.role, piece.ink) for piece in of)


def _ascii_text(piece: Span) -> SafeText:
    return piece.text if piece.text.isascii() else SafeText(ascii_text(piece.text))


def ascii_text(text: str) -> str:
    """Text of the same width in cells, every other character a "?"."""
    cells = cell_len(text)
    shown = text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
    return shown.ljust(cells, "?")[:cells]


def wants_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale's variables say that the terminal has no UTF-8.

    The first of LC_ALL, LC_CTYPE and LANG that is set decides, as in POSIX; none set means
    the C locale, which is UTF-8 in no promise, yet nearly always in fact: keep the glyphs.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(name, "")
        if value:
            return "utf" not in value.lower()
    return False
