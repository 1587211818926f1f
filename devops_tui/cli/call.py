"""One call of a verb: its words, its output, and the workspace it speaks about."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from devops_tui.bootstrap.paths import WorkspacePaths, config_home, find_workspace
from devops_tui.cli.diagnostics import write
from devops_tui.cli.errors import NoWorker
from devops_tui.cli.output import Output
from devops_tui.cli.waiting import START_S, Waiting, described
from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.errors import CommandLost, ConfigError, NotFound, Refused, StoreError
from devops_tui.domain.event import Json
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.front import Front

T = TypeVar("T")


@dataclass
class Call:
    """What a verb is given; the workspace is opened when first asked for.

    Attributes:
        folder: Where a workspace is looked for that nobody named.
        start_s: How long a worker may take to come up.
    """

    words: argparse.Namespace
    out: Output
    folder: Path = field(default_factory=Path.cwd)
    start_s: float = START_S

    @cached_property
    def paths(self) -> WorkspacePaths:
        """The workspace that is meant.

        Raises:
            NotFound: There is none.
        """
        named = getattr(self.words, "workspace", None)
        found = find_workspace(named, self.folder)
        if found is not None:
            return found
        named = named or os.environ.get("DEVOPS_TUI_WORKSPACE")
        if named:
            raise NotFound(
                f"no workspace {named}",
                f"Name a folder with a devops.yaml, such a file, or one in {config_home()}.",
            )
        raise NotFound(
            "no workspace here", "Try `devops-tui demo`, or make one by `devops-tui init`."
        )

    @cached_property
    def front(self) -> Front:
        """The opened workspace; its configuration may be unread."""
        from devops_tui.bootstrap.session import open_session

        return open_session(self.paths)

    @cached_property
    def ready(self) -> Front:
        """The opened workspace after a worker has read its configuration.

        Raises:
            ConfigError: It has mistakes, and there is no earlier one without.
            NoWorker: None starts.
        """
        self.waiting().keep_worker()
        overview = self.front.overview()
        if overview.workspace is None:
            read = self.wait(self._is_read, self.start_s, lambda: "the configuration to be read")
            if read is None:
                raise NoWorker(
                    "no worker has read the configuration", f"{self.paths.worker_log} says more."
                )
        elif overview.mistakes:
            write(
                "devops-tui: the configuration has mistakes, the last good one counts; "
                "`devops-tui check` says which"
            )
        return self.front

    @property
    def workspace(self) -> Workspace:
        """What the configuration says, as the worker has read it; raises as `ready`."""
        workspace = self.ready.overview().workspace
        assert workspace is not None  # noqa: S101 - `ready` has seen to it
        return workspace

    def waiting(self, *, keeps_worker: bool = True) -> Waiting:
        """A wait that keeps a worker alive, or one that lets it go."""
        return Waiting(self.front, self.paths, self.start_s, keeps_worker=keeps_worker)

    def wait(
        self, look: Callable[[], T | None], timeout_s: float, what: Callable[[], str]
    ) -> T | None:
        """Waits for something that the worker does; see Waiting.until."""
        return self.waiting().until(look, timeout_s, what)

    def ask(
        self, verb: Verb, subject: str, why: str, args: dict[str, Json], timeout_s: float
    ) -> Request:
        """Files a wish and waits until the worker has ended it.

        Raises:
            Refused: The worker refused it; nothing was changed.
            NoWorker: Nobody has begun with it; the wish stands.
            CommandLost: It was begun, and no answer came in time.
        """
        front = self.ready
        request = front.file(verb, subject, why, args)
        ended = self.wait(
            lambda: self._ended(request),
            timeout_s,
            lambda: f"{self._taker(request)}: {verb} of {subject}",
        )
        if ended is None:
            raise self._unanswered(front.request(request.id), timeout_s)
        if ended.state is RequestState.REFUSED:
            raise Refused(ended.error, ended.hint)
        return ended

    def close(self) -> None:
        """Gives the workspace back, if it was opened; what the verb did stays done."""
        if "front" in self.__dict__:
            with contextlib.suppress(StoreError):  # a full disk must not hide how it ended
                self.front.close()

    def _is_read(self) -> bool | None:
        overview = self.front.overview()
        if overview.workspace is not None:
            return True
        if overview.mistakes:
            from devops_tui.bootstrap.reading import read_workspace

            # what the worker saw last may be corrected on disk by now: then wait for it
            _, mistakes, _ = read_workspace(self.paths)
            if mistakes:
                raise ConfigError(mistakes)
        return None

    def _ended(self, request: Request) -> Request | None:
        now = self.front.request(request.id)
        return now if now.state in (RequestState.DONE, RequestState.REFUSED) else None

    def _taker(self, request: Request) -> str:
        is_taken = self.front.request(request.id).state is RequestState.CLAIMED
        who = described(self.front.overview().worker)
        return who if is_taken else f"{who} to begin"

    def _unanswered(self, request: Request, timeout_s: float) -> NoWorker | CommandLost:
        who = described(self.front.overview().worker)
        later = f"The wish {request.id} stands and may still be done; `devops-tui events` tells."
        if request.state is RequestState.FILED:
            return NoWorker(f"{who} has not begun after {timeout_s:.0f} s", later)
        return CommandLost(f"no answer from {who} after {timeout_s:.0f} s", later)
