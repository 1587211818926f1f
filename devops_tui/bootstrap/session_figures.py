"""The part of an operator's session that is about flow and delivery."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.dora import Dora
from devops_tui.domain.flow import Flow
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.figures import Figures


class FigureSession:
    """Implements ports.front_figures.FigureFront; base of Session."""

    _clock: Clock
    _store: Store
    _figures: Figures | None = None

    def flow(
        self, days: int = 90, service: str = "", cards: int = 0, ahead: int = 30, seed: int = 1
    ) -> Flow:
        """The board's flow in the last so many days."""
        return self._kept().flow(days, service, cards, ahead, seed)

    def dora(self, days: int = 90, service: str = "") -> Sequence[Dora]:
        """The delivery figures of each service, or of one."""
        return self._kept().dora(days, service)

    def _kept(self) -> Figures:
        if self._figures is None:
            self._figures = Figures(self._store, self._clock)
        return self._figures
