"""The tests of `quarantine:`."""

from __future__ import annotations

from datetime import timedelta

from devops_tui.config.documents import Files
from devops_tui.config.models_quarantine import QuarantineModel
from devops_tui.config.report import Report
from devops_tui.domain.hours import instant
from devops_tui.domain.quarantine import Quarantine


def compile_quarantine(files: Files, report: Report) -> tuple[Quarantine, ...]:
    """Each with its end; one whose end has come is no mistake, it covers nothing any more."""
    found = files.main.data.get("quarantine")
    made = []
    for index, data in enumerate(found if isinstance(found, list) else []):
        model = report.check(QuarantineModel, data, files.main, ("quarantine", index))
        if model is None:
            continue
        day, minutes = model.until.day, model.until.minutes
        if minutes is None:  # a last day is meant as a whole
            day, minutes = day + timedelta(days=1), 0
        until = instant(day, minutes, model.zone)
        made.append(Quarantine(model.test, until, model.why, model.pipeline))
    return tuple(made)
