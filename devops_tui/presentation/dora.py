"""The five delivery figures, service by service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devops_tui.domain.dora import Deployment, Dora
from devops_tui.domain.flow import Percentiles
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.rows import Row, note

_NAME = 32
_SHOWN = 12


def dora_rows(found: Sequence[Dora], cells: int) -> list[Row]:
    """Each service with its figures and its newest deployments."""
    if not found:
        return [note("dora none", cut(line(("no service is defined", "muted")), cells))]
    lines = [of for one in found for of in _service(one)]
    return [note(f"dora {place}", cut(of, cells)) for place, of in enumerate(lines)]


def _service(one: Dora) -> Iterable[Line]:
    days = round((one.until - one.since).total_seconds() / 86400)
    yield line((one.service, "accent"), (f"  the last {units.plural(days, 'day')}", "muted"))
    if one.deployments:
        count = units.plural(len(one.deployments), "deployment")
        yield _figure("change lead time", _median(one.lead, "change"))
        yield _figure("deployment frequency", f"{_pace(one.per_day)} ({count})")
        yield _figure("failed deployment recovery time", _median(one.recovery, "failure"))
        yield _figure("change fail rate", units.percent(one.fail_rate))
        yield _figure("deployment rework rate", units.percent(one.rework_rate))
    yield from (line(("  ", "text"), (told, "warning")) for told in one.notes)
    for deployment in one.deployments[: -_SHOWN - 1 : -1]:
        yield _deployment(deployment)
    yield ()


def _figure(name: str, told: str) -> Line:
    role: Role = "lost" if told == "unknown" else "text"
    return line((f"  {name:{_NAME}}", "muted"), (told, role))


def _median(found: Percentiles | None, what: str) -> str:
    if found is None:
        return "unknown"
    told = f"median {units.duration(found.p50)} · 85 % {units.duration(found.p85)}"
    return f"{told} · of {units.plural(found.count, what)}"


def _pace(per_day: float | None) -> str:
    if per_day is None:
        return "unknown"
    return f"{per_day:.1f} a day" if per_day >= 1 else f"{per_day * 7:.1f} a week"


def _deployment(one: Deployment) -> Line:
    role: Role = "failed" if one.failed else "ok"
    told = f" · {one.failed}" if one.failed else ""
    if one.failed:
        back = units.seconds_between(one.at, one.recovered_at)
        told += f", {'not recovered' if back is None else 'over after ' + units.duration(back)}"
    return line(
        (f"    {'✕' if one.failed else '●'} ", role),
        f"{one.at:%Y-%m-%d %H:%M} ",
        (one.run or one.flip, "accent"),
        (told, "failed"),
        (f" · rework: {one.rework}" if one.rework else "", "warning"),
    )
