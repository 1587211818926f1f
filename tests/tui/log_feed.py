"""A log view over bytes in memory: what a pane reads from the store, without pane and store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from textual.app import App, ComposeResult

from devops_tui.domain.ids import HostName, JobId, RunId
from devops_tui.domain.log_index import LogScanner
from devops_tui.domain.log_lines import read_lines
from devops_tui.domain.pipeline import LogChunk
from devops_tui.presentation.logs import LogLook
from devops_tui.tui.widgets.log_canvas import LogCanvas
from devops_tui.tui.widgets.log_view import LogView

BEGAN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def chunks_of(data: bytes, size: int = 65536, host: str = "local") -> list[LogChunk]:
    """The bytes as a store would have them."""
    return [
        LogChunk(
            RunId("shop-1"), JobId("test/unit"), 1, HostName(host), start,
            data[start : start + size], BEGAN + timedelta(seconds=seq), seq + 1,
        )
        for seq, start in enumerate(range(0, len(data), size))
    ]  # fmt: skip


class Feed:
    """Feeds a view, and reads what it wants."""

    def __init__(self, view: LogView) -> None:
        self.view = view
        self.chunks: list[LogChunk] = []
        self.scanner = LogScanner()
        self.wanted: list[tuple[int, int]] = []
        view.begin(LogLook())

    def add(self, chunks: Sequence[LogChunk]) -> None:
        """More of the log."""
        self.chunks += chunks
        self.view.index.take(self.scanner.scan(chunks))
        self.view.grow()

    def finish(self) -> None:
        """The log is over."""
        self.view.index.take(self.scanner.finish())
        self.view.grow()

    def answer(self, message: LogCanvas.Wanted) -> None:
        """Reads at once."""
        self.wanted += message.pieces
        index = self.view.index
        self.view.take_lines(
            one
            for first, last in message.pieces
            for one in read_lines(
                self._read, index.before(first), first, last, is_whole=index.is_whole
            )
        )

    def _read(self, after: int, limit: int) -> list[LogChunk]:
        return self.chunks[after : after + limit]


class OneLog(App[None]):
    """A view alone on the screen."""

    def __init__(self, data: bytes = b"", size: int = 65536) -> None:
        super().__init__()
        self.view = LogView()
        self._data = chunks_of(data, size)

    def compose(self) -> ComposeResult:
        """Nothing but the view."""
        yield self.view

    def on_mount(self) -> None:
        """Feeds what there is."""
        self.feed = Feed(self.view)
        self.feed.add(self._data)
        self.view.focus()

    def on_log_canvas_wanted(self, message: LogCanvas.Wanted) -> None:
        """Reads at once."""
        self.feed.answer(message)

    def shown(self) -> list[str]:
        """What is drawn."""
        view = self.view
        return [view.render_line(y).text.rstrip() for y in range(view.size.height)]
