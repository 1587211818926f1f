"""What a screen or a command may ask about flow and delivery; part of ports.front.Front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.dora import Dora
from devops_tui.domain.flow import Flow


class FigureFront(Protocol):
    """Read from the log of events; the calls of a session read on where the last one ended."""

    def flow(
        self, days: int = 90, service: str = "", cards: int = 0, ahead: int = 30, seed: int = 1
    ) -> Flow:
        """The board's flow in the last so many days, with a forecast.

        Of the cards of one service, or of all. The forecast is for so many cards (0: those
        in Planned and InWork), and says how many are done in `ahead` days.

        Raises:
            Refused: There is not one day.
        """
        ...

    def dora(self, days: int = 90, service: str = "") -> Sequence[Dora]:
        """The delivery figures of each service, or of one.

        Raises:
            NotFound: There is no such service, and none was ever deployed.
        """
        ...
