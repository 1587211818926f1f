"""The models of artifacts: what jobs fetch, where files are kept, for how long."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import (
    AbsolutePath,
    Duration,
    HostName,
    Model,
    SecretReference,
    Text,
    mistake,
    reference,
)

_LOCAL_HTTP = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def _check_target(text: str) -> str:
    if text.startswith(("/", "-")) or ".." in text.split("/"):
        raise mistake("fetched files lie below the checkout", "write a path like dist/")
    return text


def _check_artifact(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/") or any(c in text for c in "*?["):
        raise mistake("an artifact is named by its name or its file name", "write it like shop.pyz")
    return text


def _check_endpoint(text: str) -> str:
    if not text.startswith(("https://", *_LOCAL_HTTP)):
        raise mistake("no URL that begins with https://", "write it like https://s3.example.com")
    if "@" in text:
        raise mistake("the URL holds a password: a literal secret", "use `key` and `secret`")
    return text.rstrip("/")


PipelineName = Annotated[str, reference("pipeline")]


class FetchModel(Model):
    """A file that is put into the checkout before the job begins."""

    artifact: Annotated[Text, AfterValidator(_check_artifact)] = Field(examples=["shop.pyz"])
    to: Annotated[Text, AfterValidator(_check_target)] = ""
    from_: PipelineName = Field("", alias="from")


def _as_fetch(value: object) -> object:
    return {"artifact": value} if isinstance(value, str) else value


Fetches = list[Annotated[FetchModel, BeforeValidator(_as_fetch)]]


class KeptArtifactsModel(Model):
    """How many artifacts of a name are kept, and how long."""

    keep: Annotated[int, Field(ge=1, le=100_000)] = 20
    age: Duration = 90 * 86400.0


class RetentionModel(Model):
    """How long what runs leave behind is kept."""

    runs: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    age: Duration = 90 * 86400.0
    artifacts: KeptArtifactsModel = KeptArtifactsModel()
    logs: Duration = 30 * 86400.0
    checkouts: Duration = 2 * 86400.0
    events: Duration = 365 * 86400.0


class SftpModel(Model):
    """A folder on a host of the workspace."""

    host: HostName = Field(examples=["store-1"])
    folder: AbsolutePath = Field(examples=["/srv/artifacts"])


class BucketModel(Model):
    """A bucket that speaks S3."""

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] = Field(
        examples=["artifacts"]
    )
    endpoint: Annotated[Text, AfterValidator(_check_endpoint)] = ""
    region: Text = ""
    prefix: Annotated[Text, AfterValidator(_check_target)] = ""
    key: SecretReference = ""
    secret: SecretReference = ""

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if bool(self.key) != bool(self.secret):
            raise mistake("`key` and `secret` go together", "write both, or none of them")
        return self


class ArtifactsModel(Model):
    """Where artifacts are kept: one key, which names the kind."""

    sftp: SftpModel | None = None
    s3: BucketModel | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.sftp is None) == (self.s3 is None):
            raise mistake(
                "one place for artifacts is needed",
                "write `sftp:` or `s3:`, or leave `artifacts:` out: this machine then",
            )
        return self
