"""How each kind of switch is configured, beside HAProxy's map, and what each can promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from devops_tui.domain.ids import HostName


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """How a request asks for a colour by its name: one of a header and a cookie.

    Whoever sends it gets that colour, whichever serves; everybody else is not touched.
    """

    header: str = ""
    cookie: str = ""

    def fields(self, colour: str) -> tuple[tuple[str, str], ...]:
        """The fields of a request that asks for `colour`."""
        if self.header:
            return ((self.header, colour),)
        return (("Cookie", f"{self.cookie}={colour}"),)

    def told(self, colour: str) -> str:
        """What a tester sends, for a person to read."""
        return f"{self.header}: {colour}" if self.header else f"cookie {self.cookie}={colour}"


@dataclass(frozen=True, slots=True)
class SwitchAbilities:
    """What a kind of switch can promise; screens show it.

    Attributes:
        is_atomic: No request ever meets a state between the colours.
        is_fenced: The balancer itself refuses a change that is older than the last.
        is_weighted: It can give a colour a share of the requests.
        shows_in_flight: It says how many requests a colour still answers.
        survives_restart: The colour stays over a reload and a restart.
        routes_testers: It can send who names a colour to that colour.
        settle_s: How long after a change the old colour may still answer somebody; 0 for
            a balancer that is done when it says so. A flip waits for it.
        moves_held: Connections that are open already go to the new colour as well.
        tested_with: "real" where our tests run the program itself, "contract" where they
            run a double of what its maker publishes.
    """

    is_atomic: bool
    is_fenced: bool
    is_weighted: bool
    shows_in_flight: bool
    survives_restart: bool
    routes_testers: bool = False
    settle_s: float = 0.0
    moves_held: bool = True
    tested_with: str = "real"

    @property
    def words(self) -> tuple[str, ...]:
        """Each ability as two words, "not ..." for those that are missing."""
        told = (
            (self.is_atomic, "atomic"),
            (self.is_fenced, "fenced"),
            (self.is_weighted, "weighted"),
            (self.shows_in_flight, "drain seen"),
            (self.survives_restart, "survives restart"),
            (self.routes_testers, "testers"),
        )
        words = [word if is_able else f"not {word}" for is_able, word in told]
        if self.settle_s:
            words.append(f"settles in {self.settle_s:g} s")
        if not self.moves_held:
            words.append("open connections stay")
        if self.tested_with != "real":  # first: the end of a line may be cut
            words.insert(0, f"tested_with: {self.tested_with}")
        return tuple(words)


@dataclass(frozen=True, slots=True)
class NginxConfig:
    """A file that nginx looks for at each request: where it is, green serves, else blue.

    Attributes:
        hosts: The balancers; the file is written over their SSH link.
        flag: Path of the file there. Beside it lie `<flag>.fence` and `<flag>.lock`.
        port: Of the front door there.
    """

    hosts: tuple[HostName, ...]
    flag: str
    port: int = 80
    kind: ClassVar[str] = "nginx"

    @property
    def abilities(self) -> SwitchAbilities:
        """Atomic and fenced; nginx does not say what is in flight for a colour."""
        return SwitchAbilities(True, True, False, False, True, routes_testers=True)


@dataclass(frozen=True, slots=True)
class NginxIncludeConfig:
    """A file that nginx includes and reads again at a reload: `set $colour green;`.

    Attributes:
        include: Path of the file; beside it lie its `.loaded` and `.lock`.
        reload: The command that makes nginx read it, like `sudo nginx -s reload`.
        test: The command that checks the whole configuration before.
        pid: Path of the file with the process id of nginx's master.
    """

    hosts: tuple[HostName, ...]
    include: str
    reload: str
    test: str = "nginx -t"
    pid: str = "/run/nginx.pid"
    port: int = 80
    kind: ClassVar[str] = "nginx"

    @property
    def abilities(self) -> SwitchAbilities:
        """For a tenth of a second workers of both colours answer: not atomic."""
        return SwitchAbilities(False, True, False, True, True, routes_testers=True)


@dataclass(frozen=True, slots=True)
class CaddyConfig:
    """A `vars` handler of Caddy's running configuration, changed through the admin API.

    Attributes:
        admin: The admin endpoint there: a port of 127.0.0.1, or the path of a UNIX socket.
        id: The handler's `@id`.
        file: Where the running configuration is written after a change, so that a start
            from this file keeps the colour; empty where Caddy runs with `--resume`.
    """

    hosts: tuple[HostName, ...]
    admin: int | str
    id: str
    file: str = ""
    port: int = 80
    kind: ClassVar[str] = "caddy"

    @property
    def abilities(self) -> SwitchAbilities:
        """If-Match lets one of several changes win; a restart is kept where `file` is given."""
        return SwitchAbilities(True, True, False, False, bool(self.file), routes_testers=True)


@dataclass(frozen=True, slots=True)
class EnvoyConfig:
    """Two runtime keys of Envoy, the weights of both colours, set in one request.

    Attributes:
        admin: The admin endpoint there: a port of 127.0.0.1, or the path of a UNIX socket.
        key: `runtime_key_prefix` of the route's weighted clusters.
        cluster: Name of the cluster of a colour, with {service} and {colour}.
        runtime: Folder there, ours alone, whose `current` is a disk layer of Envoy's runtime:
            what was set is written there as well; empty where Envoy has none.
    """

    hosts: tuple[HostName, ...]
    admin: int | str
    key: str
    cluster: str = "{service}_{colour}"
    port: int = 80
    runtime: str = ""
    kind: ClassVar[str] = "envoy"

    @property
    def abilities(self) -> SwitchAbilities:
        """What was set over the admin endpoint alone is gone after a restart."""
        return SwitchAbilities(True, False, True, True, bool(self.runtime), routes_testers=True)


@dataclass(frozen=True, slots=True)
class TraefikConfig:
    """A file of Traefik's file provider that holds one weighted service.

    Attributes:
        file: Path of the file there; beside it lies its `.lock`.
        api: Port of Traefik's API on 127.0.0.1, which says what is loaded.
        service: Name of the weighted service.
        backend: Name of the service of a colour, with {service} and {colour}.
    """

    hosts: tuple[HostName, ...]
    file: str
    api: int
    service: str
    backend: str = "{service}_{colour}"
    port: int = 80
    kind: ClassVar[str] = "traefik"

    @property
    def abilities(self) -> SwitchAbilities:
        """It reads the file up to two seconds later; the commit waits for that."""
        return SwitchAbilities(True, True, True, False, True, routes_testers=True)


@dataclass(frozen=True, slots=True)
class CommandConfig:
    """A program on the balancer that knows the verbs read, prepare, commit and verify.

    Attributes:
        run: The program with its first words, in POSIX sh; the verb comes after it.
        can: What it promises: "atomic", "fenced", "drain", "restart", "testers".
    """

    hosts: tuple[HostName, ...]
    run: str
    can: tuple[str, ...] = ()
    port: int = 80
    kind: ClassVar[str] = "command"

    @property
    def abilities(self) -> SwitchAbilities:
        """What `can` says; nothing is taken for granted."""
        can = self.can
        return SwitchAbilities(
            "atomic" in can,
            "fenced" in can,
            False,
            "drain" in can,
            "restart" in can,
            "testers" in can,
        )


OtherConfig = (
    NginxConfig | NginxIncludeConfig | CaddyConfig | EnvoyConfig | TraefikConfig | CommandConfig
)
