"""What was looked up once is shown nowhere: not in the command log, not in a log file."""

from __future__ import annotations

import base64
import io
import logging

from devops_tui.domain.audit import CommandRecord
from devops_tui.domain.ids import THIS_MACHINE
from devops_tui.transports import known_secrets
from devops_tui.transports.known_secrets import KnownSecrets, SecretsFilter
from devops_tui.transports.links import SshLinks
from devops_tui.transports.secrets import ReferencedSecrets

SECRET = "s3cr3t-and-long"


async def test_every_value_that_is_resolved_is_remembered() -> None:
    known = KnownSecrets()
    await ReferencedSecrets({"TOKEN": SECRET}, known=known).resolve("env:TOKEN")
    assert known.mask(f"curl -u me:{SECRET}") == "curl -u me:***"
    encoded = base64.b64encode(f"me:{SECRET}".encode()).decode()
    assert SECRET not in base64.b64decode(known.mask(encoded) + "==").decode("utf-8", "replace")


async def test_the_command_log_of_links_is_masked_without_being_told_to() -> None:
    records: list[CommandRecord] = []
    await ReferencedSecrets({"TOKEN": SECRET}).resolve("env:TOKEN")
    links = SshLinks({}, on_command=records.append)
    await links.to(THIS_MACHINE).run(f"echo {SECRET}")
    await links.close()
    assert [record.command for record in records] == ["echo ***"]


def test_log_lines_and_tracebacks_are_masked() -> None:
    known, written = KnownSecrets(), io.StringIO()
    known.remember(SECRET)
    handler = logging.StreamHandler(written)
    handler.addFilter(SecretsFilter(known))
    log = logging.getLogger("test of known secrets")
    log.addHandler(handler)
    log.warning("password %s of %d", SECRET, 3)
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("broken")
    said = written.getvalue()
    assert "password *** of 3" in said
    assert "ValueError: ***" in said
    assert SECRET not in said


def test_short_values_and_very_many_of_them() -> None:
    known = KnownSecrets()
    known.remember("abc")
    assert known.mask("abc") == "abc"
    for number in range(known_secrets.MOST_KEPT + 5):
        known.remember(f"value-{number:06}")
    assert known.mask("value-000000") == "value-000000"
    assert known.mask(f"value-{known_secrets.MOST_KEPT:06}") == "***"
