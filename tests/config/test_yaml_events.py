"""The reading of YAML: what is taken, what is refused, and where everything stands."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.config import yaml_events
from devops_tui.config.yaml_events import MAX_MISTAKES, Document, parse, shown

Parse = Callable[[bytes | str], Document]


@pytest.fixture(params=["libyaml", "pure"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Parse:
    """Both parsers: libyaml's, and the one that is there without it."""
    if request.param == "pure":
        monkeypatch.setattr(yaml_events, "_Loader", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    return parse


def flaws(document: Document) -> list[tuple[int, int, str]]:
    return [(*flaw.place, flaw.what) for flaw in document.flaws]


def test_plain_words_stay_what_was_written(read: Parse) -> None:
    document = read("[NO, on, 012, 1:30, 2024-01-01, 1_000, +3, 0x10, .5, 1e3, yes, Null, '7']")
    assert document.data == [
        *("NO", "on", "012", "1:30", "2024-01-01", "1_000", "+3", "0x10", ".5", "1e3"),
        *("yes", "Null", "7"),
    ]


def test_numbers_and_literals_have_types(read: Parse) -> None:
    document = read("[7, -3, 0, 1.5, true, false, null, ~, '']")
    assert document.data == [7, -3, 0, 1.5, True, False, None, None, ""]
    assert isinstance(document.data[0], int)


def test_an_enormous_number_is_text(read: Parse) -> None:
    assert read("a: " + "9" * 5000).data == {"a": "9" * 5000}


def test_keys_are_text(read: Parse) -> None:
    assert read("{NO: 1, 12: 2, true: 3, 1.0: 4}").data == {"NO": 1, "12": 2, "true": 3, "1.0": 4}


def test_marks_tell_keys_from_values(read: Parse) -> None:
    document = read("a: 1\nb:\n  - x\n  - {c:   y}\n")
    assert document.marks[("a",)] == (1, 4)
    assert document.key_marks[("b",)] == (2, 1)
    assert document.marks[("b", 0)] == (3, 5)
    assert document.marks[("b", 1, "c")] == (4, 11)
    assert document.key_marks[("b", 1, "c")] == (4, 6)
    assert document.place(("b", 1, "nowhere"), of_key=True) == (4, 5)
    assert document.place(("nowhere",)) == (1, 1)


def test_columns_count_characters_not_bytes(read: Parse) -> None:
    document = read("é: {ü: 1, 日本: x}")
    assert document.key_marks[("é", "日本")] == (1, 11)
    assert document.marks[("é", "日本")] == (1, 15)


def test_a_duplicate_key_names_both_places(read: Parse) -> None:
    document = read("a: 1\nb: 2\na: 3\n")
    assert flaws(document) == [(3, 1, "duplicate key `a`, first at line 1, column 1")]
    assert document.data == {"a": 1, "b": 2}


def test_a_duplicate_mapping_is_read_on(read: Parse) -> None:
    document = read("a: {x: 1}\nb: 2\na: {y: 3, x: 4}\n")
    assert document.data == {"a": {"x": 1, "y": 3}, "b": 2}
    assert [f[:2] for f in flaws(document)] == [(3, 1), (3, 11)]


def test_what_a_duplicate_drops_has_no_marks(read: Parse) -> None:
    document = read("a: 1\na: [x, {y: z}]\nb: 2\n")
    assert document.data == {"a": 1, "b": 2}
    assert set(document.marks) == {(), ("a",), ("b",)}


@pytest.mark.parametrize(
    ("text", "what", "data"),
    [
        ("a: &x 1\nb: 2", "anchors are not allowed", {"a": 1, "b": 2}),
        ("a: *x\nb: 2", "aliases are not allowed", {"a": None, "b": 2}),
        ("a: !!str 1\nb: 2", "tags are not allowed", {"a": "1", "b": 2}),
        ("a: !!python/object/apply:os.system [x]", "tags are not allowed", {"a": ["x"]}),
        ("? [1, {a: b}]\n: 2\nz: 1", "a key must be one word", {"z": 1}),
        ("? {a: b}\n: [2, {c: d}]\nz: 1", "a key must be one word", {"z": 1}),
        ("*x : 2\nz: 1", "aliases are not allowed", {"z": 1}),
    ],
)
def test_what_is_refused_does_not_stop_the_rest(
    read: Parse, text: str, what: str, data: object
) -> None:
    document = read(text)
    assert [flaw.what for flaw in document.flaws] == [what]
    assert document.data == data
    assert document.is_whole


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("a: 1\n---\nb: 1", (2, 1), "a second document"),
        ("a: 1\nb: [", (2, 5), "broken YAML"),
        ("a:\n\tb: 1", (2, 1), "broken YAML"),
        ("é: 1\na: 'x\0y'", (2, 6), "broken YAML: a character that may not stand here"),
        (b"a: 1\nb: \xff", (2, 4), "not UTF-8 text"),
        ("a: 1".encode("utf-16"), (1, 1), "not UTF-8 text"),
        ("x" * (2 << 20), (1, 1), "larger than 1,048,576 bytes"),
        ("[" + "1," * 300_000 + "]", (1, 1), "more than 200,000 values"),
        ("[" * 33 + "]" * 33, (1, 33), "nested deeper than 32"),
    ],
)
def test_what_stops_the_reading(
    read: Parse, content: bytes | str, place: tuple[int, int], what: str
) -> None:
    document = read(content)
    assert not document.is_whole
    line, column, said = flaws(document)[-1]
    assert said.startswith(what)
    if what == "broken YAML":
        assert line == place[0]
    else:
        assert (line, column) == place


def test_the_node_limit_holds_where_counting_separators_does_not(
    monkeypatch: pytest.MonkeyPatch, read: Parse
) -> None:
    monkeypatch.setattr(yaml_events, "MAX_NODES", 20)
    document = read("? a\n" * 18)
    assert flaws(document)[-1][2] == "more than 20 values"


def test_a_byte_order_mark_is_no_mistake(read: Parse) -> None:
    assert read(b"\xef\xbb\xbfa: 1").data == {"a": 1}


def test_half_a_character_is_refused_by_the_pure_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_events, "_Loader", yaml.SafeLoader)
    document = parse('{a: "\\ud800", "\\udfff": 1, b: 2}')
    assert [flaw.what for flaw in document.flaws] == ["not valid Unicode"] * 2
    assert document.data == {"a": None, "b": 2}


def test_flaws_are_capped() -> None:
    document = parse("[" + ",".join("&a x" for _ in range(2 * MAX_MISTAKES)) + "]")
    assert len(document.flaws) == MAX_MISTAKES
    assert not document.is_whole


HOSTILE = {
    "brackets": "[" * 100_000 + "]" * 100_000,
    "braces": "{a: " * 100_000 + "1" + "}" * 100_000,
    "question marks": "? " * 100_000,
    "dashes": "- " * 100_000,
    "aliases": "a: &a [x, x]\n"
    + "".join(f"b{i}: &b{i} [{','.join(['*a'] * 9)}]\n" for i in range(500)),
    "anchors": "[" + ",".join("&a x" for _ in range(150_000)) + "]",
    "values": "[" + "1," * 300_000 + "]",
    "keys without values": "{" + ",".join(f"k{i}" for i in range(120_000)) + "}",
    "one long word": "a" * 1_000_000 + ": 1",
    "one long quote": "'" * 999_999,
    "directives": "%YAML 1.1\n" * 90_000,
    "two megabytes": "x" * (2 << 20),
}


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_within_a_tenth_of_a_cpu_second(name: str) -> None:
    text = HOSTILE[name]
    parse("warm: up")
    began = time.process_time()
    document = parse(text)
    assert time.process_time() - began < 0.1
    assert document.flaws


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
SCALARS = st.integers(-(10**17), 10**17) | st.booleans() | st.none() | NAMES.map(lambda n: f"x{n}")
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


def written(tree: object) -> str:
    """The tree in flow style, by hand: so that what is read is not what wrote it."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f'"{k}": {written(v)}' for k, v in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    if tree is None or isinstance(tree, bool):
        return {None: "null", True: "true", False: "false"}[tree]
    return f'"{tree}"' if isinstance(tree, str) else str(tree)


@given(TREES, st.integers(0, 3))
def test_what_is_written_is_read_and_marks_point_at_it(tree: object, indent: int) -> None:
    text = "\n" * indent + written(tree)
    document = parse(text)
    assert not document.flaws
    assert document.data == tree
    lines = text.split("\n")
    for path, (line, column) in document.marks.items():
        value = tree
        for step in path:
            value = value[step]  # type: ignore[index]  # a path leads through containers only
        assert lines[line - 1][column - 1 :].startswith(written(value))
    for path, (line, column) in document.key_marks.items():
        assert lines[line - 1][column - 1 :].startswith(f'"{path[-1]}":')


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_nothing_that_is_read_raises(content: bytes | str) -> None:
    document = parse(content)
    assert document.is_whole or document.flaws


@given(st.text(st.sampled_from("ab:-?[]{},&*!|>'\"#%@` \n\t0\\"), max_size=60))
def test_nothing_that_looks_like_yaml_raises(content: str) -> None:
    document = parse(content)
    assert document.is_whole or document.flaws


def test_what_is_shown_is_short_and_printable() -> None:
    assert shown("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\x202ec"
    assert len(shown("x" * 500)) == 40
