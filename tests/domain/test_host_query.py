from __future__ import annotations

import pytest

from devops_tui.domain.host_query import BadQuery, HostFacts, is_query, parse
from devops_tui.domain.metric import Sample


def facts(cpu: float | None = 0.85, **words: str) -> HostFacts:
    known = {"name": ("web-07",), "group": ("web", "eu"), "state": ("live", "ok")}
    known |= {key: (value,) for key, value in words.items()}
    sample = None
    if cpu is not None:
        sample = Sample(uptime_s=1, cpu_ratio=cpu, mem_ratio=0.4, load_1m=2.5, cores=4)
    return HostFacts(known, sample)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("cpu > 80", True),
        ("cpu > 80%", True),
        ("cpu >= 85 and group = web", True),
        ("cpu > 80 and group = db", False),
        ("group = db or name ~ ^WEB", False),
        ("group = db or name ~ ^web", True),
        ("not group = db", True),
        ("not (group = web and cpu > 80)", False),
        ("load > 2 and cores = 4", True),
        ("state = hurt", False),
        ("state = live", True),
        ('name = "web-07"', True),
        ("name !~ ^db", True),
        ("in > 10M", False),
        ("not in > 10M", False),
        ("tag = x", False),
    ],
)
def test_what_a_query_keeps(text: str, is_kept: bool) -> None:
    assert is_query(text)
    assert parse(text).keeps(facts()) is is_kept


@pytest.mark.parametrize("text", ["cpu > 1", "not cpu > 1", "cpu < 1", "not (cpu < 1)"])
def test_unknown_figures_match_nothing(text: str) -> None:
    assert not parse(text).keeps(facts(cpu=None))


def test_unknown_figures_do_not_hide_what_is_known() -> None:
    assert parse("cpu > 80 or group = web").keeps(facts(cpu=None))


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("cpu > much", 6, "is no number"),
        ("cpu ~ 8", 4, "cannot follow cpu"),
        ("name > 8", 5, "cannot follow name"),
        ("cpu > 80 group = web", 9, "does not belong here"),
        ("cpu > 80 and nmae = web", 13, "is no field"),
        ("cpu >", 5, "ends too early"),
        ("(cpu > 80", 9, "is open"),
        ("name ~ we(b", 9, "does not belong here"),
        ("name ~ 'we(b'", 10, "no regular expression"),
        ("name = 'web", 7, "not closed"),
        ("cpu > 80 and", 12, "ends too early"),
        ("name = and", 7, "word of the language"),
    ],
)
def test_a_mistake_says_where_it_is(text: str, at: int, what: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    assert (caught.value.at, what in str(caught.value)) == (at, True)


@pytest.mark.parametrize("text", ["web", "!web", "-f wb", "web-0[1-3]", "cpuinfo", "key=value"])
def test_other_filters_stay_what_they_were(text: str) -> None:
    assert not is_query(text)
