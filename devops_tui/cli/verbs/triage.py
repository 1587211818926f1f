"""What failed and why; and what happened."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import count, examples
from devops_tui.cli.verbs.triage_log import cause_lines, define_log_words, triage_log
from devops_tui.cli.verbs.triage_mark import define_mark_words, mark_cause, proposed_rules
from devops_tui.domain.codec import encode
from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.event import Event
from devops_tui.domain.guess import GUESSED
from devops_tui.domain.ids import RunId
from devops_tui.domain.incident import Incident
from devops_tui.domain.storm import storms
from devops_tui.presentation import diagnosis
from devops_tui.presentation.incidents import storm_line
from devops_tui.presentation.line import Line, fit, line
from devops_tui.presentation.rows import Row

_FACTS = 100
_EVENTS = 1000


def define_triage(parser: argparse.ArgumentParser) -> None:
    """Declares `triage`."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="default: every open problem")
    define_log_words(parser)
    define_mark_words(parser)
    examples(
        parser,
        "triage",
        "triage shop-12",
        "triage --log fail.log --success pass.log --top 5 --json",
        "make 2>&1 | devops-tui triage --log -",
    )
    parser.set_defaults(act=_triage)


def define_events(parser: argparse.ArgumentParser) -> None:
    """Declares `events`."""
    parser.add_argument(
        "subject", nargs="?", metavar="SUBJECT", help="a run, service, card or host"
    )
    parser.add_argument(
        "--limit", type=count, default=50, metavar="N", help="the newest N (default: 50)"
    )
    examples(parser, "events shop-12", "events --limit 5 --json")
    parser.set_defaults(act=_events)


def _triage(call: Call) -> int:
    if call.words.log is not None or call.words.success:
        return triage_log(call)
    if call.words.proposed:
        return proposed_rules(call)
    if call.words.mark:
        return mark_cause(call)
    wanted = call.words.run
    if wanted:
        call.front.run(RunId(wanted))  # raises NotFound
    found = [
        i
        for i in call.front.overview().incidents
        if (i.run_id == wanted if wanted else i.resolved_at is None)
    ]
    call.out.lines(storm_line(storm) for storm in storms(found))
    for incident in found:
        known = call.front.diagnosis(incident.id)
        call.out.json({**encode(incident), "diagnosis": encode(known)})
        call.out.lines(_problem(incident))
        call.out.lines(row.line for row in _known(incident, known, call.out.width))
    if wanted and not found and _guessed(call, wanted):
        return Exit.OK
    if not found:
        call.out.lines([line(("no open problems" if not wanted else "no problem of it", "muted"))])
    return Exit.OK


def _guessed(call: Call, run: str) -> bool:
    """Prints what the logs of a run that goes on say already; whether there is anything."""
    events = [e for e in call.front.events(subject=run, limit=_EVENTS) if e.kind == GUESSED]
    for event in events:
        call.out.json(event)
        job, at = event.data.get("job", ""), event.data.get("line", "")
        call.out.lines(
            [line(("first guess ", "title"), (f"{job} line {at}  ", "muted"), event.why)]
        )
    return bool(events)


def _problem(incident: Incident) -> list[Line]:
    rows = [
        line(
            (incident.id, "accent"),
            " ",
            (incident.title, "failed"),
            (f"  {incident.state} · seen {incident.count} times · {incident.run_id}", "muted"),
            (f" · card {incident.card_id}" if incident.card_id else "", "muted"),
        )
    ]
    rows.extend(cause_lines(incident.causes))
    if not incident.causes:
        rows.append(line("  ", (incident.why or "no log", "muted")))
    return rows


def _known(incident: Incident, known: Diagnosis, width: int) -> list[Row]:
    """The verdict and what it stands on, below the causes."""
    cells = max(40, width)
    rows = diagnosis.verdict_rows(incident, known, cells)
    rows += diagnosis.baseline_rows(incident, known, cells)
    if any(suspect.files for suspect in known.suspects):
        rows += diagnosis.suspect_rows(known.suspects, cells)
    if known.contrasts:
        rows += diagnosis.contrast_rows(known, cells)
    return rows + diagnosis.past_rows(known, incident.last_at, cells)


def _events(call: Call) -> int:
    events = call.front.events(subject=call.words.subject, limit=call.words.limit)
    for event in events:
        call.out.json(event)
    call.out.lines(_event(event) for event in events)
    if not events:
        call.out.lines([line(("nothing happened yet", "muted"))])
    return Exit.OK


def _event(event: Event) -> Line:
    return line(
        (f"{event.at:%Y-%m-%d %H:%M:%S}  ", "muted"),
        (fit(event.kind, 24), "accent"),
        " ",
        fit(event.subject, 18),
        " ",
        fit(event.actor, 10),
        " ",
        event.why,
        (f"  {_facts(event)}" if event.data else "", "muted"),
    )


def _facts(event: Event) -> str:
    """The further facts that fit into a line; all of them are in the JSON."""
    short = (
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in event.data.items()
        if isinstance(value, str | int | float) and value != ""
    )
    return "  ".join(short)[:_FACTS]
