"""Any program on the balancer that knows four verbs: read, prepare, commit, verify."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import CommandConfig
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches.prepared import (
    Prepared,
    PreparedChanges,
    colour_or_none,
    fence_or_zero,
    refuse_older,
    refuse_outcome,
)
from devops_tui.switches.scripted import run_script

_REFUSALS = {
    3: ("a newer flip was committed", "Look at what serves now, then flip again."),
    4: ("the switch refuses", "Look at what it said."),
    126: ("the switch may not be executed", "Give the login the right to execute it."),
    127: ("there is no such program", "Name it as `run:` of the switch, with its path."),
}
_LIMIT_LINES = 100


def command_plan(config: CommandConfig, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer; needs no link."""
    return (
        f"{config.run} read",
        f"{config.run} prepare {to} FENCE",
        f"{config.run} commit {to} FENCE",
        f"{config.run} verify",
    )


class CommandSwitch:
    """Points a service at one colour by a program of the operator.

    It prints lines of words: `serves COLOUR`, `fence NUMBER`, `armed COLOUR`, and of each colour
    `in-flight COLOUR NUMBER`, `requests COLOUR NUMBER`, `errors COLOUR NUMBER`. Lines that
    are not known are left out; without a known `serves` the colour is unknown. It ends with
    0 for done, 3 for "a newer fence was committed", 4 for "refused, nothing was changed";
    everything else means that nobody knows, and what serves is read.

    Needs: the program on the balancer; `verify` looks at what is loaded, not at files.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link to the host (retry can help).
        SwitchRefused: It ended with 3, 4, 126 or 127: nothing was changed.
        CommandFailed: It ended with something else: it may have changed something.
    """

    def __init__(self, transport: Transport, config: CommandConfig) -> None:
        self._transport = transport
        self._config = config
        self._changes = PreparedChanges(transport.host)

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says that the program promises."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """What the program says."""
        return reading_of(await self._run("read"))

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; FENCE is a number that is known when it happens."""
        return command_plan(self._config, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """`prepare COLOUR FENCE`, which must have no effect on traffic."""
        refuse_older(self.host, (await self.read()).fence, fence)
        await self._run("prepare", to, fence)
        return self._changes.add(Prepared(to, fence))

    async def commit(self, token: str) -> None:
        """`commit COLOUR FENCE`, then `verify` must say both."""
        change = self._changes.take(token)
        await self._run("commit", change.to, change.fence)
        after = reading_of(await self._run("verify"))
        if (after.serves, after.fence) != (change.to, change.fence):
            raise refuse_outcome(self.host, f"{after.serves} (fence {after.fence})", change)

    async def abandon(self, token: str) -> None:
        """Forgets it: a change that is not committed has no effect."""
        self._changes.forget(token)

    async def _run(self, verb: str, to: Colour | str = "", fence: int | str = "") -> str:
        # the words of `run:` are the operator's own shell; ours come as parameters
        words = {"verb": verb, "to": to, "fence": fence}
        tail = '"$verb" "$to" "$fence"' if to else '"$verb"'
        try:
            return await run_script(
                self._transport, words, f"{self._config.run} {tail}\n", _REFUSALS, timeout_s=14.0
            )
        except SwitchRefused as error:
            raise SwitchRefused(f"{error.title}, at `{verb}`", error.hint) from None


def reading_of(text: str) -> SwitchReading:
    """What the lines of a program say; whatever is not known counts as unsaid."""
    counts: Mapping[str, dict[str, int]] = {"in-flight": {}, "requests": {}, "errors": {}}
    serves = armed = None
    fence = 0
    for line in text.splitlines()[:_LIMIT_LINES]:
        match line.split():
            case ["serves", word]:
                serves = colour_or_none(word)
            case ["armed", word]:
                armed = colour_or_none(word)
            case ["fence", word]:
                fence = fence_or_zero(word)
            case [name, word, number] if name in counts and colour_or_none(word) is not None:
                counts[name][word] = fence_or_zero(number)
            case _:
                continue
    return SwitchReading(
        serves, fence, counts["in-flight"], counts["requests"], counts["errors"], armed
    )
