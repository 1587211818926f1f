"""What every repository of artifacts promises: this machine, a host over real SSH, a bucket."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.bucket import bucket
from support.sshd import openssh

from devops_tui.domain.artifact import BucketPlace
from devops_tui.domain.errors import CommandFailed, HostUnreachable, NotFound
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import Digest, HostName
from devops_tui.ports.runtime import Repository
from devops_tui.stores.cached_repository import CachedRepository
from devops_tui.stores.host_files import HostFiles
from devops_tui.stores.repository import FileRepository
from devops_tui.transports.links import SshLinks

STORE = HostName("store-1")


@dataclass
class Kind:
    """One repository.

    Attributes:
        spoil: Changes the bytes of a file at its place, behind the repository's back.
        forget: Removes what this machine has of it; a repository here has nothing else.
    """

    repository: Repository
    spoil: Callable[[Digest], Awaitable[None]]
    forget: Callable[[Digest], Awaitable[None]]
    is_far: bool


def _overwrite(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"evil")


@asynccontextmanager
async def _disk(folder: Path) -> AsyncIterator[Kind]:
    repository = FileRepository(folder / "artifacts")

    async def spoil(digest: Digest) -> None:
        _overwrite(repository.location(digest))

    async def forget(digest: Digest) -> None:
        return None

    yield Kind(repository, spoil, forget, is_far=False)


@asynccontextmanager
async def _host(folder: Path) -> AsyncIterator[Kind]:
    with openssh(folder / "sshd") as server:
        links = SshLinks({str(STORE): server.host(STORE)})
        there = folder / "srv with 'quotes'"
        here = FileRepository(folder / "artifacts")
        far = HostFiles(links, STORE, str(there))

        async def spoil(digest: Digest) -> None:
            name = digest.removeprefix("sha256:")
            _overwrite(there / name[:2] / name)

        async def forget(digest: Digest) -> None:
            await here.remove(digest)

        yield Kind(CachedRepository(here, far, folder / "artifacts"), spoil, forget, is_far=True)
        await links.close()


@asynccontextmanager
async def _bucket(folder: Path) -> AsyncIterator[Kind]:
    pytest.importorskip("obstore", reason="needs the extra s3")
    from devops_tui.stores.bucket_files import BucketFiles

    with bucket() as held:

        async def resolve(reference: str) -> str:
            return {"env:ID": held.key_id, "env:SECRET": held.secret}[reference]

        here = FileRepository(folder / "artifacts")
        place = BucketPlace(held.name, held.endpoint, "", "shop", "env:ID", "env:SECRET")

        async def spoil(digest: Digest) -> None:
            held.objects[f"shop/{digest.removeprefix('sha256:')}"] = b"evil"

        async def forget(digest: Digest) -> None:
            await here.remove(digest)

        far = BucketFiles(place, resolve)
        yield Kind(CachedRepository(here, far, folder / "artifacts"), spoil, forget, is_far=True)


@pytest.fixture(
    params=[_disk, pytest.param(_host, marks=pytest.mark.real), _bucket],
    ids=["disk", "host", "bucket"],
)
async def kind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kind]:
    async with request.param(tmp_path) as made:
        yield made


def a_file(folder: Path, data: bytes = b"built\n") -> Path:
    path = folder / "source"
    path.write_bytes(data)
    return path


async def test_a_file_comes_back_by_the_digest_of_its_bytes(kind: Kind, tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    digest, size = await kind.repository.store(a_file(tmp_path, data))
    assert digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert size == len(data)
    await kind.forget(digest)
    assert (await kind.repository.path(digest)).read_bytes() == data


async def test_an_empty_file_is_a_file(kind: Kind, tmp_path: Path) -> None:
    digest, size = await kind.repository.store(a_file(tmp_path, b""))
    await kind.forget(digest)
    assert size == 0
    assert (await kind.repository.path(digest)).read_bytes() == b""


async def test_storing_twice_keeps_one(kind: Kind, tmp_path: Path) -> None:
    first = await kind.repository.store(a_file(tmp_path))
    assert await kind.repository.store(a_file(tmp_path)) == first
    assert dict(await kind.repository.sizes()) == {first[0]: 6}


async def test_what_is_removed_is_gone_for_good(kind: Kind, tmp_path: Path) -> None:
    digest, _ = await kind.repository.store(a_file(tmp_path))
    assert await kind.repository.remove(digest) == 6
    assert await kind.repository.remove(digest) == 0
    assert dict(await kind.repository.sizes()) == {}
    with pytest.raises(NotFound):
        await kind.repository.path(digest)
    await kind.repository.store(a_file(tmp_path))
    assert (await kind.repository.path(digest)).read_bytes() == b"built\n"


async def test_bytes_that_changed_are_never_given(kind: Kind, tmp_path: Path) -> None:
    digest, _ = await kind.repository.store(a_file(tmp_path))
    await kind.spoil(digest)
    await kind.forget(digest)
    with pytest.raises(CommandFailed, match="changed"):
        await kind.repository.path(digest)


async def test_a_copy_here_that_changed_is_fetched_anew(kind: Kind, tmp_path: Path) -> None:
    if not kind.is_far:
        pytest.skip("has no copy")
    digest, _ = await kind.repository.store(a_file(tmp_path))
    _overwrite(await kind.repository.path(digest))
    assert (await kind.repository.path(digest)).read_bytes() == b"built\n"


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "", "sha256:../../etc/passwd", "md5:1"])
async def test_what_is_not_there_is_not_found(kind: Kind, digest: str) -> None:
    with pytest.raises(NotFound):
        await kind.repository.path(Digest(digest))


async def test_an_empty_repository_has_nothing(kind: Kind) -> None:
    assert dict(await kind.repository.sizes()) == {}
    assert kind.repository.place


async def test_a_large_file_goes_in_parts_and_lists_have_pages(kind: Kind, tmp_path: Path) -> None:
    data = bytes(range(256)) * 50_000  # 12.8 MB
    digest, size = await kind.repository.store(a_file(tmp_path, data))
    for number in range(4):
        await kind.repository.store(a_file(tmp_path, str(number).encode()))
    sizes = await kind.repository.sizes()
    assert len(sizes) == 5
    assert sizes[digest] == size == len(data)
    await kind.forget(digest)
    assert (await kind.repository.path(digest)).read_bytes() == data


async def test_a_bucket_checks_the_key_and_the_bytes(tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="needs the extra s3")
    from devops_tui.stores.bucket_files import BucketFiles

    with bucket() as held:
        values = {"env:ID": held.key_id, "env:SECRET": "wrong"}

        async def resolve(reference: str) -> str:
            return values[reference]

        place = BucketPlace(held.name, held.endpoint, "", "", "env:ID", "env:SECRET")
        source = a_file(tmp_path)
        name = hashlib.sha256(b"built\n").hexdigest()
        with pytest.raises(CommandFailed, match="refuses the key"):
            await BucketFiles(place, resolve).put(source, name)
        values["env:SECRET"] = held.secret
        await BucketFiles(place, resolve).put(source, name)
        assert held.checksums == 1
        assert held.objects == {name: b"built\n"}


async def test_a_host_that_is_away_is_told_so(tmp_path: Path) -> None:
    links = SshLinks({str(STORE): Host(STORE, address="127.0.0.1", port=1)})
    far = HostFiles(links, STORE, "/srv")
    repository = CachedRepository(FileRepository(tmp_path / "a"), far, tmp_path / "a")
    with pytest.raises(HostUnreachable):
        await repository.store(a_file(tmp_path))
    await links.close()


async def test_a_folder_that_is_not_ours_is_told_so(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    host = HostName("here")
    links = SshLinks({str(host): Host(host, is_local=True)})
    far = HostFiles(links, host, str(blocked))
    repository = CachedRepository(FileRepository(tmp_path / "a"), far, tmp_path / "a")
    with pytest.raises(CommandFailed, match="made no folder"):
        await repository.store(a_file(tmp_path))
    await links.close()
