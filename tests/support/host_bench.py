"""Jobs on hosts for real: an sshd for each host, with a home of its own and a link to cut."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.ids import HostName, RunId
from devops_tui.domain.pipeline import HostOutcome, Job
from devops_tui.domain.work import RunCommand
from devops_tui.transports.limits import LinkLimits
from devops_tui.transports.links import SshLinks
from support.cuttable import Cuttable, cuttable
from support.git_repo import GitRepo
from support.job_bench import JobBench
from support.sshd import SshServer, openssh

QUICK = LinkLimits(connect_s=1, login_s=5, keepalive_s=0.2, keepalive_misses=2, retry_s=0.05)


class HostBench(JobBench):
    """A workspace whose hosts are sshds of this machine.

    Attributes:
        names: Of the hosts, in their order.
        ways: The proxy before each host.
        servers: What is behind it.
    """

    def __init__(
        self,
        folder: Path,
        servers: dict[HostName, SshServer],
        ways: dict[HostName, Cuttable],
        limits: LinkLimits,
    ) -> None:
        repo = GitRepo(folder / "repo")
        repo.commit("first", source="hello\n")
        super().__init__(folder, repo)
        self.names = tuple(servers)
        self.servers = servers
        self.ways = ways
        self.limits = limits
        self.links = self._new_links()
        self.start_worker()

    def _new_links(self) -> SshLinks:
        hosts = {
            str(name): replace(server, port=self.ways[name].port).host(name)
            for name, server in self.servers.items()
        }
        return SshLinks(hosts, limits=self.limits)

    async def another_worker(self) -> None:
        """The worker leaves, and one with links of its own goes on."""
        await self.stop_worker()
        await self.links.close()
        self.links = self._new_links()
        self.start_worker()
        await self.engine.recover()

    def home(self, name: HostName) -> Path:
        """The home folder on a host."""
        return home_of(self.folder, name)

    def outcomes(self, run_id: RunId, job_id: str = "s0/a") -> dict[str, HostOutcome]:
        return {o.host: o for o in self.record(run_id, job_id).hosts}

    def times(self, name: HostName) -> int:
        """How often the script of `counting` ran there."""
        file = self.home(name) / "count"
        return len(file.read_text().splitlines()) if file.exists() else 0


def home_of(folder: Path, name: str) -> Path:
    """The home folder of a host below the bench's folder."""
    return folder / "homes" / name


def counting(script: str) -> str:
    """A script that leaves one line in ~/count each time it runs."""
    return f'echo "$DEVOPS_JOB $(date +%s.%N)" >> "$HOME/count"\n{script}'


def on(
    hosts: tuple[HostName, ...],
    script: str,
    *,
    retries: int = 0,
    backoff: Backoff | None = None,
    idempotent: bool = False,
    timeout_s: float = 60.0,
    name: str = "a",
) -> Job:
    """A job on hosts; use `dataclasses.replace` for its batches."""
    work = RunCommand(counting(script), hosts)
    return Job(
        name,
        work,
        retries=retries,
        backoff=backoff,
        is_idempotent=idempotent,
        timeout_s=timeout_s,
    )


@contextmanager
def sshds(folder: Path, count: int) -> Iterator[dict[HostName, SshServer]]:
    """So many real servers, each with a home folder of its own."""
    with ExitStack() as stack:
        servers: dict[HostName, SshServer] = {}
        for number in range(1, count + 1):
            name = HostName(f"web-{number}")
            home = home_of(folder, name)
            home.mkdir(parents=True)
            lines = [f"SetEnv SHLVL=5 HOME={home}"]
            servers[name] = stack.enter_context(openssh(folder / f"sshd-{name}", lines))
        yield servers


@asynccontextmanager
async def host_bench(
    folder: Path, count: int, limits: LinkLimits = QUICK
) -> AsyncIterator[HostBench]:
    """A bench with so many hosts, called web-1, web-2..."""
    with sshds(folder, count) as servers:
        async with AsyncExitStack() as stack:
            ways: dict[HostName, Cuttable] = {}
            for name, server in servers.items():
                ways[name] = await stack.enter_async_context(cuttable(server.port))
                server.vouch(ways[name].port)
            bench = HostBench(folder, servers, ways, limits)
            try:
                yield bench
            finally:
                for way in ways.values():
                    way.let_go()
                await bench.close()
