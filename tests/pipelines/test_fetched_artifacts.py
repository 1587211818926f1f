"""Files that jobs fetch: verified, recorded, the same again; and where artifacts come from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.git_repo import GitRepo
from support.job_bench import JobBench, command

from devops_tui.domain.artifact import Fetch, Holding
from devops_tui.domain.ids import Digest, RunId
from devops_tui.domain.pipeline import Job, State
from devops_tui.services import pipelines


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[JobBench]:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("first", source="hello\n")
    bench = JobBench(tmp_path, repo)
    yield bench
    await bench.close()


def build(text: str = "built") -> Job:
    script = f"mkdir -p dist; echo {text} > dist/app"
    return replace(command("build", script), artifacts=("dist/app",))


def fetching(script: str, *wanted: Fetch, artifacts: tuple[str, ...] = ()) -> Job:
    return replace(command("use", script), fetch=wanted, artifacts=artifacts)


async def run_of(bench: JobBench, name: str, *stages: tuple[Job, ...], number: int = 1) -> RunId:
    run_id = bench.add(*stages, name=name, number=number)
    await bench.engine.submit(run_id)
    await bench.until(lambda: not bench.engine.active)
    return run_id


async def test_an_artifact_tells_where_it_comes_from(bench: JobBench) -> None:
    run_id = await bench.to_end((build(),))
    (artifact,) = bench.store.artifacts(run_id)
    run = bench.store.run(run_id)
    assert run.plan.commit is not None
    assert artifact.commit == run.plan.commit.id
    assert (artifact.plan_hash, artifact.attempt, artifact.worker) == (run.plan.hash, 1, "bench")
    assert (artifact.built_by, artifact.job_id, artifact.inputs) == (run_id, "s0/build", ())


async def test_an_artifact_names_what_it_may_be_made_of(bench: JobBench) -> None:
    pack = replace(command("pack", "cat dist/app dist/app > twice"), artifacts=("twice",))
    run_id = await bench.to_end((build(),), (pack,))
    made, given = bench.store.artifacts(run_id)[::-1]
    assert (made.name, given.name) == ("twice", "dist/app")
    assert made.inputs == (given.digest,)


async def test_an_artifact_of_an_earlier_stage_is_put_where_it_is_wanted(bench: JobBench) -> None:
    use = fetching("cat bin/app copy", Fetch("app", "bin/"), Fetch("dist/app", "copy"))
    run_id = await bench.to_end((build(),), (use,))
    record = bench.record(run_id, "s1/use")
    assert record.state is State.OK, record.why
    assert bench.log(run_id, "s1/use") == b"built\nbuilt\n"
    digest = bench.store.artifacts(run_id)[0].digest
    assert [(i.path, i.digest, i.run_id) for i in record.inputs] == [
        ("bin/app", digest, run_id),
        ("copy", digest, run_id),
    ]


async def test_the_newest_success_of_another_pipeline_is_fetched(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),), number=1)
    newest = await run_of(bench, "lib", (build("two"),), number=2)
    broken = replace(build("three"), name="build")
    await run_of(bench, "lib", (broken,), (command("bad", "exit 1"),), number=3)
    wanted = Fetch("app", "lib/", "lib")
    run_id = await bench.to_end((fetching("cat lib/app > out", wanted, artifacts=("out",)),))
    record = bench.record(run_id, "s0/use")
    assert record.state is State.OK, record.why
    (item,) = record.inputs
    assert (item.run_id, item.pipeline, item.path) == (newest, "lib", "lib/app")
    (made,) = bench.store.artifacts(run_id)
    assert made.digest == item.digest, "the same bytes have the same digest"
    assert made.inputs == (), "nothing is made of itself"


async def test_a_rerun_takes_the_same_file_whatever_was_built_since(bench: JobBench) -> None:
    first = await run_of(bench, "lib", (build("one"),), number=1)
    use = fetching("cat lib/app", Fetch("app", "lib/", "lib"))
    run_id = await bench.to_end((use,))
    await run_of(bench, "lib", (build("two"),), number=2)
    assert bench.store.next_run_number("shop") == 1  # the bench gives numbers by itself
    again_id = pipelines.rerun(bench.store, bench.clock, run_id, "all").id
    await bench.engine.submit(again_id)
    await bench.until(lambda: not bench.engine.active)
    assert bench.log(again_id, "s0/use") == b"one\n"
    assert bench.record(again_id, "s0/use").inputs[0].run_id == first


async def test_a_second_attempt_takes_what_the_first_one_took(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),))
    use = replace(
        fetching("cat lib/app; exit 1", Fetch("app", "lib/", "lib")),
        retries=1,
    )
    run_id = await bench.to_end((use,))
    record = bench.record(run_id, "s0/use")
    assert (record.attempt, record.state) == (2, State.FAILED)
    assert len(record.inputs) == 1
    assert bench.log(run_id, "s0/use", attempt=2) == b"one\n"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Fetch("none"), "no stage before built none in shop-1. What it has: dist/app."),
        (Fetch("app", pipeline="lib"), ""),
        (Fetch("other", pipeline="lib"), "no run of lib that ended well has other"),
        (Fetch("app", "../out"), "would lie outside of the checkout"),
        (Fetch("app", "/etc/"), "would lie outside of the checkout"),
    ],
)
async def test_what_cannot_be_fetched_fails_the_job_in_words(
    bench: JobBench, wanted: Fetch, why: str
) -> None:
    run_id = await bench.to_end((build(),), (fetching("true", wanted),))
    record = bench.record(run_id, "s1/use")
    assert (record.state is State.OK) == (not why), record.why
    assert why in record.why


async def test_a_fetched_file_that_changed_or_is_gone_fails_the_job(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),))
    place = bench.repository.location(bench.store.artifacts(RunId("lib-1"))[0].digest)
    place.chmod(0o600)
    place.write_bytes(b"evil")
    use = fetching("cat lib/app", Fetch("app", "lib/", "lib"))
    run_id = await bench.to_end((use,), number=1)
    assert "changed on disk" in bench.record(run_id, "s0/use").why
    place.unlink()
    run_id = await bench.to_end((use,), number=2)
    assert "is not in" in bench.record(run_id, "s0/use").why
    assert bench.log(run_id, "s0/use") == b""


async def test_a_pruned_file_says_when_and_why_it_went(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),))
    digest = bench.store.artifacts(RunId("lib-1"))[0].digest
    assert await bench.shelf.prune(digest, "older than 90d") == 4
    assert await bench.shelf.prune(digest, "older than 90d") == 0
    run_id = await bench.to_end((fetching("true", Fetch("app", "", "lib")),))
    why = bench.record(run_id, "s0/use").why
    assert "was pruned on" in why
    assert "by retention: older than 90d" in why


async def test_building_the_same_bytes_again_heals_a_pruned_file(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),))
    digest = bench.store.artifacts(RunId("lib-1"))[0].digest
    await bench.shelf.prune(digest, "older than 90d")
    await run_of(bench, "lib", (build("one"),), number=2)
    assert bench.store.holding(digest).pruned_at is None
    assert (await bench.shelf.file(digest)).read_bytes() == b"one\n"


async def test_a_pinned_file_is_not_pruned(bench: JobBench) -> None:
    await run_of(bench, "lib", (build("one"),))
    digest = Digest(bench.store.artifacts(RunId("lib-1"))[0].digest)
    bench.store.save_holding(Holding(digest, pinned_at=bench.clock.now(), pinned_by="jun"))
    assert await bench.shelf.prune(digest, "older than 90d") == 0
    assert (await bench.shelf.file(digest)).read_bytes() == b"one\n"


async def test_a_link_in_the_checkout_leads_no_fetched_file_out_of_it(bench: JobBench) -> None:
    outside = bench.folder / "outside"
    outside.mkdir()
    (bench.folder / "repo" / "bin").symlink_to(outside)
    bench.repo.git("add", "bin")
    bench.repo.git("commit", "-qm", "a link")
    run_id = await bench.to_end((build(),), (fetching("true", Fetch("app", "bin/")),))
    assert "through a link" in bench.record(run_id, "s1/use").why
    assert list(outside.iterdir()) == []
