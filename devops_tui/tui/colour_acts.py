"""Canaries, and colours by hand: up, down, warm for longer; shown before it is done."""

from __future__ import annotations

from devops_tui.domain.audit import Verb
from devops_tui.domain.event import Json
from devops_tui.domain.traffic import Colour, Service, ServiceStatus
from devops_tui.presentation.line import Line, line
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell


class ColourActs(Asking):
    """The acts on the colour that does not serve."""

    async def _canary(self, service: str) -> None:
        defined, status = self._known(service)
        if defined is None or not defined.canary:
            hint = "write `canary: [1, 5, 25, 50, 100]` in the service"
            tell(self._house, line(f"{service} has no canary: {hint}"), "warning")
            return
        if not await self._is_possible(Verb.FLIP, service):
            return
        live = status.live if status is not None else None
        held = status.canary if status is not None else 0
        to = live.other if live else Colour.GREEN
        left = [f"{percent} %" for percent in defined.canary if percent > held]
        place = self._environment_of(service)
        is_protected = place is not None and place.is_protected
        answer = await self._ask_operator(
            title=line("Canary of ", (service, "accent"), " to ", (to, to.value)),
            said=[
                line(f"{to} gets {', '.join(left)} of the requests, one after the other."),
                line(
                    (
                        f"Each is watched for {defined.canary_step_s:g} s; "
                        "what breaks goes back by itself, u goes back at once.",
                        "muted",
                    )
                ),
            ],
            verb=f"begin the canary of {service}" if not held else f"go on from {held} %",
            typed=service if is_protected else "",
            asks_reason=True,
            needs_reason=is_protected,
        )
        if answer is not None:
            args: dict[str, Json] = {
                "to": to.value,
                "expected_live": live.value if live else None,
                "canary": True,
            }
            await self._file(Verb.FLIP, service, f"canary of {service}", answer.why, args)

    async def _bring_up(self, service: str) -> None:
        if not await self._is_possible(Verb.SERVICE_UP, service):
            return
        defined, status = self._known(service)
        idle = status.live.other if status is not None and status.live is not None else None
        if defined is None or status is None or idle is None:
            return
        hosts = ", ".join(defined.colours[idle].hosts)
        version = status.versions.get(idle, "")
        answer = await self._ask_operator(
            title=line("Bring up ", (idle, idle.value), " of ", (service, "accent")),
            said=[
                line(f"{version or 'What it held last'} is started again on {hosts}"),
                *_script(defined.up),
            ],
            verb=f"bring {idle} up",
            asks_reason=True,
            needs_reason=self._is_protected(service),
        )
        if answer is not None:
            args: dict[str, Json] = {"colour": idle.value}
            said = f"{idle} of {service} up"
            await self._file(Verb.SERVICE_UP, service, said, answer.why, args)

    async def _retire(self, service: str) -> None:
        if not await self._is_possible(Verb.SERVICE_DOWN, service):
            return
        defined, status = self._known(service)
        idle = status.live.other if status is not None and status.live is not None else None
        if defined is None or idle is None:
            return
        hosts = ", ".join(defined.colours[idle].hosts)
        is_protected = self._is_protected(service)
        answer = await self._ask_operator(
            title=line("Stop ", (idle, idle.value), " of ", (service, "accent")),
            said=[
                line(f"An undo has to bring {idle} up first, from then on. Sent to {hosts}:"),
                *_script(defined.down),
            ],
            verb=f"stop {idle} of {service}",
            typed=service if is_protected else "",
            asks_reason=True,
            needs_reason=is_protected,
        )
        if answer is not None:
            args: dict[str, Json] = {"colour": idle.value}
            said = f"stop of {idle} of {service}"
            await self._file(Verb.SERVICE_DOWN, service, said, answer.why, args)

    async def _keep_warm(self, service: str) -> None:
        if await self._is_possible(Verb.SERVICE_KEEP, service):
            await self._file(Verb.SERVICE_KEEP, service, f"{service} kept warm for longer")

    def _known(self, service: str) -> tuple[Service | None, ServiceStatus | None]:
        overview = self._house.overview
        if overview is None:
            return None, None
        workspace = overview.workspace
        defined = workspace.services.get(service) if workspace is not None else None
        return defined, overview.services.get(service)

    def _is_protected(self, service: str) -> bool:
        place = self._environment_of(service)
        return place is not None and place.is_protected


def _script(text: str) -> list[Line]:
    return [line(("  | ", "muted"), row) for row in text.strip().splitlines()]
