"""The coalition's graph: possible hand-offs for any client, and the organizations that hold the graph together.

A hop counts where some mode is allowed: by word of mouth always, by packet only with data that the rules could come to
let go. Admission and closeness are asked of the same hops as a search uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
        nodes, names = list(self._place), list(_CLOSEST)
        for node, place in np.argwhere(self._hops).tolist():
            offer, close = self._offers[place], int(self._closeness[node, place])
            if self.types is None or offer.type in self.types:
                found.setdefault((slugs[nodes[node]], slugs[offer.organization], close), set()).add(offer.type)
        return tuple(HandOff(key[0], key[1], names[key[2]], tuple(sorted(found[key]))) for key in sorted(found))

    @cached_property
    def single_points(self) -> tuple[SinglePoint, ...]:
        """Every node without which a need, an area or other nodes are out of reach, by slug.

        Reached means: by a member without an agreement or a service of its own, for a client in an area, in one
        hand-off, behind one gateway, or behind a prerequisite. Cost: nodes times areas.
        """
        slugs, found = [one.slug for one in self.snapshot.organizations], list[SinglePoint]()
        needs, organizations = self._reached()
        hanging = self._hanging()
        for number in self._place:
            needs_left, organizations_left = self._reached(without=number)
            lost = needs - needs_left
            gone = (organizations - organizations_left - {number}) | hanging.get(number, set())
            if lost or gone:
                found.append(SinglePoint(slugs[number], tuple(sorted(lost)), tuple(sorted(slugs[one] for one in gone))))
        return tuple(found)

    @cached_property
    def _place(self) -> dict[int, int]:
        """The places of the nodes (indices), rising."""
        numbers = sorted(self.snapshot.organization_index[slug] for slug in self.nodes)
        return {number: place for place, number in enumerate(numbers)}

    @cached_property
    def _offers(self) -> list[Offer]:
        """Every type of every active service, for a need of its own."""
        snapshot = self.snapshot
        return [
            Offer(row, int(snapshot.columns.organization[row]), bit=0, type=service_type, requires=0, price=0)
            for row in np.flatnonzero(snapshot.columns.active).tolist()
            for service_type in sorted(snapshot.services[row].types)
        ]

    @cached_property
    def _owners(self) -> NDArray[np.int64]:
        return np.array([offer.organization for offer in self._offers], dtype=np.int64)

    @cached_property
    def _asking(self) -> dict[int, frozenset[str]]:
        """The places of the offers with a prerequisite, each with the types that come first."""
        required = (self.snapshot.services[offer.service].requires for offer in self._offers)
        return {place: types for place, types in enumerate(required) if types}

    @cached_property
    def _closeness(self) -> NDArray[np.int8]:
        """The place in `_CLOSEST` of the closest hop from each node to each offer of a node; beyond the end: no hop."""
        found = np.full((len(self._place), len(self._offers)), len(_CLOSEST), dtype=np.int8)
        if not self.nodes:
            return found
        offers, place = dict[int, list[Offer]](), {offer: number for number, offer in enumerate(self._offers)}
        for offer in self._offers:
            if offer.organization in self._place:
                offers.setdefault(offer.organization, []).append(offer)
        profile = Profile(origin=self.nodes[0], at=self.at, client=Client(), needs=(), client_present=True)
        hops = Hops(Scenario(self.snapshot, profile), Permits(self.rules))
        for holder, node in self._place.items():
            for recipient, some in offers.items():
                for hop in hops.best(holder, recipient, tuple(some)) if holder != recipient else ():
                    at = node, [place[offer] for offer in hop.offers]
                    found[at] = np.minimum(found[at], _CLOSEST[hop.relationship])
        return found

    @cached_property
    def _hops(self) -> Flags:
        return self._closeness < len(_CLOSEST)

    @cached_property
    def _direct(self) -> Flags:
        """For each offer, whether a member without an agreement may call, or send a client."""
        services = (self.snapshot.services[offer.service] for offer in self._offers)
        who, how = {"anyone", "members"}, {"self", "warm"}
        return np.array([bool(who & one.accepts_from and how & one.accepts) for one in services], dtype=np.bool_)

    @cached_property
    def _covering(self) -> dict[str, Flags]:
        rows = np.array([offer.service for offer in self._offers], dtype=np.int32)
        snapshot = self.snapshot
        return {area: ClientView(snapshot, Client(area=area)).area(rows) == YES for area in snapshot.areas}

    def _reached(self, without: int = -1) -> tuple[set[tuple[str, str]], set[int]]:
        """Return the needs (type, area) that can be met without an organization, and the organizations reached."""
        needs, organizations = set[tuple[str, str]](), set[int]()
        for area, covering in self._covering.items():
            for place in np.flatnonzero(self._led_to(covering & (self._owners != without))).tolist():
                offer = self._offers[place]
                if self.types is None or offer.type in self.types:
                    needs.add((offer.type, area))
                    organizations.add(offer.organization)
        return needs, organizations

    def _led_to(self, here: Flags) -> Flags:
        """Return which of some offers are reached: a fixed point, since prerequisites are to be met too."""
        reached, by_choice = np.zeros_like(here), self.snapshot.by_choice
        while True:
            met, ready = dict[str, set[int]](), here.copy()
            for place in np.flatnonzero(reached).tolist():
                met.setdefault(self._offers[place].type, set()).add(self._offers[place].organization)
            for place, required in self._asking.items():
                ready[place] &= required <= met.keys()
            inside = self._direct & ready
            # Nodes that take any client are a way in, unless the client has to choose them.
            gateways = self._places(one for one in self._owners[inside].tolist() if not by_choice[one])
            behind = inside | (ready & self._hops[gateways].any(axis=0))
            for place, required in self._asking.items():
                if ready[place] and not behind[place]:
                    holders = self._places(one for service_type in required for one in met[service_type])
                    behind[place] = self._hops[holders, place].any()
            if (behind == reached).all():
                return reached
            reached = behind

    def _places(self, organizations: Iterable[int]) -> list[int]:
        """Return the places of the nodes among some organizations, each once."""
        return [self._place[one] for one in {*organizations} if one in self._place]

    def _hanging(self) -> dict[int, set[int]]:
        """Return the nodes connected with the largest part of the graph only through a node, directions aside."""
        import networkx as nx  # noqa: PLC0415 - no search needs it, and it takes long to import

        index, found = self.snapshot.organization_index, dict[int, set[int]]()
        whole = nx.Graph((index[one.holder], index[one.organization]) for one in self.hand_offs)
        for number in nx.articulation_points(whole):
            rest = nx.connected_components(whole.subgraph({*whole} - {number}))
            found[number] = set[int]().union(*sorted(rest, key=lambda part: (-len(part), min(part)))[1:])
        return found
