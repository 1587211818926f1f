"""Rules of the triage: the shipped ones, a workspace's own, and their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.compile_triage import shipped_rules
from devops_tui.config.load import load
from devops_tui.config.patterns import BadPattern, marks_of
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.rule import Rule
from devops_tui.triage.catalogue import Catalogue

RULES = shipped_rules()
CATALOGUE = Catalogue(RULES)
WORKSPACE = "name: shop\ntriage:\n  rules: [own.yaml]\n"


def test_the_catalogue_is_large_and_each_name_stands_once() -> None:
    assert len(RULES) >= 100
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_of_a_rule_is_found_by_its_marks(rule: Rule) -> None:
    low = rule.example.lower()
    hit = CATALOGUE.match(rule.example, [m for m in CATALOGUE.marks if m in low])
    assert hit is not None
    # a more special rule may know the line better
    assert hit.rule.name == rule.name or hit.rule.weight >= rule.weight


def test_causes_say_what_to_do() -> None:
    assert [r.name for r in RULES if r.weight >= 0.85 and not r.fix] == []


def test_what_was_captured_stands_in_the_fix() -> None:
    hit = CATALOGUE.match("ModuleNotFoundError: No module named 'yaml'", ["no module named "])
    assert hit is None or "yaml" in hit.fix
    text = "ModuleNotFoundError: No module named 'yaml'"
    hit = CATALOGUE.match(text, [m for m in CATALOGUE.marks if m in text.lower()])
    assert hit is not None
    assert hit.fix.startswith("Add yaml to the dependencies")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(boom", "not a pattern"),
        ("(a+)+boom", "repeat inside a repeat"),
        (r"(\w+\s?)*boom", "repeat inside a repeat"),
        ("(boom|bang)+", "choice inside a repeat"),
        (".*.*boom", "in a row"),
        (r"boom .*x.*y.*z.*", "too many open repeats"),
        (r"(boom)\1", "refers back"),
        (r"\d+ \w+", "no fixed text"),
        ("(boom)?", "matches every line"),
        ("x" * 501, "too long"),
    ],
)
def test_a_pattern_that_could_do_harm_is_refused(pattern: str, what: str) -> None:
    with pytest.raises(BadPattern, match=what):
        marks_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "marks"),
    [
        ("no licence for (\\d+) seats", ("no licence for ",)),
        ("(?:quota|limit) of", ("quota", "limit")),
        ("[Oo]ut of memory", ("out of memory",)),
        (r"^(?:\S+ )?Boom: \S", ("boom: ",)),
    ],
)
def test_fixed_text_is_found_in_a_pattern(pattern: str, marks: tuple[str, ...]) -> None:
    assert marks_of(pattern) == marks


def test_a_workspace_adds_rules(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text(WORKSPACE)
    (tmp_path / "own.yaml").write_text(
        "rules:\n"
        "  - name: no licence\n"
        "    patterns: ['no licence for (\\d+) seats']\n"
        "    capture: seats\n"
        "    fix: Buy {seats} seats.\n"
        "    runbook: docs/licence.md#seats\n"
        "    example: ERROR no licence for 12 seats\n"
    )
    (rule,) = load(tmp_path).rules
    assert (rule.name, rule.capture, rule.weight) == ("no licence", "seats", 0.95)
    assert rule.patterns[0].marks == ("no licence for ",)


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("rules:\n  - {name: a, patterns: ['(x+)+boom'], example: boom}\n", "2:26", "repeat"),
        ("rules:\n  - {name: a, patterns: ['boom'], example: bang}\n", "2:44", "own example"),
        ("rules:\n  - {name: a, patterns: ['boom']}\n", "2:5", "missing key `example`"),
        ("rules:\n  - {name: a, fixx: b, patterns: [boom], example: boom}\n", "2:15", "fixx"),
        ("rules:\n  - {name: a, patterns: [boom], example: boom, weight: 2}\n", "", "range"),
        (
            "rules:\n  - {name: a, patterns: [boom], example: boom, capture: x}\n",
            "2:57",
            "nothing is captured",
        ),
    ],
)
def test_mistakes_in_rules_bear_their_place(
    tmp_path: Path, content: str, place: str, what: str
) -> None:
    (tmp_path / "devops.yaml").write_text(WORKSPACE)
    (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    told = "\n".join(map(str, caught.value.mistakes))
    assert what in told
    assert f"own.yaml:{place}" in told


def test_a_file_of_rules_that_is_not_there_is_a_mistake_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text(WORKSPACE)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert "devops.yaml:3:11" in str(caught.value.mistakes[0])
