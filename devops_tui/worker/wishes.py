"""Which of several workers does a wish."""

from __future__ import annotations

from devops_tui.domain.audit import WORKER_ENDS, Request, Verb
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import RunId, WorkerId
from devops_tui.ports.store import Store


def is_for(store: Store, me: WorkerId, request: Request) -> bool:
    """Whether worker `me` is the one to do it; what concerns nobody else is."""
    if request.verb is Verb.TAKE_OVER:
        by = str(request.args.get("by") or "")
        return request.subject != me and (by == me or not _is_alive(store, by))
    if request.verb in (Verb.STOP_WORKER, Verb.HAND_OVER):
        return request.subject in ("", me) or not _is_alive(store, request.subject)
    if request.verb in (Verb.CANCEL, Verb.RERUN):
        try:
            owner = store.owner(RunId(request.subject))
        except NotFound:
            return True
        return not owner.is_alive or owner.owner == me
    return True


def _is_alive(store: Store, worker_id: str) -> bool:
    worker = store.worker(WorkerId(worker_id))
    return worker is not None and worker.state not in WORKER_ENDS
