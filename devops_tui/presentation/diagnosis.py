"""What is known of a problem beside its log, as rows of the triage screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from devops_tui.domain.diagnosis import Diagnosis, HostAround, Kind, Suspect
from devops_tui.domain.history import Series
from devops_tui.domain.incident import UNLIKE, Incident
from devops_tui.domain.storm import PROBABLY
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined, rule
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.remarks import remark_rows
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.sparkline import sparkline

_ROLES: Mapping[Kind, Role] = {
    Kind.NEW: "failed",
    Kind.SEEN: "warning",
    Kind.FLAKY: "warning",
    Kind.INFRA: "waits",
}
_SUSPECTS = 6
_NOTES = 2  # that are shown above the cause: it must not leave the screen
_CHARTS = ("cpu", "memory", "disk")
_CHART_CELLS = 30


def verdict_rows(incident: Incident, known: Diagnosis | None, width: int) -> list[Row]:
    """What sort of problem it is, and from what that was concluded."""
    rows: list[Row] = []
    if known is not None:
        told = [
            line((known.kind.value, _ROLES[known.kind])),
            line(f"seen {_times(known.seen)} before") if known.seen else (),
            line((known.why, "muted")) if known.why and known.kind is not Kind.SEEN else (),
            _fixed(known),
            _since(known),
        ]
        rows.append(note("verdict", cut(joined([part for part in told if part]), width)))
        rows += remark_rows(incident, known.said, width, _NOTES)
    if incident.storm:
        storm = line(("storm of ", "failed"), (incident.storm, "accent"), f": {PROBABLY}")
        rows.append(note("storm", cut(storm, width)))
    return rows


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _fixed(known: Diagnosis) -> Line:
    if not known.past:
        return ()
    last = known.past[0]
    who = f" by {last.by}" if last.by else ""
    return line(f"over in {_minutes(last.minutes)}{who}")


def _minutes(minutes: float) -> str:
    return units.duration(minutes * 60)


def _since(known: Diagnosis) -> Line:
    if known.streak:
        count = f"{known.streak:,} successes" if known.streak > 1 else "one success"
        return line((f"first failure after {count}", "muted"))
    if known.last_success:
        return line((f"failing since {known.last_success}", "muted"))
    return ()


def baseline_rows(incident: Incident, known: Diagnosis | None, width: int) -> list[Row]:
    """What the log was compared with: the ranking is worth no more than that."""
    if known is None or incident.job_id is None:
        return []
    if not known.baselines:
        what = line(("baseline: none, no success of this job was seen before", "muted"))
    else:
        count = len(known.baselines)
        which = "last success" if count == 1 else f"last {count} successes"
        what = line((f"baseline: {which}: ", "muted"), (", ".join(known.baselines), "accent"))
        if any(UNLIKE in cause.why for cause in incident.causes):
            runs = ", ".join(known.baselines)
            what = line(("baseline: none, this log has little in common with ", "warning"), runs)
    return [note("baseline", cut(what, width))]


def suspect_rows(suspects: Sequence[Suspect], width: int) -> list[Row]:
    """Commits since the last success; those that touch files of the trace come first."""
    rows = []
    for index, suspect in enumerate(suspects[:_SUSPECTS]):
        commit = suspect.commit
        told = line((commit.short, "accent"), (f" {commit.author} ", "muted"), commit.subject)
        if suspect.files:
            touched = ", ".join(suspect.files)
            told = (*told, *line(("  ← touches ", "failed"), (touched, "warning")))
        rows.append(note(f"commit {index}", cut(told, width)))
    if len(suspects) > _SUSPECTS:
        more = line((f"…{len(suspects) - _SUSPECTS} more", "muted"))
        rows.append(note("commits", cut(more, width)))
    return rows


def contrast_rows(known: Diagnosis | None, width: int) -> list[Row]:
    """In what the failing run differs from every success."""
    if known is None or not known.is_compared:
        return []
    rows = [note("differs", rule(line(("against the runs that succeeded", "title")), width))]
    for contrast in known.contrasts:
        told = line(
            (f"{contrast.field}: ", "muted"),
            (contrast.now, "warning"),
            (f", in successes {', '.join(contrast.before)}", "muted"),
        )
        rows.append(note(f"differs {contrast.field}", cut(told, width)))
    if not known.contrasts:
        same = line(("no field differs: host, branch, worker, image, parameters, hour", "muted"))
        rows.append(note("differs in nothing", cut(same, width)))
    return rows


def past_rows(known: Diagnosis | None, now: datetime, width: int) -> list[Row]:
    """Earlier problems of the kind: who ended them, how, in how many minutes."""
    if known is None or not known.past:
        return []
    rows = [note("past", rule(line(("seen before", "title")), width))]
    for case in known.past:
        who = f" by {case.by}" if case.by else ""
        told = line(
            (case.id, "accent"),
            (f" {units.age(case.ended_at, now)} ago, over in {_minutes(case.minutes)}", "muted"),
            f"{who}: " if case.how else who,
            case.how,
        )
        rows.append(note(f"past {case.id}", cut(told, width)))
    return rows


def host_rows(known: Diagnosis | None, width: int) -> list[Row]:
    """Figures of hosts from ten minutes before the failure to five after, and what crossed."""
    rows: list[Row] = []
    for around in known.hosts if known is not None else ():
        name = around.history.host
        title = line((name, "title"), (", 10 min before to 5 after", "muted"))
        rows.append(note(f"around {name}", rule(title, width)))
        rows += _around(around, width)
    return rows


def _around(around: HostAround, width: int) -> list[Row]:
    name = around.history.host
    known = [m for m in _CHARTS if any(around.history.series.get(m, ()))]
    if not known:
        why = "no figures of it are kept on this machine"
        if around.history.has_store:
            why = "no figures of it from then"
        return [note(f"around {name} none", cut(line((why, "muted")), width))]
    cells = max(6, min(_CHART_CELLS, (width - 8 * len(known)) // len(known)))
    parts = [
        line((f"{metric} ", "muted"), _chart(around.history.series[metric], around, cells))
        for metric in known
    ]
    rows = [note(f"around {name} charts", cut(joined(parts, line("  ")), width))]
    for each in around.crossed:
        told = line(
            (f"{each.metric} {units.percent(each.highest)}", "failed"),
            (f", over {units.percent(each.limit)} since {each.at:%H:%M} UTC", "muted"),
        )
        rows.append(note(f"crossed {name} {each.metric}", cut(told, width)))
    if not around.crossed:
        nothing = line(("nothing crossed its limit", "muted"))
        rows.append(note(f"crossed {name}", cut(nothing, width)))
    return rows


def _chart(series: Series, around: HostAround, cells: int) -> str:
    """As many columns as there is room for, with a bar where the failure was."""
    history = around.history
    whole = (history.end - history.start).total_seconds()
    failed = (around.failed_at - history.start).total_seconds() / whole if whole > 0 else 1.0
    count = cells - 1
    values = [_value(series, i, count) for i in range(count)]
    at = round(failed * count)
    drawn = sparkline(values, count)
    return f"{drawn[:at]}│{drawn[at:]}"


def _value(series: Series, index: int, count: int) -> float:
    """The highest of the buckets below one column; NaN where nothing was seen."""
    first = index * len(series) // count
    last = max(first + 1, (index + 1) * len(series) // count)
    return max((b.highest for b in series[first:last] if b is not None), default=float("nan"))
