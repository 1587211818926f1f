"""The kinds of work that a job does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.approval import Approvers
from devops_tui.domain.batches import HostCount
from devops_tui.domain.ids import HostName, ServiceName
from devops_tui.domain.report import LoadFormat
from devops_tui.domain.traffic import Colour


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Runs a shell script, or a program, on this machine or on hosts.

    Attributes:
        script: POSIX sh; sent on stdin, never in argv.
        hosts: Where; empty means this machine, in the run's checkout.
        env: Plain values (never secrets).
        secrets: Variable name to secret reference, resolved when the step starts.
        program: The program without which the script can do nothing; where it is missing,
            the verdict says so. Empty for scripts of which nothing is known.
        argv: A program and its arguments, taken as they stand, instead of a script.
        folder: Where it runs: below the checkout, on hosts absolute or "~/..."; empty for
            the checkout itself, on hosts for the login's home.
        batches: Sizes of the groups of hosts that have their turn one after the other;
            empty means all at once.
        max_failed: So many hosts may fail without the job failing.
    """

    script: str
    hosts: tuple[HostName, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    program: str = ""
    argv: tuple[str, ...] = ()
    folder: str = ""
    batches: tuple[HostCount, ...] = ()
    max_failed: HostCount = field(default_factory=HostCount)


@dataclass(frozen=True, slots=True)
class LoadGate:
    """What a load test must reach; None means not asked for.

    Attributes:
        max_slower_ratio: How much fewer transactions a second, and how much longer mean,
            p95 and p99 may be than those of the last accepted release.
        max_more_errors: How far the error ratio may be above that of the last one.
    """

    min_tps: float | None = None
    max_mean_ms: float | None = None
    max_p95_ms: float | None = None
    max_error_ratio: float = 0.01
    max_p99_ms: float | None = None
    max_slower_ratio: float | None = None
    max_more_errors: float | None = None


@dataclass(frozen=True, slots=True)
class LoadResults:
    """The file in which a load tool that the job runs leaves its results.

    Attributes:
        path: Below the checkout.
    """

    kind: LoadFormat
    path: str
    gate: LoadGate = field(default_factory=LoadGate)


@dataclass(frozen=True, slots=True)
class MeasureLoad:
    """Starts the built service on a free port ($PORT), sends it requests, measures.

    Attributes:
        start: POSIX sh that stays in the foreground while it serves on $PORT.
        path: What is asked for.
        connections: Keep-alive connections that ask side by side.
    """

    start: str
    path: str = "/"
    duration_s: float = 5.0
    connections: int = 8
    gate: LoadGate = field(default_factory=LoadGate)


@dataclass(frozen=True, slots=True)
class BringUp:
    """Puts the run's artifact on the hosts of the idle colour, starts it, checks health.

    Attributes:
        after: The environment where the same digest must have been released well before;
            empty when that is not asked for.
        pipeline: The pipeline that builds the artifact; empty means the run itself.
        colour: The colour that is meant; refused where that one serves. None: the idle one.
        batches: Sizes of the groups of hosts that have their turn one after the other;
            empty means those of the service.
    """

    service: ServiceName
    artifact: str  # file name of the artifact, as the build stage stored it
    after: str = ""
    pipeline: str = ""
    colour: Colour | None = None
    batches: tuple[HostCount, ...] = ()


@dataclass(frozen=True, slots=True)
class RetireColour:
    """Stops a colour that does not serve, on its hosts, by the service's `down`."""

    service: ServiceName
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Waits for people who approve with a reason.

    Attributes:
        text: What is asked; empty for the usual question of a release.
        remind_s: How often those who may are reminded; None for never.
    """

    expires_s: float = 7 * 86400.0
    text: str = ""
    approvers: Approvers = field(default_factory=Approvers)
    remind_s: float | None = None


@dataclass(frozen=True, slots=True)
class FlipTraffic:
    """Points the service's front doors at the colour that this run brought up."""

    service: ServiceName


@dataclass(frozen=True, slots=True)
class WatchHealth:
    """Watches the service for a while; where it breaks, the service goes back by itself.

    Attributes:
        max_slower: How many times slower than the other colour is still good.
        min_requests: With fewer requests than this nobody can say: it asks.
        flip: The one that is watched; empty for the one that the same run made.
    """

    service: ServiceName
    duration_s: float = 60.0
    interval_s: float = 1.0
    max_error_ratio: float = 0.01
    reverts: bool = True
    max_slower: float = 3.0
    min_requests: int = 0
    flip: str = ""


Work = RunCommand | MeasureLoad | BringUp | RetireColour | AskApproval | FlipTraffic | WatchHealth
