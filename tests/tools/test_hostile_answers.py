"""Whatever a tool answers, its reader says what it found or that it knows nothing."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.tool_reading import settings_of

from devops_tui.bootstrap.tools import reader_of
from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import KINDS, Reading, ToolKind

ROUNDS = 200
MOST_PIECES = 60
_WORDS = ("status", "data", "state", "name", "id", "result", "results", "jobs", "labels", "items")
_SCALARS: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1e308, "", "x", "\x1b[2J[@click=app.quit]", "2026-99-99", "NaN", "ü",
)  # fmt: skip


class HostileWeb:
    """Answers with anything at all."""

    def __init__(self, seed: int, words: list[str]) -> None:
        self._random = random.Random(seed)  # noqa: S311 a test is repeated by its seed
        self._words = words
        self._room = 0

    async def json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._made()

    async def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
        return self._random.choice(("", "\x00", json.dumps(self._made()), "a\n" * 50, "<x>"))

    async def post(self, path: str, body: Any, *more: Any, **named: Any) -> Any:
        return self._made()

    async def login(self) -> tuple[str, str]:
        return self._random.choice((("", ""), ("", "token"), ("ops", "password")))

    def _made(self) -> Any:
        self._room = MOST_PIECES
        return self._any(6)

    def _any(self, depth: int) -> Any:
        kind = self._random.random()
        self._room -= 1
        if depth == 0 or self._room < 0 or kind < 0.1:
            return self._random.choice(_SCALARS)
        if kind < 0.4:
            return [self._any(depth - 1) for _ in range(self._random.randrange(4))]
        names = self._random.sample(self._words, min(len(self._words), 8))
        return {name: self._any(depth - 1) for name in names}


def words_of(kind: ToolKind) -> list[str]:
    """The keys that the reader looks for are in its source: random ones would meet nothing."""
    module = import_module(reader_of(kind))
    found = set(re.findall(r'"([A-Za-z_][A-Za-z0-9_.-]{1,30})"', _source(module)))
    return sorted(found | set(_WORDS))


def _source(module: object) -> str:
    return Path(str(module.__file__)).read_text()  # type: ignore[attr-defined] # a module's


@pytest.mark.parametrize("kind", list(ToolKind))
async def test_any_answer_is_a_reading_or_silence(kind: ToolKind) -> None:
    module = import_module(reader_of(kind))
    facts = KINDS[kind]
    more = dict.fromkeys(facts.needs, "x")
    words = words_of(kind)
    for seed in range(ROUNDS):
        try:
            found = await module.read(
                HostileWeb(seed, words), settings_of(kind, "http://x", **more)
            )
        except ToolSilent as error:
            assert error.title
        else:
            assert isinstance(found, Reading)
            assert all(isinstance(f.text, str) and isinstance(f.id, str) for f in found.findings)


@pytest.mark.parametrize("kind", list(ToolKind))
async def test_an_empty_answer_is_not_taken_for_well(kind: ToolKind) -> None:
    class Empty(HostileWeb):
        def _made(self) -> Any:
            return {}

        async def text(self, path: str, query: Mapping[str, str] | None = None) -> str:
            return ""

    module = import_module(reader_of(kind))
    more = dict.fromkeys(KINDS[kind].needs, "x")
    with pytest.raises(ToolSilent):
        await module.read(Empty(0, ["x"]), settings_of(kind, "http://x", **more))
