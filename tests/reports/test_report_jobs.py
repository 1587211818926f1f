"""Jobs that leave reports and load results: verdicts, figures, logs, questions."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Job, State
from devops_tui.domain.report import CaseReport, Judgement, LoadFormat
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.work import LoadGate, LoadResults, MeasureLoad, RunCommand
from devops_tui.services import gates

SUITE = '<testsuite name="s">{}</testsuite>'
GOOD = '<testcase classname="c" name="good" time="0.5"/>'
BAD = '<testcase classname="c" name="{}"><failure message="no {}"/></testcase>'


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


def suite_job(*cases: str, end: str = "", globs: tuple[str, ...] = ("*.xml",)) -> Job:
    script = f"cat > unit.xml <<'END'\n{SUITE.format(''.join(cases))}\nEND\n{end}"
    return replace(command("a", script), reports=globs)


def cases_of(bench: JobBench, run_id: RunId) -> CaseReport:
    report = bench.record(run_id, "s0/a").report
    assert report is not None
    assert report.cases is not None
    return report.cases


async def test_a_good_report_leaves_figures(bench: JobBench) -> None:
    run_id = await bench.to_end((suite_job(GOOD, GOOD.replace("good", "more")),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (State.OK, "")
    assert record.figures == {"tests": 2, "failed": 0}
    assert cases_of(bench, run_id).slowest[0].duration_s == 0.5
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert said == "2 tests in 1 files: 2 passed, 0 failed, 0 skipped, 0 flaky\n"


async def test_a_failed_test_fails_a_job_whose_command_was_green(bench: JobBench) -> None:
    job = replace(
        suite_job(GOOD, BAD.format("x", "luck"), BAD.format("y", "way")), artifacts=("*",)
    )
    run_id = await bench.to_end((job,))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why, record.exit_code) == (State.FAILED, "2 of 3 failed", 0)
    assert bench.store.artifacts(run_id) == []
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert "FAILED s::c::x\n    no luck\nFAILED s::c::y\n    no way\n" in said


async def test_a_command_that_failed_says_which_tests_did(bench: JobBench) -> None:
    run_id = await bench.to_end((suite_job(GOOD, BAD.format("x", "luck"), end="exit 1"),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (State.FAILED, "exit code 1; 1 of 2 failed")
    assert cases_of(bench, run_id).failures[0].message == "no luck"


async def test_a_report_that_is_not_there_is_told(bench: JobBench) -> None:
    run_id = await bench.to_end((suite_job(GOOD, globs=("none/*.xml", "no.xml")),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (State.OK, "no test report: none/*.xml, no.xml")
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert said == "no test report: 0 files match none/*.xml, no.xml\n"
    run_id = await bench.to_end((suite_job(),), number=2)
    assert bench.record(run_id, "s0/a").why == "no test ran"


async def test_a_broken_report_is_never_green(bench: JobBench) -> None:
    run_id = await bench.to_end((suite_job(GOOD, "<oops>"),))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert record.why == "cannot read unit.xml:1: not XML: mismatched tag"
    assert record.figures["tests"] == 1
    said = bench.log(run_id, "s0/a", "reports").decode()
    assert "warning: unit.xml:1: not XML: mismatched tag" in said


async def test_a_link_out_of_the_checkout_is_not_read(bench: JobBench) -> None:
    outside = bench.folder / "outside.xml"
    outside.write_text(SUITE.format(GOOD))
    job = replace(command("a", f"ln -s {outside} unit.xml"), reports=("*.xml",))
    run_id = await bench.to_end((job,))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert record.why == "cannot read unit.xml:1: leads out of the checkout"


async def test_the_same_commit_with_both_outcomes_is_flaky(bench: JobBench) -> None:
    await bench.to_end((suite_job(GOOD, BAD.format("x", "luck")),))
    luckier = suite_job(GOOD, GOOD.replace("good", "x"))
    second = await bench.to_end((luckier,), number=2)
    assert bench.record(second, "s0/a").state is State.OK
    assert cases_of(bench, second).flaky == ("s::c::x",)
    bench.repo.commit("second", source="other\n")
    third = await bench.to_end((luckier,), number=3)
    assert cases_of(bench, third).flaky == ()
    fourth = await bench.to_end((suite_job(BAD.format("x", "luck")),), number=4)
    assert bench.record(fourth, "s0/a").why == "1 of 1 failed, 1 of them flaky"


async def test_an_attempt_that_passes_after_one_that_failed_is_flaky(bench: JobBench) -> None:
    mark = bench.folder / "mark"
    bad, good = SUITE.format(BAD.format("x", "luck")), SUITE.format(GOOD.replace("good", "x"))
    script = f"echo '{bad}' > u.xml; test -e {mark} && echo '{good}' > u.xml; touch {mark}"
    run_id = await bench.to_end((replace(command("a", script), reports=("u.xml",), retries=1),))
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt, record.figures["flaky"]) == (State.OK, 2, 1)


async def test_secrets_in_reports_reach_nothing(bench: JobBench) -> None:
    script = f"cat > u.xml <<END\n{SUITE.format(BAD)}\nEND".format("x", "$TOKEN")
    job = Job("a", RunCommand(script, secrets={"TOKEN": "plain:hunter2secret"}), reports=("u.xml",))
    run_id = await bench.to_end((job,))
    assert cases_of(bench, run_id).failures[0].message == "no ***"
    assert b"hunter2" not in (bench.folder / "state.db").read_bytes()


def jtl(mean_ms: int, wobble: int = 4) -> str:
    """A script that writes ten seconds of samples around a mean, always the same."""
    return (
        "awk 'BEGIN { srand(7); for (i = 0; i < 1000; i++) printf "
        f'"%d,%d,cart,200,OK,t,text,true\\n", i * 10, {mean_ms} - {wobble} / 2 + rand() * {wobble}'
        " }' > out.jtl"
    )


def loaded(script: str, kind: LoadFormat = LoadFormat.JTL, **gate: float) -> Job:
    results = LoadResults(kind, "out.jtl", LoadGate(**gate))
    return replace(command("a", script), results=results)


async def test_load_results_are_figures_and_held_against_the_gate(bench: JobBench) -> None:
    run_id = await bench.to_end((loaded(jtl(50), max_p99_ms=60, min_tps=50),))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.OK, record.why
    assert (record.figures["requests"], record.figures["errors"]) == (1000, 0)
    run_id = await bench.to_end((loaded(jtl(50), max_p99_ms=40, min_tps=900),), number=2)
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert "tps < 900 tps; p99 " in record.why


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("true", "no results: out.jtl:1: cannot be read: No such file or directory"),
        ("echo hello > out.jtl", "no results: out.jtl:1: a row of 1 columns"),
        ("ln -s /etc/passwd out.jtl", "no results: out.jtl:1: leads out of the checkout"),
    ],
)
async def test_results_that_are_missing_or_broken_fail(
    bench: JobBench, script: str, why: str
) -> None:
    run_id = await bench.to_end((loaded(script),))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert record.why.startswith(why)


async def test_a_missing_program_is_named(bench: JobBench) -> None:
    job = Job("a", RunCommand("no-such-jmeter -n", program="jmeter"))
    run_id = await bench.to_end((replace(job, results=LoadResults(LoadFormat.JTL, "out.jtl")),))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.FAILED
    assert record.why.startswith("jmeter is not installed on this machine")


async def test_what_is_clearly_slower_than_the_accepted_release_fails(bench: JobBench) -> None:
    await bench.to_end((loaded(jtl(50), max_slower_ratio=0.1),))
    failed = await bench.to_end((loaded(jtl(80), max_slower_ratio=0.1),), number=2)
    record = bench.record(failed, "s0/a")
    assert record.state is State.FAILED
    assert "mean " in record.why
    assert "allowed +10 %" in record.why
    # what failed was never accepted: the next is held against the first again
    fine = await bench.to_end((loaded(jtl(51), max_slower_ratio=0.1),), number=3)
    report = bench.record(fine, "s0/a").report
    assert bench.states(fine) == {"s0/a": State.OK}
    assert report is not None
    assert report.comparison is not None
    assert (report.comparison.run_id, report.comparison.judgement) == ("shop-1", Judgement.FINE)


async def ask(bench: JobBench, job: Job) -> RunId:
    """A run whose load is neither clearly slower nor clearly not, until it asks."""
    await bench.to_end((loaded(jtl(100, 80), max_slower_ratio=0.1),))
    run_id = bench.add((job,), number=2)
    await bench.engine.submit(run_id)
    await bench.until(lambda: bench.store.run(run_id).state is State.ASKING)
    return run_id


def decide(bench: JobBench, run_id: RunId, *, is_good: bool) -> None:
    team = Team((Member("minji", (Role.MEMBER,)),))
    workspace = replace(bench.workspace, team=team)
    act = gates.approve if is_good else gates.reject
    act(bench.store, bench.clock, workspace, run_id, "minji", "it was the backup")


EDGE = replace(loaded(jtl(110, 80), max_slower_ratio=0.1), artifacts=("out.jtl",), retries=1)


async def test_inside_the_noise_a_person_approves(bench: JobBench) -> None:
    run_id = await ask(bench, EDGE)
    record = bench.record(run_id, "s0/a")
    assert record.state is State.ASKING
    assert record.why.startswith("inconclusive: ")
    (gate,) = bench.store.gates(run_id)
    assert gate.evidence["compared_with"] == "shop-1"
    assert gate.evidence["measured"]["requests"] == 1000
    assert any(line.startswith("mean ") for line in gate.evidence["comparison"])
    decide(bench, run_id, is_good=True)
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.why) == (State.OK, "approved by minji: it was the backup")
    assert record.figures["requests"] == 1000
    assert [a.name for a in bench.store.artifacts(run_id)] == ["out.jtl"]


async def test_what_a_person_rejects_fails_and_is_not_tried_again(bench: JobBench) -> None:
    run_id = await ask(bench, EDGE)
    decide(bench, run_id, is_good=False)
    await bench.until(lambda: not bench.engine.active)
    record = bench.record(run_id, "s0/a")
    assert (record.state, record.attempt) == (State.FAILED, 1)
    assert record.why == "rejected by minji: it was the backup"


async def test_a_worker_that_comes_later_waits_for_the_same_answer(bench: JobBench) -> None:
    count = bench.folder / "count"
    job = replace(EDGE, work=RunCommand(f"echo x >> {count}; {jtl(110, 80)}"))
    run_id = await ask(bench, job)
    await bench.stop_worker()
    bench.start_worker()
    await bench.engine.recover()
    decide(bench, run_id, is_good=True)
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/a").state is State.OK
    assert count.read_text() == "x\n"
    assert len(bench.events("gate.opened")) == 1


async def test_the_time_of_the_job_does_not_end_its_question(bench: JobBench) -> None:
    run_id = await ask(bench, replace(EDGE, timeout_s=1.5))
    began = bench.clock.now()
    await bench.until(lambda: (bench.clock.now() - began).total_seconds() > 2.0)
    assert bench.record(run_id, "s0/a").state is State.ASKING
    decide(bench, run_id, is_good=True)
    await bench.until(lambda: not bench.engine.active)
    assert bench.record(run_id, "s0/a").state is State.OK


SERVER = """\
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def setup(self):
        super().setup()
        self.wfile = self.connection.makefile("wb", buffering=1 << 16)
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
async def port() -> AsyncIterator[int]:
    serving = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert serving.stdout is not None
    yield int(await serving.stdout.readline())
    serving.terminate()
    await serving.wait()


@pytest.mark.real
@pytest.mark.parametrize(
    ("kind", "script"),
    [
        (LoadFormat.HEY, "hey -n 200 -c 4 http://127.0.0.1:{}/ > out.jtl"),
        (LoadFormat.WRK, "wrk -t1 -c4 -d1s --latency http://127.0.0.1:{}/ > out.jtl"),
    ],
)
async def test_the_tools_themselves(
    bench: JobBench, port: int, kind: LoadFormat, script: str
) -> None:
    if shutil.which(kind) is None:
        pytest.skip(f"{kind} is not installed")
    run_id = await bench.to_end((loaded(script.format(port), kind, max_p99_ms=5000),))
    record = bench.record(run_id, "s0/a")
    assert record.state is State.OK, record.why
    assert record.figures["requests"] >= 100
    assert record.figures["errors"] == 0
    assert 0 < record.figures["p50_ms"] <= record.figures["p99_ms"] <= record.figures["max_ms"]
    run_id = await bench.to_end((loaded(script.format(1), kind),), number=2)
    assert bench.record(run_id, "s0/a").state is State.FAILED


async def test_the_load_step_compares_too(bench: JobBench, port: int) -> None:
    start = (
        f"exec {sys.executable} - <<'END'\n{SERVER.replace('0), Handler', 'PORT), Handler')}\nEND"
    )
    start = start.replace(
        "import http.server, sys", "import http.server, sys, os\nPORT = int(os.environ['PORT'])"
    )
    gate = LoadGate(max_slower_ratio=50.0)
    for number in (1, 2):
        work = MeasureLoad(start, "/", 2.0, 2, gate)
        run_id = await bench.to_end((Job("a", work),), number=number)
        assert bench.record(run_id, "s0/a").state is State.OK, bench.record(run_id, "s0/a").why
    report = bench.record(run_id, "s0/a").report
    assert report is not None
    assert report.comparison is not None
    assert report.comparison.run_id == "shop-1"
    assert "block bootstrap" in report.comparison.basis
