"""What the bridge tells the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from devops_tui.domain.view import Overview


@dataclass
class OverviewRead(Message):
    """Something changed, or a second passed; a newer one replaces an older one unseen."""

    overview: Overview

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, OverviewRead)


@dataclass
class FrontFailed(Message):
    """The house could not be asked; what is shown is old until it can.

    Attributes:
        is_final: It could not even be opened: there is nothing to show.
    """

    error: Exception
    is_final: bool = False

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, FrontFailed) and not message.is_final


@dataclass
class FrontBack(Message):
    """The house answers again."""
