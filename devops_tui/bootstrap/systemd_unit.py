"""The unit by which systemd keeps a worker of this workspace, for one user, without root."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devops_tui.bootstrap.paths import WorkspacePaths

_KEPT = ("PATH", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "SSH_AUTH_SOCK", "TZ")
"""What a worker needs to find what the operator finds; nothing else of a shell is taken along."""

_UNIT = """\
# Written by `devops-tui worker install`; `devops-tui worker uninstall` removes it.
[Unit]
Description=devops-tui worker of {name}
After=network-online.target

[Service]
Type=exec
WorkingDirectory={folder}
ExecStart={command}
{environment}# a worker that made room for another one waits until that one is gone
Restart=always
RestartSec=30
# what a worker had started goes on without it
KillMode=process

[Install]
WantedBy=default.target
"""


def unit_path(paths: WorkspacePaths, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the unit of a workspace lies: its name follows from the state folder's."""
    base = environ.get("XDG_CONFIG_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".config"
    return root / "systemd" / "user" / f"devops-tui-{_name(paths)}.service"


def unit_text(
    paths: WorkspacePaths, words: Sequence[str], environ: Mapping[str, str] = os.environ
) -> str:
    """The unit, as text.

    Args:
        paths: The workspace.
        words: What `devops-tui worker` is told beside the workspace.
        environ: Of the operator; PATH and the like are taken along, secrets are not.
    """
    argv = (
        sys.executable, "-m", "devops_tui", "worker", "--stay",
        "--workspace", str(paths.config), *words,
    )  # fmt: skip
    kept = (f"{name}={environ[name]}" for name in _KEPT if environ.get(name))
    return _UNIT.format(
        name=_plain(_name(paths)),
        folder=_plain(str(paths.folder)),
        command=" ".join(_quoted(word).replace("$", "$$") for word in argv),
        environment="".join(f"Environment={_quoted(each)}\n" for each in kept),
    )


def _name(paths: WorkspacePaths) -> str:
    own = paths.state if paths.state.parent != paths.folder else paths.folder
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in own.name)


def _plain(text: str) -> str:
    """A value that systemd reads to the end of its line."""
    return text.replace("%", "%%").replace("\n", " ")


def _quoted(word: str) -> str:
    """One word, as systemd.syntax(7) reads it within quotes."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.replace("%", "%%")
