"""The ranking of logs with its catalogue, for the worker and for logs from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.config.compile_triage import shipped_rules
from devops_tui.domain.rule import Rule
from devops_tui.triage.ranking import LogRanking


def make_ranking(own: Sequence[Rule] = ()) -> LogRanking:
    """A ranking that knows the package's rules; a workspace's own come before them."""
    return LogRanking((*own, *shipped_rules()))
