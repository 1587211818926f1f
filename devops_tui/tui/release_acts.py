"""Approving, flipping, and breaking the glass: each shown exactly before it is done."""

from __future__ import annotations

from devops_tui.domain.approval import evidence_hash
from devops_tui.domain.audit import Verb
from devops_tui.domain.event import Json
from devops_tui.domain.hours import Shut
from devops_tui.domain.ids import RunId, ServiceName
from devops_tui.domain.pipeline import Gate, State
from devops_tui.domain.traffic import Colour
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.units import duration
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell

_EVIDENCE_CELLS = 240
"""More than a dialog shows in one row: it breaks long lines, it does not cut them."""


class ReleaseActs(Asking):
    """The acts on gates and on traffic."""

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
        if shut is not None and not await self._may_break_glass(service):
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
                *self._bake(service),
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

    def _bake(self, service: str) -> list[Line]:
        workspace = self._house.overview.workspace if self._house.overview else None
        found = workspace.services.get(ServiceName(service)) if workspace else None
        if found is None or found.bake_s <= 0:
            return []
        told = f"It is watched for {duration(found.bake_s)} then, and goes back if health breaks."
        return [line((told, "muted"))]

    def _shut(self, service: str) -> Shut | None:
        from devops_tui.presentation.hours import shut_now

        overview = self._house.overview
        return shut_now(overview.workspace, service, overview.at) if overview else None

    async def _may_break_glass(self, service: str) -> bool:
        workspace = self._house.overview.workspace if self._house.overview else None
        actor = await self._house.bridge.ask(lambda f: f.actor)
        reason = workspace.why_not_break_glass(service, actor) if workspace else None
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

    async def _repair(self, service: str) -> None:
        """No question: every balancer goes to the colour that should serve already."""
        if await self._is_possible(Verb.REPAIR, service):
            await self._file(Verb.REPAIR, service, f"repair of {service}", why="drift")

    async def _undo(self, service: str) -> None:
        status = self._house.overview.services.get(service) if self._house.overview else None
        # it counts for what was seen: two who press it, or one twice, do not go forward again
        seen: dict[str, Json] = {}
        if status is not None and status.live is not None:
            seen["expected_live"] = status.live.value
        await self._file(Verb.UNDO, service, f"undo of the flip of {service}", "undo", seen)
