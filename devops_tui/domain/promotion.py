"""A way on which a built file can go to an environment."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.ids import HostName, ServiceName


@dataclass(frozen=True, slots=True)
class PromotionTarget:
    """A service that would get the file, on the hosts of the colour that does not serve.

    Attributes:
        colour: The idle one as far as is known; empty when nobody knows what serves.
        hosts: Those of that colour; all of the service while it is not known.
    """

    service: ServiceName
    colour: str
    hosts: tuple[HostName, ...]


@dataclass(frozen=True, slots=True)
class PromotionWay:
    """What a promotion would do: which stages of which pipeline, to which hosts.

    Attributes:
        stages: Names, from the deployment there on.
        asks: Its release waits for an approval.
        is_protected: A reason is needed, and on screen the environment's name.
        is_there: The file serves there already.
        why_not: Why it is refused now, in one line; empty when it is not.
    """

    environment: str
    pipeline: str
    stages: tuple[str, ...]
    targets: tuple[PromotionTarget, ...]
    asks: bool = False
    is_protected: bool = False
    is_there: bool = False
    why_not: str = ""
