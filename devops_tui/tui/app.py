"""The app: it wires the bridge, the views and the table of actions, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from rich.console import RenderableType
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from devops_tui.domain.errors import ConfigError, DevopsError, Mistake
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation.line import Line, line
from devops_tui.tui.actions import BY_HANDLER, bindings
from devops_tui.tui.acts import Acts
from devops_tui.tui.arming import Arming
from devops_tui.tui.bridge import Bridge, Question
from devops_tui.tui.collector import look_at_all_again, spare_what_lives
from devops_tui.tui.commander import Commander
from devops_tui.tui.failures import Failure
from devops_tui.tui.key_order import OrderedKeys
from devops_tui.tui.messages import FrontBack, FrontFailed, OverviewRead
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.palette import DEFAULT_LOOK, DEFAULT_PALETTE, Look, palette
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.views import History, make_view

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Got(Generic[T]):
    """An answer that may be None itself."""

    value: T


@dataclass(frozen=True, slots=True)
class Options:
    """How the app starts.

    Attributes:
        theme: Name of a theme.
        own_themes: Folder of the operator's own themes; they win over those of the program.
        log: File that failures are written to; None keeps none.
        keymap: Id of an action to keys, the operator's own.
        is_readonly: Starts look-only everywhere.
        is_ascii: The terminal has no UTF-8.
        is_welcome: There is no workspace: offers the demo and `init`.
    """

    theme: str = DEFAULT_LOOK.name
    own_themes: Path | None = None
    log: Path | None = None
    keymap: Mapping[str, str] | None = None
    is_readonly: bool = False
    is_ascii: bool = False
    is_welcome: bool = False


class DevopsApp(OrderedKeys):
    """One operator's screens over one workspace.

    Args:
        open_front: Opens the house; called on the thread that then owns it.
        options: How it starts.
        now: The operator's clock, in the zone that times are shown in.
    """

    TITLE = "devops-tui"
    CSS = "Toast { padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    AUTO_FOCUS: ClassVar[str | None] = "LineTable"

    def __init__(
        self,
        open_front: Callable[[], Front],
        options: Options | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__()
        self.options = options or Options()
        self.now = now or (lambda: datetime.now().astimezone())
        self.looks: dict[str, Look] = {DEFAULT_LOOK.name: DEFAULT_LOOK}
        self.palette = palette(DEFAULT_LOOK, True) if self.options.is_ascii else DEFAULT_PALETTE
        self.register_theme(DEFAULT_LOOK.theme())
        self.theme = DEFAULT_LOOK.name
        self.overview: Overview | None = None
        self.mistakes: tuple[Mistake, ...] = ()
        self.failure: Failure | None = None
        self.arming = Arming(self.options.is_readonly, self.now)
        self.bridge = Bridge(open_front, self.post_message, lambda: self.now().astimezone(UTC))
        self.acts = Acts(self)
        self.commander = Commander(self)
        self.is_paused = False
        self.replay_bar: Callable[[Overview | None, int], Line] | None = None
        self.is_leaving = False
        self._views: dict[str, ViewScreen] = {}
        self._history = History()
        self._theme_files: frozenset[str] = frozenset()

    # Start and end

    def on_mount(self) -> None:
        """Home, or the welcome; then the house."""
        spare_what_lives()
        if self.options.keymap:
            self.set_keymap(dict(self.options.keymap))
        if self.options.is_welcome:
            from devops_tui.tui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen())
            return
        self.open("home")
        self.bridge.start()
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(lambda: self.run_worker(self._look_for_themes(), group="themes"))

    def on_unmount(self) -> None:
        """Lets the house go."""
        look_at_all_again(goes_on=self.is_headless)
        self.bridge.stop()

    def load_themes(self, chosen: str) -> None:
        """Reads the theme files on a thread, then draws in the chosen theme."""
        self.run_worker(self._read_themes(chosen), group="themes")

    async def _look_for_themes(self) -> None:
        from devops_tui.tui.themes import look_for_themes

        self._theme_files, mine = await asyncio.to_thread(look_for_themes, self.options.own_themes)
        if self.options.theme != DEFAULT_LOOK.name or mine:
            await self._read_themes(self.options.theme)

    async def _read_themes(self, chosen: str) -> None:
        from devops_tui.tui.themes import read_themes_of

        found = await asyncio.to_thread(read_themes_of, self.options.own_themes)
        self.looks.update(found.looks)
        for look in found.looks.values():
            self.register_theme(look.theme())
        for mistake in found.mistakes:
            tell(self, line(str(mistake)), "warning")
        if chosen != self.theme:
            self.choose_theme(chosen)

    def theme_names(self) -> list[str]:
        """Every theme by the name of its file, as they were when the app started."""
        return sorted(self._theme_files | set(self.looks))

    def choose_theme(self, name: str) -> None:
        """Draws everything in another theme."""
        look = self.looks.get(name)
        if look is None:
            names = ", ".join(sorted(self.looks))
            tell(self, line(f"no theme {name}; there are: {names}"), "warning")
            return
        self.palette = self.palette.of(look)
        self.theme = look.name
        for screen in self.screen_stack:
            screen.refresh(recompose=False)
        self.refresh_css(animate=False)

    def still_running(self) -> Line:
        """What goes on without the screen, in one line; empty when nothing does."""
        overview = self.overview
        if overview is None:
            return ()
        runs = [v.run for v in overview.runs if v.run.state not in ENDS]
        flips = [f for f in overview.flips if f.ended_at is None]
        parts = [f"{r.plan.pipeline} #{r.number}" for r in runs]
        parts += [f"the flip of {f.service} to {f.to_colour}" for f in flips]
        if not parts:
            return ()
        verb = "goes" if len(parts) == 1 else "go"
        return line(f"{', '.join(parts)} {verb} on without the screen.")

    def exit(
        self,
        result: str | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leaves; whatever the house says from now on comes too late."""
        self.is_leaving = True
        super().exit(result, return_code, message)

    async def action_quit(self) -> None:
        """Leaves; what runs goes on."""
        self.exit()

    def action_help_quit(self) -> None:
        """Says how to leave: ctrl+c never kills silently."""
        tell(self, line("q leaves; what runs goes on without the screen"))

    def fail(self, failure: Failure) -> None:
        """Ends the app because of a fault of its own."""
        if self.failure is None:
            self.failure = failure
        self.exit(return_code=1)

    def _handle_exception(self, error: Exception) -> None:
        """Textual would print a traceback with locals; ours goes to the log, without."""
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self._return_code = 1
            self.fail(Failure.of(error, self.options.log))
            self._close_messages_no_wait()

    # What the bridge says

    def on_overview_read(self, message: OverviewRead) -> None:
        """Shows what is new, unless the operator paused."""
        if self.is_leaving:
            return
        self.acts.follow(message.overview)
        if self.is_paused:
            return
        is_first = self.overview is None
        self.overview = message.overview
        self.mistakes = message.overview.mistakes
        if is_first and self.mistakes and message.overview.workspace is None:
            self.open("mistakes")
        screen = self.view
        if screen is not None:
            screen.take(message.overview)

    def on_front_failed(self, message: FrontFailed) -> None:
        """The house cannot be asked, or not even opened."""
        if not message.is_final:
            tell_error(self, message.error)
        elif isinstance(message.error, ConfigError):
            self.mistakes = message.error.mistakes
            self.open("mistakes")
        else:
            self.fail(Failure.of(message.error, self.options.log))

    def on_front_back(self, _: FrontBack) -> None:
        """The house answers again."""
        tell(self, line("the store answers again"))

    def _tick(self) -> None:
        if self.view is not None:
            self.view.tick()

    async def answer(self, question: Question[T]) -> Got[T] | None:
        """What the house says; None when it refused, which is then told."""
        try:
            return Got(await self.bridge.ask(question))
        except DevopsError as error:
            tell_error(self, error)
            return None

    # Views

    @property
    def view(self) -> ViewScreen | None:
        """The view that is open, below any dialog."""
        return next((s for s in reversed(self.screen_stack) if isinstance(s, ViewScreen)), None)

    def open(self, view: str, subject: str = "", *, remembers: bool = True) -> None:
        """Goes to a view, and there to the thing of that name."""
        if view not in self._views:
            self._views[view] = make_view(view)
            self.install_screen(self._views[view], view)
        screen = self._views[view]
        if self.view is None:
            self.wait_for_screen(self.push_screen(view))
        elif screen is not self.view:
            while not isinstance(self.screen, ViewScreen):
                self.pop_screen()
            self.wait_for_screen(self.switch_screen(view))
        if remembers:
            self._history.visit(view, subject)
        self.bridge.look_at(f"{view} {subject}".strip())
        if subject:
            self.call_later(screen.go_to, subject)

    def _go(self, place: tuple[str, str] | None, otherwise: str) -> None:
        if place is None:
            tell(self, line(otherwise))
        else:
            self.open(*place, remembers=False)

    def action_open_view(self, view: str) -> None:
        """Opens a view."""
        self.open(view)

    async def action_back(self) -> None:
        """One level up; never out of the app."""
        if self.view is None or self.view.leave_one_level():
            return
        if self.view.view_name != "home":
            place = self._history.last_other_view() or ("home", "")
            self.open(*place)

    def action_last_view(self) -> None:
        """The view before this one."""
        place = self._history.last_other_view()
        if place is None:
            tell(self, line("there was no other view yet"))
        else:
            self.open(*place)

    def action_older_view(self) -> None:
        """Walks the history back."""
        self._go(self._history.walk(-1), "there is nothing older")

    def action_newer_view(self) -> None:
        """Walks the history on."""
        self._go(self._history.walk(1), "there is nothing newer")

    def action_commands(self) -> None:
        """Every command that was sent to a host."""
        self.open("commands")

    def action_mistakes(self) -> None:
        """The mistakes in the configuration."""
        self.open("mistakes")

    def action_help(self) -> None:
        """Every key that does something here."""
        from devops_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.wait_for_screen(self.push_screen(HelpScreen(self.screen)))

    # Acts everywhere

    def action_arm(self) -> None:
        """Allows changes in this environment for 15 minutes, or takes that back."""
        environment = self.view.environment() if self.view else None
        name = environment.name if environment else "this workspace"
        if not self.arming.needs_arming(environment):
            tell(self, line(f"{name} can be changed already"))
            return
        until = self.arming.toggle(environment)
        said = f"armed until {until:%H:%M}; w disarms" if until else "look-only again"
        tell(self, line(f"{name} is {said}"), "warning" if until else "information")
        if self.view is not None:
            self.view.redraw_frame()

    def action_pause(self) -> None:
        """Stops the live data, or goes on."""
        self.is_paused = not self.is_paused
        tell(self, line("paused; u goes on" if self.is_paused else "live again"))

    def action_copy(self) -> None:
        """Copies the selected line to the clipboard of the terminal."""
        table = self.view.table if self.view else None
        text = table.cursor_text if table else ""
        if not text:
            tell(self, line("nothing is selected"))
            return
        self.copy_to_clipboard(text)
        tell(self, line("copied: ", text))

    def action_undo(self) -> None:
        """Refused by the table of actions, with the reason."""

    action_redo = action_undo

    async def action_command_line(self) -> None:
        """Opens the line for commands."""
        await self.commander.open_line()

    def command(self, typed: str) -> None:
        """Carries out what was typed after `:`."""
        self.commander.type(typed)

    # Why not

    async def run_action(
        self,
        action: object,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Carries an action out, or shows why it cannot be done now."""
        known = BY_HANDLER.get(action) if isinstance(action, str) else None
        if known is not None and isinstance(self.screen, ViewScreen):
            reason = self.commander.reason(known)
            if reason is not None:
                tell(self, line(f"{known.label}: {reason}"), "warning")
                return True
        return await super().run_action(action, default_namespace, namespaces)  # type: ignore[arg-type]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The same actions for ctrl+p."""
        return self.commander.palette()
