"""What is running, what failed, why has it not started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget

from devops_tui.domain.event import Json
from devops_tui.domain.guess import guess_of
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Cause, IncidentState
from devops_tui.domain.pipeline import Artifact, Pipeline, State
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import (
    artifacts,
    jobs,
    pipeline_strip,
    pipelines,
    readiness,
    run_owners,
    run_preview,
    sources,
)
from devops_tui.presentation.glyphs import STATES
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.job_reasons import worst_job
from devops_tui.tui.notices import tell
from devops_tui.tui.panes.job_log import JobLog
from devops_tui.tui.panes.levels import TwoLevelScreen
from devops_tui.tui.screens.changes import BETWEEN
from devops_tui.tui.widgets.line_table import LineTable, MakeRows
from devops_tui.tui.widgets.line_view import LineView
from devops_tui.tui.widgets.pane import Pane

RUNS_SHOWN = 100
TALL_ROWS = 34
"""From this height on the evidence of an open gate stands above the jobs."""

_TELLING = (State.LOST, State.FAILED, State.TIMED_OUT, State.ASKING, State.RUNNING)
_EMPTY: Line = line(("no run yet; ", "muted"), ("s", "key"), (" starts one", "muted"))


def _defined(overview: Overview) -> Mapping[str, Pipeline]:
    return overview.workspace.pipelines if overview.workspace is not None else {}


class PipelinesScreen(TwoLevelScreen):
    """Runs of every pipeline; then one run: its stages, its jobs, the log of a job.

    Reads: runs and one run when the store changed, the log of the selected job.
    """

    view_name: ClassVar[str] = "pipelines"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "log.next_error",
        "log.follow",
        "log.wrap",
        "job.resolve",
        "gate.approve",
        "run.triage",
        "run.changes",
        "artifact.list",
        "run.rerun",
        "run.rerun_from",
        "job.rerun",
        "shell.open",
        "run.cancel",
        "pipeline.run",
        "table.open",
        "pane.preview",
        "app.back",
    )
    preview_title: ClassVar[str] = "Run"
    preview_goes_below: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("pipelines")
    DEFAULT_CSS = """
    PipelinesScreen.-beside #listed { width: 4fr; }
    PipelinesScreen.-beside #preview { width: 5fr; }
    PipelinesScreen.-below #preview { height: 2fr; }
    PipelinesScreen #run-head { height: auto; overflow: hidden; }
    PipelinesScreen #jobs { height: auto; }
    PipelinesScreen #log { height: 1fr; }
    PipelinesScreen.-zoomed #run-head { display: none; }
    PipelinesScreen.-zoomed #jobs { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._views: Sequence[RunView] = ()
        self._view: RunView | None = None
        self._artifacts: Sequence[Artifact] = ()
        self._has_read = False
        self._version = -1
        self._asked_for = ""
        self._jump: tuple[str, int] = ("", 0)

    def compose_list(self) -> Iterable[Widget]:
        """The runs."""
        yield Pane("Runs", LineTable(empty=_EMPTY, id="run-rows"), id="runs")

    def compose_detail(self) -> Iterable[Widget]:
        """The head of a run, its jobs, a log."""
        yield LineView(id="run-head")
        yield Pane("Jobs", LineTable(id="job-rows"), id="jobs")
        yield JobLog(id="log")

    # Reading

    def show(self, overview: Overview) -> None:
        """Reads again what may have changed, and draws ages anew."""
        if overview.version != self._version or self._asked_for != self.subject:
            self._version = overview.version
            self._asked_for = self.subject
            self.ask(lambda front: front.runs(limit=RUNS_SHOWN), self._take_runs)
            run_id = RunId(self.subject)
            if run_id:
                self.ask(lambda front: front.run(run_id), self._take_run)
                self.ask(lambda front: front.artifacts(run_id), self._take_artifacts)
        self._draw()

    def _take_runs(self, views: Sequence[RunView]) -> None:
        self._views = views
        self._has_read = True
        self._draw()

    def _take_run(self, view: RunView) -> None:
        if view.run.id != self.subject:
            return
        is_another = self._view is None or self._view.run.id != view.run.id
        self._view = view
        self._draw()
        if is_another:
            self._choose_job(view)

    def _take_artifacts(self, found: Sequence[Artifact]) -> None:
        self._artifacts = found
        self._draw()

    def _choose_job(self, view: RunView) -> None:
        job_id, number = self._jump
        if not job_id:
            telling = (
                job_id
                for state in _TELLING
                for job_id, job in view.jobs.items()
                if job.state is state
            )
            begun = [i for i in view.run.plan.job_ids if i in view.jobs]
            job_id = next(telling, begun[-1] if begun else "")
        self._job_table.cursor_key = job_id
        self._follow_log()
        if number:
            self.query_one(JobLog).jump_to(number, (view.run.id, JobId(job_id)))
        self._jump = ("", 0)

    # Drawing

    @property
    def _job_table(self) -> LineTable:
        return self.query_one("#job-rows", LineTable)

    def _draw(self) -> None:
        overview = self.overview
        if overview is None:
            return
        if not self.subject:
            views = self._views
            if not self._has_read:
                return
            self.query_one("#run-rows", LineTable).show(
                lambda cells: [
                    *sources.rows(overview.sources, _defined(overview), overview.at, cells),
                    *pipelines.run_list(
                        views,
                        overview.incidents,
                        overview.at,
                        cells,
                        run_owners.left_runs(overview, views, cells - 2),
                    ),
                ]
            )
            self.draw_preview()
        elif self._view is not None and self._view.run.id == self.subject:
            self._draw_run(self._view, overview)

    def previewed(self) -> str:
        """The run under the cursor."""
        return self.query_one("#run-rows", LineTable).cursor_key

    def make_preview(self, overview: Overview, subject: str) -> MakeRows:
        """A run at a glance."""
        view = next((v for v in self._views if v.run.id == subject), None)
        if view is None:
            return lambda _: []
        before = self._load_before(view)
        return lambda cells: readable(run_preview.preview(view, overview, before, cells))

    def _draw_run(self, view: RunView, overview: Overview) -> None:
        before = self._load_before(view)
        self.query_one("#run-head", LineView).draw(lambda cells: self._head(view, cells))
        self._job_table.show(
            lambda cells: jobs.job_list(view, overview.at, cells, before, self._views)
        )
        self._share_height()
        self.call_after_refresh(self._share_height)
        self._follow_log()

    def _head(self, view: RunView, cells: int) -> list[Line]:
        overview = self.overview
        if overview is None:
            return []
        lines = pipelines.head(view, overview.at, cells, self._views)
        left = run_owners.left(overview, view, cells)
        lines += [left] if left else []
        lines.append(pipelines.stages(view, overview.at, cells))
        mine = [a for a in self._artifacts if a.run_id == view.run.id]
        lines += artifacts.head(mine, cells)
        gate = readiness.open_gate(view)
        if gate is not None and self.size.height >= TALL_ROWS:
            lines += [row.line for row in jobs.gate_rows(gate, overview.at, cells, view)]
        return lines

    def _load_before(self, view: RunView) -> Mapping[str, Json] | None:
        return jobs.load_before(list(self._views), view)

    def _share_height(self) -> None:
        """The head takes what it needs, the jobs at most half of the rest."""
        head = self.query_one("#run-head", LineView)
        head.styles.height = max(1, len(head.lines))
        rest = max(4, self.size.height - 2 - len(head.lines))
        need = len(self._job_table.rows) + 1
        self.query_one("#jobs").styles.height = (
            "1fr" if self.zoomed is not None else max(2, min(need, rest // 2))
        )

    def on_resize(self, _: events.Resize) -> None:
        """Jobs and log share the height anew."""
        if self.is_mounted:
            self._share_height()

    def zoom(self) -> None:
        """The pane in focus alone."""
        super().zoom()
        self._share_height()

    def unzoom(self) -> None:
        """All of them again."""
        super().unzoom()
        self._share_height()

    # The log

    def _follow_log(self) -> None:
        view = self._view
        job_id = JobId(self._job_table.cursor_key)
        if view is None or not job_id:
            return
        job = view.jobs.get(job_id)
        state = job.state if job else State.WAITING
        about = line((job_id, "accent"))
        if job is not None:
            why = line((job.why, "muted")) if job.why else ()
            about = joined([about, line(STATES[state].full), why])
        if view.run.log_pruned_at is not None:
            gone = f"log pruned on {view.run.log_pruned_at:%Y-%m-%d} by retention"
            about = joined([about, line((gone, "warning"))])
        self.query_one(JobLog).follow(
            view.run.id, job_id, state, self._causes(view.run.id, job_id), self.ask, about
        )

    def _causes(self, run_id: RunId, job_id: JobId) -> Sequence[Cause]:
        problems = self.overview.incidents if self.overview else ()
        known = [c for i in problems if (i.run_id, i.job_id) == (run_id, job_id) for c in i.causes]
        guess = guess_of(self.overview.events, run_id, job_id) if self.overview else None
        return known or ([guess] if guess is not None else [])

    # Where the operator goes

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From a run to its jobs, from a job to its log."""
        if event.table.id == "run-rows":
            self.open_subject(event.key)
        elif event.table.id == "job-rows":
            self.query_one(JobLog).view.focus()
        elif event.table.id == "preview-rows":
            self._open_previewed(event.key)

    def _open_previewed(self, key: str) -> None:
        """The run of the preview, at the job that the cursor stands on."""
        view = self._selected()
        if view is not None:
            has_job = key in view.run.plan.job_ids
            self.open_subject(f"{view.run.id}/{key}" if has_job else view.run.id)

    def on_line_table_moved(self) -> None:
        """Another job: another log."""
        if self.subject:
            self._follow_log()

    def open_subject(self, subject: str) -> None:
        """A run, "run/stage/job", the same with ":line", or a pipeline: its newest run."""
        place, _, number = subject.partition(":")
        run_id, _, job_id = place.partition("/")
        if self.overview is not None and self.overview.run(RunId(run_id)) is None:
            newest = (v for v in self.overview.runs if v.run.plan.pipeline == run_id)
            found = next(newest, None)
            run_id = found.run.id if found else run_id
        self._jump = (job_id, int(number) if number.isdecimal() else 0)
        self.query_one("#run-rows", LineTable).cursor_key = run_id
        is_here = self._view is not None and self._view.run.id == run_id
        self.go_into(run_id)
        if is_here and self._view is not None:
            self._choose_job(self._view)

    def subject_of(self, kind: str) -> str:
        """Of the open run, or of the one under the cursor."""
        view = self._selected()
        if view is None:
            return self._first_pipeline() if kind == "pipeline" else ""
        if kind == "run":
            return view.run.id
        if kind == "pipeline":
            return view.run.plan.pipeline
        if kind == "service":
            return pipeline_strip.service_of(view)
        if kind == "stage":
            return self._job_table.cursor_key.partition("/")[0] if self.subject else ""
        if kind == "incident":
            return self._incident_of(view.run.id)
        if kind == "job":
            job_id = self._job_table.cursor_key if self.subject else worst_job(view)
            return f"{view.run.id}/{job_id}" if job_id else ""
        return ""

    def _first_pipeline(self) -> str:
        workspace = self.overview.workspace if self.overview else None
        return next(iter(workspace.pipelines), "") if workspace else ""

    def _selected(self) -> RunView | None:
        if self.subject:
            return self._view if self._view and self._view.run.id == self.subject else None
        key = self.query_one("#run-rows", LineTable).cursor_key
        return next((v for v in self._views if v.run.id == key), None)

    def _incident_of(self, run_id: RunId) -> str:
        problems = self.overview.incidents if self.overview else ()
        mine = [i for i in problems if i.run_id == run_id]
        mine.sort(key=lambda i: i.state is IncidentState.RESOLVED)
        return mine[0].id if mine else ""

    def action_compare(self) -> None:
        """Compares two marked runs, the older with the newer."""
        marked = self.query_one("#run-rows", LineTable).marks if not self.subject else ()
        if len(marked) != 2:
            tell(self.app, line("mark two runs with space, then ", ("=", "key")), "warning")
            return
        order = [view.run.id for view in self._views if view.run.id in marked]
        self.house.open("changes", BETWEEN.join(reversed(order)))

    def action_rerun_job(self) -> None:
        """Has the selected job tried again while its run goes on."""
        self._act("job.rerun")

    def action_resolve_lost(self) -> None:
        """Asks how the selected job ended."""
        self._act("job.resolve")

    def action_artifacts(self) -> None:
        """Opens what the selected run built."""
        self.house.open("artifacts", self.subject_of("run"))

    def action_triage(self) -> None:
        """Opens the problem of this run."""
        self.house.open("incidents", self.subject_of("incident"))
