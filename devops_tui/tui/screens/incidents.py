"""What broke, what changed, and where the log says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import incidents, pipeline_strip
from devops_tui.presentation.home import ALERT
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.panes.job_log import JobLog
from devops_tui.tui.panes.levels import TwoLevelScreen
from devops_tui.tui.widgets.ground import GroundHorizontal
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

WIDE_CELLS = 120
TALL_ROWS = 36
FIGURES_S, FIGURES_EVERY_S = 330.0, 30.0
"""For so long after a failure figures of its hosts come in, and so often they are read."""


class IncidentsScreen(TwoLevelScreen):
    """The problems; then one: causes, what changed, the log at the failure.

    Reads: incidents of the overview; the run and the log of the one that is open.
    Wide: the log stands beside the causes; high: below them; else `l` opens it.
    """

    view_name: ClassVar[str] = "incidents"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "log.next_error",
        "log.follow",
        "incident.acknowledge",
        "incident.log",
        "run.rerun",
        "run.rerun_from",
        "incident.resolve",
        "incident.hand_over",
        "traffic.roll_back",
        "incident.card",
        "traffic.undo",
        "table.open",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("incidents")
    DEFAULT_CSS = """
    IncidentsScreen #halves { layout: vertical; height: 1fr; }
    IncidentsScreen #incident-log { display: none; }
    IncidentsScreen.-tall #incident-log { display: block; }
    IncidentsScreen.-wide #halves { layout: horizontal; }
    IncidentsScreen.-wide #incident-log { display: block; margin: 0 0 0 2; }
    IncidentsScreen #triage, IncidentsScreen #incident-log { width: 1fr; height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._view: RunView | None = None
        self._asked: tuple[str, int] = ("", -1)
        self._known: tuple[str, Diagnosis] | None = None
        self._asked_known: tuple[object, ...] = ()

    def compose_list(self) -> Iterable[Widget]:
        """The problems."""
        empty = line(("● ", "ok"), ("no problem is known", "muted"))
        yield Pane("Incidents", LineTable(empty=empty, id="incident-rows"), id="incidents")

    def compose_detail(self) -> Iterable[Widget]:
        """One of them, and the log at the failure."""
        empty = line(("this problem is not among the newest any more", "muted"))
        yield GroundHorizontal(
            Pane("Triage", LineTable(empty=empty, id="triage-rows"), id="triage"),
            JobLog(id="incident-log"),
            id="halves",
        )

    @property
    def _list(self) -> LineTable:
        return self.query_one("#incident-rows", LineTable)

    def on_resize(self, event: events.Resize) -> None:
        """Beside, below, or not at all."""
        self.set_class(event.size.width >= WIDE_CELLS, "-wide")
        self.set_class(event.size.height >= TALL_ROWS, "-tall")

    def panes(self) -> list[Pane]:
        """Those that have room."""
        log = self.query_one(JobLog)
        has_log = self.has_class("-wide") or self.has_class("-tall")
        return [p for p in super().panes() if p is not log or has_log]

    # Reading and drawing

    def show(self, overview: Overview) -> None:
        """Draws the level that is shown."""
        if not self.subject:
            self._show_list(overview)
            return
        incident = self._incident(self.subject)
        if incident is not None and incident.run_id is not None:
            asked = (incident.run_id, overview.version)
            if asked != self._asked:
                self._asked = asked
                run_id = incident.run_id
                self.ask(lambda front: front.run(run_id), self._take_run)
        if incident is not None:
            self._ask_known(overview, incident)
        self._show_triage(overview, incident)

    def _ask_known(self, overview: Overview, incident: Incident) -> None:
        """Asks what the store knows, once per state of the problem, and while figures come."""
        age_s = max(0.0, (overview.at - incident.last_at).total_seconds())
        since = min(age_s, FIGURES_S) // FIGURES_EVERY_S
        asked = (incident.id, incident.state, incident.count, incident.storm, since)
        if asked == self._asked_known:
            return
        self._asked_known = asked
        wanted = incident.id
        self.ask(lambda f: f.diagnosis(wanted), lambda known: self._take_known(wanted, known))

    def _take_known(self, incident_id: IncidentId, known: Diagnosis) -> None:
        self._known = (incident_id, known)
        if self.overview is not None and self.subject:
            self._show_triage(self.overview, self._incident(self.subject))

    def _show_list(self, overview: Overview) -> None:
        self._list.show(
            lambda cells: incidents.incident_list(overview.incidents, overview.at, cells)
        )
        count = sum(i.state is IncidentState.OPEN for i in overview.incidents)
        about = line((f"{count} open", "failed")) if count else line(("none open", "ok"))
        parts = [about] if overview.incidents else []
        rota = overview.workspace.oncall if overview.workspace is not None else None
        if rota is not None:
            parts.append(line(("on call ", "muted"), rota.told(overview.at)))
        self.query_one("#incidents", Pane).summarise(joined(parts))

    def _take_run(self, view: RunView) -> None:
        self._view = view
        if self.overview is not None and self.subject:
            self._show_triage(self.overview, self._incident(self.subject))

    def _show_triage(self, overview: Overview, incident: Incident | None) -> None:
        view = self._view_of(incident)
        held = self._known
        known = held[1] if held and incident and held[0] == incident.id else None
        self.query_one("#triage", Pane).summarise(line((self.subject, "accent")))
        self.query_one("#triage-rows", LineTable).show(
            lambda cells: (
                readable(incidents.triage(incident, view, overview, cells, known))
                if incident is not None
                else []
            )
        )
        if incident is not None and view is not None:
            self._follow_log(incident, view)

    def _follow_log(self, incident: Incident, view: RunView) -> None:
        job = view.jobs.get(incident.job_id) if incident.job_id else None
        if job is None:
            return
        log = self.query_one(JobLog)
        about = incidents.verdict(view, incident)
        log.follow(view.run.id, job.job_id, job.state, incident.causes, self.ask, about)

    def _incident(self, incident_id: str) -> Incident | None:
        known = self.overview.incidents if self.overview else ()
        return next((i for i in known if i.id == IncidentId(incident_id)), None)

    def _view_of(self, incident: Incident | None) -> RunView | None:
        view = self._view
        return view if incident and view and view.run.id == incident.run_id else None

    # Where the operator goes

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to the problem, from a cause to its line of the log."""
        if event.table is self._list:
            self.go_into(event.key)
        elif event.table.id == "triage-rows" and event.key.startswith("cause "):
            self._open_cause(event.key)

    def _selected_cause(self, incident: Incident) -> str:
        """The problem and the number of the cause under the cursor; the first one else."""
        if not incident.causes:
            return ""
        key = self.query_one("#triage-rows", LineTable).cursor_key if self.subject else ""
        index = (key or "").removeprefix("cause ").rstrip("#")
        number = int(index) + 1 if index.isdecimal() else 1
        return f"{incident.id} {min(number, len(incident.causes))}"

    def _open_cause(self, key: str) -> None:
        index = key.removeprefix("cause ").rstrip("#")
        incident = self._incident(self.subject)
        if incident is None or not index.isdecimal() or int(index) >= len(incident.causes):
            return
        number = incident.causes[int(index)].line
        log = self.query_one(JobLog)
        if log in self.panes():
            log.jump_to(number)
            log.view.focus()
        else:
            self._open_log_at(incident, number)

    def _open_log_at(self, incident: Incident, number: int) -> None:
        job = f"/{incident.job_id}" if incident.job_id else ""
        self.house.open("pipelines", f"{incident.run_id}{job}:{number}")

    def action_open_log(self) -> None:
        """The whole log of the run, at the most likely cause."""
        incident = self._selected()
        if incident is not None:
            self._open_log_at(incident, incident.causes[0].line if incident.causes else 0)

    def action_mark_cause(self) -> None:
        """Keeps that the selected line is the cause."""
        self._act("incident.mark_cause")

    def action_remark(self) -> None:
        """How grave the selected problem is, whose it is, or a note."""
        self._act("incident.remark")

    def action_quarantine(self) -> None:
        """Takes a failed test of it out of verdicts until a day."""
        self._act("test.quarantine")

    def action_runbook(self) -> None:
        """What to do about it."""
        self.house.open("runbook", self.subject_of("incident"))

    def action_hand_over(self) -> None:
        """The note for whoever is on call next."""
        self._act("incident.hand_over")

    def action_post_mortem(self) -> None:
        """The draft of a post-mortem of the selected problem."""
        self._act("incident.post_mortem")

    def action_roll_back(self) -> None:
        """Brings back what served before, of the service that the problem is about."""
        self._act("traffic.roll_back")

    def action_open_card(self) -> None:
        """The card that was filed for the problem."""
        self.house.open("board", self.subject_of("card"))

    def open_subject(self, subject: str) -> None:
        """A problem by its id, or by the run that it happened in."""
        known = self.overview.incidents if self.overview else ()
        found = next((i.id for i in known if subject in (i.id, i.run_id)), None)
        self._list.cursor_key = found or subject
        self.go_into(found or subject)

    def _service_on(self, host: str) -> str:
        """The service that runs on a host; empty when none does, or several do."""
        workspace = self.overview.workspace if self.overview is not None else None
        services = workspace.services.values() if workspace is not None and host else ()
        found = [s.name for s in services if any(host in c.hosts for c in s.colours.values())]
        return found[0] if len(found) == 1 else ""

    def _selected(self) -> Incident | None:
        return self._incident(self.subject or self._list.cursor_key)

    def subject_of(self, kind: str) -> str:
        """Of the open problem, or the one under the cursor."""
        incident = self._selected()
        if incident is None:
            return ""
        if kind == "service":
            view = self._view_of(incident)
            return pipeline_strip.service_of(view) if view else self._service_on(incident.host)
        name = incident.fingerprint.removeprefix(ALERT).removesuffix(f":{incident.host}")
        fired = incident.fingerprint.startswith(ALERT) and incident.host
        told = {
            "incident": incident.id,
            "alert": f"{name}@{incident.host}" if fired else "",
            "run": incident.run_id,
            "job": f"{incident.run_id}/{incident.job_id}" if incident.job_id else "",
            "stage": (incident.job_id or "").partition("/")[0],
            "card": incident.card_id,
            "host": incident.host,
            "cause": self._selected_cause(incident),
        }
        return told.get(kind) or ""
