"""Problems: opened once per fingerprint, counted after that, tied to a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from devops_tui.domain.automation import STANDARD, BoardRule
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import CardId, IncidentId
from devops_tui.domain.incident import Cause, Incident, IncidentState, Traces
from devops_tui.domain.pipeline import JobRun, Run
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.board_deeds import filing_rule
from devops_tui.services.boards import Boards
from devops_tui.services.storms import join_storm, storm_facts

_NO_TRACES = Traces()
_NO_FACTS: Mapping[str, Json] = {}


class Incidents:
    """The problems of one workspace."""

    def __init__(
        self, store: Store, clock: Clock, boards: Boards, rules: Sequence[BoardRule] = STANDARD
    ) -> None:
        self._store = store
        self._clock = clock
        self._boards = boards
        self._rules = rules

    def job_failed(
        self,
        run: Run,
        job: JobRun,
        fingerprint: str,
        causes: Sequence[Cause],
        traces: Traces = _NO_TRACES,
    ) -> Incident:
        """Opens a problem and files its card, or counts a repeat and comments the card.

        Called again for the same run and job it changes nothing.
        """
        what = f"{job.stage}/{job.name} of {run.plan.pipeline} {job.state.replace('_', ' ')}"
        with self._store.transaction():
            known = self._store.open_incident(fingerprint)
            if known is not None and known.run_id == run.id and known.job_id == job.job_id:
                return known
            if known is None:
                return self._open(run, job, fingerprint, causes, what, traces)
            return self._repeat(known, run, job, causes, what, traces)

    def acknowledge(self, incident_id: IncidentId, actor: str, why: str) -> Incident:
        """Somebody takes a problem."""
        return self._change(
            incident_id, IncidentState.ACKNOWLEDGED, "incident.acknowledged", actor, why
        )

    def resolve(self, incident_id: IncidentId, actor: str, why: str) -> Incident:
        """A problem is over."""
        return self._end(incident_id, actor, why, {})

    def job_recovered(self, run: Run, job: JobRun) -> None:
        """Resolves the open problems of a job that ends well again."""
        for incident in self._store.incidents(open_only=True):
            if incident.run_id is None or incident.job_id != job.job_id:
                continue
            if self._store.run(incident.run_id).plan.pipeline == run.plan.pipeline:
                why = f"{job.job_id} succeeded in {run.id}"
                self._end(incident.id, "worker", why, {"run": run.id})

    def _open(
        self,
        run: Run,
        job: JobRun,
        fingerprint: str,
        causes: Sequence[Cause],
        what: str,
        traces: Traces,
    ) -> Incident:
        now = self._clock.now()
        card_id = self._filed(run, job, fingerprint, causes, what)
        incident = Incident(
            IncidentId(f"INC-{self._store.next_incident_number()}"),
            fingerprint,
            what,
            IncidentState.OPEN,
            now,
            now,
            run_id=run.id,
            job_id=job.job_id,
            card_id=card_id,
            causes=tuple(causes),
            why=job.why,
            traces=traces,
        )
        incident = join_storm(self._store, incident)
        self._store.add_incident(incident)
        data = {"run": run.id, "job": job.job_id, "card": card_id, **storm_facts(incident)}
        self._store.append(Event("incident.opened", incident.id, now, "worker", what, data))
        return incident

    def _filed(
        self, run: Run, job: JobRun, fingerprint: str, causes: Sequence[Cause], what: str
    ) -> CardId | None:
        """The card of this failure, with a remark where there is one; None when none is wanted."""
        rule = filing_rule(self._rules, run.plan.pipeline)
        if rule is None:
            return None
        card = self._store.card_by_fingerprint(fingerprint)
        if card is not None:
            self._boards.comment(card.id, "worker", f"again: {what}, {run.id}", run.id)
            return card.id
        text = causes[0].text if causes else job.why
        return self._boards.add(
            what,
            "worker",
            rule.kind,
            text=f"{run.id} {run.plan.commit.short if run.plan.commit else ''}\n\n{text}",
            fingerprint=fingerprint,
            runs=(run.id,),
        ).id

    def _repeat(
        self,
        known: Incident,
        run: Run,
        job: JobRun,
        causes: Sequence[Cause],
        what: str,
        traces: Traces,
    ) -> Incident:
        now = self._clock.now()
        again = replace(
            known,
            count=known.count + 1,
            last_at=now,
            run_id=run.id,
            job_id=job.job_id,
            causes=tuple(causes),
            why=job.why,
            traces=traces,
        )
        self._store.save_incident(again)
        if known.card_id is not None:
            self._boards.comment(
                known.card_id, "worker", f"again ({again.count} times): {what}, {run.id}", run.id
            )
        self._store.append(
            Event(
                "incident.repeated",
                known.id,
                now,
                "worker",
                what,
                {"run": run.id, "job": job.job_id, "count": again.count},
            )
        )
        return again

    def _end(
        self, incident_id: IncidentId, actor: str, why: str, facts: Mapping[str, Json]
    ) -> Incident:
        over = IncidentState.RESOLVED
        return self._change(incident_id, over, "incident.resolved", actor, why, facts)

    def _change(
        self,
        incident_id: IncidentId,
        state: IncidentState,
        kind: str,
        actor: str,
        why: str,
        facts: Mapping[str, Json] = _NO_FACTS,
    ) -> Incident:
        if not why.strip():
            raise Refused("a reason is needed", "Say in one line why.")
        now = self._clock.now()
        with self._store.transaction():
            incident = self._store.incident(incident_id)
            if incident.state is IncidentState.RESOLVED:
                raise Refused(f"{incident_id} is resolved already")
            changed = replace(
                incident,
                state=state,
                why=why,
                acknowledged_by=actor
                if state is IncidentState.ACKNOWLEDGED
                else incident.acknowledged_by,
                resolved_at=now if state is IncidentState.RESOLVED else None,
            )
            self._store.save_incident(changed)
            self._store.append(Event(kind, incident_id, now, actor, why, facts))
        return changed
