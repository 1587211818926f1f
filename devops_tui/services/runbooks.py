"""Which document says what to do about a problem, and at which section."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident
from devops_tui.domain.runbook import Runbook, opened
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store

_ALERT = "alert:"


def runbook(store: Store, incident_id: IncidentId, read: Callable[[str], str]) -> Runbook:
    """The runbook of a problem: that of the rule that its cause matched, else the workspace's.

    Args:
        store: Where the problem is.
        incident_id: Which one.
        read: The text of a document by its name in the configuration; raises NotFound.

    Raises:
        NotFound: There is no such problem, no runbook of it, or no such document.
    """
    with store.snapshot():
        incident = store.incident(incident_id)
        workspace = store.workspace()
        pipeline = store.run(incident.run_id).plan.pipeline if incident.run_id else ""
    name, section = _named(workspace, incident) if workspace is not None else ("", "")
    if not name:
        todo = "Write `runbook:` in `triage:` of devops.yaml, or into a rule."
        raise NotFound(f"no runbook is named for {incident_id}", todo)
    wanted = [section] if section else list(_sections(incident, pipeline))
    return opened(name, read(name), wanted)


def _named(workspace: Workspace, incident: Incident) -> tuple[str, str]:
    """The document and the section that a rule of the workspace names, else its own document."""
    by_name = {rule.name: rule.runbook for rule in workspace.rules if rule.runbook}
    for cause in incident.causes:
        for why in cause.why:
            if why in by_name:
                document, _, section = by_name[why].partition("#")
                return document or workspace.runbook, section
    return workspace.runbook, ""


def _sections(incident: Incident, pipeline: str) -> Iterator[str]:
    """What headings about a problem may be called, the likeliest first."""
    for cause in incident.causes[:1]:
        yield from (why for why in reversed(cause.why))
    if incident.fingerprint.startswith(_ALERT):
        yield from incident.fingerprint.removeprefix(_ALERT).replace(":", "@").split("@")
    job = incident.job_id or ""
    yield f"{pipeline}/{job}"
    yield job
    yield PurePosixPath(job).name
    yield job.partition("/")[0]
    yield pipeline
    yield incident.host
