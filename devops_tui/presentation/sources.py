"""What starts pipelines: what cannot be read, what is waited for, when the clock is next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from devops_tui.domain.pipeline import Pipeline, Plan
from devops_tui.domain.source_state import SourceState
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.rows import Row, note

_MOST = 6


def trouble(state: SourceState, now: datetime) -> Line:
    """Since when and why it cannot be read; empty while it can."""
    since = state.unreadable_since
    if since is None:
        return ()
    local = now.astimezone()  # the clock on the operator's wall
    told = f"{units.time_of_day(since, local)}, {units.age(since, now)} ago"
    return line((f"✕ source unreadable since {told}", "failed"), (f": {state.why}", "muted"))


def waits(state: SourceState) -> Line:
    """What an upstream has still to do; empty when nothing is missing."""
    return line((f"‖ {state.waits}", "waits")) if state.waits else ()


def next_start(state: SourceState, pipeline: Pipeline | None, now: datetime) -> Line:
    """When the clock starts it next; empty when it does not."""
    if state.next_at is None or pipeline is None or pipeline.schedule is None:
        return ()
    left_s = units.seconds_between(now, state.next_at) or 0.0
    if left_s < 0:
        return line((f"due since {units.age(state.next_at, now)}: is a worker there?", "waits"))
    at = units.time_of_day(state.next_at, now.astimezone())
    return line((f"next by the clock {at}, in {units.duration(left_s)}", "muted"))


def about(state: SourceState, pipeline: Pipeline | None, now: datetime) -> Line:
    """All of it in one line; empty when there is nothing to say."""
    return joined([trouble(state, now), waits(state), next_start(state, pipeline, now)])


def rows(
    sources: Mapping[str, SourceState],
    pipelines: Mapping[str, Pipeline],
    now: datetime,
    width: int,
) -> list[Row]:
    """One line for each pipeline that something is to be said of, trouble first."""
    known = [state for name, state in sources.items() if name in pipelines]
    known.sort(key=lambda s: (s.unreadable_since is None, not s.waits))
    made: list[Row] = []
    for state in known:
        told = about(state, pipelines[state.pipeline], now)
        if told:
            named = line((f"{state.pipeline} ", "accent"))
            made.append(note(f"source {state.pipeline}", cut((*named, *told), width)))
    if len(made) > _MOST:
        rest = line((f"…{len(made) - _MOST + 1} more", "muted"))
        made = [*made[: _MOST - 1], note("more sources", rest)]
    return made


def place(plan: Plan) -> Line:
    """Where the commit of a run was found, and the runs that it stands on."""
    where = f"tag {plan.tag}" if plan.tag else plan.branch
    stands = ", ".join(one.run_id for one in plan.inputs)
    return joined(
        [
            line((where, "accent")) if where else (),
            line((f"stands on {stands}", "muted")) if stands else (),
        ]
    )
