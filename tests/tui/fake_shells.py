"""The part of the double that is about shells."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.ids import HostName
from devops_tui.domain.shell import ShellPlan


class FakeShells:
    """Plans a shell for anything; opens a program that says so."""

    shell_plan = ShellPlan("shop-412", HostName("web-07"), "shop-412/test/unit", is_local=False)
    no_shell: DevopsError | None = None
    trust_program = ""
    shell_program = "print('INSIDE THE SHELL')"

    def plan_shell(self, place: str, host: str = "", *, with_secrets: bool = False) -> ShellPlan:
        if self.no_shell is not None:
            raise self.no_shell
        return self.shell_plan

    def shell_opened(self, plan: ShellPlan, why: str) -> None: ...

    def shell_closed(self, plan: ShellPlan, exit_code: int) -> None: ...

    def host_trusted(self, host: str, fingerprint: str, file: str) -> None: ...

    def trust_words(self, host: str, fingerprint: str = "") -> Sequence[str]:
        return [sys.executable, "-c", self.trust_program, host, fingerprint]

    def shell_words(self, plan: ShellPlan, why: str) -> Sequence[str]:
        return [sys.executable, "-c", self.shell_program, why]
