"""The hosts as a table, by groups, or as a map; filtered by words or by a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import is_

from textual.widget import Widget

from devops_tui.domain.fleet import Frame, Host
from devops_tui.domain.host_query import BadQuery, HostQuery, is_query, parse
from devops_tui.domain.silence import Silence
from devops_tui.domain.view import Overview
from devops_tui.presentation import fleet, fleet_groups, fleet_heat, fleet_past, silences
from devops_tui.presentation.fleet_memory import FleetMemory
from devops_tui.presentation.fleet_query import facts
from devops_tui.presentation.host import Condition
from devops_tui.presentation.later_row import AnyRow
from devops_tui.presentation.layout import Grid, joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import heading
from devops_tui.tui.filters import KeyFilter
from devops_tui.tui.notices import tell
from devops_tui.tui.panes.fleet_past import FleetPast
from devops_tui.tui.panes.levels import TwoLevelScreen
from devops_tui.tui.widgets.heat_map import HeatMap
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane
from devops_tui.tui.widgets.prompt import Prompt

_WELL = 4
_NOT_QUIET: tuple[Mapping[str, str], Sequence[Silence]] = ({}, ())


class FleetListScreen(TwoLevelScreen):
    """Base of the fleet's screen: its list in three looks, one filter for all of them.

    Reads: frames of the overview. Only rows that are visible and changed are made again.
    In the past: figures of then, and nothing that is of now but what hosts there are.
    A query that is wrong says where in the prompt; the filter before it stays meanwhile.
    """

    DEFAULT_CSS = """
    FleetListScreen #heat { display: none; height: 1fr; }
    FleetListScreen.-heat #heat { display: block; }
    FleetListScreen.-heat #host-rows { display: none; }
    FleetListScreen.-heat #hosts { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._sort = "state"
        self._is_reversed = False
        self._shows_only_wrong = False
        self._shows_groups = False
        self._columns: Grid | None = None
        self._names: tuple[str, ...] | None = None
        self._memory = FleetMemory()
        self._how: Mapping[str, Condition] = {}
        self._drawn: tuple[object, ...] = ()
        self._query: HostQuery | None = None
        self._quiet: tuple[Mapping[str, str], Sequence[Silence]] = ({}, ())
        self._wrong = ""
        self._past = FleetPast(self.ask, self._draw_again)

    def compose_list(self) -> Iterable[Widget]:
        """The hosts."""
        empty = line(("no figures yet; the worker connects to the hosts", "muted"))
        yield Pane("Fleet", LineTable(empty=empty, id="host-rows"), id="hosts")
        yield HeatMap(id="heat")

    @property
    def _list(self) -> LineTable:
        return self.query_one("#host-rows", LineTable)

    @property
    def _heat(self) -> HeatMap:
        return self.query_one("#heat", HeatMap)

    def take_columns(self, names: Sequence[str]) -> None:
        """Draws these columns from now on; none means the usual ones."""
        self._names, self._columns, self._drawn = tuple(names), None, ()
        self._draw_again()

    def _know_columns(self, names: tuple[str, ...]) -> None:
        if names and not self._names:
            self.take_columns(names)

    def action_many_hosts(self) -> None:
        """Logs, processes and units of the marked hosts, side by side."""
        from devops_tui.domain.survey_merge import MOST_HOSTS
        from devops_tui.tui.screens.many_hosts import ManyHostsScreen

        hosts = self.marked_hosts()
        if not hosts:
            tell(self.app, line("no host is selected"))
        elif len(hosts) > MOST_HOSTS:
            tell(self.app, line(f"mark {MOST_HOSTS} hosts at most, not {len(hosts)}"), "warning")
        else:
            self.app.push_screen(ManyHostsScreen(hosts))

    async def action_columns(self) -> None:
        """Opens the line with the columns of now."""
        names = self._names or tuple(field.name for field in fleet.FIELDS if field.name != "name")
        await self.open_prompt(Prompt("command", text=f"columns {' '.join(names)} "))

    @property
    def shows_heat(self) -> bool:
        """Whether the map is shown in place of the table."""
        return self.has_class("-heat")

    def show_list(self, overview: Overview) -> None:
        """Draws the hosts in the look that was chosen."""
        if self._names is None:
            self._names = ()
            self.ask(lambda front: tuple(front.fleet_columns()), self._know_columns)
        overview = self._past.shown(overview)
        mark = self._past.mark(overview.at)
        if mark:
            how, kept = self._past.how, _NOT_QUIET
        else:
            how = self._memory.conditions(overview.frames, overview.at)
            kept = (silences.marks(overview), overview.silences)
        self._how = how
        if self._quiet != kept:  # read anew with each change of the store
            self._quiet = kept
        drawn = (how, overview.frames, overview.workspace, self._quiet, mark, *self._look())
        is_same = len(drawn) == len(self._drawn) and all(map(is_, drawn, self._drawn))
        self._drawn = drawn
        if is_same:  # only time went by, and no host tells its age in another word
            self.draw_preview()
            return
        about = [fleet.summary(how)] if how else []
        if mark:
            about = [mark, fleet_past.summary(how)]
        if self.shows_heat:
            frames = [f for f in overview.frames.values() if self._is_kept(f.host)]
            self._heat.show_hosts(frames, how, kept[0])
            about = [*about, *self._about_cell(overview)]
        elif self._shows_groups:
            known = self._hosts(overview)
            found = fleet_groups.groups(overview.frames.values(), known, how, kept[0])
            self._list.show(lambda cells: fleet_groups.rows(found, cells))
            about.append(line(("by group", "match")))
        else:
            frames = list(self._chosen_frames(overview, how))
            self._list.show(lambda cells: self._rows(frames, how, cells))
        if self._shows_only_wrong:
            about.append(line(("only what is wrong", "match")))
        if not mark and (quiet := silences.summary(overview)):
            about.append(quiet)
        self.query_one("#hosts", Pane).summarise(joined(about))
        self.draw_preview()

    def let_go(self) -> None:
        """The figures and rows of all hosts, as they were when this was left."""
        self._memory, self._how, self._drawn = FleetMemory(), {}, ()
        self._past.let_go()
        for table in self.query(LineTable):
            table.let_go()

    def _look(self) -> tuple[object, ...]:
        """What else the list is drawn by: things that are told apart by identity."""
        return (
            self.shows_heat,
            self._shows_groups,
            self._shows_only_wrong,
            self._sort,
            self._is_reversed,
            self._list.active_filter,
            self._heat.host if self.shows_heat else "",
        )

    def _hosts(self, overview: Overview) -> Mapping[str, Host]:
        return overview.workspace.hosts if overview.workspace is not None else {}

    def _is_kept(self, name: str) -> bool:
        wanted = self._list.active_filter
        if self._shows_only_wrong and self._how[name].rank == _WELL:
            return False
        if isinstance(wanted, KeyFilter):
            return wanted.keeps_key(name)
        return wanted is None or wanted.keeps(name)

    def _chosen_frames(self, overview: Overview, how: Mapping[str, Condition]) -> Sequence[Frame]:
        frames = list(overview.frames.values())
        if self._shows_only_wrong:
            frames = [f for f in frames if how[f.host].rank != _WELL]
        return self._memory.order(frames, self._sort, how, self._is_reversed)

    def _rows(
        self, frames: Sequence[Frame], known: Mapping[str, Condition], cells: int
    ) -> Sequence[AnyRow]:
        if self._columns is None or self._columns.cells != cells:
            self._columns = fleet.grid(cells, self._names or ())
        is_descending = (self._sort != "name") != self._is_reversed
        rows = self._memory.rows(frames, self._columns, known, self._quiet[0])
        return [heading(self._columns.heading(self._sort, is_descending)), *rows] if rows else []

    def _about_cell(self, overview: Overview) -> list[Line]:
        frame = overview.frames.get(self._heat.host)
        if frame is None:
            return []
        quiet = self._quiet[0].get(frame.host, "")
        return [fleet_heat.about(frame, self._how[frame.host], quiet)]

    # The filter

    def _filter(self, table: LineTable, text: str) -> None:
        self._say_wrong("")
        if table is not self._list or not is_query(text):
            if table is self._list:
                self._query = None
            super()._filter(table, text)
        else:
            try:
                self._query = parse(text)
            except BadQuery as error:
                self._say_wrong(str(error))
                return
            self._shows_groups = False
            table.filter_by(KeyFilter(text, self._answers))
            for pane in self.panes():
                pane.retitle()
        if self.shows_heat:
            self._draw_again()

    def _answers(self, name: str) -> bool:
        overview = self.overview
        if self._query is None or overview is None or name == "":
            return True
        host = self._hosts(overview).get(name)
        frames = self._past.frames if self._past.at is not None else overview.frames
        asked = facts(name, frames.get(name), host, self._how.get(name))
        return self._query.keeps(asked)

    def _say_wrong(self, what: str) -> None:
        self._wrong = what
        if self._prompt is not None:
            self._prompt.complain(what)

    def prompt_entered(self, prompt: Prompt) -> None:
        """What is wrong is said once more: the prompt is gone then."""
        super().prompt_entered(prompt)
        if prompt.purpose == "filter" and self._wrong:
            tell(self.app, line(f"{prompt.value}: {self._wrong}"), "warning")

    # The past

    @property
    def shows_past(self) -> bool:
        """Whether the list is that of a chosen minute."""
        return not self.subject and self._past.at is not None

    def go_in_time(self, minutes: int) -> None:
        """The list back (below 0) or on by minutes."""
        if self.overview is not None:
            self._past.move(minutes, self.overview.at)
            self.redraw_frame()  # other keys do something

    def go_to_now(self) -> None:
        """The list live again."""
        self._past.leave()
        self.redraw_frame()

    def go_back(self) -> bool:
        """From a host to the list; from the past to now."""
        if self.shows_past:
            self.go_to_now()
            return True
        return super().go_back()

    # What keys do

    def previewed(self) -> str:
        """The host under the cursor."""
        if self.shows_heat:
            return self._heat.host
        return "" if self._shows_groups else self._list.cursor_key

    def open_row(self, key: str) -> None:
        """Enter: into a host, or into a group."""
        if not self._shows_groups:
            self.go_into(key)
        elif key == fleet_groups.NO_GROUP:
            tell(self.app, line("these hosts are in no group: give them `groups`"))
        else:
            self._shows_groups = False
            self._filter(self._list, f'group = "{key}"')
            self._draw_again()

    def on_heat_map_moved(self) -> None:
        """The title says which host it is."""
        self._draw_again()

    def on_heat_map_opened(self, event: HeatMap.Opened) -> None:
        """Into the host."""
        self.go_into(event.host)

    def marked_hosts(self) -> tuple[str, ...]:
        """The marked hosts, or the one under the cursor or opened."""
        if self.subject:
            return (self.subject,)
        if self.shows_heat:
            return (self._heat.host,) if self._heat.host else ()
        return () if self._shows_groups else self._list.marks

    async def action_run_on_hosts(self) -> None:
        """Opens the line for the command; what is run is shown before it is."""
        if self.marked_hosts():
            await self.open_prompt(Prompt("command", text="exec "))
        else:
            tell(self.app, line("no host is selected"))

    def action_groups(self) -> None:
        """One row a group, or the hosts again."""
        if self.subject:
            return
        self.set_class(False, "-heat")
        self._shows_groups = not self._shows_groups
        if self._shows_groups:
            self._filter(self._list, "")
        self._list.focus()
        self._draw_again()

    def action_heat_map(self) -> None:
        """The map, or the table again."""
        if self.subject:
            return
        self._shows_groups = False
        self.set_class(not self.shows_heat, "-heat")
        self._draw_again()
        self.set_focus(self._heat if self.shows_heat else self._list, scroll_visible=False)

    def action_sort(self, by: str) -> None:
        """Sorts by a column; once more the other way round."""
        self._is_reversed = not self._is_reversed if by == self._sort else False
        self._sort = by
        self._draw_again()

    def action_only_wrong(self) -> None:
        """Hides the hosts that are well, or shows them again."""
        self._shows_only_wrong = not self._shows_only_wrong
        self._draw_again()

    def _draw_again(self) -> None:
        if self.overview is not None and not self.subject:
            self.show(self.overview)
