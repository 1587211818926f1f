r"""Groups of log lines: what the marks of CI systems and our own `--- step` fold together.

| opens | closes |
|---|---|
| `::group::NAME` | `::endgroup::` |
| `##[group]NAME` | `##[endgroup]` |
| `travis_fold:start:NAME` | `travis_fold:end:NAME` |
| `section_start:TIME:NAME` | `section_end:TIME:NAME` |
| `--- NAME` | the next `--- NAME`, or the end of its attempt |

The head of a diff (`--- a/file` before `+++ b/file`) and the verdicts of `go test`
(`--- FAIL: ...`) are no steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from devops_tui.domain.log_lines import LogLine, Stream

MOST_GROUPS = 20_000
"""More marks than this are lines like others."""

_SIGNS = (b"::group::", b"::endgroup::", b"##[", b"travis_fold:", b"section_", b"--- ")
_MARK = re.compile(
    rb"(?:\x1b\[[0-9;]*[mK]|\s)*(?:"
    rb"(?:::|##\[)(?P<group>group)(?:::|\])[ ]?(?P<name>.*)"
    rb"|(?:::|##\[)(?P<end>endgroup)(?:::|\])"
    rb"|(?:travis_fold:|section_)(?P<kind>start|end):(?:\d+:)?(?P<fold>[\w.:/-]+)"
    rb"(?:\[[\w=,]*\])?\r?(?P<title>.*)"
    rb")",
    re.DOTALL,
)
_STEP = re.compile(rb"--- (?!(?:a/|/dev/null|PASS: |FAIL: |SKIP: |BENCH: ))(?P<name>\S.*)")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together under a head.

    Attributes:
        first: Number of its head.
        last: Number of its last line (the closing mark, if there is one); None while open.
        name: Bytes after the mark, untrusted.
        depth: 0 for an outermost one.
        has_failure: A line of it tells of a failure.
        is_mixed: Lines of other hosts stand among its own, so it cannot be folded.
    """

    first: int
    name: bytes
    depth: int
    last: int | None = None
    has_failure: bool = False
    is_mixed: bool = False


def may_hold_mark(data: bytes) -> bool:
    """Whether a piece of a log may hold a mark: cheap, and it misses none."""
    return any(sign in data for sign in _SIGNS)


@dataclass(slots=True)
class _Open:
    """A group whose end has not come; `ends` is what closes it (empty for a step)."""

    place: int
    ends: bytes


class GroupFinder:
    """Feed it lines in their order; it knows the groups so far.

    Attributes:
        groups: In the order of their heads.
    """

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._open: dict[Stream, list[_Open]] = {}
        self._step_line: tuple[Stream, int] | None = None

    @property
    def has_open(self) -> bool:
        """Whether a group waits for its end."""
        return any(self._open.values())

    def wants_failures(self, stream: Stream) -> bool:
        """Whether it matters to this stream's innermost group that a line fails."""
        held = self._open.get(stream)
        return bool(held and not self.groups[held[-1].place].has_failure)

    def meets(self, stream: Stream) -> None:
        """A line of this stream comes: open groups of others are mixed from now on."""
        for other, held in self._open.items():
            if other != stream:
                for one in held:
                    if not self.groups[one.place].is_mixed:
                        self.groups[one.place] = replace(self.groups[one.place], is_mixed=True)

    def fails(self, stream: Stream) -> None:
        """A line of this stream tells of a failure: all groups around it have one."""
        for one in self._open.get(stream, ()):
            if not self.groups[one.place].has_failure:
                self.groups[one.place] = replace(self.groups[one.place], has_failure=True)

    def take(self, stream: Stream, line: LogLine) -> None:
        """Looks whether the line is a mark."""
        data = line.data
        if self._step_line == (stream, line.number - 1) and data.startswith(b"+++ "):
            self._forget_step(stream)  # that was the head of a diff
        self._step_line = None
        if not may_hold_mark(data):
            return
        mark = _MARK.match(data)
        if mark is None:
            step = _STEP.match(data)
            if step is not None:
                self._begin_step(stream, line.number, step["name"])
            return
        if mark["group"]:
            self._begin(stream, line.number, mark["name"], b"endgroup")
        elif mark["end"]:
            self._end(stream, line.number, b"endgroup")
        elif mark["kind"] == b"start":
            self._begin(stream, line.number, mark["title"].strip() or mark["fold"], mark["fold"])
        else:
            self._end(stream, line.number, mark["fold"])

    def end_all(self, last: int) -> None:
        """Nothing more will come: what is open ends here."""
        for held in self._open.values():
            while held:
                self._close(held.pop(), last)

    def end_stream(self, stream: Stream, last: int) -> None:
        """The stream is over."""
        for one in reversed(self._open.pop(stream, [])):
            self._close(one, last)

    def _begin(self, stream: Stream, number: int, name: bytes, ends: bytes) -> None:
        if len(self.groups) >= MOST_GROUPS:
            return
        held = self._open.setdefault(stream, [])
        self.groups.append(Group(number, name.strip(), len(held)))
        held.append(_Open(len(self.groups) - 1, ends))

    def _begin_step(self, stream: Stream, number: int, name: bytes) -> None:
        held = self._open.setdefault(stream, [])
        if held and not held[-1].ends:
            self._close(held.pop(), number - 1)
        self._begin(stream, number, name, b"")
        self._step_line = (stream, number)

    def _forget_step(self, stream: Stream) -> None:
        held = self._open.get(stream)
        if held and not held[-1].ends and held[-1].place == len(self.groups) - 1:
            held.pop()
            self.groups.pop()

    def _end(self, stream: Stream, number: int, ends: bytes) -> None:
        held = self._open.get(stream, [])
        if not any(one.ends == ends for one in held):
            return
        while held:
            one = held.pop()
            if one.ends == ends:
                self._close(one, number)
                return
            self._close(one, number - 1)

    def _close(self, one: _Open, last: int) -> None:
        self.groups[one.place] = replace(self.groups[one.place], last=last)
