"""The store is locked, or its server is stopped, in mid release."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.fault_checks import wrongs
from support.fault_site import SHIP, FaultSite, fault_site
from support.postgres import postgres_server

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
LOCK_S = 30.0 if IS_FULL else 7.0
"""Longer than a writer waits by itself."""

AWAY_S = 20.0 if IS_FULL else 5.0
MOMENTS = {
    "build": ("build/build",),
    "test": ("test/one", "test/two", "test/three"),
    "deploy": ("deploy/deploy",),
    "release": ("release/flip",),
    "bake": ("release/bake",),
}
SAMPLE = ["test"]

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(300),
]


@contextmanager
def a_site(store: str = "") -> Iterator[FaultSite]:
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        fault_site(Path(folder) / "site", "inline", store) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def site() -> Iterator[FaultSite]:
    with a_site() as opened:
        yield opened


@pytest.mark.parametrize("moment", MOMENTS if IS_FULL else SAMPLE)
def test_somebody_holds_the_lock(site: FaultSite, moment: str) -> None:
    holder: list[threading.Thread] = []

    def hold() -> None:
        other = sqlite3.connect(site.paths.store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(LOCK_S)  # the fault itself: so long somebody else holds the lock
        other.execute("ROLLBACK")
        other.close()

    def fault() -> None:
        holder.append(threading.Thread(target=hold))
        holder[0].start()

    card = site.commit(SHIP)
    jobs = MOMENTS[moment]
    run = site.with_fault(SHIP, lambda: site.is_running(SHIP, *jobs), fault, 60 + 2 * LOCK_S)
    holder[0].join()
    assert wrongs(site, run, card) == [], site.told


@pytest.mark.parametrize("end", ["stop", "crash"] if IS_FULL else ["crash"])
@pytest.mark.parametrize("moment", MOMENTS if IS_FULL else SAMPLE)
def test_the_database_is_gone_for_a_while(moment: str, end: str) -> None:
    with postgres_server() as server, a_site(server.url) as site:
        backs: list[threading.Timer] = []

        def fault() -> None:
            server.stop() if end == "stop" else server.crash()
            backs.append(threading.Timer(AWAY_S, server.start))
            backs[0].start()

        card = site.commit(SHIP)
        jobs = MOMENTS[moment]
        run = site.with_fault(SHIP, lambda: site.is_running(SHIP, *jobs), fault, 60 + 3 * AWAY_S)
        backs[0].join()
        assert wrongs(site, run, card) == [], site.told
