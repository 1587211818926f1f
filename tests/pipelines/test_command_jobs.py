"""Commands for real: git, jobctl, artifacts; and what is left after a worker's death."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import WEB1, WEB2, JobBench, command

from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.work import RunCommand


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


async def test_a_command_sees_its_checkout_and_variables(bench: JobBench) -> None:
    script = 'cat source; echo "$CI $DEVOPS_RUN $DEVOPS_PIPELINE $DEVOPS_COMMIT $MORE"'
    job = Job("a", RunCommand(script, env={"MORE": "a 'b' $c"}))
    run_id = await bench.to_end((job,))
    head = bench.repo.git("rev-parse", "HEAD")
    expected = f"hello\ntrue shop-1 shop {head} a 'b' $c\n"
    assert bench.log(run_id, "s0/a").decode() == expected
    assert bench.record(run_id, "s0/a").exit_code == 0


async def test_an_exit_code_is_the_verdict(bench: JobBench) -> None:
    run_id = await bench.to_end((command("a", "echo oops >&2; exit 3"),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.exit_code, record.why) == (State.FAILED, 3, "exit code 3")
    assert bench.log(run_id, "s0/a") == b"oops\n"


async def test_jobs_side_by_side_do_not_meet(bench: JobBench) -> None:
    script = "echo {0} > source; test ! -e other; touch other; cat source"
    run_id = await bench.to_end(
        (command("a", script.format("a")), command("b", script.format("b")))
    )
    assert bench.states(run_id) == {"s0/a": State.OK, "s0/b": State.OK}
    assert bench.log(run_id, "s0/a") == b"a\n"


async def test_artifacts_are_built_once_and_given_to_later_jobs(bench: JobBench) -> None:
    build = replace(
        command("build", "mkdir dist; echo built > dist/app; echo x > dist/more.txt"),
        artifacts=("dist/app", "dist/*.txt"),
    )
    use = command("use", "cat dist/app dist/more.txt")
    beside = command("beside", "test ! -e dist")
    after = command("after", "cat dist/app", "build")
    run_id = await bench.to_end((build, beside, after), (use,))
    assert bench.store.run(run_id).state is State.OK, bench.states(run_id)
    assert bench.log(run_id, "s1/use") == b"built\nx\n"
    stored = bench.store.artifacts(run_id)
    assert [a.name for a in stored] == ["dist/app", "dist/more.txt"]
    assert (await bench.repository.path(stored[0].digest)).read_bytes() == b"built\n"
    assert [e.data["digest"] for e in bench.events("artifact.stored")] == [a.digest for a in stored]


@pytest.mark.parametrize(
    ("script", "glob", "why"),
    [
        ("true", "dist/*", "no file matches dist/*"),
        ("ln -s /etc/passwd leak", "leak", "leads out of the checkout"),
        ("true", "../*", "leads out of the checkout"),
    ],
)
async def test_artifacts_that_are_none_fail_the_job(
    bench: JobBench, script: str, glob: str, why: str
) -> None:
    run_id = await bench.to_end((replace(command("a", script), artifacts=(glob,)),))
    assert bench.record(run_id, "s0/a").state is State.FAILED
    assert why in bench.record(run_id, "s0/a").why
    assert bench.store.artifacts(run_id) == []


async def test_a_changed_artifact_is_not_used(bench: JobBench) -> None:
    build = replace(command("build", "echo good > app"), artifacts=("app",))
    spoil = command(
        "spoil", f'f=$(find {bench.folder}/artifacts -type f); chmod +w $f; echo > "$f"'
    )
    run_id = await bench.to_end((build,), (spoil,), (command("use", "cat app"),))
    assert bench.record(run_id, "s2/use").state is State.FAILED
    assert "changed on disk" in bench.record(run_id, "s2/use").why


async def test_secrets_reach_the_command_and_no_log(bench: JobBench) -> None:
    job = Job("a", RunCommand('echo "1 $TOKEN 2"', secrets={"TOKEN": "plain:hunter2secret"}))
    run_id = await bench.to_end((job,))
    assert bench.log(run_id, "s0/a") == b"1 *** 2\n"
    assert b"hunter2" not in (bench.folder / "state.db").read_bytes()


async def test_a_command_on_hosts_runs_on_each_and_names_the_bad(bench: JobBench) -> None:
    script = 'echo "$DEVOPS_RUN"; [ "$BAD" = "" ] || exit 4'
    good = Job("good", RunCommand(script, (WEB1, WEB2)))
    bad = Job("bad", RunCommand(script, (WEB1, WEB2), {"BAD": "1"}))
    run_id = await bench.to_end((good, bad))
    assert bench.log(run_id, "s0/good", "web1") == b"shop-1\n"
    assert bench.log(run_id, "s0/good", "web2") == b"shop-1\n"
    record = bench.record(run_id, "s0/bad")
    assert record.state is State.FAILED
    assert record.why == "web1: exit code 4, web2: exit code 4"


async def test_cancel_stops_the_command_itself(bench: JobBench) -> None:
    pid_file = bench.folder / "pid"
    script = f"trap '' TERM; echo $$ > {pid_file}; while :; do sleep 0.1; done"
    run_id = bench.add((command("a", script),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
    pid = int(pid_file.read_text())
    assert is_alive(pid)
    await bench.engine.cancel(run_id)
    assert bench.record(run_id, "s0/a").state is State.CANCELLED
    assert not is_alive(pid)


async def test_a_command_over_its_time_is_stopped(bench: JobBench) -> None:
    pid_file = bench.folder / "pid"
    job = replace(command("a", f"echo begun; echo $$ > {pid_file}; exec sleep 60"), timeout_s=1.0)
    run_id = await bench.to_end((job,))
    assert bench.record(run_id, "s0/a").state is State.TIMED_OUT
    assert bench.log(run_id, "s0/a") == b"begun\n"
    assert not is_alive(int(pid_file.read_text()))


@pytest.mark.parametrize("secrets", [{}, {"TOKEN": "plain:hunter2secret"}])
async def test_a_hand_over_leaves_the_command_and_its_log_is_whole(
    bench: JobBench, secrets: dict[str, str]
) -> None:
    go = bench.folder / "go"
    script = f"""
        echo ran >> {bench.folder}/count
        i=0; while [ $i -lt 300 ]; do echo "before $i $TOKEN"; i=$((i + 1)); done
        while [ ! -e {go} ]; do sleep 0.05; done
        i=0; while [ $i -lt 300 ]; do echo "after $i $TOKEN"; i=$((i + 1)); done
    """
    run_id = bench.add((Job("a", RunCommand(script, secrets=secrets)),))
    await bench.engine.submit(run_id)
    await bench.until(lambda: b"before 20 " in bench.log(run_id, "s0/a"))
    await bench.stop_worker()
    assert bench.record(run_id, "s0/a").state is State.RUNNING
    go.touch()
    bench.start_worker()
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/a").state is State.OK
    shown = "***" if secrets else ""
    lines = [f"{w} {i} {shown}" for w in ("before", "after") for i in range(300)]
    assert bench.log(run_id, "s0/a").decode().splitlines() == lines
    assert (bench.folder / "count").read_text() == "ran\n"


async def test_a_spool_that_vanished_means_lost_and_nothing_runs_again(bench: JobBench) -> None:
    script = f"echo ran >> {bench.folder}/count; exec sleep 60"
    run_id = bench.add((command("a", script),))
    await bench.engine.submit(run_id)
    count = bench.folder / "count"
    await bench.until(lambda: count.exists() and count.read_text() != "")
    (spool,) = (p for p in (bench.folder / "spool").iterdir() if p.is_dir())
    pids = [int((spool / n).read_text().split()[0]) for n in ("keeper", "command")]
    for pid in pids:
        kill(pid)
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/a").state is State.LOST
    assert (bench.folder / "count").read_text() == "ran\n"


async def test_what_went_well_is_cleared_away_and_what_failed_is_kept(bench: JobBench) -> None:
    run_id = await bench.to_end((command("good", "true"), command("bad", "touch trace; false")))
    left = sorted(p.name for p in (bench.folder / "checkouts" / run_id).iterdir())
    assert left == ["s0.bad.1"]
    assert (bench.folder / "checkouts" / run_id / "s0.bad.1" / "trace").exists()
    assert [p for p in (bench.folder / "spool").iterdir() if p.is_dir()] == []


async def test_folders_of_failed_jobs_stay_for_ten_runs(bench: JobBench) -> None:
    for number in range(1, 13):
        await bench.to_end((command("bad", "false"),), number=number)
    left = {p.name for p in (bench.folder / "checkouts").iterdir()}
    assert left == {f"shop-{n}" for n in range(3, 13)}


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
