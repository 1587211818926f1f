"""A build on a CI server that was asked for from here: wanted once, known again by its mark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MARK = "DEVOPS_TASK"
"""The variable that holds the id of a job of a run, and the parameter that carries it there."""

_MARK_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{5,199}")


class Stage(StrEnum):
    """How far a build over there has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # it ended in any other way


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """Which build is wanted.

    Attributes:
        job: As the server names it.
        mark: One of all orders: who asks again with the same mark means the same build.
    """

    job: str
    mark: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuildThere:
    """A build, or its place in the queue; words are untrusted.

    Attributes:
        id: By which the server knows it, in this stage.
        label: "#12"; empty in the queue.
        says: How it ended, or what it waits for, in the server's words.
    """

    stage: Stage
    id: str
    label: str = ""
    says: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it can change any more."""
        return self.stage in (Stage.SUCCEEDED, Stage.FAILED)


@dataclass(frozen=True, slots=True)
class LogPiece:
    """What the log of a build had beyond what was read before.

    Attributes:
        is_all: Nothing more was there.
    """

    text: bytes
    is_all: bool


def is_mark(text: str) -> bool:
    """Whether it can stand in a parameter, a reason and a command line as it is."""
    return _MARK_FORM.fullmatch(text) is not None
