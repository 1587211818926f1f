"""The demo's repositories: real history, real tests, the same commit gives the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from devops_tui.demo import sources
from devops_tui.demo.plan import WorldPlan


@pytest.fixture
def plan(tmp_path: Path) -> WorldPlan:
    return WorldPlan(tmp_path, "embedded", 0, {}, {})


def checkout(plan: WorldPlan, name: str, commit: str) -> Path:
    folder = plan.folder / f"checkout-{commit[:7]}-{len(list(plan.folder.iterdir()))}"
    sources.git(["clone", "--quiet", str(plan.repository(name)), str(folder)], plan.folder)
    sources.git(["checkout", "--quiet", "--detach", commit], folder)
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def build(folder: Path) -> str:
    built = python(folder, "build.py")
    assert built.returncode == 0, built.stderr
    (archive,) = (folder / "dist").iterdir()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert f"sha256:{digest}" in built.stdout
    return digest


def test_the_same_commit_gives_the_same_digest(plan: WorldPlan) -> None:
    first = sources.make_repository(plan, "shop", sources.SHOP)
    second = sources.push_commit(plan, "shop", sources.SHOP_NEXT)
    digests = [build(checkout(plan, "shop", commit)) for commit in (first, first, second, second)]
    assert digests[0] == digests[1]
    assert digests[2] == digests[3]
    assert digests[0] != digests[2]


def test_billing_builds_the_same_bytes_too(plan: WorldPlan) -> None:
    commit = sources.make_repository(plan, "billing", sources.BILLING)
    assert len({build(checkout(plan, "billing", commit)) for _ in range(2)}) == 1


def test_the_history_is_one_that_people_could_have_made(plan: WorldPlan) -> None:
    sources.make_repository(plan, "shop", sources.SHOP)
    sources.push_commit(plan, "shop", sources.SHOP_NEXT)
    log = sources.git(["log", "--format=%an %s%d"], plan.repository("shop")).splitlines()
    assert log[0] == "sora SHOP-7 cart: round totals half up (HEAD -> main)"
    assert log[1] == "sora shop: version 1.4.1 (tag: v1.4.1)"
    assert len(log) == 4


def test_pushing_the_same_commit_again_changes_nothing(plan: WorldPlan) -> None:
    sources.make_repository(plan, "billing", sources.BILLING)
    first = sources.push_commit(plan, "billing", sources.BILLING_NEXT)
    assert sources.push_commit(plan, "billing", sources.BILLING_NEXT) == first


def test_the_tests_of_the_shop_pass_and_the_archive_serves(plan: WorldPlan) -> None:
    sources.make_repository(plan, "shop", sources.SHOP)
    folder = checkout(plan, "shop", sources.push_commit(plan, "shop", sources.SHOP_NEXT))
    build(folder)
    assert python(folder, "dist/shop.pyz", "--version").stdout == "1.4.2\n"
    for tests in ("tests/unit", "tests/integration"):
        ran = python(folder, "-m", "unittest", "discover", "-s", tests)
        assert ran.returncode == 0, ran.stderr


def test_the_new_test_of_the_shop_fails_on_the_old_rounding(plan: WorldPlan) -> None:
    sources.make_repository(plan, "shop", sources.SHOP)
    folder = checkout(plan, "shop", sources.push_commit(plan, "shop", sources.SHOP_NEXT))
    sources.git(["checkout", "--quiet", "v1.4.1", "--", "shop/money.py"], folder)
    ran = python(folder, "-m", "unittest", "discover", "-s", "tests/unit")
    assert ran.returncode == 1
    assert "Decimal('22.65') != Decimal('22.66')" in ran.stderr


def test_billing_passes_first_and_then_really_fails(plan: WorldPlan) -> None:
    good = sources.make_repository(plan, "billing", sources.BILLING)
    bad = sources.push_commit(plan, "billing", sources.BILLING_NEXT)
    arguments = ("-m", "unittest", "discover", "-s", "tests")
    assert python(checkout(plan, "billing", good), *arguments).returncode == 0
    failed = python(checkout(plan, "billing", bad), *arguments)
    assert failed.returncode == 1
    assert "AssertionError: Decimal('11.30') != Decimal('11.31')" in failed.stderr
