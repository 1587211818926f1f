"""The verbs in their groups, with one line each; light enough for the first import of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GROUPS: Mapping[str, Mapping[str, str]] = {
    "begin": {
        "demo": "open a living world on this machine, or play its story",
        "init": "write a commented devops.yaml",
        "check": "say every mistake of the configuration",
        "info": "say which files and folders are used",
        "notify-test": "tell one message on a channel",
    },
    "pipelines": {
        "run": "start a run of a pipeline",
        "runs": "list runs, newest first",
        "show": "show one run: stages, jobs, figures",
        "log": "print or follow the log of a run, a stage or a job",
        "tests": "show test reports: failures, slowest, flaky, one over runs",
        "artifacts": "list the files that a run built",
        "artifact": "show where a built file comes from; pin it",
        "changes": "say what a run brings: commits, configuration, files",
        "compare": "compare two runs",
        "stream": "draw the way from commit to production: what waits, what works",
        "cancel": "stop a run",
        "notify": "say that a repository has news: look at it at once",
        "rerun": "repeat a run: all of it, what failed, from a stage, or one job",
        "resolve": "say how a lost job ended, with a reason",
        "ci": "start a build on a connected CI server, and follow it to its end",
    },
    "releases": {
        "approve": "let a release go on, with a reason",
        "reject": "stop a release, with a reason",
        "break-glass": "let a run act outside of its windows, with a reason",
        "traffic": "say which colour serves",
        "flip": "switch a service to its other colour",
        "undo": "go back to the colour before",
        "rollback": "bring back what served before: undo, or the last good file",
        "service": "bring a colour up, stop it, or keep it warm",
        "switch": "print what a balancer needs for a flip, or check it",
        "promote": "bring a built file to another environment, without building",
        "where": "say in which environments a built file is",
    },
    "work": {
        "board": "show the board",
        "board-export": "write the board to a file (also `board export`)",
        "board-import": "read cards from a file (also `board import`)",
        "card": "file, move, edit, archive or show a card; undo and redo",
        "automation": "say what the rules of the board would do: a dry run",
        "figures": "show flow and delivery figures from what really happened",
        "jira": "show how Jira and the board stand; decide where they differ",
        "sprint": "begin or end a sprint, show how much is left",
    },
    "hosts and trouble": {
        "fleet": "show the hosts with their figures",
        "host": "show one host",
        "replay": "show a recorded night as it was",
        "shell": "open a shell where a job ran, or on a host",
        "trust": "say yes to the key of a host that is not known yet",
        "exec": "run one command on hosts, answers grouped by what they say",
        "triage": "show what failed and its probable cause",
        "incident": "take, end, grade or note one problem; print its runbook",
        "quarantine": "take a test out of verdicts until an end, with a reason",
        "silence": "keep alerts, hosts or groups quiet until an end, with a reason",
        "tools": "show the connected tools, and what each says",
        "oncall": "say who is on call, now or at another time",
        "handover": "print the hand-over note, or the draft of a post-mortem",
        "events": "print what happened",
    },
    "behind the screen": {
        "worker": "run the worker in the foreground, or stop it",
        "prune": "remove what retention does not keep, or say what would go",
        "completion": "print the completion script of a shell",
    },
}

INTERNAL: Mapping[str, str] = {"collector": "collect figures of hosts (the worker starts it)"}
"""Verbs that processes of ours call; no help lists them."""

VERBS: Mapping[str, str] = {
    name: line for group in (*GROUPS.values(), INTERNAL) for name, line in group.items()
}

_FILED = ("export", "import")
_NAMING = ("-W", "--workspace")


def verb_first(words: Sequence[str]) -> list[str]:
    """The words with the verb in front: `-W shop board --json` is `board -W shop --json`.

    `help` and `help VERB` ask for help. Where no verb follows, `-W shop` names what the
    screen opens.
    """
    if words[:1] == ["help"]:
        return [*words[1:2], "--help"]
    place = 0
    while place < len(words):
        if words[place] in _NAMING:
            place += 2
        elif words[place] == "--json" or words[place].startswith(_NAMING):
            place += 1
        else:
            break
    if place + 1 < len(words) and words[place] == "board" and words[place + 1] in _FILED:
        words = [*words[:place], f"board-{words[place + 1]}", *words[place + 2 :]]
    if place < len(words) and words[place] in VERBS:
        return [words[place], *words[:place], *words[place + 1 :]]
    if len(words) > 1 and words[0] in _NAMING:
        return list(words[1:])
    return list(words)


def command_last(arguments: Sequence[str]) -> list[str]:
    """`exec HOSTS -- uname -s` as `exec HOSTS --command uname -s`: all that follows is one."""
    words = list(arguments)
    if words[:1] == ["exec"] and "--" in words and "--command" not in words:
        words[words.index("--")] = "--command"
    return words
