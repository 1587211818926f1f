"""Channels: ways on which people are told, and of what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from devops_tui.domain.notice import Notice, Severity, Topic


class Desktop(StrEnum):
    """How a terminal is asked to show a notification of the desktop."""

    OFF = "off"
    OSC9 = "osc9"
    OSC777 = "osc777"


class Tls(StrEnum):
    """How mail is protected on its way."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TerminalWay:
    """The terminal of each open screen."""

    has_bell: bool = True
    desktop: Desktop = Desktop.OFF


@dataclass(frozen=True, slots=True)
class WebhookWay:
    """JSON by HTTP POST.

    Attributes:
        url: Literal, or a reference to a secret.
        sign: Reference to the secret that signs what is sent; empty for no signature.
        is_plain_allowed: Whether http:// may leave this machine.
        has_details: Whether the facts are sent beside the text for people.
    """

    url: str
    sign: str = ""
    is_plain_allowed: bool = False
    has_details: bool = True


@dataclass(frozen=True, slots=True)
class EmailWay:
    """Mail by SMTP; `password` is a reference to a secret."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    user: str = ""
    password: str = ""
    tls: Tls = Tls.STARTTLS


@dataclass(frozen=True, slots=True)
class CommandWay:
    """A program of the worker's machine, without a shell; the facts are on its stdin."""

    argv: tuple[str, ...]
    folder: str = ""


Way = TerminalWay | WebhookWay | EmailWay | CommandWay


@dataclass(frozen=True, slots=True)
class Channel:
    """One way, and what goes on it.

    Attributes:
        topics, environments, pipelines: Empty means all.
        severity: What is less bad is not told.
        every_s: The shortest time between two messages; what comes meanwhile is told in one.
        give_up_s: What could not be told for so long is dropped.
    """

    name: str
    way: Way
    topics: tuple[Topic, ...] = ()
    severity: Severity = Severity.WARNING
    environments: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    every_s: float = 5.0
    give_up_s: float = 6 * 3600.0

    def wants(self, notice: Notice) -> bool:
        """Whether the notice goes on this channel.

        A notice of which the environment or the pipeline is not known goes everywhere.
        """
        if notice.severity.rank < self.severity.rank:
            return False
        if self.topics and notice.topic not in self.topics:
            return False
        if notice.topic is Topic.NOTIFY and notice.subject == self.name:
            return False  # it cannot be told on the channel that does not work
        here = not self.environments or not notice.environments
        here = here or any(e in self.environments for e in notice.environments)
        return here and (not self.pipelines or notice.pipeline in ("", *self.pipelines))


@dataclass(frozen=True, slots=True)
class Message:
    """What goes on a channel at once: one notice, or several that came together.

    Attributes:
        key: The same whenever this message is told again.
        notices: Oldest first.
        more: How many further ones are only counted.
    """

    key: str
    workspace: str
    channel: str
    notices: tuple[Notice, ...]
    more: int = 0

    @property
    def severity(self) -> Severity:
        """That of the worst."""
        return max((n.severity for n in self.notices), key=lambda s: s.rank, default=Severity.INFO)

    @property
    def title(self) -> str:
        """One line: the notice, or how many there are and the worst of them."""
        worst = max(self.notices, key=lambda n: n.severity.rank)
        count = len(self.notices) + self.more
        told = worst.title if count == 1 else f"{count} notices, {worst.title}"
        return f"[{self.workspace}] {told}"

    @property
    def lines(self) -> tuple[str, ...]:
        """A line each, and one for those that are only counted."""
        told = tuple(str(notice) for notice in self.notices)
        return (*told, f"and {self.more} more") if self.more else told


DEFAULT_TERMINAL = Channel(
    "terminal", TerminalWay(), topics=(Topic.APPROVAL, Topic.BREAK_GLASS), every_s=2.0
)
"""What a screen does in a workspace that says nothing of terminals: it rings for a person."""


@dataclass(frozen=True, slots=True)
class Notify:
    """All channels of a workspace."""

    channels: tuple[Channel, ...] = field(default=())

    @property
    def terminal(self) -> Channel:
        """What the screens do."""
        found = (c for c in self.channels if isinstance(c.way, TerminalWay))
        return next(found, DEFAULT_TERMINAL)

    @property
    def sent(self) -> tuple[Channel, ...]:
        """Those that the worker tells on."""
        return tuple(c for c in self.channels if not isinstance(c.way, TerminalWay))
