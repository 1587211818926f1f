"""The part of an operator's session that is about shells where jobs run."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.domain.event import Event
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.shell import ShellPlan
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.shells import Shells


class ShellSession:
    """Implements ports.front_shell.ShellFront; base of Session."""

    _paths: WorkspacePaths
    _actor: str
    _clock: Clock
    _store: Store

    def plan_shell(self, place: str, host: str = "", *, with_secrets: bool = False) -> ShellPlan:
        """Where and with what a shell would be opened."""
        shells = self._shells()
        if not place:
            return shells.on_host(host)
        return shells.of_job(LogPlace.parse(place), host, with_secrets=with_secrets)

    def shell_opened(self, plan: ShellPlan, why: str) -> None:
        """Keeps who opened it and why."""
        self._shells().opened(plan, self._actor, why)

    def shell_closed(self, plan: ShellPlan, exit_code: int) -> None:
        """Keeps that it is over."""
        self._shells().closed(plan, self._actor, exit_code)

    def host_trusted(self, host: str, fingerprint: str, file: str) -> None:
        """Keeps who said yes to the key of a host."""
        data = {"fingerprint": fingerprint, "file": file}
        now = self._clock.now()
        self._store.append(Event("host.trusted", host, now, self._actor, "", data))

    def trust_words(self, host: str, fingerprint: str = "") -> Sequence[str]:
        """The verb that shows the key, or trusts exactly this one."""
        how = ["--fingerprint", fingerprint] if fingerprint else ["--show"]
        place = ["--json", "--workspace", str(self._paths.config)]
        return [sys.executable, "-m", "devops_tui", "trust", host, *how, *place]

    def shell_words(self, plan: ShellPlan, why: str) -> Sequence[str]:
        """The verb that opens it; the screen has looked whether the environment is armed."""
        place = [plan.place] if plan.place else []
        words = [*place, "--host", plan.host, "--armed", "--workspace", str(self._paths.config)]
        if why:
            words.append(f"--why={why}")
        return [sys.executable, "-m", "devops_tui", "shell", *words]

    def _shells(self) -> Shells:
        return Shells(self._store, self._clock, self._workspace(), self._paths.checkouts)

    def _workspace(self) -> Workspace:
        raise AssertionError("the session has its own")
