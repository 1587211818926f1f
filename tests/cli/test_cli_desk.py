"""Wishes and rules at the command line; what a real worker takes in from outside."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from support.haproxy import free_port
from support.shell import Shell
from support.stores import wait_for

from devops_tui.__main__ import main
from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.board import CardKind
from devops_tui.domain.card_template import CardTemplate
from devops_tui.domain.intake import signature_of
from devops_tui.stores.sqlite.store import SqliteStore

Printed = pytest.CaptureFixture[str]
PATIENCE_S = 60.0


def test_a_card_is_piped_in(
    seeded: Shell, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = io.TextIOWrapper(io.BytesIO(b"Basket forgets\n\nthe voucher \xff\n"))
    monkeypatch.setattr(sys, "stdin", piped)
    assert main(["card", "add", "--kind", "bug", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["title"], card["kind"], card["column"]) == ("Basket forgets", "bug", "Backlog")
    assert card["text"] == "the voucher \N{REPLACEMENT CHARACTER}"


def test_a_card_begins_as_its_template_says(seeded: Shell, capsys: Printed) -> None:
    store = SqliteStore.open(paths_of(seeded.folder / "devops.yaml").store)
    place = store.workspace()
    assert place is not None
    kept = CardTemplate("restore", "Restore test:", CardKind.STABILITY, "How", ("backup",), ("a",))
    store.save_workspace(replace(place, templates=(kept,)), (), store.workspace_hash())
    store.close()
    assert main(["card", "add", "the orders", "--template", "restore", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["title"] == "Restore test: the orders"
    assert (card["kind"], card["text"], card["labels"]) == ("stability", "How", ["backup"])
    assert [item["text"] for item in card["checklist"]] == ["a"]
    assert main(["card", "undo"]) == 0  # one step, whatever the template says
    assert main(["card", "add", "x", "--template", "nope"]) == 3
    assert "There are: restore." in capsys.readouterr().err
    assert main(["card", "add", "x", "--template", "restore", "--kind", "bug"]) == 2


def test_rules_are_rehearsed_by_the_file_on_the_disk(seeded: Shell, capsys: Printed) -> None:
    file = seeded.folder / "devops.yaml"
    rule = "{on: idle, for: 1m, do: tell, columns: [in_work]}"
    text = file.read_text().replace("prefix: SHOP}", f"prefix: SHOP, automation: [{rule}]}}")
    file.write_text(text)
    assert main(["automation", "--days", "30", "--json"]) == 0
    (told,) = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert (told["card_id"], told["what"]) == ("SHOP-1", "done")
    assert told["told"].startswith("jun: SHOP-1 stands in InWork for")
    assert main(["automation"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    file.write_text(text.replace("do: tell", "do: move"))
    assert main(["automation"]) == 2
    assert "`idle` cannot move; it can: tell, comment, label" in capsys.readouterr().err


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Shell, int]]:
    """A workspace that takes wishes, with a real worker; and the port of the messages."""
    port = free_port()
    (tmp_path / "devops.yaml").write_text(
        "name: shop\nboard:\n  prefix: SHOP\n  intake:\n    folder: inbox\n"
        f"    messages: {{listen: {port}, secret: file:desk.secret}}\n"
    )
    secret = tmp_path / "desk.secret"
    secret.write_text("0123456789abcdef0123\n")
    secret.chmod(0o600)
    shell = Shell(tmp_path, tmp_path)
    yield shell, port
    store = SqliteStore.open(paths_of(tmp_path / "devops.yaml", shell.environ).store)
    pids = [worker.pid for worker in store.workers()]
    store.close()
    shell.run("worker", "--stop")
    for pid in pids:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.real
def test_a_worker_takes_files_and_signed_messages(desk: tuple[Shell, int]) -> None:
    shell, port = desk
    assert shell.run("card", "add", "piped", given=b"").code == 0
    inbox = shell.folder / "inbox"
    wait_for(inbox.is_dir, PATIENCE_S)
    (inbox / "wish.txt").write_text("kind: bug\nFrom the folder\n")
    wait_for(lambda: any((inbox / "taken").glob("SHOP-* wish.txt")), PATIENCE_S)

    def is_open() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    wait_for(is_open, PATIENCE_S)
    body, now = b'{"title": "From a message"}', f"{time():.0f}"
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/cards", data=body)
    asked.add_header("X-Devops-Tui-Timestamp", now)
    mark = signature_of("0123456789abcdef0123", now, body)
    asked.add_header("X-Devops-Tui-Signature", mark)
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - of this machine
        assert (answer.status, set(json.load(answer))) == (201, {"card"})
    cards = shell.run("board", "column = backlog", "--json").objects
    assert {c["title"] for c in cards} == {"piped", "From the folder", "From a message"}
