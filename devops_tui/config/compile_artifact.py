"""Artifacts: what jobs fetch, where files are kept, for how long."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from devops_tui.config.compile_fleet import absolute
from devops_tui.config.documents import Files
from devops_tui.config.models_artifact import ArtifactsModel, FetchModel, RetentionModel
from devops_tui.config.report import Report
from devops_tui.domain.artifact import ArtifactPlace, BucketPlace, Fetch, SftpPlace
from devops_tui.domain.retention import Retention

_WITH_PATHS = ("file", "age", "sops")


def compile_fetches(models: Iterable[FetchModel]) -> tuple[Fetch, ...]:
    """What a job fetches, in the order of the file."""
    return tuple(Fetch(model.artifact, model.to, model.from_) for model in models)


def compile_retention(files: Files, report: Report) -> Retention:
    """The limits; those that are not written have their defaults."""
    model = report.check(RetentionModel, files.section("retention"), files.main, ("retention",))
    if model is None:
        return Retention()
    return Retention(
        runs=model.runs,
        age_s=model.age,
        artifacts=model.artifacts.keep,
        artifacts_age_s=model.artifacts.age,
        logs_s=model.logs,
        checkouts_s=model.checkouts,
        events_s=model.events,
    )


def compile_artifacts(files: Files, folder: Path, report: Report) -> ArtifactPlace | None:
    """Where artifacts are kept; None for this machine."""
    data = files.section("artifacts")
    if not data:
        return None
    model = report.check(ArtifactsModel, data, files.main, ("artifacts",))
    if model is None:
        return None
    if model.sftp is not None:
        return SftpPlace(model.sftp.host, model.sftp.folder)
    bucket = model.s3
    assert bucket is not None  # noqa: S101 - the model has one of the two
    return BucketPlace(
        bucket.bucket,
        bucket.endpoint,
        bucket.region,
        bucket.prefix.strip("/"),
        _reference(bucket.key, folder),
        _reference(bucket.secret, folder),
    )


def _reference(text: str, folder: Path) -> str:
    kind, _, rest = text.partition(":")
    return f"{kind}:{absolute(rest, folder)}" if kind in _WITH_PATHS else text
