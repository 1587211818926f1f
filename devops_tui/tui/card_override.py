"""Breaking a rule of the board with a reason: cards over a limit, an undo that it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.board import Card, Place
from devops_tui.domain.board_rules import can_override
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.errors import DevopsError, LimitReached
from devops_tui.ports.front import Front
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.units import plural
from devops_tui.tui.dialogs import Dialog, Question
from devops_tui.tui.notices import tell, tell_error

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_KEPT = line(("The audit keeps who did it and why.", "muted"))

Walk = Callable[[Front, str], Sequence[CardChange]]
"""An undo or a redo; the text is the reason against a rule, empty for none."""


async def override(house: DevopsApp, cards: Sequence[Card], to: Place) -> bool:
    """Asks for a reason and moves the cards, all or none; whether they were moved."""
    told = cards[0].id if len(cards) == 1 else plural(len(cards), "card")
    title = line("Move ", (told, "accent"), f" to {to.value} over its limit")
    why = await _reason(house, title, f"move {told}")
    if not why:
        return False
    try:
        if len(cards) == 1:
            card = cards[0]
            await house.bridge.ask(lambda f: f.move_card(card.id, to, card.rev, None, why))
        else:
            seen = {card.id: card.rev for card in cards}
            await house.bridge.ask(lambda f: f.move_cards(seen, to, why))
            tell(house, line(f"{told}: in {to} now"))
    except DevopsError as error:
        tell_error(house, error)
        return False
    return True


async def walk_back(house: DevopsApp, walk: Walk) -> Sequence[CardChange]:
    """Undoes or does again; asks who may for a reason where a limit stands in the way.

    Raises:
        DevopsError: It was refused; nothing was changed.
    """
    try:
        return await house.bridge.ask(lambda f: walk(f, ""))
    except LimitReached as error:
        workspace = house.overview.workspace if house.overview is not None else None
        actor = await house.bridge.ask(lambda f: f.actor)
        if workspace is None or not can_override(workspace.team, actor):
            raise
        why = await _reason(house, line((error.title, "warning")), "do it all the same")
        return await house.bridge.ask(lambda f: walk(f, why)) if why else ()


async def _reason(house: DevopsApp, title: Line, verb: str) -> str:
    """What the operator says; empty when the dialog was left."""
    question = Question(
        title, (_KEPT,), verb=verb, asks_reason=True, needs_reason=True, is_careful=False
    )
    answer = await house.push_screen_wait(Dialog(question))
    return answer.why if answer is not None else ""
