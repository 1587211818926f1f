"""Ansible as stages of a pipeline: rehearsed, approved, played, and its drift found.

The pipelines are those of sample_configs/infrastructure-tools; Ansible, both hosts' OpenSSH,
git and the worker are real.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.git_repo import GitRepo
from support.shell import Shell
from support.sshd import SshServer, openssh
from support.waits import until

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.stores import open_store

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(300)]

SAMPLE = Path(__file__).parents[2] / "sample_configs" / "infrastructure-tools" / "devops.yaml"
HOSTS = ("web-1", "web-2")
PLAY = """\
- hosts: web
  gather_facts: false
  tasks:
    - name: The level of the log
      ansible.builtin.copy: {content: "level: info\\n", dest: "{{ home }}/app.conf", mode: "0644"}
"""
CONFIG = "[defaults]\ninterpreter_python = auto_silent\nretry_files_enabled = false\n"


class House:
    """Two hosts, a repository with a playbook, the sample's pipelines over them."""

    def __init__(self, folder: Path, servers: Mapping[str, SshServer]) -> None:
        self.folder = folder
        self.repo = GitRepo(folder / "code")
        self.repo.commit(
            "Say what hosts are like",
            **{
                "site.yml": PLAY,
                "inventory.ini": _inventory(folder / "hosts", servers),
                "ansible.cfg": CONFIG,
            },
        )
        self.shell = Shell(folder, folder)
        whole = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
        pipelines = {name: whole["pipelines"][name] for name in ("ansible", "drift")}
        for pipeline in pipelines.values():
            pipeline["source"]["git"] = self.repo.url
            pipeline["source"]["poll"] = "1h"
            pipeline.pop("schedule", None)
        (folder / "devops.yaml").write_text(
            yaml.safe_dump({"name": "infrastructure", "pipelines": pipelines})
        )
        self.paths = paths_of(folder / "devops.yaml", self.shell.environ)

    def level(self, host: str) -> Path:
        return self.folder / "hosts" / host / "app.conf"

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = self.shell.run(*words, "--json")
        assert done.objects, done.err
        return done.code, done.objects[-1]

    def ends(self, run_id: str) -> str:
        def state() -> str:
            now = str(self.run("show", run_id)[1]["run"]["state"])
            return now if now in ("ok", "failed", "cancelled", "lost") else ""

        return str(until(state))

    def close(self) -> None:
        store = open_store(self.paths)
        pids = [worker.pid for worker in store.workers()]
        store.close()
        self.shell.run("worker", "--stop")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # our worker has a session of its own


def _inventory(homes: Path, servers: Mapping[str, SshServer]) -> str:
    """Ansible takes a login's home from the system's users, so each host's is named."""
    rows = [
        f"{name} ansible_host=127.0.0.1 ansible_port={server.port} "
        f"ansible_user={getpass.getuser()} ansible_ssh_private_key_file={server.identity} "
        f"ansible_ssh_common_args='-o UserKnownHostsFile={server.known_hosts}' "
        f"home={homes / name} ansible_remote_tmp={homes / name}/tmp"
        for name, server in servers.items()
    ]
    return "\n".join(["[web]", *rows, ""])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    if shutil.which("ansible-playbook") is None:
        pytest.skip("ansible-playbook is not installed")
    with ExitStack() as stack:
        servers = {}
        for name in HOSTS:
            home = tmp_path / "hosts" / name
            home.mkdir(parents=True)
            line = f'SetEnv SHLVL=5 "HOME={home}"'
            servers[name] = stack.enter_context(openssh(tmp_path / "sshd" / name, [line]))
        made = House(tmp_path, servers)
        stack.callback(made.close)
        yield made


def test_a_playbook_is_rehearsed_approved_played_and_watched(house: House) -> None:
    code, view = house.run("run", "ansible", "--wait")
    run_id = str(view["run"]["id"])
    assert (code, view["run"]["state"]) == (0, "asking"), house.shell.run("show", run_id).out
    rehearsal = view["jobs"]["test/rehearse"]["report"]["cases"]
    assert (rehearsal["total"], rehearsal["failed"]) == (2, 0)
    told = house.shell.run("log", f"{run_id}/test/rehearse").out
    assert "+level: info" in told
    assert not any(house.level(host).exists() for host in HOSTS)  # a rehearsal changes nothing

    assert house.shell.run("approve", run_id, "--why", "as it should be").code == 0
    assert house.ends(run_id) == "ok", house.shell.run("show", run_id).out
    assert {house.level(host).read_text() for host in HOSTS} == {"level: info\n"}

    code, view = house.run("run", "drift", "--wait")
    assert (code, view["run"]["state"]) == (0, "ok")
    house.level("web-2").write_text("level: debug\n")
    code, view = house.run("run", "drift", "--wait")
    assert (code, view["run"]["state"]) == (1, "failed")
    report = view["jobs"]["test/drift"]["report"]["cases"]
    assert (report["total"], report["failed"]) == (2, 1)
    failed = report["failures"][0]["id"]
    assert failed.startswith("site.yml:4::[web-2] web: The level of the log")
    assert house.level("web-2").read_text() == "level: debug\n"
