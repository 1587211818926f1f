"""Steps aside for a shell of the operator, and comes back when it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from devops_tui.bootstrap.shell import left_to_the_shell
from devops_tui.domain.shell import ShellPlan
from devops_tui.domain.workspace import Environment
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp


async def open_job_shell(house: DevopsApp, place: str) -> None:
    """A shell where a job ran: "shop-12/test/unit", or with a host after a blank."""
    job, _, host = place.partition(" ")
    await _open(house, job, host.strip())


async def open_host_shell(house: DevopsApp, host: str) -> None:
    """A shell in the home of a host's login."""
    await _open(house, "", host)


async def _open(house: DevopsApp, place: str, host: str) -> None:
    plan = await house.bridge.ask(lambda front: front.plan_shell(place, host))
    for environment in _environments(house, plan):
        if not house.arming.is_armed(environment):
            name = environment.name if environment else "this workspace"
            said = f"a shell on {plan.host}: {name} is look-only; w arms it for 15 minutes"
            tell(house, line(said), "warning")
            return
    why = await _reason(house, plan) if plan.is_protected else ""
    if why is None:
        return
    words = await house.bridge.ask(lambda front: front.shell_words(plan, why))
    try:
        with house.suspend():
            code = _run(words)
    except SuspendNotSupported:
        tell(house, line("this terminal cannot be lent to a shell"), "error")
        return
    if code:
        tell(house, line(f"the shell on {plan.host} was not opened, or ended with {code}"), "error")


def _environments(house: DevopsApp, plan: ShellPlan) -> Sequence[Environment | None]:
    workspace = house.overview.workspace if house.overview else None
    known = workspace.environments if workspace else {}
    return [known[name] for name in plan.environments if name in known] or [None]


async def _reason(house: DevopsApp, plan: ShellPlan) -> str | None:
    from devops_tui.tui.dialogs import Dialog, Question

    question = Question(
        line("Shell on ", (plan.host, "accent")),
        [line(f"{', '.join(plan.environments)} is protected; who, when and why is kept.")],
        verb="open it",
        asks_reason=True,
        needs_reason=True,
        is_careful=False,
    )
    answer = await house.push_screen_wait(Dialog(question))
    return answer.why if answer is not None else None


def _run(words: Sequence[str]) -> int:
    with left_to_the_shell():
        return subprocess.run(list(words), check=False).returncode
