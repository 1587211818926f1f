"""Where a host is and who we are there: the workspace first, ~/.ssh/config for the rest."""

from __future__ import annotations

import getpass
import os
import shlex
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from devops_tui.domain.errors import HostError, LoginRefused
from devops_tui.domain.fleet import Host
from devops_tui.transports.file_memory import FileMemory
from devops_tui.transports.known_hosts import DEFAULT_PORT, KnownHosts, Verdict
from devops_tui.transports.ssh_config import USER_FILE, Settings, read_ssh_config

USER_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
GLOBAL_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


_KEYS: FileMemory[tuple[asyncssh.SSHKeyPair, ...]] = FileMemory()


@dataclass(frozen=True, slots=True)
class Destination:
    """Everything that a handshake needs to know.

    Attributes:
        others: Further addresses, tried in turn when `address` does not answer.
        key_name: The name that known_hosts files are asked for.
        identities: Private keys; empty means the usual ones and the agent's.
        uses_identities_only: The agent offers no other keys than these.
        agent: Socket of the key agent; empty for none.
        proxy_command: argv that carries the link; empty for none.
        jump: A host of ~/.ssh/config to jump over, as written there; empty for none.
    """

    name: str
    address: str
    port: int
    user: str
    key_name: str
    identities: tuple[str, ...]
    certificates: tuple[str, ...]
    uses_identities_only: bool
    agent: str
    proxy_command: tuple[str, ...]
    jump: str
    known_hosts: KnownHosts
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, host: Host, config_file: Path = USER_FILE) -> Destination:
        """Reads the files anew, so that a correction counts at the next attempt.

        Raises:
            HostError: A line of ~/.ssh/config that this host needs is malformed.
        """
        own = getpass.getuser()
        is_complete = host.address and host.port and host.user and host.identity
        settings = (
            Settings()
            if is_complete and host.known_hosts
            else read_ssh_config(host.name, host.user or own, config_file)
        )
        address = host.address or _expand(settings.word("hostname"), {"h": host.name}) or host.name
        port = host.port or settings.port() or DEFAULT_PORT
        user = host.user or settings.word("user") or own
        tokens = {
            "h": address,
            "n": host.name,
            "p": str(port),
            "r": user,
            "u": own,
            "d": str(Path.home()),
        }
        identities = [host.identity] if host.identity else settings.words("identityfile") or []
        agent = host.agent or settings.word("identityagent") or "SSH_AUTH_SOCK"
        if host.agent == "none" or (not host.agent and settings.words("identityagent") == []):
            agent = ""
        return cls(
            name=host.name,
            address=address,
            port=port,
            user=user,
            key_name=settings.word("hostkeyalias") or address,
            identities=_paths(identities, tokens),
            certificates=(
                (host.certificate,)
                if host.certificate
                else _paths(settings.words("certificatefile") or [], tokens)
            ),
            uses_identities_only=bool(host.identity)
            or settings.word("identitiesonly").lower() in {"yes", "true"},
            agent=_agent(agent, tokens),
            proxy_command=_proxy_command(settings, tokens, host),
            jump="" if host.via else settings.word("proxyjump"),
            known_hosts=_known_hosts(host, settings, tokens),
            others=host.other_addresses,
        )

    def verdict(self) -> Verdict:
        """What the known_hosts files say about this host."""
        return self.known_hosts.look_up(self.key_name, self.port)

    def keys(self) -> list[asyncssh.SSHKeyPair]:
        """The private keys named for this host that can be used without a passphrase.

        Raises:
            LoginRefused: A key named for this host cannot be used.
        """
        pairs: list[asyncssh.SSHKeyPair] = []
        for path in self.identities:
            try:
                pairs.extend(self._pairs(path))
            except FileNotFoundError as error:
                if not self.uses_identities_only:
                    continue
                raise LoginRefused(
                    f"{self.name}: there is no key file {path}", "Correct `identity`."
                ) from error
            except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
                if self.agent:  # a key with a passphrase may be held by the agent
                    continue
                raise LoginRefused(
                    f"{self.name}: the key {path} cannot be used: {error}",
                    "A key with a passphrase must be in a running ssh-agent (ssh-add); "
                    "nobody is there to be asked for it.",
                ) from error
        return pairs

    def _pairs(self, path: str) -> list[asyncssh.SSHKeyPair]:
        """Those of one file; each handshake notes in its own pairs how it signs."""
        files = [path, f"{path}-cert.pub", f"{path}.pub", *self.certificates]
        read = _KEYS.recall(
            tuple(files),
            files,
            lambda: tuple(asyncssh.load_keypairs([path], certlist=list(self.certificates))),
        )
        return [copy(pair) for pair in read]

    def public_halves(self) -> list[bytes]:
        """Those of the named keys whose .pub file lies beside them: what the agent is asked for."""
        halves: list[bytes] = []
        for path in self.identities:
            try:
                halves.append(asyncssh.read_public_key(f"{path}.pub").public_data)
            except (OSError, asyncssh.KeyImportError):
                continue
        return halves


def _known_hosts(host: Host, settings: Settings, tokens: dict[str, str]) -> KnownHosts:
    if host.known_hosts:
        return KnownHosts((Path(host.known_hosts).expanduser(),))
    user = settings.words("userknownhostsfile")
    shared = settings.words("globalknownhostsfile")
    names = [
        *(USER_KNOWN_HOSTS if user is None else user),
        *(GLOBAL_KNOWN_HOSTS if shared is None else shared),
    ]
    return KnownHosts(tuple(Path(path) for path in _paths(names, tokens)))


def _proxy_command(settings: Settings, tokens: dict[str, str], host: Host) -> tuple[str, ...]:
    text = settings.word("proxycommand")
    if not text or host.via:
        return ()
    try:
        return tuple(_expand(word, tokens) for word in shlex.split(text))
    except ValueError as error:
        raise HostError(
            f"{settings.places['proxycommand']}: a quote is not closed", "Correct that line."
        ) from error


def _agent(text: str, tokens: dict[str, str]) -> str:
    if text == "SSH_AUTH_SOCK":
        return os.environ.get(text, "")
    if text.startswith("$"):
        return os.environ.get(text[1:].strip("{}"), "")
    return str(Path(_expand(text, tokens)).expanduser()) if text else ""


def _paths(names: list[str], tokens: dict[str, str]) -> tuple[str, ...]:
    return tuple(str(Path(_expand(name, tokens)).expanduser()) for name in names)


def _expand(text: str, tokens: dict[str, str]) -> str:
    parts = text.split("%%")
    for token, value in tokens.items():
        parts = [part.replace(f"%{token}", value) for part in parts]
    return "%".join(parts)
