"""What every Runner promises: this machine, busybox's and bash's sh, a real sshd."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.sshd import embedded, openssh

from devops_tui.domain.errors import CommandFailed
from devops_tui.ports.transport import TaskStatus
from devops_tui.transports import jobctl_words
from devops_tui.transports.jobctl import JobctlRunner
from devops_tui.transports.local import LocalTransport
from devops_tui.transports.ssh import SshTransport

TOOLS = "cat dd grep head ls ln mkdir mv rm rmdir seq setsid sh sleep sync wc"


def use_only(shell: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `sh`, and for busybox all its tools, those of another system."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"needs {shell}")
    folder.mkdir()
    for tool in TOOLS.split() if shell == "busybox" else ["sh"]:
        (folder / tool).symlink_to(found)
    path = str(folder) if shell == "busybox" else f"{folder}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)


@pytest.fixture(
    params=["local", "bash", "busybox", "embedded", pytest.param("openssh", marks=pytest.mark.real)]
)
async def runner(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[JobctlRunner]:
    spool = str(tmp_path / "spool")
    match request.param:
        case "embedded":
            async with embedded(tmp_path / "server") as server:
                ssh = SshTransport(server.host())
                yield JobctlRunner(ssh, spool)
                await ssh.close()
        case "openssh":
            with openssh(tmp_path / "server") as server:
                ssh = SshTransport(server.host())
                yield JobctlRunner(ssh, spool)
                await ssh.close()
        case shell:
            if shell != "local":
                use_only(shell, tmp_path / "bin", monkeypatch)
            local = LocalTransport()
            yield JobctlRunner(local, spool)
            await local.close()


Start = Callable[..., Awaitable[TaskStatus]]


@pytest.fixture
async def start(runner: JobctlRunner) -> AsyncIterator[Start]:
    """Starts with defaults, and stops at the end of the test what still runs."""
    started: list[str] = []

    async def begin(
        task_id: str,
        script: str,
        env: dict[str, str] | None = None,
        secrets: dict[str, str] | None = None,
        folder: str = "",
    ) -> TaskStatus:
        started.append(task_id)
        return await runner.start(
            task_id, script, env=env or {}, secrets=secrets or {}, folder=folder
        )

    yield begin
    for task_id in started:
        await runner.stop(task_id, 0)


async def output(runner: JobctlRunner, task_id: str, offset: int = 0) -> bytes:
    async with asyncio.timeout(60):
        return b"".join([chunk async for chunk in runner.follow(task_id, offset)])


async def begun(runner: JobctlRunner, task_id: str) -> None:
    """Returns when the command itself has said something."""
    async with asyncio.timeout(60):
        async for chunk in runner.follow(task_id, 0):
            assert chunk == b"ready\n"
            return


async def test_output_and_verdict(runner: JobctlRunner, start: Start) -> None:
    begun = await start("shop-1", "echo out; echo err >&2; exit 7")
    assert begun.state in {"running", "done"}
    assert await output(runner, "shop-1") == b"out\nerr\n"
    assert await runner.status("shop-1") == TaskStatus("done", 7, 8)


async def test_an_id_starts_once(runner: JobctlRunner, start: Start, tmp_path: Path) -> None:
    count = tmp_path / "count"
    outcomes = await asyncio.gather(
        *(start("same", f"echo x >>{count}; sleep 0.3; exit 3") for _ in range(6))
    )
    assert {outcome.state for outcome in outcomes} <= {"running", "done"}
    await output(runner, "same")
    assert (await start("same", "echo other")).exit_code == 3
    assert count.read_text() == "x\n"


async def test_ids_of_any_text(runner: JobctlRunner, start: Start, tmp_path: Path) -> None:
    ids = ["shop-1/test/unit", "shop-1/test-unit", "..", ".x", "a b", "é", "$(id)", "x" * 300, "'"]
    for number, task_id in enumerate(ids):
        await start(task_id, f"echo {number}")
    for number, task_id in enumerate(ids):
        assert await output(runner, task_id) == b"%d\n" % number
    names = {jobctl_words.spool_name(task_id) for task_id in ids}
    assert names == {path.parent.name for path in files_in(tmp_path) if path.name == "verdict"}


async def test_output_is_the_spool_byte_by_byte(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    await start("bytes", "head -c 3000000 /dev/urandom; printf '\\377\\000no newline'")
    followed = await output(runner, "bytes")
    assert followed == (tmp_path / "spool/bytes/output").read_bytes()
    assert followed.endswith(b"\xff\0no newline")
    assert await output(runner, "bytes", 2_999_990) == followed[2_999_990:]
    assert await output(runner, "bytes", len(followed)) == b""
    assert await output(runner, "bytes", len(followed) + 5) == b""


async def test_output_that_ends_like_the_begin_of_a_mark_is_not_waited_for(
    runner: JobctlRunner, start: Start
) -> None:
    """A session's own marks begin with "<": the byte must not be held back for more to come."""
    await start("marks", "printf 'a <'; sleep 60")
    async with asyncio.timeout(20):
        async for chunk in runner.follow("marks", 0):
            assert chunk == b"a <"
            break
    await start("ended", "printf '<'")
    async with asyncio.timeout(20):
        assert await output(runner, "ended") == b"<"


async def test_follows_what_is_still_being_written(runner: JobctlRunner, start: Start) -> None:
    await start("slow", "for n in 1 2 3 4; do echo $n; sleep 0.2; done")
    chunks = [chunk async for chunk in runner.follow("slow", 0)]
    assert b"".join(chunks) == b"1\n2\n3\n4\n"
    assert len(chunks) > 1


async def test_many_followers_at_once(runner: JobctlRunner, start: Start) -> None:
    for number in range(12):
        await start(f"many-{number}", f"sleep 0.3; echo {number}")
    outputs = await asyncio.gather(*(output(runner, f"many-{n}") for n in range(12)))
    assert outputs == [b"%d\n" % number for number in range(12)]


async def test_a_follower_may_leave(runner: JobctlRunner, start: Start) -> None:
    await start("left", "echo a; sleep 0.5; echo b")
    async for chunk in runner.follow("left", 0):
        assert chunk == b"a\n"
        break
    task = asyncio.create_task(output(runner, "left", 2))
    await asyncio.wait([task], timeout=0.1)
    task.cancel()
    assert await output(runner, "left", 2) == b"b\n"


async def test_variables_secrets_and_folder(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    value = 'it\'s $HOME `id` "x" \\ é\nnext line'
    folder = tmp_path / "made for it"
    await start(
        "env",
        'printf %s "$PLAIN|$TOKEN|$PWD"; umask',
        env={"PLAIN": value, "TOKEN": "hidden by the secret"},
        secrets={"TOKEN": f"s3cret{value}"},
        folder=str(folder),
    )
    expected = f"{value}|s3cret{value}|{folder}"
    assert (await output(runner, "env")).decode().startswith(expected)
    assert (await runner.status("env")).exit_code == 0
    mask = (await output(runner, "env")).decode().removeprefix(expected).strip()
    assert mask == "0022"  # the spool's own 077 is not passed on


async def test_secrets_are_in_no_file_and_no_argv(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    secret = "hunter2-hunter2"
    await start("quiet", "echo ready; sleep 20", secrets={"TOKEN": secret})
    await begun(runner, "quiet")
    assert not [line for line in command_lines() if secret.encode() in line]
    files = files_in(tmp_path / "spool")
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def command_lines() -> list[bytes]:
    """Of all processes that live at the moment."""
    lines: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended in between
            lines.append(path.read_bytes())
    assert lines
    return lines


def files_in(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return files


async def test_bad_names_are_refused(runner: JobctlRunner) -> None:
    for name in ("", "1A", "A B", "A=B", "A;id", "é"):
        with pytest.raises(ValueError, match="not a name"):
            await runner.start("bad", "true", env={name: "x"}, secrets={}, folder="")
    assert (await runner.status("bad")).state == "none"


async def test_standard_input_is_empty(runner: JobctlRunner, start: Start) -> None:
    await start("stdin", "cat; echo end")
    assert await output(runner, "stdin") == b"end\n"


async def test_stop_ends_the_whole_group(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 100 & echo $! >{pids}; sleep 100 & echo $! >>{pids}; echo ready; wait"
    await start("stop", script)
    await begun(runner, "stop")
    stopped = await runner.stop("stop", 5)
    assert (stopped.state, stopped.exit_code) == ("done", 143)
    assert not [pid for pid in pids.read_text().split() if is_alive(int(pid))]
    assert await runner.stop("stop", 5) == stopped


async def test_stop_kills_what_will_not_listen(runner: JobctlRunner, start: Start) -> None:
    await start("deaf", "trap '' TERM; echo ready; while :; do sleep 1; done")
    await begun(runner, "deaf")
    stopped = await runner.stop("deaf", 1)
    assert (stopped.state, stopped.exit_code) == ("done", 137)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def kill(pid: int) -> None:
    """KILL, and waits until the process is gone."""
    descriptor = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGKILL)
        assert select.select([descriptor], [], [], 20)[0]
    finally:
        os.close(descriptor)


def pid_in(path: Path) -> int:
    return int(path.read_text().split()[0])


async def test_a_command_that_lost_its_keeper(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    task = tmp_path / "spool" / "orphan"
    await start("orphan", "echo ready; sleep 100")
    await begun(runner, "orphan")
    kill(pid_in(task / "keeper"))
    assert await runner.status("orphan") == TaskStatus("running", None, 6, "orphaned")
    stopped = await runner.stop("orphan", 1)
    assert (stopped.state, stopped.exit_code, stopped.why) == ("lost", None, "killed")
    assert not is_alive(pid_in(task / "command"))
    assert await output(runner, "orphan") == b"ready\n"
    again = await start("orphan", "echo again")
    assert (again.state, again.why) == ("lost", "killed")


async def test_a_reboot_is_noticed_and_nothing_is_killed(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    task = tmp_path / "spool" / "boot"
    await start("boot", "echo ready; exec sleep 100")
    await begun(runner, "boot")
    for name in ("keeper", "command"):
        pid, birth, _ = (task / name).read_text().split()
        (task / name).write_text(f"{pid} {birth} another-boot\n")
    assert await runner.status("boot") == TaskStatus("lost", None, 6, "rebooted")
    assert (await runner.stop("boot", 1)).why == "rebooted"
    assert is_alive(pid_in(task / "command"))
    kill(pid_in(task / "command"))


async def test_a_number_taken_by_another_process_is_not_killed(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    task = tmp_path / "spool" / "reused"
    await start("reused", "echo ready; sleep 100")
    await begun(runner, "reused")
    originals = {name: (task / name).read_text() for name in ("keeper", "command")}
    for name, text in originals.items():
        pid, _, boot = text.split()
        (task / name).write_text(f"{pid} 1 {boot}\n")
    assert await runner.stop("reused", 1) == TaskStatus("lost", None, 6, "killed")
    assert is_alive(pid_in(task / "command"))
    for name, text in originals.items():
        (task / name).write_text(text)


async def test_half_a_script_does_not_run(runner: JobctlRunner, tmp_path: Path) -> None:
    transport = LocalTransport()
    preamble = jobctl_words.preamble(str(tmp_path / "spool"))
    verb = 'exec sh "$jobctl" start half 0 100'
    completed = await transport.run(f"{preamble}{verb}", stdin=f"touch {tmp_path}/x\n".encode())
    await transport.close()
    assert completed.exit_code == 65
    assert (await runner.status("half")).state == "none"
    assert not (tmp_path / "spool" / "half").exists()
    assert not (tmp_path / "x").exists()


async def test_clean_removes_ended_ones_only(
    runner: JobctlRunner, start: Start, tmp_path: Path
) -> None:
    await start("clean", "echo x; sleep 100")
    with pytest.raises(CommandFailed, match="still runs"):
        await runner.clean("clean")
    await runner.stop("clean", 5)
    await runner.clean("clean")
    await runner.clean("clean")
    assert (await runner.status("clean")).state == "none"
    assert not (tmp_path / "spool" / "clean").exists()
    assert await output(runner, "clean") == b""


async def test_a_spool_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    transport = LocalTransport()
    runner = JobctlRunner(transport, str(tmp_path / "file" / "spool"))
    with pytest.raises(CommandFailed, match="cannot be used"):
        await runner.start("x", "true", env={}, secrets={}, folder="")
    await transport.close()
