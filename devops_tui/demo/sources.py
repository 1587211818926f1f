"""The demo's git repositories: real ones, with a history and a commit kept for later.

Each folder below `repositories/<name>/` is one commit that lays its files over the one
before; the suffix .txt keeps these files out of this package's own code.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from devops_tui.demo.plan import WorldPlan
from devops_tui.domain.errors import CommandFailed


@dataclass(frozen=True, slots=True)
class PlannedCommit:
    """One commit to make.

    Attributes:
        folder: Its files, below `repositories/<name>/`.
        age: How long before now it was made.
    """

    folder: str
    subject: str
    author: str
    age: timedelta
    tag: str = ""


SHOP = (
    PlannedCommit("1-start", "shop: a catalogue, a cart and a service", "sora", timedelta(days=9)),
    PlannedCommit("2-discounts", "SHOP-1 cart: discounts in percent", "jun", timedelta(days=6)),
    PlannedCommit("3-v1.4.1", "shop: version 1.4.1", "sora", timedelta(days=3), "v1.4.1"),
)
SHOP_NEXT = PlannedCommit("4-rounding", "SHOP-7 cart: round totals half up", "sora", timedelta())
BILLING = (
    PlannedCommit("1-start", "billing: invoices, tax, instalments", "jun", timedelta(days=8)),
)
BILLING_NEXT = PlannedCommit(
    "2-rounding", "billing: round to the even cent, as the ledger does", "jun", timedelta()
)


def make_repository(
    plan: WorldPlan, name: str, commits: Sequence[PlannedCommit], branch: str = "main"
) -> str:
    """Makes a bare repository and a clone of it; returns the id of the last commit.

    Args:
        plan: Where they lie.
        name: Of the repository, and of its commits' folder.
        commits: Its history.
        branch: Where the history is pushed to. Work goes on in `main`, which comes into
            being by the next push when the history was pushed elsewhere.

    Raises:
        CommandFailed: git is missing or said no.
    """
    bare, clone = plan.repository(name), plan.source(name)
    bare.parent.mkdir(parents=True, exist_ok=True)
    clone.parent.mkdir(parents=True, exist_ok=True)
    git(["init", "--quiet", "--bare", "--initial-branch=main", str(bare)], plan.folder)
    git(["clone", "--quiet", str(bare), str(clone)], plan.folder)
    git(["checkout", "--quiet", "-B", "main"], clone)
    for commit in commits:
        _commit(clone, name, commit)
    git(["push", "--quiet", "--tags", "origin", f"main:{branch}"], clone)
    return head(clone)


def push_commit(plan: WorldPlan, name: str, commit: PlannedCommit) -> str:
    """Commits in the clone as a developer would, pushes, returns the commit's id.

    Pushing the same commit again changes nothing.

    Raises:
        CommandFailed: git said no.
    """
    clone = plan.source(name)
    if commit.subject not in git(["log", "--format=%s"], clone).splitlines():
        _commit(clone, name, commit)
    git(["push", "--quiet", "origin", "main"], clone)
    return head(clone)


def head(clone: Path) -> str:
    """The id of the commit that a clone stands on."""
    return git(["rev-parse", "HEAD"], clone).strip()


def _commit(clone: Path, name: str, commit: PlannedCommit) -> None:
    files = resources.files("devops_tui.demo") / "repositories" / name / commit.folder
    _lay_over(files, clone)
    at = (datetime.now(UTC) - commit.age).isoformat()
    person = {"NAME": commit.author, "EMAIL": f"{commit.author}@example.com", "DATE": at}
    names = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in person.items()}
    git(["add", "--all"], clone)
    git(["commit", "--quiet", "--message", commit.subject], clone, names)
    if commit.tag:
        git(["tag", commit.tag], clone)


def _lay_over(source: Traversable, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _lay_over(entry, target / entry.name)
        elif entry.name.endswith(".txt"):
            (target / entry.name.removesuffix(".txt")).write_bytes(entry.read_bytes())


def git(arguments: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Runs git without the user's own configuration; returns what it printed.

    Raises:
        CommandFailed: It is not installed (127) or ended badly; the hint is its complaint.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    try:
        ended = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the user's own git, wherever it is
            cwd=folder,
            env={**kept, **alone, "GIT_TERMINAL_PROMPT": "0", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        raise CommandFailed("there is no git here", 127, "Install git, then start again.") from None
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "replace").strip()
        raise CommandFailed(f"git {arguments[0]} failed", ended.returncode, said)
    return ended.stdout.decode("utf-8", "replace")
