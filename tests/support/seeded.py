"""A workspace with a history of one morning, seeded into a real store."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devops_tui import __version__
from devops_tui.bootstrap.paths import paths_of
from devops_tui.config.digest import digest
from devops_tui.config.load import load
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.board import Card, CardKind, Column, Comment
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import (
    THIS_MACHINE,
    CardId,
    FlipId,
    HostName,
    IncidentId,
    JobId,
    RunId,
    ServiceName,
    WorkerId,
)  # fmt: skip
from devops_tui.domain.incident import Cause, Incident, IncidentState
from devops_tui.domain.metric import Sample
from devops_tui.domain.pipeline import Commit, JobRun, LogChunk, Plan, Run, State
from devops_tui.domain.traffic import Balancer, Colour, ServerHealth, ServiceStatus
from devops_tui.stores.sqlite.frames import SqliteFrames
from devops_tui.stores.sqlite.store import SqliteStore
from support.worker_double import NOW

CONFIG = """
name: shop
team:
  - {name: jun, roles: [scrum_master]}
  - {name: minji, roles: [product_owner]}
board: {in_work: {limit: 1}, planned: {limit: 4}, prefix: SHOP}
hosts: {web-1: , web-2: , lb-1: }
environments: {production: }
services:
  shop:
    environment: production
    colours: {blue: {hosts: web-1, port: 8080}, green: {hosts: web-2, port: 8080}}
    switch: {haproxy: {hosts: lb-1, socket: /run/haproxy.sock, map: /etc/haproxy/colour.map}}
    up: start
pipelines:
  shop:
    source: {git: "git@example.org:shop.git"}
    stages:
      - code: {run: git show}
      - test: {unit: {run: make test}, lint: {run: make lint}}
"""

HOSTILE = "[@click=app.quit]x[/] \x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil"
RUN = RunId("shop-2")
NEVER_OLD = datetime(9000, 1, 1, tzinfo=UTC)
"""The heartbeat of the worker's double: nobody shall start a real one, in no process."""


def ago(minutes: float) -> datetime:
    """A time before the frozen now."""
    return NOW - timedelta(minutes=minutes)


def seed(folder: Path) -> SqliteStore:
    """Writes devops.yaml and the store of its history; the store is open."""
    config = folder / "devops.yaml"
    config.write_text(CONFIG)
    paths = paths_of(config)
    store = SqliteStore.open(paths.store)
    workspace = load(config)
    store.save_workspace(workspace, (), digest(config))
    store.save_worker(
        Worker(
            WorkerId("double"), socket.gethostname(), os.getpid(), __version__,
            WorkerState.WORKING, ago(60), NEVER_OLD,
        )
    )  # fmt: skip
    plan = workspace.pipelines["shop"]
    _runs(store, Plan("shop", plan.stages, Commit("4be1d2a90", HOSTILE, "minji", ago(50))))
    _board(store)
    _traffic(store)
    _trouble(store)
    frames = SqliteFrames(paths.metrics)
    frames.save_frames([_frame(name, 0.1 * i) for i, name in enumerate(workspace.hosts, 1)])
    frames.close()
    return store


def _runs(store: SqliteStore, plan: Plan) -> None:
    for number, state in ((1, State.OK), (2, State.FAILED)):
        run_id = RunId(f"shop-{number}")
        began = ago(40 / number)
        run = Run(
            run_id, number, plan, state, began, "jun", started_at=began,
            ended_at=began + timedelta(seconds=90), trigger="source",
        )  # fmt: skip
        store.add_run(run)
        for job in plan.job_ids:
            is_bad = state is State.FAILED and job == "test/unit"
            store.save_job(
                JobRun(
                    run_id, job, State.FAILED if is_bad else State.OK,
                    started_at=began, ended_at=began + timedelta(seconds=30),
                    why="exit code 2" if is_bad else "", exit_code=2 if is_bad else 0,
                ),
                State.WAITING,
            )  # fmt: skip
    data = f"collecting\n{HOSTILE}\nError: no voucher".encode() + b" \xff\n"
    store.append_log(
        [
            LogChunk(RUN, JobId("test/lint"), 1, HostName("web-1"), 0, b"clean\n", ago(19)),
            LogChunk(RUN, JobId("test/unit"), 1, THIS_MACHINE, 0, data[:9], ago(19)),
            LogChunk(RUN, JobId("test/unit"), 1, THIS_MACHINE, 9, data[9:] + b"no end", ago(19)),
        ]
    )


def _board(store: SqliteStore) -> None:
    for number, column, title in (
        (1, Column.IN_WORK, "Vouchers"),
        (2, Column.PLANNED, "Faster basket"),
        (3, Column.BACKLOG, HOSTILE),
    ):
        store.next_card_number()
        store.add_card(
            Card(
                CardId(f"SHOP-{number}"), title, CardKind.FEATURE, column, float(number), 1,
                ago(5000), ago(3000), text=f"Because.\n{HOSTILE}", assignee="jun",
                comments=(Comment(ago(100), "minji", HOSTILE),),
            )
        )  # fmt: skip


def _traffic(store: SqliteStore) -> None:
    health = [
        ServerHealth(HostName(host), colour, True, version, 3.2, at=NOW)
        for host, colour, version in (
            ("web-1", Colour.BLUE, "1.4"),
            ("web-2", Colour.GREEN, "1.5"),
        )
    ]
    store.save_service(
        ServiceStatus(
            ServiceName("shop"), Colour.BLUE, 3, tuple(health),
            (Balancer(HostName("lb-1"), Colour.BLUE, at=NOW),), last_flip=FlipId("flip-3"),
            versions={"blue": "1.4", "green": "1.5"}, observed_at=NOW,
        )
    )  # fmt: skip


def _trouble(store: SqliteStore) -> None:
    cause = Cause(3, f"Error: no voucher {HOSTILE}", 0.8, ("error line",), 2, 4)
    store.add_incident(
        Incident(
            IncidentId("INC-1"), "f1", "test/unit of shop failed", IncidentState.OPEN, ago(19),
            ago(19), run_id=RUN, job_id=JobId("test/unit"), card_id=CardId("SHOP-3"),
            causes=(cause,), why="exit code 2",
        )
    )  # fmt: skip
    store.append(Event("run.created", RUN, ago(20), "source"))
    store.append(Event("card.moved", "SHOP-1", ago(10), "jun", HOSTILE, {"to": "InWork"}))


def _frame(name: str, cpu: float) -> Frame:
    sample = Sample(
        86_400.0, cpu, 0.5, 0.4, 4, iowait_ratio=0.01, mem_total_bytes=8 << 30,
        disk_used_ratio=0.4, disk_used_mount="/", net_in_bytes_s=1200.0, net_out_bytes_s=800.0,
    )  # fmt: skip
    return Frame(HostName(name), LinkState.LIVE, NOW, sample, (0.1, 0.2, cpu))
