"""Repeats a run by today's definition of its pipeline."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import RunId
from devops_tui.domain.parameter import resolve
from devops_tui.domain.pipeline import ENDS, Run
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services.pipelines import store_plan


def rerun_today(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    run_id: RunId,
    actor: str = "",
    why: str = "",
) -> Run:
    """A new run of the same commit by the pipeline as it is defined today; the run says so.

    It takes nothing over: what ended well did so by another plan.

    Raises:
        NotFound: There is no such run, or no such pipeline any more.
        Refused: The run has not ended, or promotes an artifact.
        WrongParameter: Today's pipeline requires a parameter that the run did not have.
    """
    with store.transaction():
        old = store.run(run_id)
        if old.state not in ENDS:
            raise Refused(f"{run_id} has not ended", "Cancel it first, or wait.")
        if old.plan.artifacts:
            raise Refused(f"{run_id} promotes an artifact", "Promote it again instead.")
        definition = workspace.pipeline(old.plan.pipeline)
        known = {parameter.name for parameter in definition.parameters}
        words = {given.name: given.value for given in old.plan.parameters if given.name in known}
        plan = replace(
            old.plan,
            stages=definition.stages,
            runs_on=definition.runs_on,
            parameters=resolve(definition.parameters, words),
        )
        same = ", which is the same" if plan.hash == old.plan.hash else ""
        return store_plan(
            store,
            clock,
            plan,
            actor,
            why,
            f"rerun of {old.id} with today's plan{same}",
            old.commits,
            old.cards,
            mode="today",
            plan_before=old.plan.hash,
        )
