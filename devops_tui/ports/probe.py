"""Where figures of hosts come from."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.file_system import FileSystem
from devops_tui.domain.fleet import Scope
from devops_tui.domain.metric import Counters


class ProbeScript(Protocol):
    """Gives the text of the script that reads a host's figures."""

    def __call__(self, scope: Scope, mark: str) -> str:
        """POSIX sh for Transport.session; frames and records as domain/probe_record says.

        `mark` is 6 to 32 random lower-case hex digits, new for each session.
        """
        ...


class ThisMachine(Protocol):
    """Figures of the machine that we run on, without SSH."""

    def counters(self) -> Counters:
        """What its kernel counts now; a millisecond or two. Raises OSError."""
        ...

    def fullest(self) -> FileSystem | None:
        """The fullest local file system; raises OSError.

        May block on a sick disk: not for an event loop.
        """
        ...
