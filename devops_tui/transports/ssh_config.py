"""Reads what ~/.ssh/config says about one host, and lets one bad line spoil one host only.

Own code and not asyncssh's, because that raises for every host at the first malformed
line, runs `Match exec` commands, and lets `UserKnownHostsFile none` switch the checking of
host keys off. What is honoured: Host, Match (all, host, originalhost, user), Include,
and the keywords of `Settings`. The first value of a keyword counts, as in OpenSSH.

Source: ssh_config(5).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from devops_tui.domain.errors import HostError

USER_FILE = Path("~/.ssh/config")
_DEPTH_LIMIT = 16
_WORD = re.compile(r"\s*=\s*|\s+")
_LISTS = {"identityfile", "certificatefile"}
_SINGLE = {
    "hostname", "port", "user", "proxyjump", "proxycommand", "hostkeyalias",
    "userknownhostsfile", "globalknownhostsfile", "identitiesonly", "identityagent",
}  # fmt: skip


@dataclass(slots=True)
class Settings:
    """Keyword (lower case) to value and place, for one host.

    Attributes:
        values: Keyword to its words.
        places: Keyword to "file line 3", for messages.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def word(self, keyword: str) -> str:
        """The first word of a value; empty when it is not set or "none"."""
        words = self.values.get(keyword, [])
        return words[0] if words and words[0].lower() != "none" else ""

    def words(self, keyword: str) -> list[str] | None:
        """All words; None when it is not set, empty for "none"."""
        words = self.values.get(keyword)
        if words is not None and [word.lower() for word in words] == ["none"]:
            return []
        return words

    def port(self) -> int:
        """The port, 0 when it is not set.

        Raises:
            HostError: It is no number of a port; names file and line.
        """
        text = self.word("port")
        if not text:
            return 0
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise HostError(f"{self.places['port']}: {text!r} is no port", "Correct that line.")
        return int(text)


def read_ssh_config(name: str, user: str, file: Path = USER_FILE) -> Settings:
    """What the file says about the host that an operator calls `name`.

    Lines that cannot be understood count as comments unless they open a block that cannot
    be decided; such a block counts as not matching.

    Raises:
        HostError: A value that this host needs is malformed; names file and line.
    """
    reader = _Reader(name, user)
    reader.read(file.expanduser(), depth=0)
    return reader.settings


class _Reader:
    def __init__(self, name: str, user: str) -> None:
        self._name = name
        self._user = user
        self._is_matching = True
        self.settings = Settings()

    def read(self, path: Path, depth: int) -> None:
        try:
            text = path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostError(
                f"{path} cannot be read: {error.strerror}",
                "Make it readable, or give address, user and identity in the workspace.",
            ) from error
        for number, line in enumerate(text.splitlines(), 1):
            keyword, rest = _split(line)
            if keyword:
                self._take(keyword, rest, f"{path} line {number}", path.parent, depth)

    def _take(self, keyword: str, rest: str, place: str, folder: Path, depth: int) -> None:
        if keyword == "host":
            self._is_matching = _is_listed(self._name, _words(rest, place))
        elif keyword == "match":
            self._is_matching = self._is_match(_words(rest, place))
        elif not self._is_matching:
            return
        elif keyword == "include":
            self._include(_words(rest, place), folder, depth)
        elif keyword in _LISTS:
            self.settings.values.setdefault(keyword, []).extend(_words(rest, place))
            self.settings.places.setdefault(keyword, place)
        elif keyword in _SINGLE and keyword not in self.settings.values:
            whole = keyword == "proxycommand"
            self.settings.values[keyword] = [rest] if whole else _words(rest, place)
            self.settings.places[keyword] = place

    def _include(self, patterns: list[str], folder: Path, depth: int) -> None:
        if depth >= _DEPTH_LIMIT:
            return
        for pattern in patterns:
            path = Path(pattern).expanduser()
            base = Path(path.anchor) if path.is_absolute() else USER_FILE.expanduser().parent
            inner = str(path.relative_to(base)) if path.is_absolute() else pattern
            for found in sorted(base.glob(inner)):
                if found.is_file():
                    self.read(found, depth + 1)
                    self._is_matching = True

    def _is_match(self, words: list[str]) -> bool:
        hostname = self.settings.word("hostname") or self._name
        user = self.settings.word("user") or self._user
        subjects = {"host": hostname, "originalhost": self._name, "user": user}
        while words:
            criterion = words.pop(0).lower()
            if criterion == "all":
                continue
            wanted = criterion.removeprefix("!")
            if wanted not in subjects or not words:
                return False
            is_listed = _is_listed(subjects[wanted], words.pop(0).split(","))
            if is_listed == criterion.startswith("!"):
                return False
        return True


def _split(line: str) -> tuple[str, str]:
    line = line.strip()
    if not line or line.startswith("#"):
        return "", ""
    parts = _WORD.split(line, maxsplit=1)
    return parts[0].lower(), parts[1].strip() if len(parts) > 1 else ""


def _words(rest: str, place: str) -> list[str]:
    """Words of a value; quotes hold blanks together and a trailing comment is left out."""
    lexer = shlex.shlex(rest, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise HostError(f"{place}: a quote is not closed", "Correct that line.") from error


def _is_listed(name: str, patterns: list[str]) -> bool:
    is_listed = False
    for pattern in patterns:
        if fnmatchcase(name.lower(), pattern.lower().removeprefix("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            is_listed = True
    return is_listed
