"""What `:` understands: a word of the table of actions, and what to do it to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devops_tui.domain.view import Overview
from devops_tui.presentation.safe_text import safe
from devops_tui.tui.actions import BY_COMMAND, Action

ALIASES = {
    "q!": "q",
    "quit": "q",
    "exit": "q",
    "h": "help",
    "?": "help",
    "p": "pipelines",
    "r": "releases",
    "b": "board",
    "hosts": "fleet",
    "inc": "incidents",
    "acknowledge": "ack",
    "go": "run",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was understood."""

    action: Action
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A line that is no command, and why."""

    why: str


def parse(typed: str) -> Command | Misunderstood | None:
    """The command that was typed; None when nothing was. A unique beginning is enough."""
    word, _, argument = typed.strip().lstrip(":").strip().partition(" ")
    if not word:
        return None
    name = ALIASES.get(word, word)
    if name in BY_COMMAND:
        return Command(BY_COMMAND[name], argument.strip())
    begun = sorted(known for known in BY_COMMAND if known.startswith(name))
    if len(begun) == 1:
        return Command(BY_COMMAND[begun[0]], argument.strip())
    if begun:
        return Misunderstood(f"{word} could be {', '.join(begun)}")
    return Misunderstood(f"no command {word}; ? lists the keys, tab completes")


def completions(typed: str, overview: Overview | None, themes: Sequence[str]) -> list[str]:
    """Whole lines that what was typed may become, best first."""
    word, space, argument = typed.partition(" ")
    if not space:
        return sorted(name for name in BY_COMMAND if name.startswith(word) and name != word)
    action = BY_COMMAND.get(ALIASES.get(word, word))
    if action is None:
        return []
    names = themes if action.id == "app.theme" else _subjects(action, overview)
    shown = (safe(name) for name in names)
    return [f"{word} {name}" for name in shown if name.startswith(argument) and name != argument]


def _subjects(action: Action, overview: Overview | None) -> Iterable[str]:
    if overview is None:
        return ()
    workspace = overview.workspace
    kind = action.kind or action.id.removeprefix("view.")
    if kind in ("service", "releases"):
        return sorted(overview.services) or sorted(workspace.services if workspace else ())
    if kind == "pipeline":
        return sorted(workspace.pipelines if workspace else ())
    if kind in ("run", "pipelines"):
        return [view.run.id for view in overview.runs]
    if kind in ("card", "board"):
        return [card.id for card in overview.cards]
    if kind == "fleet":
        return list(overview.frames)
    if kind in ("incident", "incidents"):
        return [incident.id for incident in overview.incidents]
    return ()
