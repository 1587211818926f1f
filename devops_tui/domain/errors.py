"""Everything that can go wrong and that an operator may meet.

DevopsError
 |- ConfigError             mistakes in files, each with file:line:column
 |- NotFound                no such run, card, host, service
 |- Refused                 a rule says no; `hint` says who or what could change that
 |   |- LimitReached        a WIP limit
 |   |- RevisionConflict    somebody else was first
 |   |- NotAllowed          the role is missing
 |   |- WrongParameter      a pipeline's parameter does not take this value
 |   |- SwitchRefused       a traffic switch said no, or another flip was first
 |   '- LeaseLost           another worker holds the fence
 |- HostError               a host could not be used
 |   |- HostUnreachable     no link (a retry can help)
 |   |- HostKeyUnknown      never seen before; trust it by an explicit act
 |   |- HostKeyChanged      a wall
 |   |- HostKeyRevoked      a wall
 |   |- LoginRefused        reached, but not let in
 |   '- NoAnswer            a server there did not answer, or not in HTTP (a retry can help)
 |- CommandError            a command did not end well
 |   |- CommandFailed       it ran and its exit code was not 0
 |   |- CommandTimedOut     it was ended because its time was over
 |   '- CommandLost         nobody knows how it ended
 |- BadReport               a file of a test or load tool is not what it should be
 |- NotTold                 a notice could not be told (a retry can help)
 '- StoreError              the store could not be used
     |- StoreLocked         another process holds it (a retry can help)
     |- StoreUnreachable    no link to a team's store; nothing was stored (a retry can help)
     |- StoreUncertain      the link broke in the very moment of storing: ask, never repeat blindly
     |- StoreFull           no room on the disk
     '- StoreUnsupported    a network file system, a newer schema
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class DevopsError(Exception):
    """Root of the tree.

    Attributes:
        title: What happened, in one line.
        hint: What the operator can do next; empty when there is nothing to do.
        is_retryable: Whether the same act may succeed later without a change.
    """

    is_retryable = False

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title}. {self.hint}" if self.hint else self.title


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a configuration file; line and column count from 1."""

    file: str
    line: int
    column: int
    what: str
    todo: str = ""

    def __str__(self) -> str:
        todo = f"; {self.todo}" if self.todo else ""
        return f"{self.file}:{self.line}:{self.column}: {self.what}{todo}"


class ConfigError(DevopsError):
    """All mistakes of a workspace at once, in the order of the file."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        count = len(self.mistakes)
        noun = "mistake" if count == 1 else "mistakes"
        super().__init__(f"{count} {noun} in the configuration", "Correct the lines named.")


class NotFound(DevopsError):
    """There is no object of that name."""


class Refused(DevopsError):
    """A rule of the house says no."""


class LimitReached(Refused):
    """The column is full."""


class RevisionConflict(Refused):
    """The object changed since the operator looked at it."""


class NotAllowed(Refused):
    """The actor does not have the role."""


class WrongParameter(Refused):
    """A run was asked for with a value that a parameter of its pipeline does not take."""


class SwitchRefused(Refused):
    """The traffic switch did not take the change."""


class LeaseLost(Refused):
    """Another holder took the lease; this one must stop acting."""


class HostError(DevopsError):
    """A host could not be used."""


class HostUnreachable(HostError):
    """No link to the host."""

    is_retryable = True


class HostKeyUnknown(HostError):
    """The host's key is in no known_hosts file."""


class HostKeyChanged(HostError):
    """The host shows another key than the one on record."""


class HostKeyRevoked(HostError):
    """The host shows a key that is marked as revoked."""


class LoginRefused(HostError):
    """The host was reached and did not let us in."""


class NoAnswer(HostError):
    """A server did not answer a request, or not as its protocol says."""

    is_retryable = True


class CommandError(DevopsError):
    """A command did not end well."""


class CommandFailed(CommandError):
    """A command ended with an exit code other than 0."""

    def __init__(self, title: str, exit_code: int, hint: str = "") -> None:
        super().__init__(title, hint)
        self.exit_code = exit_code


class CommandTimedOut(CommandError):
    """A command was ended because its time was over."""

    is_retryable = True


class CommandLost(CommandError):
    """Nobody knows how a command ended: it may or may not have done its work."""


class BadReport(DevopsError):
    """A file of a test or load tool is not what it should be; says `file:line: what`."""

    def __init__(self, file: str, line: int, what: str, hint: str = "") -> None:
        super().__init__(f"{file}:{line}: {what}", hint)
        self.line = line


class NotTold(DevopsError):
    """A notice could not be told; whether the other side got it may be unknown.

    Attributes:
        retry_after_s: How long the other side asks to be left alone; None when it does not say.
    """

    is_retryable = True

    def __init__(self, title: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(title, hint)
        self.retry_after_s = retry_after_s


class ToolSilent(DevopsError):
    """A connected tool did not answer, or not as a tool of its kind does: nothing is known."""

    is_retryable = True


class ToolRefused(ToolSilent):
    """A connected tool answered with a status that is no success.

    Attributes:
        status: Of HTTP: 403 where the login may not, 404 where there is no such place.
    """

    def __init__(self, title: str, hint: str, status: int) -> None:
        super().__init__(title, hint)
        self.status = status


class StoreError(DevopsError):
    """The store could not be used."""

    @property
    def is_passing(self) -> bool:
        """Whether it is over by itself some time: whoever can wait and look again, should."""
        return self.is_retryable or isinstance(self, StoreUncertain)


class StoreLocked(StoreError):
    """Another process holds the store."""

    is_retryable = True


class StoreUnreachable(StoreError):
    """There is no link to a team's store, or it broke before anything was stored."""

    is_retryable = True


class StoreUncertain(StoreError):
    """The link broke while a change was being made durable: it may be stored or not.

    Attributes:
        was_stored: Asks the store, over a new link, what became of the change. Raises
            StoreUnreachable or StoreLocked while that cannot be known yet.
    """

    def __init__(self, title: str, hint: str, was_stored: Callable[[], bool]) -> None:
        super().__init__(title, hint)
        self.was_stored = was_stored


class StoreFull(StoreError):
    """The disk of the store is full."""

    is_retryable = True


class StoreUnsupported(StoreError):
    """The store lies where it cannot be safe, or is of a newer version."""
