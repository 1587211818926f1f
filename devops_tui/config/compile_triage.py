"""Rules of the triage: those of the package, and the workspace's own before them."""

from __future__ import annotations

import re
from importlib.resources import files as resources
from pathlib import Path

from devops_tui.config.documents import Files
from devops_tui.config.files import read_bytes
from devops_tui.config.models_triage import RuleModel, RulesModel, TriageModel
from devops_tui.config.patterns import BadPattern, marks_of
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Document, parse, shown
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.domain.rule import Rule, RulePattern


def compile_triage(files: Files, folder: Path, report: Report) -> tuple[Rule, ...]:
    """The rules of the files that `triage: {rules: [...]}` names, in their order."""
    data = files.main.data.get("triage")
    if data is None:
        return ()
    model = report.check(TriageModel, data, files.main, ("triage",))
    rules: list[Rule] = []
    for index, name in enumerate(model.rules if model is not None else ()):
        path = Path(name).expanduser()
        path = path if path.is_absolute() else folder / path
        try:
            content = read_bytes(path)
        except OSError as error:
            what = f"cannot be read: {error.strerror or 'not a file'}"
            report.add(files.main, ("triage", "rules", index), what, "correct the path")
            continue
        rules.extend(read_rules(content, str(path), report))
    return tuple(rules)


def compile_runbook(files: Files, folder: Path, report: Report) -> str:
    """The runbook that `triage:` names, as a path; empty without one."""
    model = _model(files)
    if model is None or not model.runbook:
        return ""
    path = Path(model.runbook).expanduser()
    path = path if path.is_absolute() else folder / path
    if not path.is_file():
        todo = "correct the path, or write the document"
        report.add(files.main, ("triage", "runbook"), "there is no such file", todo)
    return str(path)


def compile_limits(files: Files) -> dict[str, float]:
    """The limits of figures of hosts that differ from the usual ones, as ratios."""
    model = _model(files)
    if model is None or model.limits is None:
        return {}
    found = model.limits.model_dump(exclude_none=True)
    return {name: per_cent / 100 for name, per_cent in found.items()}


def _model(files: Files) -> TriageModel | None:
    """What stands there; its mistakes are noted by compile_triage."""
    data = files.main.data.get("triage")
    return None if data is None else Report().check(TriageModel, data, files.main, ("triage",))


def shipped_rules() -> tuple[Rule, ...]:
    """The catalogue of the package.

    Raises:
        ConfigError: Never in a whole package: a test reads them all.
    """
    report = Report()
    rules: list[Rule] = []
    folder = resources("devops_tui.config").joinpath("catalogue")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            rules.extend(read_rules(file.read_bytes(), file.name, report))
    report.end()
    return tuple(rules)


def read_rules(content: bytes, file: str, report: Report) -> list[Rule]:
    """The rules of one file; mistakes are noted at their place."""
    document = parse(content, file)
    report.take_flaws(document)
    if not document.is_whole or report.check(RulesModel, document.data, document, ()) is None:
        return []
    rules: list[Rule] = []
    for index, data in enumerate(document.data["rules"]):
        path: Steps = ("rules", index)
        model = report.check(RuleModel, data, document, path)
        if model is not None:
            rule = _rule(model, document, path, report)
            if rule is not None:
                rules.append(rule)
    return rules


def _rule(model: RuleModel, document: Document, path: Steps, report: Report) -> Rule | None:
    patterns: list[RulePattern] = []
    for number, text in enumerate(model.patterns):
        try:
            patterns.append(RulePattern(text, marks_of(text)))
        except BadPattern as error:
            report.add(document, (*path, "patterns", number), error.what, error.todo)
    if len(patterns) < len(model.patterns):
        return None
    compiled = [re.compile(pattern.text) for pattern in patterns]
    if not any(pattern.search(model.example[:500]) for pattern in compiled):
        what = f"`{shown(model.name)}` does not match its own example"
        report.add(document, (*path, "example"), what, "correct the patterns, or the example")
        return None
    if model.capture and not any(pattern.groups for pattern in compiled):
        what = "nothing is captured: no pattern has a group"
        report.add(document, (*path, "capture"), what, "put brackets around a part of a pattern")
        return None
    return Rule(
        model.name,
        tuple(patterns),
        float(model.weight),
        model.fix,
        model.capture,
        model.runbook,
        model.example,
    )
