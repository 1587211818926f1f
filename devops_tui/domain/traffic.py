"""Services, their two colours, and the switch between them.

A flip is a small state machine with a journal: the intent is stored before each
step and the outcome after it, so that after a crash it is known where it stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from devops_tui.domain.batches import HostCount
from devops_tui.domain.cloud_switching import CloudConfig
from devops_tui.domain.ids import FlipId, HostName, RunId, ServiceName
from devops_tui.domain.switching import OtherConfig, PreviewRequest, SwitchAbilities
from devops_tui.domain.watching import WatchSigns

NO_COLOUR = "serves no colour"
"""Why a balancer that was read shows no colour: what it says is none of the service."""


class Colour(StrEnum):
    """One of the two sets of servers of a service."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Colour:
        """The other colour."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE

    def green_percent(self, percent: int) -> int:
        """What green gets of the requests while this colour gets `percent` of them."""
        return percent if self is Colour.GREEN else 100 - percent


@dataclass(frozen=True, slots=True)
class Servers:
    """The hosts that serve one colour, and the port they serve it on.

    `ports` holds the port of each host where they differ from `port`.
    """

    hosts: tuple[HostName, ...]
    port: int
    ports: Mapping[str, int] = field(default_factory=dict)

    def port_of(self, host: HostName) -> int:
        """The port that this colour has on `host`."""
        return self.ports.get(host, self.port)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a server says that it is well, and which version it is."""

    path: str = "/healthz"
    status: int = 200
    version_header: str = "X-Version"
    interval_s: float = 2.0
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True)
class HaproxyConfig:
    """One versioned map on every balancer; `key` is looked up in it.

    Attributes:
        hosts: The balancers; the socket is reached over their SSH link.
        socket: Path of the admin-level stats socket there.
        map: Path of the map file there, also its name in HAProxy.
        backend: Name of the backend of a colour, with {service} and {colour}.
        is_weighted: Whether the lines there look at `<key>.green`, green's share in percent.
        url: Base URL of the front door per host, for probes from the host itself.
    """

    hosts: tuple[HostName, ...]
    socket: str
    map: str
    key: str
    backend: str = "{service}_{colour}"
    port: int = 80
    is_weighted: bool = False
    kind: ClassVar[str] = "haproxy"

    @property
    def abilities(self) -> SwitchAbilities:
        """Atomic, fenced, with the drain in view; weights where its lines know them."""
        return SwitchAbilities(True, True, self.is_weighted, True, True, routes_testers=True)


SwitchConfig = HaproxyConfig | OtherConfig | CloudConfig


@dataclass(frozen=True, slots=True)
class Service:
    """A service with two colours behind one or several front doors.

    Attributes:
        up: POSIX sh that (re)starts a colour on its host; sees $COLOUR, $PORT,
            $ARTIFACT (path there), $VERSION.
        install_dir: Folder on the host that artifacts are put into.
        canary: Shares in percent that the new colour gets one after the other, rising to
            100; empty for a flip at once.
        canary_step_s: How long each share is watched before the next.
        down: POSIX sh that stops a colour on its host; sees $COLOUR, $PORT, $VERSION. Where
            it is given, a colour is stopped by it when its warm time is over.
        batches: Sizes of the groups of hosts that are brought up, or stopped, one after the
            other; empty means all at once.
        testers: How a tester asks for a colour by name; None for nobody.
        watch: What its watches look at beside health, errors and latency.
    """

    name: ServiceName
    environment: str
    colours: Mapping[Colour, Servers]
    switch: SwitchConfig | None = None
    health: HealthCheck = field(default_factory=HealthCheck)
    up: str = ""
    install_dir: str = ""
    bake_s: float = 600.0
    keep_warm_s: float = 7200.0
    drain_s: float = 30.0
    canary: tuple[int, ...] = ()
    canary_step_s: float = 60.0
    down: str = ""
    batches: tuple[HostCount, ...] = ()
    testers: PreviewRequest | None = None
    watch: WatchSigns = field(default_factory=WatchSigns)


class FlipState(StrEnum):
    """Where a flip stands."""

    ASKED = "asked"
    PREPARED = "prepared"
    COMMITTED = "committed"
    PROVED = "proved"
    DONE = "done"
    FAILED = "failed"  # the old colour serves everywhere
    UNKNOWN = "unknown"  # a balancer could not be read back; asks


FLIP_TRANSITIONS: Mapping[FlipState, frozenset[FlipState]] = {
    FlipState.ASKED: frozenset({FlipState.PREPARED, FlipState.FAILED, FlipState.UNKNOWN}),
    FlipState.PREPARED: frozenset({FlipState.COMMITTED, FlipState.FAILED, FlipState.UNKNOWN}),
    FlipState.COMMITTED: frozenset({FlipState.PROVED, FlipState.FAILED, FlipState.UNKNOWN}),
    FlipState.PROVED: frozenset({FlipState.DONE, FlipState.UNKNOWN}),
    FlipState.UNKNOWN: frozenset({FlipState.DONE, FlipState.FAILED}),
    FlipState.DONE: frozenset(),
    FlipState.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class FlipStep:
    """One line of a flip's journal."""

    at: datetime
    what: str
    is_done: bool
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Flip:
    """One change of colour; an undo is a flip whose `undoes` names the one before.

    Attributes:
        glass: Who let it happen outside of the hours, and why; empty for one inside of them.
        is_interrupted: Whether it was given up for no other reason than that its worker died.
        set_aside: Balancers that somebody left out by name; they may serve the other colour.
        percent: What `to_colour` gets of the requests. Under 100 it is a step of a canary:
            `from_colour` still serves, and is gone back to whole where the step fails.
        is_repair: Whether it brings what drifted back to the colour that should serve; then
            both colours are that one.
        left_digest, left_version: What `from_colour` held when it was left; empty when unknown.
        bake_s: How long it is watched after it by a run of its own; 0 where a run that flips
            watches by itself, or nobody does.
        bake_run: The run that watches it; None while there is none.
    """

    id: FlipId
    service: ServiceName
    from_colour: Colour
    to_colour: Colour
    state: FlipState
    actor: str
    why: str
    fence: int
    asked_at: datetime
    ended_at: datetime | None = None
    run_id: RunId | None = None
    undoes: FlipId | None = None
    error: str = ""
    steps: tuple[FlipStep, ...] = ()
    glass: str = ""
    is_interrupted: bool = False
    set_aside: tuple[HostName, ...] = ()
    percent: int = 100
    is_repair: bool = False
    left_digest: str = ""
    left_version: str = ""
    bake_s: float = 0.0
    bake_run: RunId | None = None

    @property
    def is_canary(self) -> bool:
        """Whether the colour that serves stays: a step, its undo, or a repair."""
        return self.percent < 100 or self.from_colour is self.to_colour

    @property
    def green_percent(self) -> int:
        """What green gets of the requests when it is done."""
        return self.to_colour.green_percent(self.percent)

    @property
    def has_failed_step(self) -> bool:
        """Whether a step of it ended badly; one that is open was never ended."""
        return any(not step.is_done and step.ms > 0 for step in self.steps)


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """What one server of one colour answered last.

    `is_healthy` is None while nobody knows (never asked, or the asking failed).
    """

    host: HostName
    colour: Colour
    is_healthy: bool | None = None
    version: str = ""
    latency_ms: float | None = None
    why: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Balancer:
    """What one front door said last; `serves` is None while nobody knows.

    `armed` is the colour that its next reload would make serve, where that is another one.
    `green_percent` is green's share of the requests; None where it cannot be told.
    `silent_since` is when it could not be read for the first time; None while it can.
    """

    host: HostName
    serves: Colour | None = None
    in_flight: Mapping[str, int] = field(default_factory=dict)
    requests_per_s: Mapping[str, float] = field(default_factory=dict)
    error_ratio: float | None = None
    last_answer_at: Mapping[str, datetime] = field(default_factory=dict)
    why: str = ""
    at: datetime | None = None
    armed: Colour | None = None
    green_percent: int | None = None
    silent_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What is known of a service now; written by the worker, read by the screens.

    Attributes:
        live: The colour that the last finished flip made live; None before the
            balancers were read for the first time.
        fence: Grows with each flip; a balancer's change carries it.
        warm_until: Until when the idle colour is kept for an undo.
        digests: Colour to digest of the artifact that was installed there.
        versions: Colour to the version that was installed there.
        set_aside: Balancers that the last flip left out, until they serve `live` again.
        canary: What the colour that is not live gets of the requests, in percent; 0 for none.
    """

    name: ServiceName
    live: Colour | None = None
    fence: int = 0
    servers: tuple[ServerHealth, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    warm_until: datetime | None = None
    watching_until: datetime | None = None
    last_flip: FlipId | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    observed_at: datetime | None = None
    set_aside: tuple[HostName, ...] = ()
    canary: int = 0

    def drift(self) -> str | None:
        """What disagrees with what should be live, in one line, or None."""
        if self.set_aside:
            names, count = ", ".join(self.set_aside), len(self.balancers)
            told = f"{count - len(self.set_aside)} of {count} serve {self.live}"
            return f"{told}, {names} set aside: brought along when it answers"
        if self.live is not None:
            wanted = self.live.other.green_percent(self.canary)
            given = {b.host: b.green_percent for b in self.balancers if b.green_percent is not None}
            off = [f"{host} gives green {n} %" for host, n in given.items() if n != wanted]
            if off and (self.canary or not {0, 100}.issuperset(given.values())):
                return f"{', '.join(off)}, not {wanted} %"
        none = [b.host for b in self.balancers if b.why == NO_COLOUR]
        if none:
            instead = f", not {self.live}" if self.live is not None else ""
            return f"{', '.join(none)} {NO_COLOUR}{instead}"
        seen = {b.serves for b in self.balancers if b.serves is not None}
        if len(seen) > 1:
            names = ", ".join(f"{b.host} serves {b.serves}" for b in self.balancers)
            return f"balancers disagree: {names}"
        if self.live is not None and seen and self.live not in seen:
            return f"{self.live} should serve, {next(iter(seen))} does"
        armed = [f"{b.host} to {b.armed}" for b in self.balancers if b.armed is not None]
        if armed:
            return f"the next reload flips {', '.join(armed)}: the file was changed, not loaded"
        return None
