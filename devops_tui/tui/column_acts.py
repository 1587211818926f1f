"""Chooses the columns of the fleet's table, and keeps the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devops_tui.presentation import fleet
from devops_tui.presentation.fleet_columns import checked
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp


async def choose_columns(house: DevopsApp, text: str) -> None:
    """Takes names of columns; raises Refused with all of them when one is not known."""
    from devops_tui.tui.panes.fleet_list import FleetListScreen

    names = () if text.strip() == "usual" else checked(text, fleet.FIELDS)
    await house.bridge.ask(lambda front: front.keep_fleet_columns(names))
    if isinstance(house.view, FleetListScreen):
        house.view.take_columns(names)
    told = ", ".join(names) or "the usual ones"
    tell(house, line("columns: ", (told, "accent"), ("; kept", "muted")))
