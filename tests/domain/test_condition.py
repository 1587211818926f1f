"""Conditions: what they mean, and where exactly they go wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.condition import (
    BadCondition,
    Comparison,
    Condition,
    Facts,
    Outcome,
    asks_outcome,
    decide,
    parse,
    why_unwanted,
)
from devops_tui.domain.logic import Join, Not

FACTS = Facts("release/2.1", "v2", {"region": "eu", "dry_run": "false", "note": "a (b)"}, False)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("branch == release/2.1", True),
        ("branch==release/2.1", True),
        ("branch != main", True),
        ("branch matches release/*", True),
        ("branch matches rel*", False),  # a star stops at a slash
        ("branch matches rel**", True),
        ("branch matches release/?.1", True),
        ("tag", True),
        ("tag matches v*", True),
        ("param.region == eu", True),
        ("param.dry_run", False),
        ("param.nothing", False),
        ("not param.dry_run", True),
        ("param.note == 'a (b)'", True),
        ('param.note == "a (b)"', True),
        ("tag == ''", False),
        ("ok", True),
        ("failed", False),
        ("not not ok", True),
        ("branch == main or tag and ok", True),
        ("(branch == main or tag) and failed", False),
        ("branch == main and tag or ok", True),
        ("branch == main and (tag or ok)", False),
        ("not tag or ok", True),  # not binds more than or
        ("not (tag or ok)", False),
        ("param.region == 'and' or failed", False),
    ],
)
def test_what_a_condition_means(text: str, wanted: bool) -> None:
    assert decide(parse(text), FACTS) is wanted


@pytest.mark.parametrize(
    ("text", "at", "what", "todo"),
    [
        ("", 0, "an empty condition", "write one like `branch == main`"),
        ("branch = main", 7, "a single `=`", "write `==`"),
        ("! tag", 0, "a single `!`", "write `!=`, or `not`"),
        ("branch ==", 9, "the condition ends too early", "here stands what branch is compared"),
        ("tag and", 7, "the condition ends too early", "here stands branch, tag, param.NAME"),
        ("tag ok", 4, "`ok` does not belong here", "write `and`, `or`, or leave it out"),
        ("(tag", 4, "`(` of character 1 is open", "close it: `)`"),
        ("tag)", 3, "`)` does not belong here", "leave it out, or open it"),
        ("tag == 'x", 7, "a quote that is not closed", "close it: '"),
        ("branch == and", 10, "`and` is a word of the language", 'put it in quotes: "and"'),
        ("'main' == branch", 0, "`main` is nothing that can be asked", "begin with what is asked"),
        ("success()", 0, "`success` is nothing that can be asked", "write `ok`"),
        ("ok and failure", 7, "`failure` is nothing that can be asked", "write `failed`"),
        ("always", 0, "`always` is nothing that can be asked", "write `always: true` beside"),
        ("ok and ()", 8, "`)` is nothing that can be asked", "there are: branch"),
        ("(" * 21 + "ok" + ")" * 21, 20, "nested deeper than 20", "make it simpler"),
        ("not " * 21 + "ok", 80, "nested deeper than 20", "make it simpler"),
        ("x" * 501, 0, "more than 500 characters", "make it shorter"),
    ],
)
def test_where_it_goes_wrong(text: str, at: int, what: str, todo: str) -> None:
    with pytest.raises(BadCondition) as caught:
        parse(text)
    assert (caught.value.at, caught.value.what) == (at, what)
    assert caught.value.todo.startswith(todo)


def test_an_outcome_is_unknown_until_what_stands_before_has_ended() -> None:
    early = Facts("main")
    assert decide(parse("failed"), early) is None
    assert decide(parse("not failed"), early) is None
    assert decide(parse("failed and branch == main"), early) is None
    assert decide(parse("failed and branch == dev"), early) is False
    assert decide(parse("failed or branch == main"), early) is True
    assert asks_outcome(parse("branch == main or not ok"))
    assert not asks_outcome(parse("branch == main or tag"))


def test_why_it_is_not_wanted() -> None:
    assert why_unwanted("branch == main and tag", Facts("dev")) == (
        "not wanted, branch is dev, there is no tag (if: branch == main and tag)"
    )


WORDS = st.text(st.characters(codec="utf-8", exclude_characters='"', exclude_categories=["C"]))
SUBJECTS = st.sampled_from(["branch", "tag", "param.region"])
TESTS = st.builds(
    Comparison, SUBJECTS, st.sampled_from(["==", "!="]), WORDS.filter(lambda text: len(text) < 20)
)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    TESTS, st.builds(Comparison, SUBJECTS), st.builds(Outcome, st.booleans())
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Join, st.booleans(), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def written(condition: Condition) -> str:
    """The condition with every parenthesis that there may be."""
    if isinstance(condition, Outcome):
        return "failed" if condition.is_failed else "ok"
    if isinstance(condition, Not):
        return f"not ({written(condition.inner)})"
    if isinstance(condition, Join):
        word = " and " if condition.is_all else " or "
        return word.join(f"({written(part)})" for part in condition.parts)
    value = f' {condition.sign} "{condition.value}"' if condition.sign else ""
    return f"{condition.subject}{value}"


def meant(condition: Condition, facts: Facts) -> bool:
    """Python's own `and`, `or` and `not`."""
    if isinstance(condition, Outcome):
        return facts.has_failed is condition.is_failed
    if isinstance(condition, Not):
        return not meant(condition.inner, facts)
    if isinstance(condition, Join):
        parts = [meant(part, facts) for part in condition.parts]
        return all(parts) if condition.is_all else any(parts)
    value = facts.of(condition.subject)
    if not condition.sign:
        return value not in ("", "false")
    return (value == condition.value) is (condition.sign == "==")


@given(condition=TREES, has_failed=st.booleans())
def test_what_is_written_is_what_is_read(condition: Condition, has_failed: bool) -> None:
    text = written(condition)
    if len(text) <= 500:
        facts = Facts("main", "", {"region": "eu"}, has_failed)
        assert decide(parse(text), facts) is meant(condition, facts)


@given(text=st.text(max_size=60))
def test_any_text_is_a_condition_or_a_mistake_within_it(text: str) -> None:
    try:
        parse(text)
    except BadCondition as error:
        assert 0 <= error.at <= len(text)
        assert error.what
        assert error.todo
