"""The coalition's graph: possible hand-offs for any client, and the organizations that hold the graph together.

A hop counts where some mode is allowed: by word of mouth always, by packet only with data that the rules could come to
let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.budget import checkpoint
from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.directory.arrays import Ints
from routing.directory.snapshot import Snapshot
from routing.handoffs.closeness import NONE, RELATIONSHIPS, SPOKEN, Closeness, Offers
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.handoffs.single_points import Losses, Reach, sparse_links
from routing.model import Client, Profile
from routing.ports import HopRules

Flags = NDArray[np.bool_]


class HandOff(NamedTuple):
    """An organization (slugs) can hand over to another for the given types, sorted, under a relationship."""

    holder: str
    organization: str
    relationship: str
    types: tuple[str, ...]


class SinglePoint(NamedTuple):
    """An organization (slug) without which needs or organizations are out of reach.

    `lost`: pairs (type, area) that no remaining organization can meet, or be reached for; `cuts_off`: organizations
    without any remaining hand-off to them. Both sorted.
    """

    organization: str
    lost: tuple[tuple[str, str], ...]
    cuts_off: tuple[str, ...]


@dataclass(frozen=True)
class HandOffGraph:
    """The hand-off graph of some organizations of a snapshot (`nodes`, slugs) at a moment; pure once built.

    `types`: only hand-offs for the given needs; `None`: for every need. Organizations outside `nodes` receive clients
    who come from anywhere, and are no way in. `asks_rules` false: a packet may go wherever the door lets its sender in.
    """

    snapshot: Snapshot
    at: datetime
    rules: HopRules
    nodes: tuple[str, ...]
    types: frozenset[str] | None = None
    asks_rules: bool = True

    @cached_property
    def hand_offs(self) -> tuple[HandOff, ...]:
        """Every hand-off between nodes: by holder, recipient, then from the closest relationship down."""
        slugs = [organization.slug for organization in self.snapshot.organizations]
        types_by_hop: dict[tuple[str, str, int], set[str]] = {}
        places, nodes = np.nonzero((self._closeness < NONE) & self._is_of_types[:, None])
        close, types = self._closeness[places, nodes].tolist(), self._offers.type[places].tolist()
        owners, holders = self._offers.owner[places].tolist(), self._numbers[nodes].tolist()
        for holder, owner, relationship, service_type in zip(holders, owners, close, types, strict=True):
            name = self.snapshot.words.types[service_type]
            types_by_hop.setdefault((slugs[holder], slugs[owner], relationship), set()).add(name)
        return tuple(
            HandOff(key[0], key[1], RELATIONSHIPS[key[2]], tuple(sorted(types_by_hop[key])))
            for key in sorted(types_by_hop)
        )

    def count_pairs(self, groups: Sequence[int]) -> Iterator[tuple[int, int, str, int]]:
        """Yield (group, group, relationship, pairs): how many of one group can hand over to how many of another.

        By the closest relationship of each pair. `groups`: the group's number of each node, rising from 0 without a
        gap.
        """
        group, size = np.asarray(groups), max(groups, default=-1) + 1
        counts = np.zeros((len(RELATIONSHIPS) + 1, size, size), dtype=np.int64)
        for place, closest in enumerate(self._pairs):  # a recipient at a time: all at once take ten times the memory
            at = closest.astype(np.int64) * size + group
            counts[:, group[place]] += np.bincount(at, minlength=counts[:, 0].size).reshape(-1, size)
        for place, relationship in enumerate(RELATIONSHIPS):
            for recipient, holder in np.argwhere(counts[place]).tolist():
                yield holder, recipient, relationship, int(counts[place, recipient, holder])

    def partners(self, organization: str) -> list[str]:
        """Return the nodes with a hand-off to or from a node (slugs), the closest first, then by slug."""
        slugs = [self.snapshot.organizations[number].slug for number in self._numbers.tolist()]
        node = slugs.index(organization)
        closest = np.minimum(self._pairs[node], self._pairs[:, node])
        return [slugs[partner] for partner in np.argsort(closest, kind="stable").tolist() if closest[partner] < NONE]

    @cached_property
    def single_points(self) -> tuple[SinglePoint, ...]:
        """Every node without which a need, an area or other nodes are out of reach, by slug.

        Reached means: by a member without an agreement or a service of its own, for a client in an area, in one
        hand-off, behind one gateway, or behind a prerequisite and a gateway to which that leads.
        """
        slugs = [organization.slug for organization in self.snapshot.organizations]
        types, losses = self.snapshot.words.types, Losses()
        for areas, covering in self._areas_alike():
            checkpoint()
            losses.add(areas, self._reach(covering), self._is_of_types[covering])
        points = []
        for number in self._numbers.tolist():
            lost = sorted((types[service_type], area) for service_type, area in losses.needs.get(number, ()))
            gone = losses.cut_off(number)
            if lost or gone:
                points.append(SinglePoint(slugs[number], tuple(lost), tuple(sorted(slugs[node] for node in gone))))
        return tuple(points)

    @property
    def backbone(self) -> Iterator[tuple[str, str]]:
        """Pairs of nodes (slugs) with a hand-off: few, and no node's loss splits them other than all hand-offs."""
        linked, slugs = self._pairs < NONE, [self.snapshot.organizations[number].slug for number in self._numbers]
        for node, partner in sparse_links(linked | linked.T):
            yield slugs[node], slugs[partner]

    @cached_property
    def _numbers(self) -> Ints:
        index = self.snapshot.organization_index
        return np.array(sorted(index[slug] for slug in self.nodes), dtype=np.int64)

    @cached_property
    def _offers(self) -> Offers:
        return Offers.of(self.snapshot)

    @cached_property
    def _is_of_types(self) -> Flags:
        numbered_types = enumerate(self.snapshot.words.types)
        return np.isin(self._offers.type, [n for n, name in numbered_types if self.types is None or name in self.types])

    @cached_property
    def _closeness(self) -> NDArray[np.int8]:
        """The place in `RELATIONSHIPS` of the closest hop to each offer of a node from each node."""
        if not self.nodes:
            return np.full((len(self._offers), 0), NONE, dtype=np.int8)
        profile = Profile(origin=self.nodes[0], at=self.at, client=Client(), needs=())
        hops = Hops(Scenario(self.snapshot, profile), Permits(self.rules))
        return Closeness(hops, self._offers, self._numbers, self.asks_rules).closest()

    @cached_property
    def _pairs(self) -> NDArray[np.int8]:
        """The place in `RELATIONSHIPS` of the closest wanted hop, recipients by holders."""
        closest = np.full((len(self._numbers), len(self._numbers)), NONE, dtype=np.int8)
        for place, number in enumerate(self._numbers.tolist()):
            begin, end = self._offers.slices.get(number, (0, 0))
            of_types = self._is_of_types[begin:end]
            if of_types.any():
                closest[place] = self._closeness[begin:end][of_types].min(axis=0)
        return closest

    def _areas_alike(self) -> Iterator[tuple[list[str], Ints]]:
        """Yield areas in which the same services are given, with the offers (places) given there."""
        alike: dict[bytes, list[str]] = {}
        rows, columns, tree = self._offers.row, self.snapshot.columns, self.snapshot.area_tree
        areas, places = columns.areas.at(rows)
        order = np.argsort(areas, kind="stable")
        places_by_area = np.split(places[order], np.searchsorted(areas[order], np.arange(1, len(tree.index))))
        for area in self.snapshot.areas:
            checkpoint()
            covering = columns.everywhere[rows]
            covering[np.concatenate([places_by_area[number] for number in tree.upwards(area)])] = True
            alike.setdefault(np.packbits(covering).tobytes(), []).append(area)
        for packed, group in alike.items():
            yield group, np.flatnonzero(np.unpackbits(np.frombuffer(packed, dtype=np.uint8)))

    def _reach(self, covering: Ints) -> Reach:
        offers, node = self._offers, self._node[covering]
        requires = {n: self._requires[place] for n, place in enumerate(covering.tolist()) if place in self._requires}
        return Reach(
            owner=offers.owner[covering],
            type=offers.type[covering],
            service=offers.row[covering],
            node=node,
            open=self._open[covering],
            direct=self._open[covering] & ((self.snapshot.columns.modes[offers.row[covering]] & SPOKEN) > 0),
            leads=(node >= 0) & ~self.snapshot.by_choice[offers.owner[covering]],
            hops=self._closeness[covering] < NONE,
            requires=requires,
        )

    @cached_property
    def _node(self) -> Ints:
        """The place of each offer's owner among the nodes, -1 for none."""
        places = np.full(len(self.snapshot.organizations), -1, dtype=np.int64)
        places[self._numbers] = np.arange(len(self._numbers))
        return places[self._offers.owner]

    @cached_property
    def _open(self) -> Flags:
        """For each offer, whether its door lets in a member without an agreement."""
        is_open = np.array([bool({"anyone", "members"} & door) for door in self.snapshot.words.doors], dtype=np.bool_)
        flags: Flags = is_open[self.snapshot.columns.door[self._offers.row]]
        return flags

    @cached_property
    def _requires(self) -> dict[int, frozenset[int]]:
        """The places of the offers with a prerequisite, each with the types (numbers) that come first."""
        number, columns = self.snapshot.type_number, self.snapshot.columns
        words = [frozenset(number.get(name, -1) for name in names) for names in self.snapshot.words.requires]
        required = columns.requires[self._offers.row].tolist()
        return {place: words[entry] for place, entry in enumerate(required) if words[entry]}
