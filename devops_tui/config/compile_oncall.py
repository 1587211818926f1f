"""The rota of `oncall:`."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from devops_tui.config.documents import Files
from devops_tui.config.models_oncall import OnCallModel
from devops_tui.config.report import Report
from devops_tui.config.words_hours import Moment
from devops_tui.domain.hours import instant
from devops_tui.domain.oncall import EscalationStep, Override, Rota


def compile_oncall(files: Files, report: Report) -> Rota | None:
    """The rota; None when there is none. The team is compiled before."""
    data = files.main.data.get("oncall")
    if data is None:
        return None
    model = report.check(OnCallModel, data, files.main, ("oncall",))
    if model is None:
        return None
    if model.starts.minutes is not None:
        what = "the first week begins on a day"
        report.add(files.main, ("oncall", "starts"), what, "write the time as `at:`")
    overrides = []
    for number, each in enumerate(model.overrides):
        begins = instant(each.from_.day, each.from_.minutes or 0, model.zone)
        made = Override(begins, _end(each.to, model.zone), each.who)
        if made.ends <= made.begins:
            path = ("oncall", "overrides", number, "to")
            report.add(files.main, path, "the override ends before it begins", "swap the two")
        overrides.append(made)
    steps = tuple(EscalationStep(step.after, step.to or "") for step in model.escalate)
    for number, (one, other) in enumerate(pairwise(steps)):
        if other.after_s <= one.after_s:
            path = ("oncall", "escalate", number + 1, "after")
            report.add(files.main, path, "not later than the step before", "let it come later")
    return Rota(
        tuple(model.weeks),
        model.starts.day.isoformat(),
        model.at,
        model.zone,
        tuple(overrides),
        steps,
    )


def _end(to: Moment, zone: str) -> datetime:
    if to.minutes is not None:
        return instant(to.day, to.minutes, zone)
    return instant(to.day + timedelta(days=1), 0, zone)  # a last day is meant as a whole
