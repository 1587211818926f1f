"""Each store that there is, for every contract over stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import Postgres
from support.stores import Opener

from devops_tui.ports.store import Store

POSTGRES = pytest.param("postgres", marks=[pytest.mark.real, pytest.mark.xdist_group("postgres")])


@pytest.fixture(params=["sqlite", POSTGRES])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    if request.param == "sqlite":
        return Opener(tmp_path / "state")
    server: Postgres = request.getfixturevalue("postgres")
    return Opener(tmp_path / "state", server.url)


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    opened = opener.store()
    yield opened
    opened.close()
