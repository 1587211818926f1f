"""A run at a glance, beside the list of runs: how far, what it measured, why it stands."""

from __future__ import annotations

from collections.abc import Mapping

from devops_tui.domain.event import Json
from devops_tui.domain.view import Overview, RunView
from devops_tui.presentation import incidents, jobs, pipelines, readiness, run_owners
from devops_tui.presentation.layout import rule
from devops_tui.presentation.line import cut, line
from devops_tui.presentation.rows import Row, note

_COMMITS = 8


def preview(
    view: RunView, overview: Overview, before: Mapping[str, Json] | None, width: int
) -> list[Row]:
    """The head, the stages, the jobs with their figures; then what matters most about it.

    That is the evidence where a person is asked, and the likely cause where it failed.

    Args:
        view: The run.
        overview: Everything else at the same moment.
        before: Load figures of the last good run, to compare with.
        width: Cells.
    """
    now = overview.at
    rows = [note(f"head {i}", of) for i, of in enumerate(pipelines.head(view, now, width))]
    left = run_owners.left(overview, view, width)
    rows += [note("left", left)] if left else []
    rows.append(note("gap", ()))
    rows.append(note("stages", pipelines.stages(view, now, width)))
    rows.append(note("jobs", rule(line(("jobs", "title")), width)))
    rows += jobs.job_list(view, now, width, before)
    gate = readiness.open_gate(view)
    if gate is not None:
        rows += jobs.gate_rows(gate, now, width, view)
    problem = next((i for i in overview.incidents if i.run_id == view.run.id), None)
    if problem is not None:
        rows += incidents.cause_rows(problem, width)
    return rows + _commits(view, width)


def _commits(view: RunView, width: int) -> list[Row]:
    commits = view.run.commits
    if len(commits) < 2:  # the one commit stands in the head
        return []
    rows = [note("commits", rule(line(("commits since the last success", "title")), width))]
    for index, commit in enumerate(commits[:_COMMITS]):
        told = line((commit.short, "accent"), (f" {commit.author} ", "muted"), commit.subject)
        rows.append(note(f"commit {index}", cut(told, width)))
    if len(commits) > _COMMITS:
        rest = line((f"…{len(commits) - _COMMITS} more", "muted"))
        rows.append(note("more commits", cut(rest, width)))
    return rows
