"""git, called as a program, behind a local mirror of each repository.

Needs: git >= 2.30 on the PATH. Never prompts: no terminal, no askpass. Only the file,
ssh, https and git protocols are let through, so that a URL cannot name a command.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import signal
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.errors import HostUnreachable, NotFound, Refused

_PROTOCOLS = "file:ssh:https:git"
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
# up to the last @: a password may hold one, and in a URL that is no good also a slash
_CREDENTIALS = re.compile(r"//(?:[^\s'\"]*:[^\s'\"]*|[^/\s]*)@")
_TOKEN = re.compile(
    r"([?&;][^=\s&;]*(?:token|key|secret|password|auth)[^=\s&;]*=)[^&;\s'\"]+", re.IGNORECASE
)
_ALL_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_PEELED = "^{}"  # what git puts behind an annotated tag to mean its commit


class GitSources:
    """Reads git repositories; keeps a bare mirror of each below `folder`.

    Cancel: the running git and its children are ended; a mirror stays usable.

    Args:
        folder: Where the mirrors are.
        timeout_s: A git that takes longer is ended.
        mask: Takes known secrets out of what git and people's commits say.
    """

    def __init__(
        self, folder: Path, timeout_s: float = 300.0, mask: Callable[[str], str] = str
    ) -> None:
        self._folder = folder
        self._timeout_s = timeout_s
        self._mask = mask
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def head(self, url: str, branch: str) -> str:
        """The id of the branch's newest commit, asked of the repository itself.

        Raises:
            Refused: The URL or branch is not one.
            HostUnreachable: The repository could not be read.
            NotFound: It has no such branch.
        """
        _check_url(url)
        _check_branch(branch)
        ref = f"refs/heads/{branch}"
        text = await self._git("ls-remote", "--", url, ref)
        for line in text.decode("ascii", "replace").splitlines():
            commit, _, name = line.partition("\t")
            if name == ref:
                return commit
        raise NotFound(f"no branch {branch} in {_shown(url)}", "Correct `branch:` of the source.")

    async def refs(self, url: str, names: Sequence[str]) -> Mapping[str, str]:
        """Refs with the commits that they mean: one `git ls-remote`, however many names.

        Args:
            url: The repository.
            names: Whole refs, or "refs/heads/" and "refs/tags/" for all below.

        Raises:
            Refused, HostUnreachable: As `head`.
        """
        _check_url(url)
        whole = [name for name in names if not name.endswith("/")]
        kinds = {"refs/heads/": "--heads", "refs/tags/": "--tags"}
        # With a whole prefix asked for, git sorts out nothing more: that is done here.
        asked = [kinds[name] for name in names if name in kinds]
        if whole and asked:
            asked = list(dict.fromkeys([*asked, *_kinds_of(whole, kinds)]))
            whole = []
        text = await self._git("ls-remote", *asked, "--", url, *whole)
        found: dict[str, str] = {}
        for line in text.decode("utf-8", "surrogateescape").splitlines():
            commit, _, ref = line.partition("\t")
            if ref.isprintable():  # a name that is no text cannot be shown, nor configured
                found[ref.removesuffix(_PEELED)] = commit  # the peeled one follows the tag
        wanted = tuple(names)
        return {ref: c for ref, c in found.items() if _is_wanted(ref, wanted)}

    async def newest(self, url: str, commits: Sequence[str]) -> str:
        """The one of these commits that was made last.

        Raises:
            HostUnreachable, NotFound, Refused: As `checkout`.
        """
        distinct = list(dict.fromkeys(commits))
        for commit in distinct:
            _check_commit(commit)
        mirror = await self._mirror(url, distinct[0])
        where = ("--git-dir", str(mirror))
        # one that another stands on is not the last, whatever the clocks say
        what = ("merge-base", "--independent", *distinct)
        code, text, _ = await self._run(*where, *what)
        if code != 0:  # the mirror has the first, and not all of the others yet
            async with self._locks[url]:
                await self._fetch(mirror, url)
            text = await self._git(*where, *what)
        heads = text.decode("ascii").split()
        sort = ("log", "--no-walk=sorted", "-1", "--format=%H", *heads, "--")
        return (await self._git(*where, *sort)).decode("ascii").strip()

    async def is_ancestor(self, url: str, old: str, new: str) -> bool:
        """Whether `new` stands on `old`; False also when `old` is gone.

        Raises:
            HostUnreachable, NotFound, Refused: As `checkout`, of `new`.
        """
        mirror = await self._mirror(url, new)
        if not await self._has(mirror, old):
            return False
        where = ("--git-dir", str(mirror))
        code, _, _ = await self._run(*where, "merge-base", "--is-ancestor", old, new)
        return code == 0

    async def checkout(self, url: str, commit: str, folder: Path) -> None:
        """Puts the files of a commit into `folder`, as a clone with a detached head.

        Whole or not at all: a folder that exists is a finished checkout and is kept.

        Raises:
            Refused, HostUnreachable: As `head`.
            NotFound: The repository has no such commit.
        """
        if await asyncio.to_thread(folder.exists):
            return
        mirror = await self._mirror(url, commit)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        try:
            target = str(temporary / "tree")
            await self._git("clone", "-q", "--template=", "-n", "--", str(mirror), target)
            await self._git("-C", target, "checkout", "-q", "--detach", commit, "--")
            await asyncio.to_thread(_put_in_place, Path(target), folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, temporary, ignore_errors=True)

    async def commits(
        self, url: str, since: str | None, until: str, limit: int = 50
    ) -> tuple[tuple[str, str, str, datetime], ...]:
        """(id, author, subject, time) from `since` (excluded) to `until`, newest first.

        Where `since` is gone (the branch was rewritten) the newest `limit` are returned.
        """
        mirror = await self._mirror(url, until)
        if since is not None and not await self._has(mirror, since):
            since = None
        span = until if since is None else f"{since}..{until}"
        form = "--format=%H%x00%an%x00%s%x00%cI%x00"
        text = await self._git(
            "--git-dir", str(mirror), "log", "--no-color", f"-{limit}", form, span, "--"
        )
        fields = text.decode("utf-8", "replace").split("\0")
        rows = [fields[i : i + 4] for i in range(0, len(fields) - 4, 4)]
        mask = self._mask  # somebody commits a password, and says so
        return tuple((r[0].strip(), mask(r[1]), mask(r[2]), _time(r[3])) for r in rows)

    async def changed_files(
        self, url: str, commits: Sequence[str], limit: int = 50
    ) -> Mapping[str, tuple[str, ...]]:
        """Commit to the files that it changed, as far as the mirror knows; asks no network.

        Raises:
            Refused: An id is none of a commit.
            HostUnreachable: git could not read the mirror.
        """
        _check_url(url)
        mirror = self._folder / hashlib.sha256(url.encode()).hexdigest()[:20]
        if not await asyncio.to_thread((mirror / "HEAD").exists):
            return {}
        known = [c for c in commits[:limit] if await self._has(mirror, c)]
        if not known:
            return {}
        how = ("--no-color", "--no-walk=unsorted", "-m", "--first-parent", "--name-only", "-z")
        form = "--format=%x01%H"
        text = await self._git("--git-dir", str(mirror), "log", *how, form, *known, "--")
        found: dict[str, list[str]] = {}
        commit = ""
        for part in text.decode("utf-8", "replace").split("\0"):
            word = part.lstrip("\n")
            if word.startswith("\x01") and _COMMIT.fullmatch(word[1:]):
                commit = word[1:]
            elif word and commit:
                found.setdefault(commit, []).append(word)
        return {commit: tuple(paths) for commit, paths in found.items()}

    async def _mirror(self, url: str, commit: str) -> Path:
        """The mirror of `url`, which has `commit` now."""
        _check_url(url)
        _check_commit(commit)
        mirror = self._folder / hashlib.sha256(url.encode()).hexdigest()[:20]
        async with self._locks[url]:
            if not (mirror / "HEAD").exists():
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                await self._git("init", "-q", "--bare", "--template=", "--", str(mirror))
            if not await self._has(mirror, commit):
                await self._fetch(mirror, url)
            if not await self._has(mirror, commit):
                raise NotFound(f"no commit {commit[:12]} in {_shown(url)}")
        return mirror

    async def _fetch(self, mirror: Path, url: str) -> None:
        await self._git("--git-dir", str(mirror), "fetch", "-q", "--no-tags", "--", url, *_ALL_REFS)

    async def _has(self, mirror: Path, commit: str) -> bool:
        _check_commit(commit)
        code, _, _ = await self._run("--git-dir", str(mirror), "cat-file", "-e", f"{commit}^0")
        return code == 0

    async def _git(self, *args: str) -> bytes:
        code, out, err = await self._run(*args)
        if code != 0:
            lines = [x for x in err.decode("utf-8", "replace").splitlines() if x.strip()]
            fatal = [x for x in lines if x.startswith(("fatal:", "error:"))]
            last = (fatal or lines or [f"git ended with {code}"])[0]
            said = self._mask(_shown(last))
            raise HostUnreachable(f"git: {said}", "Can you read the repository by hand?")
        return out

    async def _run(self, *args: str) -> tuple[int, bytes, bytes]:
        process = await asyncio.create_subprocess_exec(
            "git",
            "-c",
            "core.hooksPath=/dev/null",
            *args,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # no terminal to ask for a password on, one group to end
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                out, err = await process.communicate()
        except TimeoutError:
            raise HostUnreachable(f"git took longer than {self._timeout_s:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return process.returncode or 0, out, err


def _kinds_of(whole: Sequence[str], kinds: Mapping[str, str]) -> list[str]:
    return [kinds[kind] for kind in kinds if any(name.startswith(kind) for name in whole)]


def _is_wanted(ref: str, names: tuple[str, ...]) -> bool:
    return any(ref == name or (name.endswith("/") and ref.startswith(name)) for name in names)


def _put_in_place(tree: Path, folder: Path) -> None:
    try:
        tree.rename(folder)
    except OSError:
        if not folder.exists():  # otherwise another call finished the same meanwhile
            raise


def _environment() -> dict[str, str]:
    """Ours without git's own variables, which a hook that started us would leave."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith("GIT_SSH")
    }
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "LC_ALL": "C",
    }


def _check_url(url: str) -> None:
    if not url or url.startswith("-") or "::" in url or not url.isprintable():
        raise Refused(f"{_shown(url)!r} is no repository", "Use a path, or file, ssh, https, git.")


def _check_branch(branch: str) -> None:
    is_odd = any(c in branch for c in " ~^:?*[\\") or ".." in branch or not branch.isprintable()
    if not branch or branch.startswith("-") or is_odd:
        raise Refused(f"{branch!r} is no name of a branch")


def _check_commit(commit: str) -> None:
    if not _COMMIT.fullmatch(commit):
        raise Refused(f"{commit!r} is no id of a commit", "Use 7 to 64 hex digits.")


def _shown(text: str) -> str:
    """A URL, or words of git with one, without the credentials that it may hold."""
    return _TOKEN.sub(r"\1***", _CREDENTIALS.sub("//", text))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
