"""The value stream of a pipeline: from commit to production."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from devops_tui.domain.stream import ValueStream
from devops_tui.domain.view import Overview
from devops_tui.presentation import stream
from devops_tui.presentation.line import line
from devops_tui.presentation.rows import readable
from devops_tui.tui.actions import bindings
from devops_tui.tui.screens.base import ViewScreen
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.pane import Pane


class StreamScreen(ViewScreen):
    """What waited and what worked, of the last commits and of the newest one.

    Reads: the value stream, again whenever the store changed.
    """

    view_name: ClassVar[str] = "stream"
    footer_actions: ClassVar[tuple[str, ...]] = ("app.copy", "app.last", "app.back", "app.quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings("stream")

    def __init__(self) -> None:
        super().__init__()
        self._pipeline = ""
        self._version = -1

    def compose_body(self) -> ComposeResult:
        """One drawing."""
        empty = line(("no pipeline is chosen; ", "muted"), ("2", "key"), (" lists runs", "muted"))
        yield Pane("Value stream", LineTable(empty=empty, id="stream-rows"), id="stream")

    def open_subject(self, subject: str) -> None:
        """A pipeline."""
        self._pipeline = subject
        self._read()

    def show(self, overview: Overview) -> None:
        """Reads again when the store changed."""
        if overview.version != self._version:
            self._version = overview.version
            self._read()

    def subject_of(self, kind: str) -> str:
        """The pipeline."""
        return self._pipeline if kind == "pipeline" else ""

    def _read(self) -> None:
        if self._pipeline:
            name = self._pipeline
            self.ask(lambda front: front.value_stream(name), self._take)

    def _take(self, found: ValueStream) -> None:
        if found.pipeline != self._pipeline:
            return
        self.query_one(Pane).summarise(line((self._pipeline, "accent")))
        table = self.query_one("#stream-rows", LineTable)
        table.show(lambda cells: readable(stream.rows(found, cells)))
