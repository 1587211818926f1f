"""A demo world of its own for each story, ended without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.story import Story

from devops_tui.bootstrap.paths import find_workspace
from devops_tui.bootstrap.session import Session
from devops_tui.demo import door, processes, world
from devops_tui.demo.plan import MARK


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    folder = tmp_path / "world"
    world.open_or_make(folder, {**os.environ, door.CHOICE: "embedded"})
    paths = find_workspace(str(folder), folder)
    assert paths is not None
    front = Session(paths, "jun")
    yield Story(folder, front)
    front.close()
    left = world.stop(folder)
    assert left == ()
    assert processes.marked(MARK, str(folder)) == ()
