"""Trusts the key of a host: it is asked for, its fingerprint compared, then written down.

A process of its own asks the host, so that the screen loads no SSH and waits for nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from devops_tui.ports.front import Front
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_LONGEST_S = 60.0


async def trust(house: DevopsApp, host: str) -> None:
    """Shows the fingerprint; writes the key only when the operator says yes to it."""
    from devops_tui.tui.dialogs import Dialog, Question

    tell(house, line(f"asking {host} for its key"))
    offer = await _ask(house, host)
    if offer is None:
        return
    if offer.get("was_known"):
        tell(house, line((host, "accent"), " is known already; its link is tried again by itself"))
        return
    shown = str(offer.get("fingerprint", ""))
    question = Question(
        line("Trust the key of ", (host, "accent")),
        [
            line(("it shows", "muted")),
            line((shown, "accent")),
            line(("for  ", "muted"), str(offer.get("place", host))),
            line(("in  ", "muted"), str(offer.get("file", ""))),
            line("Compare it with the host's own: ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"),
        ],
        verb="it is the same: trust it",
    )
    if await house.push_screen_wait(Dialog(question)) is None:
        return
    if await _ask(house, host, shown.rpartition(" ")[2]) is not None:
        tell(house, line((host, "accent"), " is trusted; its link is tried again by itself"))


async def _ask(house: DevopsApp, host: str, fingerprint: str = "") -> Mapping[str, Any] | None:
    """What the verb says; an error of it is told, and gives None."""
    words = await house.bridge.ask(partial(_words, host=host, fingerprint=fingerprint))
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            out, _ = await process.communicate()
    except TimeoutError:
        tell(house, line(f"{host} did not show its key within {_LONGEST_S:.0f} s"), "error")
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = _last_object(out)
    if said is None or "error" in said:
        told = said or {"error": f"the key of {host} could not be asked for"}
        tell(house, line(f"{told['error']}. {told.get('hint', '')}"), "error")
        return None
    return said


def _words(front: Front, host: str, fingerprint: str) -> Sequence[str]:
    return front.trust_words(host, fingerprint)


def _last_object(out: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if isinstance(found, dict) else None
