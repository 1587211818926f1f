"""What differs between two runs, as a sheet."""

from __future__ import annotations

import json

from devops_tui.domain.change import Changes, FileChange, KeyChange
from devops_tui.domain.event import Json
from devops_tui.domain.pipeline import Commit
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, Role, cut, fit, line
from devops_tui.presentation.rows import Row, note

_AUTHOR = 14
_DIGEST = 19  # "sha256:" and twelve digits
_NOTHING = "—"
_WIDE_VALUE = 400


def rows(changes: Changes, width: int) -> list[Row]:
    """Everything, in lines of at most `width` cells; sections that are empty are said so."""
    made = [note("head", cut(head(changes), width))]
    if not changes.before:
        made += _commits("commits", changes.commits, width)
        return made
    made += _heading("commits", _count(changes), width)
    made += _commits("commit", changes.commits, width)
    if changes.taken_back:
        told = line((f"taken back: {units.plural(len(changes.taken_back), 'commit')}", "warning"))
        made += [note("taken", cut(told, width))]
        made += _commits("taken back", changes.taken_back, width)
    made += _heading("configuration", _or_same(len(changes.settings), "key"), width)
    made += [row for c in changes.settings for row in _key("key", c, width)]
    files = _or_same(len(changes.files), "file")
    if changes.same_files:
        files = joined([files, line((f"{changes.same_files} the same", "muted"))])
    made += _heading("artifacts", files, width)
    made += [_file(change, width) for change in changes.files]
    if changes.facts:
        made += _heading("run", _or_same(len(changes.facts), "value"), width)
        made += [row for c in changes.facts for row in _key("fact", c, width)]
    return made


def head(changes: Changes) -> Line:
    """Which two runs, and why these."""
    if not changes.before:
        return line((changes.now, "accent"), f": {changes.since}")
    since = f" ({changes.since})" if changes.since != changes.before else ""
    return joined(
        [
            line((changes.now, "accent"), " since ", (changes.before, "accent"), since),
            line(_id(changes.before_commit), " → ", _id(changes.now_commit)),
        ]
    )


def _id(commit: Commit | None) -> str:
    return commit.short if commit is not None else "no commit"


def _heading(name: str, about: Line, width: int) -> list[Row]:
    told = cut(line((f"{name}  ", "title")) + about, width)
    return [note(f"gap {name}", ()), note(f"title {name}", told)]


def _count(changes: Changes) -> Line:
    if not changes.commits and not changes.taken_back and changes.is_whole:
        return line(("the same", "muted"))
    count = units.plural(len(changes.commits), "commit")
    authors = ", ".join(changes.authors)
    return joined(
        [
            line(count if changes.is_whole else f"at least {count}"),
            line((authors, "muted")) if authors else (),
            () if changes.is_whole else line(("their histories do not meet here", "warning")),
        ]
    )


def _or_same(count: int, noun: str) -> Line:
    return line(f"{units.plural(count, noun)} changed") if count else line(("the same", "muted"))


def _commits(key: str, commits: tuple[Commit, ...], width: int) -> list[Row]:
    made: list[Row] = []
    for commit in commits:
        told = line(
            "  ",
            (commit.short, "accent"),
            (f" {fit(commit.author, _AUTHOR)} ", "muted"),
            commit.subject,
        )
        made.append(Row(f"{key} {commit.id}", cut(told, width)))
    return made


def _key(kind: str, change: KeyChange, width: int) -> list[Row]:
    key = f"{kind} {change.key}"
    short = line("  ", change.key, ("  ", "muted"), *_values(change))
    if sum(s.width for s in short) <= width:
        return [Row(key, short)]
    made = [Row(key, cut(line("  ", change.key), width))]
    for sign, value, role in _sides(change):
        for number, text in enumerate(_text(value).splitlines() or [""]):
            told = line("    ", (f"{sign} {text}", role))
            made.append(note(f"{key} {sign}{number}", cut(told, width)))
    return made


def _sides(change: KeyChange) -> list[tuple[str, Json, Role]]:
    """Before and now, each only where there is something."""
    sides: list[tuple[str, Json, Role]] = []
    if change.before is not None:
        sides.append(("-", change.before, "failed"))
    if change.now is not None:
        sides.append(("+", change.now, "ok"))
    return sides


def _values(change: KeyChange) -> list[tuple[str, Role]]:
    before: tuple[str, Role] = (_one_line(change.before), "failed")
    return [before, (" → ", "muted"), (_one_line(change.now), "ok")]


def _one_line(value: Json) -> str:
    return _NOTHING if value is None else _text(value).replace("\n", "\\n")[:_WIDE_VALUE]


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _file(change: FileChange, width: int) -> Row:
    before, now = (d[:_DIGEST] or _NOTHING for d in (change.before, change.now))
    told = line("  ", change.name, "  ", (before, "failed"), (" → ", "muted"), (now, "ok"))
    return Row(f"file {change.name}", cut(told, width))
