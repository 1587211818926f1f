"""What happened: the one log from which audit, figures and stories are read.

Kinds are in the past tense, `<thing>.<what happened>`; the table below is all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Any  # None, bool, int, float, str, list, dict: 3.11 has no recursive alias

KINDS: Mapping[str, str] = {
    "source.unreadable": "what starts a pipeline can no longer be read",
    "source.readable": "what starts a pipeline can be read again",
    "source.rewritten": "a branch was rewritten, or a tag moved: a commit is gone from it",
    "schedule.missed": "the clock would have started a run while no worker was there",
    "run.created": "a run was asked for",
    "run.started": "a worker began a run",
    "run.finished": "a run ended with a verdict",
    "run.cancel_asked": "somebody asked to cancel a run",
    "job.started": "a job began",
    "job.finished": "a job ended with a verdict",
    "job.rerun_asked": "somebody asked to try a failed job again while its run goes on",
    "job.resolved": "somebody said how a lost job ended, with a reason",
    "job.reattached": "a worker found a job still running and follows it again",
    "artifact.stored": "an artifact was put into the repository",
    "artifact.installed": "an artifact was put on a host and its digest was checked there",
    "artifact.promoted": "a run was asked for that brings an artifact to another environment",
    "artifact.pinned": "somebody keeps an artifact from being pruned, with a reason",
    "artifact.unpinned": "somebody gave an artifact back to retention",
    "retention.pruned": "what was beyond a limit of retention was removed",
    "gate.opened": "a run waits for an approval",
    "gate.signed": "somebody approved, and more people have to",
    "gate.approved": "somebody approved, with a reason",
    "gate.rejected": "somebody rejected, with a reason",
    "gate.reminded": "a run still waits for an approval",
    "gate.evidence_changed": "what an approval is decided on changed; those given are void",
    "gate.expired": "nobody answered in time",
    "gate.closed": "what the approval guards failed: there is nothing to approve any more",
    "glass.broken": "somebody let a release act outside of its hours, with a reason",
    "notice.dropped": "notices could not be told in time and were given up",
    "flip.asked": "somebody asked to switch a service's colour",
    "flip.prepared": "every balancer is ready to switch",
    "flip.committed": "the balancers were told to switch",
    "flip.proved": "probes through every balancer see the new colour",
    "flip.drained": "the old colour answers nothing any more",
    "flip.finished": "the flip is done",
    "flip.failed": "the flip did not happen or was taken back",
    "flip.reverted": "health broke and the service went back by itself",
    "flip.put_right": "a balancer that was set aside answers again and was brought along",
    "canary.asked": "somebody asked to give a share of the requests to the other colour",
    "canary.moved": "the shares of a canary changed on every balancer",
    "canary.failed": "a share was not given: the colour before serves whole",
    "repair.asked": "somebody asked to bring balancers back to the colour that should serve",
    "repair.finished": "every balancer serves the colour that should serve again",
    "repair.failed": "a balancer could not be brought back to the colour that should serve",
    "colour.retired": "a colour that does not serve was stopped on its hosts",
    "colour.kept": "a colour that does not serve is kept for an undo for longer",
    "service.health_changed": "a colour on a host became healthy or ill",
    "service.drifted": "a balancer serves another colour than the store says",
    "card.created": "a card was filed",
    "card.moved": "a card changed its column or place",
    "card.commented": "somebody or something commented on a card",
    "card.edited": "what a card says was changed",
    "card.archived": "a card was taken from the board and kept",
    "card.restored": "an archived card came back to the board",
    "card.clash_resolved": "somebody decided what counts where the board and Jira differ",
    "card.removed": "somebody undid the filing of a card",
    "card.rule_overridden": "a rule of the board was overridden with a reason",
    "card.idle": "a card stood in its column for so long that a rule of the board acts",
    "board.limit_breached": "a column or a lane holds more cards than it may",
    "automation.refused": "what a rule of the board wanted to do was refused",
    "sprint.started": "a sprint began, with its goal, its dates and its cards",
    "sprint.ended": "a sprint was ended",
    "sprint.changed": "the goal or the last day of a sprint was changed",
    "card.limit_overridden": "a WIP limit was overridden with a reason",
    "incident.opened": "a problem was opened",
    "incident.storm": "several problems broke out together, which has one cause below",
    "incident.repeated": "the same problem happened again",
    "incident.escalated": "nobody had acknowledged a problem in time: somebody is asked",
    "incident.acknowledged": "somebody took a problem",
    "incident.resolved": "a problem is over",
    "alert.silenced": "somebody keeps an alert or a host quiet until an end, with a reason",
    "incident.owned": "a problem was given to somebody, or to nobody",
    "incident.graded": "somebody said how grave a problem is",
    "incident.noted": "somebody wrote a note on a problem",
    "test.quarantined": "somebody took a test out of verdicts until an end, or ended that",
    "cause.guessed": "the log of a job that runs already has a line that is probably a cause",
    "cause.marked": "somebody said which line of a failing log is the cause",
    "shell.opened": "somebody opened a shell where a job ran, or on a host",
    "shell.closed": "that shell is over",
    "host.state_changed": "a host became live, stale, unreachable or a wall",
    "host.trusted": "somebody said yes to the key of a host",
    "request.refused": "a request could not be carried out",
    "worker.started": "a worker began",
    "worker.stopped": "a worker ended",
    "worker.taken_over": "a worker that was gone or silent lost its runs to the others",
    "worker.handed_over": "a worker made room for one of a newer version",
    "workspace.loaded": "the configuration was read",
    "workspace.rejected": "the configuration has mistakes",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One fact.

    Attributes:
        kind: A key of KINDS.
        subject: The id of what it happened to ("shop-412", "shop", "SHOP-12").
        actor: Who did it: a login, or "worker", "health", "source".
        why: The reason given; untrusted text.
        data: Further facts, JSON only; untrusted text inside.
        seq: Position in the log, > 0; 0 before it is stored.
        at: Aware UTC.
    """

    kind: str
    subject: str
    at: datetime
    actor: str = "worker"
    why: str = ""
    data: Mapping[str, Json] = field(default_factory=dict)
    seq: int = 0
