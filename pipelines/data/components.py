"""Connected components of things that are tied to one another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

M = TypeVar("M", bound=Hashable)


def components(members: Iterable[M], ties: Iterable[tuple[Hashable, Hashable]]) -> dict[M, int]:
    """Connected components (union-find with path halving), numbered by first appearance."""
    parent: dict[Hashable, Hashable] = {}

    def root(node: Hashable) -> Hashable:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in ties:
        parent[root(one)] = root(other)
    numbers: dict[Hashable, int] = {}
    return {member: numbers.setdefault(root(member), len(numbers)) for member in members}
