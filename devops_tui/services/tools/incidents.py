"""Incidents of what connected tools say: one a finding, resolved when the tool says no more."""

from __future__ import annotations

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.silence import silencing
from devops_tui.domain.tool import (
    SILENT_AFTER,
    Finding,
    Level,
    Reading,
    ToolSettings,
    ToolState,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.raising import Raised, Raising
from devops_tui.services.silences import silences_of

_ACTOR = "worker"


class ToolIncidents:
    """Belongs inside of a transaction, with the reading that it follows."""

    def __init__(self, store: Store, clock: Clock, workspace: Workspace) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._raising = Raising(store, clock, _ACTOR)

    def settle(self, settings: ToolSettings, found: Reading) -> None:
        """Opens, repeats and resolves; a reading with things left out resolves nothing.

        A tool that does not answer has no reading: what is open stays open. So it does while
        what is read is in doubt.
        """
        grave = {
            _fingerprint(settings, f): f
            for f in found.findings
            if settings.is_grave(f.level) and not f.is_quiet
        }
        # what the tool does not know itself, is about to find out, or was told to be quiet
        # about is not over
        unsure = {
            _fingerprint(settings, f)
            for f in found.findings
            if f.level in (Level.UNKNOWN, Level.RUNNING) or settings.is_grave(f.level)
        }
        if not found.doubt:
            self._raising.resolve(_silence(settings), f"{settings.name} answers again")
        prefix = _prefix(settings)
        open_ones = [
            i.fingerprint
            for i in self._store.incidents(open_only=True, limit=1000)
            if i.fingerprint.startswith(prefix)
        ]
        is_whole = not found.left_out and not found.doubt
        for fingerprint in open_ones:
            if fingerprint not in grave and fingerprint not in unsure and is_whole:
                self._raising.resolve(fingerprint, f"{settings.name} does not say it any more")
        for fingerprint, finding in grave.items():
            if fingerprint not in open_ones and not self._is_silenced(settings, finding.host):
                self._raising.open(_raised(settings, fingerprint, finding))

    def silent(self, settings: ToolSettings, state: ToolState) -> None:
        """A monitor that says nothing is a problem of its own: what it watches is unknown.

        So is one that answers, and checks nothing.
        """
        now = self._clock.now()
        since = state.silent_since or now
        if settings.opens is None or (now - since).total_seconds() < _patience_s(settings):
            return
        if self._is_silenced(settings, ""):
            return
        doubt = state.reading.doubt if state.reading is not None and not state.error else ""
        title = f"{settings.name} is silent: {state.error}"
        does = "has not answered"
        if doubt:
            title, does = f"{settings.name}: {doubt}", "has known nothing for sure"
        why = f"{settings.name} ({settings.kind}) {does} since {since:%Y-%m-%d %H:%M} UTC"
        self._raising.open(
            Raised(
                _silence(settings),
                title,
                f"{why}; what it watches is unknown. {state.hint}".strip(),
                "",
                {"tool": settings.name},
            )
        )

    def _is_silenced(self, settings: ToolSettings, name: str) -> bool:
        now = self._clock.now()
        silences = silences_of(self._store, now, self._workspace)
        host = self._workspace.hosts.get(name) or Host(HostName(name))
        return silencing(silences, settings.name, host, now) is not None


def _patience_s(settings: ToolSettings) -> float:
    return SILENT_AFTER * settings.every_s


def _silence(settings: ToolSettings) -> str:
    """Of the problem that it does not answer; a thing that it says has a colon more."""
    return f"tool:{settings.name}"


def _prefix(settings: ToolSettings) -> str:
    return f"tool:{settings.name}:"


def _fingerprint(settings: ToolSettings, finding: Finding) -> str:
    return f"{_prefix(settings)}{finding.id}"


def _raised(settings: ToolSettings, fingerprint: str, finding: Finding) -> Raised:
    where = f" on {finding.host}" if finding.host else ""
    said = f": {finding.text}" if finding.text else ""
    since = f", since {finding.since:%Y-%m-%d %H:%M} UTC" if finding.since else ""
    why = f"{settings.name} ({settings.kind}) says {finding.level}{since}"
    return Raised(
        fingerprint,
        f"{finding.name}{where}{said}",
        f"{why}; {finding.url}" if finding.url else why,
        finding.host,
        {"tool": settings.name, "host": finding.host},
    )
