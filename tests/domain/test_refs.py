"""Patterns of branches and tags."""

from __future__ import annotations

import pytest

from devops_tui.domain.refs import BRANCHES, TAGS, is_pattern, is_tag, matches, matching, short


@pytest.mark.parametrize(
    ("pattern", "name", "is_meant"),
    [
        ("main", "main", True),
        ("main", "mainly", False),
        ("release/*", "release/1.2", True),
        ("release/*", "release/1.2/hotfix", False),
        ("release/**", "release/1.2/hotfix", True),
        ("**", "a/b/c", True),
        ("*", "a/b", False),
        ("v?.0", "v1.0", True),
        ("v?.0", "v10.0", False),
        ("v1.0", "v1x0", False),
        ("a+b", "a+b", True),
        ("*", "a\nb", True),
    ],
)
def test_a_pattern_means_names(pattern: str, name: str, is_meant: bool) -> None:
    assert matches(pattern, name) is is_meant


def test_refs_are_found_by_prefix_and_pattern() -> None:
    refs = {f"{BRANCHES}main": "1", f"{BRANCHES}v1": "2", f"{TAGS}v1": "3", f"{TAGS}main": "4"}
    assert matching(["v*"], TAGS, refs) == {f"{TAGS}v1": "3"}
    assert matching(["main", "v?"], BRANCHES, refs) == {
        f"{BRANCHES}main": "1",
        f"{BRANCHES}v1": "2",
    }


def test_names_and_kinds() -> None:
    assert short(f"{BRANCHES}release/1") == "release/1"
    assert is_tag(f"{TAGS}v1")
    assert not is_tag(f"{BRANCHES}v1")
    assert is_pattern("release/*")
    assert not is_pattern("main")
