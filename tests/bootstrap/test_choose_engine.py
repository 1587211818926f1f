"""Which engine a worker gets, and what is loaded for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from devops_tui.bootstrap.engines import choose_engine
from devops_tui.domain.errors import Refused


def test_dbos_where_it_is_installed_else_what_is_asked() -> None:
    assert choose_engine(None, {}) == "dbos"
    assert choose_engine("inline", {}) == "inline"
    assert choose_engine(None, {"DEVOPS_TUI_ENGINE": "inline"}) == "inline"
    assert choose_engine("dbos", {"DEVOPS_TUI_ENGINE": "inline"}) == "dbos"
    with pytest.raises(Refused, match="dbos, inline"):
        choose_engine("celery", {})


def test_without_dbos_the_rows_carry_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert choose_engine(None, {}) == "inline"
    with pytest.raises(Refused, match="not installed"):
        choose_engine("dbos", {})


def test_a_worker_with_the_inline_engine_loads_no_dbos() -> None:
    script = """
import sys
from devops_tui.bootstrap.engines import choose_engine
import devops_tui.worker.main
choose_engine("inline", {})
print(sorted({"dbos", "sqlalchemy"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
