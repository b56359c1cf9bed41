"""How close each organization stands to each offer of another: every hand-off of a coalition in one array.

Most hand-offs depend on the door of a service and on the kind of the holder alone, and are read from columns; what an
agreement or a house opens is filled in for all its parties at once. The rules are asked once for all who look alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.budget import checkpoint
from routing.costs import MODES, RELATIONSHIP
from routing.directory.agencies import Agreement
from routing.directory.arrays import Ints
from routing.directory.snapshot import Snapshot
from routing.handoffs.hop import Offer, covers, pass_by
from routing.handoffs.hops import Hops
from routing.handoffs.standing import AT_ONCE
from routing.kept import cached_property

Flags = NDArray[np.bool_]
RELATIONSHIPS = ("internal", *(name for name in RELATIONSHIP if name != "internal"))
"""From the closest down; the array holds the place in this list, and the length of the list for no hand-off."""
NONE = len(RELATIONSHIPS)
_PUBLIC, _INTERNAL = RELATIONSHIPS.index("public"), RELATIONSHIPS.index("internal")
SPOKEN = sum(1 << MODES.index(mode) for mode in ("warm", "self"))
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


class _Question(NamedTuple):
    """A question to the rules: may a holder, and every node like it, send a packet for an offer, by any agreement?"""

    place: int
    offer: Offer
    holder: int
    nodes: Ints


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
        self._by_ties(closest)
        if self.asks_rules:
            self._ask_rules(closest)
        return closest

    def _by_doors(self, closest: NDArray[np.int8]) -> None:
        """Fill in what a door opens to strangers."""
        moment, doors = self.hops.scenario.moment, self.hops.scenario.snapshot.columns.door[self.offers.row]
        places = np.flatnonzero(np.isin(self.offers.owner, self.nodes) & self._is_usable)
        places = places[np.argsort(doors[places], kind="stable")]
        numbers, first = np.unique(doors[places], return_index=True)
        for door, some in zip(numbers.tolist(), np.split(places, first[1:]), strict=len(numbers) > 0):
            checkpoint()
            closest[some] = np.where(moment.let_in(door, self.nodes), _PUBLIC, NONE)
        for place, number in enumerate(self.nodes.tolist()):
            begin, end = self.offers.slices.get(number, (0, 0))
            closest[begin:end, place] = NONE  # nobody hands over to itself

    def _ask_rules(self, closest: NDArray[np.int8]) -> None:
        """Take out the packets that the rules let nobody send."""
        questions = list(self._questions(closest))
        for first in range(0, len(questions), AT_ONCE):
            checkpoint()
            some = questions[first : first + AT_ONCE]
            self.hops.ask_ahead((one.holder, one.offer.organization, (one.offer,)) for one in some)
            for one in some:
                if not self.hops.packet_allowed(one.holder, one.offer):
                    closest[one.place, one.nodes] = NONE

    def _questions(self, closest: NDArray[np.int8]) -> Iterator[_Question]:
        """Yield each offer that takes packets alone, with holders who look alike and whom its door lets in."""
        for recipient in self.nodes.tolist():
            begin, end = self.offers.slices.get(recipient, (0, 0))
            packets = [begin + place for place in np.flatnonzero(self._is_packet[begin:end]).tolist()]
            alike = self._alike(recipient) if packets else []
            for place in packets:
                for nodes in alike:
                    let_in = nodes[closest[place, nodes] < NONE]
                    if len(let_in):
                        holder = int(self.nodes[let_in[0]])
                        yield _Question(place, self._offer(place), holder, let_in)

    def _alike(self, recipient: int) -> list[Ints]:
        """Return the nodes in groups that look alike to the rules.

        Of one kind, in the same house or not, by the same agreements; who is named in a consent stands alone.
        """
        checkpoint()
        snapshot, tied = self.hops.scenario.snapshot, self.hops.tied(recipient, ())
        named, like = self.hops.named_with(recipient), snapshot.organization_columns.like[self.nodes].tolist()
        groups: defaultdict[Hashable, list[int]] = defaultdict(list)
        for node, holder in enumerate(self.nodes.tolist()):
            signed = self.hops.agreements(holder, recipient) if holder in tied else ()
            at_home, alone = snapshot.same_house(holder, recipient), holder if holder in named else None
            groups[like[node], at_home, alone, tuple(one.slug for one in signed)].append(node)
        return [np.array(nodes) for nodes in groups.values()]

    def _by_ties(self, closest: NDArray[np.int8]) -> None:
        """Fill in what agreements and houses open, and how close they make a hand-off."""
        snapshot = self.hops.scenario.snapshot
        place_of = np.full(len(snapshot.organizations), -1, dtype=np.int64)
        place_of[self.nodes] = np.arange(len(self.nodes))
        opens = np.array(["agreement" in said for said in snapshot.words.doors], dtype=np.bool_)
        takes = self._is_usable & opens[snapshot.columns.door[self.offers.row]]
        for recipient in self.nodes.tolist():
            (begin, end), signed = self.offers.slices.get(recipient, (0, 0)), list(self._signed_with(recipient))
            house = list(self.hops.scenario.moment.house(recipient) - {recipient})
            if begin == end or not (signed or house):
                continue
            checkpoint()
            strangers, offers = closest[begin:end], [self._offer(place) for place in range(begin, end)]
            closer = np.full_like(strangers, NONE)
            for agreement, holders in signed:
                level, nodes = RELATIONSHIPS.index(agreement.level), place_of[holders[holders != recipient]]
                fits = np.flatnonzero([covers(agreement, offer.types) for offer in offers])
                some = np.ix_(fits, nodes[nodes >= 0])
                closer[some] = np.minimum(closer[some], level)
            let_in = (strangers < NONE) | ((closer < NONE) & takes[begin:end, None])
            nodes = place_of[house]
            closer[:, nodes[nodes >= 0]] = _INTERNAL
            strangers[:] = np.where(let_in, np.minimum(closer, _PUBLIC), NONE)

    def _signed_with(self, recipient: int) -> Iterator[tuple[Agreement, Ints]]:
        """Yield each agreement in force by which some hand over to an organization, and who these are."""
        snapshot, day = self.hops.scenario.snapshot, self.hops.scenario.moment.day.toordinal()
        columns = snapshot.agreement_columns
        for number in columns.of[recipient].tolist():
            if columns.in_force(number, day):
                parties = columns.parties[number]
                yield snapshot.records.agreements[number], parties if columns.mutual[number] else parties[:1]

    @cached_property
    def _modes(self) -> NDArray[np.uint8]:
        """The modes that each offer takes, spoken ones and packets."""
        return self.hops.scenario.snapshot.columns.modes[self.offers.row] & np.uint8(SPOKEN | _PACKET)

    @property
    def _is_usable(self) -> Flags:
        """Whether somebody can be handed over to an offer."""
        return self._modes > 0

    @cached_property
    def _is_packet(self) -> Flags:
        """Whether an offer takes packets, and nothing by word of mouth."""
        return self._modes == _PACKET

    def _offer(self, place: int) -> Offer:
        types = self.hops.scenario.snapshot.words.types
        one = pass_by(int(self.offers.row[place]), int(self.offers.owner[place]))
        return one._replace(type=types[int(self.offers.type[place])])
