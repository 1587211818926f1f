"""`quarantine:` needs a test, an end and a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.workspace import Workspace


def test_a_day_is_meant_as_a_whole(loaded: Callable[[str], Workspace]) -> None:
    workspace = loaded(
        "name: a\nquarantine:\n  - {test: c.shaky, until: 2026-04-01, why: waits}\n"
        '  - {test: c.slow, until: "2026-04-01 12:00", why: waits, zone: Europe/Berlin}\n'
    )
    assert workspace.quarantine == (
        Quarantine("c.shaky", datetime(2026, 4, 2, tzinfo=UTC), "waits"),
        Quarantine("c.slow", datetime(2026, 4, 1, 10, tzinfo=UTC), "waits"),
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{test: a, until: 2026-04-01}", "why"),
        ("{test: a, why: b}", "until"),
        ("{until: 2026-04-01, why: b}", "test"),
        ("{test: a, until: 2026-04-01, why: b, pipeline: nope}", "nope"),
    ],
)
def test_what_is_missing_is_said(
    text: str, what: str, mistakes: Callable[[str], list[str]]
) -> None:
    (said, *_) = mistakes(f"name: a\nquarantine: [{text}]\n")
    assert ":2:" in said
    assert what in said
