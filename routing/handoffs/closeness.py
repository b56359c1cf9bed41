"""How close each organization stands to each offer of another: every hand-off of a coalition in one array.

Most depends on the door of a service and the kind of the holder, and is read from columns; what an agreement or a
family opens is filled in for all its parties at once; the rules are asked once for all who look alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.budget import checkpoint
from routing.cached_property import cached_property
from routing.costs import MODES, RELATIONSHIP
from routing.directory.agencies import Agreement
from routing.directory.arrays import Ints
from routing.directory.snapshot import Snapshot
from routing.handoffs.hop import CandidateService, pass_by
from routing.handoffs.hops import Hops
from routing.handoffs.standing import Reception

Flags = NDArray[np.bool_]
RELATIONSHIPS = ("internal", *(name for name in RELATIONSHIP if name != "internal"))
"""From the closest down; the array holds the place in this list, and `NONE` for no hand-off."""
NONE = len(RELATIONSHIPS)
_PUBLIC, _INTERNAL = RELATIONSHIPS.index("public"), RELATIONSHIPS.index("internal")
SPOKEN = sum(1 << MODES.index(mode) for mode in ("warm", "self"))
_PACKET = 1 << MODES.index("packet")
_AT_ONCE = 64
"""How many recipients the rules are asked about at once."""


@dataclass(frozen=True, eq=False)
class Offers:
    """Every type of every active service of a snapshot, by organization: columns of equal length."""

    row: Ints
    owner: Ints
    type: Ints

    @classmethod
    def of(cls, snapshot: Snapshot) -> Offers:
        """Return the offers of a snapshot."""
        columns = snapshot.columns
        active = np.flatnonzero(columns.active)
        active = active[np.argsort(columns.organization[active], kind="stable")]
        types, place = columns.types.at(active)
        row = active[place]
        return cls(row, columns.organization[row].astype(np.int64), types.astype(np.int64))

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def slices(self) -> dict[int, tuple[int, int]]:
        """The first offer of each organization, and the one after its last."""
        owners, first, counts = np.unique(self.owner, return_index=True, return_counts=True)
        return {
            owner: (begin, begin + count)
            for owner, begin, count in zip(owners.tolist(), first.tolist(), counts.tolist(), strict=True)
        }


@dataclass(frozen=True, eq=False)
class Closeness:
    """Finds the closest hand-off from each of some organizations (`nodes`, rising) to each offer of another of them.

    `asks_rules` false: a packet may go wherever the door lets its sender in.
    """

    hops: Hops
    offers: Offers
    nodes: Ints
    asks_rules: bool = True

    def closest(self) -> NDArray[np.int8]:
        """Return the places in `RELATIONSHIPS`, offers by nodes."""
        closest = np.full((len(self.offers), len(self.nodes)), NONE, dtype=np.int8)
        self._by_doors(closest)
        self._by_ties(closest)
        if self.asks_rules:
            self._ask_rules(closest)
        return closest

    def _by_doors(self, closest: NDArray[np.int8]) -> None:
        moment, doors = self.hops.scenario.moment, self.hops.scenario.snapshot.columns.door[self.offers.row]
        places = np.flatnonzero(np.isin(self.offers.owner, self.nodes) & (self._modes > 0))
        places = places[np.argsort(doors[places], kind="stable")]
        numbers, first = np.unique(doors[places], return_index=True)
        for door, group in zip(numbers.tolist(), np.split(places, first[1:]), strict=len(numbers) > 0):
            checkpoint()
            closest[group] = np.where(moment.let_in(door, self.nodes), _PUBLIC, NONE)
        for place, number in enumerate(self.nodes.tolist()):
            begin, end = self.offers.slices.get(number, (0, 0))
            closest[begin:end, place] = NONE  # nobody hands over to itself

    def _ask_rules(self, closest: NDArray[np.int8]) -> None:
        """Remove the packets that the rules permit to no holder, of offers that take nothing by word of mouth."""
        recipients = self.nodes.tolist()
        for begin in range(0, len(recipients), _AT_ONCE):
            self._ask_rules_of(recipients[begin : begin + _AT_ONCE], closest)

    def _ask_rules_of(self, recipients: Sequence[int], closest: NDArray[np.int8]) -> None:
        standings, questions = self.hops.standings, list[tuple[Reception, list[int], Ints]]()
        for recipient in recipients:
            begin, end = self.offers.slices.get(recipient, (0, 0))
            places = [begin + place for place in np.flatnonzero(self._modes[begin:end] == _PACKET).tolist()]
            if places:
                view = self.hops.view(recipient, tuple(map(self._offer, places)))
                questions += [(view, places, nodes) for nodes in self._alike(recipient)]
        standings.look_up((int(self.nodes[nodes[0]]), view) for view, _, nodes in questions)
        checkpoint()
        for view, places, nodes in questions:
            may_go = standings.may_send(int(self.nodes[nodes[0]]), view)
            for bit, place in enumerate(places):
                if not may_go >> bit & 1:
                    closest[place, nodes] = NONE

    def _alike(self, recipient: int) -> list[Ints]:
        """Return the other nodes in groups that look alike to the rules; who is named in a consent stands alone."""
        checkpoint()
        snapshot, exceptions = self.hops.scenario.snapshot, self.hops.exceptions(recipient, ())
        by_consent, like = self.hops.named_with(recipient), snapshot.organization_columns.like[self.nodes].tolist()
        groups: defaultdict[Hashable, list[int]] = defaultdict(list)
        for node, holder in enumerate(self.nodes.tolist()):
            if holder == recipient:
                continue
            signed = self.hops.scenario.moment.agreements(holder, recipient) if holder in exceptions else ()
            at_home, alone = snapshot.same_family(holder, recipient), holder if holder in by_consent else None
            groups[like[node], at_home, alone, tuple(agreement.slug for agreement in signed)].append(node)
        return [np.array(nodes) for nodes in groups.values()]

    def _by_ties(self, closest: NDArray[np.int8]) -> None:
        snapshot = self.hops.scenario.snapshot
        place_of = np.full(len(snapshot.organizations), -1, dtype=np.int64)
        place_of[self.nodes] = np.arange(len(self.nodes))
        opens = np.array(["agreement" in door for door in snapshot.words.doors], dtype=np.bool_)
        takes = (self._modes > 0) & opens[snapshot.columns.door[self.offers.row]]
        for recipient in self.nodes.tolist():
            (begin, end), signed = self.offers.slices.get(recipient, (0, 0)), list(self._signed_with(recipient))
            family = list(self.hops.scenario.moment.family(recipient) - {recipient})
            if begin == end or not (signed or family):
                continue
            checkpoint()
            strangers, offers = closest[begin:end], [self._offer(place) for place in range(begin, end)]
            closer = np.full_like(strangers, NONE)
            for agreement, holders in signed:
                level, nodes = RELATIONSHIPS.index(agreement.level), place_of[holders[holders != recipient]]
                fits = np.flatnonzero([agreement.covers(offer.types) for offer in offers])
                cells = np.ix_(fits, nodes[nodes >= 0])
                closer[cells] = np.minimum(closer[cells], level)
            let_in = (strangers < NONE) | ((closer < NONE) & takes[begin:end, None])
            nodes = place_of[family]
            closer[:, nodes[nodes >= 0]] = _INTERNAL
            strangers[:] = np.where(let_in, np.minimum(closer, _PUBLIC), NONE)

    def _signed_with(self, recipient: int) -> Iterator[tuple[Agreement, Ints]]:
        """Yield each agreement in force that covers hand-offs to an organization, and its holders."""
        snapshot, day = self.hops.scenario.snapshot, self.hops.scenario.moment.day.toordinal()
        columns = snapshot.agreement_columns
        for number in columns.of[recipient].tolist():
            if columns.in_force(number, day):
                parties = columns.parties[number]
                yield snapshot.agreements[number], parties if columns.mutual[number] else parties[:1]

    @cached_property
    def _modes(self) -> NDArray[np.uint8]:
        return self.hops.scenario.snapshot.columns.modes[self.offers.row]

    def _offer(self, place: int) -> CandidateService:
        types = self.hops.scenario.snapshot.words.types
        offer = pass_by(int(self.offers.row[place]), int(self.offers.owner[place]))
        return offer._replace(type=types[int(self.offers.type[place])])
