"""nginx: a file that is looked for at each request says which upstream answers."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import count

from devops_tui.domain.errors import CommandFailed, HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import NginxConfig
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Completed, Transport

_NEWER, _BUSY, _NO_FLOCK, _NO_FOLDER, _NOT_ALLOWED = 91, 92, 93, 94, 95

_REFUSALS = {
    _NEWER: ("a newer flip was committed", "Look at what serves now, then flip again."),
    _BUSY: ("another change holds the lock of the flag", "Try again in a moment."),
    _NO_FLOCK: ("there is no flock(1)", "Install util-linux there."),
    _NO_FOLDER: ("the flag's folder is missing", "Make the folder that `flag:` names."),
    _NOT_ALLOWED: ("the flag's folder may not be written", "Give the login write access to it."),
}

_LOOK = f"""
dir=${{flag%/*}}
fence() {{
  held=$(cat "$flag.fence" 2>/dev/null) || held=0
  case $held in ''|*[!0-9]*) held=0 ;; esac
}}
[ -d "${{dir:-/}}" ] || exit {_NO_FOLDER}
"""

_TELL = """
fence
if [ -f "$flag" ]; then echo "green $held"; else echo "blue $held"; fi
"""

_PREPARE = f"""
command -v flock >/dev/null || exit {_NO_FLOCK}
[ -w "${{dir:-/}}" ] || exit {_NOT_ALLOWED}
fence
[ "$held" -le "$fence" ] || {{ echo "$held"; exit {_NEWER}; }}
"""

_COMMIT = f"""
exec 9>>"$flag.lock" || exit {_NOT_ALLOWED}
flock -w 5 9 || exit {_BUSY}
fence
[ "$held" -le "$fence" ] || {{ echo "$held"; exit {_NEWER}; }}
set -e
echo "$fence" >"$flag.fence.new"
mv -f "$flag.fence.new" "$flag.fence"
if [ "$to" = green ]; then
  : >"$flag.new"
  mv -f "$flag.new" "$flag"
else
  rm -f "$flag"
fi
sync "$flag.fence" "${{dir:-/}}" 2>/dev/null || :
"""


@dataclass(frozen=True, slots=True)
class _Prepared:
    to: Colour
    fence: int


def nginx_plan(config: NginxConfig, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer, for a person to read; needs no link."""
    flag = shlex.quote(config.flag)
    act = f": > {flag}.new; mv -f {flag}.new {flag}" if to is Colour.GREEN else f"rm -f {flag}"
    return (
        f"test -w {shlex.quote(config.flag.rpartition('/')[0] or '/')}; cat {flag}.fence",
        f"flock {flag}.lock",
        f"echo FENCE > {flag}.fence  (a temporary file, then a rename)",
        act,
    )


class NginxSwitch:
    """Points a service at one colour through a flag file, without a reload.

    The next request looks at the file, on held connections too. A second file carries the
    fence; both are changed under flock(1), and an older fence is refused there.

    Needs: `if (-f FLAG)` in the server block, no `open_file_cache` for it, a Transport whose
    login may write the flag's folder, flock on the host.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link to the host (retry can help).
        CommandTimedOut: The change may or may not have happened: read.
        SwitchRefused: A newer flip was committed, or the files cannot be written.

    Source: nginx, ngx_http_rewrite_module, "if": -f checks a file at each request.
    """

    def __init__(self, transport: Transport, config: NginxConfig) -> None:
        self._transport = transport
        self._config = config
        self._prepared: dict[str, _Prepared] = {}
        self._numbers = count(1)

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """What the files say; whether nginx follows them is seen through the door."""
        answer = await self._run(_TELL)
        colour, _, fence = answer.stdout.decode(errors="replace").strip().partition(" ")
        if colour not in set(Colour) or not fence.isdecimal():
            raise SwitchRefused(f"{self.host}: the state of the flag cannot be read")
        return SwitchReading(serves=Colour(colour), fence=int(fence))

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; FENCE is a number that is known when it happens."""
        return nginx_plan(self._config, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Checks that the change can be made; touches nothing."""
        await self._run(_PREPARE, fence=fence)
        token = f"{self.host}/{next(self._numbers)}"
        self._prepared[token] = _Prepared(to, fence)
        return token

    async def commit(self, token: str) -> None:
        """Makes or removes the flag under the lock, unless a newer flip was there."""
        prepared = self._prepared.pop(token, None)
        if prepared is None:
            raise SwitchRefused(f"{self.host}: this change was not prepared", "Flip again.")
        answer = await self._run(f"{_COMMIT}{_TELL}", to=prepared.to, fence=prepared.fence)
        told = answer.stdout.decode(errors="replace").strip()
        if told != f"{prepared.to} {prepared.fence}":
            raise SwitchRefused(
                f"{self.host}: the flag says {told!r} after the commit of {prepared.to}",
                "Another flip came right after this one: look at what serves now.",
            )

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._prepared.pop(token, None)

    async def _run(self, script: str, **values: object) -> Completed:
        given = {"flag": self._config.flag, **values}
        head = "\n".join(f"{name}={shlex.quote(str(value))}" for name, value in given.items())
        answer = await self._transport.run(f"{head}\n{_LOOK}{script}", timeout_s=10.0)
        code = answer.exit_code
        if code == 0:
            return answer
        if code is None:
            raise HostUnreachable(
                f"{self.host}: the link broke", "It may have done what it was told: look."
            )
        if code in _REFUSALS:
            why, hint = _REFUSALS[code]
            raise SwitchRefused(f"{self.host}: {why}", hint)
        said = answer.stderr.decode(errors="replace").strip().splitlines()
        raise CommandFailed(f"{self.host}: {said[-1] if said else 'the flag is unchanged'}", code)
