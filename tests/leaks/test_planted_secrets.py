"""Twenty secrets through every flow of jobs, printed in every form: found nowhere afterwards.

Looked at while it runs: arguments and environments of all processes. Looked at afterwards:
every byte of the store, of the engine's database, of logs, of spools, and of what a screen drew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.leaks import COUNT, PRINTS, Sampler, leaking_files, leaks, planted, worked_in
from support.shell import Shell
from support.sshd import SshServer, openssh
from support.terminal import Terminal

from devops_tui.bootstrap.paths import paths_of

# each looks at the arguments of every process: also at those that another one plants
pytestmark = pytest.mark.xdist_group("postgres")  # where the one of the team store is

CONFIG = """
name: leaks
hosts:
  far:
    address: 127.0.0.1
    port: {port}
    user: {user}
    identity: {identity}
    known_hosts: {known}
pipelines:
  well:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - code: {{run: "true"}}
      - build:
          here: {{run: "python3 prints.py", artifacts: [built.txt], secrets: {{{secrets}}}}}
      - test:
          far: {{run: "{far}", hosts: far, secrets: {{{secrets}}}}}
  ill:
    source: {{git: ./code, branch: main, poll: 1h}}
    stages:
      - code: {{run: "true"}}
      - test:
          here: {{run: "python3 prints.py; exit 3", reports: [unit.xml], secrets: {{{secrets}}}}}
          far: {{run: "{far}; exit 4", hosts: far, secrets: {{{secrets}}}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with openssh(tmp_path_factory.mktemp("sshd")) as found:
        yield found


@pytest.fixture
def shell(tmp_path: Path, server: SshServer) -> Iterator[Shell]:
    """A workspace whose secrets lie in private files."""
    folder = tmp_path / "leaks"
    GitRepo(folder / "code").commit("The first one", **{"prints.py": PRINTS})
    program = folder / "far.py"
    program.write_text(PRINTS.replace('open("', f'open("{folder}/'))
    host = server.host()
    (folder / "devops.yaml").write_text(
        CONFIG.format(
            port=host.port,
            user=host.user,
            identity=host.identity,
            known=host.known_hosts,
            far=f"python3 {program}",
            secrets=planted(folder),
        )
    )
    with worked_in(folder, tmp_path / "home") as made:
        yield made


def test_no_secret_is_found_anywhere(shell: Shell) -> None:
    paths = paths_of(shell.folder / "devops.yaml", shell.environ)
    far_spool = Path.home() / ".cache" / "devops-tui" / "spool"
    with Sampler() as sampler:
        well = shell.run("run", "well", "--wait", "--json")
        assert well.code == 0, well.out + well.err
        ill = shell.run("run", "ill", "--wait", "--json")
        assert ill.code == 1, ill.out + ill.err
        screen = Terminal(shell.command(str(shell.folder)), environ=shell.environ)
        try:
            screen.wait_for("Pipelines")
            screen.press("2")
            screen.wait_for("most likely cause")  # of the run under the cursor
            screen.press("\r")
            screen.wait_for("no login for ***")
            drawn = screen.raw
        finally:
            screen.close()
    assert sampler.looks > 20
    assert sampler.jobs_seen, "the sampler never saw a job with its secrets: it cannot fail"
    assert sampler.found == set()

    logs = shell.run("log", well.objects[-1]["run"]["id"]).out
    assert logs.count("plain ***") == 2 * COUNT
    assert leaks(well.out.encode() + ill.out.encode() + logs.encode() + drawn) == set()
    assert leaks(shell.run("triage", "--json").out.encode()) == set()

    assert leaking_files((paths.state, far_spool), paths) == {}
    names = {f.name for f in paths.state.rglob("*")}
    assert {"state.db", "worker.log"} <= names


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter2secret@git.example.com/x.git", f"https://ghp_{'a' * 30}@github.com/x"],
)
def test_a_password_in_a_source_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    text = (
        f"name: x\npipelines:\n  a:\n    source: {{git: '{url}'}}\n    stages: [code: {{run: x}}]\n"
    )
    (tmp_path / "devops.yaml").write_text(text)
    done = Shell(tmp_path, tmp_path).run("check")
    assert done.code == 2
    assert "the URL holds a password" in done.out + done.err
    assert "hunter2secret" not in done.out + done.err
    assert "ghp_" not in done.out + done.err
