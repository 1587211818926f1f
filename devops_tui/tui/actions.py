"""The one table of actions: keymap, help, palette, command line and refusals read it.

A screen that can do something new adds a line here, binds its place with
`BINDINGS = bindings("its place")`, and has a method `action_<handler>`. Before a handler
is called the app asks `why_not`; a reason is shown instead of doing nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from devops_tui.domain.view import Overview
from devops_tui.tui.job_reasons import why_not_again, why_not_lost
from devops_tui.tui.looking import REPLAY_ROWS, looks_only
from devops_tui.tui.release_reasons import (
    no_drift,
    no_flip_to_undo,
    no_gate,
    no_glass,
    no_new_key,
    nothing_to_undo,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the operator stands when a key is pressed.

    Attributes:
        environment: The one that the subject lives in; empty when there is none.
        is_armed: Changes are allowed there: it is not look-only, or it was armed.
        subject: The selected thing of the action's kind; empty when nothing is selected.
        is_past: The view shows hosts as they were at a moment of the past.
    """

    overview: Overview | None
    view: str
    environment: str
    is_armed: bool
    subject: str
    is_replay: bool = False
    is_past: bool = False


WhyNot = Callable[[Situation], str | None]


@dataclass(frozen=True, slots=True)
class Action:
    """Something an operator can do.

    Attributes:
        id: Also the name in a user's keymap; that of the Verb where there is one.
        keys: As Textual writes them, separated by commas; empty when it has no key.
        handler: A Textual action: "flip" calls action_flip of the place that bound it.
        places: Where the key works: "app", "view" (every view), "table", "log", or names
            of views.
        kind: What it is done to ("service", "run"...); refused while none is selected.
        command: Its word on the command line; empty when it has none.
        is_change: Refused while the environment is look-only.
        why_not: Further reasons, in one line.
    """

    id: str
    label: str
    keys: str
    handler: str
    tooltip: str
    places: tuple[str, ...] = ("app",)
    kind: str = ""
    command: str = ""
    is_change: bool = False
    why_not: WhyNot | None = None


_VIEWS = (
    ("home", "1", "all panes at once"),
    ("pipelines", "2", "pipelines, runs, stages, jobs, logs"),
    ("releases", "3", "what serves traffic; flip and undo"),
    ("board", "4", "cards and their limits"),
    ("fleet", "5", "every host, live"),
    ("incidents", "6", "what broke, and why"),
    ("figures", "7", "flow of the board, delivery of the services"),
    ("audit", "8", "who did what, when and why"),
    ("tools", "9", "the connected tools: is each reachable, what does it say"),
)
_RUN_PLACES = ("home", "pipelines", "incidents", "releases")
_SERVICE_PLACES = ("home", "releases")

_FLEET_SORTS = (
    ("state", "H"), ("name", "N"), ("cpu", "C"), ("mem", "M"), ("load", "L"), ("disk", "D"),
    ("io", "I"), ("psi", "P"), ("net", "T"),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    *(
        Action(f"view.{name}", name, key, f"open_view('{name}')", tooltip, command=name)
        for name, key, tooltip in _VIEWS
    ),
    # Everywhere
    Action("app.help", "help", "?", "help", "every key of this screen", command="help"),
    Action("app.command", "command", ":", "command_line", "type a command"),
    Action("view.filter", "filter", "/", "filter", "regex, !x not, -f x fuzzy, key=value",
           places=("view",)),
    Action("app.back", "back", "escape", "back", "clear the filter, unzoom, or go back"),
    Action("app.quit", "quit", "q", "quit", "leave; releases and runs go on", command="q"),
    Action("app.last", "last view", "-", "last_view", "the view before this one"),
    Action("app.older", "older view", "[", "older_view", "walk the history back"),
    Action("app.newer", "newer view", "]", "newer_view", "walk the history on"),
    Action("app.arm", "arm", "w", "arm", "allow changes for 15 minutes", command="arm"),
    Action("app.pause", "pause", "u", "pause", "stop and go on with live data", command="pause"),
    Action("app.copy", "copy", "y", "copy", "copy the selected line (OSC 52)"),
    Action("app.commands", "commands sent", "@", "commands", "every command sent to a host",
           command="commands"),
    Action("app.mistakes", "mistakes", "!", "mistakes", "mistakes in the configuration",
           command="mistakes"),
    Action("app.undo", "undo", "z", "undo", "undo what can be undone", why_not=nothing_to_undo),
    Action("app.redo", "redo", "Z", "redo", "do it again", why_not=nothing_to_undo),
    Action("pane.next", "next pane", "tab", "next_pane", "go to the next pane",
           places=("view",)),
    Action("pane.previous", "previous pane", "shift+tab", "previous_pane", "the pane before",
           places=("view",)),
    Action("pane.zoom", "zoom", "+", "zoom", "this pane alone",
           places=("view",), command="zoom"),
    Action("pane.unzoom", "unzoom", "_", "unzoom", "all panes again",
           places=("view",)),
    Action("app.theme", "theme", "", "theme", "another theme: dark, light...", command="theme"),
    Action("pane.preview", "preview", "p", "preview", "show or hide what is selected, in full",
           places=("pipelines", "board", "fleet"), command="preview"),
    # Lists
    Action("table.down", "down", "j,down", "down", "next row", places=("table",)),
    Action("table.up", "up", "k,up", "up", "row before", places=("table",)),
    Action("table.first", "first", "g,home", "first", "first row", places=("table",)),
    Action("table.last", "last", "G,end", "last", "last row", places=("table",)),
    Action("table.half_down", "half a page down", "ctrl+d", "half_down", "", places=("table",)),
    Action("table.half_up", "half a page up", "ctrl+u", "half_up", "", places=("table",)),
    Action("table.page_down", "a page down", "pagedown", "page_down", "", places=("table",)),
    Action("table.page_up", "a page up", "pageup", "page_up", "", places=("table",)),
    Action("table.open", "open", "enter", "open", "open the selected row", places=("table",)),
    Action("table.mark", "mark", "space", "mark", "mark for an act on several",
           places=("table",)),
    # Logs
    Action("log.follow", "follow", "f", "follow", "stay at the end", places=("log",)),
    Action("log.wrap", "wrap", "w", "wrap", "break long lines", places=("log",)),
    Action("log.next_error", "next", "n", "next_error", "the next match; without a search, error",
           places=("log",)),
    Action("log.previous_error", "previous", "N", "previous_error", "the one before",
           places=("log",)),
    Action("log.error", "error", "e", "error('1')", "the next error", places=("log",)),
    Action("log.error_before", "error before", "E", "error('-1')", "the error before",
           places=("log",)),
    Action("log.only", "only found", "ampersand", "ask('only')", "show only what was found",
           places=("log",)),
    Action("log.times", "times", "t", "ask('times')", "time of arrival: none, since, of day",
           places=("log",)),
    Action("log.fold_all", "fold all", "o", "fold_all", "fold all groups, or open them",
           places=("log",)),
    Action("log.link", "link", "Y", "ask('link')", "copy a link to this line", places=("log",)),
    Action("log.mark", "is the cause", "m", "ask('mark')",
           "this line is the cause: next time it comes first", places=("log",), is_change=True),
    Action("log.save", "save", "s", "ask('save')", "save this log to a file", places=("log",)),
    Action("log.left", "left", "h,left", "left", "scroll sideways", places=("log",)),
    Action("log.right", "right", "l,right", "right", "scroll sideways", places=("log",)),
    Action("log.open", "log", "", "open_log_at", "the log at RUN/STAGE/JOB:LINE",
           command="log"),
    Action("log.search", "search logs", "", "search_logs", "lines of the newest runs: :search TEXT",
           command="search"),
    # Pipelines
    Action("pipeline.run", "start run", "s", "run_pipeline", "run the newest commit",
           places=("home", "pipelines"), kind="pipeline", command="run", is_change=True),
    Action("run.rerun", "rerun failed", "R", "rerun('failed')", "run again what failed",
           places=_RUN_PLACES, kind="run", command="rerun", is_change=True),
    Action("run.rerun_from", "from here", "F", "rerun('from')", "run again from this stage",
           places=("pipelines", "incidents"), kind="run", is_change=True),
    Action("job.rerun", "try job again", "J", "rerun_job",
           "this failed job again, while the rest of its run goes on", places=("pipelines",),
           kind="job", command="retry", is_change=True,
           why_not=lambda at: why_not_again(at.overview, at.subject)),
    Action("job.resolve", "how it ended", "x", "resolve_lost",
           "say how this lost job ended, after a look at what it did", places=("pipelines",),
           kind="job", command="lost", is_change=True,
           why_not=lambda at: why_not_lost(at.overview, at.subject)),
    Action("run.cancel", "cancel run", "C", "cancel_run", "end this run",
           places=_RUN_PLACES, kind="run", command="cancel", is_change=True),
    Action("run.triage", "cause", "t", "triage", "the problem of this run, and its likely cause",
           places=("pipelines",), kind="incident"),
    Action("run.changes", "changed", "d", "changes", "what it brings since the last success",
           places=("home", "pipelines", "incidents"), kind="run", command="changes"),
    Action("pipeline.stream", "value stream", "v", "stream", "from commit to production: the waits",
           places=("home", "pipelines"), kind="pipeline", command="stream"),
    Action("run.compare", "compare", "=", "compare", "the two marked runs with one another",
           places=("pipelines",), kind="run"),
    Action("changes.since", "since", "d", "since", "since the last success, or since production",
           places=("changes",)),
    Action("gate.approve", "approve", "a", "approve", "approve with a reason",
           places=("home", "pipelines", "releases"), kind="run", command="approve",
           is_change=True, why_not=no_gate),
    Action("gate.reject", "reject", "X", "reject", "reject with a reason",
           places=("home", "pipelines", "releases"), kind="run", command="reject",
           is_change=True, why_not=no_gate),
    Action("run.break_glass", "break glass", "B", "break_glass",
           "deploy and flip outside of the windows", places=("home", "pipelines", "releases"),
           kind="run", command="break-glass", is_change=True, why_not=no_glass),
    Action("shell.open", "shell", "S", "open_shell", "a shell where the selected job ran",
           places=("pipelines", "incidents"), kind="job", command="shell"),
    Action("shell.host", "shell", "S", "open_host_shell", "a shell on the selected host",
           places=("fleet",), kind="host"),
    # Traffic
    Action("traffic.release", "release", "r", "release", "the release of this service",
           places=("home", "pipelines"), kind="service"),
    Action("traffic.flip", "flip", "f", "flip", "switch to the other colour",
           places=_SERVICE_PLACES, kind="service", command="flip", is_change=True),
    Action("traffic.undo", "undo flip", "u", "undo_flip", "back to the colour before, at once",
           places=("releases", "incidents"), kind="service", command="undo",
           why_not=no_flip_to_undo),
    Action("traffic.repair", "repair", "d", "repair_drift",
           "drift: bring every balancer back to the colour that should serve",
           places=("releases",), kind="service", command="repair", is_change=True,
           why_not=no_drift),
    Action("traffic.canary", "canary", "s", "canary",
           "share by share to the other colour, each watched", places=("releases",),
           kind="service", command="canary", is_change=True),
    Action("service.up", "bring up", "U", "bring_up", "start what the idle colour held again",
           places=("releases",), kind="service", is_change=True),
    Action("service.down", "stop idle", "x", "retire", "stop the colour that does not serve",
           places=("releases",), kind="service", command="retire", is_change=True),
    Action("service.keep", "keep warm", "K", "keep_warm", "keep the colour before for longer",
           places=("releases",), kind="service", command="keep", is_change=True),
    Action("traffic.roll_back", "roll back", "b", "roll_back",
           "what served before: undo the flip, or release the last good file",
           places=("releases", "incidents"), kind="service", command="rollback", is_change=True),
    # Artifacts
    Action("artifact.list", "artifacts", "A", "artifacts",
           "what it built: provenance, tests, promotion", places=("pipelines",), kind="run",
           command="artifacts"),
    Action("artifact.of_service", "artifacts", "A", "service_artifacts",
           "the files that its colours have: provenance, tests, promotion",
           places=("releases",), kind="service"),
    Action("artifact.promote", "promote", "P", "promote",
           "the same bytes to another environment; never builds", places=("artifacts",),
           kind="artifact", command="promote"),
    Action("artifact.pin", "pin, unpin", "i", "pin", "keep it from being pruned, or give it back",
           places=("artifacts",), kind="artifact", command="pin", is_change=True),
    Action("artifact.fetch", "save a copy", "s", "fetch", "its bytes, verified, to a file here",
           places=("artifacts",), kind="artifact", command="fetch"),
    # Board
    *(
        Action(f"card.{way}", f"move {way}", key, f"move_card('{way}')", "", places=("board",),
               kind="card", is_change=True)
        for way, key in (("left", "H"), ("right", "L"), ("down", "J"), ("up", "K"))
    ),
    Action("card.to", "move to", "m", "card_to", "this card, or all marked, to a column by number",
           places=("board",), kind="card", is_change=True),
    Action("card.edit", "edit", "e", "edit_card", "change what the card says", places=("board",),
           kind="card", command="edit", is_change=True),
    Action("card.comment", "comment", "c", "comment_card", "add a remark", places=("board",),
           kind="card", is_change=True),
    Action("card.reword", "edit remark", "E", "reword_card",
           "change one of your remarks, or take it away", places=("board",), kind="card",
           is_change=True),
    Action("card.block", "block", "b", "block_card", "say why it cannot go on, or that it can",
           places=("board",), kind="card", is_change=True),
    Action("card.archive", "archive", "A", "archive_card", "take the card from the board",
           places=("board",), kind="card", command="archive", is_change=True),
    Action("card.clash", "differs", "x", "resolve_clash", "decide where Jira has it differently",
           places=("board",), kind="card", command="clash", is_change=True),
    Action("card.undo", "undo", "z", "undo_card", "take back what you did to cards last",
           places=("board",), is_change=True),
    Action("card.redo", "redo", "Z", "redo_card", "do it again", places=("board",),
           is_change=True),
    Action("card.follow", "linked", "f", "follow_card", "open what the card is linked to",
           places=("board",), kind="card"),
    Action("card.linked", "cards", "c", "linked_card", "the cards of this run, service or host",
           places=("pipelines", "releases", "fleet")),
    Action("board.lanes", "lanes", "s", "lanes", "lanes by assignee, priority, service, or none",
           places=("board",), command="lanes"),
    Action("board.saved", "saved filters", "F", "saved_filters", "choose a filter, or keep one",
           places=("board",), command="filters"),
    Action("board.sprint", "sprint", "S", "sprint", "how much is left of the sprint, day by day",
           places=("board",), command="sprint"),
    Action("card.override", "override", "o", "override_card",
           "move right over a limit, with a reason", places=("board",), kind="card",
           is_change=True),
    Action("board.left", "column left", "h,left", "column_left", "", places=("board",)),
    Action("board.right", "column right", "l,right", "column_right", "", places=("board",)),
    Action("card.add", "new card", "n", "add_card", "file a card in the Backlog",
           places=("board", "home"), command="card", is_change=True),
    # Incidents
    Action("incident.acknowledge", "acknowledge", "a", "acknowledge", "say that you have it",
           places=("incidents",), kind="incident", command="ack", is_change=True),
    Action("incident.resolve", "resolve", "x", "resolve", "say how it ended",
           places=("incidents",), kind="incident", command="resolve", is_change=True),
    Action("incident.mark_cause", "is the cause", "m", "mark_cause",
           "this line is the cause: next time it comes first", places=("incidents",),
           kind="cause", is_change=True),
    Action("incident.log", "log there", "l", "open_log", "the log at the most likely cause",
           places=("incidents",), kind="run"),
    Action("incident.hand_over", "hand over", "h", "hand_over",
           "the hand-over note: to a new file, and copied", places=("incidents",),
           command="handover"),
    Action("incident.post_mortem", "post-mortem", "P", "post_mortem",
           "the draft of a post-mortem of this problem", places=("incidents",), kind="incident",
           command="post-mortem"),
    Action("incident.remark", "severity, owner, note", "e", "remark",
           "say how grave it is, whose it is, or write a note", places=("incidents",),
           kind="incident", command="remark", is_change=True),
    Action("incident.runbook", "runbook", "B", "runbook", "what to do, at the right section",
           places=("incidents",), kind="incident", command="runbook"),
    Action("test.quarantine", "quarantine", "T", "quarantine",
           "leave a failed test of it out of verdicts until a day", places=("incidents",),
           kind="job", command="quarantine", is_change=True),
    Action("incident.card", "card", "c", "open_card", "the card of this problem",
           places=("incidents",), kind="card"),
    # Tools
    Action("tools.read", "read now", "r", "read_tools", "read all connected tools at once",
           places=("tools",)),
    # Figures
    Action("figures.period", "period", "p", "period", "the next: 90, 365, 14, 30 days",
           places=("figures",)),
    # Fleet
    *(
        Action(f"fleet.sort_{by}", f"by {by}", key, f"sort('{by}')",
               f"sort by {by}; again reverses", places=("fleet",))
        for by, key in _FLEET_SORTS
    ),
    Action("history.charts", "charts", "t", "charts", "figures over time of this host",
           places=("fleet",), kind="host"),
    Action("history.shorter", "shorter span", "left_parenthesis", "history_span('-1')",
           "charts of a shorter span: 5 m, 1 h, 24 h, 7 d, 30 d", places=("fleet",)),
    Action("history.longer", "longer span", "right_parenthesis", "history_span('1')",
           "charts of a longer span", places=("fleet",)),
    Action("history.back", "back in time", "comma", "history_move('-1')",
           "charts: the cursor; list: a minute", places=("fleet",)),
    Action("history.on", "on in time", "full_stop", "history_move('1')",
           "charts: the cursor; list: until now", places=("fleet",)),
    Action("history.far_back", "far back", "less_than_sign", "history_jump('-0.25')",
           "charts: a quarter span; list: an hour", places=("fleet",)),
    Action("history.far_on", "far on", "greater_than_sign", "history_jump('0.25')",
           "charts: a quarter span; list: an hour", places=("fleet",)),
    Action("history.live", "now again", "0", "history_live", "charts and list: live again",
           places=("fleet",)),
    Action("fleet.wrong", "only what is wrong", "ctrl+z", "only_wrong", "hide hosts that are well",
           places=("fleet",)),
    Action("fleet.groups", "groups", "b", "groups", "one row a group; enter opens it; again: hosts",
           places=("fleet",)),
    Action("host.trust", "trust key", "K", "trust",
           "the key of a host that is not known yet: compare its fingerprint, then trust it",
           places=("fleet",), kind="host", command="trust", why_not=no_new_key),
    Action("alert.silence", "silence", "Q", "silence",
           "keep its alerts quiet until an end, with a reason; again ends it",
           places=("fleet", "incidents"), kind="alert", command="silence", is_change=True),
    Action("fleet.exec", "run a command", "x", "run_on_hosts", "a command on the marked hosts",
           places=("fleet",), command="exec"),
    Action("fleet.logs", "logs", "l", "many_hosts",
           "logs of the marked hosts merged by time; their processes, their failed units",
           places=("fleet",)),
    Action("fleet.columns", "columns", "o", "columns",
           "which columns, in which order: `:columns cpu mem temp`; `usual` for those of before",
           places=("fleet",), command="columns"),
    Action("fleet.heat", "heat map", "m", "heat_map", "one cell a host; again: the table",
           places=("fleet",)),
    *(Action(*row, places=("replay",)) for row in REPLAY_ROWS),
)  # fmt: skip

OF_NOW = frozenset({"shell.host", "host.trust", "alert.silence", "fleet.exec", "fleet.logs"})
"""What is done to hosts, or asked of them: never while their past is shown."""

BY_ID = {action.id: action for action in ACTIONS}
BY_HANDLER = {action.handler: action for action in ACTIONS}
BY_COMMAND = {action.command: action for action in ACTIONS if action.command}


def bindings(place: str) -> list[BindingType]:
    """The keys of a place, as Textual wants them."""
    return list(_bindings(place))


def _bindings(place: str) -> Iterator[Binding]:
    for action in ACTIONS:
        if place in action.places and action.keys:
            yield Binding(
                action.keys, action.handler, action.label, tooltip=action.tooltip, id=action.id
            )


def reason_against(action: Action, at: Situation) -> str | None:
    """Why the action cannot be done now, in one line; None when it can."""
    if at.is_replay and not looks_only(action.id, is_change=action.is_change):
        return "this is a replay: nothing can be done in it"
    if at.is_past and action.id in OF_NOW:
        return "this is the past; 0 shows now, where it can be done"
    if action.kind and not at.subject:
        return f"no {action.kind} is selected"
    if action.is_change and not at.is_armed:
        where = at.environment or "this workspace"
        return f"{where} is look-only; w arms it for 15 minutes"
    return action.why_not(at) if action.why_not else None
