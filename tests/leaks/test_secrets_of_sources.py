"""Secrets that come back in load results, in commits, in words of git, and in a mail server's."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.leaks import SECRETS, Sampler, leaking_files, leaks, planted, worked_in
from support.shell import Shell
from support.stores import wait_for
from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of

# each looks at the arguments of every process: also at those that another one plants
pytestmark = pytest.mark.xdist_group("postgres")  # where the one of the team store is

CONFIG = """
name: leaks
notify:
  mail: {{email: {{host: 127.0.0.1, port: {port}, from: a@example.com, to: b@example.com,
    tls: none}}, severity: info, every: 1s, give_up: 1s}}
pipelines:
  load:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - code: {{run: "true"}}
      - test:
          good: {{run: "python3 results.py good", results: {{jtl: good.jtl}},
            gate: {{errors: "<= 1%"}}, secrets: {{{secrets}}}}}
          bad: {{run: "python3 results.py bad", results: {{jtl: bad.jtl}}, secrets: {{{secrets}}}}}
          odd: {{run: "python3 results.py odd", results: {{k6: odd.json}}, secrets: {{{secrets}}}}}
  far:
    source: {{git: 'ssh://git@127.0.0.1:9/x.git', branch: main, poll: 1h}}
    stages: [code: {{run: "true"}}]
"""

RESULTS = """\
import json, os, sys, time
values = [os.environ[name] for name in sorted(os.environ) if name.startswith("SECRET_")]
now = int(time.time() * 1000)
if sys.argv[1] == "odd":
    open("odd.json", "w").write(json.dumps({"metrics": {v: {"values": v} for v in values}}))
else:
    is_good = sys.argv[1] == "good"
    with open(sys.argv[1] + ".jtl", "w") as file:
        file.write("timeStamp,elapsed,label,responseCode,responseMessage,success\\n")
        for number in range(200):
            said = '"' + values[number % len(values)].replace('"', '""') + '"'
            file.write(f"{now + number * 10},{20 if is_good else said},{said},500,{said},false\\n")
"""

SSH = """\
#!/bin/sh
for file in {vault}/*; do printf 'fatal: no access for '; cat "$file"; echo; done >&2
exit 128
"""


class ParrotMail(socketserver.StreamRequestHandler):
    """Refuses every recipient, with one of the secrets among its words."""

    def handle(self) -> None:
        self.wfile.write(b"220 double\r\n")
        while words := self.rfile.readline().strip():
            is_to = words.upper().startswith(b"RCPT")
            said = SECRETS[3].encode()
            self.wfile.write(b"550 nobody like " + said + b"\r\n" if is_to else b"250 ok\r\n")


@pytest.fixture
def mail_port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), ParrotMail) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def shell(tmp_path: Path, mail_port: int) -> Iterator[Shell]:
    folder = tmp_path / "leaks"
    repo = GitRepo(folder / "code")
    repo.commit("The first one", **{"results.py": RESULTS})
    for secret in SECRETS:
        repo.commit(f"Log in with {secret}")
    secrets = planted(folder)
    (folder / "devops.yaml").write_text(CONFIG.format(port=mail_port, secrets=secrets))
    ssh = folder / "ssh"
    ssh.write_text(SSH.format(vault=folder / "vault"))
    ssh.chmod(0o700)
    with worked_in(folder, tmp_path / "home", GIT_SSH=str(ssh)) as made:
        yield made


def test_no_secret_that_comes_back_is_found(shell: Shell) -> None:
    paths = paths_of(shell.folder / "devops.yaml", shell.environ)
    with Sampler() as sampler:
        run = shell.run("run", "load", "--wait", "--json")
        assert run.code == 1, run.out + run.err
        far = shell.run("run", "far", "--json")
        assert "git: fatal: no access for ***" in far.out + far.err
        told = [
            shell.run(*words, run.objects[-1]["run"]["id"], "--json")
            for words in (["changes"], ["show"], ["triage"], ["log"])
        ]
        assert "Log in with ***" in told[0].out
        drawn = _drawn(shell)
        wait_for(lambda: "nobody like ***" in shell.run("events", "--json").out, 40)
    said = [run, far, *told, shell.run("events", "--json"), shell.run("audit", "--json")]
    assert leaks("".join(done.out + done.err for done in said).encode() + drawn) == set()
    assert sampler.jobs_seen, "the sampler never saw a job with its secrets: it cannot fail"
    assert sampler.found == set()
    found = leaking_files([paths.state], paths)
    assert {file for file in found if not Path(file).is_relative_to(paths.mirrors)} == set()


def _drawn(shell: Shell) -> bytes:
    """What a screen draws of the last run, its log and what changed."""
    screen = Terminal(shell.command(str(shell.folder)), environ=shell.environ)
    try:
        screen.wait_for("Pipelines")
        screen.press("2")
        screen.wait_for("load-1")
        screen.press("d")
        screen.wait_for("Log in with ***")
        return screen.raw
    finally:
        screen.close()
