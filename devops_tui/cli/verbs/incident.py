"""`incident`: one problem: take it, end it, say how grave and whose it is, note, runbook."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.domain.runbook import Runbook
from devops_tui.presentation.line import line
from devops_tui.presentation.remarks import remark_rows


def define_incident(parser: argparse.ArgumentParser) -> None:
    """Declares `incident`."""
    parser.add_argument("incident", metavar="INCIDENT", help="its id, or the run it happened in")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--ack", action="store_true", help="you have it; with --why")
    way.add_argument("--resolve", action="store_true", help="it is over; with --why")
    way.add_argument("--runbook", action="store_true", help="print what to do about it")
    severities = [severity.value for severity in IncidentSeverity]
    parser.add_argument(
        "--severity", choices=severities, metavar="HOW", help="critical, major or minor"
    )
    parser.add_argument("--owner", metavar="WHO", help='of the team; "" for nobody')
    parser.add_argument("--note", metavar="TEXT", help="what you saw or did")
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason")
    examples(
        parser,
        "incident INC-31",
        'incident INC-31 --ack --why "looking" --severity critical',
        'incident INC-31 --owner minji --note "db-1 fills since 02:10"',
        "incident INC-31 --runbook",
    )
    parser.set_defaults(act=_incident)


def _incident(call: Call) -> int:
    words = call.words
    found = _found(call, words.incident)
    if words.runbook:
        return _runbook(call, call.front.runbook(found.id))
    if (words.ack or words.resolve) and not words.why.strip():
        raise WrongWords("incident: a reason is needed", "Add --why.")
    if words.severity:
        call.front.grade(found.id, IncidentSeverity(words.severity), words.why)
    if words.owner is not None:
        call.front.give(found.id, words.owner, words.why)
    if words.note is not None:
        call.front.note(found.id, words.note)
    if words.ack:
        call.front.acknowledge(found.id, words.why)
    if words.resolve:
        call.front.resolve(found.id, words.why)
    found = _found(call, found.id)
    said = call.front.diagnosis(found.id).said
    call.out.json({**encode(found), "said": encode(said)})
    call.out.lines([line((found.id, "accent"), " ", found.title, (f"  {found.state}", "muted"))])
    call.out.lines(row.line for row in remark_rows(found, said, max(40, call.out.width)))
    return Exit.OK


def _found(call: Call, wanted: str) -> Incident:
    known = call.front.overview().incidents
    found = next((i for i in known if wanted in (i.id, i.run_id)), None)
    if found is None:
        todo = "`devops-tui triage` lists the open ones."
        raise NotFound(f"no problem {IncidentId(wanted)}", todo)
    return found


def _runbook(call: Call, book: Runbook) -> int:
    call.out.json(book)
    call.out.lines([line((f"{book.name}:{book.first}", "muted"))])
    call.out.lines(line(text) for text in book.lines[book.first - 1 : book.last])
    return Exit.OK
