"""The acts on cards: one transaction each, so that they are done when they are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.board import BoardRules, Card
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.errors import DevopsError
from devops_tui.presentation.board import rules_of
from devops_tui.presentation.line import line
from devops_tui.presentation.units import plural
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_PLAIN = "a plain card"


class CardActs(Asking):
    """The acts of an operator on the board."""

    _house: DevopsApp

    def card_acts(self) -> Mapping[str, Callable[..., Awaitable[None]]]:
        """By the ids of the table of actions."""
        return {
            "card.left": self._card_left,
            "card.right": self._card_right,
            "card.up": self._card_up,
            "card.down": self._card_down,
            "card.add": self._card_add,
            "card.to": self._cards_to,
            "card.edit": self._card_edit,
            "card.comment": self._card_comment,
            "card.reword": self._card_reword,
            "card.block": self._card_block,
            "card.archive": self._card_archive,
            "card.undo": self._card_undo,
            "card.redo": self._card_redo,
            "card.linked": self._linked,
        }

    async def _card_left(self, card_id: str) -> None:
        await self._card_sideways(card_id, is_right=False)

    async def _card_right(self, card_id: str) -> None:
        await self._card_sideways(card_id, is_right=True)

    async def _card_sideways(self, card_id: str, *, is_right: bool) -> None:
        card = self._card(card_id)
        rules = self._rules()
        place = rules.place_of(card)
        to = rules.beside(place, 1 if is_right else -1)
        if to is None:  # told of the column: the card may be elsewhere before the note is gone
            tell(self._house, line(f"{place} is the {'last' if is_right else 'first'} column"))
            return
        await self._house.bridge.ask(lambda f: f.move_card(card.id, to, card.rev))
        view = self._house.view
        if view is None or view.view_name != "board":  # there it is seen, and faster than told
            tell(self._house, line(f"{card_id} moved to {to}"))

    async def _card_up(self, card_id: str) -> None:
        card, column = self._card(card_id), self._column_of(card_id)
        place = self._rules().place_of(card)
        index = column.index(card)
        if index > 0:
            before = column[index - 1].id
            await self._house.bridge.ask(
                lambda f: f.move_card(card.id, place, card.rev, before=before)
            )

    async def _card_down(self, card_id: str) -> None:
        card, column = self._card(card_id), self._column_of(card_id)
        place = self._rules().place_of(card)
        index = column.index(card)
        if index + 1 < len(column):
            before = column[index + 2].id if index + 2 < len(column) else None
            await self._house.bridge.ask(
                lambda f: f.move_card(card.id, place, card.rev, before=before)
            )

    async def _card_add(self, title: str = "") -> None:
        template = ""
        if not title:
            found = await self._template()
            if found is None:
                return
            template = found
            of = line(" of ", (template, "accent")) if template else ()
            answer = await self._ask_operator(
                title=(*line("New card in the Backlog"), *of),
                asks="its title, in one line",
                verb="file it",
                asks_reason=True,
                needs_reason=True,
                is_careful=False,
            )
            if answer is None:
                return
            title = answer.why
        if template:
            card = await self._house.bridge.ask(lambda f: f.add_card_of(template, title))
        else:
            card = await self._house.bridge.ask(lambda f: f.add_card(title))
        tell(self._house, line(f"{card.id} was filed in the Backlog"))

    async def _template(self) -> str | None:
        """The template that was chosen, empty for none; None when the question was left."""
        from devops_tui.tui.choosing import Choice

        workspace = self._house.overview.workspace if self._house.overview else None
        if workspace is None or not workspace.templates:
            return ""
        names = (_PLAIN, *(template.name for template in workspace.templates))
        chosen = await self._house.push_screen_wait(Choice(line("A card of which sort?"), names))
        return "" if chosen == _PLAIN else chosen

    def _card(self, card_id: str) -> Card:
        cards = self._house.overview.cards if self._house.overview else ()
        found = next((c for c in cards if c.id == card_id), None)
        if found is None:
            raise DevopsError(f"no card {card_id}")
        return found

    def _column_of(self, card_id: str) -> list[Card]:
        cards = self._house.overview.cards if self._house.overview else ()
        rules = self._rules()
        place = rules.place_of(self._card(card_id))
        return sorted((c for c in cards if rules.place_of(c) == place), key=lambda c: c.rank)

    def _rules(self) -> BoardRules:
        return rules_of(self._house.overview.workspace if self._house.overview else None)

    # Shells

    async def _open_shell(self, place: str) -> None:
        from devops_tui.tui.shells import open_job_shell

        await open_job_shell(self._house, place)

    async def _open_host_shell(self, host: str) -> None:
        from devops_tui.tui.shells import open_host_shell

        await open_host_shell(self._house, host)

    async def _cards_to(self, card_id: str, cards: str = "", to: str = "") -> None:
        """Moves one card or several, all or none, to a column that is asked for unless named."""
        from devops_tui.tui.column_choice import ColumnChoice

        moving = [self._card(name) for name in (cards.split() or [card_id])]
        told = moving[0].id if len(moving) == 1 else plural(len(moving), "card")
        rules = self._rules()
        column = rules.named(to) if to else None
        if column is None:
            title = line("Move ", (told, "accent"), " to which column?")
            column = await self._house.push_screen_wait(ColumnChoice(title, rules.places))
        if column is None:
            return
        seen = {card.id: card.rev for card in moving if card.place != column}
        if not seen:
            tell(self._house, line(f"nothing to move: {told} stood in {column}"))
            return
        target = column
        await self._house.bridge.ask(lambda f: f.move_cards(seen, target))
        tell(self._house, line(f"{told} moved to {column}"))

    async def _card_edit(self, card_id: str) -> None:
        from devops_tui.tui.card_form import CardForm

        card = self._card(card_id)

        async def save(edit: CardEdit) -> None:
            await self._house.bridge.ask(lambda f: f.edit_card(card.id, edit, card.rev))
            tell(self._house, line(f"{card.id} is changed"))

        await self._house.push_screen_wait(CardForm(card, save))

    async def _card_comment(self, card_id: str) -> None:
        card = self._card(card_id)
        answer = await self._ask_operator(
            title=line("Comment on ", (card.id, "accent")),
            asks="the remark, in one line",
            verb="comment",
            asks_reason=True,
            needs_reason=True,
            is_careful=False,
        )
        if answer is not None:
            edit = CardEdit(comment=answer.why)
            await self._house.bridge.ask(lambda f: f.edit_card(card.id, edit))
            tell(self._house, line(f"{card.id} has a remark more"))

    async def _card_reword(self, card_id: str, at: str = "") -> None:
        from devops_tui.tui.reword_act import reword

        await reword(self._house, self._card(card_id), at)

    async def _card_block(self, card_id: str) -> None:
        card = self._card(card_id)
        why = ""
        if not card.blocked:
            answer = await self._ask_operator(
                title=line((card.id, "accent"), " cannot go on"),
                verb=f"block {card.id}",
                asks_reason=True,
                needs_reason=True,
                is_careful=False,
            )
            if answer is None:
                return
            why = answer.why
        edit = CardEdit(blocked=why)
        await self._house.bridge.ask(lambda f: f.edit_card(card.id, edit, card.rev))
        tell(self._house, line(f"{card.id} is blocked" if why else f"{card.id} can go on"))

    async def _card_archive(self, card_id: str) -> None:
        card = self._card(card_id)
        await self._house.bridge.ask(lambda f: f.archive_card(card.id, card.rev))
        tell(self._house, line(f"{card.id} is archived; z brings it back"))

    async def _card_undo(self, _: str) -> None:
        from devops_tui.tui.card_override import walk_back

        self._tell_way(await walk_back(self._house, lambda f, why: f.undo_card(why)), "undone")

    async def _card_redo(self, _: str) -> None:
        from devops_tui.tui.card_override import walk_back

        self._tell_way(await walk_back(self._house, lambda f, why: f.redo_card(why)), "done again")

    def _tell_way(self, changes: Sequence[CardChange], how: str) -> None:
        for change in changes[:1]:
            more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
            tell(self._house, line(f"{how}: {change.kind} of {change.card_id}{more}"))

    async def _linked(self, _: str) -> None:
        """Opens the cards of what is selected in the view that is open."""
        from devops_tui.tui.card_links import cards_of, follow

        view = self._house.view
        if view is None:
            return
        named = [(kind, view.subject_of(kind)) for kind in ("run", "host")]
        named.append(("release", view.subject_of("service")))
        cards = cards_of(self._house.overview, [(kind, name) for kind, name in named if name])
        await follow(self._house, cards, "no card is linked to it")
