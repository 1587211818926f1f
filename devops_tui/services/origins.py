"""Where the commit of a run was found, and what it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.pipeline import Plan, RunInput, Source
from devops_tui.domain.refs import is_tag, short


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan is told besides its commit.

    Attributes:
        branch, tag: At most one of them; none for a commit that was named by its id.
        inputs: Runs of upstream pipelines.
        source: Theirs, for a pipeline that has none of its own.
    """

    branch: str = ""
    tag: str = ""
    inputs: tuple[RunInput, ...] = ()
    source: Source | None = None

    @classmethod
    def of(cls, ref: str) -> Origin:
        """Of a whole ref."""
        return cls(tag=short(ref)) if is_tag(ref) else cls(branch=short(ref))

    def is_like(self, plan: Plan) -> bool:
        """Whether a plan was of the same branch, or of a tag as this is."""
        if self.tag or self.branch:
            return bool(plan.tag) if self.tag else self.branch == plan.branch
        return True
