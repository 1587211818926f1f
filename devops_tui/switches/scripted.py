"""Runs the small scripts of switches that are files or programs on the balancer."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from devops_tui.domain.errors import CommandFailed, HostUnreachable, SwitchRefused
from devops_tui.ports.transport import Transport

NEWER, BUSY, NO_FLOCK, NO_FOLDER, NOT_ALLOWED = 91, 92, 93, 94, 95

REFUSALS: Mapping[int, tuple[str, str]] = {
    NEWER: ("a newer flip was committed", "Look at what serves now, then flip again."),
    BUSY: ("another change holds the lock", "Try again in a moment."),
    NO_FLOCK: ("there is no flock(1)", "Install util-linux there."),
    NO_FOLDER: ("the file's folder is missing", "Make it, as `switch init` shows."),
    NOT_ALLOWED: ("the file may not be written", "Give the login write access to its folder."),
}
"""Exit codes of our scripts that mean: nothing was changed."""

LOCKED = f"""
command -v flock >/dev/null || exit {NO_FLOCK}
[ -d "${{dir:-/}}" ] || exit {NO_FOLDER}
[ -w "${{dir:-/}}" ] || exit {NOT_ALLOWED}
exec 9>>"$file.lock" || exit {NOT_ALLOWED}
flock -w 5 9 || exit {BUSY}
"""
"""Takes the lock of `$file`, whose folder is `$dir`, for the rest of the script."""


async def run_script(
    transport: Transport,
    values: Mapping[str, object],
    script: str,
    refusals: Mapping[int, tuple[str, str]] = REFUSALS,
    timeout_s: float = 10.0,
) -> str:
    """What the script printed; `values` are its variables, never parts of its text.

    Raises:
        SwitchRefused: It ended with a code of `refusals`: nothing was changed.
        CommandFailed: It ended with another one.
        HostUnreachable: The link broke: it may have done what it was told.
    """
    head = "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())
    answer = await transport.run(f"{head}{script}", timeout_s=timeout_s)
    code, host = answer.exit_code, transport.host
    if code == 0:
        return answer.stdout.decode(errors="replace")
    said = answer.stderr.decode(errors="replace").strip().splitlines()
    if code is None:
        raise HostUnreachable(f"{host}: the link broke", "It may have done what it was told: look.")
    if code in refusals:
        why, hint = refusals[code]
        raise SwitchRefused(f"{host}: {why}{f' ({said[-1]})' if said else ''}", hint)
    raise CommandFailed(f"{host}: {said[-1] if said else 'nothing was said'}", code)
