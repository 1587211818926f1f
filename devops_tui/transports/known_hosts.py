"""Looks hosts up in known_hosts files, line by line, so that one bad line spoils nothing.

Own code and not asyncssh's, because that raises for the whole file at the first malformed
line, cannot say in which line a key stands, and gives unknown and changed keys one text.

Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from pathlib import Path

import asyncssh

from devops_tui.transports.file_memory import FileMemory

DEFAULT_PORT = 22


class Mark(Enum):
    """What a line says about its key."""

    TRUSTED = ""
    REVOKED = "@revoked"
    AUTHORITY = "@cert-authority"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that names the host."""

    key: asyncssh.SSHKey
    mark: Mark
    file: str
    line: int

    def __str__(self) -> str:
        return f"{fingerprint(self.key)} ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the files say about one host.

    Attributes:
        exact: Entries for the host and port as they were asked for.
        portless: Entries for the bare name, when another port than 22 was asked for; they
            may vouch for a key, but say nothing about a host that shows another one.
        unreadable: Files that are there and could not be read, with the reason.
    """

    name: str
    files: tuple[str, ...]
    exact: tuple[Entry, ...] = ()
    portless: tuple[Entry, ...] = ()
    unreadable: tuple[str, ...] = ()

    def keys(self, mark: Mark) -> list[asyncssh.SSHKey]:
        """Keys of that kind, those for the exact port first."""
        return [entry.key for entry in (*self.exact, *self.portless) if entry.mark is mark]

    def entries(self, mark: Mark) -> list[Entry]:
        """Entries of that kind for the exact name and port."""
        return [entry for entry in self.exact if entry.mark is mark]

    def revoked(self) -> list[Entry]:
        """A revocation of the bare name counts for all its ports."""
        found = (*self.exact, *(one for one in self.portless if one not in self.exact))
        return [entry for entry in found if entry.mark is Mark.REVOKED]


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """The files that are asked, in order; those that are missing say nothing."""

    files: tuple[Path, ...]

    def look_up(self, name: str, port: int) -> Verdict:
        """All entries for a host; a file that changed is read anew: a repair counts at once."""
        listings: list[_Listing] = []
        unreadable: list[str] = []
        for path in self.files:
            try:
                listings.append(_READ.recall(path, [str(path)], partial(_listing, path)))
            except FileNotFoundError:
                continue
            except OSError as error:
                unreadable.append(f"{path}: {error.strerror}")
        bare = name.lower()
        exact, portless = bare, ""
        if port != DEFAULT_PORT:
            exact, portless = f"[{bare}]:{port}", bare
        return Verdict(
            exact,
            tuple(str(path) for path in self.files),
            tuple(_matching(_about(listings, exact), exact)),
            tuple(_matching(_about(listings, portless), portless)) if portless else (),
            tuple(unreadable),
        )


@dataclass(frozen=True, slots=True)
class _Line:
    words: list[str]
    file: str
    number: int


@dataclass(frozen=True, slots=True)
class _Listing:
    """A file's lines: by name where a line lists plain names, the rest to be compared."""

    by_name: dict[str, list[_Line]] = field(default_factory=dict)
    patterns: list[_Line] = field(default_factory=list)


_READ: FileMemory[_Listing] = FileMemory()


def _listing(path: Path) -> _Listing:
    listing = _Listing()
    for line in _lines(path):
        names = line.words[1 if line.words[0].startswith("@") else 0].lower()
        if names.startswith("|") or any(sign in names for sign in "*?!"):
            listing.patterns.append(line)
            continue
        for name in dict.fromkeys(names.split(",")):
            listing.by_name.setdefault(name, []).append(line)
    return listing


def _about(listings: Iterable[_Listing], name: str) -> Iterator[_Line]:
    """The lines that may name the host, in the order of the files."""
    for listing in listings:
        found = (*listing.by_name.get(name, ()), *listing.patterns)
        yield from sorted(found, key=lambda line: line.number)


def _lines(path: Path) -> Iterator[_Line]:
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        words = raw.decode("utf-8", "replace").split()
        if len(words) >= 3 and not words[0].startswith("#"):
            yield _Line(words, str(path), number)


def _matching(lines: Iterable[_Line], name: str) -> Iterator[Entry]:
    for line in lines:
        words = line.words
        mark = Mark.TRUSTED
        if words[0].startswith("@"):
            if words[0] not in {Mark.REVOKED.value, Mark.AUTHORITY.value} or len(words) < 4:
                continue
            mark, words = Mark(words[0]), words[1:]
        if _names(words[0], name) and (key := _key(words[1], words[2])):
            yield Entry(key, mark, line.file, line.number)


@lru_cache(maxsize=4096)
def _key(kind: str, text: str) -> asyncssh.SSHKey | None:
    try:
        return asyncssh.import_public_key(f"{kind} {text}")
    except (asyncssh.KeyImportError, ValueError):
        return None


def _names(patterns: str, name: str) -> bool:
    if patterns.startswith("|1|"):
        return _is_hash_of(patterns, name)
    is_match = False
    for pattern in patterns.lower().split(","):
        wanted = pattern.removeprefix("!")
        # In fnmatch a bracket opens a set of characters; here it is part of "[host]:port".
        if fnmatchcase(name, wanted.replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            is_match = True
    return is_match


def _is_hash_of(pattern: str, name: str) -> bool:
    try:
        _, _, salt, digest = pattern.split("|")
        expected = base64.b64decode(digest, validate=True)
        key = base64.b64decode(salt, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.digest(key, name.encode(), hashlib.sha1), expected)


def fingerprint(key: asyncssh.SSHKey) -> str:
    """Kind and SHA-256 of a key, as `ssh-keygen -l` prints them."""
    return f"{key.get_algorithm()} {key.get_fingerprint()}"
