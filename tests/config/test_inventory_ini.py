from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError

INVENTORY = """\
# the fleet
lone.example.com
[web]
web[01:03] ansible_user=deploy
web01 ansible_host=10.0.0.1 ansible_port=2222
[db]
db-[a:b]
[db:vars]
ansible_ssh_private_key_file=~/.ssh/db
ansible_become=true
[eu:children]
web
db
"""


def write(folder: Path, inventory: str, more: str = "") -> Path:
    (folder / "hosts.ini").write_text(inventory)
    text = f"name: shop\nhosts_from:\n  ansible: hosts.ini\n{more}"
    (folder / "devops.yaml").write_text(text)
    return folder / "devops.yaml"


def test_hosts_groups_children_ranges_and_variables(tmp_path: Path) -> None:
    hosts = load(write(tmp_path, INVENTORY)).hosts
    names = [name for name in hosts if name != "local"]
    assert names == ["lone.example.com", "web01", "web02", "web03", "db-a", "db-b"]
    first = hosts["web01"]
    assert (first.address, first.port, first.user) == ("10.0.0.1", 2222, "deploy")
    assert set(first.groups) == {"web", "eu"}
    assert set(hosts["db-b"].groups) == {"db", "eu"}
    assert hosts["db-a"].identity == str(Path.home() / ".ssh/db")
    assert hosts["web02"].origin == "hosts.ini:4"
    assert hosts["lone.example.com"].groups == ()


def test_what_the_workspace_says_itself_wins(tmp_path: Path) -> None:
    more = "hosts:\n  web01:\n    address: 192.0.2.7\nenvironments:\n  p:\n    hosts: [db]\n"
    workspace = load(write(tmp_path, INVENTORY, more))
    assert workspace.hosts["web01"].address == "192.0.2.7"
    assert workspace.hosts["web01"].origin == "devops.yaml:5"
    assert workspace.environments["p"].hosts == ("db-a", "db-b")


def test_mistakes_have_their_line_in_the_inventory(tmp_path: Path) -> None:
    bad = "[web\nok-1\n  we!b\nweb-1 ansible_port=ssh\n"
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, bad))
    places = [(Path(m.file).name, m.line, m.column) for m in caught.value.mistakes]
    assert places == [("hosts.ini", 1, 1), ("hosts.ini", 3, 3), ("hosts.ini", 4, 1)]


def test_a_missing_inventory_is_said_where_it_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    (tmp_path / "hosts.ini").unlink()
    with pytest.raises(ConfigError) as caught:
        load(path)
    (mistake,) = caught.value.mistakes
    assert (mistake.line, "cannot be read" in str(mistake)) == (3, True)


def test_other_sources_are_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, INVENTORY)
    path.write_text(path.read_text() + "  cloud: x\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "cloud" in str(caught.value.mistakes[0])
