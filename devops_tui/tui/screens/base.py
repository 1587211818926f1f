"""What every screen has: the bar above, the keys below, panes, filter, zoom, acts."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.view import Overview
from devops_tui.domain.workspace import Environment
from devops_tui.ports.front import Front
from devops_tui.presentation.home import age_if_old, top_bar
from devops_tui.presentation.line import Line, line
from devops_tui.tui.actions import BY_ID, bindings
from devops_tui.tui.arming import environment_of
from devops_tui.tui.bridge import IDLE_TICK_S
from devops_tui.tui.collector import tidy
from devops_tui.tui.filters import parse
from devops_tui.tui.notices import tell
from devops_tui.tui.screens.acting import ActingScreen
from devops_tui.tui.widgets.footer import FooterBar
from devops_tui.tui.widgets.ground import GroundContainer, OnGround
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane
from devops_tui.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from devops_tui.tui.widgets.prompt import Prompt, PromptLine

T = TypeVar("T")


class ViewScreen(OnGround, ActingScreen):
    """One view.

    A screen of its own gives `view_name`, `footer_actions` (ids of actions, the most
    important first), `BINDINGS = bindings(view_name)`, `compose_body`, and `show`, which
    is called with each new overview, and when the view is opened. It may give
    `subject_of`, `open_subject` and `go_back`.

    It never calls the house: `ask` does, and `house.acts` for what changes something.
    """

    view_name: ClassVar[str] = ""
    footer_actions: ClassVar[tuple[str, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = bindings("view")

    DEFAULT_CSS = """
    ViewScreen { layout: vertical; background: $background; overflow: hidden; }
    ViewScreen > .body { height: 1fr; width: 1fr; overflow: hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown_version: int | None = None
        self.zoomed: Pane | None = None
        self._is_composed = False
        self._wanted = ""
        self._prompt: PromptLine | None = None
        self._before_prompt: Widget | None = None
        self._bar = TopBar(self._top_line)
        self._footer = FooterBar(
            self.footer_actions, lambda: self.house.commander.judge(self), self._is_prompting
        )
        self._old = ""
        self._bar_at, self._bar_is_idle = 0.0, False

    # To be given by a screen of its own

    def compose_body(self) -> ComposeResult:
        """The panes."""
        yield from ()

    def show(self, overview: Overview) -> None:
        """Draws what is known now."""

    def environment(self) -> Environment | None:
        """Where the selected thing lives; by default that of the selected service."""
        return environment_of(self.overview, self.subject_of("service"))

    def open_subject(self, subject: str) -> None:
        """Goes to the thing of that name (a run, a host...); it may not be there yet."""
        table = next(iter(self.query(LineTable)), None)
        if table is not None:
            table.cursor_key = subject

    def marked_hosts(self) -> tuple[str, ...]:
        """The hosts that an act on hosts is meant for."""
        return ()

    @property
    def shows_past(self) -> bool:
        """Whether what is selected is as it was at a moment of the past."""
        return False

    def go_back(self) -> bool:
        """One level up within the view; False when there is none."""
        return False

    # What they share

    def compose(self) -> ComposeResult:
        """The bar, the body, the keys."""
        yield self._bar
        with GroundContainer(classes="body"):
            yield from self.compose_body()
        yield self._footer

    @property
    def overview(self) -> Overview | None:
        """What is known; the same for all views, so that one that is left keeps no old one."""
        return self.house.overview

    def _top_line(self, cells: int) -> tuple[Line, str]:
        house = self.house
        overview = house.overview
        if house.replay_bar is not None:
            return house.replay_bar(overview, cells), "warning"
        if overview is None:
            return line((" devops-tui", "title"), ("  reading…", "muted")), "primary"
        environment = house.arming.shown(self.environment())
        accent = environment.colour if environment else "primary"
        until = house.arming.until(environment)
        is_idle = house.bridge.is_idle
        return top_bar(overview, environment, until, house.now(), cells, is_idle=is_idle), accent

    def on_mount(self) -> None:
        """The panes are there: shows what is known."""
        self._is_composed = True
        if self.house.overview is not None:
            self.take(self.house.overview)
        if self._wanted:
            self.open_subject(self._wanted)

    def go_to(self, subject: str) -> None:
        """Opens the thing of that name, now or as soon as the panes are there."""
        if self._is_composed:
            self.open_subject(subject)
        else:
            self._wanted = subject

    def take(self, overview: Overview) -> None:
        """The app has something new."""
        if not self._is_composed or not self.house.is_running:
            return
        is_same = self._shown_version == overview.version
        self._shown_version = overview.version
        self.show(overview)
        if not is_same:  # else only time went by, and the bar has its own clock
            self.redraw_frame()

    def let_go(self) -> None:
        """Another view is open: what would only be held for nothing may go until `show`."""

    def tick(self) -> None:
        """A second passed; while nobody touches the keyboard the bar moves on less often."""
        bridge, overview = self.house.bridge, self.house.overview
        bridge.look_after()
        if bridge.is_idle:
            tidy()
        is_old = overview is not None and bool(age_if_old(overview, self.house.now()))
        is_shown = monotonic() - self._bar_at < IDLE_TICK_S and self._bar_is_idle
        if is_old or not is_shown or not bridge.is_idle:
            self.redraw_bar()

    def redraw_bar(self) -> None:
        """The bar, and the age of what the panes show."""
        self._bar_at, self._bar_is_idle = monotonic(), self.house.bridge.is_idle
        self._bar.remake()
        overview = self.house.overview
        old = age_if_old(overview, self.house.now()) if overview is not None else ""
        if old != self._old:
            self._old = old
            for pane in self.query(Pane):
                pane.mark_old(old)

    def redraw_frame(self) -> None:
        """The bar and the keys: the focus moved, something was armed, something happened."""
        self.redraw_bar()
        self._footer.remake()

    def _is_prompting(self) -> bool:  # one that was answered is still there for a moment
        return self._prompt is not None and not self._prompt.prompt.is_done

    def reason_against(self, action_id: str) -> str | None:
        """Why an action cannot be done here and now."""
        return self.house.commander.reason(BY_ID[action_id], view=self)

    def ask(self, question: Callable[[Front], T], then: Callable[[T], None]) -> None:
        """Asks the house on its thread; `then` is called here with the answer."""

        async def asking() -> None:
            answer = await self.house.answer(question)
            is_late = self.house.is_leaving or not self.house.is_running
            if answer is not None and self.is_attached and not is_late:
                then(answer.value)

        self.run_worker(asking(), group="ask")

    def on_screen_resume(self) -> None:
        """Shows what happened meanwhile."""
        if self.house.overview is not None:
            self.take(self.house.overview)
            self.redraw_frame()

    def on_screen_suspend(self) -> None:
        """A dialog stands above it, or another view took its place."""
        if self.house.view is not self:
            self.let_go()

    def on_descendant_focus(self) -> None:
        """Other keys matter now."""
        self.call_after_refresh(self.redraw_frame)

    def on_line_table_moved(self) -> None:
        """Other acts are possible now."""
        self.redraw_frame()

    @property
    def table(self) -> LineTable | None:
        """The list that has the focus, else the first one that is shown."""
        if isinstance(self.focused, LineTable):
            return self.focused
        return next((t for t in self.query(LineTable) if t.display), None)

    # Panes

    def panes(self) -> list[Pane]:
        """Those that can be zoomed, in the order of tab."""
        return list(self.query(Pane))

    def action_next_pane(self) -> None:
        """Focus to the next pane; the zoom goes with it."""
        self._focus_pane(forward=True)

    def action_previous_pane(self) -> None:
        """Focus to the pane before."""
        self._focus_pane(forward=False)

    def _focus_pane(self, *, forward: bool) -> None:
        was_zoomed = self.zoomed is not None
        if was_zoomed:
            self.unzoom()
        _ = self.focus_next(LineTable) if forward else self.focus_previous(LineTable)
        if was_zoomed:
            self.zoom()

    def _pane_in_focus(self) -> Pane | None:
        shown = self.panes()
        return next((p for p in shown if p.has_focus_within), shown[0] if shown else None)

    def zoom(self) -> None:
        """Shows the pane that has the focus alone."""
        chosen = self._pane_in_focus()
        if chosen is None:
            return
        self.zoomed = chosen
        for pane in self.panes():
            pane.display = pane is chosen
        for box in self.query("ViewScreen .box"):
            box.display = any(p is chosen for p in box.query(Pane))
        self.add_class("-zoomed")

    def unzoom(self) -> None:
        """All panes again."""
        self.zoomed = None
        for pane in self.panes():
            pane.display = True
        for box in self.query("ViewScreen .box"):
            box.display = True
        self.remove_class("-zoomed")

    def action_zoom(self) -> None:
        """Zooms, or all panes again when it is zoomed."""
        if self.zoomed is None:
            self.zoom()
        else:
            self.unzoom()

    def action_unzoom(self) -> None:
        """All panes again."""
        self.unzoom()

    def leave_one_level(self) -> bool:
        """What escape does here first: filter, zoom, a level of the view; False: nothing."""
        table = self.table
        if table is not None and table.active_filter is not None:
            self._filter(table, "")
            return True
        if self.zoomed is not None:
            self.unzoom()
            return True
        return self.go_back()

    # Filter

    async def action_filter(self) -> None:
        """Opens the line for the filter of the list in focus."""
        from devops_tui.tui.widgets.prompt import Prompt

        table = self.table
        if table is None:
            tell(self.app, line("there is no list to filter here"))
            return
        current = table.active_filter
        await self.open_prompt(Prompt("filter", text=current.text if current else ""), table)

    def _filter(self, table: LineTable, text: str) -> None:
        table.filter_by(parse(text))
        for pane in self.panes():
            pane.retitle()

    async def open_prompt(self, prompt: Prompt, before: Widget | None = None) -> None:
        """Puts a line to type into above the keys; one at a time.

        Returns when it has the focus, so that no key typed ahead reaches a list.
        """
        from devops_tui.tui.widgets.prompt import PromptLine

        before = before or (None if self._prompt is not None else self.focused)
        if self._prompt is not None:
            self._prompt.remove()
        self._before_prompt = before or self._before_prompt
        self._prompt = PromptLine(prompt)
        await self.mount(self._prompt)
        self.set_focus(prompt)

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """The focus stays with a prompt until it is left; what wants it gets it after that.

        A list that opens a moment later would else take the rest of a command as its keys.
        """
        if self._prompt is not None and self._is_prompting():
            prompt = self._prompt.prompt
            if widget is not None and widget is not prompt:
                self._before_prompt, widget = widget, prompt
        super().set_focus(widget, scroll_visible, from_app_focus)

    def _close_prompt(self) -> None:
        if self._prompt is not None:
            self._prompt.remove()
            self._prompt = None
        if self._before_prompt is not None and self._before_prompt.is_attached:
            self.set_focus(self._before_prompt)

    def prompt_typed(self, prompt: Prompt) -> None:
        """Filters while it is typed."""
        if prompt.purpose == "filter" and isinstance(self._before_prompt, LineTable):
            self._filter(self._before_prompt, prompt.value)

    def prompt_entered(self, prompt: Prompt) -> None:
        """Keeps the filter, or carries the command out."""
        self.prompt_typed(prompt)
        self._close_prompt()
        if prompt.purpose == "command":
            self.house.command(prompt.value)

    def prompt_left(self, prompt: Prompt) -> None:
        """Takes the filter away, or forgets the command."""
        if prompt.purpose == "filter" and isinstance(self._before_prompt, LineTable):
            self._filter(self._before_prompt, "")
        self._close_prompt()

    def on_key(self, event: events.Key) -> None:
        """The operator is here: poll at full speed."""
        self.house.bridge.touch()
