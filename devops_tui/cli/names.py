"""The verbs, with one line each; light enough for the first import of all."""

from __future__ import annotations

from collections.abc import Mapping

VERBS: Mapping[str, str] = {
    "demo": "open a living world on this machine, or play its story (--headless)",
    "init": "write a commented devops.yaml",
    "check": "say every mistake of the configuration",
    "info": "say which files and folders are used",
    "run": "start a run of a pipeline",
    "runs": "list runs",
    "show": "show one run: stages, jobs, figures",
    "log": "print or follow the log of a run, a stage or a job",
    "approve": "let a release go on, with a reason",
    "reject": "stop a release, with a reason",
    "cancel": "stop a run",
    "rerun": "repeat a run: all of it, what failed, or from a stage",
    "traffic": "say which colour serves",
    "flip": "switch a service to its other colour",
    "undo": "go back to the colour before",
    "board": "show the board",
    "card": "file, move or show a card",
    "fleet": "show the hosts with their figures",
    "host": "show one host",
    "triage": "show what failed and its probable cause",
    "events": "print what happened",
    "worker": "run the worker in the foreground, or stop it",
    "collector": "collect figures of hosts (the worker starts it)",
    "completion": "print the completion script of a shell",
}
