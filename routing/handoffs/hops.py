"""The possible hand-offs: which service admits which holder, the closeness of two agencies, mode, and price.

A hop depends on the set of types handed over: an agreement with `types` covers a hop only when each handed-over type is
in `types`. So one pair of agencies may give several hops, each with the offers allowed; the cheapest hop that allows
every offer of a step has the step's true relationship and mode, since neither price falls along its order.

Holder `hotline`, needs `detox` and `shelter`, recipient `hope` with both, and an agreement with `types` {detox} → a hop
at the agreement's relationship with the detox alone, and a public hop with both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.client.scenario import Scenario
from routing.costs import MODE_HOURS, RELATIONSHIP
from routing.directory.agencies import Agreement
from routing.directory.arrays import Ints, are_among
from routing.directory.columns import Rows
from routing.handoffs.hop import Hop, Offer, cheapest, confirm_points, covers, levels, step_points
from routing.handoffs.permits import Permits
from routing.kept import cached_property
from routing.ports import Transfer


@dataclass
class Hops:
    """Builds hops for one request: `scenario` says who serves the client, `permits` what a packet may hold."""

    scenario: Scenario
    permits: Permits
    _near: dict[int, frozenset[int]] = field(default_factory=dict)
    _packets: dict[tuple[int, str], tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _best: dict[tuple[object, tuple[Offer, ...]], list[Hop]] = field(default_factory=dict)
    _confirm: dict[int, tuple[int, bool, bool]] = field(default_factory=dict)

    def agreements(self, holder: int, recipient: int) -> tuple[Agreement, ...]:
        """Return the agreements in force for a hop on the profile's day, closest first."""
        return self.scenario.moment.agreements(holder, recipient)

    def admits(self, row: int, holder: int) -> bool:
        """Say whether a service (row) accepts clients from a holder for the holder's attributes, agreements aside."""
        return bool(self.scenario.moment.opens_to(holder)[self.scenario.snapshot.columns.door[row]])

    def refuses(self, row: int, service_type: str, holder: int) -> bool:
        """Say whether a service (row) turns a holder away with a client for `service_type`, agreements included.

        A report, with which nobody is handed over, is not asked about: whatever its door says, no hop leads to it.
        """
        if self.admits(row, holder):
            return False
        return not self.takes_agreements(row) or not any(
            covers(agreement, (service_type,)) for agreement in self.agreements(holder, self.scenario.owner(row))
        )

    def refused(self, row: int, service_type: str, holders: Ints) -> NDArray[np.bool_]:
        """Return which of the holders a service (row) turns away with a client for `service_type`."""
        found = ~self.scenario.moment.let_in(int(self.scenario.snapshot.columns.door[row]), holders)
        if self.takes_agreements(row):
            partners = list(self.scenario.moment.partners(self.scenario.owner(row)))
            for place in np.flatnonzero(found & are_among(holders, partners)).tolist():
                found[place] = self.refuses(row, service_type, int(holders[place]))
        return found

    def takes_agreements(self, row: int) -> bool:
        """Say whether an agreement lets a holder in at a service (row) that would otherwise turn the holder away."""
        return "agreement" in self.scenario.referral(row).accepts_from

    def best(self, holder: int, recipient: int, offers: tuple[Offer, ...]) -> list[Hop]:
        """Return the hops worth keeping from holder to recipient; computed once for holders alike to the recipient."""
        key = self.looks_at(holder, recipient, offers), offers
        if key not in self._best:
            self._best[key] = cheapest(self.between(holder, recipient, offers))
        return self._best[key]

    def may_hand_over(self, holder: int, offer: Offer) -> bool:
        """Say whether there is any hop from holder to an offer."""
        if self.scenario.is_report(offer.organization, offer.type):
            return holder == self.scenario.origin
        return any(True for _ in self.between(holder, offer.organization, (offer,)))

    def looks_at(self, holder: int, recipient: int, offers: Iterable[Offer]) -> tuple[str, object]:
        """Return the holder's features that a recipient distinguishes: the holder, its kind, or its open doors."""
        named = (self.scenario.referral(offer.service).names for offer in offers)
        if holder in self._near_to(recipient) or any(holder in names for names in named):
            return "who", holder
        if any(self.may_send_only(offer.service) for offer in offers):
            return "kind", self.kind_of_holder(holder)
        return "doors", tuple(self.admits(offer.service, holder) for offer in offers)

    def may_send_only(self, row: int) -> bool:
        """Say whether a packet is ever considered: not where the client can be given the contact."""
        accepts = self.scenario.referral(row).accepts
        return "packet" in accepts and not (self.scenario.profile.may_call and "self" in accepts)

    def between(self, holder: int, recipient: int, offers: Sequence[Offer]) -> Iterator[Hop]:
        """Yield the hops from holder to recipient that allow at least one of the recipient's offers."""
        if self.scenario.reports:
            offers = [offer for offer in offers if not self.scenario.is_report(recipient, offer.type)]
        in_force = self.agreements(holder, recipient)
        for agreement in (None, *in_force):
            admitted = [
                offer
                for offer in offers
                if covers(agreement, offer.types)
                and (
                    self.admits(offer.service, holder)
                    or (agreement is not None and self.takes_agreements(offer.service))
                )
            ]
            for mode, packet, allowed in self._by_mode(holder, admitted, in_force):
                yield from self._priced(holder, recipient, allowed, mode=mode, agreement=agreement, packet=packet)

    def reports(self, recipient: int, offers: Sequence[Offer]) -> list[Hop]:
        """Return the ways in which the origin itself makes a report to a recipient: the client is not handed over."""
        at_home = recipient == self.scenario.origin  # a third party is helped there, and calls nobody
        told = [offer for offer in offers if not at_home and self.scenario.is_report(recipient, offer.type)]
        return cheapest(self._priced(self.scenario.origin, recipient, told, mode="report", agreement=None, packet=None))

    def through(self, holder: int, gateway: int, row: int) -> Iterator[Hop]:
        """Yield the hops from holder to a gateway through one of its services; the service is handed over whole."""
        types = self.scenario.service(row).types
        in_force = tuple(agreement for agreement in self.agreements(holder, gateway) if covers(agreement, types))
        if not self.admits(row, holder) and not (in_force and self.takes_agreements(row)):
            return
        closest = in_force[0] if in_force else None
        for mode, packet, allowed in self._by_mode(holder, [self.passing_by(row, gateway)], in_force):
            if allowed:
                hop = self._hop(holder, gateway, (), mode=mode, agreement=closest, packet=packet)
                yield hop._replace(price=hop.price + confirm_points(allowed, mode))
                return

    def passing_by(self, row: int, gateway: int) -> Offer:
        """Return the offer of a gateway's service (row), with the matters to confirm at the service."""
        if row not in self._confirm:
            self.look_ahead(np.array([row], dtype=np.int32))
        return Offer(row, gateway, -1, "", 0, 0, *self._confirm[row])

    def look_ahead(self, rows: Rows) -> None:
        """Look up the matters to confirm at the services `rows` as gateways, in one pass."""
        now = self.scenario.to_confirm_now.at(rows, "")
        then = self.scenario.to_confirm.at(rows, "") if self.scenario.denied else now
        columns = now.asked.tolist(), now.foreign.tolist(), then.any.tolist()
        self._confirm.update(zip(rows.tolist(), zip(*columns, strict=True), strict=True))

    def _by_mode(
        self, holder: int, offers: Sequence[Offer], in_force: tuple[Agreement, ...]
    ) -> Iterator[tuple[str, Agreement | None, list[Offer]]]:
        referral = self.scenario.referral
        if self.scenario.profile.client_present is True:
            yield "warm", None, [o for o in offers if "warm" in referral(o.service).accepts]
        yield "self", None, self.called(offers)
        packable = [o for o in offers if not o.entry and "packet" in referral(o.service).accepts]
        if packable and not self._all_by_word(packable):
            for agreement in (None, *in_force):
                yield "packet", agreement, [o for o in packable if self.packet_allowed(holder, o, agreement)]

    def _all_by_word(self, offers: Sequence[Offer]) -> bool:
        """Say whether one spoken mode serves every offer: then a packet for some offers is slower and no cheaper."""
        if self.scenario.profile.client_present is True:
            accepts = (self.scenario.referral(offer.service).accepts for offer in offers)
            if all("warm" in modes for modes in accepts):
                return True
        return len(self.called(offers)) == len(offers)

    def called(self, offers: Sequence[Offer]) -> list[Offer]:
        """Return the offers of which the client can be given the contact."""
        found = [offer for offer in offers if "self" in self.scenario.referral(offer.service).accepts]
        if self.scenario.profile.may_call:
            return found
        return list(filter(self.is_open_to_children, found))

    def is_open_to_children(self, offer: Offer) -> bool:
        """Say whether even a young child may be given the contact of an offer."""
        return self.scenario.snapshot.law.called_by_children.issuperset(self.types_handed_over(offer))

    @cached_property
    def without_calls(self) -> Hops:
        """The same hops for a client who may not be given a number to call."""
        present = self.scenario.profile.client_present
        return Hops(self.scenario.supposing((), client_present=present, may_call=False), self.permits)

    def types_handed_over(self, offer: Offer) -> Collection[str]:
        """Return the types handed over for an offer: at a gateway, all types of its service."""
        return offer.types or self.scenario.service(offer.service).types

    def packet_allowed(self, holder: int, offer: Offer, agreement: Agreement | None) -> bool:
        """Say whether every data class that a packet for an offer carries and reveals may go under an agreement."""
        return self.is_covered(offer, agreement) and self.permits.together(self.transfers(holder, offer, agreement))

    def is_covered(self, offer: Offer, agreement: Agreement | None) -> bool:
        """Say whether an agreement covers what is handed over for an offer: at a gateway, all types of its service."""
        return covers(agreement, self.types_handed_over(offer))

    def transfers(self, holder: int, offer: Offer, agreement: Agreement | None) -> list[Transfer]:
        """Return a transfer for each data class that a packet for an offer carries and reveals, under an agreement."""
        if (offer.service, offer.type) not in self._packets:
            service = self.scenario.service(offer.service)
            classes = self.scenario.snapshot.packet_classes(service, offer.types)
            self._packets[offer.service, offer.type] = service.organization, classes
        to, classes = self._packets[offer.service, offer.type]
        who, slug = self.scenario.organization(holder).slug, None if agreement is None else agreement.slug
        return [Transfer(who, to, data, slug) for data in classes]

    def _priced(
        self,
        holder: int,
        recipient: int,
        offers: Sequence[Offer],
        *,
        mode: str,
        agreement: Agreement | None,
        packet: Agreement | None,
    ) -> Iterator[Hop]:
        """Yield the hop with its price; the offers that excuse a discoverable receiver also make a cheaper hop alone.

        So do the offers with fewer matters to confirm, or without a stay.
        """
        offer_sets = [tuple(offers)]
        if self.scenario.exposure(recipient) == "discoverable":
            offer_sets.append(tuple(o for o in offers if self.asks_for_it((o,))))
        for some in dict.fromkeys(level for offer_set in offer_sets for level in levels(offer_set)):
            yield self._hop(holder, recipient, some, mode=mode, agreement=agreement, packet=packet)

    def _hop(
        self,
        holder: int,
        recipient: int,
        offers: tuple[Offer, ...],
        *,
        mode: str,
        agreement: Agreement | None,
        packet: Agreement | None,
    ) -> Hop:
        lens, is_report = self.scenario.lens, mode == "report"
        relationship = "public" if agreement is None else agreement.level
        if self.scenario.snapshot.same_house(holder, recipient):
            relationship = "internal"
        return Hop(
            organization=recipient,
            offers=offers,
            mode=mode,
            relationship=relationship,
            agreement=None if agreement is None else agreement.slug,
            packet_agreement=None if packet is None else packet.slug,
            price=lens.handoff
            + lens.exposure(self.scenario.exposure(recipient), asked_for=self.asks_for_it(offers))
            + lens.mode(mode)
            + (0 if is_report else RELATIONSHIP[relationship])
            + step_points(offers, mode),
            hours=MODE_HOURS[mode],
        )

    def asks_for_it(self, offers: Sequence[Offer]) -> bool:
        """Say whether a step meets only needs that lead to a discoverable place by their nature."""
        needs, excused = len(self.scenario.profile.needs), self.scenario.snapshot.law.may_be_discoverable
        return bool(offers) and all(o.bit < needs and o.type in excused for o in offers)

    def kind_of_holder(self, holder: int) -> int:
        """Return the number of the holder's attributes on which a hop can depend, ties to the recipient aside."""
        return int(self.scenario.snapshot.organization_columns.like[holder])

    def tied(self, recipient: int, rows: Iterable[int]) -> frozenset[int]:
        """Return the holders set apart from their kind in the recipient's eyes: by agreement, house, consent or id.

        An id counts where the door of any of the recipient's services `rows` names the holder.
        """
        return self._near_to(recipient).union(*(self.scenario.referral(row).names for row in rows))

    def _near_to(self, recipient: int) -> frozenset[int]:
        if recipient not in self._near:
            moment = self.scenario.moment
            self._near[recipient] = moment.partners(recipient) | moment.house(recipient) | self.named_with(recipient)
        return self._near[recipient]

    def named_with(self, recipient: int) -> frozenset[int]:
        """Return the holders named with a recipient in a recorded consent."""
        return frozenset(self._named_pairs.get(recipient, ()))

    @cached_property
    def _named_pairs(self) -> dict[int, list[int]]:
        """The holders named with each recipient in a recorded consent; unknown organizations are left out."""
        index, found = self.scenario.snapshot.organization_index, dict[int, list[int]]()
        for holder, recipient in self.permits.rules.named_pairs():
            if holder in index and recipient in index:
                found.setdefault(index[recipient], []).append(index[holder])
        return found

    def internal(self, offers: Sequence[Offer]) -> list[Hop]:
        """Return the ways to take the step at the origin itself: no hand-off, and no data leave the origin."""
        return [
            Hop(self.scenario.origin, some, "internal", "internal", None, None, step_points(some, "internal"), 0)
            for some in levels(tuple(offers))
        ]
