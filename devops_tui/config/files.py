"""Which files a workspace is made of, and their bytes.

Imports the standard library alone: a screen asks every second whether the files changed,
and must not pay for the models.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path

FILE_NAME = "devops.yaml"
MAX_BYTES = 1 << 20
MAX_FILES = 200


def main_file(path: Path) -> Path:
    """The file that a workspace's path means: itself, or the devops.yaml in the folder."""
    return path / FILE_NAME if path.is_dir() else path


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file, at most one more than the limit.

    Raises:
        OSError: It cannot be read, or is something else than a file.
    """
    if path.exists() and not path.is_file():
        raise OSError(None, "not a regular file")
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def include_patterns(data: object) -> list[tuple[int, str]]:
    """The patterns under `include:` with their index, as far as they are text."""
    found = data.get("include") if isinstance(data, dict) else None
    if not isinstance(found, list):
        return []
    return [(i, p) for i, p in enumerate(found) if isinstance(p, str) and p and p.isprintable()]


def is_wild(text: str) -> bool:
    """Whether a pattern can name several files."""
    return any(character in text for character in "*?[")


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files that an include pattern names, sorted; wildcards stand in the last part only.

    Raises:
        ValueError: A wildcard stands in a folder's name.
        OSError: The folder cannot be read.
    """
    target = Path.home() / pattern[2:] if pattern.startswith("~/") else folder / pattern
    if is_wild(str(Path(pattern).parent)):
        raise ValueError("a wildcard in a folder's name")
    if not is_wild(target.name):
        return [target]
    if not target.parent.is_dir():
        return []
    return sorted(f for f in target.parent.iterdir() if fnmatch.fnmatchcase(f.name, target.name))
