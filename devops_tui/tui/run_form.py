"""The form in which a run is told its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from devops_tui.domain.errors import WrongParameter
from devops_tui.domain.event import Json
from devops_tui.domain.parameter import MAX_CHARACTERS, Parameter, ParameterKind, read
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.rows import Row
from devops_tui.tui.widgets.choice_line import ChoiceLine
from devops_tui.tui.widgets.line_table import LineTable
from devops_tui.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_CHOSEN = (ParameterKind.BOOLEAN, ParameterKind.CHOICE)


async def ask_parameters(house: DevopsApp, pipeline: str) -> dict[str, Json] | None:
    """What the operator wants a run of that pipeline to be told; None when they leave.

    Nothing is asked, and nothing said, where the pipeline has no parameters.
    """
    workspace = house.overview.workspace if house.overview else None
    definition = workspace.pipelines.get(pipeline) if workspace else None
    if definition is None or not definition.parameters:
        return {}
    values = await house.push_screen_wait(RunForm(pipeline, definition.parameters))
    return None if values is None else {"parameters": dict(values)}


class RunForm(ModalScreen[Mapping[str, str] | None]):
    """Asks for the parameters of a run; dismissed with every value, or None.

    Each field has its default filled in. What a field does not take is said beside its
    name, as soon as the operator leaves it, and nothing is started before all is right.
    """

    DEFAULT_CSS = """
    RunForm { align: center middle; background: $background 60%; }
    RunForm > .box {
        width: 96; max-width: 94%; height: auto; max-height: 94%;
        border: round $primary; padding: 0 1; background: $background;
    }
    RunForm .fields { height: auto; max-height: 60vh; margin: 1 0; scrollbar-size: 1 1; }
    RunForm Field { height: 2; }
    RunForm Field.-spaced { margin: 0 0 1 0; }
    RunForm Input { height: 1; border: none; padding: 0 1; background: $panel; }
    RunForm .label { height: 1; overflow: hidden; }
    RunForm LineTable { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", priority=True),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, pipeline: str, parameters: Sequence[Parameter]) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._parameters = parameters

    def compose(self) -> ComposeResult:
        """Title, the fields, the two choices."""
        with Vertical(classes="box"):
            title = line("Run ", (self._pipeline, "accent"))
            yield _label(title)
            with _Fields(classes="fields"):
                for parameter in self._parameters:
                    yield Field(parameter)
            yield LineTable(self._choices, id="choices")

    def on_mount(self) -> None:
        """The first field; rows between them where there is room."""
        fields = list(self.query(Field))
        is_roomy = 3 * len(fields) + 8 <= self.app.size.height
        for field in fields[:-1]:
            field.set_class(is_roomy, "-spaced")
        self.set_focus(fields[0].widget, scroll_visible=False)

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """One of the two choices."""
        event.stop()
        if event.key == "go":
            self._go()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field."""
        event.stop()
        self._go_on(event.input)

    def on_choice_line_entered(self, event: ChoiceLine.Entered) -> None:
        """Enter on a choice."""
        event.stop()
        self._go_on(event.choice)

    def action_cancel(self) -> None:
        """Nothing is started."""
        self.dismiss(None)

    def _go_on(self, widget: Input | ChoiceLine) -> None:
        """To the next field; from the last one the run is started."""
        fields = list(self.query(Field))
        here = next(i for i, field in enumerate(fields) if field.widget is widget)
        if not fields[here].check():
            return
        if here + 1 < len(fields):
            fields[here + 1].take_focus()
        else:
            self._go()

    def _go(self) -> None:
        fields = list(self.query(Field))
        wrong = [field for field in fields if not field.check()]
        if wrong:
            wrong[0].take_focus()
        else:
            self.dismiss({field.parameter.name: field.value for field in fields})

    def _choices(self, _: int) -> list[Row]:
        return [
            Row("go", line(("run ", "ok"), (self._pipeline, "ok"))),
            Row("cancel", line("Cancel ", ("(esc)", "muted"))),
        ]


class _Fields(VerticalScroll, inherit_bindings=False, can_focus=False):
    """Scrolls to the field in focus only: up and down go from field to field."""


class Field(Vertical):
    """One parameter: its name, what it takes or what is wrong, and its value."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self.widget = _widget_of(parameter)
        self._wrong = ""

    def compose(self) -> ComposeResult:
        """The label above the value."""
        label = LineView(lambda cells: [cut(self._label(), cells)])
        label.add_class("label")
        yield label
        yield self.widget

    @property
    def value(self) -> str:
        """What the operator wants."""
        value: str = self.widget.value
        return value.strip()

    def take_focus(self) -> None:
        """The operator goes on here."""
        self.widget.focus()

    def check(self) -> bool:
        """Whether the parameter takes the value; says beside its name why not."""
        wrong = ""
        if self.value != self.parameter.default or not self.value:
            try:
                read(self.parameter, self.value)
            except WrongParameter as error:
                wrong = error.title.removeprefix(f"{self.parameter.name} ")
        if wrong != self._wrong:
            self._wrong = wrong
            self.query_one(LineView).remake()
        return not wrong

    def on_descendant_blur(self) -> None:
        """The operator left the field."""
        self.check()

    def on_input_changed(self) -> None:
        """What was wrong may be right now; what is being typed is not wrong yet."""
        if self._wrong:
            self.check()

    def _label(self) -> Line:
        asked = self.parameter
        name = line((asked.name, "title"), ("* " if asked.is_required else " ", "accent"))
        if self._wrong:
            return (*name, *line((f"✗ {self._wrong}", "failed")))
        told = f"{asked.description}: " if asked.description else ""
        return (*name, *line((f"{told}{_hint(asked)}", "muted")))


def _hint(parameter: Parameter) -> str:
    if parameter.kind in _CHOSEN:
        return "← → choose"
    return parameter.allowed


def _widget_of(parameter: Parameter) -> Input | ChoiceLine:
    if parameter.kind not in _CHOSEN:
        return Input(
            parameter.default, compact=True, max_length=MAX_CHARACTERS, select_on_focus=False
        )
    options = parameter.options
    if parameter.kind is ParameterKind.BOOLEAN:
        options = ("false", "true")
    may_be_empty = not parameter.default and not parameter.is_required
    return ChoiceLine(("", *options) if may_be_empty else options, parameter.default)


def _label(of: Line) -> LineView:
    view = LineView(lambda _: [of])
    view.add_class("label")
    return view
