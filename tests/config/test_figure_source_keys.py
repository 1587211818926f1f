"""`history: read_from` and who we are for `remote_write` are read, or refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.errors import ConfigError
from devops_tui.domain.export import Credentials, FigureSource
from devops_tui.domain.workspace import Workspace

WRITE = 'url: "http://127.0.0.1:9090/api/v1/write"'


def test_both_ways_with_who_we_are(loaded: Callable[[str], Workspace]) -> None:
    workspace = loaded(
        "name: a\n"
        'history: {read_from: {url: "https://figures.example.com", token: "env:TOKEN"}}\n'
        f'export: {{remote_write: {{{WRITE}, user: ops, password: "env:PW"}}}}\n'
    )
    source = FigureSource("https://figures.example.com", Credentials(token="env:TOKEN"))
    assert workspace.figures == source
    assert workspace.export.write_as == Credentials("ops", "env:PW")
    assert loaded("name: a\n").figures == FigureSource()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('history: {read_from: {url: "http://figures.example.com"}}', "readable by anybody"),
        ("history: {read_from: {url: figures}}", "no URL"),
        ("history: {read_from: {}}", "url"),
        ('history: {read_from: {url: "https://x", token: hunter2}}', "reference"),
        ('history: {read_from: {url: "https://x", user: ops}}', "belong together"),
        (f'export: {{remote_write: {{{WRITE}, token: "env:A", user: b}}}}', "a token and"),
        (f'export: {{remote_write: {{{WRITE}, user: "a:b", password: "env:A"}}}}', "no colon"),
    ],
)
def test_a_mistake_is_said_without_the_secret(
    loaded: Callable[[str], Workspace], text: str, what: str
) -> None:
    with pytest.raises(ConfigError) as found:
        loaded(f"name: a\n{text}\n")
    told = "\n".join(map(str, found.value.mistakes))
    assert what in told
    assert "hunter2" not in told
