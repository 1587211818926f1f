"""The hook of docs/notify.md, run by a real push to a bare repository."""

from __future__ import annotations

import re
from pathlib import Path

from support.git_repo import GitRepo
from support.waits import until

DOCUMENT = (Path(__file__).parents[2] / "docs" / "notify.md").read_text("utf-8")


def hook() -> str:
    found = re.search(r"```sh\n(.*?)```", DOCUMENT, re.S)
    assert found is not None
    return found.group(1)


def test_a_push_notifies_each_pipeline_without_git_s_variables(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    said = tmp_path / "said"
    program = programs / "devops-tui"
    program.write_text(f'#!/bin/sh\necho "$@ git=$GIT_DIR" >> "{said}"\nexit 4\n')
    program.chmod(0o755)
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first")
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", ".", str(bare))
    script = hook().replace("\nunset", f'\nPATH="{programs}:$PATH"\nunset', 1)
    (bare / "hooks" / "post-receive").write_text(script)
    (bare / "hooks" / "post-receive").chmod(0o755)
    repo.commit("second")
    repo.git("push", "-q", str(bare), "main")
    until(lambda: said.exists() and len(said.read_text().splitlines()) == 2)
    assert sorted(said.read_text().splitlines()) == [
        "notify shop -W /srv/shop git=",
        "notify shop-nightly -W /srv/shop git=",
    ]
