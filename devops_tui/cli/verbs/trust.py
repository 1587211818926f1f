"""`trust`: an explicit yes to the key of a host that is not known yet."""

from __future__ import annotations

import argparse
import sys

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import Refused
from devops_tui.presentation.line import line


def define_trust(parser: argparse.ArgumentParser) -> None:
    """Declares `trust`."""
    parser.add_argument("host", metavar="HOST")
    parser.add_argument(
        "--fingerprint", metavar="SHA256:...", help="yes to exactly this key, without being asked"
    )
    parser.add_argument("--show", action="store_true", help="only shows the key; writes nothing")
    examples(parser, "trust web-1", "trust web-1 --show", "trust web-1 --fingerprint SHA256:2Fz...")
    parser.set_defaults(act=_trust)


def _trust(call: Call) -> int:
    from devops_tui.bootstrap.trust import key_of, trust

    workspace = call.front.overview().workspace or call.workspace
    host = workspace.host(call.words.host)
    if host.is_local:
        raise Refused(f"{host.name} is this machine", "It is read without SSH.")
    offer = key_of(host, workspace)
    write(f"{offer.host} shows {offer.fingerprint}, for {offer.place}")
    if not (offer.is_known or call.words.show):
        _confirm(offer.fingerprint, call.words.fingerprint)
        trust(offer)
        call.front.host_trusted(host.name, offer.fingerprint, str(offer.file))
    call.out.json(
        {
            "host": host.name,
            "fingerprint": offer.fingerprint,
            "file": str(offer.file),
            "was_known": offer.is_known,
            "place": offer.place,
        }
    )
    if call.words.show:
        said = "is on record" if offer.is_known else "is not known"
        call.out.lines([line((host.name, "accent"), f" {said}: {offer.file}")])
        return Exit.OK
    said = "is known already" if offer.is_known else "is trusted from now on"
    call.out.lines([line((host.name, "accent"), f" {said}: {offer.file}")])
    return Exit.OK


def _confirm(shown: str, wanted: str | None) -> None:
    if wanted is not None:
        if wanted.strip() != shown.rpartition(" ")[2]:
            raise Refused(f"the host shows {shown}, not {wanted}", "Nothing was written.")
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused("nobody is asked here", "Say which key you mean by --fingerprint.")
    sys.stderr.write("Compare it with the host's own. Type yes to trust it: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise Refused("not confirmed", "Nothing was written.")
