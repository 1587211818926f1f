"""Good answers of a tool with parts missing or replaced: deeper than random ones come."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from devops_tui.bootstrap.tools import reader_of
from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Reading, ToolKind
from support.tool_reading import settings_of

ROUNDS = 300

_INSTEAD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1e308, float("nan"), float("inf"), -5.5, "", "x", "12", "0" * 400,
    "\x1b[2J[@click=app.quit]", "2026-99-99", [], {}, [1], [None], {"a": 1},
)  # fmt: skip


class DamagedWeb:
    """Implements ports.tool.ToolWeb; damages six answers of ten."""

    def __init__(self, answers: Mapping[str, Any], chance: random.Random) -> None:
        self._answers = answers
        self._chance = chance

    async def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._answer(path)

    async def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        return str(self._answer(path))

    async def post(self, path: str, body: Any, *more: Any, **named: Any) -> Any:
        return self._answer(path)

    async def login(self) -> tuple[str, str]:
        return "ops", "password"

    def _answer(self, path: str) -> Any:
        if path not in self._answers:
            raise ToolSilent(f"nothing at {path}")
        found = copy.deepcopy(self._answers[path])
        return damaged(found, self._chance) if self._chance.random() < 0.6 else found


def damaged(whole: Any, chance: random.Random) -> Any:
    """With up to three parts taken out or replaced."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        way = chance.choice(list(_ways(whole)))
        if not way:
            return copy.deepcopy(chance.choice(_INSTEAD))
        inside = whole
        for step in way[:-1]:
            inside = inside[step]
        if chance.random() < 0.25:
            del inside[way[-1]]
        else:
            inside[way[-1]] = copy.deepcopy(chance.choice(_INSTEAD))
    return whole


async def bears_damage(kind: ToolKind, answers: Mapping[str, Any], **given: Any) -> None:
    """Each damaged answer is a reading or silence, and most kinds of both come up."""
    reader = import_module(reader_of(kind))
    settings = settings_of(kind, "http://x", **given)
    outcomes = {True: 0, False: 0}
    for seed in range(ROUNDS):
        chance = random.Random(seed)  # noqa: S311 a test is repeated by its seed
        try:
            found = await reader.read(DamagedWeb(answers, chance), settings)
        except ToolSilent:
            outcomes[False] += 1
            continue
        outcomes[True] += 1
        assert isinstance(found, Reading)
        for finding in found.findings:
            texts = (finding.id, finding.name, finding.text, finding.host, finding.url)
            assert all(isinstance(said, str) for said in texts), finding
            assert finding.since is None or finding.since.tzinfo is not None
    assert all(outcomes.values()), outcomes


def _ways(whole: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of it, first that to itself."""
    yield way
    inside: Any = ()
    if isinstance(whole, dict):
        inside = whole.items()
    elif isinstance(whole, list):
        inside = enumerate(whole)
    for step, part in inside:
        yield from _ways(part, (*way, step))
