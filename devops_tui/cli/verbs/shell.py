"""`shell`: the operator's terminal in the folder and environment of a job, or on a host."""

from __future__ import annotations

import argparse
import sys

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import Refused
from devops_tui.domain.shell import ShellPlan


def define_shell(parser: argparse.ArgumentParser) -> None:
    """Declares `shell`."""
    parser.add_argument("place", metavar="RUN/STAGE/JOB", nargs="?")
    parser.add_argument("--host", metavar="HOST", help="which host; alone: the home of its login")
    parser.add_argument("--why", metavar="TEXT", default="", help="needed where it is protected")
    parser.add_argument(
        "--secrets", action="store_true", help="with the job's secrets; needs --why"
    )
    parser.add_argument(
        "--armed", action="store_true", help="also where the environment is look-only"
    )
    examples(
        parser,
        "shell shop-12/test/unit",
        "shell shop-12/deploy/migrate --host web-2 --why 'look at the lock'",
        "shell --host web-2",
    )
    parser.set_defaults(act=_shell)


def _shell(call: Call) -> int:
    words = call.words
    if not words.place and not words.host:
        raise WrongWords("shell: name a job or a host", "devops-tui shell RUN/STAGE/JOB")
    if words.secrets and not words.place:
        raise WrongWords("shell: --secrets are those of a job", "Name the job too.")
    # a shell is for times of trouble: it waits for no worker that does not come up
    workspace = call.front.overview().workspace or call.workspace
    plan = call.front.plan_shell(words.place or "", words.host or "", with_secrets=words.secrets)
    looked_at = [n for n in plan.environments if workspace.environments[n].is_readonly]
    if looked_at and not words.armed:
        raise Refused(
            f"{plan.host} belongs to {', '.join(looked_at)}, which is look-only",
            "Arm it on the screen (w) and press S there, or say --armed.",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongWords("shell: this is no terminal", "Run it in one.")
    from devops_tui.bootstrap.shell import run_shell

    call.front.shell_opened(plan, words.why.strip())
    code = int(Exit.UNKNOWN)
    _say(plan)
    try:
        code = run_shell(plan, workspace)
    finally:
        call.front.shell_closed(plan, code)
    return Exit.OK


def _say(plan: ShellPlan) -> None:
    where = f"{plan.place} on {plan.host}" if plan.place else plan.host
    secrets = "with its secrets" if plan.secrets else "without secrets"
    note = f"{where}, {secrets}; who, when and why is kept, what you type is not. exit leaves."
    sys.stderr.write(
        f"devops-tui: {note}\n" if plan.place else f"devops-tui: {where}. exit leaves.\n"
    )
