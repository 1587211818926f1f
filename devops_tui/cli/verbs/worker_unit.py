"""A worker that is there before and after every screen: a unit of systemd."""

from __future__ import annotations

import getpass
from contextlib import suppress

from devops_tui.bootstrap.systemd_unit import unit_path, unit_text
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import NoFile
from devops_tui.domain.errors import NotFound
from devops_tui.presentation.line import line

INSTALL, UNINSTALL = "install", "uninstall"


def install(call: Call) -> int:
    """Writes the unit and says how it is started; starts nothing itself."""
    words = [part for label in call.words.label or () for part in ("--label", label)]
    if call.words.engine:
        words += ["--engine", call.words.engine]
    path = unit_path(call.paths)
    text = unit_text(call.paths, words)
    is_new = not path.exists()
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise NoFile(f"cannot write {path}: {error.strerror}", "Look at the folder.") from None
    starts = f"systemctl --user daemon-reload && systemctl --user enable --now {path.name}"
    stays = f"loginctl enable-linger {getpass.getuser()}"
    call.out.json({"unit": str(path), "is_new": is_new, "start": starts, "stay": stays})
    call.out.lines(
        [
            line(("wrote ", "ok"), str(path)),
            line(("start it:                     ", "muted"), starts),
            line(("also while nobody is logged in: ", "muted"), stays),
        ]
    )
    return Exit.OK


def uninstall(call: Call) -> int:
    """Removes the unit and says how the worker it keeps is ended."""
    path = unit_path(call.paths)
    try:
        path.unlink()
    except FileNotFoundError:
        raise NotFound(
            f"no unit {path}", "`devops-tui worker install` would have written it."
        ) from None
    except OSError as error:
        raise NoFile(f"cannot remove {path}: {error.strerror}", "Look at the folder.") from None
    ends = f"systemctl --user disable --now {path.name}; systemctl --user daemon-reload"
    call.out.json({"unit": str(path), "end": ends})
    call.out.lines([line(("removed ", "ok"), str(path)), line(("end its worker: ", "muted"), ends)])
    return Exit.OK
