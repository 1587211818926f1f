"""The number of a change and what it wants, as one word beside a balancer's own settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"(\d{1,18}) green (\d{1,3})(?: [0-9a-f]{1,16})?\Z")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who changed a balancer last; fence 0 when nobody has.

    Attributes:
        green_percent: Green's share of the requests that the change wants.
        mark: Tells this attempt from another one for the same; hexadecimal, may be empty.
    """

    fence: int = 0
    green_percent: int = 0
    mark: str = ""

    @staticmethod
    def read(text: str) -> Claim:
        """From what `str` made; anything else is nobody's."""
        found = _FORM.match(text)
        if found is None or int(found[2]) > 100:
            return Claim()
        return Claim(int(found[1]), int(found[2]), text.partition(f"green {found[2]}")[2].strip())

    def __str__(self) -> str:
        return f"{self.fence} green {self.green_percent} {self.mark}".rstrip()
