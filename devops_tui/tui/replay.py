"""The same screens over a recording: a clock that stands, jumps and runs faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from devops_tui.domain.replay_time import time_of
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.ports.recording import ReplayControls
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.replay import ReplayState, replay_bar, speed_of
from devops_tui.tui.actions import bindings
from devops_tui.tui.app import DevopsApp, Options
from devops_tui.tui.notices import tell

_HELP = "at HH:MM[:SS] and speed N; { } a minute, shift+arrows ten seconds, ; pause, * \\ speed"


class ReplayApp(DevopsApp):
    """One operator's screens over a recording; nothing can be done in it.

    Args:
        open_front: Opens the recording; called on the thread that then owns it.
        controls: Its clock.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("replay")

    def __init__(
        self, open_front: Callable[[], Front], controls: ReplayControls, options: Options
    ) -> None:
        super().__init__(open_front, options, lambda: controls.shown_at.astimezone())
        self.controls = controls
        self.replay_bar = self._bar
        self._complained = ""

    def _bar(self, overview: Overview | None, cells: int) -> Line:
        at = self.controls
        state = ReplayState(
            at.shown_at.astimezone(),
            at.start.astimezone(),
            at.end.astimezone(),
            at.speed,
            at.is_paused,
            at.complaint,
        )
        return replay_bar(overview, state, cells)

    def still_running(self) -> Line:
        """Nothing: what ran then is over."""
        return ()

    def _tick(self) -> None:
        super()._tick()
        if self.controls.complaint != self._complained:
            self._complained = self.controls.complaint
            tell(self, line("the recording: ", self._complained), "warning")

    def action_pause(self) -> None:
        """Stops the clock, or goes on."""
        is_paused = self.controls.pause()
        tell(self, line("paused; ; goes on" if is_paused else "it goes on"))
        self._redraw()

    action_replay_pause = action_pause

    def action_replay_jump(self, seconds: str) -> None:
        """Goes on, or back."""
        self.controls.jump(float(seconds))
        self._redraw()

    def action_replay_speed(self, factor: str) -> None:
        """Plays faster, or slower."""
        self._say_speed(self.controls.set_speed(self.controls.speed * float(factor)))

    def action_replay_edge(self, which: str) -> None:
        """Goes to the beginning, or the end."""
        self.controls.go_to(self.controls.end if which == "end" else self.controls.start)
        self._redraw()

    def command(self, typed: str) -> None:
        """`at TIME` and `speed N`, beside what is understood everywhere."""
        word, _, rest = typed.strip().lstrip(":").strip().partition(" ")
        if word == "at":
            self._go_to(rest.strip())
        elif word == "speed":
            self._set_speed(rest.strip())
        else:
            super().command(typed)

    def _go_to(self, said: str) -> None:
        at = time_of(said, self.controls.start, self.controls.shown_at.astimezone().tzinfo)
        if at is None:
            tell(self, line(_HELP), "warning")
            return
        self.controls.go_to(at)
        self._redraw()

    def _set_speed(self, said: str) -> None:
        try:
            speed = float(said.rstrip("x"))
        except ValueError:
            tell(self, line(_HELP), "warning")
            return
        self._say_speed(self.controls.set_speed(speed))

    def _say_speed(self, speed: float) -> None:
        tell(self, line(f"plays at {speed_of(speed)}"))
        self._redraw()

    def _redraw(self) -> None:
        self.bridge.touch()
        if self.view is not None:
            self.view.redraw_bar()
