"""Puts this folder on the import path by being here: tests import `support.<module>`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a process; each takes a schema of its own.

    Mark its tests `real` and `xdist_group("postgres")`, so that one process starts one.
    """
    from support.postgres import postgres_server

    with postgres_server() as server:
        yield server
