"""Every verb, option and exit code stands in docs/cli.md."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.main import build_parser
from devops_tui.cli.names import VERBS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
INTERNAL = {"collector"}


def parsers() -> dict[str, argparse.ArgumentParser]:
    found = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(found.choices)


@pytest.mark.parametrize("verb", sorted(set(VERBS) - INTERNAL))
def test_a_verb_is_documented(verb: str) -> None:
    assert re.search(rf"`{verb}\b", DOCUMENT)


@pytest.mark.parametrize("verb", sorted(set(VERBS) - INTERNAL))
def test_its_own_options_are_documented(verb: str) -> None:
    common = {"-h", "--help", "--json", "--workspace", "-W"}
    for action in parsers()[verb]._actions:
        long = [o for o in action.option_strings if o.startswith("--") and o not in common]
        for option in long:
            assert option in DOCUMENT, f"{verb} {option}"


def test_every_verb_has_a_parser_and_the_other_way_round() -> None:
    assert set(parsers()) == set(VERBS)


@pytest.mark.parametrize("code", [c for c in Exit if c < 128])
def test_an_exit_code_is_documented(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \|", DOCUMENT, re.MULTILINE)
