"""How often the cause is among the first causes shown, beside simpler ways; and what it costs.

    python benchmarks/triage.py [--json] [--check] [--corpus FOLDER] [--pairs FOLDER]

The corpus is made anew by benchmarks/triage_corpus.py where no folder is given: real tools
that fail for real, split by tool into a half that the ranking was tuned on and a frozen half
that it was not. `--pairs` names a folder of logs from elsewhere (fail.log, pass.log,
groundtruth, groundtruth2). A hit is a cause whose own line holds it; `block` counts causes
whose block does. `--check` ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from devops_tui.bootstrap.triage import make_ranking
from devops_tui.domain.incident import Cause
from devops_tui.triage.ranking import LogRanking

TOP = 5
BAR_MS_PER_MB = 150.0
BARS_FROZEN = {1: 0.80, 3: 0.90, 5: 0.95}
BAR_NO_SUCCESS = 0.85
BAR_WRONG_SUCCESS = 0.12

_WORDS = re.compile(r"error|fail|exception|fatal|panic|denied|refused|cannot|not found")
_FRAME = re.compile(r"^\s*(?:at |\.\.\. \d+ more|File \")")
_STAMP = re.compile(r"^.*?\d\d:\d\d:\d\d[.\d]*Z? ?")


@dataclass(frozen=True, slots=True)
class Example:
    """A failing log, its successes, and the lines that hold the cause, as editors count."""

    name: str
    data: bytes
    successes: tuple[bytes, ...]
    truth: frozenset[int]


Way = Callable[[Example, Sequence[bytes]], list[tuple[int, int, int]]]
"""Gives line, first and last line of the best causes."""


def lines_of(data: bytes) -> list[str]:
    """As editors split them."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def own_examples(folder: Path) -> list[Example]:
    """Those of one half of the corpus."""
    return [
        Example(
            place.name,
            (place / "fail.log").read_bytes(),
            tuple(file.read_bytes() for file in sorted(place.glob("pass*.log"))),
            frozenset(json.loads((place / "cause.json").read_text())),
        )
        for place in sorted(folder.iterdir())
    ]


def pairs(folder: Path) -> list[Example]:
    """Logs that two people marked: the lines that both took for the cause."""
    found = []
    for place in sorted(folder.iterdir()):
        if not (place / "groundtruth").exists():
            continue
        data = (place / "fail.log").read_bytes()
        lines = lines_of(data)
        both = _marked(place / "groundtruth") & _marked(place / "groundtruth2")
        truth = frozenset(n for n in both if n <= len(lines) and _tells(lines[n - 1]))
        found.append(Example(place.name, data, ((place / "pass.log").read_bytes(),), truth))
    return found


def _tells(line: str) -> bool:
    bare = _STAMP.sub("", line)
    return bool(bare.strip()) and not _FRAME.match(bare)


def _marked(file: Path) -> set[int]:
    marked: set[int] = set()
    for line in file.read_text("utf-8").split("\n")[1:]:
        kind, _, span = line.partition(" ")
        if kind == "E":
            first, _, last = span.strip().partition("-")
            marked.update(range(int(first), int(last or first) + 1))
    return marked


def ranked(ranking: LogRanking) -> Way:
    """The product's way."""

    def way(example: Example, successes: Sequence[bytes]) -> list[tuple[int, int, int]]:
        known = [ranking.hash_log(data) for data in successes]
        causes: Sequence[Cause] = ranking.rank_stream([example.data], known, TOP)
        return [(c.line, c.first, c.last) for c in causes]

    return way


def grep(example: Example, _: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """The last lines with a word that tells of failure."""
    lines = lines_of(example.data)
    hits = [n for n, line in enumerate(lines, 1) if _WORDS.search(line.lower())]
    return [(n, n, n) for n in reversed(hits[-TOP:])]


def last_lines(example: Example, _: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """The last ten lines, the last first; all ten count as the fifth."""
    lines = [n for n, line in enumerate(lines_of(example.data), 1) if line.strip()][-10:]
    return [(n, n, n) for n in reversed(lines)][:TOP]


def difference(example: Example, successes: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """The first lines that the longest common subsequence with a success leaves over."""
    if not successes or len(example.data) > 300_000:
        return []
    old, new = lines_of(successes[-1]), lines_of(example.data)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    left = [
        n + 1
        for tag, _, _, first, end in matcher.get_opcodes()
        if tag != "equal"
        for n in range(first, end)
    ]
    return [(n, n, n) for n in left[:TOP]]


def measure(examples: Sequence[Example], way: Way, successes: str = "own") -> dict[str, float]:
    """Shares of hits by line and by block among the first 1, 3, 5."""
    found: dict[str, float] = {}
    places = []
    for number, example in enumerate(examples):
        other = examples[(number + len(examples) // 2) % len(examples)]
        given = {"own": example.successes, "none": (), "wrong": other.successes}[successes]
        shown = way(example, given)
        line = next((i for i, (n, _, _) in enumerate(shown) if n in example.truth), TOP)
        block = next(
            (i for i, (_, a, b) in enumerate(shown) if any(a <= n <= b for n in example.truth)),
            TOP,
        )
        places.append((line, block))
    for top in (1, 3, 5):
        found[f"line@{top}"] = sum(line < top for line, _ in places) / len(places)
        found[f"block@{top}"] = sum(block < top for _, block in places) / len(places)
    return found


def cost(ranking: LogRanking, examples: Sequence[Example]) -> float:
    """CPU milliseconds a megabyte, warm, of ranking against known successes."""
    known = [[ranking.hash_log(data) for data in e.successes] for e in examples]
    size = sum(len(e.data) for e in examples) / 1e6
    began = time.process_time()
    for example, hashes in zip(examples, known, strict=True):
        ranking.rank(example.data, hashes)
    return (time.process_time() - began) * 1000 / size


def report(halves: dict[str, list[Example]]) -> dict[str, dict[str, float]]:
    """All figures by "set / way / successes"."""
    ranking = make_ranking()
    rows: dict[str, dict[str, float]] = {}
    for name, examples in halves.items():
        for successes in ("own", "none", "wrong"):
            rows[f"{name} / ranked / {successes}"] = measure(examples, ranked(ranking), successes)
        for way in (grep, difference, last_lines):
            rows[f"{name} / {way.__name__} / own"] = measure(examples, way)
        rows[f"{name} / ms per MB"] = {"cpu": cost(ranking, examples)}
    return rows


def missed(rows: dict[str, dict[str, float]]) -> Iterator[str]:
    """Which bars are missed."""
    own = rows["frozen / ranked / own"]
    for top, bar in BARS_FROZEN.items():
        if own[f"line@{top}"] < bar:
            yield f"frozen half, first {top}: {own[f'line@{top}']:.0%} of {bar:.0%}"
    if rows["frozen / ranked / none"]["line@5"] < BAR_NO_SUCCESS:
        yield "frozen half without a success"
    if own["line@5"] - rows["frozen / ranked / wrong"]["line@5"] > BAR_WRONG_SUCCESS:
        yield "a success of the wrong project costs too much"
    for name, row in rows.items():
        if name.startswith("pairs") and row.get("cpu", 0) > BAR_MS_PER_MB:
            yield f"{name}: {row['cpu']:.0f}"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--corpus", type=Path, help="made by triage_corpus.py")
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--half", choices=("tuning", "frozen", "both"), default="both")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = words.corpus or Path(made)
        if words.corpus is None:
            maker = Path(__file__).with_name("triage_corpus.py")
            subprocess.run([sys.executable, str(maker), made], check=True, stdout=sys.stderr)
        names = ("tuning", "frozen") if words.half == "both" else (words.half,)
        sets = {name: own_examples(folder / name) for name in names}
    if words.pairs:
        sets["pairs"] = pairs(words.pairs)
    rows = report(sets)
    if words.json:
        print(json.dumps({"logs": {n: len(e) for n, e in sets.items()}, "figures": rows}))
    else:
        for name, examples in sets.items():
            print(f"{name}: {len(examples)} logs")
        for name, row in rows.items():
            told = "  ".join(
                f"{k} {v:.0f}" if k == "cpu" else f"{k} {v:4.0%}" for k, v in row.items()
            )
            print(f"{name:34} {told}")
    if not words.check:
        return 0
    misses = list(missed(rows))
    for miss in misses:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
