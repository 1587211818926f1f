"""Detached commands on one host: they survive the link, the worker and its terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext

from devops_tui.domain.errors import (
    CommandFailed,
    CommandLost,
    DevopsError,
    HostError,
    HostUnreachable,
)
from devops_tui.ports.transport import Completed, Silence, TaskStatus, Transport
from devops_tui.transports import jobctl_words as words
from devops_tui.transports.jobctl_console import Console
from devops_tui.transports.masker import Masker
from devops_tui.transports.piece_size import PieceSize
from devops_tui.transports.recorded import RecordedTransport, first_line

DEFAULT_SPOOL = "~/.cache/devops-tui/spool"
_SELDOM_S = 8.0
_LAST_WORDS_S = 6.0
_LOOK_S = 0.1
_INCOMPLETE, _MISSING_PROGRAM, _STILL_RUNS = 65, 69, 75


class JobctlRunner:
    """Starts, follows and stops commands through a small shell program on the host.

    Needs: Linux with POSIX sh and setsid there; nothing is installed but that program.
    Cancel: the command goes on; follow or stop it later by its id.

    Args:
        transport: The link to the host.
        spool: Folder on the host for the commands' output; "~/" is the login's home.
        patience_s: How long a lost link is looked for before it is an error.
        quickest_s, slowest_s: Pauses between looks at a command that says nothing.
    """

    def __init__(
        self,
        transport: Transport,
        spool: str = DEFAULT_SPOOL,
        *,
        patience_s: float = 60.0,
        quickest_s: float = 0.05,
        slowest_s: float = 0.5,
    ) -> None:
        self._transport = transport
        self._spool = spool
        self._patience_s = patience_s
        self._quickest_s = quickest_s
        self._slowest_s = slowest_s
        self._retry_at = 0.0
        # Looks are frequent and change nothing: they are not told to the command log.
        self._book = transport if isinstance(transport, RecordedTransport) else None
        silent = transport.inner if isinstance(transport, RecordedTransport) else transport
        self._console = Console(silent, spool)

    @property
    def spool(self) -> str:
        """The folder on the host."""
        return self._spool

    async def start(
        self,
        task_id: str,
        script: str,
        *,
        env: dict[str, str],
        secrets: dict[str, str],
        folder: str,
    ) -> TaskStatus:
        """Starts once: the same id never starts twice, a repeat returns where it stands.

        A broken link is looked for again, as asking twice does no harm.

        Args:
            task_id: Any text; the host sees a safe name made from it.
            script: POSIX sh.
            env: Variables of the command.
            secrets: More of them; on the host they lie for a moment in a file that only
                the login may read, and that is gone before the command begins.
            folder: Where it runs, made if missing; empty is the home.

        Raises:
            HostUnreachable: No link within the patience; whether it started is unknown.
            HostError: The host lacks setsid or /proc, or a wall (see the transport).
            CommandFailed: The spool cannot be written; nothing was started.
            ValueError: A name is no variable's, or a value holds a NUL.
        """
        if "\0" in script:
            raise ValueError("a shell script cannot hold a NUL byte")
        before = words.environment(env, secrets, folder)
        body = script.encode("utf-8", "surrogateescape")
        shown = Masker(secrets.values()).mask(first_line(script))
        verb = f"start {words.spool_name(task_id)} {len(before)} {len(body)}"
        completed = await self._tell(f"# {task_id!a}: {shown!a}", verb, before + body)
        return self._status_of(completed)

    async def status(self, task_id: str) -> TaskStatus:
        """Where it stands; "none" for an id that was never started here."""
        status, _ = await self._console.ask(words.spool_name(task_id), 0, 0)
        return status

    async def follow(self, task_id: str, offset: int) -> AsyncIterator[bytes]:
        """The output from a byte offset until the command ended and all was given.

        Also ends for a command that is lost or was never started: ask for its status.

        Raises:
            HostUnreachable: The link stayed away for longer than the patience.
        """
        name = words.spool_name(task_id)
        pause_s = self._quickest_s
        piece = PieceSize()
        lost_at: float | None = None
        again_s = self._slowest_s
        while True:
            try:
                asked_at = time.monotonic()
                status, data = await self._console.ask(name, offset, piece.bytes)
            except HostUnreachable:
                now = time.monotonic()
                lost_at = now if lost_at is None else lost_at
                if now - lost_at >= self._patience_s:
                    raise
                self._retry_at = now + again_s
                await asyncio.sleep(again_s)
                again_s = min(again_s * 2, max(self._slowest_s, _SELDOM_S))
                continue
            lost_at, again_s = None, self._slowest_s
            if data:
                piece.came(len(data), time.monotonic() - asked_at)
                offset += len(data)
                pause_s = self._quickest_s
                yield data
            elif status.state != "running":
                return
            if offset >= status.size_bytes and status.state == "running":
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, self._slowest_s)

    def silence(self) -> Silence | None:
        """Whether the host owes an answer; a lost link that is looked for counts as well."""
        silent_s = self._console.silent_s
        if silent_s is None:
            return None
        return Silence(silent_s, max(0.0, self._retry_at - time.monotonic()))

    async def stop(self, task_id: str, grace_s: float = 5.0) -> TaskStatus:
        """TERM to the whole process group, KILL after the grace; nothing for an ended one.

        Told over the session that followers share: it is open while anybody follows, and
        costs no login. Only where that does not answer, a command of its own is sent.

        Raises:
            HostUnreachable: No link within the patience; whether it was stopped is unknown.
        """
        grace = max(1, round(grace_s)) if grace_s > 0 else 0
        try:
            return await self._stop_in_session(task_id, grace)
        except DevopsError:
            pass  # the other way says what is wrong, and may well get through
        verb = f"stop {words.spool_name(task_id)} {grace}"
        # Besides the grace it waits up to 5 s for the verdict, and once for the command.
        completed = await self._tell(f"# stop {task_id!a}", verb, b"", grace * 2 + 30.0)
        return self._status_of(completed)

    async def _stop_in_session(self, task_id: str, grace_s: int) -> TaskStatus:
        name = words.spool_name(task_id)
        with self._book.report(f"# stop {task_id!a}") if self._book else nullcontext() as report:
            status = await self._console.stop(name, grace_s)
            ends = time.monotonic() + grace_s + _LAST_WORDS_S
            while status.state == "running" and time.monotonic() < ends:
                await asyncio.sleep(_LOOK_S)
                status, _ = await self._console.ask(name, 0, 0)
            if report is not None:
                report.exit_code = 0
            return status

    async def clean(self, task_id: str) -> None:
        """Removes the spool of an ended command; nothing when there is none.

        Raises:
            CommandFailed: It still runs.
        """
        completed = await self._tell(
            f"# clean {task_id!a}", f"clean {words.spool_name(task_id)}", b""
        )
        if completed.exit_code == _STILL_RUNS:
            raise CommandFailed(f"{task_id} still runs", _STILL_RUNS, "Stop it first.")
        self._status_of(completed)

    async def tasks(self) -> Sequence[str]:
        """Ids of the commands that have a spool, as the host shows them.

        Raises:
            HostUnreachable: No link.
        """
        script = f'# list the spool\n{words.preamble(self._spool)}cd "$spool" && ls\n'
        completed = await self._transport.run(script, timeout_s=60.0)
        if completed.exit_code is None:
            raise HostUnreachable(f"the link to {self._transport.host} broke", "Ask again.")
        names = completed.stdout.decode("utf-8", "surrogateescape").splitlines()
        return names[:-1] if completed.is_cut else names  # the last one may be half a name

    def close(self) -> None:
        """Ends the session that followers share; commands go on."""
        self._console.close()

    async def _tell(
        self, shown: str, verb: str, stdin: bytes, timeout_s: float = 60.0
    ) -> Completed:
        """Runs one verb; all of them may be repeated, so a broken link is tried again."""
        script = f'{shown}\n{words.preamble(self._spool)}exec sh "$jobctl" {verb}'
        began = time.monotonic()
        while True:
            try:
                completed = await self._transport.run(script, stdin=stdin, timeout_s=timeout_s)
            except HostUnreachable:
                if time.monotonic() - began >= self._patience_s:
                    raise
            else:
                if completed.exit_code not in {None, _INCOMPLETE}:
                    return completed
                if time.monotonic() - began >= self._patience_s:
                    raise HostUnreachable(
                        f"the link to {self._transport.host} broke during `jobctl {verb}`",
                        "Whether it was done is unknown; asking again does no harm.",
                    )
            await asyncio.sleep(self._slowest_s)

    def _status_of(self, completed: Completed) -> TaskStatus:
        complaint = completed.stderr.decode("utf-8", "replace").strip()[:300]
        host = self._transport.host
        if completed.exit_code == _MISSING_PROGRAM:
            raise HostError(
                f"{host} cannot run detached commands: {complaint}",
                "Linux with setsid (util-linux or busybox) is needed there.",
            )
        if completed.exit_code != 0:
            raise CommandFailed(
                f"{host}: the spool {self._spool} cannot be used: {complaint}",
                completed.exit_code or 1,
                words.UNUSABLE_HINT,
            )
        lines = completed.stdout.splitlines()
        if not lines:
            raise CommandLost(f"jobctl on {host} said nothing", "Look at its spool.")
        return words.read_status(lines[-1])
