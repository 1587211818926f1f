"""What jobs of a stage need of one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devops_tui.config.cycles import cycles
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Document, Path, shown


def check_needs(jobs: Mapping[str, Any], at: Path, document: Document, report: Report) -> None:
    """Notes needs of jobs that do not exist, and circles; reads the bare data.

    The data is read rather than models, so that a job with another mistake is still one
    that may be needed.
    """
    needs = {name: _needs(data) for name, data in jobs.items()}
    for name, needed in needs.items():
        for index, other in needed.items():
            if other not in needs:
                todo = report.choose(other, set(needs) - {name}, "name a job of the same stage")
                path = (*at, name, "needs", index)
                report.add(document, path, f"unknown job `{shown(other)}` in needs", todo)
    graph = {name: list(needed.values()) for name, needed in needs.items()}
    for circle in cycles(graph):
        what = f"needs go in a circle: {' -> '.join(map(shown, (*circle, circle[0])))}"
        report.add(document, (*at, circle[0], "needs"), what, "let one of them need nothing")


def _needs(data: object) -> dict[int, str]:
    found = data.get("needs") if isinstance(data, dict) else None
    if not isinstance(found, list):
        return {}
    return {index: need for index, need in enumerate(found) if isinstance(need, str)}
