"""Makes runs: of a pipeline, of a commit, and again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from functools import partial

from devops_tui.domain.errors import NotFound, Refused
from devops_tui.domain.event import Event, Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.parameter import resolve
from devops_tui.domain.pipeline import ENDS, Commit, Plan, Run, RunInput, Source, State
from devops_tui.domain.refs import BRANCHES, TAGS, is_pattern, matching
from devops_tui.domain.rerun import taken_over
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Sources
from devops_tui.ports.store import Store
from devops_tui.services.fan_in import find_inputs
from devops_tui.services.host_reuse import take_over_hosts
from devops_tui.services.origins import Origin

_COMMITS = 50
_NOWHERE = Origin()
_NOT_STARTED = "waits for the worker"


def create_run(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    pipeline: str,
    actor: str,
    why: str = "",
    trigger: str = "hand",
    commit: Commit | None = None,
    commits: Sequence[Commit] = (),
    parameters: Mapping[str, str] | None = None,
    origin: Origin = _NOWHERE,
) -> Run:
    """Stores a new run that waits for an engine, with its event, in one transaction.

    `commits` are those that this run brings; cards that their subjects name are tied to it.
    `parameters` are those that were asked for; the others have their defaults.

    Raises:
        NotFound: There is no such pipeline.
        Refused: It has no stages, or it has a source and no commit is given.
        WrongParameter: A parameter does not take its value, or is required and not given.
    """
    definition = workspace.pipeline(pipeline)
    if not definition.stages:
        raise Refused(f"{pipeline} has no stages")
    if definition.source is not None and commit is None:
        raise Refused(f"{pipeline} builds a commit, and none is given")
    given = resolve(definition.parameters, parameters or {})
    plan = Plan(
        pipeline,
        definition.stages,
        commit,
        origin.source or definition.source,
        parameters=given,
        branch=origin.branch,
        tag=origin.tag,
        inputs=origin.inputs,
        runs_on=definition.runs_on,
    )
    brought = tuple(commits) or ((commit,) if commit is not None else ())
    cards = cards_named(workspace.board.prefix, brought)
    return _store_run(store, clock, plan, actor, why, trigger, brought, cards)


async def run_newest(
    store: Store,
    clock: Clock,
    sources: Sources,
    workspace: Workspace,
    pipeline: str,
    actor: str,
    why: str = "",
    trigger: str = "hand",
    commit_id: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Run:
    """Creates a run of the newest commit, or of `commit_id`; see `prepare_newest`.

    Raises:
        HostUnreachable, NotFound, Refused: As Sources and `create_run`.
    """
    create = await prepare_newest(
        store, clock, sources, workspace, pipeline, actor, why, trigger, commit_id, parameters
    )
    return create()


async def prepare_newest(
    store: Store,
    clock: Clock,
    sources: Sources,
    workspace: Workspace,
    pipeline: str,
    actor: str,
    why: str = "",
    trigger: str = "hand",
    commit_id: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Callable[[], Run]:
    """Asks the source; what it returns creates the run, in one transaction with others.

    The newest commit is that of the first branch that the source names, else of what its
    patterns mean. A pipeline with upstreams takes the newest of their runs that fit.

    Raises:
        HostUnreachable, NotFound, Refused: As Sources and `create_run`.
    """
    definition = workspace.pipeline(pipeline)
    resolve(definition.parameters, parameters or {})  # before the source is asked
    if definition.upstream and commit_id is not None:
        others = ", ".join(definition.upstream)
        raise Refused(
            f"{pipeline} builds no commit of its own: it stands on {others}",
            "Run those with the commit; leave it out here.",
        )
    if definition.upstream:
        inputs = inputs_now(store, workspace, pipeline)
        return partial(
            create_fed_run,
            store,
            clock,
            workspace,
            pipeline,
            actor,
            why,
            trigger,
            inputs,
            parameters,
        )
    create = partial(
        create_run,
        store,
        clock,
        workspace,
        pipeline,
        actor,
        why,
        trigger,
        parameters=parameters,
    )
    source = definition.source
    if source is None:
        return create
    origin = _NOWHERE
    if commit_id is None:
        ref, commit_id = await newest_ref(sources, source)
        origin = Origin.of(ref)
    commits = await brought_by(store, sources, source, pipeline, commit_id, origin)
    return partial(create, commit=commits[0], commits=commits, origin=origin)


def inputs_now(store: Store, workspace: Workspace, pipeline: str) -> tuple[RunInput, ...]:
    """The runs that a run of a pipeline with upstreams would take now.

    Raises:
        Refused: None fit together; says what is missing.
    """
    found = find_inputs(store, workspace, pipeline)
    if not found.inputs:
        raise Refused(f"{pipeline} has nothing to run with: {found.waits}", "Run that first.")
    return found.inputs


def create_fed_run(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    pipeline: str,
    actor: str,
    why: str,
    trigger: str,
    inputs: Sequence[RunInput],
    parameters: Mapping[str, str] | None = None,
) -> Run:
    """Creates a run that stands on runs of upstream pipelines, at the first one's commit.

    Raises:
        NotFound, Refused, WrongParameter: As `create_run`.
    """
    first = store.run(inputs[0].run_id)
    brought: dict[str, Commit] = {}
    for one in inputs:
        brought |= {commit.id: commit for commit in store.run(one.run_id).commits}
    origin = Origin(first.plan.branch, first.plan.tag, tuple(inputs), first.plan.source)
    commit = first.plan.commit
    return create_run(
        store,
        clock,
        workspace,
        pipeline,
        actor,
        why,
        trigger,
        commit,
        tuple(brought.values()) if commit is not None else (),
        parameters,
        origin,
    )


async def newest_ref(sources: Sources, source: Source) -> tuple[str, str]:
    """The ref that a run by hand or by the clock builds, with its commit.

    Raises:
        HostUnreachable, NotFound, Refused: The source cannot be read, or has nothing of it.
    """
    named = [name for name in source.branches if not is_pattern(name)]
    if named:
        return f"{BRANCHES}{named[0]}", await sources.head(source.git, named[0])
    kinds = [BRANCHES] if source.branches else []
    refs = await sources.refs(source.git, [*kinds, *([TAGS] if source.tags else [])])
    found = matching(source.branches, BRANCHES, refs) | matching(source.tags, TAGS, refs)
    if not found:
        raise NotFound(f"nothing in {source.git} fits the patterns of its source")
    newest = await sources.newest(source.git, list(found.values()))
    return next((ref, commit) for ref, commit in found.items() if commit == newest)


async def brought_by(
    store: Store,
    sources: Sources,
    source: Source,
    pipeline: str,
    head: str,
    origin: Origin = _NOWHERE,
) -> tuple[Commit, ...]:
    """The commits since the last success, newest first; at least that of `head`.

    The last success of the same branch counts, or of any tag; else the last of all.
    """
    done = [r for r in store.runs(pipeline) if r.state is State.OK and r.plan.commit is not None]
    last = next((r for r in done if origin.is_like(r.plan)), done[0] if done else None)
    since = last.plan.commit.id if last is not None and last.plan.commit is not None else None
    rows = await sources.commits(source.git, since, head, _COMMITS if since else 1)
    if not rows:  # the commit that succeeded already, or an older one
        rows = await sources.commits(source.git, None, head, 1)
    return tuple(Commit(i, subject, author, at) for i, author, subject, at in rows)


def rerun(
    store: Store,
    clock: Clock,
    run_id: RunId,
    mode: str = "all",
    stage: str = "",
    actor: str = "",
    why: str = "",
) -> Run:
    """A new run of the same plan; for what it takes over by `mode` see `taken_over`.

    Artifacts of the jobs that are taken over belong to the new run too.

    Raises:
        NotFound: There is no such run or stage.
        Refused: The run has not ended, the mode is unknown, or an earlier stage failed.
    """
    with store.transaction():
        old = store.run(run_id)
        if old.state not in ENDS:
            raise Refused(f"{run_id} has not ended", "Cancel it first, or wait.")
        records = store.job_runs(old.id)
        reused = taken_over(old.plan, {r.job_id: r.state for r in records}, mode, stage)
        new = _store_run(
            store,
            clock,
            old.plan,
            actor,
            why,
            f"rerun of {old.id}",
            old.commits,
            old.cards,
            mode=mode,
            reused=sorted(reused),
        )
        for record in records:
            if record.job_id in reused:
                store.save_job(replace(record, run_id=new.id, is_reused=True), State.WAITING)
        if mode == "failed":
            take_over_hosts(store, old, new, reused)
        for artifact in store.artifacts(old.id):
            is_brought = any(a.digest == artifact.digest for a in old.plan.artifacts)
            if artifact.job_id in reused or is_brought:
                store.add_artifact(replace(artifact, run_id=new.id, origin=artifact.built_by))
    return new


def ask_cancel(store: Store, clock: Clock, run_id: RunId, actor: str, why: str = "") -> Run:
    """Writes down that somebody wants a run cancelled; `Engine.cancel` then does it.

    Raises:
        NotFound: There is no such run.
        Refused: It has ended.
    """
    with store.transaction():
        run = store.run(run_id)
        if run.state in ENDS:
            raise Refused(f"{run_id} has ended already")
        store.append(Event("run.cancel_asked", run_id, clock.now(), actor, why))
    return run


def cards_named(prefix: str, commits: Sequence[Commit]) -> tuple[str, ...]:
    """Ids of cards like SHOP-12 in the subjects of commits, each once, in their order."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(prefix)}-[1-9][0-9]*(?![\w-])")
    names = (m[0] for c in commits for m in pattern.finditer(c.subject))
    return tuple(dict.fromkeys(names))


def store_plan(
    store: Store,
    clock: Clock,
    plan: Plan,
    actor: str,
    why: str,
    trigger: str,
    commits: Sequence[Commit] = (),
    cards: Sequence[str] = (),
    **data: Json,
) -> Run:
    """Stores a run of a plan that was made elsewhere; `data` goes into its event."""
    return _store_run(store, clock, plan, actor, why, trigger, commits, cards, **data)


def _store_run(
    store: Store,
    clock: Clock,
    plan: Plan,
    actor: str,
    why: str,
    trigger: str,
    commits: Sequence[Commit],
    cards: Sequence[str],
    **data: Json,
) -> Run:
    with store.transaction():
        now = clock.now()
        number = store.next_run_number(plan.pipeline)
        run = Run(
            RunId(f"{plan.pipeline}-{number}"),
            number,
            plan,
            State.WAITING,
            now,
            actor,
            why,
            trigger,
            why_waiting=_NOT_STARTED,
            commits=tuple(commits),
            cards=tuple(cards),
        )
        store.add_run(run)
        facts = {
            "pipeline": plan.pipeline,
            "trigger": trigger,
            "commit": plan.commit.id if plan.commit is not None else "",
            **_brought(run),
            **data,
        }
        store.append(Event("run.created", run.id, now, actor, why, facts))
    return run


def _brought(run: Run) -> dict[str, Json]:
    """What delivery figures need to know of a run, long after its row was pruned."""
    own = (run.plan.commit,) if run.plan.commit is not None else ()
    commits = {c.id: c for c in (*own, *run.commits)}.values()
    facts: dict[str, Json] = {
        "changes": [[c.id, c.at.astimezone(UTC).isoformat() if c.at else None] for c in commits],
        "cards": list(run.cards),
    }
    return {name: fact for name, fact in facts.items() if fact}
