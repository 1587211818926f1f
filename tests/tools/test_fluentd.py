from __future__ import annotations

from typing import Any

import pytest
from support.tool_damage import bears_damage
from support.tool_double import tool_double
from support.tool_reading import SECRET, read_tool

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import MOST_FINDINGS, Finding, Level, ToolKind

PLUGINS = "/api/plugins.json"
SOURCE = {
    "plugin_id": "in_forward",
    "plugin_category": "input",
    "type": "forward",
    "output_plugin": False,
    "retry_count": None,
}


def output(name: str = "out_es", **more: Any) -> dict[str, Any]:
    return {
        "plugin_id": name,
        "plugin_category": "output",
        "type": "elasticsearch",
        "output_plugin": True,
        "buffer_queue_length": 0,
        "buffer_total_queued_size": 0,
        "retry_count": 0,
        "buffer_available_buffer_space_ratios": 100.0,
        "retry": {},
        **more,
    }


async def troubles(*outputs: dict[str, Any]) -> list[Finding]:
    async with tool_double({PLUGINS: {"plugins": [SOURCE, *outputs]}}) as double:
        found = (await read_tool(ToolKind.FLUENTD, double.url)).findings
    return [f for f in found if f.id != "fluentd"]


async def test_outputs_that_are_well_are_a_number() -> None:
    said = {PLUGINS: {"plugins": [SOURCE, output(), output("out_s3")]}}
    async with tool_double(said) as double:
        read = await read_tool(ToolKind.FLUENTD, double.url, user="ops")
        (asked,) = double.asked
    assert [(f.level, f.text) for f in read.findings] == [(Level.OK, "2 outputs of 3 plugins")]
    assert asked.query == {"with_config": ["false"]}, "its configuration may hold secrets"
    assert asked.headers["authorization"].startswith("Basic ")
    assert SECRET not in str(read)


async def test_one_without_outputs_is_not_taken_for_well() -> None:
    async with tool_double({PLUGINS: {"plugins": [SOURCE]}}) as double:
        read = await read_tool(ToolKind.FLUENTD, double.url, only=("nothing",))
    assert [f.level for f in read.findings] == [Level.UNKNOWN]


@pytest.mark.parametrize(
    ("free", "level"),
    [(9.9, Level.CRITICAL), (10.0, Level.WARNING), (24, Level.WARNING), (0, Level.CRITICAL)],
)
async def test_a_buffer_that_runs_full(free: float, level: Level) -> None:
    full = output(buffer_available_buffer_space_ratios=free, buffer_queue_length=512)
    (found,) = await troubles(full)
    assert (found.id, found.level) == ("buffer out_es", level)
    assert found.text == f"buffer of elasticsearch: {free:g} % free; waiting: 512 chunks"


async def test_a_buffer_with_room_is_none() -> None:
    assert await troubles(output(buffer_available_buffer_space_ratios=25.0)) == []
    assert await troubles(output(buffer_available_buffer_space_ratios=None)) == []


@pytest.mark.parametrize(
    ("following", "level"),
    [
        ("2026-03-01 12:00:16 +0900", Level.WARNING),
        ("2026-03-01 12:05:00 +0900", Level.CRITICAL),
        ("soon", Level.WARNING),
    ],
)
async def test_an_output_that_tries_again(following: str, level: Level) -> None:
    retry = {"start": "2026-03-01 12:00:00 +0900", "steps": 3, "next_time": following}
    (found,) = await troubles(output(retry=retry, retry_count=4, buffer_queue_length=1))
    assert (found.id, found.level) == ("retry out_es", level)
    assert found.text == "elasticsearch cannot flush, tries so far: 3; waiting: 1 chunk"
    assert found.since is not None
    assert found.since.isoformat() == "2026-03-01T03:00:00+00:00"


async def test_failures_of_long_ago_are_no_trouble_of_now() -> None:
    assert await troubles(output(retry_count=40)) == []
    without = output(retry_count=40)
    del without["retry"]
    assert await troubles(without) == []
    (found,) = await troubles({**without, "buffer_queue_length": 3})
    assert found.level is Level.WARNING
    assert found.text.startswith(
        "elasticsearch: 40 failed flushes since Fluentd began; waiting: 3 chunks"
    )


async def test_thousands_of_plugins_are_one_answer() -> None:
    many = [output(f"o{n}", buffer_available_buffer_space_ratios=1) for n in range(5000)]
    async with tool_double({PLUGINS: {"plugins": many}}) as double:
        read = await read_tool(ToolKind.FLUENTD, double.url)
        assert len(double.asked) == 1
    assert len(read.findings) == MOST_FINDINGS
    assert read.left_out == 5001 - MOST_FINDINGS


async def test_damaged_answers_are_a_reading_or_silence() -> None:
    retry = {"start": "2026-03-01 12:00:00 +0900", "steps": 3, "next_time": "soon"}
    whole = output(retry=retry, buffer_available_buffer_space_ratios=3, buffer_queue_length=1)
    await bears_damage(ToolKind.FLUENTD, {PLUGINS: {"plugins": [SOURCE, whole]}})


@pytest.mark.parametrize("wrong", [{}, [], {"plugins": 1}, {"plugins": [{"type": "x"}]}])
async def test_what_is_no_fluentd_is_silent(wrong: Any) -> None:
    async with tool_double({PLUGINS: wrong}) as double:
        with pytest.raises(ToolSilent, match="not that of a Fluentd"):
            await read_tool(ToolKind.FLUENTD, double.url)
