"""Writes the first devops.yaml of a workspace: short, commented, valid as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from devops_tui.config.fields import is_name, unique
from devops_tui.domain.ids import THIS_MACHINE

_HEAD = """\
# A workspace of devops-tui. `devops-tui check` validates it, and a running screen reads
# it again when it changes. docs/workspace.md explains every key.
name: {name}

# The people. Without a team you are one operator who may do everything.
# team:
#   - {{name: minji, roles: [product_owner]}}
#   - {{name: jun, roles: [scrum_master, member]}}

# Cards are called {prefix}-1, {prefix}-2, ... An override of a limit needs a reason.
board:
  prefix: {prefix}
  planned: {{limit: 2 per member}}
  in_work: {{limit: 1 per member}}
  limits: hard

# The servers, reached over SSH. ~/.ssh/config is honoured: what it says needs not stand
# here. This machine is always shown as `local`; `local: false` hides it.
"""

_NO_HOSTS = """\
hosts:
  # web-1: {address: 203.0.113.10, user: deploy, groups: [web]}
"""

_TAIL = """
# Where services live. In a protected environment a dangerous act asks for its name.
# environments:
#   production: {hosts: [web-1, web-2, lb-1], protected: true, colour: error}

# What is served in two colours, and the balancer that switches between them.
# services:
#   shop:
#     environment: production
#     colours:
#       blue: {hosts: web-1, port: 8080}
#       green: {hosts: web-2, port: 8080}
#     health: {path: /healthz, status: 200, version_header: X-Version}
#     switch:
#       haproxy: {hosts: lb-1, socket: /run/haproxy/admin.sock, map: /etc/haproxy/colour.map}
#     up: systemctl restart "shop@$COLOUR"

# From commit to traffic. `delivery: approved` waits for a person, `automatic` does not.
# pipelines:
#   shop:
#     source: {git: "git@git.example.com:shop.git", branch: main, poll: 1m}
#     delivery: approved
#     stages:
#       - build: {run: make, artifacts: [dist/shop.pyz]}
#       - test:
#           unit: {run: make test}
#           integration: {run: make integration, needs: [unit], timeout: 10m}
#       - deploy: {service: shop, artifact: shop.pyz}
#       - release: {service: shop}
#       - monitor: {for: 10m}
"""


def render(name: str, hosts: Iterable[str] = ()) -> str:
    """The text of a devops.yaml for a workspace of that name with these hosts.

    A name that a workspace cannot have is made into one that it can; hosts whose name
    it cannot take are left out.
    """
    usable = [host for host in unique(hosts) if is_name(host) and host != THIS_MACHINE]
    listed = "hosts:\n" + "".join(f"  {_key(host)}: {{}}\n" for host in usable)
    slug = _slug(name)
    head = _HEAD.format(name=_key(slug), prefix=_prefix(slug))
    return head + (listed if usable else _NO_HOSTS) + _TAIL


def _slug(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:100]
    return slug if is_name(slug) else "workspace"


def _prefix(slug: str) -> str:
    letters = re.sub(r"[^A-Z0-9]", "", slug.upper()).lstrip("0123456789")[:10]
    return letters or "CARD"


def _key(name: str) -> str:
    """The name as YAML: quoted where a bare word would be a number or a literal."""
    return (
        name
        if re.match(r"[A-Za-z]", name) and name not in ("true", "false", "null")
        else f'"{name}"'
    )
