"""Flow and delivery figures from what really happened."""

from __future__ import annotations

import argparse
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.codec import encode
from devops_tui.domain.dora import Dora
from devops_tui.domain.errors import Refused
from devops_tui.domain.flow import Flow, Percentiles
from devops_tui.domain.sprint import Burndown
from devops_tui.presentation.dora import dora_rows
from devops_tui.presentation.flow import flow_rows

_PERIOD = re.compile(r"([1-9][0-9]{0,3})([dw])", re.ASCII)


def define_figures(parser: argparse.ArgumentParser) -> None:
    """Declares `figures`."""
    parser.add_argument("what", nargs="?", metavar="flow|dora", choices=("flow", "dora"))
    parser.add_argument("--service", metavar="NAME", default="", help="of one service only")
    parser.add_argument("--since", metavar="PERIOD", default="90d", help="such as 90d or 12w")
    parser.add_argument(
        "--cards", metavar="N", type=int, default=0, help="forecast: when so many are done"
    )
    parser.add_argument(
        "--ahead", metavar="DAYS", type=int, default=30, help="forecast: how many by then"
    )
    parser.add_argument("--csv", action="store_true", help="one figure a line: name,value,unit")
    examples(parser, "figures", "figures flow --cards 12", "figures dora --service shop --csv")
    parser.set_defaults(act=_figures)


def _figures(call: Call) -> int:
    words = call.words
    found = _PERIOD.fullmatch(words.since)
    if found is None:
        raise WrongWords(f"figures: no period {words.since}", "Write it like 90d or 12w.")
    if words.cards < 0 or words.ahead < 1:
        raise WrongWords("figures: a forecast needs a number above 0", "Look at `--help`.")
    days = int(found[1]) * (7 if found[2] == "w" else 1)
    rows: list[tuple[str, ...]] = []
    front = call.front
    if words.what != "dora":
        flow = front.flow(days, words.service, words.cards, words.ahead)
        rows += _flow_cells(flow)
        call.out.json({"figures": "flow", **_plain(flow), "efficiency": flow.efficiency})
        if not words.csv:
            sprint = _sprint(call)
            call.out.lines(r.line for r in flow_rows(flow, call.out.width, 8, sprint))
    if words.what != "flow":
        found_dora = front.dora(days, words.service)
        rows += [cell for one in found_dora for cell in _dora_cells(one)]
        for one in found_dora:
            call.out.json({"figures": "dora", **encode(one)})
        if not words.csv:
            call.out.lines(row.line for row in dora_rows(found_dora, call.out.width))
    if words.csv and not call.out.is_json:
        call.out.script(_as_csv(rows))
    return Exit.OK


def _sprint(call: Call) -> Burndown | None:
    try:
        return call.front.burndown()
    except Refused:  # none runs
        return None


def _flow_cells(flow: Flow) -> Iterable[tuple[str, ...]]:
    name = flow.service
    yield from _percentile_cells(name, "lead_time", flow.lead)
    yield from _percentile_cells(name, "cycle_time", flow.cycle)
    yield (name, "flow_efficiency", _told(flow.efficiency), "ratio", "")
    yield (name, "done", str(len(flow.done)), "cards", "")
    for day, count in flow.weeks:
        yield (name, "throughput", str(count), "cards", day.isoformat())
    for card in flow.wip:
        yield (name, "wip_age", _told(card.age_s), "s", card.card_id)
    for one in flow.days:
        columns = {n: getattr(one, n) for n in ("backlog", "planned", "in_work", "done")}
        for column, count in {**columns, **one.further}.items():
            yield (name, f"cumulative_{column}", str(count), "cards", str(one.day))
    for done in flow.done:
        yield (name, "card_lead", _told(done.lead_s), "s", done.card_id)
        yield (name, "card_cycle", _told(done.cycle_s), "s", done.card_id)
    for share in ("p50", "p85", "p95"):
        if flow.when is not None:
            yield (name, f"days_until_done_{share}", _told(getattr(flow.when, share)), "days", "")
        if flow.how_many is not None:
            yield (name, f"done_ahead_{share}", str(getattr(flow.how_many, share)), "cards", "")
    for note in flow.notes:
        yield (name, "note", note, "", "")


def _dora_cells(one: Dora) -> Iterable[tuple[str, ...]]:
    yield from _percentile_cells(one.service, "change_lead_time", one.lead)
    yield (one.service, "deployment_frequency", _told(one.per_day), "per day", "")
    yield from _percentile_cells(one.service, "failed_deployment_recovery_time", one.recovery)
    yield (one.service, "change_fail_rate", _told(one.fail_rate), "ratio", "")
    yield (one.service, "deployment_rework_rate", _told(one.rework_rate), "ratio", "")
    for note in one.notes:
        yield (one.service, "note", note, "", "")


def _percentile_cells(
    service: str, name: str, found: Percentiles | None
) -> Iterable[tuple[str, ...]]:
    for share in ("p50", "p85", "p95"):
        value = getattr(found, share) if found is not None else None
        yield (service, f"{name}_{share}", _told(value), "s", "")


def _plain(flow: Flow) -> dict[str, Any]:
    """As JSON knows it, which has no days."""
    told: dict[str, Any] = encode(replace(flow, weeks=(), days=()))
    told["weeks"] = [[day.isoformat(), count] for day, count in flow.weeks]
    told["days"] = [{**encode(one), "day": one.day.isoformat()} for one in flow.days]
    return told


def _told(value: Any) -> str:
    """Empty where nobody knows, which is not 0."""
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def _as_csv(rows: Sequence[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("service", "figure", "value", "unit", "of"))
    writer.writerows(rows)
    return text.getvalue()
