"""Large and hostile files: refused in little time, with nothing but ConfigError."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.workspace import Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]
EXAMPLE = (Path(__file__).parent / "cases" / "example.yaml").read_text(encoding="utf-8")
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def test_ten_thousand_hosts_load_within_two_cpu_seconds(loaded: Loaded) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    hosts = "".join(
        f"  h{i}: {{address: 10.0.0.1, user: u, groups: [web, g{i % 7}]}}\n" for i in range(10_000)
    )
    text = f"name: a\nhosts:\n{hosts}environments: {{e: {{hosts: web}}}}"
    began = time.process_time()
    workspace = loaded(text)
    assert time.process_time() - began < 2.0
    assert len(workspace.environments["e"].hosts) == 10_000


@pytest.mark.parametrize("key", ["adress: x", "via: nobody", "port: x"])
def test_ten_thousand_mistakes_are_found_within_two_cpu_seconds(
    key: str, mistakes: Mistakes
) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    hosts = "".join(f"  h{i}: {{{key}}}\n" for i in range(10_000))
    began = time.process_time()
    said = mistakes(f"name: a\nhosts:\n{hosts}")
    assert time.process_time() - began < 2.0
    assert len(said) == 1001


PIECES = st.sampled_from(
    [*re.findall(r"[\w.-]+|[^\w\s.-]", EXAMPLE), "&a", "*a", "!t", "~", "0", '"\\0"', "\n", "\n  "]
)


@settings(max_examples=300, deadline=None)
@given(
    content=st.lists(PIECES, max_size=40).map(" ".join)
    | st.text(max_size=100)
    | st.binary(max_size=50)
)
def test_load_raises_nothing_but_config_error(
    content: str | bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    check_only_config_error(raw, tmp_path_factory)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_workspace_with_pieces_exchanged_raises_nothing_else(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Mutants of the example: close enough to get past the YAML and into the models."""
    words = re.split(r"(?<=[\s:,{}\[\]])", EXAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at] = data.draw(PIECES | st.just("")) + words[at][-1:]
    check_only_config_error("".join(words).encode(), tmp_path_factory)


def check_only_config_error(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(raw)
    try:
        assert load(file).name
    except ConfigError as error:
        assert error.mistakes
        last = len(BREAKS.split(raw.decode("utf-8", "replace")))
        for mistake in error.mistakes:
            assert str(mistake).isprintable()
            assert mistake.column >= 1
            assert 1 <= mistake.line <= last or mistake.file != str(file)
