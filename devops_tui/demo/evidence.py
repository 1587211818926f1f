"""What can be seen from outside: answers through the front door, under constant load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.demo import processes
from devops_tui.demo.load import Asked, read_asked
from devops_tui.demo.parts import ask
from devops_tui.demo.plan import MARK, WorldPlan
from devops_tui.demo.processes import Process

HALF_CENT = "/cart?items=coffee:3&discount=5"
"""22.6575: the old version drops the rest, the new one rounds half up."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the front door answers to one customer."""

    colour: str
    deployed: str
    version: str
    total: str


def look(port: int) -> Seen:
    """Asks for a cart whose total tells the versions apart.

    Raises:
        OSError, http.client.HTTPException, ValueError: No answer, or another one.
    """
    answer = ask(port, HALF_CENT)
    body = json.loads(answer.body)
    return Seen(answer.colour, answer.deployed, str(body["version"]), str(body["total"]))


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests that began around one change of colour.

    Attributes:
        late: Begun after the change was over and still answered by the old colour.
    """

    requests: int
    failed: int
    late: int
    first_errors: tuple[str, ...] = ()


def tally(
    asked: Sequence[Asked], since: datetime, over_at: datetime, until: datetime, old_colour: str
) -> Tally:
    """Counts the requests that began between `since` and `until`."""
    inside = [a for a in asked if since.timestamp() <= a.begun <= until.timestamp()]
    bad = [a for a in inside if not a.is_good]
    late = [a for a in inside if a.begun > over_at.timestamp() and a.colour == old_colour]
    errors = tuple(f"{a.kind}: {a.error or a.status}" for a in bad[:3])
    return Tally(len(inside), len(bad), len(late), errors)


class Load:
    """The load process, and what it wrote down."""

    def __init__(self, plan: WorldPlan) -> None:
        self._file = plan.folder / "load.tsv"
        with plan.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "devops_tui.demo.load"),
                    *("--port", str(plan.door_port), "--out", str(self._file)),
                ],
                env={**os.environ, MARK: str(plan.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every request that was answered, or failed, so far."""
        return read_asked(self._file)

    def stop(self) -> None:
        """Ends it; what is under way is awaited."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def left_running(plan: WorldPlan, known: Sequence[Process]) -> tuple[str, ...]:
    """Processes of a stopped world that are still there."""
    found = (*known, *processes.marked(MARK, str(plan.folder)))
    return tuple(process.name for process in dict.fromkeys(found) if process.is_alive)
