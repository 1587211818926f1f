"""What becomes of built files: who fetches them, who holds them, what was released where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.ids import Digest, JobId, RunId, ServiceName


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file that a job wants in its folder before it begins.

    Attributes:
        artifact: Its name, or its file name where only one artifact has that.
        to: Where below the checkout: a folder when it ends with "/", else the file itself;
            empty means where it lay when it was built.
        pipeline: The pipeline that builds it; empty means an earlier stage of the same run.
    """

    artifact: str
    to: str = ""
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class JobInput:
    """A file that a job was given, after its bytes were compared with the digest.

    Attributes:
        run_id: The run whose artifact it was.
        path: Where it was put, below the checkout or on the hosts.
        pipeline: As the fetch had it; empty for one of the same run.
    """

    name: str
    digest: Digest
    run_id: RunId
    path: str = ""
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class PlannedArtifact:
    """A file that a plan names by its digest: promoted, and never built again."""

    name: str
    digest: Digest
    run_id: RunId


@dataclass(frozen=True, slots=True)
class Holding:
    """What is decided of a file, whichever runs built it; kept beside the file itself.

    Attributes:
        pinned_at: Since when retention leaves it alone; None when it is not pinned.
        pruned_at: When retention removed the file; None while it is there. A later build of
            the same bytes puts it there again.
        pruned_why: By which limit.
    """

    digest: Digest
    pinned_at: datetime | None = None
    pinned_by: str = ""
    pin_why: str = ""
    pruned_at: datetime | None = None
    pruned_why: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A digest that a run brought to an environment.

    Attributes:
        is_well: It was given traffic, its watch held, and nobody took it back.
        why_not: Why it is not well, in one line; empty when it is.
    """

    digest: Digest
    environment: str
    service: ServiceName
    run_id: RunId
    job_id: JobId
    at: datetime
    is_well: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One place where a digest is now.

    Attributes:
        version: As the service says it.
        is_live: The colour that serves, not the one that waits.
    """

    environment: str
    service: ServiceName
    colour: str
    hosts: tuple[str, ...]
    digest: Digest
    version: str = ""
    is_live: bool = False
    releases: tuple[Release, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """A folder on a host that keeps artifacts; reached over its SSH link."""

    host: str
    folder: str


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A bucket that speaks S3.

    Attributes:
        endpoint: Base URL; empty means Amazon's own for the region.
        key_id, secret: References to secrets, as jobs have them; empty means what the
            environment of the worker says.
    """

    bucket: str
    endpoint: str = ""
    region: str = ""
    prefix: str = ""
    key_id: str = ""
    secret: str = ""


ArtifactPlace = SftpPlace | BucketPlace


def facts_of(item: JobInput) -> Mapping[str, str]:
    """An input for events and evidence."""
    return {"name": item.name, "digest": item.digest, "run": item.run_id, "path": item.path}
