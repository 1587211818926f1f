"""Which files a piece of log names, and whether a changed file is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_FILES = 40
_LINE = 2000

_FILE = re.compile(
    r"(?<![\w/.@+-])"
    r"((?:[A-Za-z]:)?[/\\]?(?:[\w.@+-]{1,100}[/\\]){0,30}[\w@+-][\w.@+-]{0,100}\.[A-Za-z]\w{0,7})"
    r"(?![\w/-])"
)


def named_files(lines: Iterable[str]) -> tuple[str, ...]:
    """What looks like a file in the lines, each once, in their order; with `/` only.

    A dotted word ("os.path") looks like a file too: it does no harm, since only files
    that a commit really changed are looked for among these.
    """
    found: dict[str, None] = {}
    for line in lines:
        for name in _FILE.findall(line[:_LINE]):
            found.setdefault(name.replace("\\", "/").removeprefix("./"))
            if len(found) >= MOST_FILES:
                return tuple(found)
    return tuple(found)


def is_named(path: str, named: Iterable[str]) -> bool:
    """Whether a file of the repository is one of those that a log names.

    A log names files from other roots: of the checkout ("/tmp/x/src/cart.py"), of a
    package below it ("cart.py").
    """
    return any(
        name == path or name.endswith(f"/{path}") or path.endswith(f"/{name}") for name in named
    )
