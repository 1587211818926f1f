"""A folder that takes text and gives mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.workspace import Workspace

Mistakes = Callable[[str], list[str]]
Loaded = Callable[[str], Workspace]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Loads a devops.yaml of the given text."""

    def read(text: str) -> Workspace:
        (tmp_path / "devops.yaml").write_text(text, encoding="utf-8")
        return load(tmp_path / "devops.yaml")

    return read


@pytest.fixture
def mistakes(tmp_path: Path, loaded: Loaded) -> Mistakes:
    """The mistakes of a devops.yaml of the given text, without the folder's name."""

    def read(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loaded(text)
        return [str(m).removeprefix(f"{tmp_path}/") for m in caught.value.mistakes]

    return read
