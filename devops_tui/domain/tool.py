"""Connected tools: CI servers, monitors and keepers of logs that are read, never replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from devops_tui.domain.export import Credentials

MOST_FINDINGS = 500
"""A reading keeps the worst of what a tool says; what was left out is counted."""

SILENT_AFTER = 2.0
"""A tool that has not answered for so many pauses is a problem itself, where it may open one."""

STALE_AFTER = 3.0
"""A reading that is older than so many pauses is not drawn as if it were of now."""


class Level(StrEnum):
    """How grave something is that a tool says; the order is that of a list, worst first."""

    CRITICAL = "critical"
    UNKNOWN = "unknown"  # the tool itself does not know
    WARNING = "warning"
    RUNNING = "running"
    OK = "ok"


_ORDER = {level: place for place, level in enumerate(Level)}


class ToolKind(StrEnum):
    """Which program it is."""

    ALERTMANAGER = "alertmanager"
    BAMBOO = "bamboo"
    BUILDBOT = "buildbot"
    ELASTICSEARCH = "elasticsearch"
    FLUENTD = "fluentd"
    GOCD = "gocd"
    GRAFANA = "grafana"
    ICINGA = "icinga"
    INFLUXDB = "influxdb"
    JENKINS = "jenkins"
    JENNIFER = "jennifer"
    NAGIOS = "nagios"
    NEWRELIC = "newrelic"
    PINPOINT = "pinpoint"
    PROMETHEUS = "prometheus"
    SENSU = "sensu"
    SPINNAKER = "spinnaker"
    SPLUNK = "splunk"
    ZABBIX = "zabbix"


class Proof(StrEnum):
    """What the reader of a kind was tested with."""

    REAL = "real"
    CONTRACT = "contract"  # a double, written from the vendor's published description


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is to be known of a kind before it is asked.

    Attributes:
        stage: Where it belongs on the way from commit to traffic.
        says: What its findings are, for people: "alerts", "last builds".
        proof: What it was tested with.
        needs: Keys of the configuration that it cannot do without.
        takes: Further keys that mean something to it.
    """

    stage: str
    says: str
    proof: Proof
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


KINDS: Mapping[ToolKind, KindFacts] = {
    ToolKind.JENNIFER: KindFacts(
        "monitor", "events, instances", Proof.CONTRACT, needs=("account",)
    ),
    ToolKind.PINPOINT: KindFacts("monitor", "agents, errors", Proof.CONTRACT, needs=("account",)),
    ToolKind.NEWRELIC: KindFacts("monitor", "open issues", Proof.CONTRACT, needs=("account",)),
    ToolKind.SPLUNK: KindFacts("monitor", "fired alerts, health", Proof.CONTRACT),
    ToolKind.FLUENTD: KindFacts("monitor", "outputs in trouble", Proof.CONTRACT),
    ToolKind.ELASTICSEARCH: KindFacts(
        "monitor", "cluster, matches of your query", Proof.CONTRACT, takes=("query", "account")
    ),
    ToolKind.BUILDBOT: KindFacts("build", "last builds", Proof.REAL),
    ToolKind.SPINNAKER: KindFacts("deploy", "last executions", Proof.CONTRACT, needs=("account",)),
    ToolKind.BAMBOO: KindFacts("build", "last builds", Proof.CONTRACT),
    ToolKind.GOCD: KindFacts("build", "last runs", Proof.CONTRACT),
    ToolKind.JENKINS: KindFacts("build", "last builds", Proof.CONTRACT),
    ToolKind.INFLUXDB: KindFacts(
        "monitor", "levels of your query, health", Proof.REAL, takes=("query", "account")
    ),
    ToolKind.GRAFANA: KindFacts("monitor", "alerts", Proof.CONTRACT),
    ToolKind.ALERTMANAGER: KindFacts("monitor", "alerts", Proof.REAL),
    ToolKind.ICINGA: KindFacts("monitor", "hosts and services that are not well", Proof.REAL),
    ToolKind.ZABBIX: KindFacts("monitor", "problems", Proof.REAL),
    ToolKind.SENSU: KindFacts(
        "monitor", "events that are not well", Proof.CONTRACT, takes=("account",)
    ),
    ToolKind.NAGIOS: KindFacts("monitor", "hosts and services that are not well", Proof.REAL),
    ToolKind.PROMETHEUS: KindFacts("monitor", "alerts, targets", Proof.REAL),
}


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """What `tools: {NAME: ...}` says.

    Attributes:
        url: Without a slash at its end.
        login: References to secrets, never the secrets.
        every_s: Seconds between two readings.
        only: Patterns of the names of findings; none means all of them.
        opens: The mildest level that opens an incident; None for none.
        query: What is searched for, in the tool's own language; empty where it knows none.
        account: Whose figures, for tools that hold those of many.
        ca: A file with the certificate of its authority; empty for those of the system.
    """

    name: str
    kind: ToolKind
    url: str
    login: Credentials = field(default_factory=Credentials)
    every_s: float = 60.0
    only: tuple[str, ...] = ()
    opens: Level | None = None
    query: str = ""
    account: str = ""
    ca: str = ""

    def concerns(self, name: str) -> bool:
        """Whether a finding of that name is wanted."""
        return not self.only or any(fnmatchcase(name, pattern) for pattern in self.only)

    def is_grave(self, level: Level) -> bool:
        """Whether it opens an incident."""
        if self.opens is None or level is Level.UNKNOWN:
            return False
        return _ORDER[level] <= _ORDER[self.opens]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a tool says: an alert, a check, the last build of a job; all untrusted.

    Attributes:
        id: Stays the same from reading to reading while it is about the same thing.
        name: Of the job, the check, the rule.
        text: What is said of it, in one line.
        host: Which host it is about; empty for none.
        since: When it became so; None where the tool does not say.
        url: Where a browser shows it.
        is_quiet: Somebody has silenced or acknowledged it over there.
    """

    id: str
    level: Level
    name: str
    text: str = ""
    host: str = ""
    since: datetime | None = None
    url: str = ""
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool said at a moment.

    Attributes:
        version: Of the program; empty where it does not say.
        findings: Worst first.
        left_out: How many findings there were beyond these.
        doubt: Why what it says is not known to hold, such as that a monitor checks nothing;
            empty where it does.
    """

    version: str = ""
    findings: tuple[Finding, ...] = ()
    left_out: int = 0
    doubt: str = ""

    def count(self, level: Level) -> int:
        """Findings of a level that nobody has silenced, among those that were kept."""
        return sum(f.level is level and not f.is_quiet for f in self.findings)


def reading(
    version: str,
    found: Iterable[Finding],
    settings: ToolSettings,
    own: Iterable[Finding] = (),
) -> Reading:
    """Keeps what is wanted, worst first, and counts what there is no room for.

    Of findings that bear one id the worst counts. `own` is about the tool itself, such as that
    a monitor checks nothing: it is kept whatever `only` says and however much there is.
    """
    ours = {f.id: shortened(f) for f in own}
    wanted: dict[str, Finding] = {}
    for each in found:
        finding = shortened(each)
        if settings.concerns(finding.name) and finding.id not in ours:
            known = wanted.get(finding.id)
            if known is None or _ORDER[finding.level] < _ORDER[known.level]:
                wanted[finding.id] = finding
    room = max(0, MOST_FINDINGS - len(ours))
    kept = sorted(wanted.values(), key=_place)[:room]
    ordered = sorted([*ours.values(), *kept], key=_place)
    doubt = next((f.text for f in ours.values() if f.level is Level.UNKNOWN), "")
    return Reading(storable(version), tuple(ordered), len(wanted) - len(kept), doubt)


def _place(found: Finding) -> tuple[bool, int, str, str, str]:
    return found.is_quiet, _ORDER[found.level], found.host, found.name, found.id


@dataclass(frozen=True, slots=True)
class ToolState:
    """How far the worker has come with a tool; kept in the store.

    Attributes:
        place: Which tool this was read from: nothing of another one is shown as of this.
        read_at: When `reading` was read.
        error, hint: Why the newest try did not succeed; empty when it did.
        answered: The wish to read at once that was answered last.
        silent_since: The first of the tries in a row that did not succeed.
    """

    place: str
    reading: Reading | None = None
    read_at: datetime | None = None
    tried_at: datetime | None = None
    error: str = ""
    hint: str = ""
    answered: str = ""
    silent_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToolStatus:
    """A tool of the configuration, and what is known of it."""

    settings: ToolSettings
    state: ToolState

    @property
    def facts(self) -> KindFacts:
        """Of its kind."""
        return KINDS[self.settings.kind]

    @property
    def level(self) -> Level:
        """The worst that it says; unknown while it does not answer."""
        read = self.state.reading
        if read is None or self.state.error:
            return Level.UNKNOWN
        return next((f.level for f in read.findings if not f.is_quiet), Level.OK)

    def is_stale(self, now: datetime) -> bool:
        """Whether what is known is too old to be called the present."""
        at = self.state.read_at
        limit_s = STALE_AFTER * max(self.settings.every_s, 5.0)
        return at is None or (now - at).total_seconds() > limit_s


def place_of(settings: ToolSettings) -> str:
    """What makes a reading one of another tool when it changes."""
    return f"{settings.kind} {settings.url} {settings.query} {settings.account}".strip()


def storable(text: str) -> str:
    """Without what no store takes: half of a pair of surrogates, and the character zero."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def shortened(found: Finding, most: int = 300) -> Finding:
    """With texts that fit into a line and a store; a tool may say whole pages, and anything."""

    def one(text: str) -> str:
        flat = " ".join(storable(text).split())
        return flat if len(flat) <= most else f"{flat[: most - 1]}…"

    return replace(
        found,
        id=storable(found.id[:most]),
        name=one(found.name),
        text=one(found.text),
        host=one(found.host),
        url=storable(found.url),
    )
