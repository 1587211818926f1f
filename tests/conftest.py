"""Puts this folder on the import path by being here: tests import `support.<module>`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.postgres import Postgres

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in the background: what tests start would ignore it as well, as no terminal's would.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a process; each takes a schema of its own.

    Mark its tests `real` and `xdist_group("postgres")`, so that one process starts one.
    """
    from support.postgres import postgres_server

    with postgres_server() as server:
        yield server


@pytest.fixture(autouse=True)
def screens_write_elsewhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drives screens in a folder of their own: a note is written to where one stands."""
    if request.path.parent.name == "tui":
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))
