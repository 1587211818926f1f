"""Lines that somebody marked as the cause: kept as events, raised when they come again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Event
from devops_tui.domain.ids import IncidentId, JobId
from devops_tui.domain.incident import Cause, Incident
from devops_tui.domain.log_lines import LogPlace
from devops_tui.ports.ranking import Ranking
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

MARKED = "cause.marked"
_NEWEST = 200  # marks of one job that still count
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Labels:
    """The marks of one workspace."""

    store: Store
    clock: Clock
    ranking: Ranking

    def mark(self, incident_id: IncidentId, number: int, actor: str, why: str) -> str:
        """Keeps that one of the causes shown is the cause; returns a rule for it, as YAML.

        Args:
            incident_id: The problem.
            number: Which of its causes, from 1.
            actor: Who says so.
            why: In their words; may be empty.

        Raises:
            NotFound: There is no such problem.
            Refused: It has no such cause, or belongs to no job.
        """
        incident = self.store.incident(incident_id)
        cause = _cause(incident, number)
        if incident.run_id is None or incident.job_id is None:
            raise Refused(f"{incident_id} belongs to no job", "Only lines of a log can be marked.")
        place = LogPlace(incident.run_id, incident.job_id, cause.line)
        return self._keep(place, cause.text, incident.id, actor, why)

    def mark_line(self, place: LogPlace, text: str, actor: str, why: str) -> str:
        """The same of any line of a job's log, whether it was shown as a cause or not.

        Args:
            place: The line.
            text: What stands there, as it came.
            actor: Who says so.
            why: In their words; may be empty.

        Raises:
            NotFound: There is no such run.
            Refused: Nothing stands there.
        """
        clean = self.ranking.clean(text)
        if not clean:
            raise Refused("an empty line is no cause", "Go to the line that says what happened.")
        incident = next(
            (
                each.id
                for each in self.store.incidents(limit=_LOOKED_AT)
                if (each.run_id, each.job_id) == (place.run_id, place.job_id)
            ),
            "",
        )
        return self._keep(place, clean, incident, actor, why)

    def _keep(self, place: LogPlace, text: str, incident: str, actor: str, why: str) -> str:
        pipeline = self.store.run(place.run_id).plan.pipeline
        rule = self.ranking.propose_rule(text)
        event = Event(
            MARKED,
            _subject(pipeline, place.job_id),
            self.clock.now(),
            actor,
            why,
            {
                "incident": incident,
                "run": place.run_id,
                "line": place.line,
                "text": text,
                "number": f"{self.ranking.number_of(text):016x}",
                "rule": rule,
            },
        )
        with self.store.transaction():
            self.store.append(event)
        return rule


def labels_of(store: Store, pipeline: str, job_id: JobId) -> Mapping[int, str]:
    """What to say of marked lines of a job, by the number of the masked line."""
    events = store.events(subject=_subject(pipeline, job_id), limit=_NEWEST, newest=True)
    return {
        int(str(e.data["number"]), 16): f"marked by {e.actor} on {e.at:%Y-%m-%d}"
        for e in events
        if e.kind == MARKED and e.data.get("number")
    }


def _subject(pipeline: str, job_id: JobId) -> str:
    return f"{pipeline}/{job_id}"


def _cause(incident: Incident, number: int) -> Cause:
    if not 1 <= number <= len(incident.causes):
        count = len(incident.causes)
        raise Refused(f"{incident.id} has no cause {number}", f"It shows {count} of them.")
    return incident.causes[number - 1]
