"""What a screen or a command may ask about shells where jobs run; part of ports.front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devops_tui.domain.shell import ShellPlan


class ShellFront(Protocol):
    """Shells of one operator; every opened one is audited, what is typed in it is not."""

    def plan_shell(self, place: str, host: str = "", *, with_secrets: bool = False) -> ShellPlan:
        """Where and with what a shell would be opened; opens nothing.

        Args:
            place: "shop-12/test/unit"; empty for a shell in the home of `host`.
            host: Which one, where the job runs on several.
            with_secrets: The job's secrets too.

        Raises:
            NotFound: There is no such run, job or host.
            Refused: Several hosts and none named, or the job's folder is gone.
        """
        ...

    def shell_opened(self, plan: ShellPlan, why: str) -> None:
        """Keeps who opened it and why; call it first.

        Raises:
            Refused: A reason is needed and there is none.
        """
        ...

    def shell_closed(self, plan: ShellPlan, exit_code: int) -> None:
        """Keeps that it is over."""
        ...

    def host_trusted(self, host: str, fingerprint: str, file: str) -> None:
        """Keeps who said yes to the key of a host, and where it was written."""
        ...

    def trust_words(self, host: str, fingerprint: str = "") -> Sequence[str]:
        """The command that asks a host for its key as JSON; with a fingerprint it trusts it."""
        ...

    def shell_words(self, plan: ShellPlan, why: str) -> Sequence[str]:
        """The command that opens it, for a screen that steps aside meanwhile."""
        ...
