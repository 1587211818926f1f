"""The panes of Home and the bar above every screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import Card, Column, Place
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.pipeline import ENDS
from devops_tui.domain.view import Overview, RunView
from devops_tui.domain.workspace import Environment
from devops_tui.presentation import fleet as hosts
from devops_tui.presentation import pipeline_strip, run_owners, silences, units
from devops_tui.presentation.board import (
    card_block,
    card_cell,
    column_title,
    in_columns,
    places,
    rules_of,
    side_by_side,
)
from devops_tui.presentation.glyphs import FLAG, STATES
from devops_tui.presentation.host import condition
from devops_tui.presentation.layout import blank, joined, pad
from devops_tui.presentation.line import Line, cut, line, span
from devops_tui.presentation.line import width as cells_of
from devops_tui.presentation.rows import Row, heading, note
from devops_tui.presentation.sources import trouble, waits
from devops_tui.presentation.traffic import flip_rows, service_rows
from devops_tui.presentation.traffic import lanes as traffic_lanes
from devops_tui.presentation.workers import in_short

WORKER_SILENT_S = 15.0
"""A worker whose last beat is older is dead or frozen."""

_LEAST_FLIPS = 3
"""Rows below which no flip is listed: an empty one, the heading, a flip."""

ALERT = "alert:"
"""How the fingerprint of an alert's incident begins."""

OLD_S = 8.0
"""An overview older than this is marked in the top bar; an idle screen looks every 6 s."""


def pipelines(overview: Overview, width: int) -> list[Row]:
    """One strip per pipeline, newest run; below it why it failed or waits."""
    names = _pipeline_names(overview)
    if not names:
        return [note("empty", cut(line(("No pipelines yet.", "muted")), width))]
    latest = {view.run.plan.pipeline: view for view in reversed(overview.runs)}
    name_cells = min(max((span(n).width for n in names), default=1), max(3, width - 16), 16)
    shows_number, shows_commit, shows_word = width >= 34, width >= 58, width >= 46
    left = name_cells + 1 + 6 * shows_number + 12 * shows_commit + 11 * shows_word
    cell = min(12, max(2, (width - left) // 6))
    rows = [heading(cut((blank(left), *pipeline_strip.stage_names(cell)), width))]
    for name in names:
        view = latest.get(name)
        head = [*pad(line((name, "accent")), name_cells), blank(1)]
        if view is None:
            empty = line(("○ never ran", "muted"))
            rows.append(Row(name, cut((*head, *empty), width)))
            rows += _source(overview, name, width)
            continue
        if shows_word:
            head.extend(pad((STATES[view.run.state].full,), 11))
        if shows_number:
            head.extend(pad(line((f"#{view.run.number}", "text")), 6))
        if shows_commit:
            head.extend(pad(_commit(view), 12))
        rows.append(Row(name, cut((*head, *pipeline_strip.strip(view, cell)), width)))
        alone = run_owners.left(overview, view, width - 2)
        why = pipeline_strip.why(view, overview.incidents, overview.at)
        for key, told in ((f"{name}#left", alone), (name, why)):
            if told:
                rows.append(note(key, cut((blank(2), *told), width)))
        rows += _source(overview, name, width)
    return rows


def _source(overview: Overview, name: str, width: int) -> list[Row]:
    """What is wrong with what starts a pipeline, or what it waits for."""
    state = overview.sources.get(name)
    told = (trouble(state, overview.at) or waits(state)) if state is not None else ()
    return [note(f"source {name}", cut((blank(2), *told), width))] if told else []


def _pipeline_names(overview: Overview) -> list[str]:
    known = list(overview.workspace.pipelines) if overview.workspace is not None else []
    ran = sorted({v.run.plan.pipeline for v in overview.runs} - set(known))
    return known + ran


def _commit(view: RunView) -> Line:
    commit = view.run.plan.commit
    if commit is None:
        return line(("no commit", "muted"))
    more = len(view.run.commits)
    return line(commit.short, (f" +{more}" if more > 1 else "", "muted"))


_LEAST_CELLS = 12
"""A column of Home that is narrower says nothing of a card."""


def board(overview: Overview, width: int, height: int | None = None) -> list[Row]:
    """The columns side by side, a card in two lines where all of them fit so.

    Where the columns would be too narrow: counts, and then InWork.
    """
    now = overview.at
    rules = rules_of(overview.workspace)
    columns = in_columns(overview.cards, rules)
    limit = None if height is None else max(0, height - 1)
    if width < 56 or width < _LEAST_CELLS * len(columns):
        started = [c for p, cards in columns.items() if p.phase is Column.IN_WORK for c in cards]
        return _narrow_board(overview, columns, started, width, limit)
    cells = places(width, len(columns))
    titles = [
        column_title(column, len(columns[column]), overview.workspace, cell)
        for column, cell in zip(columns, cells, strict=True)
    ]
    rows = [heading(side_by_side(titles, cells))]
    depth = max((len(cards) for cards in columns.values()), default=0)
    if limit is not None and 2 * depth <= limit:
        for index in range(depth):
            rows += _two_lines(index, [columns[c][index : index + 1] for c in columns], now, cells)
        return rows + _no_cards(overview, width)
    shown = depth if limit is None or depth <= limit else max(0, limit - 1)
    for index in range(shown):
        made = [
            card_cell(columns[column][index], now, cell) if index < len(columns[column]) else ()
            for column, cell in zip(columns, cells, strict=True)
        ]
        rows.append(Row(f"row {index}", side_by_side(made, cells)))
    if shown < depth:
        rest = [max(0, len(columns[column]) - shown) for column in columns]
        more = [line((f"…{n} more" if n else "", "muted")) for n in rest]
        rows.append(note("more", side_by_side(more, cells)))
    return rows + _no_cards(overview, width)


def _two_lines(
    index: int, side: Sequence[Sequence[Card]], now: datetime, cells: Sequence[int]
) -> list[Row]:
    """The cards that stand side by side: id, owner, age; their titles below."""
    empty: tuple[Line, Line] = ((), ())
    blocks = [
        card_block(cards[0], now, cell) if cards else empty
        for cards, cell in zip(side, cells, strict=True)
    ]
    key = f"row {index}"
    return [
        Row(key, side_by_side([head for head, _ in blocks], cells)),
        note(key, side_by_side([title for _, title in blocks], cells)),
    ]


def board_need(overview: Overview) -> int:
    """Rows that the board takes with every card in two lines, its titles among them."""
    columns = in_columns(overview.cards, rules_of(overview.workspace))
    return 1 + 2 * max(1, *(len(cards) for cards in columns.values()))


def _no_cards(overview: Overview, width: int) -> list[Row]:
    if overview.cards:
        return []
    return [note("empty", cut(line(("No cards yet.", "muted")), width))]


def _narrow_board(
    overview: Overview,
    columns: Mapping[Place, Sequence[Card]],
    cards: list[Card],
    width: int,
    limit: int | None,
) -> list[Row]:
    counts = [column_title(c, len(columns[c]), overview.workspace, 24) for c in columns]
    rows = [heading(cut(joined(counts, line(" ")), width))]
    shown = cards if limit is None else cards[:limit]
    rows.extend(Row(card.id, card_cell(card, overview.at, width)) for card in shown)
    if not cards:
        rows.append(note("empty", cut(line(("Nothing in work.", "muted")), width)))
    return rows


def fleet(overview: Overview, width: int, height: int | None = None) -> list[Row]:
    """Hosts, those with an open alert first, then those that hurt; the rest is counted.

    Below a host stands its alert: what fired, and since when.
    """
    alerts, quiet = _alerts(overview), silences.marks(overview)
    found = hosts.worst_first(overview.frames.values(), overview.at)
    frames = sorted(found, key=lambda frame: frame.host not in alerts) if alerts else found
    if not frames:
        return [note("empty", cut(line(("No figures yet.", "muted")), width))]
    columns = hosts.home_grid(width)
    rows = [heading(columns.heading())]
    room = len(frames) if height is None else max(1, height - 1)
    alerted = sum(frame.host in alerts for frame in frames)
    is_whole = len(frames) + alerted <= room
    left, shown = room - (not is_whole), 0
    for frame in frames:
        fired = alerts.get(frame.host)
        # a host that would lose its alert to the edge still says it is wrong
        if left < 1:
            break
        rows.append(hosts.row(frame, columns, overview.at, quiet=quiet.get(frame.host, "")))
        if fired is not None and left > 1:
            rows.append(note(f"alert {frame.host}", _alert(fired, overview.at, width)))
        left -= 1 if fired is None else 2
        shown += 1
    rest = frames[shown:]
    if rest:
        wrong = sum(condition(f, overview.at).rank < 3 for f in rest)
        says = line((f"{wrong:,} of them not ok", "failed")) if wrong else line(("all ok", "ok"))
        more = line((f"…{len(rest):,} more, ", "muted"))
        rows.append(note("more", cut((*more, *says), width)))
    return rows


def _alerts(overview: Overview) -> dict[str, Incident]:
    """The newest open alert of each host."""
    open_ones = [i for i in overview.incidents if i.state is not IncidentState.RESOLVED]
    fired = [i for i in open_ones if i.host and i.fingerprint.startswith(ALERT)]
    return {i.host: i for i in sorted(fired, key=lambda i: i.last_at)}


def _alert(fired: Incident, now: datetime, width: int) -> Line:
    # the host stands in the row above
    what = fired.title.removesuffix(f" on {fired.host}")
    is_known = fired.state is IncidentState.ACKNOWLEDGED
    parts = line(
        (f"  {FLAG} {fired.id} ", "muted" if is_known else "failed"),
        (what, "text"),
        (f" · {units.age(fired.last_at, now)} ago", "muted"),
    )
    return cut(parts, width)


def traffic(overview: Overview, width: int, height: int | None = None) -> list[Row]:
    """What serves each service: split, versions, how long the other colour stays warm.

    Where `height` has room: both colours of each service, and then the last flips.
    """
    known = list(overview.workspace.services) if overview.workspace is not None else []
    names = known + sorted(set(overview.services) - set(known))
    if not names:
        return [note("empty", cut(line(("No services yet.", "muted")), width))]
    heads = {name: service_rows(overview, name, width) for name in names}
    lanes = {name: traffic_lanes(overview, name, width) for name in names}
    room = (height or 0) - sum(len(rows) for rows in (*heads.values(), *lanes.values()))
    if room < 0:
        return [row for rows in heads.values() for row in rows]
    made = [row for name in names for row in (*heads[name], *lanes[name])]
    flips = flip_rows(overview, width)
    if flips and room >= _LEAST_FLIPS:
        made += [note("gap", ()), *flips[: room - 1]]
    return made


def top_bar(
    overview: Overview,
    environment: Environment | None,
    armed: datetime | None,
    now: datetime,
    width: int,
    *,
    is_idle: bool = False,
) -> Line:
    """The one line above every screen.

    Args:
        overview: Read last; marked when it is old at `now`.
        environment: Where one looks; None for all.
        armed: Until when changes are allowed there; None when one may only look.
        now: The operator's wall clock, in the zone to show it in.
        width: Cells.
        is_idle: Nobody looks: a clock without seconds is not drawn again each second.
    """
    name = overview.workspace.name if overview.workspace is not None else "no workspace"
    where = line((f" {name}", "title"))
    if environment is not None:
        where = joined([where, line((environment.name, "accent"))])
    problems = _problems(overview)
    mistakes = _mistakes(overview)
    worker = _worker(overview.worker, overview, now)
    clock = _clock(overview, now, is_idle=is_idle)
    choices = (
        (mistakes, problems, worker, clock, _armed(environment, armed, now)),
        (mistakes, problems, worker, clock),
        (problems, worker, clock),
        (worker if _any_silent(overview, now) else problems or mistakes, clock),
        (clock,),
    )
    need = min(cells_of(where), max(12, width // 3))
    for parts in choices:
        right = joined(parts, line("  "))
        if need + cells_of(right) + 2 <= width:
            break
    return pad((*pad(where, width - cells_of(right) - 2), blank(1), *right, blank(1)), width)


def _mistakes(overview: Overview) -> Line:
    count = len(overview.mistakes)
    if not count:
        return ()
    return line((f"✕ {units.plural(count, 'mistake')} in the configuration", "failed"))


def _problems(overview: Overview) -> Line:
    count = sum(i.state is not IncidentState.RESOLVED for i in overview.incidents)
    return line((f"{FLAG} {units.plural(count, 'incident')}", "failed")) if count else ()


def _worker(worker: Worker | None, overview: Overview, now: datetime) -> Line:
    if len(overview.workers) > 1:
        return in_short(overview, now)
    if worker is None or worker.state is WorkerState.STOPPED:
        return line(("worker ○ none", "muted"))
    if _is_silent(worker, now):
        silent_s = (now - worker.beat_at).total_seconds()
        return line((f"worker ✕ silent {units.duration(silent_s)}", "failed"))
    if worker.state is not WorkerState.WORKING:
        return line((f"worker ◐ {worker.state}", "running"))
    active = sum(view.run.state not in ENDS for view in overview.runs)
    return line(("worker ", "muted"), ("●", "ok"), f" {units.plural(active, 'run')}")


def _any_silent(overview: Overview, now: datetime) -> bool:
    return any(_is_silent(w, now) for w in (overview.worker, *overview.workers))


def _is_silent(worker: Worker | None, now: datetime) -> bool:
    if worker is None or worker.state is WorkerState.STOPPED:
        return False
    return (now - worker.beat_at).total_seconds() > WORKER_SILENT_S


def age_if_old(overview: Overview, now: datetime) -> str:
    """How old what is shown is ("32 s"); empty while it is live."""
    return units.age(overview.at, now) if (now - overview.at).total_seconds() > OLD_S else ""


def _clock(overview: Overview, now: datetime, *, is_idle: bool) -> Line:
    old = age_if_old(overview, now)
    if old:
        return line((f"~ {old} old", "stale"))
    return line((f"{now:%H:%M}" if is_idle else f"{now:%H:%M:%S}", "muted"))


def _armed(environment: Environment | None, armed: datetime | None, now: datetime) -> Line:
    if armed is not None and armed > now:
        return line((f"armed {units.countdown(armed, now)}", "warning"))
    if environment is not None and environment.is_readonly:
        return line(("look only · ", "muted"), ("w", "key"), (" to arm", "muted"))
    return ()
