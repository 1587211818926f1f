"""Which files a piece of log names, and whether a changed file is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST_FILES = 40
_LINE = 2000
_ABOVE, _BELOW = 60, 3
_FRAMES = (" ", "\t", "Traceback", "File ", "at ", "from ", ">", "E ", "goroutine ", "Caused by")

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


def of_trace(lines: Sequence[str], first: int, last: int) -> tuple[str, ...]:
    """The lines of a cause, then those of the trace around it, the nearest first.

    Above it frames are followed as long as they look like some (indented, or in the words
    of a language's trace); below it the few lines in which test tools say where it was.

    Args:
        lines: Of the log.
        first: Of the cause, from 1.
        last: Of the cause, from 1, included.
    """
    own = list(lines[max(0, first - 1) : last])
    above: list[str] = []
    for line in reversed(lines[max(0, first - 1 - _ABOVE) : max(0, first - 1)]):
        if line.strip() and not line.startswith(_FRAMES):
            break
        above.append(line)
    return (*own, *lines[last : last + _BELOW], *above)


def is_named(path: str, named: Iterable[str]) -> bool:
    """Whether a file of the repository is one of those that a log names.

    A log names files from other roots: of the checkout ("/tmp/x/src/cart.py"), of a
    package below it ("cart.py").
    """
    return any(
        name == path or name.endswith(f"/{path}") or path.endswith(f"/{name}") for name in named
    )
