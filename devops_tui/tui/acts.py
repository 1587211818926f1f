"""What changes something: asked about where it is dangerous, then filed as a wish.

Each act runs as a worker of the app, so that it can wait for the operator and for the
house; the screen stays live meanwhile. Undo of a flip asks nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.approval import evidence_hash
from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.board import Card
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Json
from devops_tui.domain.hours import Shut
from devops_tui.domain.ids import IncidentId, RequestId, RunId
from devops_tui.domain.pipeline import Gate, State
from devops_tui.domain.traffic import Colour
from devops_tui.domain.view import Overview, RunView
from devops_tui.domain.workspace import Environment
from devops_tui.presentation.line import Line, line
from devops_tui.tui.arming import environment_of
from devops_tui.tui.notices import tell, tell_error
from devops_tui.tui.ringing import Ringer

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp
    from devops_tui.tui.dialogs import Answer, Question

Act = Callable[..., Awaitable[None]]


_EVIDENCE_CELLS = 240
"""More than a dialog shows in one row: it breaks long lines, it does not cut them."""


class Acts:
    """The acts of an operator, by the ids of the table of actions."""

    def __init__(self, house: DevopsApp) -> None:
        self._house = house
        self._ringer = Ringer(house)
        self._pending: dict[RequestId, str] = {}
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
            "card.left": self._card_left,
            "card.right": self._card_right,
            "card.up": self._card_up,
            "card.down": self._card_down,
            "card.add": self._card_add,
            "incident.acknowledge": self._acknowledge,
            "incident.resolve": self._resolve,
        }

    def knows(self, action_id: str) -> bool:
        """Whether that action is one of these."""
        return action_id in self._table

    def do(self, action_id: str, subject: str, **how: str) -> None:
        """Does it to `subject`; whatever goes wrong becomes a notice."""
        self._house.run_worker(self._guarded(self._table[action_id], subject, how), group="acts")

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
                tell(self._house, line(f"{said}: done"))

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

    async def _approve(self, run_id: str) -> None:
        gate = await self._chosen_gate(run_id, "Approve")
        if gate is None:
            return
        answer = await self._ask_operator(
            title=line("Approve ", (self._gate_name(gate), "accent")),
            said=self._evidence(gate),
            verb=f"approve {run_id}",
            asks_reason=True,
            needs_reason=True,
            is_careful=False,
        )
        if answer is not None:
            seen = evidence_hash(gate.evidence)
            decided = await self._house.bridge.ask(
                lambda f: f.approve(RunId(run_id), answer.why, gate.job_id, seen)
            )
            is_open = decided.state is not State.ASKING
            tell(
                self._house, line(f"{run_id} approved{'' if is_open else '; more people have to'}")
            )

    async def _reject(self, run_id: str) -> None:
        gate = await self._chosen_gate(run_id, "Reject")
        if gate is None:
            return
        answer = await self._ask_operator(
            title=line("Reject ", (self._gate_name(gate), "accent")),
            said=self._evidence(gate),
            verb=f"reject {run_id}",
            asks_reason=True,
            needs_reason=True,
        )
        if answer is not None:
            await self._house.bridge.ask(lambda f: f.reject(RunId(run_id), answer.why, gate.job_id))
            tell(self._house, line(f"{run_id} rejected"))

    async def _chosen_gate(self, run_id: str, verb: str) -> Gate | None:
        """The gate that is meant: the only one that waits, or the one that is picked."""
        view = await self._house.bridge.ask(lambda f: f.run(RunId(run_id)))
        from devops_tui.presentation.gates import asking

        waiting = asking(view)
        if not waiting:
            tell(self._house, line(f"{run_id} waits for no approval"), "warning")
            return None
        if len(waiting) == 1:
            return waiting[0]
        from devops_tui.tui.choosing import Choice

        title = line(f"{verb} which gate of ", (run_id, "accent"), "?")
        picked = await self._house.push_screen_wait(Choice(title, [g.job_id for g in waiting]))
        return next((g for g in waiting if g.job_id == picked), None)

    def _gate_name(self, gate: Gate) -> str:
        """The run; with the job where the run has several gates."""
        view = self._view_of(gate.run_id)
        is_only = view is None or sum(g.decided_at is None for g in view.gates) < 2
        return gate.run_id if is_only else f"{gate.run_id}/{gate.job_id}"

    def _view_of(self, run_id: str) -> RunView | None:
        overview = self._house.overview
        return overview.run(RunId(run_id)) if overview else None

    def _evidence(self, gate: Gate) -> list[Line]:
        overview, view = self._house.overview, self._view_of(gate.run_id)
        if overview is None:
            return []
        from devops_tui.presentation.jobs import gate_evidence

        rows = gate_evidence(gate, overview.at, _EVIDENCE_CELLS, view)
        said = [row.line for row in rows]
        commit = view.run.plan.commit if view else None
        if commit is not None and not gate.evidence.get("commits"):
            said.append(
                line(("  commit ", "muted"), (commit.short, "accent"), f" {commit.subject}")
            )
        return said

    # Traffic

    async def _flip(self, service: str) -> None:
        if not await self._is_possible(Verb.FLIP, service):
            return
        commands = await self._house.bridge.ask(lambda f: f.plan_of_flip(service))
        status = self._house.overview.services.get(service) if self._house.overview else None
        live = status.live if status else None
        to = live.other if live else Colour.GREEN
        environment = self._environment_of(service)
        is_protected = environment is not None and environment.is_protected
        shut = self._shut(service)
        if shut is not None and not self._may_break_glass(service):
            return
        held = [line(("Outside of its hours: it waits for ", "failed"), (str(shut), "failed"))]
        answer = await self._ask_operator(
            title=line(
                ("Break the glass: f" if shut else "F", "failed" if shut else "title"),
                ("lip ", "failed" if shut else "title"),
                (service, "accent"),
                " to ",
                (to, to.value),
            ),
            said=[
                *(held if shut else []),
                line((f"{live or '?'} serves now; these commands are sent, exactly:", "muted")),
                *(line("  ", command) for command in commands),
            ],
            verb=f"flip {service} to {to}",
            typed=service if is_protected or shut else "",
            asks_reason=True,
            needs_reason=is_protected or shut is not None,
        )
        if answer is not None:
            args: dict[str, Json] = {"to": to.value, "expected_live": live.value if live else None}
            if shut is not None:
                args["break_glass"] = True
            await self._file(
                Verb.FLIP, service, f"flip of {service} to {to}", why=answer.why, args=args
            )

    def _shut(self, service: str) -> Shut | None:
        from devops_tui.presentation.hours import shut_now

        overview = self._house.overview
        return shut_now(overview.workspace, service, overview.at) if overview else None

    def _may_break_glass(self, service: str) -> bool:
        workspace = self._house.overview.workspace if self._house.overview else None
        actor = self._house.actor
        reason = workspace.why_not_break_glass(service, actor) if workspace and actor else None
        if reason:
            shut = self._shut(service)
            tell(self._house, line(f"it waits for {shut}; {reason}"), "warning")
        return not reason

    async def _break_glass(self, run_id: str) -> None:
        view = self._view_of(RunId(run_id))
        waits = view.run.why_waiting if view else ""
        answer = await self._ask_operator(
            title=line(("Break the glass for ", "failed"), (run_id, "accent")),
            said=[
                line("It deploys and flips outside of its windows, and in a freeze, till it ends."),
                line((waits, "waits")),
                line(("Everybody who is told of such things is told, with your reason.", "muted")),
            ],
            verb=f"break the glass for {run_id}",
            typed=run_id,
            asks_reason=True,
            needs_reason=True,
        )
        if answer is not None:
            await self._house.bridge.ask(lambda f: f.break_glass(RunId(run_id), answer.why))
            tell(self._house, line(f"the glass of {run_id} is broken"), "warning")

    async def _undo(self, service: str) -> None:
        await self._file(Verb.UNDO, service, f"undo of the flip of {service}", why="undo")

    # Board

    async def _card_left(self, card_id: str) -> None:
        await self._card_sideways(card_id, is_right=False)

    async def _card_right(self, card_id: str) -> None:
        await self._card_sideways(card_id, is_right=True)

    async def _card_sideways(self, card_id: str, *, is_right: bool) -> None:
        card = self._card(card_id)
        to = card.column.right if is_right else card.column.left
        if to is None:
            tell(self._house, line(f"{card_id} is in the {'last' if is_right else 'first'} column"))
            return
        moved = await self._house.bridge.ask(lambda f: f.move_card(card.id, to, card.rev))
        tell(self._house, line(f"{card_id} is in {moved.column}"))

    async def _card_up(self, card_id: str) -> None:
        card, column = self._card(card_id), self._column_of(card_id)
        index = column.index(card)
        if index > 0:
            before = column[index - 1].id
            await self._house.bridge.ask(
                lambda f: f.move_card(card.id, card.column, card.rev, before=before)
            )

    async def _card_down(self, card_id: str) -> None:
        card, column = self._card(card_id), self._column_of(card_id)
        index = column.index(card)
        if index + 1 < len(column):
            before = column[index + 2].id if index + 2 < len(column) else None
            await self._house.bridge.ask(
                lambda f: f.move_card(card.id, card.column, card.rev, before=before)
            )

    async def _card_add(self, title: str = "") -> None:
        if not title:
            answer = await self._ask_operator(
                title=line("New card in the Backlog"),
                said=[line(("its title goes into the line below", "muted"))],
                verb="file it",
                asks_reason=True,
                needs_reason=True,
                is_careful=False,
            )
            if answer is None:
                return
            title = answer.why
        card = await self._house.bridge.ask(lambda f: f.add_card(title))
        tell(self._house, line(f"{card.id} is in the Backlog"))

    def _card(self, card_id: str) -> Card:
        cards = self._house.overview.cards if self._house.overview else ()
        found = next((c for c in cards if c.id == card_id), None)
        if found is None:
            raise DevopsError(f"no card {card_id}")
        return found

    def _column_of(self, card_id: str) -> list[Card]:
        cards = self._house.overview.cards if self._house.overview else ()
        column = self._card(card_id).column
        return sorted((c for c in cards if c.column is column), key=lambda c: c.rank)

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

    # Shared

    async def _is_possible(self, verb: Verb, subject: str) -> bool:
        reason = await self._house.bridge.ask(lambda f: f.why_not(verb, subject))
        if reason:
            tell(self._house, line(reason), "warning")
        return not reason

    async def _file(
        self,
        verb: Verb,
        subject: str,
        said: str,
        why: str = "",
        args: dict[str, Json] | None = None,
    ) -> Request:
        request = await self._house.bridge.ask(lambda f: f.file(verb, subject, why, args))
        self._pending[request.id] = said
        tell(self._house, line(f"{said}: asked for"))
        return request

    def _environment_of(self, service: str) -> Environment | None:
        return environment_of(self._house.overview, service)

    async def _ask_operator(
        self,
        *,
        title: Line,
        verb: str,
        said: Sequence[Line] = (),
        typed: str = "",
        asks_reason: bool = False,
        needs_reason: bool = False,
        is_careful: bool = True,
    ) -> Answer | None:
        from devops_tui.tui.dialogs import Dialog, Question

        question: Question = Question(
            title, said, verb, typed, asks_reason, needs_reason, is_careful
        )
        return await self._house.push_screen_wait(Dialog(question))
