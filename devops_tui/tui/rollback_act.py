"""Rolling a service back: shown exactly, then the wish that there is for it."""

from __future__ import annotations

from devops_tui.domain.rollback import Way
from devops_tui.presentation.line import line
from devops_tui.presentation.rollback import preview
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell


class RollbackActs(Asking):
    """The act that brings back what served before."""

    async def _roll_back(self, service: str) -> None:
        plan = await self._house.bridge.ask(lambda f: f.rollback_plan(service))
        if plan.way is Way.NONE:
            tell(self._house, line(f"{plan.why_not}. {plan.hint}"), "warning")
            return
        answer = await self._ask_operator(
            title=line("Roll back ", (service, "accent"), f" in {plan.environment}"),
            said=preview(plan),
            verb=f"roll back {service}",
            typed=service if plan.is_protected else "",
            asks_reason=True,
            needs_reason=plan.is_protected,
        )
        if answer is None:
            return
        verb, subject, args = plan.wish()
        why = answer.why or "rollback"
        await self._file(verb, subject, f"rollback of {service}", why=why, args=args)
