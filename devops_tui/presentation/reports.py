"""What tests and load tools reported of a job, in lines; all of their texts are untrusted."""

from __future__ import annotations

from devops_tui.domain.report import Case, CaseReport, Change, Comparison, Judgement, Report
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, Role, cut, line
from devops_tui.presentation.rows import Row, note

_INDENT = "  "
_SLOWEST = 3
_BRIEF = 3
_NAMES = {
    "tps": "tps",
    "mean_ms": "mean",
    "p95_ms": "p95",
    "p99_ms": "p99",
    "error_ratio": "errors",
}
_LOOKS: dict[Judgement, tuple[str, Role]] = {
    Judgement.FINE: ("● fine", "ok"),
    Judgement.UNSURE: ("‖ inside the noise", "waits"),
    Judgement.WORSE: ("✕ worse", "failed"),
}


def rows(key: str, report: Report, width: int) -> list[Row]:
    """Everything: counts, failures with their messages, slowest tests, load, comparison."""
    lines: list[Line] = []
    if report.cases is not None:
        lines += _cases(report.cases)
    if report.load is not None:
        lines.append(_load(report))
    if report.comparison is not None:
        lines += _comparison(report.comparison)
    return [note(f"{key} report {i}", cut(made, width)) for i, made in enumerate(lines)]


def brief(key: str, report: Report | None, width: int) -> list[Row]:
    """The few lines that stand below a job in a list: what failed, what cannot be told."""
    if report is None:
        return []
    lines: list[Line] = []
    if report.cases is not None:
        failures = report.cases.failures
        lines += [_failure(case) for case in failures[:_BRIEF]]
        missing = report.cases.failed - len(failures[:_BRIEF])
        if missing > 0:
            lines.append(line((f"{_INDENT}and {missing:,} more", "muted")))
        lines += [line((f"{_INDENT}~ {flaw}", "warning")) for flaw in report.cases.flaws[:1]]
    if report.comparison is not None:
        bad = [c for c in report.comparison.changes if c.judgement is not Judgement.FINE]
        lines += [_change(change) for change in bad[:_BRIEF]]
    return [note(f"{key} report {i}", cut(made, width)) for i, made in enumerate(lines)]


def counts(cases: CaseReport) -> Line:
    """Such as "318 tests · 2 failed · 3 skipped · 1 flaky · 12 s"."""
    if not cases.files:
        return line(("no test report", "warning"))
    return joined(
        [
            line(units.plural(cases.total, "test")),
            line((f"✕ {cases.failed:,} failed", "failed"))
            if cases.failed
            else line(("● none failed", "ok")),
            line((f"{cases.skipped:,} skipped", "muted")) if cases.skipped else (),
            line((f"~ {cases.flaky_total:,} flaky", "warning")) if cases.flaky_total else (),
            line((units.duration(cases.duration_s), "muted")),
        ]
    )


def _cases(cases: CaseReport) -> list[Line]:
    lines = [(*line(_INDENT), *counts(cases))]
    lines += [line((f"{_INDENT}~ {flaw}", "warning")) for flaw in cases.flaws]
    lines += [_failure(case) for case in cases.failures]
    if cases.failed > len(cases.failures):
        missing = cases.failed - len(cases.failures)
        lines.append(line((f"{_INDENT}and {missing:,} more failed", "muted")))
    lines += [line((f"{_INDENT}~ flaky ", "warning"), name) for name in cases.flaky]
    for case in cases.slowest[:_SLOWEST]:
        took = units.duration(case.duration_s)
        lines.append(line((f"{_INDENT}slow {took:>9}  ", "muted"), case.id))
    return lines


def _failure(case: Case) -> Line:
    told = next((text.strip() for text in case.message.splitlines() if text.strip()), "")
    flaky = " flaky" if case.is_flaky else ""
    return line(
        (f"{_INDENT}✕{flaky} ", "failed"),
        (case.id, "accent"),
        (f"  {told}" if told else "", "text"),
    )


def _load(report: Report) -> Line:
    of = report.load.figures if report.load is not None else {}
    figures = [
        units.count_rate(units.number(of.get("tps"))),
        *(
            f"{name} {units.milliseconds(units.number(of[key]))}"
            for key, name in (
                ("mean_ms", "mean"),
                ("p50_ms", "p50"),
                ("p95_ms", "p95"),
                ("p99_ms", "p99"),
                ("max_ms", "max"),
            )
            if key in of
        ),
        f"errors {units.percent(units.number(of.get('error_ratio')), 2)}",
    ]
    tool = report.load.tool if report.load is not None else ""
    return line((f"{_INDENT}load ", "muted"), "  ".join(figures), (f"  ({tool})", "muted"))


def _comparison(comparison: Comparison) -> list[Line]:
    if not comparison.run_id:
        return [line((f"{_INDENT}no accepted release to compare with yet", "muted"))]
    told = f"{_INDENT}compared with {comparison.run_id}, {comparison.basis}"
    return [line((told, "muted")), *map(_change, comparison.changes)]


def _change(change: Change) -> Line:
    word, role = _LOOKS[change.judgement]
    name = _NAMES.get(change.figure, change.figure)
    told = f"{_value(change.figure, change.now)}, was {_value(change.figure, change.before)}"
    if change.figure == "error_ratio":
        by = f"{100 * change.worse_by:+.2f} points, {100 * change.allowed:.2f} allowed"
    else:
        way = "fewer" if change.figure == "tps" else "longer"
        by = f"{100 * change.worse_by:+.0f} % {way}, {100 * change.allowed:.0f} % allowed"
    around = ""
    if change.low is not None and change.high is not None:
        around = f", truly {100 * change.low:+.1f} to {100 * change.high:+.1f} %"
    return line((f"{_INDENT}{word} ", role), f"{name} {told}", (f"  {by}{around}", "muted"))


def _value(figure: str, value: float) -> str:
    if figure == "error_ratio":
        return units.percent(value, 2)
    return units.count_rate(value) if figure == "tps" else units.milliseconds(value)
