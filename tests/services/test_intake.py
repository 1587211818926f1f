"""Wishes from outside: each filed once, in the Backlog, and nothing but that."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.board import BoardRules, CardKind, Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.intake import (
    DESK,
    SIGNED_FOR_S,
    WISH_BYTES,
    Intake,
    read_message,
    read_wish,
    signature_of,
)
from devops_tui.domain.team import Member, Role, Team
from devops_tui.services.boards import Boards
from devops_tui.services.intake.filing import Filing
from devops_tui.services.intake.folder import FolderIntake
from devops_tui.services.intake.messages import MessageIntake
from devops_tui.stores.sqlite.store import SqliteStore

SECRET = "0123456789abcdef0123"
TEAM = Team((Member("minji", (Role.PRODUCT_OWNER,)), Member("sora")))


class OneSecret:
    """Implements ports.runtime.Secrets."""

    def __init__(self, value: str = SECRET) -> None:
        self.value = value

    async def resolve(self, reference: str) -> str:
        assert reference == "env:DESK_SECRET"
        return self.value


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "state" / "state.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def filing(store: SqliteStore, clock: StillClock) -> Filing:
    return Filing(store, Boards(store, clock, BoardRules("SHOP"), TEAM))


def test_a_wish_is_read_from_text_and_from_json() -> None:
    wish = read_wish(b"\xef\xbb\xbf# Basket forgets\r\n\r\nthe voucher\xff\n")
    assert (wish.title, wish.text, wish.kind) == (
        "Basket forgets",
        "the voucher\N{REPLACEMENT CHARACTER}",
        CardKind.REQUEST,
    )
    assert read_wish(b"Kind: bug\n\nCrash\nat noon").kind is CardKind.BUG
    assert read_wish(b"kind: of magic\nmore").title == "kind: of magic"
    assert read_wish(b'{"title": "x", "kind": "bug", "id": 7}').key == "7"
    long = read_wish(("a" * 300).encode())
    assert len(long.title) == 200 and long.text.startswith("a" * 300)


@pytest.mark.parametrize(
    "data",
    [b"", b"  \n ", b"\0\1", b"x" * (WISH_BYTES + 1), b"{", b'{"title": ""}', b'{"title": 1}'],
)
def test_what_is_no_wish_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_wish(data)


@pytest.mark.parametrize("data", [b"[]", b'{"title": "x", "kind": "no"}', b"[" * 60_000])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_message(data)


async def test_files_become_cards_once_they_are_whole(
    filing: Filing, store: SqliteStore, clock: StillClock, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    intake = FolderIntake(folder, filing, clock)
    await intake.step()
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "a.txt").write_text("First\nwhy")
    (folder / "b.part").write_text("half of")
    (folder / ".hidden").write_text("hidden")
    (folder / "big.txt").write_bytes(b"x" * (WISH_BYTES + 1))
    (folder / "link.txt").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    await intake.step()
    assert store.cards() == []  # seen for the first time: it may still grow
    (folder / "a.txt").write_text("First, and longer\nwhy")
    await intake.step()
    assert store.cards() == []
    await intake.step()
    (card,) = store.cards()
    assert (card.title, card.text, card.column) == ("First, and longer", "why", Column.BACKLOG)
    assert store.events(subject=card.id)[0].actor == DESK
    assert [p.name for p in (folder / "taken").iterdir()] == [f"{card.id} a.txt"]
    refused = {p.name for p in (folder / "refused").iterdir()}
    assert refused == {"big.txt", "big.txt.why", "link.txt", "link.txt.why", "pipe", "pipe.why"}
    assert "64 KiB" in (folder / "refused" / "big.txt.why").read_text()
    assert {p.name for p in folder.iterdir()} == {"b.part", ".hidden", "taken", "refused"}


async def test_a_file_that_was_filed_before_a_crash_is_filed_once(
    filing: Filing, store: SqliteStore, clock: StillClock, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    for _ in range(2):  # the second time it lies there as if nobody had put it away
        folder.mkdir(exist_ok=True)
        (folder / "a.txt").write_text("First")
        intake = FolderIntake(folder, filing, clock)
        await intake.step()
        await intake.step()
    assert len(store.cards()) == 1


@pytest.fixture
async def port(filing: Filing, clock: StillClock) -> AsyncIterator[tuple[MessageIntake, int]]:
    intake = MessageIntake(Intake(secret="env:DESK_SECRET"), filing, clock, OneSecret())
    yield intake, await intake.open()
    await intake.close()


async def send(port: int, text: bytes) -> tuple[int, dict[str, str]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def message(
    clock: StillClock, body: bytes, *, secret: str = SECRET, late_s: float = 0.0, more: str = ""
) -> bytes:
    at = f"{clock.now().timestamp() - late_s:.0f}"
    head = (
        f"POST /cards HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"X-Devops-Tui-Timestamp: {at}\r\n"
        f"X-Devops-Tui-Signature: {signature_of(secret, at, body)}\r\n{more}\r\n"
    )
    return head.encode() + body


WISH = b'{"title": "Basket forgets", "text": "the [/] voucher", "kind": "bug"}'


async def test_a_signed_message_becomes_a_card(
    port: tuple[MessageIntake, int], store: SqliteStore, clock: StillClock
) -> None:
    assert await send(port[1], message(clock, WISH)) == (201, {"card": "SHOP-1"})
    (card,) = store.cards()
    assert (card.title, card.kind, card.column) == (
        "Basket forgets",
        CardKind.BUG,
        Column.BACKLOG,
    )
    # heard and sent again: the very card, and no second one
    assert await send(port[1], message(clock, WISH)) == (200, {"card": "SHOP-1"})
    forged = message(clock, WISH, more="Idempotency-Key: another\r\n")
    assert await send(port[1], forged) == (200, {"card": "SHOP-1"})
    clock.move(1)
    assert (await send(port[1], message(clock, WISH)))[0] == 201


async def test_a_retry_under_a_name_is_filed_once(
    port: tuple[MessageIntake, int], store: SqliteStore, clock: StillClock
) -> None:
    named = b'{"title": "Basket", "id": "desk-7"}'
    for status in (201, 200):
        assert (await send(port[1], message(clock, named)))[0] == status
        clock.move(30)
    assert len(store.cards()) == 1


async def test_what_is_not_signed_now_by_who_knows_the_secret_is_refused(
    port: tuple[MessageIntake, int], store: SqliteStore, clock: StillClock
) -> None:
    signed = message(clock, WISH)
    for text, status in (
        (message(clock, WISH, secret="guessed-guessed-guessed"), 401),
        (message(clock, WISH, late_s=SIGNED_FOR_S + 2), 401),
        (message(clock, WISH, late_s=-SIGNED_FOR_S - 2), 401),
        (signed.replace(b"forgets", b"forgive"), 401),
        (signed.replace(b"X-Devops-Tui-Signature", b"X-Other"), 401),
        (signed.replace(b"Timestamp: 1", b"Timestamp: -1"), 401),
        (message(clock, b'{"title": ""}'), 422),
        (signed.replace(b"POST", b"GET"), 405),
        (signed.replace(b"/cards", b"/x"), 404),
        (signed.replace(b"Content-Length", b"X-Length"), 411),
        (b"POST /cards HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", 413),
        (b"POST /cards HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ):
        assert (await send(port[1], text))[0] == status, text
    assert store.cards() == []


async def test_the_intake_listens_on_loopback_and_needs_a_long_secret(
    port: tuple[MessageIntake, int], filing: Filing, clock: StillClock
) -> None:
    server = port[0]._server
    assert server is not None
    assert server.addresses == ("127.0.0.1",)
    short = MessageIntake(Intake(secret="env:DESK_SECRET"), filing, clock, OneSecret("short"))
    with pytest.raises(Refused, match="less than 16"):
        await short.open()
