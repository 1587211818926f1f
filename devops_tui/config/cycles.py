"""Finds circles in what refers to what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycles(graph: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """One circle of each knot of the graph, from the node that comes first in it.

    Nodes that are referred to but are no key of `graph` lead nowhere. Not recursive:
    a chain may be as long as the fleet is large.
    """
    done: set[str] = set()
    found: list[tuple[str, ...]] = []
    for start in graph:
        if start in done:
            continue
        way = [start]
        on_way = {start}
        branches = [iter(graph[start])]
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                left = way.pop()
                on_way.discard(left)
                done.add(left)
            elif step in on_way:
                found.append(_from_first(tuple(way[way.index(step) :]), graph))
            elif step in graph and step not in done:
                way.append(step)
                on_way.add(step)
                branches.append(iter(graph[step]))
    return found


def _from_first(circle: tuple[str, ...], graph: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    members = set(circle)
    first = next(node for node in graph if node in members)
    at = circle.index(first)
    return circle[at:] + circle[:at]
