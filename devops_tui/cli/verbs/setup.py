"""Making and checking a workspace; where things lie; shell completion."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from devops_tui import __version__
from devops_tui.bootstrap.paths import (
    CONFIG_NAME,
    WorkspacePaths,
    config_home,
    demo_folder,
    find_workspace,
    paths_of,
    state_home,
)
from devops_tui.bootstrap.systemd_unit import unit_path
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import NoFile
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import NotFound, Refused
from devops_tui.presentation.line import line


def define_init(parser: argparse.ArgumentParser) -> None:
    """Declares `init`."""
    parser.add_argument(
        "folder", nargs="?", default=".", metavar="FOLDER", help="default: this folder"
    )
    parser.add_argument("--name", metavar="NAME", default="", help="default: the folder's name")
    parser.add_argument(
        "--from-ssh-config",
        nargs="?",
        const="~/.ssh/config",
        metavar="FILE",
        help="take the hosts of ~/.ssh/config, or of FILE",
    )
    examples(parser, "init", "init shop --from-ssh-config")
    parser.set_defaults(act=_init)


def define_check(parser: argparse.ArgumentParser) -> None:
    """Declares `check`."""
    parser.add_argument(
        "path", nargs="?", metavar="PATH", help="a workspace; default: the one here"
    )
    examples(parser, "check", "check sample_configs/minimal", "check --json")
    parser.set_defaults(act=_check)


def define_info(parser: argparse.ArgumentParser) -> None:
    """Declares `info`."""
    parser.set_defaults(act=_info)


def _init(call: Call) -> int:
    from devops_tui.config.ssh_config import host_names
    from devops_tui.config.template import render

    folder = (call.folder / call.words.folder).absolute()
    target = folder / CONFIG_NAME
    hosts: tuple[str, ...] = ()
    if call.words.from_ssh_config:
        source = (call.folder / Path(call.words.from_ssh_config).expanduser()).absolute()
        if not source.is_file():
            raise NotFound(f"no file {source}", "Name the ssh configuration to read.")
        hosts = tuple(host_names(source))
    text = render(call.words.name or folder.name or "shop", hosts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused(f"{target} exists already", "Edit it, or choose another folder.") from None
    except OSError as error:
        raise NoFile(f"cannot write {target}: {error.strerror}", "Choose another folder.") from None
    call.out.json({"config": str(target), "hosts": list(hosts)})
    call.out.lines(
        [
            line(
                ("wrote ", "ok"),
                str(target),
                (f"  {len(hosts)} host{'' if len(hosts) == 1 else 's'}", "muted"),
            ),
            line(
                ("edit it, then: ", "muted"), "devops-tui check", ("  and  ", "muted"), "devops-tui"
            ),
        ]
    )
    return Exit.OK


def _check(call: Call) -> int:
    from devops_tui.config.load import load
    from devops_tui.config.store_key import read_store
    from devops_tui.domain.caution import cautions

    if call.words.path:
        call.words.workspace = call.words.path
    workspace = load(call.paths.config)
    found = cautions(
        workspace,
        is_team=read_store(call.paths.config) is not None,
        is_kept=unit_path(call.paths).exists(),
    )
    facts: dict[str, object] = {
        "config": str(call.paths.config),
        "hosts": len(workspace.hosts),
        "services": len(workspace.services),
        "pipelines": len(workspace.pipelines),
        "members": len(workspace.team.members),
    }
    call.out.json(facts | ({"cautions": found} if found else {}))
    words = " · ".join(
        f"{count} {what if count != 1 else what[:-1]}"
        for what, count in facts.items()
        if what != "config"
    )
    call.out.lines([line(("ok ", "ok"), str(call.paths.config), (f"  {words}", "muted"))])
    call.out.lines(line(("warning ", "warning"), f"{one.what}; {one.todo}") for one in found)
    return Exit.OK


def _info(call: Call) -> int:
    found = call.paths if call.words.workspace else find_workspace(None, call.folder)
    demo = paths_of(demo_folder() / CONFIG_NAME)
    facts = {
        "version": __version__,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
        "workspace": str(found.config) if found else "",
        "state": str(found.state) if found else "",
        "store": str(found.store) if found else "",
        "metrics": str(found.metrics) if found else "",
        "artifacts": str(found.artifacts) if found else "",
        **(_artifacts(found) if found else {}),
        "worker": _worker(found) if found else "",
        "worker log": str(found.worker_log) if found else "",
        "configuration": str(config_home()),
        "themes": str(config_home() / "themes"),
        "state home": str(state_home()),
        "demo": str(demo.folder),
    }
    call.out.json(facts)
    call.out.lines(
        line((f"{what:>14}  ", "muted"), value or ("none here", "muted"))
        for what, value in facts.items()
    )
    return Exit.OK


def _worker(paths: WorkspacePaths) -> str:
    """The worker that acts, and what carries its runs; what a team's store knows is not asked."""
    from devops_tui.bootstrap.clock import SystemClock
    from devops_tui.bootstrap.spawn import is_alive
    from devops_tui.bootstrap.stores import ChosenStore, open_store
    from devops_tui.services.overview import alive_worker

    if not paths.store.exists():
        return ""
    store = open_store(paths, ChosenStore())
    try:
        worker = alive_worker(store)
    finally:
        store.close()
    if worker is None or not is_alive(worker, SystemClock()):
        return ""
    return f"{worker.id}, engine {worker.engine or 'unknown'}"


def _artifacts(paths: WorkspacePaths) -> dict[str, str]:
    """Where artifacts are kept elsewhere, and what that was tested with; empty for here."""
    from devops_tui.bootstrap.stores import ChosenStore, open_store

    if not paths.store.exists():
        return {}
    store = open_store(paths, ChosenStore())
    try:
        workspace = store.workspace()
    finally:
        store.close()
    if workspace is None or workspace.artifacts is None:
        return {}
    from devops_tui.bootstrap.repositories import place_of, tested_with

    return {"kept in": place_of(workspace), "tested_with": tested_with(workspace)}
