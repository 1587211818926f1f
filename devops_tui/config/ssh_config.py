"""Reads the names of hosts from an OpenSSH client configuration, for `init`.

Only names are taken: everything else stays in ~/.ssh/config, which is honoured when a
host is reached. Odd lines are passed over; this is a suggestion, not a check.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from devops_tui.config.fields import is_name
from devops_tui.config.files import MAX_BYTES

_MAX_DEPTH = 8  # OpenSSH itself allows 16
_MAX_FILES = 200
_MAX_NAMES = 1_000
_LINE = re.compile(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)")
_PATTERN = re.compile(r"[*?!]")


def host_names(path: Path | None = None) -> tuple[str, ...]:
    """The hosts of an ssh_config (the operator's own by default), in its order, each once.

    `Include` is followed; patterns and names that a workspace could not take are left
    out. A file that cannot be read holds no names. Raises nothing.
    """
    home = Path.home() / ".ssh"
    seen: set[Path] = set()
    found: dict[str, None] = {}
    for name in _names(path or home / "config", home, seen, 0):
        if is_name(name):
            found[name] = None
        if len(found) >= _MAX_NAMES:
            break
    return tuple(found)


def _names(path: Path, home: Path, seen: set[Path], depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH or path in seen or len(seen) >= _MAX_FILES:
        return
    seen.add(path)
    for keyword, words in _lines(path):
        if keyword == "host":
            yield from (word for word in words if not _PATTERN.search(word))
        elif keyword == "include":
            for pattern in words:
                for included in _matching(pattern, home):
                    yield from _names(included, home, seen, depth + 1)


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return
        text = path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        try:
            words = shlex.split(found.group(2), comments=True)
        except ValueError:  # a quote that never ends
            continue
        yield found.group(1).lower(), words


def _matching(pattern: str, home: Path) -> list[Path]:
    """The files of an Include: relative ones lie in ~/.ssh, wildcards may stand anywhere."""
    if pattern.startswith("~/"):
        base, rest = home.parent, pattern[2:].lstrip("/")
    elif pattern.startswith("/"):
        base, rest = Path("/"), pattern.lstrip("/")
    else:
        base, rest = home, pattern
    if "**" in rest:
        return []
    try:
        return sorted(base.glob(rest))[:_MAX_FILES]
    except (OSError, ValueError):
        return []
