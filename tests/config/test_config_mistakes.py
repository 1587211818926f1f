"""Mistakes: all at once, each at its place, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError

Mistakes = Callable[[str], list[str]]

BROKEN = Path(__file__).parents[2] / "sample_configs" / "broken" / "devops.yaml"
GOLDEN = Path(__file__).parent / "cases" / "broken.txt"


def test_eight_mistakes_of_eight_kinds_are_found_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load(BROKEN)
    found = [str(m).removeprefix(f"{BROKEN.parent}/") for m in caught.value.mistakes]
    assert found == GOLDEN.read_text(encoding="utf-8").splitlines()
    assert len(found) == 8
    assert "hunter2" not in repr(caught.value.mistakes)


HEAD = "name: shop\n"
HOSTS = "hosts: {web-1: {groups: [web]}, web-2: , lb-1: }\n"
SERVICE = (
    "environments: {production: }\n"
    "services:\n"
    "  shop:\n"
    "    environment: production\n"
    "    colours: {blue: {hosts: web-1, port: 80}, green: {hosts: web-2, port: 80}}\n"
    "    switch: {haproxy: {hosts: lb-1, socket: /s, map: /m}}\n"
    "    up: start\n"
)
BASE = HEAD + HOSTS + SERVICE  # nine lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["1:1: empty; `devops-tui init` writes a first one"]),
        ("[a]", ["1:1: wrong type: the file must be a mapping, is a list"]),
        ("hosts: ", ["1:1: missing key `name`; add it, like `name: shop`"]),
        ("name: ../x", ["1:7: bad name `../x`; use letters, digits, dots, dashes and"]),
        ("name: 12", ["1:7: wrong type: `name` must be text, is a whole number; put it in quotes"]),
        (HEAD + "host: {}", ["2:1: unknown key `host`; did you mean `hosts`?"]),
        (HEAD + "hosts: []", ["2:8: wrong type: `hosts` must be a mapping, is a list"]),
        (HEAD + "team: {a: b}", ["2:7: wrong type: `team` must be a list, is a mapping"]),
        (HEAD + "team: [minji]", ["2:8: wrong type: `team` must be a mapping, is text"]),
        (HEAD + "team: [{name: a, roles: [boss]}]", ["2:26: `roles` cannot be this; write "]),
        (HEAD + "team: [{name: a}, {name: a}]", ["2:26: `a` is in the team twice; give all"]),
        (HEAD + "board: {planned: {limit: lots}}", ["2:26: bad limit; write a whole number"]),
        (HEAD + "board: {prefix: shop}", ["2:17: bad value of `prefix`; it must match"]),
        (HEAD + "board: {limits: firm}", ["2:17: `limits` cannot be this; write hard or soft"]),
        (HEAD + "hosts: {a b: }", ["2:9: bad name `a b`; use letters"]),
        (HEAD + "hosts: {a: {port: 70000}}", ["2:19: `port` is out of range; it must be at most"]),
        (HEAD + "hosts: {a: {local: yes}}", ["2:20: wrong type: `local` must be true or false"]),
        (HEAD + "hosts: {a: {via: b}, b: {via: a}}", ["2:18: `via` goes in a circle: a -> b -> a"]),
        (HEAD + "hosts: {a: {groups: [b]}, b: }", ["2:22: `b` is a host, it cannot be a group"]),
        (HEAD + "hosts: {local: {address: b}}", ["2:17: `local` is this machine, it has no addr"]),
        (HEAD + "environments: {p: {hosts: []}}", ["2:27: `hosts` is empty; name at least one"]),
        (HEAD + "environments: {p: {hosts: 5}}", ["2:27: wrong type: `hosts` must be a list, is"]),
        (HEAD + "store: mysql://x", ["2:8: no URL of a PostgreSQL database; write postgresql://"]),
        (HEAD + "store: postgresql://a:hunter2@h/d", ["2:8: the URL holds a password: a literal"]),
        (HEAD + "store: postgresql://h/d?password=x", ["2:8: the URL holds a password: a literal"]),
        (HEAD + "store: postgresql://h/d?schema=A", ["2:8: a bad name of a schema; use at most"]),
        (HEAD + "store: {url: postgresql://h/d, password: hunter2}", ["2:42: a literal secret"]),
        (HEAD + "store: {password: 'env:X'}", ["2:1: missing key `url`; add it, like `url: post"]),
        (BASE + "alerts: [{name: a, when: 'cpu > 9'}]", ["10:34: the unit is missing; write %"]),
        (BASE + "alerts: [{name: a, when: cpuu > 9 %}]", ["10:26: unknown figure `cpuu`; did you"]),
        (BASE + "alerts: [{name: a, when: unreachable, groups: x}]", ["10:47: unknown group `x`"]),
        (BASE + "history: {samples: 5}", ["10:20: bad duration `5`: the unit is missing; write"]),
        (BASE + "inventory: x", ["10:1: not supported yet: inventory; leave it out: its hosts"]),
        (BASE + "include: [a.yaml]", ["10:11: no file `a.yaml`; correct the path"]),
        (BASE + "include: [a*/b.yaml]", ["10:11: a wildcard in a folder's name; wildcards stand"]),
        (BASE + "    bake: 0s", ["10:11: `bake` is out of range; it must be more than 0"]),
        (BASE + "    install_dir: x", ["10:18: `x` is no folder of a host; begin it with"]),
        (BASE + "    health: {path: x}", ["10:20: no path of a URL; begin it with /"]),
        (BASE + "    health: {version_header: 'a: b'}", ["10:30: no name of a header; write it"]),
    ],
)
def test_mistakes_outside_pipelines(text: str, found: list[str], mistakes: Mistakes) -> None:
    check(mistakes(text), found)


def check(said: list[str], found: list[str]) -> None:
    assert len(said) == len(found), said
    for line, beginning in zip(said, found, strict=True):
        assert line.startswith(f"devops.yaml:{beginning}"), line


@pytest.mark.parametrize(
    ("replaced", "by", "found"),
    [
        ("environment: production", "environment: prod", ["6:18: unknown environment `prod`"]),
        ("    environment: production\n", "", ["5:3: missing key `environment`; add it, like"]),
        ("hosts: web-2", "hosts: web-1", ["7:75: web-1 port 80 serves shop blue already; give"]),
        ("lb-1, socket", "lb-3, socket", ["8:31: unknown host or group `lb-3`; did you mean"]),
        ("haproxy:", "hapoxy:", ["8:14: unknown key `hapoxy`; did you mean"]),
        (", green: {hosts: web-2, port: 80}", "", ["7:5: service `shop` has a switch but one"]),
        ("map: /m", "map: m", ["8:54: `m` is no absolute path; begin it with /"]),
        ("map: /m", "map: /m, backend: x", ["8:67: a backend's name must hold {colour}"]),
        ("blue: {", "red: {", ["7:5: missing key `blue`; add it", "7:15: unknown key `red`; th"]),
        (
            "web-2, port: 80}",
            "web-2, port: 80, ports: {web-1: 8}}",
            ["7:87: `web-1` is no host of"],
        ),
        (
            "production: }",
            "production: {freeze: [x]}}",
            ["3:29: unknown key `freeze`; did you mean"],
        ),
    ],
)
def test_mistakes_of_services(replaced: str, by: str, found: list[str], mistakes: Mistakes) -> None:
    assert replaced in BASE
    check(mistakes(BASE.replace(replaced, by)), found)


PIPELINE = BASE + "pipelines:\n  shop:\n    stages:\n"  # twelve lines


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        ("- x", ["13:9: wrong type: a stage must be a mapping, is text; write it like"]),
        ("- test: make", ["13:15: wrong type: a stage must be a mapping, is text"]),
        ("- test: {}", ["13:15: wrong type: a stage must be a mapping"]),
        ("- tset: {run: a}", ["13:9: unknown stage `tset`; did you mean `test`?"]),
        ("- test: {rnu: a}", ["13:16: unknown key `rnu`; did you mean `run`?"]),
        ("- test: {unit: a}", ["13:22: wrong type: job `unit` must be a mapping, is text"]),
        ("- test: {a b: {run: a}}", ["13:16: bad name `a b`; use letters"]),
        ("- {test: {run: a}, build: {run: a}}", ["13:26: `build` stands in the stage before it"]),
        ("- test: {run: a}\n      - test: {run: b}", ["14:9: duplicate stage `test`, first at"]),
        ("- test: {a: {run: a}, a: {run: b}}", ["13:29: duplicate key `a`", "13:33: duplicate ke"]),
        ("- test: {run: ' '}", ["13:21: an empty script"]),
        ("- test: {run: [a]}", ["13:21: wrong type: `run` must be text, is a list"]),
        ("- test: {run: a, unit: {run: b}}", ["13:24: unknown key `unit`"]),
        ("- test: {run: a, needs: [test]}", ["13:31: needs go in a circle: test -> test"]),
        ("- test: {run: a, needs: [b]}", ["13:32: unknown job `b` in needs; name a job of the"]),
        ("- test: {run: a, timeout: 5}", ["13:33: bad duration `5`: the unit is missing"]),
        ("- test: {run: a, retries: 11}", ["13:33: `times` is out of range; it must be at most"]),
        ("- test: {run: a, reports: [/x]}", ["13:34: the files lie below the checkout"]),
        ("- test: {run: a, hosts: web, reports: [x]}", ["13:45: reports are taken from"]),
        ("- test: {run: a, results: {}}", ["13:33: results of one tool are needed; write one"]),
        ("- test: {run: a, results: {jtl: a, k6: b}}", ["13:33: results of one tool are needed"]),
        ("- test: {run: a, results: {jtl: ../a}}", ["13:39: the file lies below the checkout"]),
        ("- test: {run: a, gate: {}}", ["13:15: a gate without results; say where they are"]),
        ("- test: {jmeter: a, k6: b}", ["13:15: two load tools in one job; make two jobs of it"]),
        ("- test: {jmeter: a, hosts: web}", ["13:27: unknown key `hosts`"]),
        ("- test: {run: a, artifacts: [../x]}", ["13:36: the files lie below the checkout"]),
        ("- test: {run: a, hosts: web, artifacts: [x]}", ["13:47: artifacts are taken from"]),
        (
            "- test: {run: a, hosts: wbe}",
            ["13:31: unknown host or group `wbe`; did you mean `web`"],
        ),
        ("- test: {run: a, env: {A: true}}", ["13:33: wrong type: `A` must be text, is true"]),
        ("- test: {run: a, env: {1A: x}}", ["13:30: bad name `1A`; use letters, digits and und"]),
        ("- test: {run: a, secrets: {A: hunter2}}", ["13:37: a literal secret: a secret must be"]),
        ("- test: {run: a, secrets: hunter2}", ["13:33: wrong type: `secrets` must be a mapping"]),
        ("- test: {start: a, gate: {tps: 5}}", ["13:38: bad gate `5`; write it like"]),
        ("- deploy: {terraform: infra/}", ["13:18: not supported yet: terraform; leave it out"]),
        ("- deploy: {service: shop, artifact: x}", ["13:43: no stage before this one stores `x`"]),
        ("- deploy: {artifact: x}", ["13:9: missing key `service`; add it, like"]),
        ("- release: {service: shpo}", ["13:28: unknown service `shpo`; did you mean `shop`?"]),
        ("- release: {a: {service: shop}}", ["13:19: a release is a stage of its own; write"]),
        ("- release: {service: shop, batches: [1]}", ["13:34: not supported yet: batches"]),
        ("- monitor: {for: 1m}", ["13:9: missing key `service`: no stage before this one"]),
        ("- monitor: {service: shop, watch: [cpu]}", ["13:34: not supported yet: watch"]),
    ],
)
def test_mistakes_of_stages(stages: str, found: list[str], mistakes: Mistakes) -> None:
    said = mistakes(f"{PIPELINE}      {stages}")
    check(said, found)
    assert "hunter2" not in "".join(said)


def test_a_service_that_cannot_be_released_or_deployed(mistakes: Mistakes) -> None:
    text = PIPELINE.replace("    switch: {haproxy: {hosts: lb-1, socket: /s, map: /m}}\n", "")
    text = text.replace("    up: start\n", "")
    stages = (
        "      - build: {run: make, artifacts: [dist/*.pyz]}\n"
        "      - deploy: {service: shop, artifact: shop.pyz}\n"
        "      - release: {service: shop}\n"
        "      - monitor: {service: shop}"
    )
    check(
        mistakes(text + stages),
        [
            "12:27: service `shop` cannot be deployed: it has no `switch`",
            "12:27: service `shop` cannot be deployed: it has no `up`",
            "13:28: service `shop` has no switch to flip",
            "14:28: service `shop` has no switch that says what serves",
        ],
    )


def test_a_mistake_causes_no_others(mistakes: Mistakes) -> None:
    """What refers to something that has a mistake of its own is not called unknown."""
    stages = (
        "      - build: {run: make, artifacts: [shop.pyz], retry: 1}\n"
        "      - deploy: {service: shop, artifact: shop.pyz}\n"
        "      - release: {service: shop, expires: soon}\n"
        "      - monitor: {for: 1m}\n"
        "  other: {stages: [{release: {service: shpo}}, {monitor: {for: 1m}}]}"
    )
    text = PIPELINE.replace("up: start", "up: [start]").replace("web-2: ,", "web-2: {prot: 1},")
    check(
        mistakes(text + stages),
        [
            "2:41: unknown key `prot`; did you mean `port`?",
            "9:9: wrong type: `up` must be text, is a list",
            "13:51: unknown key `retry`; did you mean `retries`?",
            "15:43: bad duration `soon`",
            "17:40: unknown service `shpo`; did you mean `shop`?",
        ],
    )


def test_control_characters_of_the_file_do_not_reach_a_message(mistakes: Mistakes) -> None:
    said = mistakes(HEAD + '"a\\e[31m\\u202e": 1\nteam: [{"\\e]0;x\\a": 1, name: "\\e"}]')
    assert len(said) == 3
    assert all(line.isprintable() for line in said)


def test_a_long_list_of_mistakes_ends_with_a_word_about_the_rest(mistakes: Mistakes) -> None:
    hosts = "".join(f"  h{i}: {{adress: x}}\n" for i in range(3000))
    said = mistakes(f"{HEAD}hosts:\n{hosts}")
    assert len(said) == 1001
    assert said[-1].endswith("more than 1,000 mistakes; correct these first")


def test_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    (mistake,) = caught.value.mistakes
    assert str(mistake) == (
        f"{tmp_path}/devops.yaml:1:1: cannot be read: No such file or directory; "
        "`devops-tui init` writes a first one"
    )
