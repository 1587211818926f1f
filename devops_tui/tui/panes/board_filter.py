"""What part of the board is shown, and how: the filter, the lanes, the sprint's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.board import Card
from devops_tui.domain.card_query import Asker, BadQuery, parse
from devops_tui.domain.view import Overview
from devops_tui.presentation.board_lanes import Lanes
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.sprint import burndown_lines, sprint_line
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.panes.levels import TwoLevelScreen
from devops_tui.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from devops_tui.tui.widgets.prompt import Prompt

_KEEP = "keep this filter…"


class BoardFilterScreen(TwoLevelScreen):
    """Base of the board: `/` asks for cards by a query, `s` parts them into lanes."""

    def __init__(self) -> None:
        super().__init__()
        self.query_text = ""
        self.lanes = Lanes.NONE
        self._test = parse("")
        self._wrong: BadQuery | None = None
        self._login = ""

    def on_mount(self) -> None:
        """Who `me` is."""
        self.ask(lambda f: f.actor, self._know_login)

    def _know_login(self, login: str) -> None:
        self._login = login
        self._again()

    def wanted(self, overview: Overview) -> Sequence[Card]:
        """The cards that the query asks for."""
        if not self.query_text:
            return overview.cards
        asker = Asker(self._login, overview.at)
        return [card for card in overview.cards if self._test(card, asker)]

    # The line above the columns

    def compose_status(self) -> LineView:
        """One line, there only while it says something."""
        status = LineView(self._status_lines, id="board-status")
        status.display = False
        return status

    def draw_status(self) -> None:
        """The sprint went on, or another filter counts."""
        status = self.query_one("#board-status", LineView)
        sprint = self.overview.sprint if self.overview is not None else None
        is_said = bool(self.query_text or self._wrong or self.lanes is not Lanes.NONE)
        status.display = is_said or sprint is not None or bool(self.status_notes())
        status.remake()

    def status_notes(self) -> Sequence[Line]:
        """What else is to be said above the columns."""
        return ()

    def _status_lines(self, cells: int) -> list[Line]:
        overview = self.overview
        if overview is None:
            return []
        parts: list[Line] = list(self.status_notes())
        if self._wrong is not None:
            parts.append(line((f"✗ {self._wrong.title}. {self._wrong.hint}", "warning")))
        elif self.query_text:
            count = len(self.wanted(overview))
            parts.append(
                line((f"/ {self.query_text}", "match"), f" {count} of {len(overview.cards)}")
            )
        if self.lanes is not Lanes.NONE:
            parts.append(line((f"lanes by {self.lanes}", "muted")))
        if overview.sprint is not None:
            parts.append(sprint_line(overview.sprint, overview.cards, overview.at, cells))
        return [cut(joined(parts), cells)]

    def _again(self) -> None:
        if self.overview is not None and not self.subject:
            self.show(self.overview)

    # The filter

    async def action_filter(self) -> None:
        """Opens the line for a query of cards; on a card's sheet, that for its lines."""
        from devops_tui.tui.widgets.prompt import Prompt

        if self.subject:
            await super().action_filter()
        else:
            await self.open_prompt(Prompt("filter", text=self.query_text))

    def prompt_typed(self, prompt: Prompt) -> None:
        """Shows what is found while it is typed; what is no query yet changes nothing."""
        if prompt.purpose != "filter" or self.subject:
            super().prompt_typed(prompt)
            return
        self.ask_for(prompt.value)

    def prompt_entered(self, prompt: Prompt) -> None:
        """Keeps the filter; one with a mistake is said, with its column."""
        super().prompt_entered(prompt)
        if self._wrong is not None and prompt.purpose == "filter":
            tell_error(self.app, self._wrong)
            self._wrong = None
            self.draw_status()

    def prompt_left(self, prompt: Prompt) -> None:
        """Takes the filter away."""
        if prompt.purpose == "filter" and not self.subject:
            self.ask_for("")
        super().prompt_left(prompt)

    def ask_for(self, text: str) -> None:
        """Shows the cards that a query asks for; all when it is empty."""
        try:
            self._test, self._wrong = parse(text), None
        except BadQuery as error:
            self._wrong = error
            self.draw_status()
            return
        self.query_text = text.strip()
        self._again()

    def leave_one_level(self) -> bool:
        """Escape takes the filter away first."""
        if self.query_text and not self.subject:
            self.ask_for("")
            return True
        return super().leave_one_level()

    # Lanes, saved filters, the sprint

    def action_lanes(self) -> None:
        """Parts the cards by the next thing."""
        self.lanes = self.lanes.following
        self._again()
        tell(
            self.app, line(f"lanes by {self.lanes}" if self.lanes is not Lanes.NONE else "no lanes")
        )

    def action_saved_filters(self) -> None:
        """Chooses a filter that was kept, or keeps the one that counts."""
        self.house.run_act(self._choose_filter(), group="filters")

    async def _choose_filter(self) -> None:
        from devops_tui.tui.choosing import Choice

        answer = await self.house.answer(lambda f: f.saved_filters())
        if answer is None:
            return
        known = answer.value
        names = [*known, *([_KEEP] if self.query_text else [])]
        if not names:
            tell(self.app, line("no filter is kept; type one after / and press F again"))
            return
        chosen = await self.app.push_screen_wait(Choice(line("Which filter?"), names))
        if chosen == _KEEP:
            await self._keep()
        elif chosen is not None:
            self.ask_for(known[chosen])

    async def _keep(self) -> None:
        from devops_tui.tui.dialogs import Dialog, Question

        title = line("Keep ", (self.query_text, "match"), " under which name?")
        asked = Question(
            title, verb="keep it", asks_reason=True, needs_reason=True, is_careful=False
        )
        answer = await self.app.push_screen_wait(Dialog(asked))
        if answer is not None:
            name, query = answer.why, self.query_text
            kept = await self.house.answer(lambda f: f.save_filter(name, query))
            if kept is not None:
                tell(self.app, line(f"kept as {name}; F finds it"))

    def action_sprint(self) -> None:
        """Shows how much is left of the sprint, day by day."""
        self.house.run_act(self._show_sprint(), group="sprint")

    async def _show_sprint(self) -> None:
        from devops_tui.tui.dialogs import Dialog, Question

        answer = await self.house.answer(lambda f: f.burndown())
        if answer is None or self.overview is None:
            return
        cells = max(20, min(92, int(self.size.width * 0.94) - 4))
        lines = burndown_lines(answer.value, self.overview.at, cells)
        asked = Question(lines[0], lines[1:], verb="well", is_careful=False)
        await self.app.push_screen_wait(Dialog(asked))
