"""The part of an operator's session that is about silences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.bootstrap.written_words import refuse_secrets
from devops_tui.domain.silence import Silence
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import silences


class SilenceSession:
    """Implements ports.front_silence.SilenceFront; base of Session."""

    _actor: str
    _clock: Clock
    _store: Store

    def silences(self) -> Sequence[Silence]:
        """All that have not ended."""
        return silences.silences_of(self._store, self._clock.now())

    def silence(
        self, what: str, until: datetime, why: str, since: datetime | None = None
    ) -> Silence:
        """Keeps something quiet until then."""
        refuse_secrets(self._store.workspace(), why)
        made = Silence(what, until, self._actor, why, since)
        return silences.silence(self._store, self._clock, made)

    def end_silence(self, what: str, why: str) -> Sequence[Silence]:
        """Ends what was written about a thing."""
        refuse_secrets(self._store.workspace(), why)
        return silences.end_silence(self._store, self._clock, what, self._actor, why)
