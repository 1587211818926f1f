"""What changes something: asked about where it is dangerous, then filed as a wish.

Each act runs as a worker of the app, so that it can wait for the operator and for the
house; the screen stays live meanwhile. Undo of a flip asks nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from devops_tui.domain.audit import RequestState, Verb
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Json
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.view import Overview
from devops_tui.presentation.line import line
from devops_tui.tui.artifact_acts import ArtifactActs
from devops_tui.tui.card_acts import CardActs
from devops_tui.tui.colour_acts import ColourActs
from devops_tui.tui.handover_act import HandOverActs
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.release_acts import ReleaseActs
from devops_tui.tui.ringing import Ringer
from devops_tui.tui.rollback_act import RollbackActs

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

Act = Callable[..., Awaitable[None]]

_STARTS = frozenset({Verb.RUN, Verb.RERUN, Verb.RERUN_JOB, Verb.PROMOTE})
"""What goes on for long after it was carried out: nobody shall read that it is over."""


class Acts(ReleaseActs, ColourActs, ArtifactActs, CardActs, RollbackActs, HandOverActs):
    """The acts of an operator, by the ids of the table of actions."""

    def __init__(self, house: DevopsApp) -> None:
        super().__init__(house)
        self._ringer = Ringer(house)
        self._table: dict[str, Act] = {
            "pipeline.run": self._run_pipeline,
            "run.rerun": self._rerun,
            "run.rerun_from": self._rerun,
            "job.rerun": self._rerun_job,
            "job.resolve": self._resolve_lost,
            "run.cancel": self._cancel,
            "gate.approve": self._approve,
            "gate.reject": self._reject,
            "run.break_glass": self._break_glass,
            "traffic.flip": self._flip,
            "traffic.undo": self._undo,
            "traffic.repair": self._repair,
            "traffic.canary": self._canary,
            "service.up": self._bring_up,
            "service.down": self._retire,
            "service.keep": self._keep_warm,
            "traffic.roll_back": self._roll_back,
            "artifact.promote": self._promote,
            "artifact.pin": self._pin,
            "artifact.fetch": self._fetch,
            **self.card_acts(),
            "incident.acknowledge": self._acknowledge,
            "incident.resolve": self._resolve,
            "incident.hand_over": self._hand_over,
            "incident.post_mortem": self._post_mortem,
            "incident.mark_cause": self._mark_cause,
            "incident.remark": self._remark,
            "log.mark": self._mark_line,
            "test.quarantine": self._quarantine,
            "shell.open": self._open_shell,
            "shell.host": self._open_host_shell,
            "fleet.exec": self._run_on_hosts,
            "alert.silence": self._silence,
            "fleet.columns": self._choose_columns,
            "host.trust": self._trust,
        }

    def knows(self, action_id: str) -> bool:
        """Whether that action is one of these."""
        return action_id in self._table

    def do(self, action_id: str, subject: str, **how: str) -> None:
        """Does it to `subject`; whatever goes wrong becomes a notice."""
        self._house.run_act(self._guarded(self._table[action_id], subject, how), group="acts")

    async def _guarded(self, act: Act, subject: str, how: dict[str, str]) -> None:
        try:
            await act(subject, **how)
        except DevopsError as error:
            tell_error(self._house, error)

    def follow(self, overview: Overview) -> None:
        """Tells what became of the wishes that were filed here; rings for what just happened."""
        self._ringer.follow(overview)
        for request in overview.requests:
            said = self._pending.get(request.id)
            if said is None or request.state not in (RequestState.DONE, RequestState.REFUSED):
                continue
            del self._pending[request.id]
            if request.state is RequestState.REFUSED:
                hint = f" — {request.hint}" if request.hint else ""
                tell(self._house, line(f"{said}: {request.error}", hint), "error")
            else:
                how = "started" if request.verb in _STARTS else "done"
                tell(self._house, line(f"{said}: {how}"))

    async def _run_on_hosts(self, text: str) -> None:
        from devops_tui.tui.host_acts import run_on_hosts

        await run_on_hosts(self._house, text)

    async def _choose_columns(self, text: str) -> None:
        from devops_tui.tui.column_acts import choose_columns

        await choose_columns(self._house, text)

    async def _trust(self, host: str) -> None:
        from devops_tui.tui.trust_act import trust

        await trust(self._house, host)

    async def _silence(self, subject: str) -> None:
        from devops_tui.tui.silence_acts import silence

        await silence(self._house, subject)

    async def _remark(self, incident_id: str) -> None:
        from devops_tui.tui.triage_acts import remark

        await remark(self._house, incident_id)

    async def _mark_line(self, place: str, text: str = "") -> None:
        from devops_tui.tui.triage_acts import mark_line

        await mark_line(self._house, place, text)

    async def _quarantine(self, job: str) -> None:
        from devops_tui.tui.triage_acts import quarantine

        await quarantine(self._house, job)

    # Pipelines

    async def _run_pipeline(self, pipeline: str) -> None:
        from devops_tui.tui.run_form import ask_parameters

        args = await ask_parameters(self._house, pipeline)
        if args is not None:
            await self._file(Verb.RUN, pipeline, f"run of {pipeline}", args=args or None)

    async def _rerun(self, run_id: str, mode: str = "failed", stage: str = "") -> None:
        args: dict[str, Json] = {"mode": mode}
        if stage:
            args["stage"] = stage
        await self._file(Verb.RERUN, run_id, f"rerun of {run_id}", args=args)

    async def _rerun_job(self, subject: str) -> None:
        run_id, _, job_id = subject.partition("/")
        await self._file(Verb.RERUN_JOB, run_id, f"{job_id} again", args={"job": job_id})

    async def _resolve_lost(self, subject: str) -> None:
        from devops_tui.tui.choosing import Choice

        run_id, _, job_id = subject.partition("/")
        title = line("Nobody knows how ", (job_id, "accent"), " ended. What did you see?")
        verdicts = {"it ended well: the run goes on": "ok", "it failed": "failed"}
        chosen = await self._house.push_screen_wait(Choice(title, tuple(verdicts)))
        if chosen is None:
            return
        answer = await self._ask_operator(
            title=line("Resolve ", (f"{run_id} {job_id}", "accent"), f" as {verdicts[chosen]}"),
            said=[line("What it may still do on its hosts is not stopped by this.")],
            verb=f"resolve as {verdicts[chosen]}",
            asks_reason=True,
            needs_reason=True,
        )
        if answer is not None:
            args: dict[str, Json] = {"job": job_id, "as": verdicts[chosen]}
            await self._file(Verb.RESOLVE, run_id, f"{job_id} resolved", answer.why, args)

    async def _cancel(self, run_id: str) -> None:
        answer = await self._ask_operator(
            title=line("Cancel ", (run_id, "accent")),
            said=[line("Its running commands are ended on their hosts; nothing is undone.")],
            verb=f"cancel {run_id}",
            asks_reason=True,
        )
        if answer is not None:
            await self._file(Verb.CANCEL, run_id, f"cancel of {run_id}", why=answer.why)

    # Incidents

    async def _acknowledge(self, incident_id: str) -> None:
        found = IncidentId(incident_id)
        answer = await self._ask_operator(
            title=line("Acknowledge ", (incident_id, "accent")),
            verb="acknowledge",
            asks_reason=True,
            is_careful=False,
        )
        if answer is not None:
            await self._house.bridge.ask(lambda f: f.acknowledge(found, answer.why))

    async def _resolve(self, incident_id: str) -> None:
        found = IncidentId(incident_id)
        answer = await self._ask_operator(
            title=line("Resolve ", (incident_id, "accent")),
            verb="resolve",
            asks_reason=True,
            needs_reason=True,
            is_careful=False,
        )
        if answer is not None:
            await self._house.bridge.ask(lambda f: f.resolve(found, answer.why))

    async def _mark_cause(self, subject: str) -> None:
        incident_id, _, number = subject.rpartition(" ")
        answer = await self._ask_operator(
            title=line("This is the cause of ", (incident_id, "accent")),
            verb="mark",
            asks_reason=True,
            is_careful=False,
        )
        if answer is None:
            return
        found, place = IncidentId(incident_id), int(number)
        await self._house.bridge.ask(lambda f: f.mark_cause(found, place, answer.why))
        told = line("Marked; it comes first next time. A rule for it: devops-tui triage --proposed")
        tell(self._house, told)
