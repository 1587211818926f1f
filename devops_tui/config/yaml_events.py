"""Reads YAML from the parser's events: plain data, and the place of every piece of it.

Only the harmless part of YAML is taken: mappings, lists and scalars of one document.
Tags, anchors, aliases and further documents are mistakes, and so is a key that stands
twice; none of them keeps the rest from being read. Nothing is ever constructed from a
tag, and nothing is expanded, so a small file cannot become a large one.

Plain scalars are text, save `true`, `false`, `null`, `~`, whole numbers without leading
zeros and decimal fractions: `NO`, `012`, `1:30` and `2024-01-01` stay what was written.
Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from devops_tui.config.files import MAX_BYTES

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, both from 1

MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_MISTAKES = 1_000

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_FRACTION = re.compile(r"-?[0-9]{1,17}\.[0-9]{1,17}\Z")
_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
# How many values may follow each separator: `{a,b}` holds two a comma.
_SEPARATORS = {b",": 2, b"[": 1, b"{": 1, b":": 1, b"\n": 1}

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is built in


@dataclass(slots=True)
class Flaw:
    """A mistake that the reading itself found."""

    place: Place
    what: str
    todo: str = ""


@dataclass(slots=True)
class Document:
    """What one file holds.

    Attributes:
        file: Name that messages bear.
        marks: Path of a value to where it begins.
        key_marks: Path of a value to where its key begins; none for items of lists.
        is_whole: False when the reading had to stop; `data` is then worth nothing.
        quoted: Paths of the pieces of text that begin with a quote.
    """

    file: str
    data: Any = None
    marks: dict[Path, Place] = field(default_factory=dict)
    key_marks: dict[Path, Place] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    is_whole: bool = True
    broken: set[Path] = field(default_factory=set)
    quoted: set[Path] = field(default_factory=set)

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Where the value (or its key) of `path` begins; of what encloses it otherwise."""
        while path:
            if of_key and path in self.key_marks:
                return self.key_marks[path]
            if path in self.marks:
                return self.marks[path]
            path = path[:-1]
        return self.marks.get((), (1, 1))


def parse(content: bytes | str, file: str = "devops.yaml") -> Document:
    """Reads a document; what is wrong with it stands in `flaws`. Raises nothing."""
    document = Document(file)
    text = _decode(content, document)
    if text is None:
        document.is_whole = False
        return document
    reader = _Reader(document)
    try:
        reader.read(text)
    except _Stop:
        document.is_whole = False
    except yaml.YAMLError as error:
        document.is_whole = False
        document.flaws.append(_syntax_flaw(error, text))
    return document


def _decode(content: bytes | str, document: Document) -> str | None:
    """The text, or None with a flaw when the content is beyond the limits or no UTF-8."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > MAX_BYTES:
        flaw = Flaw((1, 1), f"larger than {MAX_BYTES:,} bytes", "split it with `include:`")
        document.flaws.append(flaw)
        return None
    # Counting separators costs a millisecond, parsing that much half a second.
    if sum(raw.count(mark) * weight for mark, weight in _SEPARATORS.items()) > MAX_NODES:
        document.flaws.append(_too_many((1, 1)))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        document.flaws.append(Flaw(_end_of(before), "not UTF-8 text", "save the file as UTF-8"))
        return None


def _too_many(place: Place) -> Flaw:
    return Flaw(place, f"more than {MAX_NODES:,} values", "split it with `include:`")


def _end_of(text: str) -> Place:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _syntax_flaw(error: yaml.YAMLError, text: str) -> Flaw:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    todo = "correct the YAML here; nothing after it could be read"
    if mark is not None:
        problem = str(getattr(error, "problem", None) or "this is not YAML")
        # libyaml counts one line more than there is at the end of the file.
        place = min((mark.line + 1, mark.column + 1), _end_of(text))
        return Flaw(place, f"broken YAML: {problem}", todo)
    position = getattr(error, "position", 0)  # a character that YAML does not allow at all
    if isinstance(error, yaml.reader.ReaderError) and not _is_text_position(error):
        before = text.encode("utf-8", "replace")[:position].decode("utf-8", "replace")
    else:
        before = text[:position]
    return Flaw(_end_of(before), "broken YAML: a character that may not stand here", todo)


def _is_text_position(error: yaml.reader.ReaderError) -> bool:
    """Whether a reader's position counts characters (pure parser) or bytes (libyaml)."""
    return _Loader is yaml.SafeLoader or error.encoding == "unicode"


class _Stop(Exception):
    """Reading on makes no sense or is not allowed."""


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read.

    Attributes:
        container: None where the content is read and dropped.
        key: Of a mapping: the key that was read last.
        is_at_value: Of a mapping: its key was read, the value comes next.
        keep: Whether the value that comes next is stored.
        is_key: It stands where a key belongs.
    """

    container: dict[str, Any] | list[Any] | None
    is_mapping: bool
    path: Path
    key: str = ""
    is_at_value: bool = False
    keep: bool = True
    is_key: bool = False

    @property
    def wants_key(self) -> bool:
        """Whether what comes next is a key."""
        return self.is_mapping and not self.is_at_value


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.frames: list[_Frame] = []
        self.nodes = 0
        self.documents = 0
        self.steps: dict[type, Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._begin,
            events.SequenceStartEvent: self._begin,
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
        }

    def read(self, text: str) -> None:
        steps = self.steps
        for event in yaml.parse(text, Loader=_Loader):
            step = steps.get(type(event))
            if step is not None:
                step(event)

    def _flaw(self, place: Place, what: str, todo: str = "") -> None:
        self.document.flaws.append(Flaw(place, what, todo))
        if len(self.document.flaws) >= MAX_MISTAKES:
            raise _Stop

    def _count(self, place: Place) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.document.flaws.append(_too_many(place))
            raise _Stop

    def _document(self, event: events.Event) -> None:
        self.documents += 1
        if self.documents > 1:
            self._flaw(_place(event), "a second document", "keep one; split with `include:`")
            raise _Stop

    def _refuse_extras(self, event: Any, place: Place) -> None:
        if event.anchor:
            self._flaw(place, "anchors are not allowed", "write the value out")
        if event.tag:
            self._flaw(place, "tags are not allowed", "leave out what begins with `!`")

    def _scalar(self, event: Any) -> None:
        place = _place(event)
        self._count(place)
        if event.anchor or event.tag:
            self._refuse_extras(event, place)
        if not event.value.isascii() and not _is_unicode(event.value):
            self._flaw(place, "not valid Unicode", "leave out the half character")
            self._put_broken(place)
        elif self.frames and self.frames[-1].wants_key:
            self._key(self.frames[-1], event.value, place)
        else:
            path = self._put(_value(event), place)
            if path is not None and event.style in ("'", '"'):
                self.document.quoted.add(path)

    def _key(self, frame: _Frame, key: str, place: Place) -> None:
        frame.key = key
        frame.is_at_value = True
        frame.keep = isinstance(frame.container, dict)
        if not isinstance(frame.container, dict):
            return
        path = (*frame.path, key)
        if key in frame.container:
            line, column = self.document.key_marks[path]
            what = f"duplicate key `{shown(key)}`, first at line {line}, column {column}"
            self._flaw(place, what, "keep one of the two")
            frame.keep = False
        else:
            self.document.key_marks[path] = place

    def _put(self, value: Any, place: Place) -> Path | None:
        """Stores a value where the innermost frame wants it; None when it is dropped."""
        path: Path | None = None
        if not self.frames:
            self.document.data = value
            path = ()
        else:
            frame = self.frames[-1]
            frame.is_at_value = False
            if isinstance(frame.container, list):
                path = (*frame.path, len(frame.container))
                frame.container.append(value)
            elif isinstance(frame.container, dict) and frame.keep:
                path = (*frame.path, frame.key)
                frame.container[frame.key] = value
        if path is not None:
            self.document.marks[path] = place
        return path

    def _put_broken(self, place: Place) -> None:
        """Takes note of a node that was refused, so that it is not complained of twice."""
        if self.frames and self.frames[-1].wants_key:
            self.frames[-1].is_at_value = True
            self.frames[-1].keep = False
            return
        path = self._put(None, place)
        if path is not None:
            self.document.broken.add(path)

    def _alias(self, event: Any) -> None:
        place = _place(event)
        self._count(place)
        self._flaw(place, "aliases are not allowed", "write the value out")
        self._put_broken(place)

    def _begin(self, event: Any) -> None:
        place = _place(event)
        self._count(place)
        self._refuse_extras(event, place)
        if len(self.frames) >= MAX_DEPTH:
            self.document.flaws.append(Flaw(place, f"nested deeper than {MAX_DEPTH}", "flatten it"))
            raise _Stop
        is_mapping = type(event) is events.MappingStartEvent
        if self.frames and self.frames[-1].wants_key:
            self._flaw(place, "a key must be one word", "give it a plain name")
            self.frames.append(_Frame(None, is_mapping, (), is_key=True))
        elif not (is_mapping and self._goes_on()):
            container: dict[str, Any] | list[Any] = {} if is_mapping else []
            path = self._put(container, place)
            kept = container if path is not None else None
            self.frames.append(_Frame(kept, is_mapping, path or ()))

    def _goes_on(self) -> bool:
        """Reads a mapping whose key stands twice into the first one, to check it as well."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.keep or not isinstance(frame.container, dict):
            return False
        first = frame.container.get(frame.key)
        if not isinstance(first, dict):
            return False
        frame.is_at_value = False
        self.frames.append(_Frame(first, is_mapping=True, path=(*frame.path, frame.key)))
        return True

    def _end(self, _event: events.Event) -> None:
        ended = self.frames.pop()
        if ended.is_key:
            self.frames[-1].is_at_value = True
            self.frames[-1].keep = False


def _place(event: Any) -> Place:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _value(event: Any) -> Any:
    text = event.value
    if not event.implicit[0]:  # quoted, or a block scalar
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FRACTION.match(text):
        return float(text)
    return text


def shown(text: object, limit: int = 40) -> str:
    """A piece of the file for a message: control characters escaped, cut at `limit`."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(text)[: limit + 1])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
