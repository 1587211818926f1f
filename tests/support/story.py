"""A seat in front of a demo world, for tests that tell a whole story."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devops_tui.bootstrap.session import Session
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import State
from devops_tui.domain.view import RunView
from support.terminal import Terminal


@dataclass
class Story:
    """A world, a seat in front of it, and what a test needs to follow both."""

    folder: Path
    front: Session

    def until(self, what: str, look: Callable[[], object], patience_s: float = 90.0) -> None:
        """Waits until the store says so; keeps a worker alive meanwhile, as a screen does."""
        deadline = time.monotonic() + patience_s
        while not look():
            assert time.monotonic() < deadline, f"{what}: not within {patience_s} s"
            self.front.beat("story")
            time.sleep(0.1)  # the other processes' time, not ours: the store has no event for us

    def wait_without_touching(self, what: str, look: Callable[[], object]) -> None:
        """The same without keeping a worker alive."""
        deadline = time.monotonic() + 60
        while not look():
            assert time.monotonic() < deadline, f"{what}: not within a minute"
            time.sleep(0.1)

    def newest(self, pipeline: str) -> RunView | None:
        """The newest run of a pipeline."""
        return next(iter(self.front.runs(pipeline, 1)), None)

    def reaches(self, run_id: RunId, state: State) -> None:
        """Waits until a run is in a state."""
        self.until(f"{run_id} {state}", lambda: self.front.run(run_id).run.state is state)

    def at_the_gate(self) -> RunId:
        """Waits until a run of the shop asks for an approval."""

        def asking() -> bool:
            view = self.newest("shop")
            return view is not None and view.run.state is State.ASKING

        self.until("the shop waits at its gate", asking)
        view = self.newest("shop")
        assert view is not None
        return view.run.id

    def screen(self, columns: int = 120, rows: int = 40) -> Terminal:
        """A screen in a terminal of its own."""
        return Terminal(
            [sys.executable, "-m", "devops_tui", str(self.folder)], columns=columns, rows=rows
        )
