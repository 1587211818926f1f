"""Which unfinished flips are another worker's: those must be left to it."""

from __future__ import annotations

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.traffic import Flip
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.flip_journal import holder_of, lease_name


class FlipOwners:
    """Asks the store; a worker that was taken over owns nothing any more."""

    def __init__(self, store: Store, clock: Clock, worker_id: WorkerId) -> None:
        self._store = store
        self._clock = clock
        self._worker_id = worker_id

    def has_peers(self) -> bool:
        """Whether other workers act on the workspace."""
        return any(w.id != self._worker_id for w in self._store.workers())

    def is_of_another(self, flip: Flip) -> bool:
        """Whether a living worker may be at the flip.

        One of a run is with the run. Of any other the lease tells: it runs out when
        nobody renews it.
        """
        if not self.has_peers():
            return False
        if flip.run_id is not None:
            try:
                run, owner = self._store.run(flip.run_id), self._store.owner(flip.run_id)
            except NotFound:
                return False
            if run.state not in ENDS:
                return owner.is_alive and owner.owner != self._worker_id
        lease = self._store.lease(lease_name(flip.service))
        is_held = lease is not None and lease.expires_at > self._clock.now()
        return is_held and lease is not None and lease.holder == holder_of(flip.id, flip.actor)
