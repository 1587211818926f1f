"""Collects mistakes, in words that say what to do, at the place where each was made."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from devops_tui.config.fields import Model, Names
from devops_tui.config.yaml_events import MAX_MISTAKES, Document, Path, shown
from devops_tui.domain.errors import ConfigError, Mistake

M = TypeVar("M", bound=Model)

# Likeness is costly: in a large fleet it is asked for a few mistakes and a few names only.
_MAX_SUGGESTIONS = 50
_MAX_COMPARED = 200

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


class Report:
    """The mistakes of one reading of the files.

    Attributes:
        names: What the workspace holds; checks of references look here.
    """

    def __init__(self) -> None:
        self.names = Names()
        self.mistakes: set[Mistake] = set()
        self._suggestions = 0

    def add(
        self, document: Document, path: Path, what: str, todo: str = "", *, of_key: bool = False
    ) -> None:
        """Notes a mistake at a value, or at its key."""
        line, column = document.place(path, of_key=of_key)
        self.note(Mistake(document.file, line, column, what, todo))

    def note(self, found: Mistake) -> None:
        """Notes a mistake; the last one that is taken says that there are more."""
        if len(self.mistakes) < MAX_MISTAKES:
            self.mistakes.add(found)
        elif len(self.mistakes) == MAX_MISTAKES:
            what = f"more than {MAX_MISTAKES:,} mistakes"
            last = Mistake(found.file, found.line, found.column, what, "correct these first")
            self.mistakes.add(last)

    def take_flaws(self, document: Document) -> None:
        """Notes what the reading of the YAML found."""
        for flaw in document.flaws:
            line, column = flaw.place
            self.note(Mistake(document.file, line, column, flaw.what, flaw.todo))

    def end(self) -> None:
        """Raises ConfigError when there is any mistake."""
        if self.mistakes:
            raise ConfigError(tuple(self.mistakes))

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """The known name that was probably meant."""
        if self._suggestions >= _MAX_SUGGESTIONS or len(word) > 100:
            return None
        self._suggestions += 1
        close = [name for name in known if abs(len(name) - len(word)) <= 3]
        if len(close) > _MAX_COMPARED:
            close = [name for name in close if name[:1] == word[:1]]
        found = difflib.get_close_matches(word, sorted(close)[:_MAX_COMPARED], n=1, cutoff=0.6)
        return found[0] if found else None

    def choose(self, word: str, known: Collection[str], otherwise: str) -> str:
        """What to do about an unknown word."""
        near = self.nearest(word, known)
        if near is not None:
            return f"did you mean `{near}`?"
        if 0 < len(known) <= 12:
            return f"there are: {', '.join(sorted(known))}"
        return otherwise

    def check(self, model: type[M], data: Any, document: Document, path: Path) -> M | None:
        """The model of a piece of the file, or None with its mistakes noted."""
        if path in document.broken or len(self.mistakes) > MAX_MISTAKES:
            return None
        try:
            return model.model_validate(data, context=self.names)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._explain(model, detail, data, document, path)
            return None

    def _explain(
        self, model: type[Model], detail: Mapping[str, Any], data: Any, document: Document, at: Path
    ) -> None:
        of_key = detail["loc"][-1:] == ("[key]",)
        inner: Path = detail["loc"][:-1] if of_key else tuple(detail["loc"])
        path = (*at, *inner)
        if any(path[:n] in document.broken for n in range(len(path) + 1)):
            return
        kind: str = detail["type"]
        if kind == "extra_forbidden":
            what, todo = self._unknown_key(_model_at(model, inner[:-1]), str(inner[-1]))
            self.add(document, path, what, todo, of_key=True)
        elif kind == "missing":
            owner = _model_at(model, inner[:-1])
            if not _is_all_later(owner, _value_at(data, inner[:-1])):
                what, todo = _missing_key(owner, str(inner[-1]))
                self.add(document, path[:-1], what, todo, of_key=True)
        elif kind == "mistake":
            what, todo = self._own_words(detail["ctx"])
            is_of_key = of_key or bool(detail["ctx"].get("of_key"))
            self.add(document, path, what, todo, of_key=is_of_key)
        else:
            what, todo = _wrong_value(detail, _value_at(data, inner), path)
            self.add(document, path, what, todo, of_key=of_key)

    def _unknown_key(self, model: type[Model] | None, key: str) -> tuple[str, str]:
        if model is not None and key in model.later:
            return f"not supported yet: {key}", f"leave it out: {model.later[key]}"
        keys = known_keys(model) if model is not None else []
        return f"unknown key `{shown(key)}`", self.choose(key, keys, "leave it out")

    def _own_words(self, context: Mapping[str, Any]) -> tuple[str, str]:
        if "kind" not in context:
            return context["what"], context["todo"]
        kind = context["kind"]
        todo = self.choose(context["name"], self.names.of(kind), f"name a {kind} that there is")
        return context["what"], todo


def known_keys(model: type[Model]) -> list[str]:
    """The keys that a mapping of this model may have."""
    return [f.alias or name for name, f in model.model_fields.items()]


def _model_at(model: type[Model], path: Path) -> type[Model] | None:
    """The model of the mapping at `path` inside what `model` describes."""
    for step in path:
        field = next((f for n, f in model.model_fields.items() if (f.alias or n) == step), None)
        inner = None if field is None else _inner_model(field.annotation)
        if inner is None:
            return None
        model = inner
    return model


def _inner_model(annotation: Any) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    arguments = getattr(annotation, "__args__", ())
    return next((found for a in arguments if (found := _inner_model(a)) is not None), None)


def _is_all_later(model: type[Model] | None, value: object) -> bool:
    """Whether a mapping says nothing but what a later version knows: that is said already."""
    if model is None or not isinstance(value, dict) or not value:
        return False
    return all(key in model.later for key in value)


def _missing_key(model: type[Model] | None, key: str) -> tuple[str, str]:
    field = (
        None
        if model is None
        else next((f for name, f in model.model_fields.items() if (f.alias or name) == key), None)
    )
    example = field.examples[0] if field is not None and field.examples else "..."
    return f"missing key `{key}`", f"add it, like `{key}: {example}`"


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return data
    return data


def kind_of(value: object) -> str:
    """What a value is, in an operator's words; never the value itself."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"


def _wrong_value(detail: Mapping[str, Any], value: object, path: Path) -> tuple[str, str]:
    kind: str = detail["type"]
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the file")
    context: Mapping[str, Any] = detail.get("ctx", {})
    if kind in _WANTED:
        what = f"wrong type: `{shown(name)}` must be {_WANTED[kind]}, is {kind_of(value)}"
        return what, _conversion(kind, value)
    if kind == "literal_error":
        return (
            f"`{shown(name)}` cannot be this",
            f"write {context['expected'].replace(chr(39), '')}",
        )
    if kind in ("too_short", "string_too_short"):
        return f"`{shown(name)}` is empty", "name at least one"
    if kind == "string_pattern_mismatch":
        return f"bad value of `{shown(name)}`", f"it must match {context['pattern']}"
    bounds = {
        "greater_than": ("more than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    if kind in bounds:
        words, key = bounds[kind]
        return f"`{shown(name)}` is out of range", f"it must be {words} {context[key]:g}"
    return f"bad value of `{shown(name)}`", str(detail["msg"])


def _conversion(wanted: str, value: object) -> str:
    if wanted == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if wanted in ("int_type", "float_type") and isinstance(value, str):
        return "write the number without quotes" if value.isdigit() else "write a number"
    if wanted == "bool_type":
        return "write true or false, without quotes"
    if wanted == "list_type":
        return "write it as [a, b] or as lines that begin with a dash"
    if wanted in ("dict_type", "model_type", "model_attributes_type"):
        return "write it as {key: value} or as indented lines"
    return "write one piece of text"
