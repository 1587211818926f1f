"""The log of one job, read on as it grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Cause
from devops_tui.domain.pipeline import ENDS, LogChunk, State
from devops_tui.ports.front import Front
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.logs import CAUSE_MARK, LogLines
from devops_tui.presentation.rows import Row
from devops_tui.presentation.safe_text import safe
from devops_tui.tui.palette import plain_text
from devops_tui.tui.widgets.log_view import LogView
from devops_tui.tui.widgets.pane import Pane

READ_CHUNKS = 500
"""Chunks that are read at once; the next ones follow without waiting for a change."""

ROOM_FOR_TIMES = 70

Taken = Callable[[Sequence[LogChunk]], None]
Ask = Callable[[Callable[[Front], Sequence[LogChunk]], Taken], None]


class JobLog(Pane):
    """Lines of the job that was asked for last; another job starts it anew.

    Reads: the log of one job, by `ask`, which comes back on the event loop.
    """

    def __init__(self, *, id: str) -> None:
        self.view = LogView(empty=line(("no output yet", "muted")), id=f"{id}-rows")
        super().__init__("Log", self.view, id=id)
        self._of: tuple[RunId, JobId] | None = None
        self._lines = LogLines()
        self._state = State.WAITING
        self._is_reading = False
        self._jump = 0
        self._centred = ""
        self._causes: Sequence[Cause] = ()

    def follow(
        self,
        run_id: RunId,
        job_id: JobId,
        state: State,
        causes: Sequence[Cause],
        ask: Ask,
        about: Line = (),
    ) -> None:
        """Shows this job's log and reads what is new; call it at every change.

        Args:
            run_id: The run.
            job_id: Its job.
            state: Where the job stands: after its end the last line needs no line break.
            causes: Lines to be marked.
            ask: Asks the house on its thread.
            about: What stands beside the title.
        """
        self.summarise(about)
        self._state = state
        self._causes = causes
        if self._of != (run_id, job_id):
            self._of = (run_id, job_id)
            times = self.view.size.width == 0 or self.view.size.width >= ROOM_FOR_TIMES
            self._lines = LogLines(causes, shows_time=times)
            self._is_reading = False
            self._jump = causes[0].line if causes else 0
            self.view.is_following = not self._jump
            self.view.replace(())
        self._read(ask)

    def jump_to(self, number: int) -> None:
        """Puts the cursor on a line, when it is there.

        A line that a cause names is found by its text: hosts whose output is mixed make
        numbers differ from those that the ranking counted.
        """
        self._jump = number
        self.view.is_following = False
        self._jump_now()

    def _read(self, ask: Ask) -> None:
        if self._is_reading or self._of is None:
            return
        self._is_reading = True
        of = run_id, job_id = self._of
        after = self._lines.last_seq

        def take(chunks: Sequence[LogChunk]) -> None:
            if self._of != of:
                return
            self._is_reading = False
            rows = self._lines.add(chunks)
            if not chunks and self._state in ENDS:
                rows += self._lines.rest()
            self.view.append(rows)
            if chunks:
                self._read(ask)
            else:
                self._jump_now()

        ask(lambda front: front.log(run_id, job_id, after=after, limit=READ_CHUNKS), take)

    def _jump_now(self) -> None:
        if not self._jump:
            return
        text = next((c.text.strip() for c in self._causes if c.line == self._jump), "")
        row = self._row_with(text) or self._row_of(self._jump)
        if row is not None:
            self._jump = 0
            self.view.cursor_key = self._centred = row.key
            self.call_after_refresh(self._centre)

    def on_resize(self) -> None:
        """What was jumped to stays in the middle while the panes find their heights."""
        self.call_after_refresh(self._centre)

    def _centre(self) -> None:
        if not self._centred or self.view.cursor_key != self._centred:
            return
        keys = [row.key for row in self.view.rows]
        middle = keys.index(self._centred) - self.view.size.height // 2
        self.view.scroll_to(y=max(0, middle), animate=False)

    def _row_with(self, text: str) -> Row | None:
        if not text:
            return None
        wanted = safe(text)
        marked = (r for r in self.view.rows if r.line and r.line[0].text == CAUSE_MARK)
        return next((r for r in marked if wanted in plain_text(r.line)), None)

    def _row_of(self, number: int) -> Row | None:
        end = f"/{number}"
        return next((r for r in self.view.rows if r.key.endswith(end)), None)
