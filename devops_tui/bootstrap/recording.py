"""Makes a recording of a workspace."""

from __future__ import annotations

from pathlib import Path

from devops_tui import __version__
from devops_tui.bootstrap.clock import SystemClock
from devops_tui.bootstrap.written_words import mask_of
from devops_tui.domain.recording import Head
from devops_tui.ports.front import Front
from devops_tui.services.recorder import Recorder
from devops_tui.stores.recording_file import RecordingFileWriter


class Recording:
    """A recording under way: `recorder` looks, `writer` tells how large it is.

    Raises:
        Refused: The file exists.
        StoreError: It cannot be made.
    """

    def __init__(self, front: Front, path: Path, every_s: float, limit_bytes: int) -> None:
        workspace = front.overview().workspace
        name = workspace.name if workspace is not None else ""
        head = Head(name, SystemClock().now(), every_s, __version__)
        self.writer = RecordingFileWriter(path, head, limit_bytes)
        self.recorder = Recorder(front, self.writer, mask_of(workspace))

    def close(self) -> None:
        """Writes what was taken last."""
        try:
            self.recorder.flush()
        finally:
            self.writer.close()
