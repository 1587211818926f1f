"""`check` on a team's workspace whose workers each keep their own artifacts."""

from __future__ import annotations

from pathlib import Path

from support.shell import Shell

TEAM = """
name: shop
store: postgresql://ops@127.0.0.1:1/ops
workers:
  ops-1: {labels: [linux]}
  ops-2: {labels: [mac]}
hosts:
  store-1: {address: 127.0.0.1}
pipelines:
  shop:
    source: {git: ./code}
    stages:
      - build: {run: make, artifacts: [dist/shop]}
"""


def test_several_workers_without_a_shared_repository(tmp_path: Path) -> None:
    shell = Shell(tmp_path, tmp_path)
    (tmp_path / "devops.yaml").write_text(TEAM)
    done = shell.run("check")
    assert done.code == 0, done.err
    assert "warning built files of shop stay on the machine of the worker" in done.out
    assert "`artifacts: {sftp:" in done.out
    (caution,) = shell.run("check", "--json").objects[0]["cautions"]
    assert caution["what"].startswith("built files of shop")

    shared = "artifacts: {sftp: {host: store-1, folder: /srv/artifacts}}\n"
    (tmp_path / "devops.yaml").write_text(TEAM + shared)
    done = shell.run("check")
    assert done.code == 0, done.err
    assert "warning" not in done.out
