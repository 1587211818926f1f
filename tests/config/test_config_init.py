"""What `init` writes: names from an ssh_config, and a file that loads as it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devops_tui.config.load import load
from devops_tui.config.ssh_config import host_names
from devops_tui.config.template import render
from devops_tui.domain.workspace import Workspace

SSH_CONFIG = """\
# a comment
Host web-1 web-2   # two at once
  HostName 203.0.113.1
host=lb-1
HOST "quoted" *.example.com !no web-1
Host never"ends
Match host lb-1 exec "true"
  User x
Include more/*.conf
Include ~/nowhere **/x
Host [::1] a$b \\
Host *
  ServerAliveInterval 10
\x00\xff garbage
Host last
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh" / "more").mkdir(parents=True)
    (tmp_path / ".ssh" / "config").write_text(SSH_CONFIG, encoding="latin-1")
    (tmp_path / ".ssh" / "more" / "a.conf").write_text("Host from-a\nInclude ~/.ssh/config\n")
    (tmp_path / ".ssh" / "more" / "b.conf").write_text("Host from-b lb-1\nInclude more/a.conf\n")
    return tmp_path


@pytest.mark.usefixtures("home")
def test_names_of_an_ssh_config() -> None:
    assert host_names() == ("web-1", "web-2", "lb-1", "quoted", "from-a", "from-b", "last")


def test_no_ssh_config_has_no_names(tmp_path: Path) -> None:
    assert host_names(tmp_path / "config") == ()
    assert host_names(tmp_path) == ()


def test_an_ssh_config_that_includes_itself_ends(home: Path) -> None:
    config = home / ".ssh" / "config"
    config.write_text("Include config\nHost a\nInclude ./config\n")
    assert host_names() == ("a",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_no_ssh_config_makes_it_raise(home: Path, text: str) -> None:
    config = home / ".ssh" / "odd"
    config.write_text(text, encoding="utf-8", errors="replace")
    assert isinstance(host_names(config), tuple)


def test_the_first_file_loads_as_it_stands(loaded: Callable[[str], Workspace]) -> None:
    workspace = loaded(render("shop", ["web-1", "lb-1", "web-1"]))
    assert workspace.name == "shop"
    assert workspace.board.prefix == "SHOP"
    assert list(workspace.hosts) == ["web-1", "lb-1", "local"]


def test_what_it_has_as_comments_loads_too(loaded: Callable[[str], Workspace]) -> None:
    hosts = "  web-1: {groups: [web]}\n  web-2:\n  lb-1:\n"
    text = render("shop").replace("hosts:\n", f"hosts:\n{hosts}", 1)
    kept: list[str] = []
    for line in text.splitlines():
        body = line.removeprefix("# ")
        is_yaml = body.startswith(("team:", "environments:", "services:", "pipelines:", "  "))
        kept.append(body if line.startswith("# ") and is_yaml else line)
    workspace = loaded("\n".join(kept))
    assert [s.name for s in workspace.pipelines["shop"].stages][-1] == "monitor"
    assert workspace.team.members[0].name == "minji"
    assert workspace.services["shop"].switch is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(max_size=30) | st.sampled_from(["12", "true", "null", "1.5", "", "..", "a b"]),
    st.lists(st.text(max_size=12) | st.sampled_from(["12", "true", "local", "a", "NO"])),
)
def test_whatever_it_is_called_it_loads(tmp_path: Path, name: str, hosts: list[str]) -> None:
    file = tmp_path / "devops.yaml"
    file.write_text(render(name, hosts), encoding="utf-8")
    assert load(file).name
