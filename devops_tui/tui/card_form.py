"""The form in which a card is changed: one line for each thing that it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, TextArea

from devops_tui.domain.board import Card, CardKind, Priority
from devops_tui.domain.card_edit import TITLE_LIMIT, CardEdit, apply, as_lines, as_words
from devops_tui.domain.errors import DevopsError
from devops_tui.presentation.line import Line, cut, line
from devops_tui.tui.widgets.choice_line import ChoiceLine
from devops_tui.tui.widgets.line_view import LineView
from devops_tui.tui.widgets.one_line import OneLine

Save = Callable[[CardEdit], Awaitable[None]]

_FIELDS = (
    ("title", "title"),
    ("assignees", "assignees"),
    ("labels", "labels"),
    ("estimate", "points"),
    ("due", "due"),
    ("blocked", "blocked"),
    ("depends", "waits for"),
    ("service", "service"),
    ("links", "links"),
    ("checklist", "checklist"),
    ("comment", "comment"),
)
_HINTS = {
    "assignees": "names, who leads first",
    "labels": "words, separated by commas",
    "estimate": "a number",
    "due": "2026-11-30",
    "blocked": "why it cannot go on",
    "depends": "cards, separated by commas",
    "links": "commit:, run:, release:, incident:, host:NAME",
    "checklist": "items, separated by ; and with x before those done",
    "comment": "adds a remark",
}


class CardForm(ModalScreen[None]):
    """Changes a card; stays open until the store took it, and says why when it does not.

    Tab, up and down go from field to field, ctrl+s saves from anywhere, escape leaves.
    """

    DEFAULT_CSS = """
    CardForm { align: center middle; background: $background 60%; }
    CardForm > .box {
        width: 100; max-width: 98%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $background;
    }
    CardForm .fields { height: auto; max-height: 100vh; scrollbar-size: 1 1; }
    CardForm Horizontal { height: 1; }
    CardForm .label { width: 11; height: 1; overflow: hidden; }
    CardForm .said { height: 1; overflow: hidden; }
    CardForm Input { height: 1; width: 1fr; border: none; padding: 0 1; background: $panel; }
    CardForm Input:focus { background: $boost; }
    CardForm ChoiceLine { width: 1fr; }
    CardForm TextArea, CardForm TextArea:focus { height: 4; border: none; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, card: Card, save: Save) -> None:
        super().__init__()
        self._card = card
        self._save = save
        self._had = _values(card)
        self._said: Line = line(("tab next · ctrl+s saves · esc leaves", "muted"))
        self._is_saving = False

    def compose(self) -> ComposeResult:
        """The fields, and what is wrong."""
        with Vertical(classes="box"):
            yield _said(lambda: line("Change ", (self._card.id, "accent")))
            with _Fields(classes="fields"):
                for name, label in _FIELDS:
                    with Horizontal():
                        yield _label(label)
                        yield OneLine(
                            self._had[name],
                            id=name,
                            compact=True,
                            select_on_focus=False,
                            placeholder=_HINTS.get(name, ""),
                            max_length=TITLE_LIMIT if name == "title" else 0,
                        )
                with Horizontal():
                    yield _label("kind")
                    yield ChoiceLine([k.value for k in CardKind], self._card.kind.value)
                with Horizontal():
                    yield _label("priority")
                    yield ChoiceLine([p.value for p in Priority], self._card.priority.value)
                yield _said(lambda: line(("text ", "title"), ("Markdown", "muted")))
                yield TextArea(self._card.text, id="text", tab_behavior="focus", compact=True)
            yield _said(lambda: self._said, "outcome")

    def on_mount(self) -> None:
        """The title first."""
        self.set_focus(self.query_one("#title"), scroll_visible=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on."""
        event.stop()
        self.focus_next()

    def on_choice_line_entered(self, event: ChoiceLine.Entered) -> None:
        """Enter goes on."""
        event.stop()
        self.focus_next()

    def action_cancel(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Asks the store; the form closes when it took the change."""
        if self._is_saving:
            return
        edit = self._edit()
        try:
            apply(self._card, edit, "", datetime.now(UTC))
        except DevopsError as error:
            self._refuse(error)
            return
        if edit == CardEdit():
            self.dismiss(None)
            return
        self._is_saving = True
        self.run_worker(self._saving(edit), group="save")

    async def _saving(self, edit: CardEdit) -> None:
        try:
            await self._save(edit)
        except DevopsError as error:
            self._refuse(error)
        else:
            self.dismiss(None)
        finally:
            self._is_saving = False

    def _refuse(self, error: DevopsError) -> None:
        self._said = line((f"✗ {error.title}", "failed"), (f" {error.hint}", "muted"))
        self.query_one("#outcome", LineView).remake()

    def _edit(self) -> CardEdit:
        """Only what the operator changed."""
        now = {name: self.query_one(f"#{name}", Input).value.strip() for name, _ in _FIELDS}
        wanted = {n: v for n, v in now.items() if v != self._had[n] and n != "comment"}
        edit = CardEdit(**wanted, comment=now["comment"])  # type: ignore[arg-type]
        kind, priority = (choice.value for choice in self.query(ChoiceLine))
        text = self.query_one("#text", TextArea).text
        return replace(
            edit,
            kind=CardKind(kind) if kind != self._card.kind.value else None,
            priority=Priority(priority) if priority != self._card.priority.value else None,
            text=text if text != self._card.text else None,
        )


class _Fields(VerticalScroll, inherit_bindings=False, can_focus=False):
    """Scrolls to the field in focus only."""


def _values(card: Card) -> dict[str, str]:
    return {
        "title": card.title,
        "assignees": ", ".join(card.assignees),
        "labels": ", ".join(card.labels),
        "estimate": "" if card.estimate is None else f"{card.estimate:g}",
        "due": card.due,
        "blocked": card.blocked,
        "depends": ", ".join(card.depends),
        "service": card.service,
        "links": as_words(card.links),
        "checklist": as_lines(card.checklist),
        "comment": "",
    }


def _label(text: str) -> LineView:
    view = LineView(lambda _: [line((text, "title"))])
    view.add_class("label")
    return view


def _said(make: Callable[[], Line], name: str | None = None) -> LineView:
    view = LineView(lambda cells: [cut(make(), cells)], id=name)
    view.add_class("said")
    return view
