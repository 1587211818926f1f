"""Resolves references to secrets at the moment of use.

| reference | read from |
|---|---|
| env:NAME | the environment of this process |
| file:PATH | a file that nobody else may read |
| cmd:["pass", "show", "x"] | the output of a program, without a shell |
| keyring:SERVICE/USER | the `keyring` or `secret-tool` program |
| age:PATH | the `age` program, with the identity of AGE_IDENTITY or ~/.config/age/keys.txt |
| sops:PATH or sops:PATH#a.b | the `sops` program, the whole file or one value |

No message holds a value, nor what such a program printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from devops_tui.domain.errors import ConfigError, Mistake, NotFound
from devops_tui.transports.known_secrets import KNOWN, KnownSecrets

_LIMIT = 1 << 20


class ReferencedSecrets:
    """Asks each source anew, so that a changed secret counts at the next step.

    Args:
        environment: What `env:` reads; this process's own by default.
        known: Told of every value, so that no log of this process shows it.
        timeout_s: How long a program may take; nobody is there to type a passphrase.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        timeout_s: float = 30.0,
        known: KnownSecrets = KNOWN,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._timeout_s = timeout_s
        self._known = known
        self._sources: dict[str, Callable[[str, str], Awaitable[str]]] = {
            "env": self._env,
            "file": self._file,
            "cmd": self._cmd,
            "keyring": self._keyring,
            "age": self._age,
            "sops": self._sops,
        }

    async def resolve(self, reference: str) -> str:
        """The secret, without the line break at its end.

        Raises:
            ConfigError: It is no reference, or its file can be read by others.
            NotFound: The source does not have it, or could not be asked.
        """
        kind, colon, rest = reference.partition(":")
        source = self._sources.get(kind)
        if not colon or source is None or not rest:
            # Perhaps the secret itself was written here: it is not repeated.
            raise _mistake(
                "a secret",
                "this is no reference to a secret",
                f"write one of {', '.join(f'{known}:' for known in self._sources)}",
            )
        value = (await source(reference, rest)).removesuffix("\n").removesuffix("\r")
        self._known.remember(value)
        return value

    async def _env(self, reference: str, name: str) -> str:
        try:
            return self._environment[name]
        except KeyError:
            raise NotFound(
                f"there is no variable for the secret {reference}",
                "Set it before the worker starts, or use another reference.",
            ) from None

    async def _file(self, reference: str, path: str) -> str:
        return await asyncio.to_thread(read_private, reference, Path(_home(path)))

    async def _cmd(self, reference: str, text: str) -> str:
        try:
            argv = json.loads(text)
        except ValueError:
            argv = None
        if not (isinstance(argv, list) and argv and all(isinstance(word, str) for word in argv)):
            raise _mistake("cmd:", "the command is no JSON list", 'write cmd:["pass", "show", "x"]')
        return await self._output(f"cmd:{argv[0]}", argv)

    async def _keyring(self, reference: str, text: str) -> str:
        service, slash, user = text.rpartition("/")
        if not (slash and service and user):
            raise _mistake(
                reference, "a service or a user is missing", "write keyring:SERVICE/USER"
            )
        if shutil.which("keyring"):
            return await self._output(reference, ["keyring", "get", service, user])
        if shutil.which("secret-tool"):
            argv = ["secret-tool", "lookup", "service", service, "username", user]
            return await self._output(reference, argv)
        raise NotFound(
            f"the secret {reference} cannot be read: no keyring program is installed",
            "Install `keyring` (pip) or `secret-tool` (libsecret-tools).",
        )

    async def _age(self, reference: str, path: str) -> str:
        identity = self._environment.get("AGE_IDENTITY", "~/.config/age/keys.txt")
        argv = ["age", "--decrypt", "--identity", _home(identity)]
        return await self._output(reference, [*argv, _home(path)])

    async def _sops(self, reference: str, text: str) -> str:
        path, mark, keys = text.partition("#")
        argv = ["sops", "--decrypt"]
        if mark:
            argv += ["--extract", "".join(f"[{json.dumps(key)}]" for key in keys.split("."))]
        return await self._output(reference, [*argv, _home(path)])

    async def _output(self, reference: str, argv: list[str]) -> str:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NotFound(
                f"the secret {reference} cannot be read: {argv[0]}: {error.strerror}",
                f"Install {argv[0]}, or use another reference.",
            ) from error
        try:
            async with asyncio.timeout(self._timeout_s):
                output, _ = await process.communicate()
        except TimeoutError:
            raise NotFound(
                f"the secret {reference} cannot be read: {argv[0]} took too long",
                "It may wait for a passphrase; nobody is there to type it.",
            ) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()
        if process.returncode != 0 or not output:
            raise NotFound(
                f"the secret {reference} cannot be read: {argv[0]} ended with "
                f"{process.returncode} and {len(output)} bytes",
                "Run it by hand to see why.",
            )
        return _text(reference, output)


def _home(path: str) -> str:
    return str(Path(path).expanduser())


def read_private(reference: str, path: Path) -> str:
    """What a file holds that nobody else may use.

    Raises:
        ConfigError: Others may use it, or it is somebody else's.
        NotFound: It cannot be read, is empty, or too large.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
                raise _mistake(
                    reference, "others may use the file of this secret", f"chmod 600 {path}"
                )
            if status.st_uid not in {os.geteuid(), 0}:
                raise _mistake(
                    reference, "the file of this secret is somebody else's", f"chown it: {path}"
                )
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise NotFound(
            f"the secret {reference} cannot be read: {error.strerror}", "Correct the path."
        ) from error
    if not data or len(data) > _LIMIT:
        raise NotFound(f"the secret {reference} is empty or too large", "Correct the file.")
    return _text(reference, data)


def _text(reference: str, data: bytes) -> str:
    text = data.decode("utf-8", "surrogateescape")
    if "\0" in text:
        raise NotFound(f"the secret {reference} holds a NUL byte", "Encode it, as base64 perhaps.")
    return text


def _mistake(where: str, what: str, todo: str) -> ConfigError:
    return ConfigError((Mistake(where, 1, 1, what, todo),))
