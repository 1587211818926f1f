"""Templates of cards: what a card of a sort begins with."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.board import CardKind, Priority


@dataclass(frozen=True, slots=True)
class CardTemplate:
    """What a new card takes from its template; what is said beside it goes first.

    Attributes:
        title: Put before the title that is given, as "Restore test: ".
        text: Markdown.
        checklist: Items that are not done yet.
    """

    name: str
    title: str = ""
    kind: CardKind = CardKind.REQUEST
    text: str = ""
    labels: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    service: str = ""
    priority: Priority = Priority.NORMAL
    estimate: float | None = None
