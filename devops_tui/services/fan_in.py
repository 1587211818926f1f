"""Which runs of upstream pipelines fit together: those of the same ancestor revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from devops_tui.domain.pipeline import Run, RunInput, State
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.store import Store

RUNS_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class FanIn:
    """What a pipeline with upstreams would run with now.

    Attributes:
        inputs: One run of each upstream, in the order of the configuration; empty when
            nothing fits together.
        waits: What is still missing for the newest success of an upstream; empty when
            the inputs are the newest successes.
    """

    inputs: tuple[RunInput, ...] = ()
    waits: str = ""


def as_input(run: Run) -> RunInput:
    """A run as the input of another."""
    commit = run.plan.commit.id if run.plan.commit is not None else ""
    return RunInput(run.plan.pipeline, run.id, commit, roots_of(run))


def roots_of(run: Run) -> Mapping[str, str]:
    """Repository to commit, of a run and of all that went into it."""
    roots = {url: commit for one in run.plan.inputs for url, commit in one.roots.items()}
    if run.plan.source is not None and run.plan.commit is not None:
        roots[run.plan.source.git] = run.plan.commit.id
    return roots


def find_inputs(store: Store, workspace: Workspace, pipeline: str) -> FanIn:
    """The newest successes of the upstreams that fit together.

    Two runs fit when they agree on the commit of every repository that both go back to.
    The newest success of the first upstream is tried first, then of the second, and so on.
    """
    upstream = workspace.pipeline(pipeline).upstream
    successes = [_successes(store, name) for name in upstream]
    for name, runs in zip(upstream, successes, strict=True):
        if not runs:
            return FanIn(waits=f"{name} has not succeeded yet")
    best = next(_fitting(successes, {}), ())
    return FanIn(tuple(best), _missing(upstream, [runs[0] for runs in successes], best))


def _successes(store: Store, pipeline: str) -> list[RunInput]:
    """Newest first; a commit that succeeded several times counts by its newest run."""
    found: list[RunInput] = []
    seen: set[tuple[tuple[str, str], ...]] = set()
    for run in store.runs(pipeline, RUNS_LOOKED_AT):
        made = as_input(run)
        revision = tuple(sorted(made.roots.items()))
        if run.state is State.OK and (not revision or revision not in seen):
            seen.add(revision)
            found.append(made)
    return found


def _fitting(
    successes: Sequence[Sequence[RunInput]], roots: Mapping[str, str]
) -> Iterator[list[RunInput]]:
    """Every way to take one run of each that agrees with `roots`, the newest first."""
    if not successes:
        yield []
        return
    for one in successes[0]:
        if all(roots.get(url, commit) == commit for url, commit in one.roots.items()):
            for rest in _fitting(successes[1:], {**roots, **one.roots}):
                yield [one, *rest]


def _missing(
    upstream: Sequence[str], newest: Sequence[RunInput], chosen: Sequence[RunInput]
) -> str:
    """Who has still to succeed with the revision of the newest success of another."""
    taken = {one.run_id for one in chosen}
    ahead = next((one for one in newest if one.run_id not in taken), None)
    if ahead is None:
        return ""
    behind = [
        name
        for name, one in zip(upstream, newest, strict=True)
        if any(ahead.roots.get(url, commit) != commit for url, commit in one.roots.items())
    ]
    if not behind:
        return ""
    commit = ahead.commit[:7] or ahead.run_id
    return f"{ahead.pipeline} is at {commit}; waits for {', '.join(behind)} to succeed with it"
