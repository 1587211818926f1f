"""Command lines of the `ssh` program for people: with a terminal, and keys always checked.

What the workspace says of a host wins over ~/.ssh/config, as on our own connections; the
program reads the rest of that file itself. A host key that is not on record is refused,
whatever that file says.

Source: ssh(1), ssh_config(5).
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping

from devops_tui.domain.errors import HostError
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports.answering import Answered
from devops_tui.transports.jobctl_words import environment as exports

Answers = Mapping[HostName, Answered]
"""Where hosts with several addresses answer; the first address of one that is not in it."""
NO_ANSWERS: Answers = {}

_ALWAYS = (
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ControlMaster=no",
    "ConnectTimeout=10",
)


def terminal_argv(
    host: Host, hosts: Mapping[str, Host], script: str, at: Answers = NO_ANSWERS
) -> list[str]:
    """Runs a script there on a terminal; `at` says which address answers where it has several.

    Raises:
        HostError: The jump hosts of the workspace go in a circle, or one is missing.
    """
    return ["ssh", "-t", *_options(host, hosts, (), at), "--", host.name, carried(script)]


def quiet_argv(
    host: Host, hosts: Mapping[str, Host], script: str, at: Answers = NO_ANSWERS
) -> list[str]:
    """Runs a script there without a terminal; its standard input is ours."""
    return ["ssh", "-T", *_options(host, hosts, (), at), "--", host.name, carried(script)]


def carried(script: str) -> str:
    """The script as one line that sh, bash, zsh, fish, csh and tcsh all hand on unchanged."""
    text = base64.b64encode(script.encode("utf-8", "surrogateescape")).decode("ascii")
    return f"exec sh -c 'eval \"$(echo {text} | base64 -d)\"'"


def shell_script(folder: str, variables: Mapping[str, str], private: str = "") -> str:
    """POSIX sh that becomes the login's own shell, in a folder and with variables.

    Args:
        folder: Absolute or "~/..."; empty for the home.
        variables: Not secret: they stand in the command line.
        private: A file below the home that holds more; it is gone before the shell begins.
    """
    rows = [exports(dict(variables), {}, "").decode("utf-8", "surrogateescape")]
    if private:
        rows.append(f'secrets="$HOME"/{shlex.quote(private)}')
        rows.append('given=$(cat "$secrets") && rm -f "$secrets" && eval "$given"')
        rows.append("unset given secrets")
    if folder:
        place = shlex.quote(folder.removeprefix("~/") or ".")
        rows.append(f"cd -- {place} || echo 'the shell begins at home: the folder is gone' >&2")
    rows.append('exec "${SHELL:-/bin/sh}" -i')
    return "\n".join(rows)


def keep_script(private: str) -> str:
    """POSIX sh that keeps its standard input in a file that only the login may read."""
    folder, _, _ = private.rpartition("/")
    place = shlex.quote(private)
    return f'umask 077; mkdir -p "$HOME"/{shlex.quote(folder)}; cat >"$HOME"/{place}'


def forget_script(private: str) -> str:
    """POSIX sh that removes that file, if it is still there."""
    return f'rm -f "$HOME"/{shlex.quote(private)}'


def _options(
    host: Host,
    hosts: Mapping[str, Host],
    through: tuple[HostName, ...],
    at: Answers,
) -> list[str]:
    if host.name in through:
        raise HostError(f"{host.name} jumps over itself", "Correct `via` of the hosts.")
    words: list[str] = []
    if host.address and host.port and host.user and host.identity and host.known_hosts:
        words += ["-F", "none"]  # as our own connections: nothing is left for that file to say
    settings = list(_ALWAYS)
    answered = at.get(host.name)
    if answered is not None and answered.known_as:
        settings.append(f"HostName={_value(answered.address)}")
        settings.append(f"HostKeyAlias={_value(answered.known_as)}")
    elif host.address:
        settings.append(f"HostName={_value(host.address)}")
    if host.known_hosts:
        settings += [f"UserKnownHostsFile={_path(host.known_hosts)}", "GlobalKnownHostsFile=none"]
    settings += _proofs(host)
    if host.via:
        settings.append(f"ProxyCommand={_proxy(host, hosts, through, at)}")
    for setting in settings:
        words += ["-o", setting]
    if host.port:
        words += ["-p", str(host.port)]
    if host.user:
        words += ["-l", host.user]
    return words


def _proofs(host: Host) -> list[str]:
    """By what we say who we are."""
    found = []
    if host.identity:
        found += [f"IdentityFile={_path(host.identity)}", "IdentitiesOnly=yes"]
    if host.certificate:
        found.append(f"CertificateFile={_path(host.certificate)}")
    if host.agent:
        found.append(f"IdentityAgent={_path(host.agent)}")
    return found


def _proxy(
    host: Host, hosts: Mapping[str, Host], through: tuple[HostName, ...], at: Answers
) -> str:
    jump = hosts.get(host.via)
    if jump is None:
        raise HostError(f"{host.name} jumps over {host.via}, which is no host", "Correct `via`.")
    options = _options(jump, hosts, (*through, host.name), at)
    inner = shlex.join(["ssh", *options]).replace("%", "%%")
    return f"{inner} -W '[%h]:%p' -- {shlex.quote(jump.name)}"


def _value(text: str) -> str:
    return text.replace("%", "%%")


def _path(text: str) -> str:
    """A path as a value: quoted, as it may hold blanks, and without tokens."""
    return f'"{_value(text)}"'
