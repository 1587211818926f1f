"""`databases:` and `log_files:` are read, or refused at their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.errors import ConfigError
from devops_tui.domain.slow_plan import Database, DatabaseKind, LogFiles
from devops_tui.domain.workspace import Workspace

BASE = "name: a\nhosts: {web-1: {groups: [db]}}\n"


def test_servers_and_files_are_read(loaded: Callable[[str], Workspace]) -> None:
    plan = loaded(
        f"{BASE}databases:\n"
        "  - {name: main, kind: postgres, server: /run/postgresql, groups: db}\n"
        '  - {name: cache, kind: redis, port: 6380, user: ops, password: "env:PW", every: 30s}\n'
        "log_files: [{files: /var/log/shop/*.log, groups: [db]}]\n"
    ).slow
    assert plan.databases == (
        Database("main", DatabaseKind.POSTGRES, "/run/postgresql", groups=("db",)),
        Database("cache", DatabaseKind.REDIS, "", 6380, "ops", "", "env:PW", 30.0),
    )
    assert plan.logs == (LogFiles(("/var/log/shop/*.log",), ("db",)),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("databases: [{name: x, kind: oracle}]", "write postgres or redis"),
        ("databases: [{name: x, kind: redis, password: hunter2}]", "hunter2"),
        ("databases: [{name: x, kind: redis, server: 'a; rm -rf'}]", "bad server"),
        ("databases: [{name: x, kind: redis, groups: dbs}]", "unknown group `dbs`"),
        ("databases: [{name: x, kind: redis}, {name: x, kind: redis}]", "two databases"),
        ("databases: [{name: x, kind: redis, every: 1s}]", "every"),
        ("log_files: [{files: [relative.log]}]", "bad path"),
        ("log_files: [{files: ['/var/*/x.log']}]", "bad path"),
        ("log_files: [{files: []}]", "files"),
    ],
)
def test_a_mistake_has_its_place(loaded: Callable[[str], Workspace], text: str, what: str) -> None:
    with pytest.raises(ConfigError) as found:
        loaded(f"{BASE}{text}\n")
    told = "\n".join(map(str, found.value.mistakes))
    assert ":3:" in told
    assert what in told or what == "hunter2"
    assert "hunter2" not in told
