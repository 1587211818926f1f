"""How a job has its turn on many hosts, and when it is tried again."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from devops_tui.config.fields import Duration, Model, Pause, mistake
from devops_tui.config.yaml_events import shown
from devops_tui.domain.backoff import Backoff
from devops_tui.domain.batches import HostCount

_MOST_HOSTS = 100_000


def _host_count(value: object, least: int) -> tuple[int, float]:
    """(hosts, share of them) of `3` or `25%`."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST_HOSTS:
        return value, 0.0
    text = value.removesuffix("%").strip() if isinstance(value, str) else ""
    whole, _, fraction = text.partition(".")
    is_number = whole.isdecimal() and whole.isascii() and (not fraction or fraction.isdecimal())
    if is_number and isinstance(value, str) and value.endswith("%") and len(text) <= 6:
        percent = float(text)
        if 0 < percent <= 100 or (percent == 0 and least == 0):
            return 0, percent / 100.0
    raise mistake(f"bad number of hosts `{shown(value)}`", "write one like 2, or a share like 25%")


BatchSize = Annotated[tuple[int, float], BeforeValidator(lambda value: _host_count(value, 1))]
FailedHosts = Annotated[tuple[int, float], BeforeValidator(lambda value: _host_count(value, 0))]


def host_count(of: tuple[int, float]) -> HostCount:
    """The same for the domain."""
    return HostCount(*of)


class RetriesModel(Model):
    """How often, how soon and after what a job is tried again."""

    times: Annotated[int, Field(ge=0, le=10, examples=[3])]
    wait: Pause = 0.0
    factor: Annotated[float, Field(ge=1, le=10, strict=False)] = 1.0
    max_wait: Duration = 300.0
    on: Annotated[list[Annotated[int, Field(ge=1, le=255)]], Field(min_length=1)] = Field(
        default_factory=list
    )

    def backoff(self) -> Backoff | None:
        """None when it is tried again at once, whatever it was."""
        if not self.wait and not self.on:
            return None
        return Backoff(self.wait, self.factor, self.max_wait, tuple(self.on))


def _as_retries(value: object) -> object:
    return {"times": value} if isinstance(value, int) and not isinstance(value, bool) else value


Retries = Annotated[RetriesModel, BeforeValidator(_as_retries)]
NO_RETRIES = RetriesModel(times=0)
