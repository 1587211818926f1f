"""Changes that were prepared and wait for their commit: the same book for every kind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from devops_tui.domain.errors import SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change that was found possible.

    Attributes:
        base: What the balancer said when it was prepared, in the kind's own words.
        percent: What `to` gets of the requests.
    """

    to: Colour
    fence: int
    base: str = ""
    percent: int = 100


class PreparedChanges:
    """Gives tokens, and each change once for its token."""

    def __init__(self, host: HostName) -> None:
        self._host = host
        self._held: dict[str, Prepared] = {}
        self._numbers = count(1)

    def add(self, change: Prepared) -> str:
        """Its token."""
        token = f"{self._host}/{next(self._numbers)}"
        self._held[token] = change
        return token

    def take(self, token: str) -> Prepared:
        """The change; a second time, or after `forget`, it is refused.

        Raises:
            SwitchRefused: There is none of this token.
        """
        change = self._held.pop(token, None)
        if change is None:
            raise SwitchRefused(f"{self._host}: this change was not prepared", "Flip again.")
        return change

    def forget(self, token: str) -> None:
        """Nothing when it is gone already."""
        self._held.pop(token, None)


def refuse_older(host: HostName, held: int, fence: int) -> None:
    """Raises SwitchRefused when the balancer took a newer change than `fence`."""
    if held > fence:
        raise SwitchRefused(
            f"{host}: a newer flip ({held}) was committed, this one is {fence}",
            "Look at what serves now, then flip again.",
        )


def refuse_outcome(host: HostName, told: str, change: Prepared) -> SwitchRefused:
    """What is said when a balancer does not serve what was committed."""
    return SwitchRefused(
        f"{host}: it says {told} after the commit of {change.to} (fence {change.fence})",
        "Another flip may have come right after this one: look at what serves now.",
    )


def colour_or_none(word: object) -> Colour | None:
    """The colour that a balancer named; None for anything else."""
    return Colour(word) if isinstance(word, str) and word in set(Colour) else None


def fence_or_zero(word: object) -> int:
    """The fence that a balancer named; 0 for anything else."""
    text = str(word)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
