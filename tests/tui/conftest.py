"""Screens are driven in a folder of their own: notes and saved files land where one stands."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets nothing be written into the checkout."""
    monkeypatch.chdir(tmp_path)
