"""Whole files in a bucket that speaks S3; needs the extra `s3`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from devops_tui.domain.artifact import BucketPlace
from devops_tui.domain.errors import CommandFailed, HostUnreachable, NotFound, StoreUnsupported

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

_HEX_DIGITS = 64
_ATTEMPT_S = 60.0
_PATIENCE_S = 20.0

Resolve = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Both empty: what the environment of the process says."""

    key_id: str = ""
    secret: str = ""


class BucketFiles:
    """Implements ports.far_files.FarFiles.

    Objects are named by their digest below the prefix. A PUT is whole or absent, and bears
    the SHA-256 of its bytes, which the server compares. Path-style addresses.

    Args:
        place: The bucket.
        resolve: Gives the value of a secret's reference.

    Cancel: an upload in parts that was begun is left to the bucket's own rules.

    Raises:
        StoreUnsupported: The library is not installed.

    Source: Amazon S3 API reference: PutObject, GetObject, HeadObject, DeleteObject,
        ListObjectsV2, multipart uploads. Tested against a double of it, no provider.
    """

    tested_with = "contract"

    def __init__(self, place: BucketPlace, resolve: Resolve) -> None:
        try:
            import obstore
        except ImportError:
            raise StoreUnsupported(
                "artifacts are kept in a bucket, and the library for it is missing here",
                "Install it: pip install 'devops-tui[s3]'.",
            ) from None
        self._api = obstore
        self._place = place
        self._resolve = resolve
        self._opened: S3Store | None = None

    @property
    def place(self) -> str:
        """Such as "s3://artifacts/shop"."""
        return f"s3://{self._place.bucket}/{self._place.prefix}".rstrip("/")

    async def has(self, name: str) -> bool:
        """Whether the object is there."""
        store = await self._store()
        try:
            with self._told(name):
                await self._api.head_async(store, self._path(name))
        except NotFound:
            return False
        return True

    async def put(self, source: Path, name: str) -> None:
        """Sends a file; the server compares the SHA-256 of what arrived."""
        store = await self._store()
        with self._told(name):
            await self._api.put_async(store, self._path(name), source)
            found = await self._api.head_async(store, self._path(name))
        if found["size"] != await asyncio.to_thread(_size, source):
            await self.remove(name)
            raise CommandFailed(f"{name[:12]} arrived in {self.place} incomplete", 1)

    async def get(self, name: str, target: Path) -> None:
        """Writes the bytes to `target` as they come."""
        store = await self._store()
        with self._told(name):
            answer = await self._api.get_async(store, self._path(name))
            with target.open("wb") as file:
                async for piece in answer.stream():
                    file.write(piece)

    async def remove(self, name: str) -> int:
        """Removes the object and returns its bytes."""
        store = await self._store()
        try:
            with self._told(name):
                found = await self._api.head_async(store, self._path(name))
                await self._api.delete_async(store, self._path(name))
        except NotFound:
            return 0
        return found["size"]

    async def sizes(self) -> Mapping[str, int]:
        """Every object below the prefix that is named like a digest."""
        store = await self._store()
        prefix = f"{self._place.prefix}/" if self._place.prefix else None
        found: dict[str, int] = {}
        with self._told(""):
            async for batch in self._api.list(store, prefix):
                for item in batch:
                    name = item["path"].rpartition("/")[2]
                    if len(name) == _HEX_DIGITS:
                        found[name] = item["size"]
        return found

    async def _store(self) -> S3Store:
        if self._opened is None:
            place = self._place
            keys = _Keys()
            if place.key_id:
                keys = _Keys(await self._resolve(place.key_id), await self._resolve(place.secret))
            self._opened = _open(place, keys)
        return self._opened

    def _path(self, name: str) -> str:
        return f"{self._place.prefix}/{name}".lstrip("/")

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """The library's errors in ours; its messages bear no secret, but long bodies."""
        errors = self._api.exceptions
        try:
            yield
        except (errors.NotFoundError, FileNotFoundError):
            raise NotFound(f"no {name[:12]} in {self.place}", "Build it again.") from None
        except (errors.PermissionDeniedError, errors.UnauthenticatedError):
            raise CommandFailed(
                f"{self.place} refuses the key", 1, "May it read, write, list and delete there?"
            ) from None
        except errors.BaseError as error:
            said = " ".join(str(error).split())[:200]
            raise HostUnreachable(
                f"{self.place} did not answer as it should: {said}", "It is tried again."
            ) from None


def _size(path: Path) -> int:
    return path.stat().st_size


def _open(place: BucketPlace, keys: _Keys) -> S3Store:
    from obstore.store import S3Store

    config: S3Config = {
        "region": place.region or "us-east-1",
        "virtual_hosted_style_request": False,
        "checksum_algorithm": "SHA256",
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if keys.key_id:
        config["access_key_id"] = keys.key_id
        config["secret_access_key"] = keys.secret
    return S3Store(
        place.bucket,
        config=config,
        client_options={
            "allow_http": place.endpoint.startswith("http://"),  # loopback only, see the model
            "timeout": timedelta(seconds=_ATTEMPT_S),
        },
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=_PATIENCE_S)},
    )
