"""The devops.yaml of a site of real servers."""

from __future__ import annotations

import getpass
import json
import shlex
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from devops_tui.demo.plan import BALANCER, BLUE, GREEN, WorldPlan

_GROUPS = {BALANCER: "lb"} | dict.fromkeys(BLUE, "blue") | dict.fromkeys(GREEN, "green")


def host_text(name: str, port: int, identity: Path, known_hosts: Path, group: str) -> str:
    """One host, as it stands below `hosts:`."""
    return (
        f"  {name}: {{address: 127.0.0.1, port: {port}, user: {getpass.getuser()},"
        f" identity: {_quoted(identity)}, known_hosts: {_quoted(known_hosts)},"
        f" groups: [{group}]}}\n"
    )


def site_text(
    plan: WorldPlan,
    *,
    identities: Mapping[str, Path],
    socket: Path,
    map_file: Path,
    pipelines: str,
    hosts: str,
    up: str,
    bake: str,
) -> str:
    """The whole file."""
    own = "".join(
        host_text(name, plan.host_ports[name], identities[name], plan.known_hosts, group)
        for name, group in _GROUPS.items()
    )
    return _TEMPLATE.format(
        hosts=own + hosts,
        blue=_colour(plan, BLUE),
        green=_colour(plan, GREEN),
        balancer=BALANCER,
        socket=_quoted(socket),
        map=_quoted(map_file),
        port=plan.door_port,
        up=textwrap.indent(up, " " * 6),
        bake=bake,
        python=shlex.quote(sys.executable),
        shop=_quoted(plan.repository("shop")),
        pipelines=textwrap.indent(textwrap.dedent(pipelines), "  "),
    )


def _quoted(path: Path) -> str:
    return json.dumps(str(path))  # a JSON string is a YAML string


def _colour(plan: WorldPlan, hosts: tuple[str, ...]) -> str:
    ports = ", ".join(f"{host}: {plan.shop_ports[host]}" for host in hosts)
    return (
        f"{{hosts: [{_GROUPS[hosts[0]]}], port: {plan.shop_ports[hosts[0]]}, ports: {{{ports}}}}}"
    )


_TEMPLATE = """\
name: site

team:
  - {{name: jun, roles: [product_owner, scrum_master, member]}}

hosts:
{hosts}
environments:
  production: {{hosts: [lb, blue, green], protected: true}}

services:
  shop:
    environment: production
    colours:
      blue: {blue}
      green: {green}
    health: {{path: /healthz, status: 200, version_header: X-Version, interval: 1s}}
    switch:
      haproxy: {{hosts: [{balancer}], socket: {socket}, map: {map}, key: shop, port: {port}}}
    install_dir: ~/releases
    up: |
      echo "$COLOUR $VERSION" >>"$HOME/ups"
{up}
      exec {python} "$ARTIFACT" up --colour "$COLOUR" --port "$PORT" --deployed "$VERSION"
    bake: {bake}
    drain: 10s

pipelines:
  shop:
    source: {{git: {shop}, branch: main, poll: 1s}}
    delivery: approved
    stages:
      - build:
          run: |
            {python} build.py
          artifacts: ["dist/shop.pyz"]
      - test:
          unit:
            run: |
              {python} -m unittest discover -v -s tests/unit
          check:
            run: |
              echo "$DEVOPS_RUN" >>"$HOME/checked"
              echo "checked $HOME"
            hosts: [green]
      - deploy: {{service: shop, artifact: shop.pyz}}
      - release: {{service: shop}}
      - monitor: {{for: 2s, interval: 1s}}
{pipelines}
"""
