"""Changes what an operator said on a card, or takes it away: his own remarks only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from devops_tui.domain.board import Card
from devops_tui.domain.card_edit import CardEdit
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_SHOWN = 50
"""Characters of a remark that tell which one it is."""


async def reword(house: DevopsApp, card: Card, at: str) -> None:
    """Opens one remark of the operator; `at` is the number of the one under the cursor, or empty.

    Where the cursor stands on none it is the only one, or one that is chosen from a list.
    """
    actor = await house.bridge.ask(lambda front: front.actor)
    own = {number: each for number, each in enumerate(card.comments, 1) if each.actor == actor}
    chosen = int(at) if at else next(iter(own)) if len(own) == 1 else 0
    if chosen and chosen not in own:
        whose = card.comments[chosen - 1].actor if chosen <= len(card.comments) else "nobody"
        tell(house, line(f"remark {chosen} is {whose}'s: only who said it changes it"), "warning")
        return
    if not own:
        tell(house, line(f"no remark on {card.id} is yours; c writes one"))
        return
    if not chosen:
        chosen = await _choose(house, card, own.keys())
    if chosen:
        await _change(house, card, chosen)


async def _choose(house: DevopsApp, card: Card, own: Iterable[int]) -> int:
    """The number of the remark that was picked; 0 when the list was left."""
    from devops_tui.tui.choosing import Choice

    names = {f"{n}  {_first_words(card.comments[n - 1].text)}": n for n in own}
    title = line("Which of your remarks on ", (card.id, "accent"), "?")
    picked = await house.push_screen_wait(Choice(title, tuple(names)))
    return names[picked] if picked is not None else 0


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"


async def _change(house: DevopsApp, card: Card, number: int) -> None:
    from devops_tui.tui.remark_form import RemarkForm

    had = card.comments[number - 1].text

    async def save(text: str) -> None:
        edit = CardEdit(reword=(number, text))
        await house.bridge.ask(lambda front: front.edit_card(card.id, edit, card.rev))
        how = "changed" if text else "taken away; z brings it back"
        tell(house, line(f"remark {number} on {card.id} was {how}"))

    title = line(f"Your remark {number} on ", (card.id, "accent"))
    await house.push_screen_wait(RemarkForm(title, had, save))
