from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.domain.errors import HostError
from devops_tui.domain.fleet import Host
from devops_tui.domain.ids import HostName
from devops_tui.transports.destination import Destination
from devops_tui.transports.ssh_config import Settings, read_ssh_config


def read(tmp_path: Path, text: str, name: str = "web1", user: str = "me") -> Settings:
    file = tmp_path / "config"
    file.write_text(text)
    return read_ssh_config(name, user, file)


def destination(tmp_path: Path, text: str, host: Host | None = None) -> Destination:
    file = tmp_path / "config"
    file.write_text(text)
    return Destination.of(host or Host(HostName("web1")), file)


def test_the_first_value_counts(tmp_path: Path) -> None:
    settings = read(tmp_path, "Host web*\n Port 2222\nHost *\n Port 22\n User all\n")
    assert (settings.port(), settings.word("user")) == (2222, "all")


@pytest.mark.parametrize(
    "line", ["Port 2222", "port=2222", "PORT = 2222", '  Port "2222"', "Port\t2222 # comment"]
)
def test_spellings(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"{line}\n").port() == 2222


@pytest.mark.parametrize(
    ("block", "is_matching"),
    [
        ("Host web1", True),
        ("Host other", False),
        ("Host other web?", True),
        ("Host * !web1", False),
        ("Host !web1 *", False),
        ("Match all", True),
        ("Match host web1", True),
        ("Match originalhost web1 user me", True),
        ("Match user you", False),
        ("Match !user you", True),
        ("Match host web2,web*", True),
        ("Match exec true", False),
        ("Match host", False),
        ("Match nonsense", False),
        ("Host", False),
    ],
)
def test_blocks(tmp_path: Path, block: str, is_matching: bool) -> None:
    settings = read(tmp_path, f"{block}\n Port 2222\n")
    assert settings.port() == (2222 if is_matching else 0)


def test_no_command_of_the_file_runs(tmp_path: Path) -> None:
    read(tmp_path, f'Match exec "touch {tmp_path}/ran"\n Port 1\n')
    assert not (tmp_path / "ran").exists()


def test_includes(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("Port 2200\n")
    text = f"Host web1\n Include {tmp_path}/mor*\n User after\nHost other\n Include {tmp_path}/x\n"
    settings = read(tmp_path, text)
    assert (settings.port(), settings.word("user")) == (2200, "after")


def test_an_include_of_itself_ends(tmp_path: Path) -> None:
    assert read(tmp_path, f"Include {tmp_path}/config\nPort 7\n").port() == 7


@pytest.mark.parametrize(
    "line", ["ConnectTimeout 5s", "Nonsense yes", "=", "Port", '"', "Compression perhaps", "\x00"]
)
def test_lines_that_we_do_not_need_spoil_nothing(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"{line}\nUser me2\n").word("user") == "me2"


def test_a_bad_value_spoils_the_hosts_that_need_it_only(tmp_path: Path) -> None:
    text = "Host web1\n  Port 22x\nHost web2\n  Port 23\n"
    with pytest.raises(HostError, match=r"config line 2: '22x' is no port"):
        destination(tmp_path, text)
    assert destination(tmp_path, text, Host(HostName("web2"))).port == 23
    assert destination(tmp_path, text, Host(HostName("web1"), port=24)).port == 24


def test_an_open_quote_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"config line 1: a quote is not closed"):
        read(tmp_path, 'User "me\n')


def test_no_file_is_no_error(tmp_path: Path) -> None:
    assert read_ssh_config("web1", "me", tmp_path / "none") == Settings()


def test_the_workspace_wins(tmp_path: Path) -> None:
    text = "Hostname real.example\nPort 1\nUser config\nIdentityFile /config\nProxyJump jump\n"
    host = Host(HostName("web1"), "10.0.0.1", 2, "workspace", "/workspace", "via", "/known")
    found = destination(tmp_path, text, host)
    assert (found.address, found.port, found.user) == ("10.0.0.1", 2, "workspace")
    assert (found.identities, found.jump) == (("/workspace",), "")
    assert [str(path) for path in found.known_hosts.files] == ["/known"]


def test_the_file_fills_what_is_empty(tmp_path: Path) -> None:
    text = (
        "Hostname %h.example\nPort 2\nUser u\nIdentityFile ~/a\nIdentityFile /b%%%h\n"
        "HostKeyAlias alias\nProxyJump one,two\nIdentitiesOnly yes\n"
    )
    found = destination(tmp_path, text)
    assert (found.address, found.port, found.user) == ("web1.example", 2, "u")
    assert found.identities == (str(Path.home() / "a"), "/b%web1.example")
    assert (found.key_name, found.jump, found.uses_identities_only) == ("alias", "one,two", True)


def test_proxy_commands_are_argument_lists(tmp_path: Path) -> None:
    found = destination(tmp_path, "ProxyCommand nc -X '5 5' %h %p # no comment here\n")
    assert found.proxy_command == ("nc", "-X", "5 5", "web1", "22", "#", "no", "comment", "here")
    assert destination(tmp_path, "ProxyCommand none\n").proxy_command == ()


def test_known_hosts_none_leaves_no_file_but_still_checks(tmp_path: Path) -> None:
    found = destination(tmp_path, "UserKnownHostsFile none\nGlobalKnownHostsFile none\n")
    assert found.known_hosts.files == ()
    assert found.verdict().exact == ()
    usual = [str(path) for path in destination(tmp_path, "").known_hosts.files]
    assert usual[0] == str(Path.home() / ".ssh/known_hosts")
    assert "/etc/ssh/ssh_known_hosts" in usual
