"""What starts a pipeline: checked against the other pipelines and the calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devops_tui.config.compile_fleet import absolute
from devops_tui.config.cycles import cycles
from devops_tui.config.documents import Entry
from devops_tui.config.fields import unique
from devops_tui.config.models_source import ScheduleModel, SourceModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.config.yaml_events import shown
from devops_tui.domain.cron import BadCron
from devops_tui.domain.errors import Mistake, NotFound
from devops_tui.domain.pipeline import Source
from devops_tui.domain.schedule import Schedule, next_after, zone_of

_GIT_KEYS = ("branch", "tags", "poll")
_DEFAULT_BRANCH = "main"


def compile_source(
    model: SourceModel | None, entry: Entry, folder: Path, report: Report
) -> Source | None:
    """The repository that a pipeline builds; None when it has none."""
    if model is None:
        return None
    at: Steps = (*entry.path, "source")
    if model.upstream is not None:
        _refuse_git_keys(model, entry, at, report)
        return None
    if not model.git:
        todo = "add it, like `git: git@git.example.com:shop.git`, or `upstream: [build]`"
        report.add(entry.document, at, "missing key `git`", todo, of_key=True)
        return None
    is_near = model.git in (".", "..") or model.git.startswith(("./", "../", "~/"))
    git = str(Path(absolute(model.git, folder)).resolve()) if is_near else model.git
    tags = unique(model.tags or ())
    branches = unique(model.branch or (() if tags else (_DEFAULT_BRANCH,)))
    return Source(git, branches[0] if branches else "", model.poll, branches[1:], tags)


def _refuse_git_keys(model: SourceModel, entry: Entry, at: Steps, report: Report) -> None:
    if model.git:
        what = "`git` and `upstream` exclude one another"
        todo = "keep one: the commit of an upstream pipeline is checked out anyway"
        report.add(entry.document, (*at, "git"), what, todo, of_key=True)
    for key in _GIT_KEYS:
        if key in model.model_fields_set:
            what = f"`{key}` says nothing beside `upstream`"
            report.add(entry.document, (*at, key), what, "leave it out", of_key=True)


def compile_schedule(model: ScheduleModel | None, entry: Entry, report: Report) -> Schedule | None:
    """When the clock starts it; mistakes bear the column inside the expression."""
    if model is None:
        return None
    at: Steps = (*entry.path, "schedule")
    written = entry.data["schedule"]
    place: Steps = (*at, "cron") if isinstance(written, dict) else at
    schedule = Schedule(model.cron, model.zone)
    try:
        zone_of(model.zone)
        if next_after(schedule, datetime(2000, 1, 1, tzinfo=UTC)) is None:
            report.add(entry.document, place, "it would never run", "correct the day or the month")
    except BadCron as error:
        _add_bad_cron(error, entry, place, report)
        return None
    except NotFound as error:
        report.add(entry.document, (*at, "zone"), error.title, error.hint)
        return None
    return schedule


def _add_bad_cron(error: BadCron, entry: Entry, place: Steps, report: Report) -> None:
    line, column = entry.document.place(place)
    quote = 1 if place in entry.document.quoted else 0
    found = Mistake(entry.document.file, line, column + quote + error.column, error.what)
    report.note(Mistake(found.file, found.line, found.column, error.what, error.todo))


def check_upstreams(found: Iterable[Entry], report: Report) -> Mapping[str, tuple[str, ...]]:
    """Pipeline to its upstreams; notes those that do not exist, and circles.

    Reads the bare data, so that a pipeline with another mistake is still one to refer to.
    """
    by_name = {entry.name: entry for entry in found}
    graph = {name: _upstreams(entry.data) for name, entry in by_name.items()}
    for name, upstreams in graph.items():
        at: Steps = (*by_name[name].path, "source", "upstream")
        for index, other in enumerate(upstreams):
            if other not in graph and report.names.unsure.isdisjoint(("pipeline", "service")):
                _add_unknown(other, set(graph) - {name}, by_name[name], (*at, index), report)
    for circle in cycles(graph):
        entry = by_name[circle[0]]
        what = f"pipelines start one another in a circle: {' -> '.join((*circle, circle[0]))}"
        at = (*entry.path, "source", "upstream")
        report.add(entry.document, at, what, "give one of them a source of its own")
    return {name: unique(o for o in others if o in graph) for name, others in graph.items()}


def _add_unknown(
    name: str, known: Collection[str], entry: Entry, at: Steps, report: Report
) -> None:
    todo = report.choose(name, known, "name another pipeline of this workspace")
    report.add(entry.document, at, f"unknown pipeline `{shown(name)}`", todo)


def _upstreams(data: Any) -> tuple[str, ...]:
    source = data.get("source") if isinstance(data, dict) else None
    written = source.get("upstream") if isinstance(source, dict) else None
    if isinstance(written, str):
        return (written,)
    items = written if isinstance(written, list) else []
    return tuple(item for item in items if isinstance(item, str))
