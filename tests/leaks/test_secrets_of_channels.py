"""Secrets of channels, in answers that repeat them, and in the reasons that people give."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.leaks import (
    NAMES,
    SECRETS,
    Sampler,
    leaking_files,
    leaks,
    planted,
    worked_in,
)
from support.shell import Shell
from support.stores import wait_for

from devops_tui.bootstrap.paths import paths_of

# each looks at the arguments of every process: also at those that another one plants
pytestmark = pytest.mark.xdist_group("postgres")  # where the one of the team store is

HOOKS = 2
CONFIG = """
name: leaks
notify:
  told: {{command: [sh, {folder}/told.sh], severity: info, every: 1s}}
{hooks}
pipelines:
  asks:
    stages:
      - code: {{run: "sleep 1", secrets: {{{secrets}}}}}
      - test: {{ask: {{approve: {{text: "does it look right?"}}}}}}
"""
HOOK = """\
  hook{number}:
    {{webhook: {{url: 'file:{url}', sign: 'file:{sign}'}}, severity: info, every: 1s, give_up: 1s}}
"""


class _Parrot(http.server.BaseHTTPRequestHandler):
    """Refuses, and says what it was asked for; also in the case that it has no words for it."""

    def do_POST(self) -> None:
        said = f"no hook at {self.path}".encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on the test's own output."""


@contextmanager
def parrot() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Parrot) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def workspace(folder: Path, port: int) -> None:
    secrets = planted(folder)
    hooks = ""
    for number in range(HOOKS):  # those that may stand in a URL as they are
        url = folder / "vault" / f"url{number}"
        url.touch(mode=0o600)
        url.write_text(f"http://127.0.0.1:{port}/services/{token(number)}")
        sign = folder / "vault" / NAMES[number]
        hooks += HOOK.format(number=number, url=url, sign=sign)
    (folder / "told.sh").write_text(f"cat >> {folder}/told\n")
    (folder / "devops.yaml").write_text(
        CONFIG.format(folder=folder, hooks=hooks.rstrip(), secrets=secrets)
    )


def token(number: int) -> str:
    return SECRETS[number * 5 + 3]


def ask(shell: Shell) -> str:
    done = shell.run("run", "asks", "--json")
    assert done.code == 0, done.out + done.err
    run_id = str(done.objects[-1]["run"]["id"])
    wait_for(lambda: "asking" in shell.run("show", run_id, "--json").out, 30)
    return run_id


def test_no_secret_of_a_channel_or_a_reason_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "leaks"
    folder.mkdir()
    said = ""
    with (
        parrot() as port,
        Sampler() as sampler,
        _worked(folder, port, tmp_path / "home") as shell,
    ):
        paths = paths_of(folder / "devops.yaml", shell.environ)
        run_id = ask(shell)
        for number in range(HOOKS):
            told = shell.run("notify-test", f"hook{number}")
            assert told.code != 0
            assert "no hook at /services/***" in told.out + told.err
            said += told.out + told.err
        for verb, secret in zip(("approve", "reject", "approve", "cancel"), SECRETS, strict=False):
            done = shell.run(verb, run_id, "--why", f"it says {secret} there")
            assert done.code != 0
            assert "the text holds the secret file:" in done.out + done.err
            said += done.out + done.err
        rejected = shell.run("reject", run_id, "--why", "it does not look right")
        assert rejected.code == 0, rejected.out + rejected.err
        wait_for(lambda: "it does not look right" in (folder / "told").read_text(), 40)
        wait_for(lambda: "notice.dropped" in events(shell), 40)
        dropped = events(shell)
        assert "no hook at /services/***" in dropped
    heard = (folder / "told").read_text()
    assert leaks((said + heard + dropped).encode()) == set()
    assert leaking_files([paths.state], paths) == {}
    assert sampler.jobs_seen, "the sampler never saw a job with its secrets: it cannot fail"
    assert {found for found in sampler.found if not _is_typed(found)} == set()


def events(shell: Shell) -> str:
    """What happened, as text."""
    return shell.run("events", "--json").out


def _is_typed(found: str) -> bool:
    """A command line on which a test typed a reason: the person's own doing."""
    return "--why" in found and found.startswith("argv of")


@contextmanager
def _worked(folder: Path, port: int, home: Path) -> Iterator[Shell]:
    workspace(folder, port)
    with worked_in(folder, home) as shell:
        yield shell
