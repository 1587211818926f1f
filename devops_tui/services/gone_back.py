"""Tells whether a flip went back: by undoing another one, or by bringing an earlier file again."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import Digest, FlipId
from devops_tui.domain.traffic import Flip, FlipState
from devops_tui.ports.store import Store
from devops_tui.services.releases import release_in

_FLIPS = 200
"""Flips that are looked at: a file that served longer ago is told to be a new one."""


def taken_back(store: Store, flip: Flip) -> Sequence[Flip]:
    """The flips whose releases this one took out of traffic, newest first.

    Empty where it goes forward: also where it brings again what was taken back before. A
    promotion of a file that served earlier is a rollback, whoever asked for it and how.

    Args:
        store: Read only; where retention took a run, nobody knows what it brought.
        flip: One that the balancers were told of.
    """
    if flip.undoes is not None:
        undone = _found(store, flip.undoes)
        return (undone,) if undone is not None and undone.undoes is None else ()
    flips = store.flips(flip.service, _FLIPS)
    names = [each.id for each in flips]
    if flip.id not in names:
        return ()
    older = [f for f in flips[names.index(flip.id) + 1 :] if f.state is FlipState.DONE]
    return _replaced(store, flip, older)


def _replaced(store: Store, flip: Flip, older: Sequence[Flip]) -> Sequence[Flip]:
    brought = _digest(store, flip)
    if not brought:
        return ()
    undone: set[FlipId] = set()
    gone: list[tuple[Flip, Sequence[Flip]]] = []
    for index, before in enumerate(older):
        if before.id in undone:
            continue
        if before.undoes is not None:
            undone.add(before.undoes)
        elif _digest(store, before) == brought:
            # what was itself a way back was no release: leaving it goes forward again
            return [f for f, rest in gone if not _replaced(store, f, rest)]
        else:
            gone.append((before, older[index + 1 :]))
    return ()


def _digest(store: Store, flip: Flip) -> Digest | None:
    if flip.run_id is None:
        return None
    try:
        artifact = release_in(store, flip.run_id, flip.service)
    except NotFound:
        return None
    return artifact.digest if artifact is not None else None


def _found(store: Store, flip_id: FlipId) -> Flip | None:
    try:
        return store.flip(flip_id)
    except NotFound:
        return None
