"""Asks the balancers before a flip: a link that is only being opened again is waited for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.errors import Refused
from devops_tui.domain.traffic import ServiceStatus
from devops_tui.ports.runtime import Clock
from devops_tui.services.balancers import Balancers, Readings

LINK_WAIT_S = 6.0
"""Longer than an SSH server or a firewall takes to begin anew, shorter than a person's patience."""

AGAIN_S = 0.5

log = logging.getLogger(__name__)


async def read_patiently(
    balancers: Balancers, clock: Clock, *, with_files: bool = False
) -> Readings:
    """What each says now; asked again for a while where another try can help.

    Cancel: nothing was changed.
    """
    began = clock.now()
    while True:
        readings = await balancers.read(with_files=with_files)
        errors = readings.errors.values()
        waited_s = (clock.now() - began).total_seconds()
        can_pass = bool(errors) and all(error.is_retryable for error in errors)
        if not can_pass or waited_s >= LINK_WAIT_S:
            return readings
        log.info("a flip waits for its balancers: %s", readings)
        await clock.sleep(AGAIN_S)


def refuse_unread(status: ServiceStatus, readings: Readings) -> Refused | None:
    """Which balancers cannot be read, since when, and what can be done; None when all can."""
    if not readings.errors:
        return None
    since = {balancer.host: balancer.silent_since for balancer in status.balancers}
    names = [str(host) for host in readings.errors]
    told = ", ".join(
        f"{name} cannot be read ({error.title}){_since(since.get(host))}"
        for (host, error), name in zip(readings.errors.items(), names, strict=True)
    )
    left = len(readings.seen)
    hint = f"Nothing was changed. Bring {_it(names)} back"
    if left:
        without = " ".join(f"--without {name}" for name in names)
        hint += (
            f", or set {_it(names)} aside: `flip {status.name} {without} --why TEXT`; "
            f"{_it(names)} will be brought along once there is an answer"
        )
    return Refused(f"nobody flips while a balancer cannot be read: {told}", f"{hint}.")


def _since(at: datetime | None) -> str:
    return f" since {at:%H:%M:%S} UTC" if at is not None else ""


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
