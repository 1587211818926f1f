"""What devops.yaml says of artifacts: fetched, promoted, kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.artifact import BucketPlace, Fetch, SftpPlace
from devops_tui.domain.ids import ServiceName
from devops_tui.domain.retention import DAY_S, Retention
from devops_tui.domain.work import BringUp
from devops_tui.domain.workspace import Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]
HEAD = """
name: shop
hosts: {store-1: {}, web-1: {}}
environments: {staging: {hosts: web-1}, production: {hosts: web-1}}
"""
SHOP = """
services:
  shop:
    environment: production
    colours: {blue: {hosts: web-1, port: 1}, green: {hosts: web-1, port: 2}}
    switch: {haproxy: {hosts: web-1, socket: /s, map: /m}}
    up: start
"""


def pipelines(job: str, more: str = "") -> str:
    return f"""{HEAD}{SHOP}
pipelines:
  lib:
    stages: [{{build: {{run: make, artifacts: [dist/lib.so]}}}}]
  shop:
    stages:
      - build: {{run: make, artifacts: [dist/shop.pyz]}}
      - {job}
{more}"""


def test_fetches_are_read_in_both_forms(loaded: Loaded) -> None:
    wanted = "[shop.pyz, {artifact: lib.so, from: lib, to: lib/}]"
    workspace = loaded(pipelines(f"test: {{run: a, fetch: {wanted}}}"))
    job = workspace.pipelines["shop"].stages[1].jobs[0]
    assert job.fetch == (Fetch("shop.pyz"), Fetch("lib.so", "lib/", "lib"))


def test_a_deployment_can_ask_for_another_environment_first(loaded: Loaded) -> None:
    deploy = "deploy: {service: shop, artifact: lib.so, from: lib, after: staging}"
    work = loaded(pipelines(deploy)).pipelines["shop"].stages[1].jobs[0].work
    assert work == BringUp(ServiceName("shop"), "lib.so", "staging", "lib")


@pytest.mark.parametrize(
    ("job", "what"),
    [
        ("test: {run: a, fetch: [none.so]}", "no stage before this one stores `none.so`"),
        ("test: {run: a, fetch: [{artifact: a, from: libb}]}", "unknown pipeline `libb`"),
        ("test: {run: a, fetch: [{artifact: shop.pyz, to: ../x}]}", "lie below the checkout"),
        ("test: {run: a, fetch: ['*.pyz']}", "named by its name"),
        ("test: {run: a, hosts: web-1, fetch: [shop.pyz]}", "no checkout to fetch into"),
        ("deploy: {service: shop, artifact: shop.pyz, after: nowhere}", "unknown environment"),
        ("deploy: {service: shop, artifact: shop.pyz, after: production}", "is in `production`"),
        ("deploy: {service: shop, artifact: lib.so}", "no stage before this one stores `lib.so`"),
    ],
)
def test_mistakes_of_artifacts(mistakes: Mistakes, job: str, what: str) -> None:
    (found,) = mistakes(pipelines(job))
    assert what in found
    assert found.startswith("devops.yaml:19:")


def test_limits_that_are_not_written_have_their_defaults(loaded: Loaded) -> None:
    assert loaded(HEAD).retention == Retention()
    found = loaded(f"{HEAD}retention: {{runs: 5, artifacts: {{keep: 3}}, logs: 1d}}").retention
    assert found == Retention(runs=5, artifacts=3, logs_s=DAY_S)


def test_a_repository_elsewhere_is_one_of_two_kinds(loaded: Loaded) -> None:
    assert loaded(HEAD).artifacts is None
    there = loaded(f"{HEAD}artifacts: {{sftp: {{host: store-1, folder: /srv/a}}}}").artifacts
    assert there == SftpPlace("store-1", "/srv/a")
    s3 = "{bucket: built, endpoint: 'https://s3.example.com/', key: env:K, secret: env:S}"
    assert loaded(f"{HEAD}artifacts: {{s3: {s3}}}").artifacts == BucketPlace(
        "built", "https://s3.example.com", "", "", "env:K", "env:S"
    )


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("retention: {runs: 0}", "must be at least 1"),
        ("retention: {logs: 30}", "the unit is missing"),
        ("retention: {log: 30d}", "unknown key `log`"),
        ("artifacts: {sftp: {host: store-9, folder: /srv}}", "unknown host `store-9`"),
        ("artifacts: {sftp: {host: store-1, folder: srv}}", "no absolute path"),
        ("artifacts: {s3: {bucket: b3x, endpoint: 'http://s3.example.com'}}", "https://"),
        ("artifacts: {s3: {bucket: b3x, key: env:K}}", "go together"),
        ("artifacts: {s3: {bucket: b3x, key: AKIA1, secret: abc}}", "secret"),
    ],
)
def test_mistakes_of_where_and_how_long(mistakes: Mistakes, said: str, what: str) -> None:
    assert any(what in found for found in mistakes(f"{HEAD}{said}\n")), mistakes(f"{HEAD}{said}\n")
