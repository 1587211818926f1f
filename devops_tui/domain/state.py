"""The stages of a delivery, and where jobs stand: the table of what may become what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class StageKind(StrEnum):
    """The six stages of a delivery, in their order."""

    CODE = "code"
    BUILD = "build"
    TEST = "test"
    DEPLOY = "deploy"
    RELEASE = "release"
    MONITOR = "monitor"


class State(StrEnum):
    """Where a job, and by the worst of its jobs a stage and a run, stands."""

    WAITING = "waiting"  # for its needs or for a place
    RUNNING = "running"
    ASKING = "asking"  # a gate waits for a person
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"  # nobody knows; never shown as success
    SKIPPED = "skipped"  # not needed, or what it needs did not end well


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.SKIPPED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {State.ASKING, State.OK, State.FAILED, State.CANCELLED, State.TIMED_OUT, State.LOST}
    ),
    State.ASKING: frozenset(
        {State.RUNNING, State.OK, State.FAILED, State.CANCELLED, State.TIMED_OUT}
    ),
    State.LOST: frozenset({State.WAITING, State.RUNNING, State.FAILED, State.OK, State.CANCELLED}),
    # An operator may have a job tried again while its run goes on; what it doomed waits again.
    State.OK: frozenset(),
    State.FAILED: frozenset({State.WAITING}),
    State.CANCELLED: frozenset({State.WAITING}),
    State.TIMED_OUT: frozenset({State.WAITING}),
    State.SKIPPED: frozenset({State.WAITING}),
}

BAD_ENDS = frozenset({State.FAILED, State.CANCELLED, State.TIMED_OUT, State.LOST})
ENDS = frozenset(BAD_ENDS | {State.OK, State.SKIPPED})
