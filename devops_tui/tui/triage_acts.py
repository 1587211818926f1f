"""What an operator says of a failure: this line is the cause, how grave, whose, a flaky test."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from devops_tui.domain.ids import IncidentId, RunId
from devops_tui.domain.log_lines import LogPlace
from devops_tui.domain.remark import IncidentSeverity
from devops_tui.ports.front import Front
from devops_tui.presentation.line import line
from devops_tui.tui.choosing import Choice
from devops_tui.tui.dialogs import Answer, Dialog, Question
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

SPANS = {
    "1 day": timedelta(days=1),
    "3 days": timedelta(days=3),
    "1 week": timedelta(days=7),
    "2 weeks": timedelta(days=14),
    "1 month": timedelta(days=30),
}
_END = "end its quarantine"
_NOTE, _NOBODY = "write a note", "owner: nobody"


async def mark_line(house: DevopsApp, place: str, text: str) -> None:
    """Keeps that a line of a log is the cause."""
    where = LogPlace.parse(place)
    answer = await _asked(
        house,
        Question(
            line("This is the cause in ", (place, "accent")),
            [line(text.strip() or "an empty line")],
            verb="mark",
            asks_reason=True,
            is_careful=False,
        ),
    )
    if answer is not None:
        await house.bridge.ask(lambda front: front.mark_line(where, text, answer.why))
        rule = "A rule for it: devops-tui triage --proposed"
        tell(house, line(f"Marked; it comes first next time. {rule}"))


async def remark(house: DevopsApp, incident_id: str) -> None:
    """Severity, owner or a note; each with a reason or its words."""
    overview = house.overview
    workspace = overview.workspace if overview is not None else None
    team = [member.name for member in workspace.team.members] if workspace is not None else []
    grades = {f"severity: {severity.value}": severity for severity in IncidentSeverity}
    owners = {f"owner: {name}": name for name in team} | {_NOBODY: ""}
    title = line("What is there to say of ", (incident_id, "accent"), "?")
    chosen = await house.push_screen_wait(Choice(title, (_NOTE, *grades, *owners)))
    if chosen is None:
        return
    is_note = chosen == _NOTE
    answer = await _asked(
        house,
        Question(
            line("A note on " if is_note else f"{chosen}, of ", (incident_id, "accent")),
            verb="write" if is_note else "say so",
            asks_reason=True,
            needs_reason=is_note,
            is_careful=False,
            asks="the note, in one line" if is_note else "",
        ),
    )
    if answer is None:
        return
    found, why = IncidentId(incident_id), answer.why

    def act(front: Front) -> None:
        if is_note:
            front.note(found, why)
        elif chosen in grades:
            front.grade(found, grades[chosen], why)
        else:
            front.give(found, owners[chosen], why)

    await house.bridge.ask(act)
    tell(house, line((incident_id, "accent"), f": {'noted' if is_note else chosen}"))


async def quarantine(house: DevopsApp, job: str) -> None:
    """Takes one of the failed tests of a job out of verdicts; `job` is RUN/STAGE/JOB."""
    run_id, _, job_id = job.partition("/")
    view = await house.bridge.ask(lambda front: front.run(RunId(run_id)))
    found = next((each for name, each in view.jobs.items() if name == job_id), None)
    cases = found.report.cases if found is not None and found.report is not None else None
    if cases is None or not cases.failures:
        tell(house, line(f"no test report of {job_id} names a failed test"), "warning")
        return
    flaky = sorted(cases.failures, key=lambda case: not case.is_flaky)
    tests = {f"{case.id}{' (flaky)' if case.is_flaky else ''}": case.id for case in flaky}
    named = next(iter(tests))
    if len(tests) > 1:
        title = line("Which test of ", (job_id, "accent"), "?")
        picked = await house.push_screen_wait(Choice(title, tuple(tests)))
        if picked is None:
            return
        named = picked
    test = tests[named]
    known = await house.bridge.ask(lambda front: front.quarantines())
    ways = (*([_END] if any(q.test == test and q.actor for q in known) else []), *SPANS)
    chosen = await house.push_screen_wait(Choice(line("Quarantine ", (test, "accent")), ways))
    if chosen is None:
        return
    pipeline = view.run.plan.pipeline
    is_end = chosen == _END
    answer = await _asked(
        house,
        Question(
            line("End the quarantine" if is_end else f"Quarantine for {chosen}"),
            [
                line((test, "accent")),
                line(f"Its failure fails no job of {pipeline} meanwhile; its log says so."),
            ],
            verb=_END if is_end else "quarantine",
            asks_reason=True,
            needs_reason=True,
            is_careful=False,
        ),
    )
    if answer is None:
        return

    def act(front: Front) -> str:
        if is_end:
            front.end_quarantine(test, answer.why)
            return "fails its job again"
        until = front.overview().at + SPANS[chosen]
        made = front.quarantine(test, until, answer.why, pipeline)
        return f"is in quarantine until {made.until:%Y-%m-%d %H:%M} UTC"

    told = await house.bridge.ask(act)
    tell(house, line((test, "accent"), f" {told}"))


async def _asked(house: DevopsApp, question: Question) -> Answer | None:
    return await house.push_screen_wait(Dialog(question))
