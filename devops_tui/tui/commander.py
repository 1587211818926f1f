"""Carries out actions that were named rather than pressed, and says why one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from devops_tui.presentation.line import line
from devops_tui.presentation.safe_text import safe
from devops_tui.tui.actions import ACTIONS, BY_ID, Action, Situation, reason_against
from devops_tui.tui.arming import environment_of
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp
    from devops_tui.tui.screens.base import ViewScreen


_OPENS = {"artifact.list": "artifacts", "log.open": "pipelines", "log.search": "search"}
"""Commands that open a view at what was typed after them."""


class Commander:
    """The command line, the palette, and the refusals of one app."""

    def __init__(self, house: DevopsApp) -> None:
        self._house = house
        self._typed: list[str] = []

    async def open_line(self) -> None:
        """Opens the line for commands."""
        from devops_tui.tui.command_line import completions
        from devops_tui.tui.widgets.prompt import Prompt

        house = self._house

        def complete(typed: str) -> list[str]:
            return completions(typed, house.overview, house.theme_names())

        if house.view is not None:
            await house.view.open_prompt(Prompt("command", history=self._typed, complete=complete))

    def type(self, typed: str) -> None:
        """Carries out what was typed."""
        from devops_tui.tui.command_line import Command, parse

        found = parse(typed)
        if found is None:
            return
        self._typed = [*(t for t in self._typed if t != typed), typed]
        if isinstance(found, Command):
            self.carry_out(found.action, found.argument)
        else:
            tell(self._house, line(found.why), "warning")

    def carry_out(self, action: Action, argument: str = "") -> None:
        """Does an action to what is named, else to what is selected."""
        house = self._house
        if action.id == "app.theme":
            house.load_themes(argument or house.theme)
        elif action.id in _OPENS:
            house.open(_OPENS[action.id], argument)
        elif action.id.startswith("view."):
            house.open(action.id.removeprefix("view."), argument)
        elif house.acts.knows(action.id):
            self._act(action, argument)
        else:
            owner = house if "app" in action.places else house.view
            house.run_worker(house.run_action(action.handler, owner), group="command")

    def _act(self, action: Action, argument: str) -> None:
        at = self._situation(action, self._house.view, argument)
        reason = reason_against(action, at)
        if reason:
            tell(self._house, line(f"{action.label}: {reason}"), "warning")
        else:
            self._house.acts.do(action.id, argument or at.subject)

    def palette(self) -> Iterator[SystemCommand]:
        """What ctrl+p lists: what works everywhere, and what works here."""
        view = self._house.view
        here = view.view_name if view else ""
        for action in ACTIONS:
            if {"app", "view", here} & set(action.places):
                yield SystemCommand(
                    action.label,
                    action.tooltip or action.id,
                    lambda action=action: self.carry_out(action),
                )
        for name in self._house.theme_names():
            yield SystemCommand(
                f"theme {safe(name)}",
                "draw everything in this theme",
                lambda name=name: self._house.load_themes(name),
            )

    def reason(self, action: Action, view: ViewScreen | None = None) -> str | None:
        """Why an action cannot be done now; None when it can."""
        return reason_against(action, self._situation(action, view or self._house.view))

    def judge(self, view: ViewScreen) -> Callable[[str], str | None]:
        """Tells why each of several actions cannot be done now; looks at the view only once."""
        environment = view.environment()
        is_armed = self._house.arming.is_armed(environment)
        situations: dict[str, Situation] = {}

        def reason(action_id: str) -> str | None:
            action = BY_ID[action_id]
            at = situations.get(action.kind)
            if at is None:
                at = situations[action.kind] = Situation(
                    self._house.overview,
                    view.view_name,
                    environment.name if environment else "",
                    is_armed,
                    view.subject_of(action.kind) if action.kind else "",
                    self._house.replay_bar is not None,
                    view.shows_past,
                )
            return reason_against(action, at)

        return reason

    def _situation(self, action: Action, view: ViewScreen | None, named: str = "") -> Situation:
        subject = named or (view.subject_of(action.kind) if view and action.kind else "")
        environment = view.environment() if view else None
        if named and action.kind == "service":
            environment = environment_of(self._house.overview, named)
        return Situation(
            self._house.overview,
            view.view_name if view else "",
            environment.name if environment else "",
            self._house.arming.is_armed(environment),
            subject,
            self._house.replay_bar is not None,
            view is not None and view.shows_past,
        )
