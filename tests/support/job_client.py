"""A process that starts a job over SSH and follows it, to be killed in the middle.

argv: port user identity known_hosts spool task; the script comes on standard input. Writes
what it follows to standard output at once.
"""

from __future__ import annotations

import asyncio
import sys

from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports.jobctl import JobctlRunner
from devops_tui.transports.ssh import SshTransport


async def main() -> None:
    port, user, identity, known_hosts, spool, task = sys.argv[1:]
    host = Host(HostName("web1"), "127.0.0.1", int(port), user, identity, known_hosts=known_hosts)
    transport = SshTransport(host)
    runner = JobctlRunner(transport, spool)
    await runner.start(task, sys.stdin.read(), env={}, secrets={}, folder="")
    async for chunk in runner.follow(task, 0):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    await transport.close()


if __name__ == "__main__":
    asyncio.run(main())
