"""The part of the double that is about flow and delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from devops_tui.domain.board_file import FiledCard, ImportReport
from devops_tui.domain.dora import Dora
from devops_tui.domain.flow import Flow, flow


class FakeFigures:
    """Answers what a test gave it; remembers the period that was asked for."""

    flow_figures: Flow | None = None
    dora_figures: Sequence[Dora] = ()
    days_asked: int = 0

    def flow(
        self, days: int = 90, service: str = "", cards: int = 0, ahead: int = 30, seed: int = 1
    ) -> Flow:
        self.days_asked = days
        now = datetime.now(UTC)
        return self.flow_figures or flow([], now - timedelta(days=days), now, service)

    def dora(self, days: int = 90, service: str = "") -> Sequence[Dora]:
        return self.dora_figures

    def export_cards(self, *, is_whole: bool = False) -> Sequence[FiledCard]:
        return ()

    def import_cards(self, cards: Sequence[FiledCard], *, is_dry: bool = False) -> ImportReport:
        return ImportReport(datetime.now(UTC), is_dry, ())
