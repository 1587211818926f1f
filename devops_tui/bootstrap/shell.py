"""Gives the operator's terminal to a shell of a host or of this machine, until it ends."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devops_tui.domain.errors import HostUnreachable
from devops_tui.domain.fleet import Host
from devops_tui.domain.shell import ShellPlan
from devops_tui.domain.workspace import Workspace

if TYPE_CHECKING:
    from devops_tui.transports.ssh_program import Answers

_NO_LINK = 255  # what ssh ends with when there is no connection
_KEEP_S = 60.0
_UNSEEN = frozenset({"DEVOPS_TUI_WORKSPACE"})


def run_shell(plan: ShellPlan, workspace: Workspace) -> int:
    """Opens the shell and waits until it ends; returns its exit code.

    Raises:
        HostUnreachable: There is no link, or no `ssh` program.
        NotFound, ConfigError: A secret that was asked for cannot be looked up.
    """
    values = _resolve(plan.secrets)
    if plan.is_local:
        shell = os.environ.get("SHELL") or "/bin/sh"
        known = {k: v for k, v in os.environ.items() if k not in _UNSEEN}
        with left_to_the_shell():
            done = subprocess.run(
                [shell, "-i"],
                cwd=plan.folder or None,
                env={**known, **plan.environment, **values},
                check=False,
            )
        return done.returncode
    return _over_ssh(plan, workspace, values)


def _over_ssh(plan: ShellPlan, workspace: Workspace, values: Mapping[str, str]) -> int:
    from devops_tui.transports import ssh_program
    from devops_tui.transports.jobctl_words import environment

    host = workspace.host(plan.host)
    at = _answering(host, workspace)
    private = f".cache/devops-tui/shell.{secrets.token_hex(8)}" if values else ""
    script = ssh_program.shell_script(plan.folder, plan.environment, private)
    argv = ssh_program.terminal_argv(host, workspace.hosts, script, at)
    if private:
        keep = ssh_program.quiet_argv(host, workspace.hosts, ssh_program.keep_script(private), at)
        if _run(keep, environment({}, dict(values), "")) != 0:
            raise HostUnreachable(
                f"{plan.host} did not take the secrets", "Nothing was opened; try without them."
            )
    try:
        with left_to_the_shell():
            code = _run(argv)
    finally:
        if private:  # only there when the shell never began
            forget = ssh_program.forget_script(private)
            _run(ssh_program.quiet_argv(host, workspace.hosts, forget, at), b"")
    if code == _NO_LINK:
        raise HostUnreachable(
            f"ssh could not open a shell on {plan.host}, or lost it",
            "What it said stands above; `devops-tui host` says what we see of the host.",
        )
    return code


def _answering(host: Host, workspace: Workspace) -> Answers:
    """Which of several addresses our own links take, to the host and to its jump hosts."""
    from devops_tui.transports.answering import answering
    from devops_tui.transports.limits import LinkLimits

    several: list[Host] = []
    names = {host.name}
    way: Host | None = host
    while way is not None:
        several += [way] if way.other_addresses else []
        way = workspace.hosts.get(way.via) if way.via and way.via not in names else None
        names |= {way.name} if way is not None else set()

    async def ask() -> Answers:
        limits = LinkLimits()
        return {each.name: await answering(each, workspace.hosts, limits) for each in several}

    return asyncio.run(ask()) if several else {}


def _run(argv: list[str], given: bytes | None = None) -> int:
    try:
        return subprocess.run(
            argv, input=given, check=False, timeout=_KEEP_S if given is not None else None
        ).returncode
    except FileNotFoundError as error:
        raise HostUnreachable(
            "there is no ssh program on this machine", "Install OpenSSH's client."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise HostUnreachable(f"{argv[0]} took too long", "Is the host there?") from error


@contextmanager
def left_to_the_shell() -> Iterator[None]:
    """Keys that send signals are for the shell; afterwards the terminal is ours again.

    A handler of ours is forgotten by what we start; an ignored signal would stay ignored.
    """
    kept = {s: signal.signal(s, lambda *_: None) for s in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        _take_terminal_back()
        for number, handler in kept.items():
            signal.signal(number, handler)


def _take_terminal_back() -> None:
    """A shell that was killed leaves the terminal to its own group."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        os.tcsetpgrp(0, os.getpgrp())
    except OSError:
        return  # there is none
    finally:
        signal.signal(signal.SIGTTOU, before)


def _resolve(references: Mapping[str, str]) -> dict[str, str]:
    if not references:
        return {}
    from devops_tui.transports.secrets import ReferencedSecrets

    async def resolve() -> dict[str, str]:
        source = ReferencedSecrets()
        return {name: await source.resolve(text) for name, text in references.items()}

    return asyncio.run(resolve())
