"""What a check says by the Nagios plugin protocol: an exit code, a text, performance data.

Source: Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data":
`TEXT | 'label'=value[UOM];[warn];[crit];[min];[max]`.
"""

from __future__ import annotations

import re

from devops_tui.domain.survey import Level, Reading
from devops_tui.domain.survey_read import text_of

_LEVELS = {0: Level.OK, 1: Level.WARNING, 2: Level.CRITICAL, 3: Level.UNKNOWN}
_DATUM = re.compile(
    r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<bare>[^\s'=]+))=(?P<value>-?\d+(?:\.\d+)?)"
    r"(?P<unit>[a-zA-Z%]{0,4})(?:;\S*)?(?=\s|$)"
)
_MOST_FIGURES = 50
_NO_COMMAND = (126, 127)


def read_check(name: str, exit_code: int, output: bytes) -> Reading:
    """The verdict of a check; an exit code beyond 3 is unknown, as the guidelines say."""
    text, *more = text_of(output).splitlines() or [""]
    said, _, data = text.partition("|")
    for line in more:
        data += f" {line.partition('|')[2]}" if "|" in line else ""
    level = _LEVELS.get(exit_code, Level.UNKNOWN)
    if exit_code in _NO_COMMAND and not said.strip():
        said = "the command cannot be run there"
    elif exit_code not in _LEVELS:
        said = f"{said.strip()} (exit code {exit_code})".strip()
    return Reading(name, said.strip(), level, perfdata(data))


def perfdata(text: str) -> dict[str, float]:
    """Label to value in the unit that the check chose; what has no value is left out."""
    found: dict[str, float] = {}
    for match in _DATUM.finditer(text):
        label = (match["quoted"] or "").replace("''", "'") or match["bare"]
        if len(found) < _MOST_FIGURES:
            found[f"{label}_{match['unit']}" if match["unit"] else label] = float(match["value"])
    return found
