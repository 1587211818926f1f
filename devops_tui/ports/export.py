"""Where figures are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.export import Credentials, Series


class FigureSink(Protocol):
    """Another program that keeps figures."""

    async def send(self, url: str, series: Sequence[Series], who: Credentials) -> None:
        """Sends all of it or nothing.

        Raises:
            NotTold: It was not taken; `is_retryable` says whether it may be later.
        """
        ...
