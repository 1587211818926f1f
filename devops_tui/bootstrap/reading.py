"""Reads the configuration of a workspace; imports its libraries only then."""

from __future__ import annotations

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.config.digest import digest
from devops_tui.domain.errors import ConfigError, Mistake
from devops_tui.domain.workspace import Workspace


def read_workspace(
    paths: WorkspacePaths,
) -> tuple[Workspace | None, tuple[Mistake, ...], str]:
    """The workspace, or None and all mistakes; and the hash of the files that were read."""
    from devops_tui.config.load import load

    before = digest(paths.config)
    try:
        return load(paths.config), (), before
    except ConfigError as error:
        return None, error.mistakes, before


def digest_of(paths: WorkspacePaths) -> str:
    """The hash of the files as they are now."""
    return digest(paths.config)
