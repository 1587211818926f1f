"""Texts of Jira as Markdown and back: documents of Cloud, wiki markup of Data Center."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.integrations.jira import adf, wiki

TEXT = """# Vouchers

A **bold** and *quiet* word, `code`, ~~gone~~, and [a link](https://example.com/a?b=1)
with a second line

- one
- two
  - deep
  - deeper
- three

1. first
2. second

> said before
> and more

```python
x = 1  # *as it stands*
```

---

5 * 3 * 2 is not shown, snake_case_name neither"""

CORPUS = st.text(st.sampled_from("ab *_`~[]()#>-+1.|{}\\!\n"), max_size=60)


def test_a_text_survives_a_document() -> None:
    document = adf.adf_of(TEXT)
    assert adf.markdown_of(document) == (TEXT, ())


def test_a_text_survives_wiki_markup() -> None:
    markup = wiki.wiki_of(TEXT)
    text, losses = wiki.markdown_of(markup)
    assert wiki.wiki_of(text) == markup
    assert losses == ()
    assert "**bold**" in text
    assert "[a link](https://example.com/a?b=1)" in text


@given(CORPUS)
def test_what_a_document_says_settles(text: str) -> None:
    """Read back and written again it is the same: no two sides ping-pong over a blank."""
    once, _ = adf.markdown_of(adf.adf_of(text))
    twice, _ = adf.markdown_of(adf.adf_of(once))
    assert adf.adf_of(twice) == adf.adf_of(once)


@given(CORPUS)
def test_plain_words_of_a_document_stay_plain(text: str) -> None:
    """Signs that somebody typed in Jira mean nothing here."""
    words = " ".join(text.split())
    document = _paragraph({"type": "text", "text": words}) if words else _paragraph()
    markdown, _ = adf.markdown_of(document)
    assert adf.adf_of(markdown)["content"] == (document["content"] if words else [])


@pytest.mark.parametrize(
    ("node", "text", "loss"),
    [
        ({"type": "mention", "attrs": {"id": "1", "text": "@Kim"}}, "@Kim", "mention"),
        ({"type": "emoji", "attrs": {"shortName": ":tada:"}}, ":tada:", "emoji"),
        (
            {"type": "inlineCard", "attrs": {"url": "https://example.com/x"}},
            "https://example.com/x",
            "inlineCard",
        ),
    ],
)
def test_what_markdown_has_no_word_for(node: dict[str, Any], text: str, loss: str) -> None:
    assert adf.markdown_of(_paragraph(node)) == (text, (loss,))


def test_a_table_keeps_its_words_and_is_told() -> None:
    cell = {
        "type": "tableCell",
        "content": [_paragraph({"type": "text", "text": "x"})["content"][0]],
    }
    table = {"type": "table", "content": [{"type": "tableRow", "content": [cell, cell]}]}
    text, losses = adf.markdown_of({"type": "doc", "content": [table]})
    assert text.split() == ["x", "x"]
    assert "table" in losses


@pytest.mark.parametrize(
    ("markup", "text", "losses"),
    [
        ("h2. Head", "## Head", ()),
        ("*strong* _quiet_ -gone- {{code}}", "**strong** *quiet* ~~gone~~ `code`", ()),
        ("[name|https://example.com]", "[name](https://example.com)", ()),
        ("{code:sql}\nselect *\n{code}", "```sql\nselect *\n```", ()),
        ("* one\n** two\n# three", "- one\n  - two\n1. three", ()),
        ("bq. said", "> said", ()),
        ("||a||b||\n|1|2|", "||a||b||\n|1|2|", ("table",)),
        ("[~kim] see !shot.png|thumbnail!", "@kim see shot.png", ("image", "mention")),
    ],
)
def test_wiki_markup(markup: str, text: str, losses: tuple[str, ...]) -> None:
    assert wiki.markdown_of(markup) == (text, losses)


@pytest.mark.parametrize("hostile", [None, 7, [], {"content": 5}, {"content": [{"content": "x"}]}])
def test_whatever_comes_is_read(hostile: Any) -> None:
    assert adf.markdown_of(hostile)[0] == ""
    assert wiki.markdown_of(hostile)[0] == ""


def test_a_document_without_a_floor_ends() -> None:
    node: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(500):
        node = {"type": "blockquote", "content": [node]}
    assert "deep nesting" in adf.markdown_of({"type": "doc", "content": [node]})[1]


def _paragraph(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": list(nodes)}]}
