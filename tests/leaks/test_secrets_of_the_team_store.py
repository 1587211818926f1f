"""The password of a team's store: needed by every process, shown by none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from support.leaks import SECRETS, Sampler, leaking_files, leaks, worked_in
from support.postgres import GUARDED, Postgres
from support.shell import Shell
from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]

PASSWORD = SECRETS[0]
CONFIG = """
name: leaks
store:
  url: postgresql://{user}@127.0.0.1:{port}/postgres?schema=leaks
  password: 'file:{file}'
pipelines:
  well:
    stages:
      - code: {{run: "echo done"}}
"""


@pytest.fixture
def guarded(postgres: Postgres) -> Iterator[Postgres]:
    """The server with a login that needs the password, and a schema of its own."""
    login = sql.Identifier(GUARDED)
    with psycopg.connect(postgres.address, autocommit=True) as link:
        link.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, PASSWORD))
        link.execute(sql.SQL("CREATE SCHEMA leaks AUTHORIZATION {}").format(login))
        link.execute(sql.SQL("GRANT CREATE ON DATABASE postgres TO {}").format(login))
    yield postgres
    with psycopg.connect(postgres.address, autocommit=True) as link:
        link.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(login))
        link.execute(sql.SQL("DROP ROLE {}").format(login))


def configured(folder: Path, port: int) -> None:
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(PASSWORD)
    (folder / "devops.yaml").write_text(CONFIG.format(user=GUARDED, port=port, file=file))


def test_the_password_is_found_nowhere(tmp_path: Path, guarded: Postgres) -> None:
    folder = tmp_path / "leaks"
    folder.mkdir()
    configured(folder, guarded.port)
    said = b""
    with worked_in(folder, tmp_path / "home") as shell, Sampler() as sampler:
        paths = paths_of(folder / "devops.yaml", shell.environ)
        ran = shell.run("run", "well", "--wait", "--json")
        assert ran.code == 0, ran.out + ran.err
        screen = Terminal(shell.command(str(folder)), environ=shell.environ)
        try:
            screen.wait_for("well-1")
            said += screen.raw
        finally:
            screen.close()
        said += spoken(shell, "info", "show", "events", "check")
        (folder / "password").write_text(f"wrong-{SECRETS[1]}")
        refused = shell.run("events")
        assert refused.code != 0
        assert "does not let us in" in refused.out + refused.err
        said += (ran.out + ran.err + refused.out + refused.err).encode()
        (folder / "password").write_text(PASSWORD)
    assert sampler.looks > 20
    assert sampler.found == set()
    assert leaks(said) == set()
    assert leaking_files([paths.state, tmp_path / "home"], paths) == {}
    assert (paths.state / "worker.log").exists()


def spoken(shell: Shell, *verbs: str) -> bytes:
    """All that these verbs say, for people and for programs."""
    rest = {"show": ("well-1",)}
    done = [
        shell.run(verb, *rest.get(verb, ()), *form) for verb in verbs for form in ((), ("--json",))
    ]
    return "".join(one.out + one.err for one in done).encode()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ops:{GUARDED}hunter2@127.0.0.1/x",
        f"postgresql://ops@127.0.0.1/x?password={GUARDED}hunter2",
        f"postgresql://ops@127.0.0.1/x?sslpassword={GUARDED}hunter2",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    (tmp_path / "devops.yaml").write_text(f"name: x\nstore: '{url}'\n")
    for verb in (("check",), ("run", "a")):
        done = Shell(tmp_path, tmp_path / "home").run(*verb)
        assert done.code != 0
        assert "the URL holds a password" in done.out + done.err
        assert "hunter2" not in done.out + done.err
