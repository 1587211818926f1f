"""What a worker cannot go on with: commands that run on the machine of another one."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.pipeline import Job, JobRun, State
from devops_tui.domain.work import MeasureLoad, RunCommand, Work
from devops_tui.engines.workplace import Workplace, machine_of


def lost_elsewhere(job: Job, record: JobRun, place: Workplace) -> JobRun | None:
    """The end of a job that ran on its worker's own machine, which is not this one.

    None for what can be followed from here: what runs on hosts, over SSH, what waits for
    a person, and what was started in this very place.
    """
    if record.state is not State.RUNNING or not is_beside_worker(job.work):
        return None
    if not record.place or record.place == place.place:
        return None
    there, here = machine_of(record.place), machine_of(place.place)
    where = there if there != here else f"{there}, in another state folder"
    why = f"it ran beside its worker on {where}; that worker was taken over: look there what it did"
    return replace(record, state=State.LOST, ended_at=place.clock.now(), why=why)


def is_beside_worker(work: Work) -> bool:
    """Whether the work runs on the worker's own machine, in its checkout."""
    return isinstance(work, MeasureLoad) or (isinstance(work, RunCommand) and not work.hosts)
