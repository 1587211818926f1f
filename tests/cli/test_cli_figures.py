"""Figures, and boards as files, at the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from support.shell import Shell


def test_figures_are_text_json_and_csv(seeded: Shell) -> None:
    text = seeded.run("figures")
    assert (text.code, text.err) == (0, "")
    assert "no card was done in this period" in text.out
    assert "no deployment in this period" in text.out
    done = seeded.run("figures", "--since", "12w", "--json")
    assert [o["figures"] for o in done.objects] == ["flow", "dora"]
    assert done.objects[1]["fail_rate"] is None
    table = list(csv.DictReader(io.StringIO(seeded.run("figures", "dora", "--csv").out)))
    found = {row["figure"]: row["value"] for row in table}
    assert found["change_fail_rate"] == ""
    assert found["note"] == "no deployment in this period"


def test_wrong_periods_and_services_are_said(seeded: Shell) -> None:
    assert seeded.run("figures", "--since", "soon").code == 2
    assert seeded.run("figures", "dora", "--service", "nope").code == 3


def test_without_utf8_charts_are_ascii(seeded: Shell) -> None:
    done = seeded.run("figures", "flow", LC_ALL="C")
    assert done.code == 0
    assert done.out.isascii()
    assert "cumulative flow" in done.out


def test_a_board_goes_out_and_comes_back(seeded: Shell, tmp_path: Path) -> None:
    file = tmp_path / "board.md"
    assert seeded.run("board", "export", str(file)).code == 0
    text = file.read_text()
    assert "## Backlog" in text
    again = seeded.run("board", "import", str(file))
    assert (again.code, again.out) == (0, f"{text.count('### ')} as they are\n")
    file.write_text(text + "\n## Backlog\n\n### Typed by hand\n- kind: bug\n")
    dry = seeded.run("board", "import", str(file), "--dry-run")
    assert "a dry run: nothing was changed" in dry.out
    assert "Typed by hand" not in seeded.run("board").out
    assert seeded.run("board", "import", str(file), "--json").code == 0
    assert "Typed by hand" in seeded.run("board").out
    assert seeded.run("board", "export").code == 2
    assert seeded.run("board", "export", "--format", "csv").out.startswith("id,title,column")
    assert seeded.run("board", "import", str(tmp_path / "none.csv")).code == 3
