"""`service up`, `down` and `keep`: what is asked of the worker, and what is refused before."""

from __future__ import annotations

import pytest
from support.worker_double import WorkerDouble

from devops_tui.__main__ import main
from devops_tui.domain.audit import Verb

Printed = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("words", "verb", "args"),
    [
        (["up", "shop"], Verb.SERVICE_UP, {"colour": "", "artifact": ""}),
        (
            ["up", "shop", "green", "--artifact", "3fa94c", "--batch", "1", "--batch", "5"],
            Verb.SERVICE_UP,
            {"colour": "green", "artifact": "3fa94c", "batches": [1, 5]},
        ),
    ],
    ids=["what it held", "a file in batches"],
)
def test_a_colour_is_brought_up(
    words: list[str], verb: Verb, args: dict[str, object], worker_double: WorkerDouble
) -> None:
    worker_double.answer = lambda store, request: {"run_id": "shop-1"}
    assert main(["service", *words, "--why", "again"]) == 0
    (wish,) = worker_double.seen
    assert (wish.verb, wish.subject, wish.why, wish.args) == (verb, "shop", "again", args)


def test_a_batch_has_a_host_at_least(worker_double: WorkerDouble, capsys: Printed) -> None:
    assert main(["service", "up", "shop", "--batch", "0"]) == 2
    assert "--batch is 1 at least" in capsys.readouterr().err
    assert worker_double.seen == []


def test_what_nobody_can_stop_is_not_asked_for(
    worker_double: WorkerDouble, capsys: Printed
) -> None:
    assert main(["service", "down", "shop", "--why", "old", "--confirm", "shop"]) == 4
    assert "nothing says how a colour of shop is stopped" in capsys.readouterr().err
    assert worker_double.seen == []


def test_a_colour_is_kept_for_a_time(worker_double: WorkerDouble, capsys: Printed) -> None:
    worker_double.answer = lambda store, request: {"warm_until": "2026-03-02T13:30:00+00:00"}
    assert main(["service", "keep", "shop", "--for", "4h"]) == 0
    assert "kept: shop has its colour before warm until 2026-03-02" in capsys.readouterr().out
    assert worker_double.seen[0].args == {"seconds": 14400.0}
    assert main(["service", "keep", "shop", "--for", "a while"]) == 2
    assert "Write it like 30m" in capsys.readouterr().err
