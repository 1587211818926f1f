"""What is asked of a flip, whoever asks and in whatever words."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.ids import FlipId, RunId
from devops_tui.domain.traffic import Colour


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
