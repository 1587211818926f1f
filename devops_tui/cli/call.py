"""One call of a verb: its words, its output, and the workspace it speaks about."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from devops_tui.bootstrap.paths import WorkspacePaths, find_workspace
from devops_tui.cli.output import Output
from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.errors import CommandLost, NotFound, Refused
from devops_tui.domain.event import Json
from devops_tui.ports.front import Front

T = TypeVar("T")

_LOOK_S = 0.03
_FIRST_READING_S = 20.0


@dataclass
class Call:
    """What a verb is given; the workspace is opened when first asked for."""

    words: argparse.Namespace
    out: Output
    folder: Path = field(default_factory=Path.cwd)

    @cached_property
    def paths(self) -> WorkspacePaths:
        """The workspace that is meant.

        Raises:
            NotFound: There is none.
        """
        named = getattr(self.words, "workspace", None)
        found = find_workspace(named, self.folder)
        if found is None:
            what = f"no workspace {named}" if named else "no workspace here"
            raise NotFound(what, "Try `devops-tui demo`, or make one by `devops-tui init`.")
        return found

    @cached_property
    def front(self) -> Front:
        """The opened workspace."""
        from devops_tui.bootstrap.session import open_session

        return open_session(self.paths)

    @cached_property
    def ready(self) -> Front:
        """The opened workspace after a worker has read its configuration."""
        front = self.front
        if front.overview().workspace is None:
            front.ensure_worker()
            wait_for(lambda: _is_read(front), _FIRST_READING_S)
        overview = front.overview()
        if overview.workspace is None:
            if overview.mistakes:
                raise Refused("the configuration has mistakes", "`devops-tui check` says which.")
            raise Refused(
                "no worker has read the configuration", f"Look into {self.paths.worker_log}."
            )
        return front

    def ask(
        self, verb: Verb, subject: str, why: str, args: dict[str, Json], timeout_s: float
    ) -> Request:
        """Files a wish and waits until the worker has ended it.

        Raises:
            Refused: The worker refused it; nothing was changed.
            CommandLost: No answer in time; the wish stands and may still be done.
        """
        request = self.ready.file(verb, subject, why, args)
        ended = wait_for(lambda: self._ended(request), timeout_s)
        if ended is None:
            raise CommandLost(
                f"no answer from the worker after {timeout_s:.0f} s",
                f"The wish {request.id} stands and may still be done; `devops-tui events` tells.",
            )
        if ended.state is RequestState.REFUSED:
            raise Refused(ended.error, ended.hint)
        return ended

    def _ended(self, request: Request) -> Request | None:
        now = self.front.request(request.id)
        if now.state in (RequestState.DONE, RequestState.REFUSED):
            return now
        self.front.ensure_worker()
        return None


def wait_for(look: Callable[[], T | None], timeout_s: float) -> T | None:
    """Looks again and again until there is something, or None after the time-out."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found is not None or time.monotonic() > deadline:
            return found
        time.sleep(_LOOK_S)


def _is_read(front: Front) -> bool | None:
    overview = front.overview()
    return True if overview.workspace is not None or overview.mistakes else None
