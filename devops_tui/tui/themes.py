"""Themes from files: those that come with the program, and the operator's own.

The default look is built in (`default_look`), so the first frame reads no file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.color import Color, ColorParseError
from rich.errors import StyleSyntaxError
from rich.style import Style

from devops_tui.domain.errors import Mistake
from devops_tui.presentation.line import ROLES
from devops_tui.tui.palette import ACCENTS, BASES, DEFAULT_LOOK, Look

SIZE_LIMIT_BYTES = 64_000
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Themes:
    """Every look by its name, and what was wrong with the files."""

    looks: Mapping[str, Look]
    mistakes: tuple[Mistake, ...] = ()


def shipped_folder() -> Path:
    """Where the program's own themes are: in the wheel, or in a checkout."""
    packed = _PACKAGE / "_themes"
    return packed if packed.is_dir() else _PACKAGE.parent / "themes"


def own_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the operator's own themes are."""
    home = environment.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "devops-tui" / "themes"


def folders_of(own: Path | None) -> list[Path]:
    """Where themes are looked for: those of the program, then the operator's own. Asks the disk."""
    return [shipped_folder(), *((own,) if own is not None else ())]


def look_for_themes(own: Path | None) -> tuple[frozenset[str], bool]:
    """Every theme by the name of its file, unread; and whether any is the operator's own."""
    mine = {path.stem for path in own.glob("*.yaml")} if own is not None else set()
    return frozenset(mine.union(path.stem for path in shipped_folder().glob("*.yaml"))), bool(mine)


def read_themes_of(own: Path | None) -> Themes:
    """The looks of the program and of the operator."""
    return read_themes(*folders_of(own))


def read_themes(*folders: Path) -> Themes:
    """The looks of all folders; a later one of the same name wins. Reads files."""
    looks: dict[str, Look] = {DEFAULT_LOOK.name: DEFAULT_LOOK}
    mistakes: list[Mistake] = []
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            found = read_look(path)
            if isinstance(found, Mistake):
                mistakes.append(found)
            else:
                looks[found.name] = found
    return Themes(looks, tuple(mistakes))


def read_look(path: Path) -> Look | Mistake:
    """One theme file, or its first mistake with its place."""
    import yaml

    try:
        if path.stat().st_size > SIZE_LIMIT_BYTES:
            return Mistake(str(path), 1, 1, "is larger than a theme can be")
        text = path.read_text(encoding="utf-8")
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            return Mistake(str(path), 1, 1, "uses an alias (*name)", "write the value again")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        return Mistake(str(path), 1, 1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return Mistake(str(path), 1, 1, f"is not UTF-8: {error.reason}")
    except RecursionError:
        return Mistake(str(path), 1, 1, "is nested too deeply")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Mistake(str(path), *place, str(error.problem or "is not YAML"))
    except (yaml.YAMLError, ValueError) as error:
        return Mistake(str(path), 1, 1, f"is not YAML: {error}")
    return _checked(path, _plain(node), _Marks(node))


@dataclass(frozen=True, slots=True)
class _Odd:
    """A value that no theme has use for: a number, a date, a tag of its own."""

    value: str

    def __repr__(self) -> str:
        return self.value


def _plain(node: Any) -> Any:
    """A YAML node as words, true, false, nothing, and mappings of them; no tag is obeyed."""
    if node is None:
        return None
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind == "map" and isinstance(node.value, list):
        return {str(key.value): _plain(value) for key, value in node.value}
    if kind == "str" and isinstance(node.value, str):
        return node.value
    if kind == "bool":
        return node.value.lower() in ("true", "yes", "on")
    return None if kind == "null" else _Odd(str(node.value)[:40])


class _Marks:
    """Where each key of the file stands."""

    def __init__(self, node: Any) -> None:
        self._places: dict[tuple[str, ...], tuple[int, int]] = {}
        self._walk(node, ())

    def _walk(self, node: Any, path: tuple[str, ...]) -> None:
        if node is None or not isinstance(node.value, list) or len(path) > 2:
            return
        for pair in node.value:
            if isinstance(pair, tuple):
                key, value = pair
                here = (*path, str(key.value))
                self._places[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
                self._walk(value, here)

    def of(self, *path: str) -> tuple[int, int]:
        """Line and column of a key, or of the nearest one above it."""
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (1, 1))


def _checked(path: Path, data: Any, marks: _Marks) -> Look | Mistake:
    if not isinstance(data, dict):
        return Mistake(str(path), 1, 1, "holds no keys", "copy one of the program's themes")
    wanted = {"name", "dark", "base", "colours", "roles"}
    for key in data:
        if key not in wanted:
            what = f"unknown key {key!r}"
            return Mistake(
                str(path), *marks.of(str(key)), what, f"one of {', '.join(sorted(wanted))}"
            )
    name, is_dark = data.get("name", path.stem), data.get("dark", True)
    if not isinstance(name, str) or not isinstance(is_dark, bool):
        return Mistake(str(path), *marks.of("name"), "name is a word, dark is true or false")
    base = _section(path, data, "base", BASES, DEFAULT_LOOK.base, marks)
    colours = _section(path, data, "colours", ("foreground", *ACCENTS), DEFAULT_LOOK.colours, marks)
    roles = _section(path, data, "roles", ROLES, DEFAULT_LOOK.styles, marks)
    for made in (base, colours, roles):
        if isinstance(made, Mistake):
            return made
    assert isinstance(base, dict)  # noqa: S101 - mypy cannot follow the loop above
    assert isinstance(colours, dict)  # noqa: S101 - as above
    assert isinstance(roles, dict)  # noqa: S101 - as above
    return Look(name, is_dark, base, colours, roles)


def _section(
    path: Path,
    data: Mapping[str, Any],
    name: str,
    keys: tuple[str, ...],
    defaults: Mapping[str, str],
    marks: _Marks,
) -> dict[str, str] | Mistake:
    given = data.get(name) or {}
    if not isinstance(given, dict):
        return Mistake(str(path), *marks.of(name), f"{name} holds keys")
    made = dict(defaults)
    for key, value in given.items():
        place = marks.of(name, str(key))
        if key not in keys:
            return Mistake(str(path), *place, f"unknown key {key!r}", f"one of {', '.join(keys)}")
        if not isinstance(value, str) or not _is_style(value, is_colour=name != "roles"):
            what = "a colour like '#1a2b3c'" if name != "roles" else "a style like 'bold #1a2b3c'"
            return Mistake(str(path), *place, f"{value!r} is not {what}")
        made[key] = value
    return made


def _is_style(value: str, *, is_colour: bool) -> bool:
    try:
        if is_colour:
            Color.parse(value)
            return value.startswith("#")
        Style.parse(value)
    except (ColorParseError, StyleSyntaxError):
        return False
    return True
