"""Which store a workspace has: from its file, remembered, and never a guess."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.stores import ChosenStore, chosen_store, open_store, refuse_moved
from devops_tui.domain.errors import ConfigError, Refused, StoreUnsupported
from devops_tui.stores.sqlite.store import SqliteStore

URL = "postgresql://ops@db.example.com/devops"


@pytest.fixture
def paths(tmp_path: Path) -> WorkspacePaths:
    return WorkspacePaths(tmp_path / "devops.yaml", tmp_path / "home" / "state")


def write(paths: WorkspacePaths, text: str) -> None:
    paths.config.write_text(text, encoding="utf-8")


def test_without_the_key_it_is_a_file_of_this_machine(paths: WorkspacePaths) -> None:
    write(paths, "name: shop\nboard: {prefix: X}\n# store: no\n")
    assert chosen_store(paths) == ChosenStore()
    assert not paths.state.exists()
    store = open_store(paths)
    assert isinstance(store, SqliteStore)
    store.close()


@pytest.mark.parametrize(
    "text",
    [
        f"store: {URL}\nname: shop\n",
        f"\ufeffstore:   {URL}  # ours\nname: shop\n",
        f'name: shop\n"store":\n  url: {URL}\nboard: {{prefix: X}}\n',
        f'{{name: shop, "store": "{URL}"}}\n',
        f"name: shop\nstore:\n\n# a remark\n  url: {URL}\n",
        f"name: shop\nhosts: 5\nstore: {URL}\n",
    ],
)
def test_every_way_to_write_the_key_is_found(paths: WorkspacePaths, text: str) -> None:
    write(paths, text)
    assert chosen_store(paths) == ChosenStore(URL)
    assert chosen_store(paths) == ChosenStore(URL)
    memory = paths.state / "store.json"
    assert memory.stat().st_mode & 0o777 == 0o600
    assert paths.state.stat().st_mode & 0o777 == 0o700


def test_a_reference_to_a_password_is_remembered_never_the_password(paths: WorkspacePaths) -> None:
    write(paths, f"name: shop\nstore: {{url: '{URL}', password: 'env:SESAME'}}\n")
    assert chosen_store(paths) == ChosenStore(URL, "env:SESAME")


def test_nothing_is_parsed_while_the_section_stands_unchanged(paths: WorkspacePaths) -> None:
    write(paths, f"name: shop\nstore: {URL}\n")
    script = (
        "import sys; from pathlib import Path\n"
        "from devops_tui.bootstrap.paths import WorkspacePaths\n"
        "from devops_tui.bootstrap.stores import chosen_store\n"
        f"found = chosen_store(WorkspacePaths(Path({str(paths.config)!r}), "
        f"Path({str(paths.state)!r})))\n"
        "import json; print(json.dumps([found.url, 'yaml' in sys.modules]))"
    )

    def ask() -> object:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
        )
        return json.loads(done.stdout)

    assert ask() == [URL, True]
    assert ask() == [URL, False]
    write(paths, f"name: shop\nstore: {URL}\nboard: {{prefix: X}}\n")
    assert ask() == [URL, False]


def test_a_change_counts_at_once_and_stops_who_has_the_old_one_open(paths: WorkspacePaths) -> None:
    write(paths, f"name: shop\nstore: {URL}\n")
    opened = chosen_store(paths)
    refuse_moved(paths, opened)
    write(paths, f"name: shop\nstore: {URL}?schema=two\n")
    assert chosen_store(paths) == ChosenStore(f"{URL}?schema=two")
    with pytest.raises(Refused, match="another store"):
        refuse_moved(paths, opened)
    write(paths, "name: shop\n")
    assert chosen_store(paths) == ChosenStore()
    assert not (paths.state / "store.json").exists()


@pytest.mark.parametrize("broken", ["store: mysql://x", "store: {}", "store: [", "store: 5"])
def test_while_it_is_broken_the_last_good_one_counts(paths: WorkspacePaths, broken: str) -> None:
    write(paths, f"name: shop\n{broken}\n")
    with pytest.raises(ConfigError):
        chosen_store(paths)
    write(paths, f"name: shop\nstore: {URL}\n")
    chosen_store(paths)
    write(paths, f"name: shop\n{broken}\n")
    assert chosen_store(paths) == ChosenStore(URL)
    paths.config.unlink()
    assert chosen_store(paths) == ChosenStore(URL)


def test_a_file_that_was_in_use_stays_in_use_while_the_key_is_broken(paths: WorkspacePaths) -> None:
    write(paths, "name: shop\n")
    open_store(paths).close()
    write(paths, "name: shop\nstore: mysql://x\n")
    assert chosen_store(paths) == ChosenStore()


def test_a_spoilt_memory_is_read_anew(paths: WorkspacePaths) -> None:
    write(paths, f"name: shop\nstore: {URL}\n")
    chosen_store(paths)
    for spoilt in (b"", b"[]", b'{"mark": 1}', b"\xff"):
        (paths.state / "store.json").write_bytes(spoilt)
        assert chosen_store(paths) == ChosenStore(URL)


def test_a_missing_driver_is_said(paths: WorkspacePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    write(paths, f"name: shop\nstore: {URL}\n")
    for name in list(sys.modules):
        if name.startswith(("psycopg", "devops_tui.stores.postgres")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnsupported, match="driver") as caught:
        open_store(paths)
    assert "devops-tui[postgres]" in caught.value.hint
