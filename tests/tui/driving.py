"""Starts the app over the double and waits for states; no test sleeps for a fixed time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from fake_front import FakeFront
from sample_world import world
from textual.pilot import Pilot

from devops_tui.domain.view import Overview
from devops_tui.tui.app import DevopsApp, Options
from devops_tui.tui.widgets.line_table import LineTable

PATIENCE_S = 60.0
POLL_S = 0.01
_KEYS = {" ": "space", ":": "colon", "/": "slash", "-": "minus", "!": "exclamation_mark"}


class Driver:
    """An app that runs, its double, and a pilot."""

    def __init__(self, app: DevopsApp, front: FakeFront, pilot: Pilot[str]) -> None:
        self.app = app
        self.front = front
        self.pilot = pilot

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Waits until the condition holds."""
        end = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < end, f"never: {what or condition}\n{self.text()}"
            await self.pilot.pause(POLL_S)

    async def until_shown(self, text: str) -> None:
        """Waits until that text stands on the screen."""
        await self.until(lambda: text in self.text(), f"{text!r} on the screen")

    async def until_said(self, text: str) -> None:
        """Waits until a notice says that text."""
        await self.until(lambda: any(text in n for n in self.notices()), f"{text!r} said")

    async def press(self, *keys: str) -> None:
        """Presses keys and lets the app settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Types text, character by character."""
        for character in text:
            await self.pilot.press(_KEYS.get(character, character))
        await self.pilot.pause()

    def rows(self) -> list[str]:
        """What is drawn, as plain text."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.rows())

    def notices(self) -> list[str]:
        """The notices that are shown."""
        return [str(n.message) for n in self.app._notifications]

    def table(self, name: str) -> LineTable:
        """A list of the screen that is open."""
        return self.app.screen.query_one(f"#{name}", LineTable)


@asynccontextmanager
async def driving(
    front: FakeFront | Overview | None = None,
    size: tuple[int, int] = (120, 40),
    options: Options | None = None,
) -> AsyncIterator[Driver]:
    """The app over a double, Home shown with live data."""
    house = front if isinstance(front, FakeFront) else FakeFront(front or world())
    app = DevopsApp(lambda: house, options)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, house, pilot)
        await driver.until(lambda: app.overview is not None, "an overview")
        await pilot.pause()
        yield driver
    assert house.is_closed
