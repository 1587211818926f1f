"""Asking on the command line before something is done to servers."""

from __future__ import annotations

import sys

from devops_tui.cli.call import Call
from devops_tui.domain.errors import Refused


def confirm(call: Call, wanted: str) -> None:
    """Goes on when the operator says so: by `--yes`, `--confirm NAME`, or by typing.

    Args:
        call: Of a verb that has both options.
        wanted: The name that must be typed where it is protected; empty for a plain yes.

    Raises:
        Refused: Not confirmed, or nobody is there to be asked; nothing was done.
    """
    words = call.words
    if wanted and words.confirm is not None:
        if words.confirm != wanted:
            raise Refused(f"--confirm {words.confirm}: it is {wanted}", f"--confirm {wanted}")
        return
    if words.yes and not wanted:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        needed = f"--confirm {wanted}" if wanted else "--yes"
        raise Refused("nobody is asked here", f"Say {needed}.")
    sys.stderr.write(f"Type {wanted or 'yes'} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != (wanted or "yes"):
        raise Refused("not confirmed", "Nothing was done.")
