"""`exec`: one command on many hosts; shown before, followed, its answers grouped."""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Sequence
from pathlib import Path

from devops_tui.cli.call import Call
from devops_tui.cli.confirming import confirm
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import NoFile, WrongWords
from devops_tui.cli.host_words import hosts_of
from devops_tui.cli.parser import examples, seconds
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import CommandLost, NotFound, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.host_command import (
    BATCH,
    EXEC,
    JOB,
    MOST_BYTES,
    TIMEOUT_S,
    HostCommand,
    counts,
    grouped,
)
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import ENDS, JobRun, State
from devops_tui.domain.workspace import Environment
from devops_tui.presentation import host_answers
from devops_tui.presentation.safe_text import safe

_ANSWER_S = 60.0
_CHUNKS = 500
_SCRIPT_BYTES = 256 * 1024
_SIGNS = set(" \t\n;|&<>()$`*?[]{}~\"'\\")
"""One word that holds one of these is a line of sh, as with ssh."""


def define_exec(parser: argparse.ArgumentParser) -> None:
    """Declares `exec`."""
    parser.add_argument("targets", metavar="HOSTS", nargs="?", help="names, groups or a query")
    parser.add_argument(
        "--command",
        metavar="WORD",
        nargs=argparse.REMAINDER,
        default=[],
        help="a program and its words, to the end of the line; `--` says the same",
    )
    parser.add_argument("--script", metavar="FILE", help="POSIX sh to send; - reads it from here")
    parser.add_argument("--batch", type=int, default=BATCH, metavar="N", help="hosts at a time")
    parser.add_argument("--keep-going", action="store_true", help="next batch in spite of failures")
    parser.add_argument("--timeout", type=seconds, default=TIMEOUT_S, metavar="SECONDS")
    parser.add_argument("--why", metavar="TEXT", default="", help="needed where it is protected")
    parser.add_argument("--armed", action="store_true", help="also where it is look-only")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--confirm", metavar="NAME", help="a protected environment, not asked for")
    parser.add_argument("--dry-run", action="store_true", help="show hosts and text, do nothing")
    parser.add_argument("--show", metavar="RUN", help="the answers of an earlier one")
    examples(
        parser,
        "exec web-1,web-2 --command uptime",
        "exec 'group = web and disk > 80' --command 'df -h /'",
        "exec web --script new.sh --batch 2 --why limits",
        "exec --show exec-7",
    )
    parser.set_defaults(act=_exec)


def _exec(call: Call) -> int:
    words = call.words
    if words.show:
        return _show(call, RunId(words.show))
    if not words.targets:
        raise WrongWords("exec: which hosts?", "devops-tui exec HOSTS -- COMMAND")
    workspace = call.workspace
    command = _command(call)
    places = _places(call, command)
    _preview(command, places)
    if words.dry_run:
        call.out.json({"dry_run": True, **command.args()})
        return Exit.OK
    confirm(call, next((p.name for p in places if p.is_protected), ""))
    args: dict[str, Json] = command.args()
    if words.armed:
        args["armed"] = [e.name for e in workspace.environments.values()]
    subject = f"{len(command.hosts)} hosts" if len(command.hosts) > 1 else command.hosts[0]
    ended = call.ask(Verb.EXEC, subject, words.why, args, _ANSWER_S)
    run_id = RunId(str(ended.outcome["run_id"]))
    write(f"{run_id}; `devops-tui cancel {run_id}` stops it, `exec --show {run_id}` shows it again")
    _follow(call, run_id, command.timeout_s + _ANSWER_S)
    return _show(call, run_id)


def _command(call: Call) -> HostCommand:
    words = call.words
    if bool(words.script) == bool(words.command):
        raise WrongWords("exec: give either a command after `--` or a --script")
    if not 1 <= words.batch <= 1000:
        raise WrongWords("exec: --batch is 1 to 1000")
    hosts = hosts_of(words.targets, call.workspace, call.front.overview())
    argv, script = tuple(words.command), ""
    if words.script:
        script = _script(words.script)
    elif len(words.command) == 1 and _SIGNS & set(words.command[0]):
        argv, script = (
            (),
            words.command[0],
        )
    return HostCommand(hosts, argv, script, words.batch, words.keep_going, words.timeout)


def _script(name: str) -> str:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoFile(f"{name} cannot be read: {error}", "Name a text file.") from None
    if len(text) > _SCRIPT_BYTES:
        raise WrongWords(f"{name} is larger than {_SCRIPT_BYTES // 1024} KiB")
    return text


def _places(call: Call, command: HostCommand) -> list[Environment]:
    names: dict[str, None] = {}
    for host in command.hosts:
        for name in call.front.plan_shell("", host).environments:
            names[name] = None
    places = [call.workspace.environments[name] for name in names]
    for place in places:
        if place.is_readonly and not call.words.armed:
            raise Refused(f"{place.name} is look-only", "Say --armed to act there all the same.")
        if place.is_protected and not call.words.why.strip():
            raise Refused(f"{place.name} is protected: a reason is needed", "Say it by --why.")
    return places


def _preview(command: HostCommand, places: Sequence[Environment]) -> None:
    write(f"on {len(command.hosts)}: {host_answers.targets(command.hosts)}")
    if len(command.hosts) > command.batch:
        write(f"{command.batch} at a time")
    for place in places:
        write(f"in {place.name}{', protected' if place.is_protected else ''}")
    for text in (command.script or " ".join(command.argv)).splitlines():
        write(f"  | {safe(text)}")


def _follow(call: Call, run_id: RunId, timeout_s: float) -> None:
    """Says each change of the counts until it ended."""
    said = ""

    def look() -> bool | None:
        nonlocal said
        view = call.front.run(run_id)
        record = view.jobs.get(JOB)
        if record is not None and record.hosts:
            well, badly, still = counts(record.hosts)
            now = f"{well} ended well, {badly} failed, {still} to go"
            if now != said:
                said = now
                write(now)
        return True if view.run.state in ENDS else None

    if call.wait(look, timeout_s, lambda: "") is None:
        raise CommandLost(f"{run_id} has not ended", f"`devops-tui exec --show {run_id}` later.")


def _show(call: Call, run_id: RunId) -> int:
    view = call.front.run(run_id)
    record = view.jobs.get(JOB)
    if view.run.plan.pipeline != EXEC or record is None:
        raise NotFound(f"{run_id} is no command on hosts", "`devops-tui runs` lists all runs.")
    outputs = outputs_of(call, run_id, record)
    for group in grouped(record, outputs):
        call.out.json(
            {
                "hosts": list(group.hosts),
                "state": group.state.value,
                "exit_code": group.exit_code,
                "why": group.why,
                "output": group.output.decode("utf-8", "replace"),
                "output_base64": base64.b64encode(group.output).decode(),
                "is_cut": group.is_cut,
            }
        )
    rows = host_answers.rows(record, outputs, max(call.out.width, 40))
    call.out.lines([*(row.line for row in rows), host_answers.summary(record)])
    _, badly, still = counts(record.hosts)
    if view.run.state is State.LOST:
        return Exit.UNKNOWN
    return Exit.FAILED if badly or (still and view.run.state in ENDS) else Exit.OK


def outputs_of(call: Call, run_id: RunId, record: JobRun) -> dict[HostName, bytes]:
    """What each host said in the last attempt, as far as it is compared."""
    found: dict[HostName, bytes] = {}
    after = 0
    while chunks := call.front.log(run_id, JOB, after, _CHUNKS):
        for chunk in chunks:
            after = max(after, chunk.seq)
            held = found.get(chunk.host, b"")
            if chunk.attempt == record.attempt and len(held) <= MOST_BYTES:
                found[chunk.host] = held + chunk.data
    return found
