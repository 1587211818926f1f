"""`oncall:` is read, or refused at its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from devops_tui.domain.oncall import EscalationStep, Override, Rota
from devops_tui.domain.workspace import Workspace

BASE = "name: a\nteam: [{name: jun}, {name: minji}]\n"


def test_a_rota_is_read(loaded: Callable[[str], Workspace]) -> None:
    workspace = loaded(
        f"{BASE}oncall:\n"
        "  weeks: [jun, minji]\n"
        "  starts: 2026-03-02\n"
        '  at: "08:30"\n'
        "  zone: Europe/Berlin\n"
        "  overrides: [{from: 2026-12-24, to: 2026-12-26, who: minji}]\n"
        "  escalate: [{after: 5m}, {after: 15m, to: minji}]\n"
    )
    day = datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 26, 23, tzinfo=UTC)
    assert workspace.oncall == Rota(
        ("jun", "minji"),
        "2026-03-02",
        510,
        "Europe/Berlin",
        (Override(*day, "minji"),),
        (EscalationStep(300.0), EscalationStep(900.0, "minji")),
    )


def test_without_one_there_is_none(loaded: Callable[[str], Workspace]) -> None:
    assert loaded(BASE).oncall is None


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("weeks: [jun, nobody], starts: 2026-03-02", ":3:", "nobody"),
        ("weeks: [jun]", ":3:", "starts"),
        ("weeks: [], starts: 2026-03-02", ":3:", ""),
        ("weeks: [jun], starts: 2026-03-02, zone: Mars/Base", ":3:", "Mars/Base"),
        (
            "weeks: [jun], starts: 2026-03-02, escalate: [{after: 5m}, {after: 5m}]",
            ":3:",
            "not later than the step before",
        ),
        (
            "weeks: [jun], starts: 2026-03-02, "
            "overrides: [{from: 2026-12-26, to: 2026-12-24, who: jun}]",
            ":3:",
            "ends before it begins",
        ),
    ],
)
def test_a_mistake_is_said_at_its_place(
    text: str, place: str, what: str, mistakes: Callable[[str], list[str]]
) -> None:
    (said, *_) = mistakes(f"{BASE}oncall: {{{text}}}\n")
    assert place in said
    assert what in said
