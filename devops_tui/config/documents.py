"""The files of a workspace: devops.yaml and what it includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devops_tui.config.fields import NAME_RULE, is_name
from devops_tui.config.files import MAX_FILES, include_patterns, is_wild, matching, read_bytes
from devops_tui.config.models import IncludedModel, WorkspaceModel
from devops_tui.config.report import Report, kind_of
from devops_tui.config.yaml_events import Document, parse, shown
from devops_tui.config.yaml_events import Path as Steps
from devops_tui.domain.errors import Mistake

_SECTIONS = tuple(IncludedModel.model_fields)


@dataclass(frozen=True, slots=True)
class Entry:
    """One named thing of a section, wherever it was written."""

    name: str
    data: Any
    document: Document
    path: Steps


@dataclass(frozen=True, slots=True)
class Files:
    """What was read."""

    main: Document
    included: tuple[Document, ...]

    @property
    def all(self) -> tuple[Document, ...]:
        """The main file first."""
        return (self.main, *self.included)

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the main file; empty when it has none, or no mapping."""
        data = self.main.data.get(name)
        return data if isinstance(data, dict) else {}


def read_files(path: Path, report: Report) -> Files:
    """Reads devops.yaml and its includes and checks which keys stand at their top.

    Raises:
        ConfigError: The main file cannot be read at all.
    """
    main = _read(path, report)
    if main is None or not main.is_whole:
        report.end()
        return Files(Document(str(path), {}), ())
    if main.data is None:
        report.note(Mistake(main.file, 1, 1, "empty", "`devops-tui init` writes a first one"))
        report.end()
    if not isinstance(main.data, dict):
        report.add(main, (), f"wrong type: the file must be a mapping, is {kind_of(main.data)}")
        report.end()
    report.check(WorkspaceModel, _without_empty(main), main, ())
    included: list[Document] = []
    for file in _included(path, main, report):
        document = _read(file, report)
        if document is None or not document.is_whole:
            report.names.unsure |= {"host", "environment", "service"}
        elif document.data is not None:
            report.check(IncludedModel, _without_empty(document), document, ())
            included.append(document)
    return Files(main, tuple(d for d in included if isinstance(d.data, dict)))


def entries(files: Files, section: str, report: Report) -> Iterator[Entry]:
    """The things of a section from all files, each name once and checked."""
    places: dict[str, str] = {}
    for document in files.all:
        found = document.data.get(section)
        if not isinstance(found, dict):
            if found is not None:
                report.names.unsure.add(section.removesuffix("s"))
            continue
        for name, data in found.items():
            path: Steps = (section, name)
            line, column = document.place(path, of_key=True)
            if name in places:
                what = f"duplicate key `{shown(name)}`, first at {places[name]}"
                report.add(document, path, what, "keep one of the two", of_key=True)
                continue
            places[name] = f"{document.file}:{line}:{column}"
            if not is_name(name):
                report.add(document, path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
            yield Entry(name, data, document, path)


def _included(path: Path, main: Document, report: Report) -> Iterator[Path]:
    count = 0
    for index, pattern in include_patterns(main.data):
        at: Steps = ("include", index)
        try:
            files = matching(path.parent, pattern)
        except ValueError as error:
            report.add(main, at, str(error), "wildcards stand in the file's name only")
            continue
        except OSError as error:
            report.add(main, at, f"cannot be read: {error.strerror}", "correct the path")
            continue
        for file in files:
            count += 1
            if count > MAX_FILES:
                report.add(main, at, f"more than {MAX_FILES} files", "put hosts together in files")
                return
            if not is_wild(pattern) and not file.exists():
                report.add(main, at, f"no file `{shown(pattern)}`", "correct the path")
                report.names.unsure |= {"host", "environment", "service"}
                continue
            yield file


def _read(path: Path, report: Report) -> Document | None:
    try:
        content = read_bytes(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        what = f"cannot be read: {why}"
        report.note(Mistake(str(path), 1, 1, what, "`devops-tui init` writes a first one"))
        return None
    document = parse(content, str(path))
    report.take_flaws(document)
    return document


def _without_empty(document: Document) -> Any:
    """The data without sections that are written but empty."""
    if not isinstance(document.data, dict):
        return document.data
    sections = {*_SECTIONS, "include", "team", "board", "notify"}
    return {k: v for k, v in document.data.items() if v is not None or k not in sections}
