"""The digest changes with each file that a workspace is made of, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.config.digest import digest
from devops_tui.config.files import include_patterns
from devops_tui.config.yaml_events import parse

INCLUDES = [
    "name: a\ninclude: [hosts.d/*.yaml, b.yaml]\nteam: []\n",
    "name: a\ninclude:\n  - hosts.d/*.yaml\n  - b.yaml\n",
    "name: a\ninclude:\n- hosts.d/*.yaml\n- b.yaml\nteam:\n",
    "name: a\n'include' : [\n  hosts.d/*.yaml, # more\n  b.yaml]\nteam: []\n",
    'include: ["hosts.d/*.yaml", "b.yaml"]\r\nname: a\r\n',
    "{name: a, include: [hosts.d/*.yaml, b.yaml]}",
]


@pytest.mark.parametrize("text", INCLUDES)
def test_every_included_file_counts(text: str, tmp_path: Path) -> None:
    assert [p for _, p in include_patterns(parse(text).data)] == ["hosts.d/*.yaml", "b.yaml"]
    main = tmp_path / "devops.yaml"
    main.write_text(text, newline="")
    seen = {digest(main)}

    def changed() -> None:
        now = digest(main)
        assert now not in seen
        assert now == digest(tmp_path)
        seen.add(now)

    (tmp_path / "hosts.d").mkdir()
    (tmp_path / "hosts.d" / "a.yaml").write_text("hosts: {}")
    changed()
    (tmp_path / "hosts.d" / "a.yaml").write_text("hosts: {x: }")
    changed()
    (tmp_path / "hosts.d" / "a.yaml").rename(tmp_path / "hosts.d" / "c.yaml")
    changed()
    (tmp_path / "b.yaml").write_text("")
    changed()
    main.write_text(text + "\n", newline="")
    changed()
    (tmp_path / "hosts.d" / "other.txt").write_text("x")
    assert digest(main) in seen


def test_what_cannot_be_read_has_a_digest_too(tmp_path: Path) -> None:
    main = tmp_path / "devops.yaml"
    missing = digest(main)
    os.mkfifo(main)
    assert digest(main) == missing  # and did not wait for somebody to write
    main.unlink()
    main.write_text("name: a\ninclude: [a.yaml, '**/x', '*/x', '']\n")
    assert digest(main) != missing


def test_a_megabyte_costs_little(tmp_path: Path) -> None:
    main = tmp_path / "devops.yaml"
    main.write_text("name: a\nhosts:\n" + "".join(f"  h{i}: {{user: u}}\n" for i in range(40_000)))
    digest(main)
    began = time.process_time()
    digest(main)
    assert time.process_time() - began < 0.1


@given(st.text(st.sampled_from("include: [a]{}*-\n\t'\"&!"), max_size=60) | st.binary(max_size=60))
def test_no_content_makes_it_raise(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    main = tmp_path_factory.getbasetemp() / "digest.yaml"
    main.write_bytes(content.encode() if isinstance(content, str) else content)
    assert len(digest(main)) == 64


def test_it_imports_neither_the_models_nor_the_parser(tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text("name: a\n")
    code = (
        "import sys; from pathlib import Path; from devops_tui.config.digest import digest; "
        "digest(Path(sys.argv[1])); print(sorted({'yaml', 'pydantic'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
