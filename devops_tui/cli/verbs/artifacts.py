"""Built files: show, pin, promote them, and say what is where."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import common_words, examples
from devops_tui.cli.verbs.start import define_waiting, follow
from devops_tui.domain.artifact import Holding
from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import RunId
from devops_tui.presentation import artifacts as told
from devops_tui.presentation import units
from devops_tui.presentation.line import line

_ANSWER_S = 60.0


def define_artifacts(parser: argparse.ArgumentParser) -> None:
    """Declares `artifacts`."""
    parser.add_argument("run", metavar="RUN")
    examples(parser, "artifacts shop-12", "artifacts shop-12 --json | jq -r .digest")
    parser.set_defaults(act=_artifacts)


def define_artifact(parser: argparse.ArgumentParser) -> None:
    """Declares `artifact` and its four verbs."""
    verbs = parser.add_subparsers(
        metavar="show|fetch|pin|unpin", dest="artifact_verb", required=True
    )
    show = verbs.add_parser("show", help="say where a file comes from and where it is")
    fetch = verbs.add_parser("fetch", help="save its bytes, verified, to a new file here")
    pin = verbs.add_parser("pin", help="keep a file from being pruned, with a reason")
    unpin = verbs.add_parser("unpin", help="give a file back to retention")
    for inner, act in ((show, _show), (fetch, _fetch), (pin, _pin), (unpin, _unpin)):
        common_words(inner, has_workspace=True, is_inner=True)
        inner.add_argument("artifact", metavar="DIGEST|NAME", help="or six digits of the digest")
        if act is _fetch:
            inner.add_argument("--to", metavar="PATH", default=".", help="a new file, or a folder")
        elif act is not _show:
            inner.add_argument("--why", metavar="TEXT", default="", help="reason, for the audit")
        inner.set_defaults(act=act)
    examples(
        parser,
        "artifact show shop.pyz",
        "artifact show 1f3a9c",
        "artifact fetch 1f3a9c --to /tmp",
        "artifact pin 1f3a9c --why 'the last one that reads the old orders'",
    )


def define_where(parser: argparse.ArgumentParser) -> None:
    """Declares `where`."""
    parser.add_argument("artifact", metavar="ARTIFACT", help="a name, a digest, or a run")
    examples(parser, "where shop.pyz", "where shop.pyz --json")
    parser.set_defaults(act=_where)


def define_promote(parser: argparse.ArgumentParser) -> None:
    """Declares `promote`."""
    parser.add_argument("artifact", metavar="DIGEST|RUN")
    parser.add_argument("--to", metavar="ENVIRONMENT", required=True)
    parser.add_argument(
        "--pipeline", metavar="NAME", default="", help="where several deploy it there"
    )
    parser.add_argument(
        "--why", metavar="TEXT", default="", help="reason; needed where it is protected"
    )
    define_waiting(parser)
    examples(
        parser,
        "promote shop-12 --to staging --wait",
        "promote 1f3a9c --to production --why 'a week in staging'",
    )
    parser.set_defaults(act=_promote)


def _artifacts(call: Call) -> int:
    run_id = RunId(call.words.run)
    call.front.run(run_id)  # raises NotFound
    found = call.front.artifacts(run_id)
    now = datetime.now(UTC)
    for artifact in found:
        call.out.json(artifact)
    call.out.lines(
        told.row(artifact, call.front.holding(artifact.digest), now) for artifact in found
    )
    if not found:
        call.out.lines([line((f"{run_id} has no artifacts", "muted"))])
    return Exit.OK


def _show(call: Call) -> int:
    story = call.front.artifact_story(call.words.artifact)
    call.out.json(story)
    call.out.lines(told.story(story, datetime.now(UTC)))
    return Exit.OK


def _fetch(call: Call) -> int:
    artifact = call.front.artifact_story(call.words.artifact).artifact
    path = call.folder / Path(call.words.to).expanduser()
    if path.is_dir():
        path /= artifact.name.rpartition("/")[2]
    size = call.front.artifact_copier(artifact.digest)(path)
    call.out.json({"digest": artifact.digest, "path": str(path), "size_bytes": size})
    verified = f"  {told.short(artifact.digest)} verified"
    call.out.lines([line((str(path), "accent"), f"  {units.size(size)}", (verified, "muted"))])
    return Exit.OK


def _pin(call: Call) -> int:
    return _held(call, call.front.pin(call.words.artifact, call.words.why))


def _unpin(call: Call) -> int:
    return _held(call, call.front.unpin(call.words.artifact, call.words.why))


def _held(call: Call, holding: Holding) -> int:
    call.out.json(holding)
    word = "pinned" if holding.pinned_at else "not pinned any more"
    call.out.lines([line((told.short(holding.digest), "accent"), f" is {word}")])
    return Exit.OK


def _where(call: Call) -> int:
    stories = call.front.artifact_stories(call.words.artifact)
    for story in stories:
        call.out.json({"artifact": story.artifact, "places": story.places})
    rows = told.where(stories, datetime.now(UTC))
    call.out.lines(rows or [line((f"{call.words.artifact} is in no environment", "muted"))])
    return Exit.OK


def _promote(call: Call) -> int:
    words = call.words
    story = call.front.artifact_story(words.artifact)
    args = {"to": words.to, "pipeline": words.pipeline}
    ended = call.ask(Verb.PROMOTE, story.artifact.digest, words.why, dict(args), _ANSWER_S)
    return follow(call, RunId(str(ended.outcome["run_id"])))
