"""The part of the double that is about slow questions."""

from __future__ import annotations

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import Survey


class FakeSurvey:
    """Answers as a test says; remembers which hosts were looked at."""

    survey: Survey | None = None
    looks: tuple[str, ...] = ()

    def host_survey(self, host: str, *, looks: bool = False) -> Survey:
        if looks:
            self.looks = (*self.looks, host)
        return self.survey or Survey(HostName(host))
