"""nginx with a reload: an included file says which upstream answers."""

from __future__ import annotations

import shlex

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import NginxIncludeConfig
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches.prepared import (
    Prepared,
    PreparedChanges,
    colour_or_none,
    fence_or_zero,
    refuse_outcome,
)
from devops_tui.switches.scripted import LOCKED, NEWER, NO_FOLDER, REFUSALS, run_script

_BAD_TEST, _BAD_RELOAD, _NOT_LOADED, _NO_MASTER = 101, 102, 103, 104

_COMPLAINTS = {
    **REFUSALS,
    _BAD_TEST: ("nginx -t finds a mistake, nothing was reloaded", "Mend nginx's configuration."),
    _BAD_RELOAD: ("the reload failed, the file is as before", "Try `reload:` by hand there."),
    _NO_MASTER: ("nginx does not run there", "Start it, or set `pid:` to its pid file."),
}

# /proc tells what is loaded: workers that began after the file was written have read it.
# A worker that is told to end calls itself "shutting down"; it takes no request any more.
_LOOK = f"""
dir=${{file%/*}}
[ -d "${{dir:-/}}" ] || exit {NO_FOLDER}
told() {{
  sed -n 's/^set $[A-Za-z_]* \\([a-z]*\\); # fence \\([0-9]*\\)$/\\1 \\2/p' "$1" 2>/dev/null
}}
children() {{
  cat "/proc/$1/task/$1/children" 2>/dev/null && return
  for stat in /proc/[0-9]*/stat; do
    {{ read -r line <"$stat"; }} 2>/dev/null || continue
    rest=${{line##*) }}
    rest=${{rest#? }}
    number=${{stat#/proc/}}
    [ "${{rest%% *}}" != "$1" ] || echo "${{number%/stat}}"
  done
}}
workers() {{
  master=$(cat "$pid" 2>/dev/null) && [ -d "/proc/$master" ] || return 1
  for number in $(children "$master"); do
    case $(tr '\\0' ' ' <"/proc/$number/cmdline" 2>/dev/null) in
      *'shutting down'*) echo "old $number" ;;
      *worker*) echo "new $number" ;;
    esac
  done
}}
marks() {{ workers | sed -n 's/^new //p' | sort | tr '\\n' ' '; }}
"""

_TELL = """
found=$(workers) || found=
echo "file $(told "$file")"
echo "loaded $(sed -n 1p "$file.loaded" 2>/dev/null)"
[ "$(sed -n 2p "$file.loaded" 2>/dev/null)" = "$(marks)" ] && echo same
[ -n "$found" ] && echo running
echo "old $(echo "$found" | grep -c '^old')"
"""

_PREPARE = f"""
{LOCKED}
workers >/dev/null || exit {_NO_MASTER}
set -- $(told "$file")
held=${{2:-0}}
[ "$held" -le "$fence" ] || {{ echo "$held" >&2; exit {NEWER}; }}
"""

_COMMIT = f"""
{_PREPARE}
before=$(marks)
[ ! -f "$file" ] || cp -p "$file" "$file.before" || exit 1
back() {{ if [ -f "$file.before" ]; then mv -f "$file.before" "$file"; else rm -f "$file"; fi; }}
variable=$(sed -n 's/^set \\($[A-Za-z_]*\\) .*/\\1/p' "$file" 2>/dev/null | head -n 1)
echo "set ${{variable:-\\$colour}} $to; # fence $fence" >"$file.new" || exit 1
mv -f "$file.new" "$file" || exit 1
said=$(sh -c "$test" 2>&1 9>&-) || {{ echo "$said" >&2; back; exit {_BAD_TEST}; }}
said=$(sh -c "$reload" 2>&1 9>&-) || {{ echo "$said" >&2; back; exit {_BAD_RELOAD}; }}
is_over() {{
  now=$(marks)
  [ -n "$now" ] || return 1
  for one in $before; do case " $now" in *" $one "*) return 1 ;; esac; done
}}
left=200
until is_over; do
  left=$((left - 1)); [ "$left" -gt 0 ] || exit {_NOT_LOADED}
  sleep 0.05
done
printf '%s\\n%s\\n' "$to $fence" "$(marks)" >"$file.loaded.new"
mv -f "$file.loaded.new" "$file.loaded"
rm -f "$file.before"
sync "$file" "${{dir:-/}}" 2>/dev/null || :
"""


def include_plan(config: NginxIncludeConfig, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer; needs no link."""
    file = shlex.quote(config.include)
    return (
        f"flock {file}.lock",
        f"echo 'set $colour {to}; # fence FENCE' > {file}  (a temporary file, then a rename)",
        config.test,
        config.reload,
        "wait until no worker from before the reload takes requests",
    )


class NginxIncludeSwitch:
    """Points a service at one colour through an included file and a reload.

    The commit ends when every worker from before the reload is gone or shuts down: only
    then no held connection reaches the old colour any more. The workers that read the file
    are noted beside it, so that a file which was changed but not loaded is found: armed.

    Needs: `include FILE;` in the server block, Linux, flock, a login that may reload.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link to the host (retry can help).
        CommandFailed: The reload was told but its workers stayed: read.
        SwitchRefused: A newer flip was committed, or nginx refuses its configuration.

    Source: nginx, "Controlling nginx", "Changing Configuration".
    """

    def __init__(self, transport: Transport, config: NginxIncludeConfig) -> None:
        self._transport = transport
        self._config = config
        self._changes = PreparedChanges(transport.host)

    @property
    def host(self) -> HostName:
        """The balancer."""
        return self._transport.host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """What the running workers follow; of the old ones that still answer, how many."""
        lines = (await self._run(_TELL)).splitlines()
        words = {line.split(" ")[0]: line.split(" ")[1:] for line in lines}
        in_file, loaded = _pair(words.get("file", [])), _pair(words.get("loaded", []))
        if "running" not in words:
            raise SwitchRefused(f"{self.host}: {_COMPLAINTS[_NO_MASTER][0]}", "Start nginx there.")
        has_not_read = "same" in words and loaded[0] is not None
        colour, fence = loaded if has_not_read else in_file
        armed = in_file[0] if has_not_read and in_file[0] is not colour else None
        ending = {colour.other.value: int(words["old"][0])} if colour is not None else {}
        return SwitchReading(colour, fence, in_flight=ending, armed=armed)

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; FENCE is a number that is known when it happens."""
        return include_plan(self._config, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Checks that the change can be made; touches nothing."""
        await self._run(_PREPARE, fence=fence)
        return self._changes.add(Prepared(to, fence))

    async def commit(self, token: str) -> None:
        """Writes the file, tests, reloads, waits for the workers from before."""
        change = self._changes.take(token)
        await self._run(_COMMIT, to=change.to, fence=change.fence)
        after = await self.read()
        if (after.serves, after.fence) != (change.to, change.fence):
            raise refuse_outcome(self.host, f"{after.serves} (fence {after.fence})", change)

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    async def _run(self, script: str, **values: object) -> str:
        config = self._config
        given = {"file": config.include, "pid": config.pid, **values}
        given |= {"reload": config.reload, "test": config.test}
        return await run_script(
            self._transport, given, f"{_LOOK}{script}", _COMPLAINTS, timeout_s=14.0
        )


def _pair(words: list[str]) -> tuple[Colour | None, int]:
    if len(words) < 2:
        return None, 0
    return colour_or_none(words[0]), fence_or_zero(words[1])
