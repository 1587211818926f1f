"""Where a workspace keeps its artifacts: this machine, a host, a bucket."""

from __future__ import annotations

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.domain.artifact import BucketPlace, SftpPlace
from devops_tui.domain.ids import HostName
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Repository, Secrets
from devops_tui.ports.transport import Links
from devops_tui.stores.bucket_files import BucketFiles
from devops_tui.stores.cached_repository import CachedRepository
from devops_tui.stores.host_files import HostFiles
from devops_tui.stores.repository import FileRepository


def make_repository(
    workspace: Workspace, paths: WorkspacePaths, links: Links, secrets: Secrets
) -> Repository:
    """The repository that the configuration names; nothing is connected before it is needed.

    Raises:
        StoreUnsupported: A bucket without the library for it.
    """
    here = FileRepository(paths.artifacts)
    place = workspace.artifacts
    if place is None:
        return here
    if isinstance(place, SftpPlace):
        far = HostFiles(links, HostName(place.host), place.folder)
        return CachedRepository(here, far, paths.artifacts)
    return CachedRepository(here, BucketFiles(place, secrets.resolve), paths.artifacts)


def tested_with(workspace: Workspace) -> str:
    """What the tests of this workspace's kind of repository speak to, for `info`."""
    if workspace.artifacts is None:
        return "disk"
    return (
        HostFiles.tested_with
        if isinstance(workspace.artifacts, SftpPlace)
        else BucketFiles.tested_with
    )


def place_of(workspace: Workspace) -> str:
    """Where the artifacts are, for `info`; empty for the folder of this machine."""
    place = workspace.artifacts
    if isinstance(place, SftpPlace):
        return f"{place.host}:{place.folder}"
    if isinstance(place, BucketPlace):
        return f"s3://{place.bucket}/{place.prefix}".rstrip("/")
    return ""
