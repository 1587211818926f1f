"""What is asked of a flip, whoever asks and in whatever words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.ids import FlipId, HostName, RunId
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServiceStatus


@dataclass(frozen=True, slots=True)
class FlipWish:
    """One change of a service's traffic.

    Attributes:
        to: None means the colour that does not serve.
        expected_live: What the asker believes to serve; the wish counts for that alone.
        is_undo: Goes back: one server that is up is enough.
        is_repair: Brings what drifted back to the colour that should serve.
        glass: Who let it happen outside of the hours, and why.
        without: Balancers that are set aside.
        percent: What `to` gets of the requests.
        held: The share that it has now, as the asker believes.
        bake_s: How long a run of its own watches it once it is done; 0 for none.
    """

    to: Colour | None
    actor: str
    why: str
    run_id: RunId | None = None
    undoes: FlipId | None = None
    expected_live: Colour | None = None
    is_undo: bool = False
    is_repair: bool = False
    glass: str = ""
    without: tuple[str, ...] = ()
    percent: int = 100
    held: int | None = None
    bake_s: float = 0.0


def flip_of(
    wish: FlipWish,
    flip_id: FlipId,
    status: ServiceStatus,
    to: Colour,
    fence: int,
    now: datetime,
    set_aside: Sequence[HostName],
) -> Flip:
    """The flip by which the wish is carried out.

    Where `to` should serve already, a canary or a drift is ended: it is both colours of the
    flip, so that the other one is never committed when it fails.
    """
    is_back = to is status.live and wish.percent == 100
    old = to if is_back else to.other
    return Flip(
        flip_id,
        status.name,
        old,
        to,
        FlipState.ASKED,
        wish.actor,
        wish.why,
        fence,
        now,
        run_id=wish.run_id,
        undoes=wish.undoes if status.canary or not is_back else None,
        glass=wish.glass,
        set_aside=tuple(set_aside),
        percent=wish.percent,
        is_repair=is_back and not status.canary,
        left_digest=status.digests.get(old, ""),
        left_version=status.versions.get(old, ""),
        bake_s=0.0 if is_back else wish.bake_s,
    )
