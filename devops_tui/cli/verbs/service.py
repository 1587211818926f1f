"""A colour of a service by hand: up by a pipeline's own deployment, down, warm for longer."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from devops_tui.cli.call import Call
from devops_tui.cli.confirming import confirm
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import common_words, examples
from devops_tui.cli.verbs.start import define_waiting, follow
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.traffic import Colour
from devops_tui.presentation.line import line

_ANSWER_S = 60.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def define_service(parser: argparse.ArgumentParser) -> None:
    """Declares `service up`, `service down` and `service keep`."""
    kinds = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    up = _kind(
        kinds,
        "up",
        _up,
        "Bring a colour up as a pipeline's deployment does: install, start, wait until\n"
        "it is well, batch after batch. Never touches the colour that serves.",
    )
    up.add_argument(
        "--artifact", metavar="DIGEST|NAME", default="", help="default: what the colour held last"
    )
    up.add_argument(
        "--batch",
        metavar="N",
        type=int,
        action="append",
        default=[],
        help="hosts at a time; again for the batches after it (default: `batches` of the service)",
    )
    down = _kind(
        kinds,
        "down",
        _down,
        "Stop a colour by the service's `down`. Refused while it serves or answers\n"
        "requests, while the other one is watched, and where it is the last healthy one.",
    )
    down.add_argument("--yes", action="store_true", help="do not ask")
    down.add_argument(
        "--confirm", metavar="SERVICE", help="its name, where it is protected, not asked for"
    )
    for sub in (up, down):
        sub.add_argument(
            "colour",
            nargs="?",
            metavar="COLOUR",
            choices=[c.value for c in Colour],
            help="blue or green; default: the one that does not serve",
        )
        define_waiting(sub)
    keep = _kind(kinds, "keep", _keep, "Keep the colour before warm for an undo for longer.")
    keep.add_argument(
        "--for",
        dest="for_",
        metavar="TIME",
        help="from now, like 30m or 2h (default: `keep_warm` of the service)",
    )
    examples(
        parser,
        "service up shop green",
        "service up shop --artifact 3fa94c --batch 1 --batch 10 --wait",
        "service down shop blue --why '42 is well' --yes",
        "service keep shop --for 4h",
    )


def _kind(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    act: Callable[[Call], int],
    about: str,
) -> argparse.ArgumentParser:
    sub = kinds.add_parser(name, description=about)
    common_words(sub, has_workspace=True, is_inner=True)
    sub.add_argument("service", metavar="SERVICE")
    sub.add_argument("--why", metavar="TEXT", default="", help="one line, kept with it")
    sub.set_defaults(act=act)
    return sub


def _up(call: Call) -> int:
    words = call.words
    service = call.workspace.service(words.service).name
    args: dict[str, Json] = {"colour": words.colour or "", "artifact": words.artifact}
    if words.batch:
        if min(words.batch) < 1:
            raise WrongWords("service up: --batch is 1 at least")
        args["batches"] = list(words.batch)
    ended = call.ask(Verb.SERVICE_UP, service, words.why, args, _ANSWER_S)
    return follow(call, RunId(str(ended.outcome["run_id"])))


def _down(call: Call) -> int:
    words = call.words
    service = call.workspace.service(words.service)
    place = call.workspace.environment_of(service.name)
    if place.is_protected and not words.why.strip():
        raise Refused(f"{place.name} is protected: a reason is needed", "Say it by --why.")
    if not service.down:
        raise Refused(
            f"nothing says how a colour of {service.name} is stopped",
            "Write `down:` beside its `up:` in devops.yaml.",
        )
    status = call.front.overview().services.get(service.name)
    idle = status.live.other if status is not None and status.live is not None else None
    which = Colour(words.colour) if words.colour else idle
    hosts = service.colours[which].hosts if which and which in service.colours else ()
    write(f"stops {which or 'the idle colour'} of {service.name} on {', '.join(hosts)}:")
    for text in service.down.splitlines():
        write(f"  | {text}")
    confirm(call, service.name if place.is_protected else "")
    args: dict[str, Json] = {"colour": which.value if which is not None else ""}
    ended = call.ask(Verb.SERVICE_DOWN, service.name, words.why, args, _ANSWER_S)
    return follow(call, RunId(str(ended.outcome["run_id"])))


def _keep(call: Call) -> int:
    words = call.words
    service = call.workspace.service(words.service).name
    args: dict[str, Json] = {"seconds": _seconds(words.for_)} if words.for_ else {}
    ended = call.ask(Verb.SERVICE_KEEP, service, words.why, args, _ANSWER_S)
    call.out.json(dict(ended.outcome))
    until = str(ended.outcome["warm_until"])
    call.out.lines([line(("kept: ", "ok"), f"{service} has its colour before warm until {until}")])
    return Exit.OK


def _seconds(text: str) -> float:
    """Raises WrongWords where it is no number with a unit."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdecimal() or len(number) > 6:
        raise WrongWords(f"--for {text}: no time", "Write it like 30m, 2h or 1d.")
    return float(number) * _UNITS[unit]
