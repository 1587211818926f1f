"""Doubles for the verbs: a clock that stands, a worker that only answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import Request, RequestState
from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Json
from devops_tui.services.requests import grant, refuse
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

Answer = Callable[[SqliteStore, Request], Mapping[str, Json] | DevopsError | None]


class FrozenClock(SystemClock):
    """Half past nine on a Monday, for ever."""

    def now(self) -> datetime:
        return NOW

    @classmethod
    def install(cls, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(SystemClock, "now", cls.now)


class WorkerDouble:
    """A double of the worker: a thread that ends each wish as `answer` says.

    None leaves a wish claimed for ever.
    """

    def __init__(self, path: Path) -> None:
        self.answer: Answer = lambda store, request: {}
        self.seen: list[Request] = []
        self._path = path
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join(10)

    def _work(self) -> None:
        store = SqliteStore.open(self._path)
        while not self._is_over.wait(0.02):
            for request in store.requests(RequestState.FILED):
                if store.claim_request(request.id):
                    self.seen.append(request)
                    self._end(store, replace(request, state=RequestState.CLAIMED))
        store.close()

    def _end(self, store: SqliteStore, request: Request) -> None:
        outcome = self.answer(store, request)
        if isinstance(outcome, DevopsError):
            refuse(store, FrozenClock(), request, outcome)
        elif outcome is not None:
            grant(store, FrozenClock(), request, outcome)
