"""Gives the leases of flips back, whatever happens to the store meanwhile."""

from __future__ import annotations

import logging

from devops_tui.domain.errors import StoreError
from devops_tui.ports.store import Store
from devops_tui.services.flip_journal import lease_name

log = logging.getLogger(__name__)


class FlipLeases:
    """Keeps those that could not be given back, so that they hold up no later flip."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: list[tuple[str, str]] = []

    def give_back(self, service: str, holder: str) -> None:
        """Frees a lease; while the store is away, as soon as `give_back_kept` is called."""
        name = lease_name(service)
        try:
            self._store.release_lease(name, holder)
        except StoreError as error:
            log.warning("%s is given back later: %s", name, error)
            self._kept.append((name, holder))

    def give_back_kept(self) -> None:
        """Frees what could not be freed; raises StoreError as long as that is so."""
        while self._kept:
            self._store.release_lease(*self._kept[-1])
            self._kept.pop()
