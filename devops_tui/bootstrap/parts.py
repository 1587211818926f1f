"""The concrete parts that worker and collector stand on."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.workspace import Workspace
from devops_tui.integrations.remote_write import RemoteWrite
from devops_tui.ports.export import FigureSink
from devops_tui.ports.transport import Links
from devops_tui.services.watch import WatchTools
from devops_tui.transports.known_secrets import SecretsFilter
from devops_tui.transports.limits import FOR_FIGURES
from devops_tui.transports.links import SshLinks
from devops_tui.transports.probe import probe_script
from devops_tui.transports.secrets import ReferencedSecrets
from devops_tui.transports.this_machine import PsutilMachine

log = logging.getLogger(__name__)


def make_links(
    workspace: Workspace, on_command: Callable[[CommandRecord], None] | None = None
) -> SshLinks:
    """The links of a workspace's hosts, opened at first use."""
    return SshLinks(workspace.hosts, on_command=on_command)


def collector_links(workspace: Workspace) -> Links:
    """Links of their own for figures, so that a busy release never delays them."""
    return SshLinks(workspace.hosts, limits=FOR_FIGURES)


def hide_secrets_in_logs() -> None:
    """Takes every secret that this process looks up out of its log, last words included."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(SecretsFilter())
    sys.excepthook = lambda kind, error, trace: log.critical(
        "a defect ends this process", exc_info=(kind, error, trace)
    )
    threading.excepthook = lambda lost: log.error(
        "a defect ends the thread %s",
        lost.thread.name if lost.thread else "?",
        exc_info=(lost.exc_type, lost.exc_value or lost.exc_type(), lost.exc_traceback),
    )


def figure_sink() -> FigureSink:
    """What sends figures to where the configuration wants them."""
    return RemoteWrite(ReferencedSecrets())


def watch_tools() -> WatchTools:
    """What the watches of a fleet share."""
    return WatchTools(
        clock=SystemClock(),
        monotonic=time.monotonic,
        script=probe_script,
        this_machine=PsutilMachine(),
        new_mark=lambda: secrets.token_hex(6),
        asker=f"{socket.gethostname()}:{os.getuid()}",
        secrets=ReferencedSecrets(),
    )
