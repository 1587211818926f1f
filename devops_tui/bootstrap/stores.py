"""Which store a workspace has, and the opening of it; a screen passes here before its first frame.

The configuration's key `store` decides. Its libraries cost more than the first frame may,
so the outcome is remembered in `store.json` of the state folder, under a mark of the very
bytes of that section: as long as they stand in the file unchanged, nothing is parsed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.domain.errors import ConfigError, Refused, StoreError, StoreUnsupported
from devops_tui.ports.frames import Frames
from devops_tui.ports.store import Store
from devops_tui.stores.sqlite.connection import BUSY_S
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.history import SqliteHistory
from devops_tui.stores.sqlite.store import SqliteStore

# A section `store:` at the margin, up to the next key at the margin.
_SECTION = re.compile(
    rb"^(?:store|\"store\"|'store')[ \t]*:.*(?:\r?\n(?![A-Za-z\"'_{]).*)*", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ChosenStore:
    """The store of a workspace; the default is the files of this machine.

    Attributes:
        url: Of a PostgreSQL schema; empty for SQLite.
        password: A reference to the secret; empty when libpq finds it by itself.
    """

    url: str = ""
    password: str = ""


def chosen_store(paths: WorkspacePaths) -> ChosenStore:
    """What the configuration says, or said last as long as it is broken.

    Costs well under a millisecond unless the section changed.

    Raises:
        ConfigError: It says something that is no store, and never said anything else.
        StoreError: The state folder cannot be written.
    """
    memory = paths.state / "store.json"
    try:
        content = paths.config.read_bytes()
    except OSError:
        return _remembered(memory)[1]
    section = _section(content)
    if not section:
        memory.unlink(missing_ok=True)
        return ChosenStore()
    mark = hashlib.sha256(section).hexdigest()
    known_mark, known = _remembered(memory)
    if known_mark == mark:
        return known
    from devops_tui.config.store_key import read_store

    try:
        key = read_store(paths.config)
    except ConfigError:
        if known_mark or paths.store.exists():
            return known  # like everything else of a broken file: the last good one counts
        raise
    found = ChosenStore() if key is None else ChosenStore(key.url, key.password)
    _remember(memory, mark, found)
    return found


def open_store(
    paths: WorkspacePaths, chosen: ChosenStore | None = None, busy_s: float = BUSY_S
) -> Store:
    """The durable store; belongs to the calling thread.

    Args:
        paths: Of the workspace.
        chosen: Which store that is; read from the configuration when left out.
        busy_s: How long a call waits for another writer of this machine; with less than
            the usual, a database that does not answer is given up soon as well.

    Raises:
        ConfigError, StoreError: It cannot be told which, or it cannot be opened.
    """
    chosen = chosen_store(paths) if chosen is None else chosen
    if not chosen.url:
        return SqliteStore.open(paths.store, busy_s)
    try:
        from devops_tui.stores.postgres.store import PostgresStore
    except ImportError:
        raise _no_driver() from None
    is_prompt = busy_s < BUSY_S
    return PostgresStore.open(chosen.url, secret_of(chosen.password), is_prompt=is_prompt)


def open_frames(paths: WorkspacePaths, chosen: ChosenStore | None = None) -> Frames:
    """The live figures, beside the durable store; belongs to the calling thread.

    Raises:
        ConfigError, StoreError: As open_store.
    """
    chosen = chosen_store(paths) if chosen is None else chosen
    if not chosen.url:
        return SqliteFrames(paths.metrics)
    try:
        from devops_tui.stores.postgres.frames import PostgresFrames
    except ImportError:
        raise _no_driver() from None
    return PostgresFrames(chosen.url, secret_of(chosen.password))


def open_history(paths: WorkspacePaths) -> SqliteHistory:
    """Figures over time; belongs to the calling thread.

    Always a file of the machine that collects, also where a team shares a database: it is
    written at a pace, and pruned, that nobody wants to send over a network.

    Raises:
        StoreError: It cannot be opened.
    """
    return SqliteHistory(paths.history)


def refuse_moved(paths: WorkspacePaths, opened: ChosenStore) -> None:
    """Stops a process whose workspace went to another store: two must never act at once.

    Raises:
        Refused: The configuration names another store than the one that was opened.
    """
    if chosen_store(paths) != opened:
        raise Refused(
            "the configuration names another store than the one that is open here",
            "Start devops-tui again; what the old store holds stays there.",
        )


def _section(content: bytes) -> bytes:
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.lstrip().startswith(b"{"):
        return content  # written on one line, as JSON is: any change may be a change of this
    found = _SECTION.search(content)
    return found.group(0).rstrip() if found else b""


def _remembered(memory: Path) -> tuple[str, ChosenStore]:
    try:
        data = json.loads(memory.read_bytes())
        return str(data["mark"]), ChosenStore(str(data["url"]), str(data["password"]))
    except (OSError, ValueError, KeyError, TypeError):
        return "", ChosenStore()


def _remember(memory: Path, mark: str, chosen: ChosenStore) -> None:
    text = json.dumps({"mark": mark, "url": chosen.url, "password": chosen.password})
    part = memory.with_name(f"{memory.name}.{os.getpid()}-{secrets.token_hex(3)}")
    try:
        memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(memory)
    except OSError as error:
        raise StoreError(f"cannot write {memory}: {error.strerror}", "Check its folder.") from None


def secret_of(reference: str) -> str:
    """The secret itself; empty for no reference."""
    if not reference:
        return ""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from devops_tui.transports.secrets import ReferencedSecrets

    # in a thread of its own: the caller may stand inside an event loop
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, ReferencedSecrets().resolve(reference)).result()


def _no_driver() -> StoreUnsupported:
    return StoreUnsupported(
        "this workspace keeps its store in PostgreSQL, and the driver for it is missing here",
        "Install it: pip install 'devops-tui[postgres]'.",
    )
