"""Problems: the list, and what is known about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from devops_tui.domain.diagnosis import Diagnosis
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.storm import Storm, storms
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import diagnosis, jobs, pipeline_strip, traffic, units
from devops_tui.presentation.glyphs import INCIDENTS, STATES
from devops_tui.presentation.host import condition
from devops_tui.presentation.layout import Field, Grid, Part, blank, joined, rule
from devops_tui.presentation.line import Line, Role, cut, line, span
from devops_tui.presentation.rows import Row, heading, note
from devops_tui.presentation.sparkline import sparkline
from devops_tui.presentation.wrap import wrapped

_NEAR = timedelta(minutes=10)
"""Problems that began within this of one another may have one cause."""

FIELDS = (
    Field("state", "state", 15, keep=2),
    Field("id", "id", 8, keep=0),
    Field("title", "what", 12, keep=1, grows=True),
    Field("count", "seen", 7, keep=5, align="right"),
    Field("where", "run or host", 14, keep=4),
    Field("who", "has it", 10, keep=6),
    Field("card", "card", 10, keep=7),
    Field("age", "last", 9, keep=3, align="right"),
)


def incident_list(incidents: Sequence[Incident], now: datetime, width: int) -> list[Row]:
    """Open ones first, then those somebody has, then the resolved; the newest first."""
    order = list(IncidentState)
    listed = sorted(incidents, key=lambda i: i.last_at, reverse=True)
    listed.sort(key=lambda i: order.index(i.state))
    grid = Grid(FIELDS, width)
    rows = storm_rows(incidents, width)
    rows += [heading(grid.heading())] if listed else []
    rows.extend(Row(i.id, grid.row(_cells(i, now))) for i in listed)
    return rows


def storm_rows(incidents: Sequence[Incident], width: int) -> list[Row]:
    """One row for each storm: problems that broke out together have one cause below."""
    return [note(f"storm {storm.id}", cut(storm_line(storm), width)) for storm in storms(incidents)]


def storm_line(storm: Storm) -> Line:
    """How many problems broke out together, what that means, and which."""
    names = ", ".join(member.id for member in storm.members)
    return line(("✕ storm: ", "failed"), (storm.told, "text"), (f" · {names}", "muted"))


def _cells(incident: Incident, now: datetime) -> dict[str, Part]:
    mark = INCIDENTS[incident.state]
    is_over = incident.state is IncidentState.RESOLVED
    times = "new" if incident.count <= 1 else f"{incident.count:,} x"
    return {
        "state": line(mark.full),
        "id": (incident.id, "accent"),
        "title": (incident.title, "muted" if is_over else "text"),
        "count": (times, "warning" if incident.count <= 1 and not is_over else "muted"),
        "where": (incident.run_id or incident.host or "", "accent"),
        "who": (incident.acknowledged_by, "text"),
        "card": (incident.card_id or "", "accent"),
        "age": (f"{units.age(incident.last_at, now)} ago", "muted"),
    }


def triage(
    incident: Incident,
    view: RunView | None,
    overview: Overview,
    width: int,
    known: Diagnosis | None = None,
) -> list[Row]:
    """Everything that helps to find the cause; causes can be selected.

    Args:
        incident: The problem.
        view: The run that it happened in; None when it was not read or there is none.
        overview: Everything else at the same moment.
        width: Cells.
        known: What the store knows beside the log; None when it was not read.
    """
    now = overview.at
    rows = [note("head", cut(_head(incident, now, known), width))]
    rows += diagnosis.verdict_rows(incident, known, width)
    where = _where(incident)
    if where:
        rows.append(note("where", cut(where, width)))
    rows += wrapped("title", incident.title, width, "title")
    if incident.why:
        who = f"{incident.acknowledged_by}: " if incident.acknowledged_by else ""
        rows += wrapped("why", f"{who}{incident.why}", width, "muted")
    rows.append(note("users", cut(_users(overview, view), width)))
    rows += cause_rows(incident, width)
    rows += diagnosis.baseline_rows(incident, known, width)
    rows += _changed(view, known, width)
    rows += diagnosis.contrast_rows(known, width)
    rows += diagnosis.past_rows(known, now, width)
    rows += diagnosis.host_rows(known, width)
    rows += _host(incident, overview, width)
    rows += _also(incident, overview, width)
    return rows


def _head(incident: Incident, now: datetime, known: Diagnosis | None) -> Line:
    is_first = incident.count <= 1 and not (known is not None and known.seen)
    again = "first time" if is_first else f"seen {_seen(incident, known):,} times"
    return joined(
        [
            line((incident.id, "title")),
            line(INCIDENTS[incident.state].full),
            line((f"began {units.age(incident.opened_at, now)} ago", "text")),
            line((again, "warning" if incident.count <= 1 else "muted")),
        ]
    )


def _seen(incident: Incident, known: Diagnosis | None) -> int:
    return max(incident.count, known.seen + 1 if known is not None else 0)


def _where(incident: Incident) -> Line:
    is_taken = incident.acknowledged_by and incident.state is not IncidentState.RESOLVED
    return joined(
        [
            line((f"run {incident.run_id}", "accent")) if incident.run_id else (),
            line((f"host {incident.host}", "accent")) if incident.host else (),
            line((f"card {incident.card_id}", "accent")) if incident.card_id else (),
            line((f"{incident.acknowledged_by} has it", "waits")) if is_taken else (),
        ]
    )


def _users(overview: Overview, view: RunView | None) -> Line:
    told: list[Line] = []
    own = pipeline_strip.service_of(view) if view is not None else ""
    for name, status in sorted(overview.services.items(), key=lambda pair: pair[0] != own):
        if traffic.is_stale(status, overview.at):
            told.append(
                line(
                    (f"~ {name} not seen for {units.age(status.observed_at, overview.at)}", "stale")
                )
            )
            continue
        ratios = [b.error_ratio for b in status.balancers if units.known(b.error_ratio)]
        worst = max((r for r in ratios if r is not None), default=None)
        live = status.live.value if status.live else "?"
        role: Role = "lost" if worst is None else "failed" if worst > 0.01 else "ok"
        errors = "errors unknown" if worst is None else f"{units.percent(worst, 2)} errors"
        told.append((span(f"{name}: {live} serves, "), span(errors, role)))
    head = line(("users  ", "muted"))
    return (*head, *(joined(told) if told else line(("no service is watched", "muted"))))


def cause_rows(incident: Incident, width: int) -> list[Row]:
    """The lines of the log that most likely hold the cause, each with why it was chosen."""
    rows = [note("causes", rule(line(("most likely cause", "title")), width))]
    if not incident.causes:
        what = "No line of the log stands out." if incident.job_id else "No log belongs to it."
        return [*rows, note("no cause", cut(line((what, "muted")), width))]
    for index, cause in enumerate(incident.causes):
        strong = index == 0
        first = line(
            (f"{index + 1} ", "title"),
            ("▌ " if strong else "  ", "failed"),
            (cause.text.strip(), "failed" if strong else "text"),
        )
        where = f"line {cause.line}" + (
            f", block {cause.first} to {cause.last}" if cause.last > cause.first else ""
        )
        why = joined([line((where, "accent")), *[line((w, "muted")) for w in cause.why]])
        rows.append(Row(f"cause {index}", cut(first, width)))
        rows.append(note(f"cause {index}", cut((blank(4), *why), width)))
        if cause.fix:
            told = line(("fix: ", "title"), cause.fix)
            rows.append(note(f"cause {index}", cut((blank(4), *told), width)))
    return rows


def _changed(view: RunView | None, known: Diagnosis | None, width: int) -> list[Row]:
    if view is None:
        return []
    run = view.run
    since = f" since {known.last_success}" if known and known.last_success else ""
    rows = [note("changed", rule(line((f"what changed{since}", "title")), width))]
    if known is not None and known.suspects:
        rows += diagnosis.suspect_rows(known.suspects, width)
        return rows + _figures(view, width)
    shown = run.commits or ((run.plan.commit,) if run.plan.commit else ())
    for index, commit in enumerate(shown[:6]):
        who = line((commit.short, "accent"), (f" {commit.author} ", "muted"), commit.subject)
        rows.append(note(f"commit {index}", cut(who, width)))
    if len(shown) > 6:
        rows.append(note("commits", cut(line((f"…{len(shown) - 6} more", "muted")), width)))
    if not shown:
        rows.append(note("no commit", cut(line(("No commit belongs to the run.", "muted")), width)))
    return rows + _figures(view, width)


def _figures(view: RunView, width: int) -> list[Row]:
    rows = []
    for job_id, job in view.jobs.items():
        if job.figures:
            told = (span(f"{job_id} ", "accent"), *jobs.figures(job.figures))
            rows.append(note(f"figures {job_id}", cut(told, width)))
    return rows


def _host(incident: Incident, overview: Overview, width: int) -> list[Row]:
    frame = overview.frames.get(incident.host) if incident.host else None
    if frame is None:
        return []
    how = condition(frame, overview.at)
    title = joined([line((incident.host, "title")), line(how.mark.full)])
    rows = [note("host", rule(title, width))]
    if frame.sample is not None:
        trend = min(30, max(0, width - 60))
        told = line(
            ("cpu ", "muted"),
            (sparkline(frame.cpu_trend, trend), "stale" if how.is_stale else "text"),
            f" {units.percent(frame.sample.cpu_ratio)}  ",
            ("mem ", "muted"),
            f"{units.percent(frame.sample.mem_ratio)}  ",
            ("disk ", "muted"),
            units.percent(frame.sample.disk_used_ratio),
        )
        rows.append(note("host figures", cut(told, width)))
    if how.why:
        rows.append(note("host why", cut(line((how.why, how.mark.role)), width)))
    return rows


def _also(incident: Incident, overview: Overview, width: int) -> list[Row]:
    near = [
        other
        for other in overview.incidents
        if other.id != incident.id and abs(other.last_at - incident.last_at) <= _NEAR
    ]
    rows = [note("also", rule(line(("what else broke then", "title")), width))]
    for other in near[:5]:
        told = line((other.id, "accent"), " ", other.title)
        rows.append(note(f"also {other.id}", cut(told, width)))
    if not near:
        rows.append(note("nothing else", cut(line(("nothing", "muted")), width)))
    return rows


def verdict(view: RunView, incident: Incident) -> Line:
    """How the job of an incident stands now, for the head of its log."""
    job = view.jobs.get(incident.job_id) if incident.job_id else None
    if job is None:
        return ()
    mark = STATES[job.state]
    return joined([line((job.job_id, "title")), line(mark.full), line((job.why, "muted"))])
