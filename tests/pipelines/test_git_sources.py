"""Sources against real git repositories."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.git_repo import GitRepo

from devops_tui.domain.errors import HostUnreachable, NotFound, Refused
from devops_tui.integrations.git import GitSources


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", a="1")
    return repo


@pytest.fixture
def sources(tmp_path: Path) -> GitSources:
    return GitSources(tmp_path / "mirrors", timeout_s=30.0)


def names_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


async def test_head_follows_the_branch(repo: GitRepo, sources: GitSources) -> None:
    first = repo.git("rev-parse", "HEAD")
    assert await sources.head(repo.url, "main") == first
    second = repo.commit("second")
    assert await sources.head(repo.url, "main") == second
    with pytest.raises(NotFound, match="no branch nope"):
        await sources.head(repo.url, "nope")


async def test_checkout_has_the_files_of_that_commit(
    repo: GitRepo, sources: GitSources, tmp_path: Path
) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit("second", a="2", b="new")
    await sources.checkout(repo.url, first, tmp_path / "one")
    await sources.checkout(repo.url, second, tmp_path / "two")
    assert (tmp_path / "one" / "a").read_text() == "1"
    assert not (tmp_path / "one" / "b").exists()
    assert (tmp_path / "two" / "a").read_text() == "2"
    assert names_in(tmp_path) == ["mirrors", "one", "repo", "two"]


async def test_checkout_sees_commits_made_after_the_mirror(
    repo: GitRepo, sources: GitSources, tmp_path: Path
) -> None:
    await sources.checkout(repo.url, repo.git("rev-parse", "HEAD"), tmp_path / "one")
    second = repo.commit("second", a="2")
    await sources.checkout(repo.url, second, tmp_path / "two")
    assert (tmp_path / "two" / "a").read_text() == "2"


async def test_checkout_again_keeps_what_is_there(
    repo: GitRepo, sources: GitSources, tmp_path: Path
) -> None:
    head = repo.git("rev-parse", "HEAD")
    await sources.checkout(repo.url, head, tmp_path / "one")
    (tmp_path / "one" / "made").write_text("by a job")
    await sources.checkout(repo.url, head, tmp_path / "one")
    assert (tmp_path / "one" / "made").read_text() == "by a job"


async def test_checkouts_side_by_side(repo: GitRepo, sources: GitSources, tmp_path: Path) -> None:
    head = repo.git("rev-parse", "HEAD")
    names = [tmp_path / "co" / str(i % 3) for i in range(6)]
    await asyncio.gather(*(sources.checkout(repo.url, head, n) for n in names))
    assert names_in(tmp_path / "co") == ["0", "1", "2"]
    assert all((n / "a").read_text() == "1" for n in names)


async def test_a_missing_commit_leaves_nothing(
    repo: GitRepo, sources: GitSources, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        await sources.checkout(repo.url, "0" * 40, tmp_path / "co" / "one")
    assert not (tmp_path / "co").exists()


async def test_commits_between_two(repo: GitRepo, sources: GitSources) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit("SHOP-12 äöü [@click=app.quit]x[/]")
    third = repo.commit("third")
    found = await sources.commits(repo.url, first, third)
    assert [c[0] for c in found] == [third, second]
    assert [c[2] for c in found] == ["third", "SHOP-12 äöü [@click=app.quit]x[/]"]
    assert found[0][1] == "Jun"
    assert found[0][3].utcoffset() is not None
    assert [c[0] for c in await sources.commits(repo.url, None, third, limit=2)] == [third, second]
    assert await sources.commits(repo.url, third, third) == ()


async def test_a_rewritten_branch_gives_the_newest(repo: GitRepo, sources: GitSources) -> None:
    head = repo.git("rev-parse", "HEAD")
    assert [c[0] for c in await sources.commits(repo.url, "f" * 40, head)] == [head]


@pytest.mark.parametrize(
    "url", ["", "-u", "--upload-pack=touch /tmp/x", "ext::sh -c true", "a\nb", "fd::1"]
)
async def test_a_url_cannot_be_an_option_or_a_command(sources: GitSources, url: str) -> None:
    with pytest.raises(Refused):
        await sources.head(url, "main")


@pytest.mark.parametrize("branch", ["", "-x", "a b", "a..b", "a:b", "*", "a\x00b"])
async def test_a_branch_is_a_branch(repo: GitRepo, sources: GitSources, branch: str) -> None:
    with pytest.raises(Refused):
        await sources.head(repo.url, branch)


@pytest.mark.parametrize("commit", ["HEAD", "-x", "--all", "main", "abc"])
async def test_a_commit_is_an_id(
    repo: GitRepo, sources: GitSources, commit: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        await sources.checkout(repo.url, commit, tmp_path / "one")


async def test_an_unreadable_repository_says_so_without_credentials(
    sources: GitSources, tmp_path: Path
) -> None:
    with pytest.raises(HostUnreachable, match="git"):
        await sources.head(str(tmp_path / "nothing"), "main")
    with pytest.raises(HostUnreachable) as caught:
        await sources.head("https://jun:hunter2@127.0.0.1:1/x", "main")
    assert "hunter2" not in str(caught.value)


async def test_a_hung_server_is_given_up(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until git leaves
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sources = GitSources(tmp_path / "mirrors", timeout_s=0.3)
    with pytest.raises(HostUnreachable, match=r"0\.3 s"):
        await sources.head(f"git://127.0.0.1:{port}/x", "main")
    server.close()


async def test_variables_of_a_hook_do_not_lead_astray(
    repo: GitRepo, sources: GitSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    head = await sources.head(repo.url, "main")
    await sources.checkout(repo.url, head, tmp_path / "one")
    assert (tmp_path / "one" / "a").read_text() == "1"
    assert names_in(tmp_path) == ["mirrors", "one", "repo"]


async def test_the_files_of_commits_are_read_without_the_network(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "code")
    first = repo.commit("one", **{"a.txt": "a", "b c.txt": "b"})
    second = repo.commit("two", **{"a.txt": "more"})
    sources = GitSources(tmp_path / "mirrors")
    assert await sources.changed_files(repo.url, [first]) == {}
    await sources.commits(repo.url, None, second)
    found = await sources.changed_files(repo.url, [second, first, "f" * 40])
    assert found == {second: ("a.txt",), first: ("a.txt", "b c.txt")}
