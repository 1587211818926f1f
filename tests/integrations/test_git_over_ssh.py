"""A source over SSH, through a real sshd: its refs, its commits, a checkout."""

from __future__ import annotations

import getpass
import shlex
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.sshd import SSHD, openssh

from devops_tui.domain.errors import HostUnreachable
from devops_tui.integrations.git import GitSources

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SSHD.exists(), reason="no OpenSSH server here"),
]


async def test_a_repository_over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", a="1")
    head = repo.git("rev-parse", "HEAD")
    repo.git("tag", "-a", "v1", "-m", "annotated")
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", ".", str(bare))
    sources = GitSources(tmp_path / "mirrors", timeout_s=30.0)
    (tmp_path / "server").mkdir()
    with openssh(tmp_path / "server") as server:
        words = ["ssh", "-F", "/dev/null", "-i", str(server.identity), "-o", "BatchMode=yes"]
        words += ["-o", f"UserKnownHostsFile={server.known_hosts}"]
        monkeypatch.setenv("GIT_SSH_COMMAND", shlex.join(words))
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}{bare}"
        refs = await sources.refs(url, ("refs/heads/", "refs/tags/"))
        assert refs == {"refs/heads/main": head, "refs/tags/v1": head}
        await sources.checkout(url, head, tmp_path / "out")
        assert (tmp_path / "out" / "a").read_text() == "1"
    with pytest.raises(HostUnreachable, match=r"^git: "):
        await sources.refs(url, ("refs/heads/main",))


async def test_the_least_is_asked_for(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    head = repo.commit("first")
    repo.git("branch", "next")
    repo.git("tag", "v1")
    sources = GitSources(tmp_path / "mirrors", timeout_s=30.0)
    main, following, tag = "refs/heads/main", "refs/heads/next", "refs/tags/v1"
    assert await sources.refs(repo.url, (main,)) == {main: head}
    assert await sources.refs(repo.url, (main, "refs/tags/")) == {main: head, tag: head}
    assert await sources.refs(repo.url, ("refs/heads/",)) == {main: head, following: head}
    assert await sources.refs(repo.url, ("refs/heads/none",)) == {}


async def test_a_descendant_and_the_newest(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    first = repo.commit("first")
    second = repo.commit("second")
    sources = GitSources(tmp_path / "mirrors", timeout_s=30.0)
    assert await sources.is_ancestor(repo.url, first, second)
    assert not await sources.is_ancestor(repo.url, second, first)
    assert not await sources.is_ancestor(repo.url, "f" * 40, second)
    repo.git("checkout", "-q", "-b", "other", first)
    third = repo.commit("third")
    found = await sources.newest(repo.url, [first, third])
    assert found == third
