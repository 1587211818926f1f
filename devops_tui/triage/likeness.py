"""How much a failing log has in common with its successes: are they of the same thing at all?

A success of another project, or of a pipeline that was written anew, makes every line new,
and what is new counts. The measure is the overlap of the two sets of masked lines, relative
to the smaller one: a run that fails early shows a part of what a success shows, and one
that fails loudly shows much besides. In pairs of real logs it is 0.3 to 1 with a success
of the same job, and mostly below 0.2 with one of another project.
"""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.triage.hashes import HASH_BYTES
from devops_tui.triage.reading import Reading

ALIKE = 0.3
"""From so much in common on the successes count."""

_FEWEST = 10  # different lines below which a log says nothing about what it is of


def is_alike(readings: Sequence[Reading], baselines: Sequence[bytes]) -> bool:
    """Whether the failing log and the successes look like runs of the same thing.

    Args:
        readings: The failing log, read with all of the successes.
        baselines: The hashes of the successes, at least one.
    """
    kinds = sum(len(reading.examples) for reading in readings)
    new = sum(len(reading.new) for reading in readings)
    smallest = min(kinds, *(len(packed) // HASH_BYTES for packed in baselines))
    return smallest < _FEWEST or (kinds - new) / smallest >= ALIKE
