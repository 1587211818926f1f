"""Writes the demo's devops.yaml: an ordinary workspace, nothing in it is special."""

from __future__ import annotations

import json
import shlex
import sys

from devops_tui.demo.door import SERVICE
from devops_tui.demo.plan import BALANCER, BLUE, BUSY, GREEN, LOOPBACK, WorldPlan
from devops_tui.domain.team import Member, Role, Team

PREFIX = "SHOP"
_GROUPS = (
    {BALANCER: "lb", BUSY: "batch"} | dict.fromkeys(BLUE, "blue") | dict.fromkeys(GREEN, "green")
)


def team_of(operator: str) -> Team:
    """The demo's team, with whoever sits in front of it, who may do everything."""
    everything = Member(operator, tuple(Role))
    others = (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER, Role.MEMBER)),
        Member("sora", (Role.MEMBER,)),
    )
    return Team((*(m for m in others if m.name != operator), everything))


def workspace_text(plan: WorldPlan, operator: str) -> str:
    """The whole file."""
    return _TEMPLATE.format(
        team="\n".join(_member(m) for m in team_of(operator).members),
        prefix=PREFIX,
        hosts="\n".join(_host(plan, name) for name in plan.host_ports),
        service=SERVICE,
        blue=_colour(plan, BLUE, "blue"),
        green=_colour(plan, GREEN, "green"),
        balancer=BALANCER,
        socket=_quoted(str(plan.socket)),
        map=_quoted(str(plan.map_file)),
        port=plan.door_port,
        url=plan.url,
        python=shlex.quote(sys.executable),
        shop=_quoted(str(plan.repository("shop"))),
        billing=_quoted(str(plan.repository("billing"))),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a YAML string


def _member(member: Member) -> str:
    roles = ", ".join(role.value for role in member.roles)
    return f"  - {{name: {_quoted(member.name)}, roles: [{roles}]}}"


def _host(plan: WorldPlan, name: str) -> str:
    groups = f"[web, {_GROUPS[name]}]" if name in (*BLUE, *GREEN) else f"[{_GROUPS[name]}]"
    return (
        f"  {name}:\n"
        f"    address: {LOOPBACK}\n"
        f"    port: {plan.host_ports[name]}\n"
        f"    user: operator\n"
        f"    identity: {_quoted(str(plan.client_key))}\n"
        f"    known_hosts: {_quoted(str(plan.known_hosts))}\n"
        f"    groups: {groups}\n"
        f"    scope: tree"
    )


def _colour(plan: WorldPlan, hosts: tuple[str, ...], group: str) -> str:
    servers = plan.colour_servers(hosts)
    ports = ", ".join(f"{name}: {port}" for name, port in servers)
    return f"{{hosts: [{group}], port: {servers[0][1]}, ports: {{{ports}}}}}"


_TEMPLATE = """\
# The demo's workspace, written when its world was made. Everything in it runs on this
# machine; the front door is {url}. Change what you like: it is read again by itself.
name: shop

team:
{team}

board:
  prefix: {prefix}
  planned: {{limit: 2 per member}}

# Six SSH servers of their own, with ports, keys and homes of their own. They share one
# kernel, so only the processes below each server are counted (scope: tree).
hosts:
{hosts}

environments:
  production:
    hosts: [lb, web, batch]
    protected: true
    colour: error

services:
  {service}:
    environment: production
    colours:
      blue: {blue}
      green: {green}
    health: {{path: /healthz, status: 200, version_header: X-Version, interval: 2s}}
    switch:
      haproxy:
        hosts: [{balancer}]
        socket: {socket}
        map: {map}
        key: {service}
        port: {port}
    up: |
      exec {python} "$ARTIFACT" up --colour "$COLOUR" --port "$PORT" --deployed "$VERSION"
    bake: 10s
    keep_warm: 2h
    drain: 10s

pipelines:
  shop:
    source: {{git: {shop}, branch: main, poll: 2s}}
    delivery: approved
    stages:
      - code:
          run: |
            {python} -W error -m compileall -q -f shop tests build.py
      - build:
          run: |
            {python} build.py
          artifacts: ["dist/shop.pyz"]
      - test:
          unit:
            run: |
              {python} -m unittest discover -v -s tests/unit
          integration:
            run: |
              {python} -m unittest discover -v -s tests/integration
          load:
            start: |
              exec {python} dist/shop.pyz serve --port "$PORT"
            path: /cart
            duration: 3s
            connections: 4
            gate: {{tps: ">= 20", mean: "<= 500ms", errors: "<= 1%"}}
      - deploy: {{service: {service}, artifact: shop.pyz}}
      - release: {{service: {service}}}
      - monitor: {{for: 10s, interval: 1s}}

  billing:
    source: {{git: {billing}, branch: main, poll: 2s}}
    stages:
      - code:
          run: |
            {python} -W error -m compileall -q -f billing tests build.py
      - build:
          run: |
            {python} build.py
          artifacts: ["dist/billing.zip"]
      - test:
          unit:
            run: |
              {python} -m unittest discover -v -s tests
"""
