from __future__ import annotations

import asyncio
import base64
import gc
import time

import pytest
from support.sshd import free_port
from support.tool_double import tool_double
from support.tool_reading import SECRET, OneSecret, settings_of

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.export import Credentials
from devops_tui.domain.tool import ToolKind, ToolSettings
from devops_tui.integrations.tools.web import MOST_BYTES, HttpToolWeb


def web(url: str, **more: object) -> HttpToolWeb:
    return HttpToolWeb(settings_of(ToolKind.PROMETHEUS, url, **more), OneSecret())


async def test_a_path_follows_the_whole_url() -> None:
    async with tool_double({"/below/a": {"x": 1}}) as double:
        assert await web(f"{double.url}/below").json("/a", {"q": "x y&z"}) == {"x": 1}
        asked = double.asked[0]
    assert asked.query == {"q": ["x y&z"]}
    assert "authorization" not in asked.headers


async def test_the_login_goes_as_the_tool_wants_it() -> None:
    basic, token = Credentials(user="ops", password="env:TOKEN"), Credentials(token="env:TOKEN")
    async with tool_double({"/": {}}) as double:
        await web(double.url, login=basic).json("/")
        await web(double.url, login=token).json("/")
        settings = settings_of(ToolKind.PROMETHEUS, double.url, login=token)
        await HttpToolWeb(settings, OneSecret(), ("X-Key", "{}")).json("/")
        sent = [asked.headers for asked in double.asked]
    pair = base64.b64encode(f"ops:{SECRET}".encode()).decode()
    assert sent[0]["authorization"] == f"Basic {pair}"
    assert sent[1]["authorization"] == f"Bearer {SECRET}"
    assert sent[2]["x-key"] == SECRET


async def test_json_and_forms_are_posted() -> None:
    async with tool_double({"/p": {"ok": True}}) as double:
        assert await web(double.url).post("/p", {"a": [1]}) == {"ok": True}
        await web(double.url).post("/p", b"a=1")
        first, second = double.asked
    assert (first.json, first.headers["content-type"]) == ({"a": [1]}, "application/json")
    assert second.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("status", "said", "title", "hint"),
    [
        (401, "who?", "answers 401: who?", "Is the login right"),
        (403, "", "answers 403", "Is the login right"),
        (404, "<html>a page</html>", "answers 404", "its whole path"),
        (302, "", "answers 302", "Redirects are not followed"),
        (500, "oh\x1b[31m no", "answers 500: oh [31m no", ""),
    ],
)
async def test_a_refusal_says_what_to_do(status: int, said: str, title: str, hint: str) -> None:
    async with tool_double({"/": (status, said)}) as double:
        with pytest.raises(ToolSilent) as caught:
            await web(double.url).json("/")
    assert caught.value.title.endswith(title)
    assert hint in caught.value.hint


@pytest.mark.parametrize("said", ["<html>", "{", "[" * 100_000])
async def test_what_is_no_json_is_said_to_be_none(said: str) -> None:
    async with tool_double({"/": said}) as double:
        with pytest.raises(ToolSilent, match="no JSON"):
            await web(double.url).json("/")


@pytest.mark.parametrize("said", [b'{"a": "f\xfcr"}', b'\xef\xbb\xbf{"a": "f\xff"}'])
async def test_a_byte_that_is_no_text_hides_nothing_else(said: bytes) -> None:
    async with tool_double({"/": said}) as double:
        found = await web(double.url).json("/")
    assert found["a"].startswith("f\ufffd")


async def test_an_answer_has_a_limit() -> None:
    async with tool_double({"/": b" " * (MOST_BYTES + 1)}) as double:
        with pytest.raises(ToolSilent, match="more than 16 MiB"):
            await web(double.url).json("/")


async def test_nobody_there_is_said_in_words() -> None:
    with pytest.raises(ToolSilent, match="Connection refused"):
        await web(f"http://127.0.0.1:{free_port()}").json("/")


async def test_silence_ends_after_its_time() -> None:
    async with tool_double({}) as double:
        double.is_mute = True
        settings = settings_of(ToolKind.PROMETHEUS, double.url)
        began = time.monotonic()
        with pytest.raises(ToolSilent, match="did not answer"):
            await HttpToolWeb(settings, OneSecret(), timeout_s=0.3).json("/")
    assert time.monotonic() - began < 10


async def test_a_cancel_cuts_the_connection_at_once() -> None:
    async with tool_double({}) as double:
        double.is_mute = True
        asking = asyncio.create_task(web(double.url).json("/"))
        await double.came.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    gc.collect()  # a connection that was left open would warn here


async def test_a_secret_that_is_missing_or_no_header_is_named_not_shown() -> None:
    class Broken:
        async def resolve(self, reference: str) -> str:
            return "line\nbreak"

    login = Credentials(token="env:NONE")
    with pytest.raises(ToolSilent, match="no secret env:NONE"):
        await web("http://127.0.0.1:1", login=login).json("/")
    settings = ToolSettings("t", ToolKind.PROMETHEUS, "http://127.0.0.1:1", login)
    with pytest.raises(ToolSilent) as caught:
        await HttpToolWeb(settings, Broken()).json("/")
    assert "break" not in str(caught.value)


async def test_a_missing_file_of_an_authority_is_named() -> None:
    with pytest.raises(ToolSilent, match=r"/nowhere\.pem is no file of certificates"):
        await web("https://127.0.0.1:1", ca="/nowhere.pem").json("/")
