"""The board where a Jira holds the same cards: what it has of them, and what clashes."""

from __future__ import annotations

from devops_tui.domain.board import Card
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.tracker import Tracked, TrackedCard
from devops_tui.presentation.line import line
from devops_tui.presentation.tracker import answers
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.panes.board_filter import BoardFilterScreen


class BoardTrackerScreen(BoardFilterScreen):
    """Base of the board: asks for the issue of a card, and decides where the two differ."""

    def __init__(self) -> None:
        super().__init__()
        self._issue: tuple[str, int, Tracked | None, TrackedCard | None] = ("", 0, None, None)

    def tracked_of(self, card: Card) -> TrackedCard | None:
        """What is known of its issue; asks for it when the card or the issue changed."""
        tracked = self.overview.tracked if self.overview is not None else None
        if tracked is None:
            return None
        seen = tracked.get(card.id)
        if self._issue[:3] != (card.id, card.rev, seen):
            old = self._issue[3] if self._issue[0] == card.id else None
            self._issue = (card.id, card.rev, seen, old)
            self.ask(lambda f: f.tracked_card(card.id), lambda found: self._know(card, found))
        return self._issue[3]

    def _know(self, card: Card, found: TrackedCard) -> None:
        if self._issue[:2] == (card.id, card.rev):
            self._issue = (*self._issue[:3], found)
            self.redraw_card()

    def redraw_card(self) -> None:
        """What is known of the card that is shown changed."""

    def action_resolve_clash(self) -> None:
        """Asks what counts where the board and Jira differ, and does that."""
        card_id = self.subject_of("card")
        if card_id:
            self.house.run_act(self._resolve(card_id), group="clash")

    async def _resolve(self, card_id: str) -> None:
        from devops_tui.domain.ids import CardId
        from devops_tui.tui.choosing import Choice

        if self.overview is None or self.overview.tracked is None:
            tell(self.app, line("the board has no Jira"))
            return
        answer = await self.house.answer(lambda f: f.tracked_card(CardId(card_id)))
        if answer is None:
            return
        clashes = answer.value.copy.clashes if answer.value.copy is not None else ()
        ways = {
            words: (clash.field, take)
            for clash in clashes
            for words, take in zip(answers(clash), ("mine", "theirs"), strict=True)
        }
        if not ways:
            tell(self.app, line(f"{card_id}: nothing differs that asks you"))
            return
        title = line("What counts for ", (card_id, "accent"), "?")
        chosen = await self.app.push_screen_wait(Choice(title, list(ways)))
        if chosen is None:
            return
        field, take = ways[chosen]
        try:
            await self.house.bridge.ask(lambda f: f.resolve_clash(CardId(card_id), field, take))
        except DevopsError as error:
            tell_error(self.app, error)
        else:
            tell(self.app, line(f"{card_id}: {field} is decided"))
