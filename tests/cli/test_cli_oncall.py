"""On call, hand-over and rollback at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from support.seeded import CONFIG
from support.shell import Shell

from devops_tui.bootstrap.paths import paths_of
from devops_tui.config.digest import digest
from devops_tui.config.load import load
from devops_tui.stores.sqlite.store import SqliteStore

ROTA = """
oncall:
  weeks: [jun, minji]
  starts: 2026-03-02
  zone: Europe/Berlin
  escalate: [{after: 5m}, {after: 15m, to: minji}]
"""


def with_rota(seeded: Shell) -> None:
    config = seeded.folder / "devops.yaml"
    config.write_text(CONFIG + ROTA)
    store = SqliteStore.open(paths_of(config, seeded.environ).store)
    store.save_workspace(load(config), (), digest(config))
    store.close()


def test_who_is_on_call_at_a_time(seeded: Shell) -> None:
    with_rota(seeded)
    done = seeded.run("oncall", "--at", "2026-03-09 08:59")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "jun is on call",
        "since Mon 2 Mar 09:00 Europe/Berlin",
        "until Mon 9 Mar 09:00 Europe/Berlin, then minji",
        "not acknowledged after 5 m: whoever is on call is asked",
        "not acknowledged after 15 m: minji is asked",
    ]
    (told,) = seeded.run("oncall", "--at", "2026-03-09T08:00:00+00:00", "--json").objects
    assert (told["who"], told["next"]) == ("minji", "jun")
    assert seeded.run("oncall", "--at", "soon").code == 2


def test_without_a_rota_it_says_what_to_write(seeded: Shell) -> None:
    done = seeded.run("oncall")
    assert done.code == 3
    assert "oncall:" in done.err


def test_the_note_goes_to_the_output_or_to_a_new_file(seeded: Shell, tmp_path: Path) -> None:
    done = seeded.run("handover", "--hours", "744")
    assert done.out.startswith("# Hand-over of `shop`\n")
    assert "**`INC-1`** `test/unit of shop failed`" in done.out
    assert "\x1b" not in done.out
    file = tmp_path / "note.md"
    assert seeded.run("handover", "--out", str(file)).code == 0
    assert file.read_text().startswith("# Hand-over of `shop`\n")
    assert seeded.run("handover", "--out", str(file)).code == 5
    draft = seeded.run("handover", "--post-mortem", "INC-1")
    assert draft.out.startswith("# Post-mortem of `INC-1`")
    assert json.loads(seeded.run("handover", "--json").out)["workspace"] == "shop"
    assert seeded.run("handover", "--post-mortem", "INC-99").code == 3


def test_a_service_without_a_way_back_says_why(seeded: Shell) -> None:
    done = seeded.run("rollback", "shop", "--yes")
    assert done.code == 4
    assert "was never flipped" in done.err
    (plan,) = seeded.run("rollback", "shop", "--dry-run", "--json").objects
    assert plan["way"] == "none"
    assert seeded.run("rollback", "nope").code == 3
