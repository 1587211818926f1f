"""`jira`: how the board and its Jira stand, a round at once, and where they differ."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import common_words, examples, seconds
from devops_tui.domain.errors import NoAnswer
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import TrackerStatus
from devops_tui.presentation.line import line
from devops_tui.presentation.tracker import clash_lines, status_lines

_ANSWER_S = 120.0


def define_jira(parser: argparse.ArgumentParser) -> None:
    """Declares `jira` and its verbs."""
    verbs = parser.add_subparsers(
        metavar="status|sync|conflicts|resolve", dest="jira_verb", required=True
    )
    status = verbs.add_parser("status", help="show how the two sides stand")
    sync = verbs.add_parser("sync", help="bring them together at once, and wait for it")
    conflicts = verbs.add_parser("conflicts", help="list what asks a person")
    resolve = verbs.add_parser("resolve", help="decide one field of one card")
    for inner in (status, sync, conflicts, resolve):
        common_words(inner, has_workspace=True, is_inner=True)
    status.description = "Show how the board and Jira stand; asks the store, not Jira."
    status.set_defaults(act=_status)
    sync.description = "Ask the worker for a round at once; 1 when it did not go well."
    sync.add_argument(
        "--timeout", type=seconds, default=_ANSWER_S, metavar="SECONDS", help="default: 120"
    )
    sync.set_defaults(act=_sync)
    conflicts.description = "List the fields that both sides changed, or that a rule refused."
    conflicts.set_defaults(act=_conflicts)
    resolve.description = "Decide a field: keep what is here, or take what Jira has."
    resolve.add_argument("card", metavar="CARD")
    resolve.add_argument("field", metavar="FIELD", help="as `jira conflicts` names it")
    resolve.add_argument(
        "--take",
        choices=("mine", "theirs"),
        required=True,
        metavar="SIDE",
        help="mine keeps what is here, theirs takes what Jira has",
    )
    resolve.add_argument("--why", default="", metavar="TEXT", help="overrides a rule, if you may")
    resolve.set_defaults(act=_resolve)
    examples(
        parser, "jira status", "jira conflicts --json", "jira resolve SHOP-7 title --take theirs"
    )


def _status(call: Call) -> int:
    return _tell(call, call.ready.tracker_status())


def _tell(call: Call, status: TrackerStatus) -> int:
    call.out.json(status)
    call.out.lines(status_lines(status, call.front.overview().at, call.out.width))
    return Exit.OK


def _sync(call: Call) -> int:
    call.ready.tracker_status()  # raises where there is no Jira
    wish = call.front.ask_tracker()

    def answered() -> TrackerStatus | None:
        status = call.front.tracker_status()
        return status if status.state.answered == wish else None

    status = call.wait(answered, call.words.timeout, lambda: "Jira")
    if status is None:
        raise NoAnswer(
            f"no round has ended in {call.words.timeout:.0f} s", "`devops-tui jira status` says."
        )
    _tell(call, status)
    return Exit.FAILED if status.state.error else Exit.OK


def _conflicts(call: Call) -> int:
    status = call.ready.tracker_status()
    for copy in status.clashes:
        for clash in copy.clashes:
            call.out.json({"card": copy.card_id, "issue": copy.key, "clash": clash})
    call.out.lines(clash_lines(status, call.front.overview().at, call.out.width))
    return Exit.OK


def _resolve(call: Call) -> int:
    words = call.words
    card = call.ready.resolve_clash(CardId(words.card), words.field, words.take, words.why)
    call.out.json({"card": card, "field": words.field, "took": words.take})
    side = "what is here counts" if words.take == "mine" else "it is as in Jira now"
    call.out.lines([line((card.id, "accent"), f" {words.field}: {side}")])
    return Exit.OK
