"""Workers by the names of their machines, and what runs ask of them."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.config.documents import Files
from devops_tui.config.fields import unique
from devops_tui.config.models_worker import WorkerModel
from devops_tui.config.report import Report


def compile_workers(files: Files, report: Report) -> dict[str, tuple[str, ...]]:
    """The labels of each machine's worker."""
    found: dict[str, tuple[str, ...]] = {}
    for name, data in files.section("workers").items():
        model = report.check(WorkerModel, data, files.main, ("workers", name))
        if model is not None:
            found[name] = unique(model.labels)
    return found


def asked_of_worker(pipeline: Iterable[str], jobs: Iterable[str]) -> tuple[str, ...]:
    """All labels that the one worker of a run must have, in order of the alphabet."""
    return tuple(sorted({*pipeline, *jobs}))
