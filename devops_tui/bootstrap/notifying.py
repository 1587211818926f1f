"""The channels of a workspace, each with its sender."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.ids import WorkerId
from devops_tui.domain.notice import Notice, Severity, Topic
from devops_tui.domain.notify import (
    Channel,
    CommandWay,
    EmailWay,
    Message,
    TerminalWay,
    WebhookWay,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.notify import Sender
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.ports.store import Store
from devops_tui.services.escalation import Escalation
from devops_tui.services.notify.delivery import Delivery
from devops_tui.services.notify.masked import MaskedSender
from devops_tui.transports.known_secrets import KNOWN


def sender_of(channel: Channel, secrets: Secrets, clock: Clock) -> Sender:
    """What tells on a channel, and never a secret that this process has looked up.

    Raises:
        Refused: It is that of the screens, which ring by themselves.
    """
    return MaskedSender(_plain_sender_of(channel, secrets, clock), KNOWN.mask)


def _plain_sender_of(channel: Channel, secrets: Secrets, clock: Clock) -> Sender:
    """Loads the code of a way only where there is one of its kind."""
    way = channel.way
    if isinstance(way, WebhookWay):
        from devops_tui.integrations.notify.webhook import WebhookSender

        return WebhookSender(way, secrets, clock)
    if isinstance(way, EmailWay):
        from devops_tui.integrations.notify.email import EmailSender

        return EmailSender(way, secrets, clock)
    if isinstance(way, CommandWay):
        from devops_tui.integrations.notify.command import CommandSender

        return CommandSender(way)
    raise Refused(f"{channel.name} is told by the screens alone", "Open one: it rings.")


def deliveries(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    worker_id: WorkerId,
    secrets: Secrets,
    changed: Callable[[], Awaitable[None]],
) -> Sequence[Callable[[], Awaitable[None]]]:
    """One watch for each channel that the worker tells on, and that of the rota."""
    watches = [
        Delivery(
            store, clock, workspace, channel, sender_of(channel, secrets, clock), worker_id, changed
        ).watch
        for channel in workspace.notify.sent
    ]
    if workspace.oncall is not None and workspace.oncall.steps:
        watches.append(Escalation(store, clock, workspace.oncall, changed, workspace).watch)
    return watches


async def send_test(
    workspace: Workspace, name: str, actor: str, secrets: Secrets, clock: Clock
) -> None:
    """Tells one message on a channel, at once.

    Raises:
        NotFound: There is no such channel.
        Refused: The worker does not tell on it.
        NotTold: The other side did not take it.
    """
    channel = next((c for c in workspace.notify.channels if c.name == name), None)
    if channel is None:
        known = ", ".join(c.name for c in workspace.notify.channels)
        raise NotFound(f"no channel {name}", f"There are: {known}." if known else "Add `notify:`.")
    if isinstance(channel.way, TerminalWay):
        raise Refused(f"{name} is told by the screens alone", "Open one: it rings.")
    now = clock.now()
    test = Notice(
        0, "notify.test", Topic.NOTIFY, Severity.INFO, name, f"a test of {name}", "", actor, now
    )
    key = f"{workspace.name}/{name}/test-{now.timestamp():.6f}"
    await sender_of(channel, secrets, clock).send(Message(key, workspace.name, name, (test,)))
