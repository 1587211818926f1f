"""A recording in front of an operator: answers what was recorded, and does nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

from devops_tui.bootstrap.actor import operator
from devops_tui.domain.audit import CommandRecord, Verb
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event
from devops_tui.domain.history import HostHistory
from devops_tui.domain.ids import RunId
from devops_tui.domain.survey import Survey
from devops_tui.domain.view import Overview, RunView
from devops_tui.ports.front import Front
from devops_tui.ports.recording import RecordingReader
from devops_tui.services.playback import Playback
from devops_tui.services.replay_clock import ReplayClock
from devops_tui.stores.recording_file import RecordingFileReader

WHY_NOT = "this is a replay: nothing can be done in it"


class ReplayFront:
    """Answers as ports.front.Front does, from a recording.

    Whatever is not answered here is refused, so that an act which the port gets later is
    refused as well.
    """

    def __init__(self, reader: RecordingReader, clock: ReplayClock) -> None:
        self._reader = reader
        self._clock = clock
        self._playback = Playback(reader)
        self._turn = 0
        self._shown: datetime | None = None

    @property
    def actor(self) -> str:
        """Login of whoever looks."""
        return operator()

    def version(self) -> int:
        """Changes whenever rows do."""
        self._go()
        return self._playback.rows_version

    def frames_version(self) -> int:
        """Changes with the clock."""
        self._go()
        return self._turn

    def overview(self) -> Overview:
        """What was shown then."""
        self._go()
        overview = self._playback.overview()
        self._clock.show(overview.at)
        return overview

    def run(self, run_id: RunId) -> RunView:
        """Raises NotFound."""
        found = self._playback.overview().run(run_id)
        if found is None:
            raise NotFound(f"{run_id} is not in the recording at this time")
        return found

    def runs(self, pipeline: str | None = None, limit: int = 50) -> Sequence[RunView]:
        """Newest first."""
        runs = self._playback.overview().runs
        return [r for r in runs if pipeline in (None, r.run.plan.pipeline)][:limit]

    def events(
        self, after: int = 0, subject: str | None = None, limit: int = 200, newest: bool = True
    ) -> Sequence[Event]:
        """The last ones before the time that is shown."""
        found = [
            event
            for event in self._playback.overview().events
            if event.seq > after and subject in (None, event.subject)
        ]
        return found[-limit:] if newest else found[:limit]

    def command_records(self, limit: int = 200) -> Sequence[CommandRecord]:
        """They are not recorded."""
        return ()

    def host_survey(self, host: str, *, looks: bool = False) -> Survey:
        """What the host had answered."""
        return self._playback.survey(host)

    def host_history(
        self, host: str, metrics: Sequence[str], start: datetime, end: datetime, count: int
    ) -> HostHistory:
        """Figures up to the time that is shown, as far as they were recorded."""
        return self._playback.history(host, metrics, start, end, count)

    def fleet_history(
        self, hosts: Sequence[str], metrics: Sequence[str], start: datetime, end: datetime
    ) -> Sequence[HostHistory]:
        """The same of many hosts in one bucket each."""
        return [self._playback.history(host, metrics, start, end, 1) for host in hosts]

    def why_not(self, verb: Verb, subject: str) -> str | None:
        """Why nothing can be done."""
        return WHY_NOT

    def beat(self, view: str) -> None:
        """Nobody is told."""

    def ensure_worker(self) -> None:
        """None is needed."""

    def close(self) -> None:
        """Gives the file back."""
        self._reader.close()

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name.startswith("_"):
            raise AttributeError(name)

        def refused(*_: Any, **__: Any) -> NoReturn:
            raise Refused(WHY_NOT, "What needs more than was recorded cannot be shown either.")

        return refused

    def _go(self) -> None:
        now = self._clock.now()
        if now != self._shown:
            self._shown = now
            self._turn += 1
            self._playback.go_to(now)


class Replay:
    """A recording that was opened, and its clock.

    Raises:
        NotFound: There is no such file.
        StoreError: It is no recording, or nothing of it can be shown.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.reader = RecordingFileReader(path)
        parts = self.reader.parts
        self.clock = ReplayClock(
            parts[0].start,
            max(part.end for part in parts),
            monotonic,
            lambda: self.reader.complaint,
        )

    def open_front(self) -> Front:
        """What screens ask; belongs to the calling thread."""
        return cast("Front", ReplayFront(self.reader, self.clock))
