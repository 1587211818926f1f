"""The versioned map of the embedded front door: what HAProxy's map does, in a few lines.

A version is filled while no request looks at it and becomes the one that requests look
at in one assignment. An older version than the running one can never be committed.
"""

from __future__ import annotations

from pathlib import Path

Entry = tuple[str, str]


class MapError(ValueError):
    """What HAProxy would have said instead of doing it."""


class VersionedMap:
    """Key to value, in versions; lookups see the committed version only."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self._current = 0
        self._newest = 0
        self._versions: dict[int, list[Entry]] = {0: list(entries)}
        self._values = dict(reversed(entries))

    @staticmethod
    def load(path: Path) -> VersionedMap:
        """From a map file: a key and a value a line, # for comments; empty if there is none."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return VersionedMap()
        kept = (line.strip() for line in lines)
        pairs = (line.split(None, 1) for line in kept if line and not line.startswith("#"))
        return VersionedMap(tuple((p[0], p[1] if len(p) > 1 else "") for p in pairs))

    @property
    def current(self) -> int:
        """The version that requests look at."""
        return self._current

    @property
    def newest(self) -> int:
        """The version that was prepared last."""
        return self._newest

    def get(self, key: str) -> str | None:
        """The value of the committed version."""
        return self._values.get(key)

    def entries(self, version: int | None = None) -> tuple[Entry, ...]:
        """Those of a version, of the committed one without."""
        return tuple(self._versions.get(self._current if version is None else version, ()))

    def prepare(self) -> int:
        """A new, empty version."""
        self._newest += 1
        self._versions[self._newest] = []
        return self._newest

    def add(self, version: int | None, entries: list[Entry]) -> None:
        """Appends to a version; at once visible when it is the committed one."""
        wanted = self._current if version is None else version
        if wanted > self._newest:
            raise MapError("Version number in the future, please use 'prepare map' before.")
        if wanted in self._versions:
            self._versions[wanted] += entries
        if wanted == self._current:
            self._values = dict(reversed(self._versions[wanted]))

    def commit(self, version: int) -> None:
        """Makes a version the one that requests look at, and drops the older ones."""
        if not self._current < version <= self._newest:
            raise MapError("Version number out of range.")
        self._current = version
        self._versions = {v: e for v, e in self._versions.items() if v >= version}
        self._values = dict(reversed(self._versions[version]))

    def clear(self, version: int | None) -> None:
        """Empties a version."""
        wanted = self._current if version is None else version
        if wanted in self._versions:
            self._versions[wanted] = []
        if wanted == self._current:
            self._values = {}
