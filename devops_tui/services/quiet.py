"""Whether the alert behind an open problem is kept quiet, and until when it was."""

from __future__ import annotations

from datetime import datetime

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.domain.incident import Incident
from devops_tui.domain.quiet_time import quiet_until, spans_planned, spans_written
from devops_tui.domain.silence import SUBJECT
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store

_EVENTS = 500
_PREFIX = "alert:"


class Quiet:
    """All silences and maintenance at one moment; problems of other origin are never quiet.

    Raises:
        StoreError: The store is away.
    """

    def __init__(self, store: Store, workspace: Workspace | None, now: datetime) -> None:
        self._now = now
        self._hosts = workspace.hosts if workspace is not None else {}
        events = store.events(subject=SUBJECT, limit=_EVENTS, newest=True)
        planned = workspace.maintenance if workspace is not None else ()
        self._spans = [*spans_written(events), *spans_planned(planned, now)]

    def until(self, incident: Incident, since: datetime) -> datetime | None:
        """When its last quiet ended or will end; None when there was none since a moment."""
        if not (self._spans and incident.fingerprint.startswith(_PREFIX)):
            return None
        alert = incident.fingerprint.removeprefix(_PREFIX).removesuffix(f":{incident.host}")
        host = self._hosts.get(incident.host) or Host(HostName(incident.host))
        return quiet_until(self._spans, alert, host, since, self._now)

    def holds(self, incident: Incident) -> bool:
        """Whether it is kept quiet now."""
        until = self.until(incident, self._now)
        return until is not None and until > self._now
