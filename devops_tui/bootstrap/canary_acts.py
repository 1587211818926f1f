"""What a wish for a canary does: share by share, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.audit import Request
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.services.canaries import Canaries


async def flip_by_canary(
    canaries: Canaries, request: Request, glass: str, bake_s: float
) -> Mapping[str, Json]:
    """Walks the service's shares; `held` and `went_back` say why it did not come to its end.

    Raises:
        Refused: No share was given.
    """
    end = await canaries.walk(
        request.subject, request.actor, request.why, glass=glass, bake_s=bake_s
    )
    flip = end.flip
    if flip is None:
        raise Refused(end.held or end.went_back, "Look at it: `devops-tui traffic`.")
    return {
        "flip_id": flip.id,
        "state": flip.state.value,
        "live": (flip.from_colour if flip.is_canary else flip.to_colour).value,
        "held": end.held,
        "went_back": end.went_back,
    }
