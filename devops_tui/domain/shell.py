"""A shell where a job runs, or on a host: what it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devops_tui.domain.ids import THIS_MACHINE, HostName


@dataclass(frozen=True, slots=True)
class ShellPlan:
    """Where a shell is opened, and what it finds there.

    Attributes:
        subject: The run, or the host: what the audit names.
        place: "shop-12/test/unit"; empty for a shell on a host that no job is meant by.
        folder: Where it begins; on hosts absolute or "~/...", empty for the home.
        environment: Variables of the job, no secrets.
        secrets: Variable name to reference; empty unless they were asked for.
        environments: Names of the environments that the host belongs to.
        is_protected: One of them asks for a reason.
    """

    subject: str
    host: HostName = THIS_MACHINE
    place: str = ""
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    is_protected: bool = False
    is_local: bool = True
