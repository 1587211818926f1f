from __future__ import annotations

import subprocess
from pathlib import Path

import asyncssh
import pytest

from devops_tui.transports.known_hosts import KnownHosts, Mark, Verdict, fingerprint

KEYS = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(3)]
A, B, C = (key.export_public_key().decode().strip() for key in KEYS)


def look_up(path: Path, text: str | bytes, name: str = "web1", port: int = 22) -> Verdict:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return KnownHosts((path,)).look_up(name, port)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


@pytest.mark.parametrize(
    ("names", "name", "port", "is_found"),
    [
        ("web1", "web1", 22, True),
        ("web1", "WEB1", 22, True),
        ("WEB1", "web1", 22, True),
        ("web1", "web10", 22, False),
        ("web1,10.0.0.1", "10.0.0.1", 22, True),
        ("*.example.com", "a.example.com", 22, True),
        ("*.example.com", "example.com", 22, False),
        ("web?", "web1", 22, True),
        ("*,!web1", "web1", 22, False),
        ("!web1,*", "web1", 22, False),
        ("*,!web1", "web2", 22, True),
        ("[web1]:2222", "web1", 2222, True),
        ("[web1]:2222", "web1", 2223, False),
        ("[web1]:2222", "web1", 22, False),
        ("[web*]:2222", "web1", 2222, True),
        ("[::1]:2222", "::1", 2222, True),
    ],
)
def test_names(file: Path, names: str, name: str, port: int, is_found: bool) -> None:
    verdict = look_up(file, f"{names} {A}\n", name, port)
    assert bool(verdict.exact) == is_found


def test_the_bare_name_vouches_for_other_ports(file: Path) -> None:
    verdict = look_up(file, f"web1 {A}\n", port=2222)
    assert verdict.name == "[web1]:2222"
    assert verdict.exact == ()
    assert verdict.keys(Mark.TRUSTED) == [asyncssh.import_public_key(A)]


def test_hashed_names_as_ssh_keygen_writes_them(file: Path) -> None:
    file.write_text(f"web1 {A}\n[web2]:2222 {B}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "web" not in file.read_text()
    known = KnownHosts((file,))
    assert [entry.line for entry in known.look_up("web1", 22).exact] == [1]
    assert [entry.line for entry in known.look_up("web2", 2222).exact] == [2]
    assert known.look_up("web3", 22).exact == ()


def test_one_bad_line_spoils_nothing(file: Path) -> None:
    bad = [
        b"web1",
        b"web1 ssh-ed25519",
        b"web1 ssh-ed25519 notbase64!!!",
        b"web1 ssh-ed25519 AAAA",
        b"web1 ssh-new-kind AAAAC3NzaC1lZDI1NTE5",
        b"@nonsense web1 " + A.encode(),
        b"@revoked web1",
        b"|1|broken " + A.encode(),
        b"|1|!!|!! " + A.encode(),
        b"|1|a|b|c|d " + A.encode(),
        b"\xff\xfe\x00 " + A.encode(),
        b"[web1]:x:y " + A.encode(),
        b"# a comment",
        b"",
        b"    ",
    ]
    verdict = look_up(file, b"\n".join([*bad, b"web1 " + B.encode() + b" # trailing comment"]))
    (entry,) = verdict.exact
    assert (entry.line, entry.file) == (len(bad) + 1, str(file))
    assert entry.key == asyncssh.import_public_key(B)


def test_marks(file: Path) -> None:
    verdict = look_up(file, f"web1 {A}\n@revoked web1 {B}\n@cert-authority *.x,web1 {C}\n")
    assert [entry.mark for entry in verdict.exact] == [Mark.TRUSTED, Mark.REVOKED, Mark.AUTHORITY]
    assert [entry.line for entry in verdict.revoked()] == [2]
    assert verdict.keys(Mark.AUTHORITY) == [asyncssh.import_public_key(C)]


def test_a_revocation_of_the_bare_name_counts_for_all_ports(file: Path) -> None:
    verdict = look_up(file, f"[web1]:2222 {A}\n@revoked * {A}\n", port=2222)
    assert [entry.line for entry in verdict.revoked()] == [2]


def test_missing_and_unreadable_files_say_nothing(tmp_path: Path) -> None:
    verdict = KnownHosts((tmp_path / "none", tmp_path)).look_up("web1", 22)
    assert verdict.exact == ()
    assert verdict.unreadable == (f"{tmp_path}: Is a directory",)


def test_a_repair_counts_at_once(file: Path) -> None:
    known = KnownHosts((file,))
    assert known.look_up("web1", 22).exact == ()
    file.write_text(f"web1 {A}\n")
    assert len(known.look_up("web1", 22).exact) == 1


def test_fingerprint_is_the_one_of_ssh_keygen(tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    public.write_text(A)
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True
    ).stdout.split()
    assert fingerprint(asyncssh.import_public_key(A)).split() == ["ssh-ed25519", listed[1]]


def test_lines_that_name_a_host_plainly_are_found_beside_patterns_in_order(tmp_path: Path) -> None:
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(4)]
    public = [key.export_public_key().decode().strip() for key in keys]
    file = tmp_path / "known_hosts"
    file.write_text(
        f"web* {public[0]}\nWEB1,web1,10.0.0.1 {public[1]}\ndb1 {public[2]}\n"
        f"@revoked *,!db1 {public[3]}\n"
    )
    verdict = KnownHosts((file,)).look_up("Web1", 22)
    assert [(entry.line, entry.mark) for entry in verdict.exact] == [
        (1, Mark.TRUSTED),
        (2, Mark.TRUSTED),
        (4, Mark.REVOKED),
    ]
    assert [entry.line for entry in KnownHosts((file,)).look_up("db1", 22).exact] == [3]
