"""`board: {jira: ...}`: what it means, and what is wrong with it at which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.jira import JiraKind, JiraSettings

TEAM = "team:\n  - {name: minji, roles: [product_owner]}\n  - {name: jun}\n"
HEAD = f"name: shop\n{TEAM}board:\n  jira:\n"
GOOD = {
    "url": "https://example.atlassian.net/",
    "project": "SHOP",
    "user": "ops@example.com",
    "token": "env:JIRA_TOKEN",
    "board": "12",
}


def _read(folder: Path, **keys: str) -> JiraSettings:
    rows = "".join(f"    {name}: {value}\n" for name, value in {**GOOD, **keys}.items() if value)
    file = folder / "devops.yaml"
    file.write_text(HEAD + rows, encoding="utf-8")
    found = load(file).jira
    assert found is not None
    return found


def _wrong(folder: Path, **keys: str) -> str:
    with pytest.raises(ConfigError) as caught:
        _read(folder, **keys)
    (mistake,) = caught.value.mistakes
    return str(mistake).removeprefix(f"{folder}/")


def test_what_it_means(tmp_path: Path) -> None:
    found = _read(
        tmp_path,
        columns="{planned: Selected, in_work: [In Progress, Review]}",
        people="{minji: abc}",
        types="{bug: Defect}",
        every="2m",
        create="false",
        filter="component = checkout",
    )
    assert found == JiraSettings(
        "https://example.atlassian.net",
        JiraKind.CLOUD,
        "SHOP",
        "env:JIRA_TOKEN",
        "ops@example.com",
        12,
        "component = checkout",
        {"Planned": ("Selected",), "InWork": ("In Progress", "Review")},
        {"minji": "abc"},
        {"bug": "Defect"},
        120.0,
        False,
    )


def test_the_edition_by_its_address(tmp_path: Path) -> None:
    url = "https://jira.example.com/jira"
    assert _read(tmp_path, url=url, user="").kind is JiraKind.SERVER
    assert _read(tmp_path, url=url, kind="cloud").kind is JiraKind.CLOUD


def test_a_file_is_beside_the_configuration(tmp_path: Path) -> None:
    assert _read(tmp_path, token="file:jira.token").token == f"file:{tmp_path}/jira.token"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"url": "http://jira.example.com"}, "plain http would show the token"),
        ({"url": "https://bot:pw@jira.example.com"}, "the URL holds a login"),
        ({"url": "jira.example.com"}, "no URL of a Jira"),
        ({"token": "abcdef0123456789"}, "a literal secret"),
        ({"project": "shop"}, "no key of a project"),
        ({"user": ""}, "a token of Jira Cloud belongs to a mail address"),
        ({"board": ""}, "nothing says which status is which column"),
        ({"filter": "status = x ORDER BY rank"}, "the filter has an order"),
        ({"filter": '"a) OR project = B"'}, "the filter's parentheses do not match"),
        ({"people": "{june: abc}"}, "unknown member `june`; did you mean `jun`?"),
        ({"people": "{minji: abc, jun: abc}"}, "the account of jun is that of minji"),
        ({"columns": "{planed: Selected}"}, "planed"),
    ],
)
def test_mistakes(tmp_path: Path, keys: dict[str, str], told: str) -> None:
    said = _wrong(tmp_path, **keys)
    assert said.startswith("devops.yaml:")
    assert told in said
    assert "abcdef0123456789" not in said
