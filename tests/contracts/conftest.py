"""Each store that there is, for every contract over stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cloud_doors import clouded
from support.loopback import LoopbackTransport
from support.postgres import Postgres
from support.process import Child
from support.stores import Opener
from support.switch_doors import KINDS, Door, make_door, skip_without

from devops_tui.domain.traffic import Colour
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


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, list[int]]]:
    """A server of each colour: its name to its port, in a list."""
    code = str(Path(__file__).parents[1] / "support" / "colour_server.py")
    children = {c.value: Child(code, c.value, f"1.{i}", "1") for i, c in enumerate(Colour)}
    yield {colour: list(child.ready["ports"]) for colour, child in children.items()}
    for child in children.values():
        child.kill()
        child.stop()


@pytest.fixture
def link() -> LoopbackTransport:
    """The way to the balancer of a test."""
    return LoopbackTransport("lb-1")


@pytest.fixture(params=KINDS)
def door(
    request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, list[int]]
) -> Iterator[Door]:
    """A running balancer of every kind, or of those that a test names."""
    skip_without(request.param)
    with clouded(request.param):
        made = make_door(request.param, tmp_path / "door", "lb-1", servers)
        made.start()
        yield made
        made.close()
