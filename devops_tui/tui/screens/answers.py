"""What hosts answer to a command, while it runs and after."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.host_command import JOB, MOST_BYTES
from devops_tui.domain.ids import HostName, RequestId, RunId
from devops_tui.domain.pipeline import ENDS, JobRun
from devops_tui.ports.front import Front
from devops_tui.presentation import host_answers
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, line
from devops_tui.tui.bridge import Bridge
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

_LOOK_S = 0.5
_CHUNKS = 200


class AnswersScreen(ModalScreen[None]):
    """Equal answers stand together; escape leaves, the command goes on. ctrl+x cancels it.

    Reads: the run and its log, on the bridge's thread, until it ended.
    """

    DEFAULT_CSS = """
    AnswersScreen { align: center middle; background: $background 60%; }
    AnswersScreen > .box {
        width: 96%; height: 90%; border: round $primary; padding: 0 1; background: $background;
    }
    AnswersScreen .title { height: 1; overflow: hidden; }
    AnswersScreen LineTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "leave", priority=True),
        Binding("ctrl+x", "cancel", "cancel the command", priority=True),
    ]

    def __init__(self, request: RequestId, text: str) -> None:
        super().__init__()
        self._request = request
        self._text = text
        self._run: RunId | None = None
        self._record: JobRun | None = None
        self._outputs: dict[HostName, bytes] = {}
        self._after = 0
        self._ended = False
        self._said: Line = line(("waits for the worker", "waits"))

    def compose(self) -> ComposeResult:
        """What was asked, how far it is, the answers."""
        with Vertical(classes="box"):
            title = LineView(lambda _: [self._title()])
            title.add_class("title")
            yield title
            yield LineTable(empty=line(("no host has ended yet", "muted")), id="answers")

    def on_mount(self) -> None:
        """Looks at once, and again while it runs."""
        self.query_one(LineTable).focus()
        self._look_again()
        self._timer = self.set_interval(_LOOK_S, self._look_again)

    def _title(self) -> Line:
        keys = line(("ctrl+x", "key"), " cancels  ", ("esc", "key"), " leaves")
        ways = () if self._ended else keys
        return joined([line((self._run or "", "accent"), " ", self._text), self._said, ways])

    @property
    def _bridge(self) -> Bridge:
        bridge = getattr(self.app, "bridge", None)
        if not isinstance(bridge, Bridge):
            raise TypeError("answers are shown in the app that has a house")
        return bridge

    def _look_again(self) -> None:
        if not self._ended:
            self.run_worker(self._look(), group="answers", exclusive=True)

    async def _look(self) -> None:
        try:
            await self._bridge.ask(self._read)
        except DevopsError as error:
            self._said = line((str(error), "failed"))
        if not self.is_attached:
            return
        for view in self.query(LineView):
            view.remake()
        record, outputs = self._record, dict(self._outputs)
        if record is not None:
            table = self.query_one(LineTable)
            table.show(lambda cells: host_answers.rows(record, outputs, cells))

    def _read(self, front: Front) -> None:
        """On the bridge's thread."""
        if self._run is None:
            request = front.request(self._request)
            self._run = _run_of(request)
            if request.state is RequestState.REFUSED:
                self._said = line((f"{request.error}. {request.hint}", "failed"))
                self._ended = True
        if self._run is None:
            return
        view = front.run(self._run)
        self._record = view.jobs.get(JOB)
        while chunks := front.log(self._run, JOB, self._after, _CHUNKS):
            for chunk in chunks:
                self._after = max(self._after, chunk.seq)
                held = self._outputs.get(chunk.host, b"")
                if len(held) <= MOST_BYTES:
                    self._outputs[chunk.host] = held + chunk.data
        if self._record is not None:
            self._said = host_answers.summary(self._record)
        self._ended = view.run.state in ENDS

    def action_leave(self) -> None:
        """Away; the command goes on."""
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Asks for its end."""
        run = self._run
        if run is not None and not self._ended:
            self.run_worker(self._cancel(run), group="cancel")

    async def _cancel(self, run: RunId) -> None:
        await self._bridge.ask(lambda f: f.file(Verb.CANCEL, run))
        self._said = line(("cancel was asked for", "waits"))


def _run_of(request: Request) -> RunId | None:
    found = request.outcome.get("run_id")
    return RunId(str(found)) if found else None
