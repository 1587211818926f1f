"""Saves the log of a job to a file of the operator's choice; never over another one."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from devops_tui.domain.ids import JobId, RunId
from devops_tui.domain.log_lines import CHUNKS_AT_ONCE
from devops_tui.ports.front import Front
from devops_tui.presentation.line import Line, line
from devops_tui.tui.widgets.line_view import LineView, Make


def file_name(run_id: RunId, job_id: JobId) -> str:
    """A name for the file: letters that every file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", f"{run_id}-{job_id}").strip("-.") + ".log"


def save(front: Front, run_id: RunId, job_id: JobId, path: Path) -> int | OSError:
    """Writes all bytes of the log as they are stored; returns how many, or why it could not.

    The file is new and the operator's alone; when it cannot be written whole, it is removed.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return error
    written = after = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            while chunks := front.log(run_id, job_id, after=after, limit=CHUNKS_AT_ONCE):
                after = chunks[-1].seq
                for chunk in chunks:
                    written += file.write(chunk.data)
    except OSError as error:
        path.unlink(missing_ok=True)
        return error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


class SaveDialog(ModalScreen[Path | None]):
    """Asks where to; dismissed with the path, or None for no.

    What lies there is looked at on a thread: a path may lead to a disk that does not answer.
    """

    DEFAULT_CSS = """
    SaveDialog { align: center middle; background: $background 60%; }
    SaveDialog > .box {
        width: 96; max-width: 94%; height: auto; border: round $primary; padding: 0 1;
        background: $background;
    }
    SaveDialog Input { height: 1; border: none; padding: 0 1; background: $panel; }
    SaveDialog .label { height: 1; overflow: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
    ]

    def __init__(self, name: str, title: str = "Save this log to") -> None:
        super().__init__()
        self._title = title
        self._suggested = name
        self._said: Line = line(("enter saves, esc leaves", "muted"))

    def compose(self) -> ComposeResult:
        """What is saved, and the path."""
        with Vertical(classes="box"):
            yield _label(lambda _: [line((self._title, "title"))])
            yield Input(
                str(Path.cwd() / self._suggested), id="path", compact=True, select_on_focus=False
            )
            yield _label(lambda _: [self._said])

    def on_mount(self) -> None:
        """The path can be changed at once."""
        self.set_focus(self.query_one(Input), scroll_visible=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Takes the path unless something lies there."""
        event.stop()
        text = event.value.strip()
        if text:
            self.run_worker(self._take(text), group="look", exclusive=True)

    async def _take(self, text: str) -> None:
        path, reason = await asyncio.to_thread(_look_at, text)
        if reason:
            self._refuse(reason)
        elif self.is_current:
            self.dismiss(path)

    def _refuse(self, why: str) -> None:
        self._said = line((why, "warning"))
        for view in self.query(LineView):
            view.remake()

    def action_cancel(self) -> None:
        """Nothing is saved."""
        self.dismiss(None)


def _look_at(text: str) -> tuple[Path, str]:
    """The path that was typed, and why nothing can be saved there; "" when it can."""
    path = Path(text)
    try:
        path = path.expanduser()
        if path.exists():
            return path, "a file is there already: choose another name"
        if not path.parent.is_dir():
            return path, f"there is no folder {path.parent}"
    except (OSError, RuntimeError) as error:  # RuntimeError: no such user's home
        return path, f"that is no path that can be looked at: {error}"
    return path, ""


def _label(make: Make) -> LineView:
    view = LineView(make)
    view.add_class("label")
    return view
