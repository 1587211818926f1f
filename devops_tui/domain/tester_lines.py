"""The lines by which each kind of balancer sends who names a colour to that colour.

They stand beside the lines that choose for everybody else and need no change at a flip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from devops_tui.domain.switching import PreviewRequest

Name = Callable[[str], str]

_COLOURS = ("blue", "green")


def of_haproxy(testers: PreviewRequest, named: Name) -> tuple[str, ...]:
    """For the frontend, before its other `use_backend`."""
    sent = f"req.hdr({testers.header})" if testers.header else f"req.cook({testers.cookie})"
    return tuple(
        f"    use_backend {named(colour)} if {{ {sent} -m str {colour} }}" for colour in _COLOURS
    )


def of_nginx(testers: PreviewRequest) -> tuple[str, ...]:
    """For the server block, after $colour was set."""
    kind, name = ("http", testers.header) if testers.header else ("cookie", testers.cookie)
    sent = f"${kind}_{name.lower().replace('-', '_') if testers.header else name}"
    return tuple(f"if ({sent} = {colour}) {{ set $colour {colour}; }}" for colour in _COLOURS)


def of_caddy(
    testers: PreviewRequest, handles: Mapping[str, Sequence[object]]
) -> tuple[dict[str, object], ...]:
    """Routes for the place after that of the `vars` handler."""
    made = []
    for colour in _COLOURS:
        match: dict[str, object] = {"header": {testers.header: [colour]}}
        if testers.cookie:
            match = {"header_regexp": {"Cookie": {"pattern": _cookie(testers, colour)}}}
        made.append({"match": [match], "handle": list(handles[colour])})
    return tuple(made)


def of_envoy(testers: PreviewRequest, named: Name) -> tuple[str, ...]:
    """Routes of the virtual host, before the one with the weighted clusters; YAML."""
    made = []
    for colour in _COLOURS:
        how = f"{{exact: {colour}}}"
        if testers.cookie:
            how = f"{{safe_regex: {{regex: '(.*; *)?{testers.cookie}={colour}( *;.*)?'}}}}"
        name = testers.header.lower() or "cookie"
        made.append(
            f"- {{match: {{prefix: /, headers: [{{name: {name}, string_match: {how}}}]}}, "
            f"route: {{cluster: {named(colour)}}}}}"
        )
    return tuple(made)


def of_traefik(testers: PreviewRequest, router: str, named: Name) -> tuple[str, ...]:
    """Routers for the file that has the service's router; they win by their priority; YAML."""
    made: list[str] = []
    for colour in _COLOURS:
        rule = f"Header(`{testers.header}`, `{colour}`)"
        if testers.cookie:
            rule = f"HeaderRegexp(`Cookie`, `{_cookie(testers, colour)}`)"
        made.append(
            f'{router}-testers-{colour}: {{rule: "{rule}", priority: 1000, '
            f"service: {named(colour)}}}"
        )
    return tuple(made)


def _cookie(testers: PreviewRequest, colour: str) -> str:
    return f"(^|; *){testers.cookie}={colour}(;|$)"
