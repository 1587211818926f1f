"""Where things lie: XDG folders, and the files of one workspace."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG_NAME = "devops.yaml"
STATE_NAME = ".devops-tui"


def config_home(environ: Mapping[str, str] = os.environ) -> Path:
    """$XDG_CONFIG_HOME/devops-tui."""
    return _xdg(environ, "XDG_CONFIG_HOME", ".config")


def state_home(environ: Mapping[str, str] = os.environ) -> Path:
    """$XDG_STATE_HOME/devops-tui."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state")


def demo_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The one folder that holds the demo's world."""
    return state_home(environ) / "demo"


def _xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    base = environ.get(variable, "")
    # the XDG specification: a relative path is invalid and to be ignored
    root = Path(base) if base.startswith("/") else Path.home() / default
    return root / "devops-tui"


@dataclass(frozen=True, slots=True)
class WorkspacePaths:
    """The files of one workspace.

    Attributes:
        config: Its devops.yaml.
        state: Its private folder: `.devops-tui` beside the configuration when that
            folder exists, else one below the XDG state folder.
    """

    config: Path
    state: Path

    @property
    def folder(self) -> Path:
        """The folder of the configuration: relative paths in it start here."""
        return self.config.parent

    @property
    def store(self) -> Path:
        """What must last."""
        return self.state / "state.db"

    @property
    def metrics(self) -> Path:
        """Live figures."""
        return self.state / "metrics.db"

    @property
    def history(self) -> Path:
        """Figures over time, as this machine collected them."""
        return self.state / "history.db"

    @property
    def dbos(self) -> Path:
        """What the engine keeps beside the store."""
        return self.state / "dbos.db"

    @property
    def artifacts(self) -> Path:
        """The repository of built files."""
        return self.state / "artifacts"

    @property
    def checkouts(self) -> Path:
        """Sources of runs."""
        return self.state / "checkouts"

    @property
    def mirrors(self) -> Path:
        """Copies of git repositories."""
        return self.state / "mirrors"

    @property
    def spool(self) -> Path:
        """Output and verdicts of commands on this machine."""
        return self.state / "spool"

    @property
    def worker_log(self) -> Path:
        """What the worker has to say beside its events."""
        return self.state / "worker.log"

    @property
    def screen_log(self) -> Path:
        """Details of what went wrong in a screen."""
        return self.state / "screen.log"


def paths_of(config: Path, environ: Mapping[str, str] = os.environ) -> WorkspacePaths:
    """The paths of the workspace whose configuration is `config`."""
    config = config.absolute()
    beside = config.parent / STATE_NAME
    if beside.is_dir():
        return WorkspacePaths(config, beside)
    mark = hashlib.sha256(os.fsencode(config.resolve())).hexdigest()[:10]
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in config.parent.name) or "root"
    return WorkspacePaths(config, state_home(environ) / f"{name}-{mark}")


def find_workspace(
    argument: str | None, folder: Path, environ: Mapping[str, str] = os.environ
) -> WorkspacePaths | None:
    """The workspace that is meant, or None when there is none.

    An argument is a folder, a file, or the name of one in the XDG configuration
    (`NAME.yaml` or `NAME/devops.yaml`). Without one: $DEVOPS_TUI_WORKSPACE, the
    devops.yaml of `folder` or the nearest of its parents, the XDG configuration's own.
    """
    argument = argument or environ.get("DEVOPS_TUI_WORKSPACE") or None
    if argument is not None:
        home = config_home(environ)
        named = () if "/" in argument else (home / f"{argument}.yaml", home / argument)
        for place in (folder / Path(argument).expanduser(), *named):
            config = place / CONFIG_NAME if place.is_dir() else place
            if config.is_file():
                return paths_of(config, environ)
        return None
    for place in (folder, *folder.parents):
        if (place / CONFIG_NAME).is_file():
            return paths_of(place / CONFIG_NAME, environ)
    own = config_home(environ) / CONFIG_NAME
    return paths_of(own, environ) if own.is_file() else None
