"""`tools:` is read, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.domain.export import Credentials
from devops_tui.domain.tool import KINDS, Level, ToolKind, ToolSettings
from devops_tui.domain.workspace import Workspace


def test_all_keys(loaded: Callable[[str], Workspace], tmp_path: Path) -> None:
    found = loaded(
        "name: a\n"
        "tools:\n"
        "  mon: {kind: prometheus, url: 'https://mon.example.com/p/', token: 'file:token',\n"
        "        ca: ca.pem, every: 30s, only: 'Shop*', incidents: warning}\n"
        "  am: {kind: alertmanager, url: 'http://127.0.0.1:9093', user: ops, password: 'env:P'}\n"
    ).tools
    assert found == (
        ToolSettings(
            "mon",
            ToolKind.PROMETHEUS,
            "https://mon.example.com/p",
            Credentials(token=f"file:{tmp_path}/token"),
            30.0,
            ("Shop*",),
            Level.WARNING,
            ca=f"{tmp_path}/ca.pem",
        ),
        ToolSettings(
            "am",
            ToolKind.ALERTMANAGER,
            "http://127.0.0.1:9093",
            Credentials(user="ops", password="env:P"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{kind: promethius, url: 'http://127.0.0.1'}", "prometheus"),
        ("{kind: prometheus}", "url"),
        ("{kind: prometheus, url: mon}", "no URL of a tool"),
        ("{kind: prometheus, url: 'http://a:b@mon'}", "the URL holds a login"),
        ("{kind: prometheus, url: 'https://mon', token: hunter2}", "reference"),
        ("{kind: prometheus, url: 'http://mon', token: 'env:T'}", "plain_http: true"),
        ("{kind: prometheus, url: 'https://mon', token: 'env:T', user: a}", "a token and"),
        ("{kind: prometheus, url: 'https://mon', user: a}", "belong together"),
        ("{kind: prometheus, url: 'https://mon', every: 1s}", "every"),
        ("{kind: prometheus, url: 'https://mon', query: x}", "prometheus has no `query`"),
        ("{kind: prometheus, url: 'https://mon', incidents: some}", "critical"),
    ],
)
def test_a_mistake_is_said_with_its_place(
    mistakes: Callable[[str], list[str]], text: str, what: str
) -> None:
    told = mistakes(f"name: a\ntools:\n  mon: {text}\n")
    assert what in "\n".join(told)
    assert all(one.startswith("devops.yaml:3:") for one in told)
    assert "hunter2" not in "".join(told)


def test_a_login_over_plain_http_is_a_decision(loaded: Callable[[str], Workspace]) -> None:
    text = "{kind: prometheus, url: 'http://mon', token: 'env:T', plain_http: true}"
    (tool,) = loaded(f"name: a\ntools:\n  mon: {text}\n").tools
    assert tool.url == "http://mon"


def test_every_kind_has_facts_and_the_document_names_it() -> None:
    document = (Path(__file__).parents[2] / "docs" / "tools.md").read_text("utf-8")
    assert set(KINDS) == set(ToolKind)
    for kind, facts in KINDS.items():
        row = next((r for r in document.splitlines() if r.startswith(f"| `{kind.value}` |")), "")
        assert row.split("|")[-2].strip().startswith(facts.proof.value), kind
