"""JSON by HTTP POST: what is sent, signed how, and what counts as told."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from support.clocks import StillClock
from support.http_double import http_double
from support.notify_samples import AT, PlainSecrets, certificate, message, notice

from devops_tui.domain.errors import NotTold
from devops_tui.domain.notify import WebhookWay
from devops_tui.integrations.notify.webhook import WebhookSender, escaped

CLOCK = StillClock(AT)


def sender(url: str, sign: str = "", *, has_details: bool = True) -> WebhookSender:
    way = WebhookWay(url, sign, has_details=has_details)
    return WebhookSender(way, PlainSecrets(), CLOCK)


async def test_text_for_people_and_facts_for_programs_are_signed() -> None:
    async with http_double() as double:
        url = f"http://127.0.0.1:{double.port}/hook?a=1"
        await sender(url, "plain:hunter2").send(message())
    (taken,) = double.taken
    body = json.loads(taken.body)
    assert taken.path == "/hook?a=1"
    assert body["text"] == "[shop] shop-12 waits for approval at release/approve"
    assert body["devops_tui"]["key"] == "shop/chat/6-7"
    assert body["devops_tui"]["notices"][0]["subject"] == "shop-12"
    stamp = taken.headers["x-devops-tui-timestamp"]
    assert stamp == f"{AT.timestamp():.0f}"
    wanted = hmac.new(b"hunter2", stamp.encode() + b"." + taken.body, hashlib.sha256).hexdigest()
    assert taken.headers["x-devops-tui-signature"] == f"v1={wanted}"
    assert taken.headers["idempotency-key"] == hashlib.sha256(b"shop/chat/6-7").hexdigest()


async def test_several_notices_are_one_message_and_the_facts_can_be_left_out() -> None:
    async with http_double() as double:
        url = f"http://127.0.0.1:{double.port}/"
        await sender(url, has_details=False).send(message(notice(1, "a"), notice(2, "b"), more=3))
    body = json.loads(double.taken[0].body)
    assert body == {"text": "[shop] 5 notices, a\na\nb\nand 3 more"}
    assert "x-devops-tui-signature" not in double.taken[0].headers


def test_text_calls_nobody_and_links_nowhere() -> None:
    assert escaped("<!channel> & <http://x|y>") == "&lt;!channel&gt; &amp; &lt;http://x|y&gt;"
    assert escaped("@here @jun") == "@\u2060here @jun"


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
async def test_only_2xx_is_told(status: int) -> None:
    async with http_double() as double:
        double.status, double.more = status, "Retry-After: 17\r\nLocation: http://127.0.0.1:1/\r\n"
        with pytest.raises(NotTold, match=rf"127\.0\.0\.1 answers {status}: no") as caught:
            await sender(f"http://127.0.0.1:{double.port}/secret-path").send(message())
    assert "secret-path" not in str(caught.value)
    assert caught.value.retry_after_s == (None if status == 301 else 17.0)
    assert len(double.taken) == 1


async def test_plain_http_stays_on_this_machine_whatever_the_reference_holds() -> None:
    with pytest.raises(NotTold, match="unprotected"):
        await sender("plain:http://192.0.2.1/hook").send(message())
    with pytest.raises(NotTold, match="no URL"):
        await sender("plain:ftp://192.0.2.1/hook").send(message())


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with http_double(server) as double:
        way = WebhookWay(f"https://127.0.0.1:{double.port}/")
        with pytest.raises(NotTold, match=r"certificate of 127\.0\.0\.1 is not trusted"):
            await WebhookSender(way, PlainSecrets(), CLOCK).send(message())
        assert double.taken == []
        await WebhookSender(way, PlainSecrets(), CLOCK, trusting).send(message())
        assert len(double.taken) == 1


async def test_nobody_there_is_not_told() -> None:
    async with http_double() as double:
        port = double.port
    with pytest.raises(NotTold, match=r"127\.0\.0\.1 cannot be told: Connection refused"):
        await sender(f"http://127.0.0.1:{port}/").send(message())


async def test_a_cancel_cuts_the_connection() -> None:
    async with http_double() as double:
        double.is_mute = True
        telling = asyncio.create_task(sender(f"http://127.0.0.1:{double.port}/").send(message()))
        await asyncio.wait_for(double.came.wait(), 20)
        telling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await telling
