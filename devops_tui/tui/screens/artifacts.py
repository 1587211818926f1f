"""What a run or a service has of built files: where each comes from, is, and can go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest, RunId, ServiceName
from devops_tui.domain.view import Overview
from devops_tui.ports.front import Front
from devops_tui.presentation import artifact_sheet
from devops_tui.presentation.artifact_sheet import ArtifactSheet
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane

OF_SERVICE = "service "
"""Before the name of a service, where its files are meant and not those of a run."""

_MOST = 200
_REPORTS = 50


class ArtifactsScreen(ViewScreen):
    """The files above; everything of the selected one below.

    Reads: the files again when the store changed; provenance, ways and tests of the one
    under the cursor.
    """

    view_name: ClassVar[str] = "artifacts"
    footer_actions: ClassVar[tuple[str, ...]] = (
        "artifact.promote",
        "artifact.pin",
        "artifact.fetch",
        "pane.next",
        "pane.zoom",
        "app.copy",
        "app.last",
        "app.back",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("artifacts")
    DEFAULT_CSS = """
    ArtifactsScreen #artifacts { height: 6; }
    ArtifactsScreen #artifact { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._of = ""
        self._stories: Sequence[ArtifactStory] = ()
        self._sheet: ArtifactSheet | None = None
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """List and detail, one below the other."""
        empty = line(("no artifacts; ", "muted"), ("2", "key"), (" lists runs", "muted"))
        yield Pane("Artifacts", LineTable(empty=empty, id="artifact-rows"), id="artifacts")
        yield Pane("Provenance", LineTable(id="artifact-detail"), id="artifact")

    @property
    def _list(self) -> LineTable:
        return self.query_one("#artifact-rows", LineTable)

    # Reading

    def open_subject(self, subject: str) -> None:
        """A run, a digest or a name, or "service NAME"."""
        if subject and subject != self._of:
            self._of = subject
            self._stories, self._sheet = (), None
            self._list.cursor_key = subject
        self._read()

    def show(self, overview: Overview) -> None:
        """Reads again when the store changed."""
        if overview.version != self._version:
            self._version = overview.version
            self._read()

    def _read(self) -> None:
        said = self._of
        if said:
            digests = self._digests_of_service(said)
            self.ask(lambda front: (said, _stories(front, said, digests)), self._take)

    def _digests_of_service(self, said: str) -> tuple[Digest, ...]:
        """What serves first, then what it could go back to."""
        if self.overview is None or not said.startswith(OF_SERVICE):
            return ()
        status = self.overview.services.get(ServiceName(said.removeprefix(OF_SERVICE)))
        if status is None:
            return ()
        colours = sorted(status.digests, key=lambda c: status.live is None or c != status.live)
        return tuple(dict.fromkeys(Digest(status.digests[colour]) for colour in colours))

    def _take(self, answer: tuple[str, Sequence[ArtifactStory]]) -> None:
        said, found = answer
        if said != self._of:
            return
        self._stories = found
        about = said.removeprefix(OF_SERVICE)
        self.query_one("#artifacts", Pane).summarise(line((about, "accent")))
        self._draw()
        self._read_one()

    def _read_one(self) -> None:
        digest = self._list.cursor_key
        story = next((s for s in self._stories if s.artifact.digest == digest), None)
        if story is not None:
            self.ask(lambda front: _sheet(front, story), self._take_one)

    def _take_one(self, sheet: ArtifactSheet) -> None:
        if sheet.story.artifact.digest == self._list.cursor_key:
            self._sheet = sheet
            self._draw()

    # Drawing

    def _draw(self) -> None:
        now = self.house.now()
        stories = self._stories
        self._list.show(lambda cells: artifact_sheet.list_rows(stories, now, cells))
        sheet = self._sheet
        about = line((sheet.story.artifact.name, "accent")) if sheet else ()
        self.query_one("#artifact", Pane).summarise(about)
        self.query_one("#artifact-detail", LineTable).show(
            lambda _: readable(artifact_sheet.detail(sheet, now)) if sheet else []
        )
        most = max(3, (self.size.height - 2) // 3)
        height = "1fr" if self.zoomed is not None else max(3, min(len(stories) + 2, most))
        self.query_one("#artifacts").styles.height = height

    def zoom(self) -> None:
        """The pane in focus alone."""
        super().zoom()
        self._draw()

    def unzoom(self) -> None:
        """Both again."""
        super().unzoom()
        self._draw()

    # Where the operator goes

    def on_line_table_moved(self) -> None:
        """Another file: another sheet."""
        super().on_line_table_moved()
        if self._sheet is None or self._sheet.story.artifact.digest != self._list.cursor_key:
            self._read_one()

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """From the list to what is known of one."""
        if event.table is self._list:
            self.query_one("#artifact-detail").focus()

    def go_back(self) -> bool:
        """From the sheet to the list."""
        if self._list.has_focus:
            return False
        self._list.focus()
        return True

    def subject_of(self, kind: str) -> str:
        """The selected file; the run that built it."""
        story = next((s for s in self._stories if s.artifact.digest == self._list.cursor_key), None)
        if story is None:
            return ""
        if kind == "artifact":
            return story.artifact.digest
        return story.artifact.built_by if kind == "run" else ""

    def action_promote(self) -> None:
        """Brings the selected file to another environment."""
        self._act("artifact.promote")

    def action_pin(self) -> None:
        """Keeps it from being pruned, or gives it back."""
        self._act("artifact.pin")

    def action_fetch(self) -> None:
        """Saves a copy of it."""
        self._act("artifact.fetch")


def _stories(front: Front, said: str, digests: Sequence[Digest]) -> Sequence[ArtifactStory]:
    if said.startswith(OF_SERVICE):
        return [story for digest in digests for story in _found(front, digest)]
    of_run = front.artifacts(RunId(said))
    if of_run:
        each = dict.fromkeys(artifact.digest for artifact in of_run[:_MOST])
        return [front.artifact_story(digest) for digest in each]
    return _found(front, said)


def _found(front: Front, said: str) -> Sequence[ArtifactStory]:
    try:
        return front.artifact_stories(said)
    except NotFound:
        return []


def _sheet(front: Front, story: ArtifactStory) -> ArtifactSheet:
    built = story.artifact.built_by
    try:
        view = front.run(built)
    except NotFound:
        jobs = []
    else:
        jobs = [view.jobs[i] for i in view.run.plan.job_ids if i in view.jobs]
    reported = [job for job in jobs if job.report is not None and job.report.cases is not None]
    pipeline = built.rpartition("-")[0]
    return ArtifactSheet(
        story,
        front.promotion_ways(story.artifact.digest),
        reported,
        front.job_history(pipeline, _REPORTS) if reported else (),
    )
