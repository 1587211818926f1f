"""The same fault with other ids, paths and times has the same name; another one has not."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import pytest

from devops_tui.triage.fingerprint import core
from devops_tui.triage.ranking import LogRanking

RANKING = LogRanking()
FAULTS = """
AssertionError: Decimal('{num}.30') != Decimal('{num}.31') in {path}/tax.py
AssertionError: cart {id} is empty
KeyError: 'tax'
KeyError: 'net'
{path}/cart.py:{num}: error: Incompatible return value type
{path}/main.c:{num}:{num}: error: expected ';' before 'return'
{path}/main.c:{num}:{num}: error: unknown type name 'size'
error[E0308]: mismatched types
error[E0382]: use of moved value: `v`
src/cart.ts({num},{num}): error TS2322: Type 'string' is not assignable
src/cart.ts({num},{num}): error TS2304: Cannot find name 'total'
curl: (7) Failed to connect to {ip} port {num} after {num} ms: Connection refused
curl: (22) The requested URL returned error: 404
curl: (22) The requested URL returned error: 503
HTTP 502 from http://{host}/health at {time}
HTTP 504 from http://{host}/health at {time}
dial tcp {ip}:{num}: connect: connection refused
read tcp {ip}:{num}: read: connection reset by peer
ssh: connect to host {host} port 22: Connection timed out
ssh: connect to host {host} port 22: No route to host
{time} FATAL: could not open {path}/state.db
{time} FATAL: could not lock {path}/state.db
Timed out after {span} waiting for {host}
tar: {path}/big.bin: Cannot write: No space left on device
cp: cannot stat '{path}/app.jar': No such file or directory
cp: cannot stat '{path}/conf.yaml': No such file or directory
pod shop-{pod} is in CrashLoopBackOff
pod tax-{pod} is in CrashLoopBackOff
Killed process {num} (java) total-vm:{num}kB
Killed process {num} (node) total-vm:{num}kB
fatal: reference is not a tree: {sha}
error: object file .git/objects/{sha} is empty
request {uuid} failed: quota exceeded
request {uuid} failed: not authorised
worker{num} lost its lease on shard {num}
worker{num} found shard {num} damaged
could not lease {host}: pool is empty ({num} of {num})
ERROR: duplicate key value violates unique constraint "orders_pkey"
ERROR: duplicate key value violates unique constraint "users_pkey"
panic: runtime error: index out of range [{num}] with length {num}
panic: runtime error: invalid memory address
java.lang.NullPointerException: customer {num} at 0x{sha}
OSError: [Errno 98] Address already in use: ('{ip}', {num})
OSError: [Errno 28] No space left on device: '{path}/out.bin'
checksum of artifact-{sha} differs
lock held by run-{num} since {time}
expired {span} ago: certificate of {host}
""".strip().split("\n")


def _filled(fault: str, choice: random.Random) -> str:
    def hexes(count: int) -> str:
        return "".join(choice.choices("0123456789abcdef", k=count))

    def word(count: int) -> str:
        return "".join(choice.choices("abcdefghijklmnop", k=count))

    clock = f"{choice.randrange(24):02}:{choice.randrange(60):02}:{choice.randrange(60):02}"
    day = f"20{choice.randrange(20, 30)}-{choice.randrange(1, 13):02}-{choice.randrange(1, 29):02}"
    times = [f"{day}T{clock}Z", f"{day} {clock},{choice.randrange(999)}"]
    values: dict[str, Callable[[], str]] = {
        "num": lambda: str(choice.randrange(1, 99_999)),
        "id": lambda: f"{hexes(7)}{choice.randrange(10)}a",
        "ip": lambda: ".".join(str(choice.randrange(256)) for _ in range(4)),
        "host": lambda: f"web-{choice.randrange(1, 400)}",
        "path": lambda: "/" + "/".join(word(choice.randrange(3, 9)) for _ in range(3)),
        "time": lambda: choice.choice(times),
        "span": lambda: choice.choice(["42 s", "300 s", "7 s"]),
        "pod": lambda: f"{hexes(4)}7a{hexes(3)}-{word(1)}{choice.randrange(10)}{word(1)}4{word(1)}",
        "sha": lambda: f"7{hexes(37)}a1",
        "uuid": lambda: f"{hexes(8)}-{hexes(4)}-{hexes(4)}-{hexes(4)}-{hexes(12)}",
    }
    for name, make in values.items():
        while "{" + name + "}" in fault:
            fault = fault.replace("{" + name + "}", make(), 1)
    return fault


@pytest.mark.parametrize("seed", range(5))
def test_repeats_are_known_and_others_are_not_taken_for_them(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - the same faults each time, no secret
    told = [[core(_filled(fault, choice)) for _ in range(20)] for fault in FAULTS]
    repeats = sum(len(names) - 1 for names in told)
    known = sum(name == names[0] for names in told for name in names[1:])
    assert known / repeats >= 0.95, [n for n in told if len(set(n)) > 1]
    pairs = list(combinations(told, 2))
    merged = [(a[0], b[0]) for a, b in pairs if set(a) & set(b)]
    assert len(merged) / len(pairs) <= 0.01, merged


def test_a_whole_log_of_the_same_fault_has_the_same_name() -> None:
    choice = random.Random(7)  # noqa: S311 - as above
    names = set()
    for _ in range(10):
        log = "\n".join(
            [
                _filled("{time} INFO fetched {sha} in {num} ms", choice),
                "Traceback (most recent call last):",
                _filled('  File "{path}/load.py", line {num}, in load', choice),
                _filled("ConnectionError: {host} closed the connection {uuid}", choice),
                _filled("{time} INFO cleaned {num} files", choice),
            ]
        )
        names.add(RANKING.fingerprint("shop", "build", RANKING.rank(log.encode(), [])))
    assert len(names) == 1
