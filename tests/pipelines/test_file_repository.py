"""The repository of artifacts on a real disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from devops_tui.domain.errors import CommandFailed, NotFound
from devops_tui.domain.ids import Digest
from devops_tui.stores.repository import FileRepository


@pytest.fixture
def repository(tmp_path: Path) -> FileRepository:
    return FileRepository(tmp_path / "artifacts")


async def test_a_stored_file_is_found_by_the_digest_of_its_bytes(
    repository: FileRepository, tmp_path: Path
) -> None:
    source = tmp_path / "shop.pyz"
    source.write_bytes(b"x" * 3_000_000)
    digest, size = await repository.store(source)
    assert digest == "sha256:" + hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert size == 3_000_000
    source.write_bytes(b"other")
    assert (await repository.path(digest)).read_bytes() == b"x" * 3_000_000


async def test_storing_twice_keeps_one_file_and_no_rest(
    repository: FileRepository, tmp_path: Path
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"same")
    assert await repository.store(source) == await repository.store(source)
    assert len([p for p in (tmp_path / "artifacts").rglob("*") if p.is_file()]) == 1


async def test_changed_bytes_are_found_and_storing_again_heals(
    repository: FileRepository, tmp_path: Path
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"good")
    digest, _ = await repository.store(source)
    place = await repository.path(digest)
    place.chmod(0o600)
    place.write_bytes(b"evil")
    with pytest.raises(CommandFailed, match="changed on disk"):
        await repository.path(digest)
    await repository.store(source)
    assert (await repository.path(digest)).read_bytes() == b"good"


async def test_an_unreadable_source_leaves_nothing(
    repository: FileRepository, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await repository.store(tmp_path / "missing")
    assert list((tmp_path / "artifacts").iterdir()) == []


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "", "sha256:../../etc/passwd", "md5:1"])
async def test_what_is_not_there_is_not_found(repository: FileRepository, digest: str) -> None:
    with pytest.raises(NotFound):
        await repository.path(Digest(digest))
