"""Traffic: which colour serves; flip and undo."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.audit import Verb
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import CommandLost, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import FlipId, ServiceName
from devops_tui.domain.traffic import Colour, Flip, FlipState, Service, ServiceStatus
from devops_tui.presentation.glyphs import COLOURS
from devops_tui.presentation.line import line
from devops_tui.presentation.releases import service_detail
from devops_tui.presentation.traffic import service_rows

_FLIP_S = 180.0


def define_traffic(parser: argparse.ArgumentParser) -> None:
    """Declares `traffic`."""
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="default: all")
    examples(parser, "traffic", "traffic shop --json")
    parser.set_defaults(act=_traffic)


def define_flip(parser: argparse.ArgumentParser) -> None:
    """Declares `flip`."""
    parser.description = (
        "Switch a service to its other colour. Returns when the old colour answers\n"
        "nothing any more, or when everything is as it was before."
    )
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument(
        "--to",
        metavar="COLOUR",
        choices=[c.value for c in Colour],
        help="blue or green; default: the idle one",
    )
    parser.add_argument("--why", metavar="TEXT", default="", help="one line, kept with the flip")
    parser.add_argument(
        "--dry-run", action="store_true", help="what serves now, and the exact commands; no more"
    )
    parser.add_argument(
        "--break-glass", action="store_true", help="outside of the windows, or in a freeze"
    )
    parser.add_argument(
        "--without",
        metavar="BALANCER",
        action="append",
        default=[],
        help="set a balancer aside that cannot be reached; it is brought along later",
    )
    parser.add_argument(
        "--canary",
        action="store_true",
        help="share by share, each watched; goes on where it stands. The worker does it",
    )
    parser.add_argument(
        "--no-bake",
        action="store_true",
        help="do not watch it for the service's `bake`, and do not go back by itself",
    )
    examples(
        parser,
        "flip shop --why 'release 42'",
        "flip shop --canary --why 'release 42'",
        "flip shop --dry-run",
        "flip shop --without lb-2 --why 'lb-2 is being repaired'",
        "flip shop --to blue --why 'back to 41'",
        "flip shop --break-glass --why 'the checkout loses orders'",
    )
    parser.set_defaults(act=_flip)


def define_undo(parser: argparse.ArgumentParser) -> None:
    """Declares `undo`."""
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument(
        "--why", metavar="TEXT", default="undo", help="one line, kept with the flip"
    )
    examples(parser, "undo shop --why 'errors at the checkout'")
    parser.set_defaults(act=_undo)


def _traffic(call: Call) -> int:
    workspace = call.workspace
    overview = call.front.overview()
    named = call.words.service
    names = [workspace.service(named).name] if named else list(workspace.services)
    if not names:
        call.out.lines([line(("the workspace has no services", "muted"))])
    for name in names:
        call.out.json(_told(overview.services.get(name), workspace.services.get(name), name))
        rows = service_detail if named else service_rows
        call.out.lines(row.line for row in rows(overview, name, call.out.width))
    return Exit.OK


def _told(status: ServiceStatus | None, service: Service | None, name: str) -> dict[str, object]:
    """The service's row, and what its switch promises."""
    told = dict(encode(status)) if status is not None else {"name": name, "live": None}
    switch = service.switch if service is not None else None
    can = {"kind": switch.kind, "abilities": encode(switch.abilities)} if switch else None
    return {**told, "switch": can}


def _flip(call: Call) -> int:
    words = call.words
    if not words.why.strip() and not words.dry_run:
        raise WrongWords(
            "flip: the following arguments are required: --why",
            "usage: devops-tui flip SERVICE --why TEXT; --dry-run needs none",
        )
    service = call.workspace.service(words.service).name
    live = call.front.overview().services.get(service)
    if words.dry_run:
        return _plan(call, service, live)
    args = {
        "to": words.to or "",
        "expected_live": live.live if live else None,
        "break_glass": words.break_glass,
        "without": list(words.without),
        "no_bake": words.no_bake,
    }
    if words.canary:
        return _flip_canary(call, service, {**args, "canary": True})
    patience_s = _FLIP_S + _settle_s(call, service)
    ended = call.ask(Verb.FLIP, service, words.why, dict(args), patience_s)
    code = tell_flip(call, FlipId(str(ended.outcome["flip_id"])))
    _say_bake(call, ended.outcome)
    return code


def _say_bake(call: Call, outcome: Mapping[str, Json]) -> None:
    """Who watches it from now on."""
    run_id = outcome.get("bake_run")
    if run_id:
        told = f"watched by {run_id}; it goes back by itself where health breaks"
        call.out.lines([line(("bake: ", "muted"), told)])


def _plan(call: Call, service: ServiceName, status: ServiceStatus | None) -> int:
    """What each balancer serves now, and what would be sent to it.

    Raises:
        Refused: The colour that is meant serves, or nobody knows which one does.
    """
    live = status.live if status is not None else None
    if status is None or live is None:
        raise Refused(f"nobody knows yet which colour of {service} serves", "Look again soon.")
    if call.words.to == live.value:
        raise Refused(f"{live} serves already")
    left = set(call.words.without)
    commands = [
        text for text in call.front.plan_of_flip(service) if text.partition(": ")[0] not in left
    ]
    now = {b.host: b.serves.value if b.serves else b.why for b in status.balancers}
    reason = call.front.why_not(Verb.FLIP, service)
    to = live.other
    call.out.json({"service": service, "to": to, "now": now, "plan": commands, "why_not": reason})
    told = ", ".join(f"{host} {what}" for host, what in now.items()) or "no balancer was read"
    call.out.lines([line(("now: ", "muted"), told)])
    call.out.lines(line("  ", text) for text in commands)
    if reason is not None:
        call.out.lines([line(("it would be refused: ", "failed"), reason)])
    return int(Exit.OK if reason is None else Exit.REFUSED)


def _settle_s(call: Call, name: str) -> float:
    """How long the way there, or back, lasts beyond the change itself, twice at most."""
    switch = call.workspace.service(name).switch
    return 2 * switch.abilities.settle_s if switch is not None else 0.0


def _flip_canary(call: Call, name: ServiceName, args: dict[str, object]) -> int:
    """Waits for the last share; a share that asks, and a way back, are no success."""
    words, service = call.words, call.workspace.service(name)
    if words.to or words.without:
        raise WrongWords(
            "--canary goes with neither --to nor --without",
            "It goes to the colour that does not serve, on every balancer.",
        )
    settle_s = _settle_s(call, name)
    share_s = service.canary_step_s + service.drain_s + settle_s
    patience_s = len(service.canary) * share_s + _FLIP_S + settle_s
    ended = call.ask(Verb.FLIP, name, words.why, dict(args), patience_s)
    code = tell_flip(call, FlipId(str(ended.outcome["flip_id"])))
    for mark, word in (("held", "it asks: "), ("went_back", "went back: ")):
        if ended.outcome.get(mark):
            call.out.lines([line((word, "failed"), str(ended.outcome[mark]))])
            code = int(Exit.UNKNOWN if mark == "held" else Exit.FAILED)
    _say_bake(call, ended.outcome)
    return code


def _undo(call: Call) -> int:
    service = call.workspace.service(call.words.service).name
    patience_s = _FLIP_S + _settle_s(call, service)
    status = call.front.overview().services.get(service)
    live = status.live if status is not None else None
    seen = {"expected_live": live.value} if live is not None else {}
    ended = call.ask(Verb.UNDO, service, call.words.why, dict(seen), patience_s)
    return tell_flip(call, FlipId(str(ended.outcome["flip_id"])))


def tell_flip(call: Call, flip_id: FlipId) -> int:
    """Says how a flip went, step by step; the exit code that its end means."""
    overview = call.front.overview()
    flip = next((f for f in overview.flips if f.id == flip_id), None)
    if flip is None:
        raise CommandLost(f"nothing is known of {flip_id}", "`devops-tui events` says more.")
    call.out.json(flip)
    call.out.lines(
        line((f"{step.ms:9.1f} ms  ", "muted"), step.what) for step in flip.steps if step.is_done
    )
    _say_end(call, flip)
    return _CODES.get(flip.state, Exit.UNKNOWN)


_CODES = {FlipState.DONE: Exit.OK, FlipState.FAILED: Exit.FAILED}


def _say_end(call: Call, flip: Flip) -> None:
    service = ServiceName(flip.service)
    if flip.state is FlipState.DONE:
        word = "is" if flip.percent == 100 else f"gives {flip.percent} % to"
        to = (flip.to_colour.value, COLOURS[flip.to_colour])
        call.out.lines([line(("done: ", "ok"), f"{service} {word} ", to)])
        if flip.set_aside:
            told = f"{', '.join(flip.set_aside)} set aside: brought along when it answers"
            call.out.lines([line(("not everywhere: ", "warning"), told)])
    elif flip.state is FlipState.FAILED:
        call.out.lines(
            [line(("failed: ", "failed"), f"{service} stays {flip.from_colour}: {flip.error}")]
        )
    else:
        call.out.lines([line(("unknown: ", "lost"), flip.error or f"the flip is {flip.state}")])
