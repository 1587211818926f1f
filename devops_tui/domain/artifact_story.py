"""Everything that is known of one built file, as an operator asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from devops_tui.domain.artifact import Holding, Release, Whereabouts
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Artifact


@dataclass(frozen=True, slots=True)
class ArtifactStory:
    """A file, the runs that have it, where it was released and where it is now.

    Attributes:
        artifact: The row of the run that built it, or the oldest that is left.
        runs: Every run that has it, the builder first.
        inputs: What it may be made of, as far as rows of that are left.
        releases: Newest first.
        places: Where it stands now, what serves first.
    """

    artifact: Artifact
    holding: Holding
    runs: tuple[RunId, ...] = ()
    inputs: tuple[Artifact, ...] = ()
    releases: tuple[Release, ...] = ()
    places: tuple[Whereabouts, ...] = ()
