"""The part of an operator's session that is about slow questions to hosts."""

from __future__ import annotations

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import Survey
from devops_tui.ports.frames import Frames
from devops_tui.ports.runtime import Clock


class SurveySession:
    """Implements ports.front_survey.SurveyFront; base of Session."""

    _frames: Frames
    _clock: Clock

    def host_survey(self, host: str, *, looks: bool = False) -> Survey:
        """What a host answered last to slow questions."""
        if looks:
            self._frames.look_at(HostName(host), self._clock.now())
        return self._frames.survey(HostName(host))
