from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from devops_tui.domain.errors import ConfigError, NotFound
from devops_tui.transports.secrets import ReferencedSecrets


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH; programs put there say how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, body: str = 'printf "%s|" "$0" "$@"\n') -> None:
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


async def test_env() -> None:
    secrets = ReferencedSecrets({"TOKEN": "abc\n", "EMPTY": ""})
    assert await secrets.resolve("env:TOKEN") == "abc"
    assert await secrets.resolve("env:EMPTY") == ""
    with pytest.raises(NotFound, match="env:NONE"):
        await secrets.resolve("env:NONE")


async def test_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("line one\nline two\r\n")
    file.chmod(0o600)
    assert await ReferencedSecrets().resolve(f"file:{file}") == "line one\nline two"
    file.chmod(0o400)
    assert await ReferencedSecrets().resolve(f"file:{file}")
    with pytest.raises(NotFound, match="No such file"):
        await ReferencedSecrets().resolve(f"file:{tmp_path}/none")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
async def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text("hunter2")
    file.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        await ReferencedSecrets().resolve(f"file:{file}")
    assert f"chmod 600 {file}" in str(caught.value.mistakes[0])
    assert "hunter2" not in str(caught.value.mistakes)


async def test_odd_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="directory"):
        await ReferencedSecrets().resolve(f"file:{tmp_path}")
    for name, data in {"empty": b"", "nul": b"a\0b", "large": bytes(2 << 20)}.items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
        with pytest.raises(NotFound):
            await ReferencedSecrets().resolve(f"file:{tmp_path}/{name}")


async def test_cmd_runs_without_a_shell() -> None:
    argv = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME `id`", "é"]
    found = await ReferencedSecrets().resolve(f"cmd:{json.dumps(argv)}")
    assert found == "['$HOME `id`', 'é']"


@pytest.mark.parametrize("text", ["pass show", "[]", "{}", '["a", 1]', '"a"', "[", '[["a"]]'])
async def test_cmd_that_is_no_list(text: str) -> None:
    with pytest.raises(ConfigError):
        await ReferencedSecrets().resolve(f"cmd:{text}")


async def test_cmd_that_fails_shows_no_output() -> None:
    argv = [sys.executable, "-c", "import sys; print('hunter2'); sys.exit('hunter2')"]
    with pytest.raises(NotFound) as caught:
        await ReferencedSecrets().resolve(f"cmd:{json.dumps(argv)}")
    assert "ended with 1" in caught.value.title
    assert "hunter2" not in str(caught.value)


async def test_cmd_that_is_missing_or_says_nothing() -> None:
    with pytest.raises(NotFound, match="Install no-such-program"):
        await ReferencedSecrets().resolve('cmd:["no-such-program"]')
    with pytest.raises(NotFound):
        await ReferencedSecrets().resolve('cmd:["true"]')


async def test_cmd_that_waits_is_ended() -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(NotFound, match="took too long"):
        await ReferencedSecrets(timeout_s=0.2).resolve(f"cmd:{json.dumps(argv)}")


async def test_cmd_gets_no_input() -> None:
    argv = [sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]
    assert await ReferencedSecrets().resolve(f"cmd:{json.dumps(argv)}") == "''"


async def test_keyring_programs(programs: Path) -> None:
    secrets = ReferencedSecrets({})
    with pytest.raises(NotFound, match="no keyring program"):
        await secrets.resolve("keyring:shop/deploy")
    program(programs / "secret-tool")
    called = f"{programs}/secret-tool|lookup|service|a/shop|username|deploy|"
    assert await secrets.resolve("keyring:a/shop/deploy") == called
    program(programs / "keyring")
    called = f"{programs}/keyring|get|shop|deploy|"
    assert await secrets.resolve("keyring:shop/deploy") == called
    with pytest.raises(ConfigError):
        await secrets.resolve("keyring:shop")


async def test_age_and_sops(programs: Path) -> None:
    secrets = ReferencedSecrets({"AGE_IDENTITY": "/keys"})
    with pytest.raises(NotFound, match="Install age"):
        await secrets.resolve("age:/x.age")
    program(programs / "age")
    program(programs / "sops")
    assert await secrets.resolve("age:/x.age") == (
        f"{programs}/age|--decrypt|--identity|/keys|/x.age|"
    )
    assert await secrets.resolve("sops:/x.yaml") == f"{programs}/sops|--decrypt|/x.yaml|"
    assert await secrets.resolve("sops:/x.yaml#db.pass") == (
        f'{programs}/sops|--decrypt|--extract|["db"]["pass"]|/x.yaml|'
    )


@pytest.mark.parametrize("text", ["hunter2", "", ":", "env:", "vault:x", "hunter2:x"])
async def test_a_literal_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await ReferencedSecrets({}).resolve(text)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.mistakes)
