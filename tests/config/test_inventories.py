"""Hosts from elsewhere: YAML inventories, programs that list hosts, ~/.ssh/config."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from devops_tui.config import inventory_script
from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.workspace import Workspace

INVENTORY = """\
all:
  vars:
    ansible_user: ops
  children:
    web:
      hosts:
        web[01:02]:
        web03:
          ansible_host: 2001:db8::3
          ansible_port: 2222
          ansible_become: true
      vars:
        ansible_ssh_private_key_file: ~/.ssh/web
    eu:
      children:
        web:
        db:
          hosts:
            db-1: {ansible_host: "{{ lookup('dns', 'db') }}"}
"""


def workspace(folder: Path, source: str) -> Workspace:
    (folder / "devops.yaml").write_text(f"name: shop\nhosts_from:\n  {source}\n")
    return load(folder / "devops.yaml")


def mistakes(folder: Path, source: str) -> str:
    with pytest.raises(ConfigError) as caught:
        workspace(folder, source)
    return "\n".join(map(str, caught.value.mistakes))


def program(folder: Path, body: str) -> str:
    file = folder / "list.sh"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return "script: [./list.sh, --region, eu]"


def test_groups_children_and_variables_of_yaml(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    hosts = workspace(tmp_path, "ansible: hosts.yml").hosts
    assert [n for n in hosts if n != "local"] == ["web01", "web02", "web03", "db-1"]
    third = hosts["web03"]
    assert (third.address, third.port, third.user) == ("2001:db8::3", 2222, "ops")
    assert set(third.groups) == {"web", "eu"}
    assert third.identity == str(Path.home() / ".ssh/web")
    assert third.origin == "hosts.yml:8"
    assert (hosts["db-1"].address, set(hosts["db-1"].groups)) == ("", {"eu", "db"})


def test_mistakes_of_yaml_have_their_place(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text(
        "web:\n  host: {a: }\n  hosts:\n    we!b:\n    ok: {ansible_host: -oProxyCommand=x}\n"
        "db: 3\n"
    )
    said = mistakes(tmp_path, "ansible: [hosts.yaml]")
    for expected in ("hosts.yaml:2:3: unknown key `host`", ":4:5: bad name", ":5:24: `-oProxy",
                     ":6:5: wrong type"):  # fmt: skip
        assert expected in said


def test_what_a_program_lists(tmp_path: Path) -> None:
    listed = {
        "_meta": {"hostvars": {"web-1": {"ansible_host": "192.0.2.1", "x": [1]}}},
        "web": {"hosts": ["web-1", "web-2"], "vars": {"ansible_user": "deploy"}},
        "eu": {"children": ["web"]},
        "old": ["db-1"],
    }
    source = program(
        tmp_path, f'[ "$*" = "--region eu --list" ] && echo {json.dumps(json.dumps(listed))}'
    )
    hosts = workspace(tmp_path, source).hosts
    assert (hosts["web-1"].address, hosts["web-1"].user) == ("192.0.2.1", "deploy")
    assert set(hosts["web-2"].groups) == {"web", "eu"}
    assert hosts["db-1"].groups == ("old",)
    assert hosts["db-1"].origin == "list.sh:1"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("exit 3", "ended with 3"),
        ("echo hello", "prints no JSON"),
        ("echo '[1]'", "prints no groups"),
        ("yes", "prints more than"),
        ("echo '{'; kill -9 $$", "ended with -9"),
        ("""echo '{"web": ["a b", "web[1:9]", 7]}'""", "bad name `a b`"),
        ("""echo '{"we b": ["ok"]}'""", "bad name of a group"),
        ("""echo '{"web": {"hosts": ["a"], "vars": {"ansible_user": "-x"}}}'""", "no login"),
        ("""printf '{"web": ["\\\\u001b[2J"]}'""", "bad name"),
        ("head -c 200000 /dev/zero | tr '\\0' '['", "prints no JSON"),
    ],
)
def test_what_a_program_may_do_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.setattr(inventory_script, "MOST_BYTES", 1 << 20)
    told = mistakes(tmp_path, program(tmp_path, body))
    assert said in told
    assert "\x1b" not in told


@pytest.mark.parametrize("body", ["sleep 60", "setsid sleep 60 &", "exec >&-; sleep 60"])
def test_a_program_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(inventory_script, "LONGEST_S", 0.3)
    begun = time.monotonic()
    told = mistakes(tmp_path, program(tmp_path, body))
    assert "longer than" in told or "does not end" in told
    assert time.monotonic() - begun < 20


def test_names_of_the_ssh_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "more").write_text("Host web-9 db-1\n")
    (tmp_path / ".ssh" / "config").write_text("Include more\nHost web-1 web-2 web-*\n Port 2\n")
    hosts = workspace(tmp_path, 'ssh_config: ["web-*", "!web-9"]').hosts
    assert [n for n in hosts if n != "local"] == ["web-1", "web-2"]
    assert hosts["web-1"].address == ""  # read at connecting, with Match and Include


def test_several_addresses_a_certificate_and_an_agent(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text(
        "name: shop\nhosts:\n"
        "  a: {address: [192.0.2.1, 2001:db8::1], certificate: a-cert.pub, agent: none}\n"
        "  b: {address: 192.0.2.2, agent: ~/agent}\n"
    )
    hosts = load(tmp_path / "devops.yaml").hosts
    assert (hosts["a"].address, hosts["a"].other_addresses) == ("192.0.2.1", ("2001:db8::1",))
    assert (hosts["a"].certificate, hosts["a"].agent) == (str(tmp_path / "a-cert.pub"), "none")
    assert hosts["b"].agent == str(Path.home() / "agent")
