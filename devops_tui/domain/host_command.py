"""One command for many hosts, asked for by hand; and its answers, grouped by what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devops_tui.domain.batches import HostCount
from devops_tui.domain.event import Json
from devops_tui.domain.ids import HostName, JobId
from devops_tui.domain.pipeline import HostOutcome, Job, JobRun, Plan, Stage, StageKind, State
from devops_tui.domain.work import RunCommand

EXEC = "exec"
"""Name that the runs of such commands bear in place of a pipeline's."""

JOB = JobId("hosts/command")
BATCH = 50
TIMEOUT_S = 300.0
MOST_BYTES = 64 * 1024
"""Of one host's output that is compared and shown; the log keeps all of it."""


@dataclass(frozen=True, slots=True)
class HostCommand:
    """What is done, where, and how many at a time.

    Attributes:
        argv: A program and its arguments; empty when `script` says what to do.
        script: POSIX sh, sent on stdin.
        batch: Hosts at a time.
        goes_on: The next batch begins though hosts of the one before failed.
        timeout_s: For all hosts together.
    """

    hosts: tuple[HostName, ...]
    argv: tuple[str, ...] = ()
    script: str = ""
    batch: int = BATCH
    goes_on: bool = False
    timeout_s: float = TIMEOUT_S

    def plan(self) -> Plan:
        """The plan of a run of one job."""
        work = RunCommand(
            self.script,
            self.hosts,
            argv=self.argv,
            batches=(HostCount(self.batch),),
            max_failed=HostCount(len(self.hosts) if self.goes_on else 0),
        )
        job = Job("command", work, timeout_s=self.timeout_s)
        return Plan(EXEC, (Stage("hosts", StageKind.MONITOR, (job,)),))

    def args(self) -> dict[str, Json]:
        """As a request carries it."""
        return {
            "hosts": list(self.hosts),
            "argv": list(self.argv),
            "script": self.script,
            "batch": self.batch,
            "goes_on": self.goes_on,
            "timeout_s": self.timeout_s,
        }

    @classmethod
    def of(cls, args: Mapping[str, Json]) -> HostCommand:
        """What a request carries; ValueError when it is none."""
        hosts, argv = args.get("hosts"), args.get("argv")
        batch, timeout_s = args.get("batch"), args.get("timeout_s")
        if not isinstance(hosts, list) or not isinstance(argv, list):
            raise ValueError("no hosts, or no command")
        if not isinstance(batch, int) or not isinstance(timeout_s, int | float):
            raise ValueError("no batch, or no time-out")
        names = tuple(HostName(str(host)) for host in hosts)
        words = tuple(str(word) for word in argv)
        goes_on = args.get("goes_on") is True
        return cls(names, words, str(args.get("script") or ""), batch, goes_on, float(timeout_s))


@dataclass(frozen=True, slots=True)
class Answers:
    """Hosts that ended alike and said the same.

    Attributes:
        output: Masked bytes as they came, at most MOST_BYTES; untrusted.
        is_cut: There is more in the log.
        why: Why it ended so, where no exit code tells; untrusted.
    """

    hosts: tuple[HostName, ...]
    state: State
    exit_code: int | None
    output: bytes
    is_cut: bool = False
    why: str = ""


def grouped(record: JobRun, outputs: Mapping[HostName, bytes]) -> list[Answers]:
    """The answers of hosts that ended, the largest group first; those that failed before."""
    found: dict[tuple[State, int | None, bytes, str], list[HostName]] = {}
    for outcome in record.hosts:
        if outcome.state in (State.WAITING, State.RUNNING):
            continue
        why = outcome.why if outcome.exit_code is None else ""
        output = outputs.get(outcome.host, b"")
        found.setdefault((outcome.state, outcome.exit_code, output, why), []).append(outcome.host)
    made = [
        Answers(tuple(hosts), state, code, output[:MOST_BYTES], len(output) > MOST_BYTES, why)
        for (state, code, output, why), hosts in found.items()
    ]
    return sorted(made, key=lambda a: (a.state is State.OK, -len(a.hosts)))


def counts(hosts: Sequence[HostOutcome]) -> tuple[int, int, int]:
    """(ended well, ended otherwise, not ended yet)."""
    well = sum(o.state is State.OK for o in hosts)
    still = sum(o.state in (State.WAITING, State.RUNNING) for o in hosts)
    return well, len(hosts) - well - still, still
