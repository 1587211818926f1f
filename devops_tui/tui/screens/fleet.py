"""Which host hurts: every host in one table, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import Survey
from devops_tui.domain.view import Overview
from devops_tui.presentation import host_detail, silences
from devops_tui.presentation.host_past import past
from devops_tui.presentation.host_survey import survey_rows
from devops_tui.presentation.later_row import AnyRow
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.panes.fleet_list import FleetListScreen
from devops_tui.tui.panes.host_levels import HostLevels
from devops_tui.tui.widgets.line_table import LineTable, MakeRows
from devops_tui.tui.widgets.pane import Pane

SURVEY_S = 2.0
HOUR = 60
"""Minutes that the list goes far back."""


class FleetScreen(FleetListScreen, HostLevels):
    """A thousand hosts in one table, what is wrong first; enter opens one.

    Reads: frames of the overview. Only rows whose figures changed are made again.
    """

    _survey = Survey(HostName(""))
    _asked: tuple[str, datetime] = ("", datetime.min.replace(tzinfo=UTC))
    view_name: ClassVar[str] = "fleet"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "table.open",
        "shell.host",
        "fleet.exec",
        "history.charts",
        "fleet.sort_cpu",
        "fleet.sort_mem",
        "fleet.sort_state",
        "fleet.wrong",
        "fleet.groups",
        "fleet.heat",
        "pane.preview",
        "app.pause",
        "app.copy",
        "app.back",
    )
    preview_title: ClassVar[str] = "Host"
    BINDINGS: ClassVar[list[BindingType]] = bindings("fleet")
    # Rules of a second base class are never applied: those of HostLevels stand here.
    DEFAULT_CSS = """
    FleetScreen #history { display: none; }
    FleetScreen.-charts #history { display: block; }
    FleetScreen.-roomy #detail-level { layout: horizontal; }
    FleetScreen.-roomy #host { display: block; width: 64; }
    FleetScreen.-roomy #history { display: block; width: 1fr; margin: 0 0 0 2; }
    FleetScreen.-beside #preview { width: 64; }
    FleetScreen.-beside.-zoomed #preview { width: 1fr; }
    """

    def compose_detail(self) -> Iterable[Widget]:
        """One host."""
        yield from self.host_panes()

    def show(self, overview: Overview) -> None:
        """Draws the level that is shown."""
        if self.subject:
            self._show_host(overview)
        else:
            self.show_list(overview)

    def _show_host(self, overview: Overview) -> None:
        about: Line = line((self.subject, "accent"))
        self.query_one("#host", Pane).summarise(about)
        self._ask_survey(overview.at)
        figures = self._figures_of_now(overview, self.subject)
        survey = self._survey if self._survey.host == self.subject else None

        then = self.then(overview)
        if then is not None:
            host = overview.workspace.hosts.get(self.subject) if overview.workspace else None
            self.query_one("#host-detail", LineTable).show(
                lambda cells: readable(past(then, host, overview.incidents, overview.at, cells))
            )
            self.show_history(overview)
            return

        def rows(cells: int) -> list[AnyRow]:
            more = survey_rows(survey, overview.at, cells) if survey is not None else []
            return [*figures(cells), *readable(more)]

        self.query_one("#host-detail", LineTable).show(rows)
        self.show_history(overview)

    def _ask_survey(self, now: datetime) -> None:
        """Asks again, and says that somebody looks: the host is asked more for a while."""
        subject = self.subject
        if self._asked[0] == subject and abs((now - self._asked[1]).total_seconds()) < SURVEY_S:
            return
        self._asked = (subject, now)
        self.ask(lambda front: front.host_survey(subject, looks=True), self._take_survey)

    def _take_survey(self, survey: Survey) -> None:
        is_other = survey != self._survey
        self._survey = survey
        if is_other and survey.host == self.subject and self.overview is not None:
            self.show(self.overview)

    def make_preview(self, overview: Overview, subject: str) -> MakeRows:
        """Everything about a host, in the past of then; nothing when it is not there any more."""
        then = self._past.frames.get(subject) if self.shows_past else None
        if then is None:
            return self._figures_of_now(overview, subject)
        host = overview.workspace.hosts.get(subject) if overview.workspace else None
        return lambda cells: readable(past(then, host, overview.incidents, overview.at, cells))

    def _figures_of_now(self, overview: Overview, subject: str) -> MakeRows:
        frame = overview.frames.get(subject)
        host = overview.workspace.hosts.get(subject) if overview.workspace else None
        found = silences.of_host(overview, host)
        quiet = silences.told(found, overview.at) if found is not None else ""

        return lambda cells: (
            readable(host_detail.detail(frame, host, overview.at, cells, quiet))
            if frame is not None
            else []
        )

    # In time: the list by minutes, one host by its charts

    def action_history_move(self, cells: str) -> None:
        """Back in time, or on: the list by a minute."""
        if self.subject:
            super().action_history_move(cells)
        else:
            self.go_in_time(int(cells))

    def action_history_jump(self, share: str) -> None:
        """Far back in time, or on: the list by an hour."""
        if self.subject:
            super().action_history_jump(share)
        else:
            self.go_in_time(-HOUR if float(share) < 0 else HOUR)

    def action_history_live(self) -> None:
        """Now again."""
        if self.subject:
            super().action_history_live()
        else:
            self.go_to_now()

    def go_into(self, subject: str) -> None:
        """A host that is opened from the past opens there, with its charts."""
        at = self._past.at if self.shows_past else None
        super().go_into(subject)
        if subject and at is not None:
            self.open_charts_at(at)

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to the host."""
        if event.table is self._list:
            self.open_row(event.key)
        elif event.table.id == "preview-rows":
            self.go_into(self.previewed())

    def open_subject(self, subject: str) -> None:
        """A host by its name; anything else is what the list is filtered by."""
        if self.overview is not None and subject in self.overview.frames:
            self._list.cursor_key = subject
            self.go_into(subject)
        else:
            self.go_into("")
            self._filter(self._list, subject)

    def subject_of(self, kind: str) -> str:
        """The open host, or the one under the cursor; what is silenced may be several."""
        if kind == "alert":
            group = self._list.cursor_key if self._shows_groups and not self.subject else ""
            return group or "\n".join(self.marked_hosts())
        return (self.subject or self.previewed()) if kind == "host" else ""
