"""What a screen or a command may ask about slow questions; part of ports.front.Front."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.survey import Survey


class SurveyFront(Protocol):
    """Calls are synchronous, short, and belong to one thread; all may raise DevopsError."""

    def host_survey(self, host: str, *, looks: bool = False) -> Survey:
        """What a host answered last; without any answers when it was never asked.

        With `looks` somebody looks at the host: for a quarter of a minute it is also asked
        for its busiest processes and the end of its log.
        """
        ...
