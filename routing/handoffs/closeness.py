"""How close each organization stands to each offer of another: every hand-off of a coalition in one array.

Most hand-offs depend on the door of a service and on the kind of the holder alone, and are read from columns. Each pair
with an agreement or a house in common is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.budget import checkpoint
from routing.costs import MODES, RELATIONSHIP
from routing.directory.arrays import Ints
from routing.directory.snapshot import Snapshot
from routing.handoffs.hop import Offer, pass_by
from routing.handoffs.hops import Hops
from routing.handoffs.standing import AT_ONCE
from routing.kept import cached_property

Flags = NDArray[np.bool_]
RELATIONSHIPS = ("internal", *(name for name in RELATIONSHIP if name != "internal"))
"""From the closest down; the array holds the place in this list, and the length of the list for no hand-off."""
NONE = len(RELATIONSHIPS)
_PUBLIC, _INTERNAL = RELATIONSHIPS.index("public"), RELATIONSHIPS.index("internal")
_SPOKEN = sum(1 << MODES.index(mode) for mode in ("warm", "self"))
_PACKET = 1 << MODES.index("packet")


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
            one: (begin, begin + count)
            for one, begin, count in zip(owners.tolist(), first.tolist(), counts.tolist(), strict=True)
        }


@dataclass(frozen=True, eq=False)
class Closeness:
    """Finds the closest hand-off from each of some organizations (`nodes`, rising) to each offer of another of them.

    `asks_rules` false: a packet may go wherever the door lets its sender in, and the rules are not asked.
    """

    hops: Hops
    offers: Offers
    nodes: Ints
    asks_rules: bool = True

    def found(self) -> NDArray[np.int8]:
        """Return the places in `RELATIONSHIPS`, offers by nodes."""
        closest = np.full((len(self.offers), len(self.nodes)), NONE, dtype=np.int8)
        self._by_doors(closest)
        if self.asks_rules:
            self._ask_rules(closest)
        self._by_ties(closest)
        return closest

    def _by_doors(self, closest: NDArray[np.int8]) -> None:
        """Fill in what a door opens to strangers."""
        columns, moment = self.hops.scenario.snapshot.columns, self.hops.scenario.moment
        doors = columns.door[self.offers.row]
        usable = np.isin(self.offers.owner, self.nodes) & ((columns.modes[self.offers.row] & (_SPOKEN | _PACKET)) > 0)
        places = np.flatnonzero(usable)
        places = places[np.argsort(doors[places], kind="stable")]
        numbers, first = np.unique(doors[places], return_index=True)
        for door, some in zip(numbers.tolist(), np.split(places, first[1:]), strict=len(numbers) > 0):
            checkpoint()
            closest[some] = np.where(moment.let_in(door, self.nodes), _PUBLIC, NONE)
        for place, number in enumerate(self.nodes.tolist()):
            begin, end = self.offers.slices.get(number, (0, 0))
            closest[begin:end, place] = NONE  # nobody hands over to itself

    def _ask_rules(self, closest: NDArray[np.int8]) -> None:
        """Take out the packets that the rules let nobody of a stranger's kind send."""
        questions = list(self._strangers(closest))
        for first in range(0, len(questions), AT_ONCE):
            checkpoint()
            some = questions[first : first + AT_ONCE]
            self.hops.ask_ahead((int(self.nodes[holders[0]]), one.organization, (one,)) for _, one, holders in some)
            for place, offer, holders in some:
                if not self.hops.packet_allowed(int(self.nodes[holders[0]]), offer):
                    closest[place, holders] = NONE

    def _strangers(self, closest: NDArray[np.int8]) -> Iterator[tuple[int, Offer, Ints]]:
        """Yield each offer that takes packets alone, with strangers of one kind that its door lets in."""
        like = self.hops.scenario.snapshot.organization_columns.like[self.nodes]
        for place in np.flatnonzero(self._is_packet).tolist():
            offer = self._offer(place)
            tied = np.isin(self.nodes, list(self.hops.tied(offer.organization, ())))
            holders = np.flatnonzero((closest[place] < NONE) & ~tied)
            for look in np.unique(like[holders]).tolist():
                yield place, offer, holders[like[holders] == look]

    def _by_ties(self, closest: NDArray[np.int8]) -> None:
        """Fill in what agreements and houses open, and how close they make a hand-off."""
        pairs = list(self._pairs_tied())
        for first in range(0, len(pairs) if self.asks_rules else 0, AT_ONCE):
            checkpoint()
            self.hops.ask_ahead(
                (holder, offer.organization, (offer,))
                for holder, _, offers in pairs[first : first + AT_ONCE]
                for place, offer in offers
                if self._is_packet[place]
            )
        for holder, node, offers in pairs:
            checkpoint()
            for place, offer in offers:
                closest[place, node] = self._closest(holder, offer, is_packet=self._is_packet[place])

    def _pairs_tied(self) -> Iterator[tuple[int, int, list[tuple[int, Offer]]]]:
        """Yield each holder and its node with the offers (place, offer) of one it is tied to."""
        nodes = {number: node for node, number in enumerate(self.nodes.tolist())}
        for recipient in nodes:
            begin, end = self.offers.slices.get(recipient, (0, 0))
            offers = [(place, self._offer(place)) for place in range(begin, end)]
            for holder in self.hops.tied(recipient, ()) if offers else ():
                if holder != recipient and holder in nodes:
                    yield holder, nodes[holder], offers

    def _closest(self, holder: int, offer: Offer, *, is_packet: bool) -> int:
        found = [RELATIONSHIPS.index(one) for one in self.hops.relationships(holder, offer)]
        if is_packet:
            usable = bool(found) and (not self.asks_rules or self.hops.packet_allowed(holder, offer))
        else:
            usable = self._is_spoken(offer.service)
        return min(found, default=NONE) if usable else NONE

    def _is_spoken(self, row: int) -> bool:
        return bool(self.hops.scenario.snapshot.columns.modes[row] & _SPOKEN)

    @cached_property
    def _is_packet(self) -> Flags:
        """Whether an offer takes packets, and nothing by word of mouth."""
        modes = self.hops.scenario.snapshot.columns.modes[self.offers.row]
        found: Flags = (modes & (_SPOKEN | _PACKET)) == _PACKET
        return found

    def _offer(self, place: int) -> Offer:
        types = self.hops.scenario.snapshot.words.types
        one = pass_by(int(self.offers.row[place]), int(self.offers.owner[place]))
        return one._replace(type=types[int(self.offers.type[place])])
