"""No way into a widget but safe text: checked over the syntax tree of tui/.

Textual parses a plain str as markup in 25 sinks; `[@click=app.quit]x[/]` in a card's
title would run an action. So no widget of Textual's that takes text may be made with
anything but a literal, nothing is escaped or parsed as markup, and notices have one door.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TUI = Path(__file__).resolve().parents[2] / "devops_tui" / "tui"
FILES = sorted(TUI.rglob("*.py"))
NOTICES = TUI / "notices.py"

TEXT_WIDGETS = frozenset(
    {
        "Static", "Label", "Button", "Checkbox", "RadioButton", "Tab", "TabPane", "Collapsible",
        "Placeholder", "OptionList", "Option", "SelectionList", "Select", "DataTable", "Tree",
        "RichLog", "Log", "Markdown", "Digits", "Link", "ListItem", "Notification", "Toast",
    }
)  # fmt: skip
FORBIDDEN_CALLS = frozenset({"escape", "from_markup", "from_ansi", "render_markup"})
FORBIDDEN_ATTRIBUTES = frozenset({"border_title", "border_subtitle", "tooltip", "loading_message"})


def problems(source: str, path: Path) -> Iterator[str]:
    """What the rules above have against a file."""
    for node in ast.walk(ast.parse(source)):
        place = f"{path.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            yield from _call(node, place, path)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                is_text = isinstance(target, ast.Attribute) and target.attr in FORBIDDEN_ATTRIBUTES
                if is_text and not isinstance(node.value, ast.Constant):
                    yield f"{place}: sets a title or tooltip, which parses markup"


def _call(node: ast.Call, place: str, path: Path) -> Iterator[str]:
    name = _name(node.func)
    is_regex = isinstance(node.func, ast.Attribute) and _name(node.func.value) == "re"
    if name in FORBIDDEN_CALLS and not is_regex:
        yield f"{place}: {name}() makes or hides markup"
    if name == "notify" and path != NOTICES:
        yield f"{place}: notify() outside of notices.py"
    for keyword in node.keywords:
        if keyword.arg == "markup" and not _is_false(keyword.value):
            yield f"{place}: markup may only be False"
    texts = [*node.args, *(k.value for k in node.keywords if k.arg in ("label", "renderable"))]
    if name in TEXT_WIDGETS and not all(isinstance(t, ast.Constant) for t in texts):
        yield f"{place}: {name}() takes text that is no literal"


def _name(of: ast.expr) -> str:
    if isinstance(of, ast.Attribute):
        return of.attr
    return of.id if isinstance(of, ast.Name) else ""


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(TUI)))
def test_text_reaches_widgets_only_as_safe_lines(path: Path) -> None:
    assert list(problems(path.read_text(encoding="utf-8"), path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(card.title)",
        "Label(f'{host}')",
        "widgets.Button(label=name)",
        "Static('x', markup=True)",
        "Text.from_markup(title)",
        "Content.from_markup('[b]$v[/b]', v=title)",
        "rich.markup.escape(title)",
        "self.notify(title)",
        "self.app.notify('literal')",
        "pane.border_title = host",
        "widget.tooltip = card.title",
        "Text.from_ansi(line)",
    ],
)
def test_the_check_finds_what_it_forbids(source: str) -> None:
    assert list(problems(source, TUI / "elsewhere.py"))


@pytest.mark.parametrize(
    "source", ["Static('literal')", "re.escape(typed)", "x.notify(a, markup=False)"]
)
def test_the_check_lets_pass_what_is_safe(source: str) -> None:
    assert list(problems(source, NOTICES)) == []


def test_notices_never_parse_markup() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(NOTICES.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) == "notify"
    ]
    assert calls
    for call in calls:
        assert any(k.arg == "markup" and _is_false(k.value) for k in call.keywords)


def test_no_method_is_taken_for_a_key_by_its_name() -> None:
    """Textual calls `key_<name>` of a widget when that key is pressed."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_method = isinstance(node, ast.FunctionDef) and node.args.args[:1]
            if is_method and isinstance(node, ast.FunctionDef) and node.args.args[0].arg == "self":
                assert not node.name.startswith("key_"), f"{path.name}: {node.name}"
