"""Takes the runs of a worker that is gone, and fences it off in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.audit import Worker
from devops_tui.domain.event import Event
from devops_tui.domain.ids import RunId
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store

_ENVIRONMENTS = "environment:"
_HELD_S = 15.0


def take_over(
    store: Store, clock: Clock, worker: Worker, actor: str, why: str
) -> Sequence[RunId] | None:
    """Makes a worker's unfinished runs free; None when it had ended or was taken over before.

    From the commit on nothing that the worker writes is stored. The environments that its
    runs hold stay held for another 15 s, so that whoever goes on with a run finds them;
    its other leases are free at once.
    """
    with store.transaction():
        if not store.fence_worker(worker.id):
            return None
        left = [i for i, o in store.owners().items() if o.owner == worker.id]
        now = clock.now()
        for lease in store.leases(""):
            if lease.holder == worker.id:
                store.release_lease(lease.name, worker.id)
            elif lease.holder in left and lease.name.startswith(_ENVIRONMENTS):
                # none when another run has it by now: then the run finds that out
                store.take_lease(lease.name, lease.holder, lease.reason, now, _HELD_S)
        data = {"host": worker.host, "pid": worker.pid, "runs": [str(i) for i in left]}
        store.append(Event("worker.taken_over", worker.id, now, actor, why, data))
    return left
