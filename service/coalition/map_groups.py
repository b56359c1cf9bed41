"""The agencies of a large map in groups, by kind and area: as fine as a map can show. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

import routing

MOST_GROUPS = 60


class Group(NamedTuple):
    """Agencies of a kind whose services lie within an area (codes); None: not declared, or in no single area."""

    kind: str | None
    area: str | None


def groups_of(snapshot: routing.Snapshot, kinds: Mapping[str, str | None]) -> dict[str, Group]:
    """Return the group of each organization (slugs, with their kinds), by the smallest areas that leave few groups."""
    groups, around = dict[str, Group](), _areas_around(snapshot)
    for depth in range(max(map(len, around.values()), default=0), -1, -1):
        groups = {slug: Group(kind, _at(around.get(slug, ()), depth)) for slug, kind in kinds.items()}
        if len(set(groups.values())) <= MOST_GROUPS:
            break
    return groups


def order_of(group: Group) -> tuple[str, str]:
    """Return the place of a group: by kind, then by area, the unknown last."""
    return group.kind or "~", group.area or "~"


def count_groups(groups: dict[str, Group]) -> dict[Group, int]:
    """Return the number of organizations of each group, in the order of groups."""
    counts = Counter(groups.values())
    return {group: counts[group] for group in sorted(counts, key=order_of)}


def _at(chain: Sequence[str], depth: int) -> str | None:
    """Return the area at a depth, from 1 for the outermost, or the innermost of a shorter chain."""
    return chain[min(depth, len(chain)) - 1] if depth and chain else None


def _areas_around(snapshot: routing.Snapshot) -> dict[str, list[str]]:
    """Return the smallest area that holds all services of each organization, after the areas around it.

    An organization that serves everywhere, or whose areas are not known or have none in common, is left out.
    """
    tree, columns = snapshot.area_tree, snapshot.columns
    rows = np.flatnonzero(columns.active)
    areas, place = columns.areas.at(rows)
    owner, enter = columns.organization[rows][place], tree.enter[areas]
    size = len(snapshot.organizations)
    first, last = np.full(size, len(tree.index)), np.full(size, -1)
    np.minimum.at(first, owner, enter)
    np.maximum.at(last, owner, enter)
    everywhere = np.isin(np.arange(size), columns.organization[rows][columns.everywhere[rows]])
    codes, around = list(tree.index), dict[str, list[str]]()
    for number in np.flatnonzero((last >= 0) & ~everywhere).tolist():
        enclosing = [
            area for area in tree.upwards(codes[int(tree.order[first[number]])]) if last[number] < tree.leave[area]
        ]
        if enclosing:
            around[snapshot.organizations[number].slug] = [codes[area] for area in reversed(enclosing)]
    return around


def within(snapshot: routing.Snapshot, area: str) -> set[str]:
    """Return the organizations (slugs) with a service for an area or for one within it, by name."""
    columns = snapshot.columns
    rows = np.flatnonzero(columns.active)
    areas, place = columns.areas.at(rows)
    owners = columns.organization[rows][place[np.isin(areas, snapshot.area_tree.within(area))]]
    return {snapshot.organizations[number].slug for number in np.unique(owners).tolist()}
