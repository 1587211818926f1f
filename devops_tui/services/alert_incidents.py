"""Incidents of alerts: one a rule and host, resolved by itself, silenced with an end."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.silence import silencing
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.alerting import AlertWatch, Verdict
from devops_tui.services.raising import Raised, Raising
from devops_tui.services.silences import silences_of

_PREFIX = "alert:"


class AlertIncidents:
    """Turns verdicts into incidents; belongs to the store's thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._raising = Raising(store, clock, "collector")

    def open_fingerprints(self) -> Sequence[str]:
        """Alerts that are open in the store."""
        found = self._store.incidents(open_only=True, limit=1000)
        return [i.fingerprint for i in found if i.fingerprint.startswith(_PREFIX)]

    def settle(self, verdicts: Sequence[Verdict], watch: AlertWatch, workspace: Workspace) -> None:
        """Opens, repeats and resolves."""
        if not verdicts:
            return
        now = self._clock.now()
        silences = silences_of(self._store, now, workspace)
        for verdict in verdicts:
            if verdict.is_over:
                rule = verdict.alert.clear or f"not {verdict.alert.when}"
                why = f"cleared by itself: {verdict.figures} ({rule})"
                self._raising.resolve(verdict.fingerprint, why)
                continue
            host = workspace.hosts.get(verdict.host) or Host(HostName(verdict.host))
            if silencing(silences, verdict.alert.name, host, now) is not None:
                watch.not_opened(verdict)
            else:
                self._raising.open(_raised(verdict))


def _raised(verdict: Verdict) -> Raised:
    alert = verdict.alert
    return Raised(
        verdict.fingerprint,
        f"{alert.name}: {verdict.figures} on {verdict.host}",
        f"{alert.when}, since {verdict.since:%H:%M:%S} UTC",
        verdict.host,
        {"alert": alert.name, "host": verdict.host, "severity": alert.severity},
    )
