"""The log of one job: read on as it grows, searched, saved, linked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.incident import Cause
from devops_tui.domain.log_index import LogPart, LogScanner
from devops_tui.domain.log_lines import CHUNKS_AT_ONCE, MORE_AT_ONCE, LogLine, LogPlace, read_lines
from devops_tui.domain.pipeline import ENDS, LogChunk, State
from devops_tui.ports.front import Front
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.logs import LogLook, Times, causes_by_text
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.panes.ask import Ask, T
from devops_tui.tui.panes.log_hunt import Hunt, Slice, hunt_for
from devops_tui.tui.saving import SaveDialog, file_name, save
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.log_canvas import LogCanvas
from devops_tui.tui.widgets.log_page import Pieces
from devops_tui.tui.widgets.log_view import LogView
from devops_tui.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

ROOM_FOR_TIMES = 70


class JobLog(Pane):
    """Lines of the job that was asked for last; another job starts it anew.

    Reads: the log of one job, in slices, by `ask`. Only what is seen is held.
    """

    def __init__(self, *, id: str) -> None:
        self.view = LogView(empty=line(("no output yet", "muted")), id=f"{id}-rows")
        super().__init__("Log", self.view, id=id)
        self._of: tuple[RunId, JobId] | None = None
        self._ask: Ask | None = None
        self._scanner = LogScanner()
        self._state = State.WAITING
        self._about: Line = ()
        self._is_reading = False
        self._jump = 0
        self._later: tuple[tuple[RunId, JobId], int] | None = None
        self._centred = 0
        self._causes: Sequence[Cause] = ()
        self._search: Hunt | None = None
        self._errors: Hunt | None = None
        self._cause: Hunt | None = None
        self._seeking: tuple[Hunt, int] | None = None

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
        self._state = state
        self._causes = causes
        self._about = about
        self._ask = ask
        if self._of != (run_id, job_id):
            self._of = (run_id, job_id)
            self._jump = causes[0].line if causes and state in ENDS else 0
            if self._later is not None and self._later[0] == self._of:
                self._jump = self._later[1]
            self._later = None
            self.view.is_following = not self._jump
            self._begin()
        self._tell_search()
        self._read()

    def jump_to(self, number: int, of: tuple[RunId, JobId] | None = None) -> None:
        """Puts the cursor on a line as soon as it is known.

        A line that a cause names is found by its text: hosts whose output is mixed make
        numbers differ from those that the ranking counted.

        Args:
            number: The line.
            of: Whose log is meant; kept until that one is followed.
        """
        if of is not None and of != self._of:
            self._later = (of, number)
            return
        self._jump = number
        self.view.is_following = False
        self._jump_now()

    # Reading on

    def _begin(self) -> None:
        self._scanner = LogScanner()
        self._is_reading = False
        self._search = self._errors = self._cause = self._seeking = None
        room = self.view.size.width
        times = Times.SINCE if room == 0 or room >= ROOM_FOR_TIMES else Times.NONE
        self.view.begin(LogLook(causes_by_text(self._causes), times))
        self._search = hunt_for(self.view.active_filter)

    def _asking(self, question: Callable[[Front], T], then: Callable[[T], None]) -> None:
        """Asks about the log that is shown; what comes after another one was chosen is dropped."""
        if self._ask is None:
            return
        of, scanner = self._of, self._scanner

        def safely(front: Front) -> T | DevopsError:
            try:
                return question(front)
            except DevopsError as error:
                return error

        def take(answer: T | DevopsError) -> None:
            if (of, scanner) != (self._of, self._scanner):
                return
            if isinstance(answer, DevopsError):
                self._is_reading = False
                tell_error(self.app, answer)
            else:
                then(answer)

        self._ask(safely, take)

    def _read(self) -> None:
        if self._is_reading or self._of is None:
            return
        self._is_reading = True
        (run_id, job_id), scanner, is_over = self._of, self._scanner, self._state in ENDS
        limit = MORE_AT_ONCE if scanner.after else CHUNKS_AT_ONCE

        def read(front: Front) -> tuple[LogPart | None, bool]:
            chunks = front.log(run_id, job_id, after=scanner.after, limit=limit)
            if scanner.is_whole:
                return None, bool(chunks)
            if chunks:
                return scanner.scan(chunks), True
            return (scanner.finish() if is_over else None), False

        self._asking(read, self._take)

    def _take(self, answer: tuple[LogPart | None, bool]) -> None:
        part, has_more = answer
        self._is_reading = False
        if part is None and has_more:  # it went on after its end: a verdict that was corrected
            self._begin()
        if part is not None:
            index = self.view.index
            index.take(part)
            self.view.relook(
                replace(
                    self.view.look,
                    causes=causes_by_text(self._causes),
                    began=index.began,
                    local=self.view.look.local or datetime.now().astimezone(),
                    shows_host=len(index.hosts) > 1,
                    count=10 ** len(str(index.count)) - 1,
                )
            )
            self.view.grow()
        if has_more:
            self._jump_early()
            self._read()
        else:
            self._jump_now()
        if part is not None:
            self._look_on(self._search)
            self._look_on(self._errors)

    def on_log_canvas_wanted(self, message: LogCanvas.Wanted) -> None:
        """Reads the lines that are about to be seen."""
        message.stop()
        self._fetch(message.pieces, self.view.take_lines)

    def _fetch(self, pieces: Pieces, then: Callable[[list[LogLine]], None]) -> None:
        if self._of is None:
            return
        run_id, job_id = self._of
        index = self.view.index
        places = [(index.before(first), first, last) for first, last in pieces]
        is_whole = index.is_whole

        def read(front: Front) -> list[LogLine]:
            def chunks(after: int, limit: int) -> Sequence[LogChunk]:
                return front.log(run_id, job_id, after=after, limit=limit)

            return [
                one
                for begin, first, last in places
                for one in read_lines(chunks, begin, first, last, is_whole=is_whole)
            ]

        self._asking(read, then)

    # Jumping

    def _jump_now(self) -> None:
        if not self._jump or not self.view.index.count:
            return
        if text := self._text_of_cause():
            self._cause = Hunt.for_text(text)
            self._look_on(self._cause)
        else:
            self._land(self._jump)

    def _text_of_cause(self) -> str:
        return next((c.text.strip() for c in self._causes if c.line == self._jump), "")

    def _jump_early(self) -> None:
        """Lands on a cause that stands at its number, before the rest of the log was read."""
        number, text = self._jump, self._text_of_cause()
        if not text or number > self.view.index.count:
            return

        def land(lines: list[LogLine]) -> None:
            if number == self._jump and any(text.encode() in one.data for one in lines):
                self._land(number)

        self._fetch(((number, number),), land)

    def _land_on_cause(self, found: Hunt) -> None:
        """Of several lines that hold its text the nearest to its number."""
        self._cause = None
        wanted = self._jump
        self._land(min(found.found, key=lambda number: abs(number - wanted), default=wanted))

    def _land(self, number: int) -> None:
        if self._jump and number <= self.view.index.count:
            self._jump = 0
            self._centred = number
            self.view.is_following = False
            self.view.go_to(number)
            self.view.centre()

    def on_resize(self) -> None:
        """What was jumped to stays in the middle while the panes find their heights."""
        if self._centred and self.view.number == self._centred:
            self.call_after_refresh(self.view.centre)

    # Searching

    def on_log_view_searched(self, message: LogView.Searched) -> None:
        """Another text is looked for, or none."""
        message.stop()
        self._search = hunt_for(self.view.active_filter)
        self._seeking = None
        if self.view.shows_only_found:
            self.view.show_only(self._search.found if self._search else None)
        self._look_on(self._search)
        self._tell_search()

    def on_log_view_sought(self, message: LogView.Sought) -> None:
        """Goes to the next match or error, looking on for it where it is not known yet."""
        message.stop()
        if message.is_error and self._errors is None:
            self._errors = Hunt.for_errors()
        hunt = self._errors if message.is_error else self._search
        if hunt is not None:
            self._seeking = (hunt, message.step)
            self._seek()
            self._look_on(hunt)

    def _seek(self) -> None:
        if self._seeking is None:
            return
        hunt, step = self._seeking
        here = self.view.number
        is_known = hunt.is_done or step > 0 or hunt.passed >= here
        number = hunt.next(here, step) if is_known else 0
        if number:
            self._seeking = None
            self._centred = 0
            self.view.is_following = False
            self.view.go_to(number)
        elif hunt.is_done:
            self._seeking = None
            what = "error" if hunt is self._errors else "match"
            tell(self.app, line(f"no {what} {'below' if step > 0 else 'above'} this line"))

    def _look_on(self, hunt: Hunt | None) -> None:
        if hunt is None or hunt.is_looking or self._of is None:
            return
        hunt.is_looking = True
        run_id, job_id = self._of
        is_whole = self.view.index.is_whole

        def look(front: Front) -> Slice:
            chunks = front.log(run_id, job_id, after=hunt.after, limit=CHUNKS_AT_ONCE)
            return hunt.look(chunks, is_whole=is_whole)

        def take(part: Slice) -> None:
            hunt.take(part)
            if hunt not in (self._search, self._errors, self._cause):
                return
            if hunt is self._cause and hunt.is_done:
                self._land_on_cause(hunt)
            self._seek()
            if self.view.shows_only_found and part.found:
                self.view.show_only(hunt.found)
            self._tell_search()
            if not part.is_end:
                self._look_on(hunt)

        self._asking(look, take)

    def on_line_table_moved(self, message: LineTable.Moved) -> None:
        """Another line: another place among the matches; it changes nothing else."""
        message.stop()
        if self._search is not None:
            self._tell_search()

    def _tell_search(self) -> None:
        parts = [self._about]
        hunt = self._search
        if hunt is not None:
            found, place = len(hunt.found), hunt.place_of(self.view.number)
            count = f"{found:,}{'' if hunt.is_done else '…'}"
            parts.append(line((f"{place} of {count}" if place else f"{count} found", "match")))
        if self.view.shows_only_found:
            parts.append(line(("only what was found", "warning")))
        self.summarise(joined(parts))

    # What is asked of the whole log

    def on_log_view_asked(self, message: LogView.Asked) -> None:
        """Times, only what was found, a file, a link."""
        message.stop()
        if message.what == "times":
            look = self.view.look
            self.view.relook(replace(look, times=look.times.next))
            tell(self.app, line(f"times: {self.view.look.times}"))
        elif message.what == "only":
            self._switch_only()
        elif message.what == "link":
            self._copy_link()
        elif message.what == "mark":
            self._mark()
        elif self._of is not None:
            cast("DevopsApp", self.app).run_act(self._save(*self._of), group="save")

    def _switch_only(self) -> None:
        if self.view.shows_only_found:
            self.view.show_only(None)
        elif self._search is not None:
            self.view.show_only(self._search.found)
        else:
            tell(self.app, line("search for something first: /"))
        self._tell_search()

    def _copy_link(self) -> None:
        if self._of is not None and self.view.number:
            place = str(LogPlace(*self._of, self.view.number))
            self.app.copy_to_clipboard(place)
            tell(self.app, line("copied: ", place))

    def _mark(self) -> None:
        """Asks whether the line under the cursor is the cause."""
        if self._of is None or not self.view.number:
            return
        place = LogPlace(*self._of, self.view.number)

        def marked(lines: list[LogLine]) -> None:
            acts = cast("DevopsApp", self.app).acts
            for each in lines:
                acts.do("log.mark", str(place), text=each.data.decode("utf-8", "replace"))

        self._fetch(((place.line, place.line),), marked)

    async def _save(self, run_id: RunId, job_id: JobId) -> None:
        path = await self.app.push_screen_wait(SaveDialog(file_name(run_id, job_id)))
        if path is None:
            return

        def saved(answer: int | OSError) -> None:
            if isinstance(answer, OSError):
                tell(self.app, line(f"{path}: {answer.strerror}; nothing was saved"), "error")
            else:
                tell(self.app, line(f"{answer:,} bytes saved to {path}"))

        self._asking(lambda front: save(front, run_id, job_id, path), saved)
