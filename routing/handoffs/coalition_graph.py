"""The coalition's graph: possible hand-offs for any client, and the organizations that hold the graph together.

A hop counts where some mode is allowed: by word of mouth always, by packet only with data that the rules could come to
let go. Admission and closeness are asked of the same hops as a search uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.client.eligibility import YES, ClientView
from routing.client.scenario import Scenario
from routing.costs import RELATIONSHIP
from routing.directory.snapshot import Snapshot
from routing.handoffs.hop import Offer
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.kept import cached_property
from routing.model import Client, Profile
from routing.ports import HopRules

if TYPE_CHECKING:
    import networkx

Flags = NDArray[np.bool_]
_CLOSEST = {name: place for place, name in enumerate(("internal", *(n for n in RELATIONSHIP if n != "internal")))}


class HandOff(NamedTuple):
    """An organization (slugs) can hand over to another for the given types, sorted, under a relationship."""

    holder: str
    organization: str
    relationship: str
    types: tuple[str, ...]


class SinglePoint(NamedTuple):
    """An organization (slug) without which needs or organizations are out of reach.

    `lost`: pairs (type, area) that no remaining organization can meet, or be reached for; `cuts_off`: organizations
    without any remaining hand-off to them, or connected with the rest only through `organization`. Both sorted.

    Only the hospital may refer to `detox` in `dallas`: `SinglePoint("hospital", (("detox", "dallas"),), ("detox",))`.
    """

    organization: str
    lost: tuple[tuple[str, str], ...]
    cuts_off: tuple[str, ...]


class _Entry(NamedTuple):
    """A type offered by an active service (row) of an organization (index)."""

    row: int
    organization: int
    type: str
    requires: frozenset[str]


@dataclass(frozen=True)
class HandOffGraph:
    """The hand-off graph of some organizations of a snapshot (`nodes`, slugs) at a moment; pure once built.

    `rules` say which data could go with a packet. `types`: only hand-offs for the given needs; `None`: for every need.
    Organizations outside `nodes` receive clients who come from anywhere, and are no way in to any organization.
    """

    snapshot: Snapshot
    at: datetime
    rules: HopRules
    nodes: tuple[str, ...]
    types: frozenset[str] | None = None

    @cached_property
    def hand_offs(self) -> tuple[HandOff, ...]:
        """Every hand-off between nodes: by holder, recipient, then from the closest relationship down."""
        slugs, found = [one.slug for one in self.snapshot.organizations], dict[tuple[str, str, int], set[str]]()
        for place, entry in enumerate(self._entries):
            if self.types is None or entry.type in self.types:
                for holder in self._numbers:
                    close = int(self._closeness[self._place[holder], place])
                    if close < len(_CLOSEST):
                        key = slugs[holder], slugs[entry.organization], close
                        found.setdefault(key, set()).add(entry.type)
        names = list(_CLOSEST)
        return tuple(HandOff(key[0], key[1], names[key[2]], tuple(sorted(found[key]))) for key in sorted(found))

    @cached_property
    def single_points(self) -> tuple[SinglePoint, ...]:
        """Every node without which a need, an area or other nodes are out of reach, by slug.

        Reached means: by a member without an agreement or a service of its own, for a client in an area, in one
        hand-off, behind one gateway, or behind a prerequisite. Cost: nodes times areas.
        """
        before, found = self._reached(frozenset()), list[SinglePoint]()
        for number in self._numbers:
            after = self._reached(frozenset({number}))
            lost = before.needs - after.needs
            gone = (before.organizations - after.organizations - {number}) | self._hanging_on(number)
            if lost or gone:
                slugs = sorted(self.snapshot.organizations[one].slug for one in gone)
                found.append(SinglePoint(self.snapshot.organizations[number].slug, tuple(sorted(lost)), tuple(slugs)))
        return tuple(found)

    @cached_property
    def _numbers(self) -> list[int]:
        return sorted(self.snapshot.organization_index[slug] for slug in self.nodes)

    @cached_property
    def _place(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self._numbers)}

    @cached_property
    def _entries(self) -> list[_Entry]:
        snapshot, found = self.snapshot, list[_Entry]()
        for row in np.flatnonzero(snapshot.columns.active).tolist():
            service = snapshot.services[row]
            owner = snapshot.organization_index[service.organization]
            found += [_Entry(row, owner, service_type, service.requires) for service_type in sorted(service.types)]
        return found

    @cached_property
    def _owners(self) -> NDArray[np.int64]:
        return np.array([entry.organization for entry in self._entries], dtype=np.int64)

    @cached_property
    def _asking(self) -> list[int]:
        """The entries with a prerequisite."""
        return [place for place, entry in enumerate(self._entries) if entry.requires]

    @cached_property
    def _closeness(self) -> NDArray[np.int8]:
        """The place in `_CLOSEST` of the closest hop from each node to each entry of a node; beyond the end: no hop."""
        found = np.full((len(self._numbers), len(self._entries)), len(_CLOSEST), dtype=np.int8)
        if not self._numbers:
            return found
        offers: dict[int, list[Offer]] = {}
        place = {(entry.row, entry.type): number for number, entry in enumerate(self._entries)}
        for entry in self._entries:
            if entry.organization in self._place:
                offers.setdefault(entry.organization, []).append(
                    Offer(entry.row, entry.organization, 0, entry.type, 0, 0)
                )
        profile = Profile(origin=self.nodes[0], at=self.at, client=Client(), needs=(), client_present=True)
        hops = Hops(Scenario(self.snapshot, profile), Permits(self.rules))
        for holder in self._numbers:
            for recipient, some in offers.items():
                for hop in hops.best(holder, recipient, tuple(some)) if holder != recipient else ():
                    close = _CLOSEST[hop.relationship]
                    for offer in hop.offers:
                        at = self._place[holder], place[offer.service, offer.type]
                        found[at] = min(found[at], close)
        return found

    @cached_property
    def _hops(self) -> Flags:
        return self._closeness < len(_CLOSEST)

    @cached_property
    def _direct(self) -> Flags:
        """For each entry, whether a member without an agreement may call, or send a client."""
        accepts = [self.snapshot.services[entry.row] for entry in self._entries]
        return np.array(
            [
                bool({"anyone", "members"} & one.accepts_from) and bool({"self", "warm"} & one.accepts)
                for one in accepts
            ],
            dtype=np.bool_,
        )

    @cached_property
    def _covering(self) -> dict[str, Flags]:
        rows = np.array([entry.row for entry in self._entries], dtype=np.int32)
        snapshot = self.snapshot
        return {area: ClientView(snapshot, Client(area=area)).area(rows) == YES for area in snapshot.areas}

    def _reached(self, left_out: frozenset[int]) -> _Reached:
        needs, organizations = set[tuple[str, str]](), set[int]()
        for area, covering in self._covering.items():
            for place in np.flatnonzero(self._led_to(covering, left_out)).tolist():
                entry = self._entries[place]
                if self.types is None or entry.type in self.types:
                    needs.add((entry.type, area))
                    organizations.add(entry.organization)
        return _Reached(needs, organizations)

    def _led_to(self, covering: Flags, left_out: frozenset[int]) -> Flags:
        """Return which entries are reached within an area: a fixed point, since prerequisites are to be met too."""
        entries = self._entries
        here = covering & ~np.isin(self._owners, sorted(left_out))
        reached = np.zeros(len(entries), dtype=np.bool_)
        while True:
            met, ready = _owners_by_type(entries, reached), here.copy()
            for place in self._asking:
                ready[place] &= entries[place].requires <= met.keys()
            inside = self._direct & ready
            gateways = [self._place[one] for one in self._gateways(np.flatnonzero(inside).tolist())]
            behind = inside | (ready & self._hops[gateways].any(axis=0))
            for place in (place for place in self._asking if ready[place] and not behind[place]):
                holders = {
                    self._place[one]
                    for service_type in entries[place].requires
                    for one in met[service_type]
                    if one in self._place
                }
                behind[place] = self._hops[sorted(holders), place].any()
            if (behind == reached).all():
                return reached
            reached = behind

    def _gateways(self, entries: Iterable[int]) -> list[int]:
        """Return the nodes that take any client at one of the entries, and are a way in without the client's choice."""
        owners = {self._entries[place].organization for place in entries}
        return sorted(one for one in owners if one in self._place and not self.snapshot.by_choice[one])

    def _hanging_on(self, number: int) -> set[int]:
        """Return the nodes connected with the largest part of the graph only through a node, directions aside."""
        if number not in self._articulation:
            return set()
        rest = self._undirected.subgraph(one for one in self._undirected if one != number)
        import networkx as nx  # noqa: PLC0415 - no search needs it, and it takes long to import

        parts = sorted(nx.connected_components(rest), key=lambda part: (-len(part), min(part)))
        return set[int]().union(*parts[1:])

    @cached_property
    def _undirected(self) -> networkx.Graph:
        import networkx as nx  # noqa: PLC0415

        index = self.snapshot.organization_index
        return nx.Graph((index[one.holder], index[one.organization]) for one in self.hand_offs)

    @cached_property
    def _articulation(self) -> frozenset[int]:
        import networkx as nx  # noqa: PLC0415

        return frozenset(nx.articulation_points(self._undirected))


class _Reached(NamedTuple):
    needs: set[tuple[str, str]]
    organizations: set[int]


def _owners_by_type(entries: Sequence[_Entry], reached: Flags) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for place in np.flatnonzero(reached).tolist():
        found.setdefault(entries[place].type, set()).add(entries[place].organization)
    return found
