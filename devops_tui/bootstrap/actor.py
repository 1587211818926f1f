"""Who sits in front of the terminal."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping


def operator(environ: Mapping[str, str] = os.environ) -> str:
    """The login that audit and approvals name: $DEVOPS_TUI_ACTOR, else the system's.

    The variable exists for shared logins on a jump host, where the system's login says
    nothing; a team that needs proof gives each operator a login.
    """
    named = environ.get("DEVOPS_TUI_ACTOR", "").strip()
    if named:
        return named[:64]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
