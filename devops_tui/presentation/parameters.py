"""Parameters of a run in one line: "with region us, canaries 2, token env:SHOP_TOKEN"."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.parameter import Given
from devops_tui.presentation.line import Line, Span, span


def told(parameters: Sequence[Given]) -> Line:
    """What a run was told; empty when it was told nothing. A secret shows its reference."""
    given = [one for one in parameters if one.value]
    if not given:
        return ()
    parts: list[Span] = [span("with ", "muted")]
    for index, one in enumerate(given):
        parts += [span(", " if index else "", "muted"), span(f"{one.name} ", "muted")]
        parts.append(span(one.value))
    return tuple(parts)
