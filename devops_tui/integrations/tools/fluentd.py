"""Fluentd: outputs that try again, and buffers that run full.

Source: Fluentd, "monitor_agent": /api/plugins.json. Only an output whose flush fails now has a
`retry`, and only where `include_retry` is on; `retry_count` counts since Fluentd began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, moment, text
from devops_tui.integrations.tools.monitors import counted
from devops_tui.ports.tool import ToolWeb

LITTLE_SPACE = 25.0
"""Percent of a buffer that is free: under this a warning, under the next critical."""

NO_SPACE = 10.0

LONG_RETRY_S = 300.0
"""An output that has been trying again for so long, up to its next try, is critical."""


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """One question; raises ToolSilent."""
    answer = await web.json("/api/plugins.json", {"with_config": "false"})
    with expecting("a Fluentd"):
        plugins = list(entries(answer["plugins"]))
        outputs = [each for each in plugins if each["plugin_category"] == "output"]
        return reading("", _troubles(outputs), settings, [_itself(plugins, outputs)])


def _itself(plugins: list[JsonObject], outputs: list[JsonObject]) -> Finding:
    if not outputs:
        return Finding("fluentd", Level.UNKNOWN, "fluentd", "it names no output")
    said = f"{counted(len(outputs), 'output')} of {counted(len(plugins), 'plugin')}"
    return Finding("fluentd", Level.OK, "fluentd", said)


def _troubles(outputs: list[JsonObject]) -> Iterator[Finding]:
    for output in outputs:
        name = text(output["plugin_id"])
        kind = text(output["type"])
        waiting = _waiting(output)
        free = output.get("buffer_available_buffer_space_ratios")
        if isinstance(free, int | float) and free < LITTLE_SPACE:
            yield Finding(
                id=f"buffer {name}",
                level=Level.CRITICAL if free < NO_SPACE else Level.WARNING,
                name=name,
                text=f"buffer of {kind}: {free:g} % free{waiting}",
            )
        yield from _retry(output, name, kind, waiting)


def _retry(output: JsonObject, name: str, kind: str, waiting: str) -> Iterator[Finding]:
    retry, count = output.get("retry"), output.get("retry_count")
    if isinstance(retry, dict) and retry:
        begun, following = _time(retry.get("start")), _time(retry.get("next_time"))
        is_long = (
            begun is not None
            and following is not None
            and (following - begun).total_seconds() >= LONG_RETRY_S
        )
        level = Level.CRITICAL if is_long else Level.WARNING
        said = f"{kind} cannot flush, tries so far: {text(retry.get('steps'))}{waiting}"
        yield Finding(f"retry {name}", level, name, said, since=begun)
    elif not isinstance(retry, dict) and isinstance(count, int) and count > 0 and waiting:
        # It does not tell whether it tries again now; what waits behind failures says so.
        said = f"{kind}: {count} failed flushes since Fluentd began{waiting}"
        yield Finding(f"retry {name}", Level.WARNING, name, said)


def _waiting(output: JsonObject) -> str:
    count = output.get("buffer_queue_length")
    return f"; waiting: {counted(count, 'chunk')}" if isinstance(count, int) and count > 0 else ""


def _time(value: Any) -> datetime | None:
    """Ruby writes "2026-03-01 03:00:00 +0900"."""
    return moment(re.sub(r" ([+-]\d{4})$", r"\1", text(value)))
