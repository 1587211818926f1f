"""The scripts that read a host's figures, as one text for a long-lived session.

They run on the host under whatever `sh` and `awk` it has (mawk, gawk, busybox; without
awk the shell alone reads /proc), write nothing there and fork nothing per tick for a
whole machine. The talk: they say hello once, then each line they get is answered by
one framed record (domain/probe_record.py); end of input ends them.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from devops_tui.domain.fleet import Scope

_PROGRAMS = {Scope.MACHINE: "probe_machine.awk", Scope.TREE: "probe_tree.awk"}


def probe_script(scope: Scope, mark: str) -> str:
    """POSIX sh that answers each line on its stdin with one record inside `mark`.

    Args:
        scope: Whose figures.
        mark: Random lower-case hex digits, new for each session: what a login prints
            cannot pass for a record.

    Raises:
        ValueError: `mark` is not 6 to 32 hex digits (it becomes part of a script).
    """
    if not re.fullmatch(r"[0-9a-f]{6,32}", mark):
        raise ValueError("the mark of a probe is 6 to 32 hex digits")
    program = _text(_PROGRAMS[scope])
    return f"mark={mark}\nscope={scope.value}\nprogram='{program}'\n{_text('probe.sh')}"


@cache
def _text(name: str) -> str:
    """A script without its comments and indents: it is sent to every host."""
    whole = (files("devops_tui.transports") / name).read_text(encoding="utf-8")
    lines = (line.strip() for line in whole.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))
