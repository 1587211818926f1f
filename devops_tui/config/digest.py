"""Notices that the files of a workspace changed, without reading what they say."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from devops_tui.config.files import (
    MAX_BYTES,
    MAX_FILES,
    include_patterns,
    main_file,
    matching,
    read_bytes,
)

# A section `include:` at the margin, up to the next key at the margin.
_INCLUDE = re.compile(
    rb"^(?:include|\"include\"|'include')[ \t]*:.*(?:\r?\n(?![A-Za-z\"'_{]).*)*", re.MULTILINE
)


def digest(path: Path) -> str:
    """SHA-256, in hex, of the names and bytes of the main file and of what it includes.

    Costs about a millisecond a megabyte. A file that cannot be read has a digest too:
    it changes when the file can be read again. Raises nothing.
    """
    file = main_file(path)
    content = _bytes(file)
    total = hashlib.sha256()
    _add(total, file, content)
    if content is not None and len(content) <= MAX_BYTES:
        for included in _included(file.parent, content)[:MAX_FILES]:
            _add(total, included, _bytes(included))
    return total.hexdigest()


def _included(folder: Path, content: bytes) -> list[Path]:
    found: list[Path] = []
    for _, pattern in include_patterns(_head(content)):
        try:
            found += matching(folder, pattern)
        except (OSError, ValueError):
            continue
    return found


def _head(content: bytes) -> object:
    """The part of the file that says what it includes, read."""
    is_flow = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    head = _INCLUDE.search(content)
    if not is_flow and head is None:
        return None
    from devops_tui.config.yaml_events import parse  # most workspaces never need it here

    return parse(content if is_flow or head is None else head.group(0)).data


def _bytes(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except (OSError, ValueError):
        return None


def _add(total: hashlib._Hash, path: Path, content: bytes | None) -> None:
    size = -1 if content is None else len(content)
    total.update(f"{path.name}\0{size}\0".encode("utf-8", "surrogateescape"))
    total.update(content or b"")
