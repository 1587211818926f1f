"""What the words of a request mean."""

from __future__ import annotations

from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.traffic import Colour


def wished_colour(value: Json) -> Colour | None:
    """The colour that is named; None where none is.

    Raises:
        Refused: There is no such colour.
    """
    if not value:
        return None
    try:
        return Colour(value)
    except ValueError:
        raise Refused(f"no colour {value!r}", "There are: blue, green.") from None
