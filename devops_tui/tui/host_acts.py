"""Runs a command on the marked hosts: shown before, its answers followed after."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from devops_tui.domain.audit import Verb
from devops_tui.domain.host_command import BATCH, HostCommand
from devops_tui.domain.ids import HostName
from devops_tui.domain.shell import ShellPlan
from devops_tui.domain.workspace import Environment
from devops_tui.ports.front import Front
from devops_tui.presentation.host_answers import targets
from devops_tui.presentation.line import line
from devops_tui.presentation.units import plural
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp


async def run_on_hosts(house: DevopsApp, text: str) -> None:
    """Asks, files the wish, and opens the answers as soon as a worker has begun."""
    from devops_tui.tui.dialogs import Dialog, Question
    from devops_tui.tui.screens.answers import AnswersScreen

    hosts = tuple(HostName(name) for name in house.view.marked_hosts()) if house.view else ()
    if not text or not hosts:
        tell(house, line("mark hosts on the fleet screen (space), then x and the command"))
        return
    places = await _places(house, hosts)
    for place in places:
        if not house.arming.is_armed(place):
            tell(house, line(f"{place.name} is look-only; w arms it for 15 minutes"), "warning")
            return
    guarded = next((place.name for place in places if place.is_protected), "")
    said = [
        line(("on ", "muted"), (targets(hosts), "accent")),
        *([line((f"{BATCH} at a time", "muted"))] if len(hosts) > BATCH else []),
        *(line(("in ", "muted"), place.name) for place in places),
        line(("as sh, exactly:", "muted")),
        line("  ", text),
    ]
    question = Question(
        line("Run on ", (plural(len(hosts), "host"), "accent")),
        said,
        verb=f"run on {plural(len(hosts), 'host')}",
        typed=guarded,
        asks_reason=True,
        needs_reason=bool(guarded),
    )
    answer = await house.push_screen_wait(Dialog(question))
    if answer is None:
        return
    args = HostCommand(hosts, script=text).args()
    args["armed"] = [place.name for place in places]
    subject = plural(len(hosts), "host") if len(hosts) > 1 else str(hosts[0])
    request = await house.bridge.ask(lambda f: f.file(Verb.EXEC, subject, answer.why, args))
    house.push_screen(AnswersScreen(request.id, text))


def _plan(front: Front, host: HostName) -> ShellPlan:
    return front.plan_shell("", host)


async def _places(house: DevopsApp, hosts: tuple[HostName, ...]) -> list[Environment]:
    """The environments of the hosts, each once."""
    names: dict[str, None] = {}
    for host in hosts:
        plan = await house.bridge.ask(partial(_plan, host=host))
        names |= dict.fromkeys(plan.environments)
    workspace = house.overview.workspace if house.overview else None
    known = workspace.environments if workspace is not None else {}
    return [known[name] for name in names if name in known]
