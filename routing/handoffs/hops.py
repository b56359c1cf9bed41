"""The possible hand-offs: which service admits which holder, the closeness of two agencies, mode, and price.

A hop depends on the set of types handed over, since an agreement with `types` covers a hop only when each is in
`types`: one pair of agencies may give several hops, each with the offers allowed. The cheapest that allows every offer
of a step has the step's true relationship and mode, since neither price falls along its order. Hops are built once for
all holders with the same `Grants`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.costs import MODE_HOURS, RELATIONSHIP
from routing.directory.arrays import Ints, are_among
from routing.directory.columns import Rows
from routing.handoffs.hop import (
    CandidateService,
    Hop,
    Way,
    cheapest,
    confirm_points,
    is_needless,
    levels,
    lowest,
    step_points,
    with_agreements,
)
from routing.handoffs.permits import Permits
from routing.handoffs.standing import Grants, Reception, Standings
from routing.ports import HopRules


@dataclass
class Hops:
    """Builds hops for one request: `scenario` holds the services for the client, `permits` the packets that may go."""

    scenario: Scenario
    permits: Permits
    _near: dict[int, frozenset[int]] = field(default_factory=dict)
    _views: dict[tuple[CandidateService, ...], Reception] = field(default_factory=dict)
    _confirm: dict[int, tuple[int, bool, bool]] = field(default_factory=dict)

    @classmethod
    def at(cls, scenario: Scenario, rules: HopRules) -> Self:
        """Return the hops of a scenario; scenarios of a request that differ in services alone share what is costly.

        An answer about the client mostly opens services, and a question has dozens of answers.
        """
        permits, profile = Permits.at(scenario.moment, rules), scenario.profile
        may = profile.client_present, profile.may_call, profile.third_party
        alike = profile.origin, profile.needs, profile.prefer, profile.reports, may
        return cls(scenario, permits, _views=permits.receptions.setdefault(alike, {}))

    def admits(self, row: int, holder: int) -> bool:
        """Return whether a service (row) accepts clients from a holder for its attributes, agreements aside."""
        return bool(self.scenario.snapshot.ties.opens_to(holder)[self.scenario.snapshot.columns.door[row]])

    def refuses(self, row: int, service_type: str, holder: int) -> bool:
        """Return whether a service (row) turns a holder away with a client for `service_type`, agreements included.

        A report, with which nobody is handed over, is not asked about: whatever its door says, no hop leads to it.
        """
        if self.admits(row, holder):
            return False
        return not self.takes_agreements(row) or not any(
            agreement.covers((service_type,))
            for agreement in self.scenario.moment.agreements(holder, self.scenario.owner(row))
        )

    def refusals(self, row: int, service_type: str, holders: Ints) -> NDArray[np.bool_]:
        """Return which of the holders a service (row) turns away with a client for `service_type`."""
        flags = ~self.scenario.moment.let_in(int(self.scenario.snapshot.columns.door[row]), holders)
        if self.takes_agreements(row):
            partners = list(self.scenario.moment.partners(self.scenario.owner(row)))
            for place in np.flatnonzero(flags & are_among(holders, partners)).tolist():
                flags[place] = self.refuses(row, service_type, int(holders[place]))
        return flags

    def takes_agreements(self, row: int) -> bool:
        """Return whether an agreement lets a holder in at a service (row) that would otherwise turn the holder away."""
        return "agreement" in self.scenario.referral(row).accepts_from

    def best(self, holder: int, recipient: int, offers: tuple[CandidateService, ...]) -> list[Hop]:
        """Return the hops worth keeping from holder to recipient, each of which allows at least one of the offers."""
        view = self.view(recipient, offers)
        if holder not in view.hops:
            key, names = self._look(holder, view)
            view.hops[holder] = with_agreements(view.ways[key], names)
        return view.hops[holder]

    def beside_origin(self, holder: int, recipient: int, offers: tuple[CandidateService, ...]) -> list[Hop]:
        """Return the hops worth keeping beside those of the origin, which may hand over in place of any holder."""
        view = self.view(recipient, offers)
        key, names = self._look(holder, view)
        if key not in view.ways_beside_origin:
            of_origin = self.best(self.scenario.origin, recipient, offers)
            view.ways_beside_origin[key] = [way for way in view.ways[key] if not is_needless(way.hop, of_origin)]
        return with_agreements(view.ways_beside_origin[key], names)

    def _look(self, holder: int, view: Reception) -> tuple[object, Sequence[str | None]]:
        """Return the key to the ways of holders that look alike to a recipient, and the holder's own agreements."""
        standing, names = self.standings.of(holder, view)
        if standing not in view.ways:
            view.ways[standing] = cheapest(self.ways(view, standing))
        return standing, names

    def may_hand_over(self, holder: int, offer: CandidateService) -> bool:
        """Return whether there is any hop from holder to an offer."""
        if self.scenario.is_report(offer.organization, offer.type):
            return holder == self.scenario.origin
        return bool(self.best(holder, offer.organization, (offer,)))

    @cached_property
    def standings(self) -> Standings:
        """The standings of holders with recipients."""
        return Standings(self.scenario, self.permits)

    def view(self, recipient: int, offers: tuple[CandidateService, ...]) -> Reception:
        """Return a recipient with some of its offers, for all holders."""
        if offers not in self._views:
            self._views[offers] = Reception(
                self.scenario,
                recipient,
                offers,
                exceptions=self.exceptions(recipient, {offer.service for offer in offers}),
                rule_exceptions=self._rule_exceptions(recipient),
                consent_holders=self.named_with(recipient),
                only_by_consent=self._only_by_consent,
            )
        return self._views[offers]

    @property
    def _only_by_consent(self) -> frozenset[str]:
        return self.permits.only_by_consent

    def packet_allowed(self, holder: int, offer: CandidateService) -> bool:
        """Return whether a packet for an offer may go from a holder, without an agreement or under one."""
        return bool(self.standings.may_send(holder, self.view(offer.organization, (offer,))))

    def may_send_only(self, row: int) -> bool:
        """Return whether a packet is ever considered: not where the client can be given the contact."""
        accepts = self.scenario.referral(row).accepts
        return "packet" in accepts and not (self.scenario.profile.may_call and "self" in accepts)

    def ways(self, view: Reception, standing: Grants) -> Iterator[Way]:
        """Yield the ways to a recipient that are open to holders of a standing."""
        for number, (relationship, let_in, _) in enumerate(standing):
            spoken = ("warm", let_in & view.warm), ("self", let_in & view.by_self)
            packable = view.packable(let_in)
            sent = (("packet", packable & row.packets) for row in standing)
            for packet, (mode, allowed) in enumerate((*spoken, *sent), start=-len(spoken)):
                for hop in self._priced(view.recipient, view.part(allowed), mode=mode, relationship=relationship):
                    yield Way(hop, number, max(packet, 0))

    def reports(self, recipient: int, offers: Sequence[CandidateService]) -> list[Hop]:
        """Return the ways in which the origin itself makes a report to a recipient: the client is not handed over."""
        at_home = recipient == self.scenario.origin  # a third party is helped there, and calls nobody
        report_offers = [offer for offer in offers if not at_home and self.scenario.is_report(recipient, offer.type)]
        internal = self.scenario.snapshot.same_family(self.scenario.origin, recipient)
        relationship = "internal" if internal else "public"
        return lowest(self._priced(recipient, report_offers, mode="report", relationship=relationship))

    def through(self, holder: int, gateway: int, row: int) -> list[Hop]:
        """Return the hop from holder to a gateway by one of its services, handed over whole; none where not let in."""
        offer = self.passing_by(row, gateway)
        view = self.view(gateway, (offer,))
        if holder not in view.hops:
            view.hops[holder] = self._through(holder, view, offer)
        return view.hops[holder]

    def _through(self, holder: int, view: Reception, offer: CandidateService) -> list[Hop]:
        standing, names = self.standings.of(holder, view)
        let_in = [number for number, row in enumerate(standing) if row.let_in]
        mode = "warm" if view.warm else "self" if view.by_self else "packet"
        sent = [number for number, row in enumerate(standing) if mode != "packet" or row.packets]
        if not let_in or not sent:
            return []
        number, packet = next((place for place in let_in if place), 0), sent[0]
        hop = self._hop(view.recipient, (), mode=mode, relationship=standing[number].relationship)
        hop = hop._replace(price=hop.price + confirm_points((offer,), mode))
        return with_agreements([Way(hop, number, packet)], names)

    def passing_by(self, row: int, gateway: int) -> CandidateService:
        """Return the offer of a gateway's service (row), with the matters to confirm at the service."""
        if row not in self._confirm:
            self.look_ahead(np.array([row], dtype=np.int32))
        return CandidateService(row, gateway, -1, "", 0, 0, *self._confirm[row])

    def look_ahead(self, rows: Rows) -> None:
        """Look up the matters to confirm at the services `rows` as gateways, in one pass."""
        now = self.scenario.to_confirm_now.at(rows, "")
        is_now = self.scenario.to_confirm is self.scenario.to_confirm_now
        then = now if is_now else self.scenario.to_confirm.at(rows, "")
        columns = now.question_points.tolist(), now.foreign.tolist(), then.any.tolist()
        self._confirm.update(zip(rows.tolist(), zip(*columns, strict=True), strict=True))

    def called(self, offers: Sequence[CandidateService]) -> list[CandidateService]:
        """Return the offers of which the client can be given the contact."""
        contacts = [offer for offer in offers if "self" in self.scenario.referral(offer.service).accepts]
        if self.scenario.profile.may_call:
            return contacts
        return list(filter(self.is_open_to_children, contacts))

    def is_open_to_children(self, offer: CandidateService) -> bool:
        """Return whether even a young child may be given the contact of an offer."""
        return self.scenario.snapshot.law.called_by_children.issuperset(self.types_handed_over(offer))

    @cached_property
    def without_calls(self) -> Hops:
        """The same hops for a client who may not be given a number to call."""
        present = self.scenario.profile.client_present
        return Hops(self.scenario.supposing((), client_present=present, may_call=False), self.permits)

    def types_handed_over(self, offer: CandidateService) -> Collection[str]:
        """Return the types handed over for an offer: at a gateway, all types of its service."""
        return offer.types or self.scenario.service(offer.service).types

    def _priced(
        self, recipient: int, offers: Sequence[CandidateService], *, mode: str, relationship: str
    ) -> Iterator[Hop]:
        """Yield the hop with its price, and cheaper ones for parts of the offers: `levels`, those that excuse it."""
        offer_sets = [tuple(offers)]
        if self.scenario.exposure(recipient) == "discoverable":
            offer_sets.append(tuple(o for o in offers if self.asks_for_it((o,))))
        for level in dict.fromkeys(level for offer_set in offer_sets for level in levels(offer_set)):
            yield self._hop(recipient, level, mode=mode, relationship=relationship)

    def _hop(self, recipient: int, offers: tuple[CandidateService, ...], *, mode: str, relationship: str) -> Hop:
        weights = self.scenario.weights
        return Hop(
            organization=recipient,
            offers=offers,
            mode=mode,
            relationship=relationship,
            agreement=None,
            packet_agreement=None,
            price=weights.handoff
            + weights.exposure(self.scenario.exposure(recipient), asked_for=self.asks_for_it(offers))
            + weights.mode(mode)
            + (0 if mode == "report" else RELATIONSHIP[relationship])
            + step_points(offers, mode),
            hours=MODE_HOURS[mode],
        )

    def asks_for_it(self, offers: Sequence[CandidateService]) -> bool:
        """Return whether a step meets only needs that lead to a discoverable place by their nature."""
        needs, excused = len(self.scenario.profile.needs), self.scenario.snapshot.law.may_be_discoverable
        return bool(offers) and all(o.bit < needs and o.type in excused for o in offers)

    def kind_of_holder(self, holder: int) -> int:
        """Return the number of the holder's attributes on which a hop can depend, ties to the recipient aside."""
        return int(self.scenario.snapshot.organization_columns.like[holder])

    def exceptions(self, recipient: int, rows: Iterable[int]) -> frozenset[int]:
        """Return the exceptions of a kind of holder: by agreement, family, consent, or name at a door of `rows`."""
        return self._near_to(recipient).union(*(self.scenario.referral(row).names for row in rows))

    def _near_to(self, recipient: int) -> frozenset[int]:
        if recipient not in self._near:
            self._near[recipient] = self.scenario.moment.partners(recipient) | self._rule_exceptions(recipient)
        return self._near[recipient]

    def _rule_exceptions(self, recipient: int) -> frozenset[int]:
        """Return the holders whose packets without an agreement the rules may distinguish from those of their kind."""
        return self.scenario.moment.family(recipient) | self.named_with(recipient)

    def named_with(self, recipient: int) -> frozenset[int]:
        """Return the holders named with a recipient in a recorded consent."""
        return frozenset(self._named_pairs.get(recipient, ()))

    @cached_property
    def _named_pairs(self) -> dict[int, list[int]]:
        """The holders named with each recipient in a recorded consent."""
        index, holders = self.scenario.snapshot.organization_index, dict[int, list[int]]()
        for holder, recipient in self.permits.rules.named_pairs():
            if holder in index and recipient in index:
                holders.setdefault(index[recipient], []).append(index[holder])
        return holders

    def internal(self, offers: Sequence[CandidateService]) -> list[Hop]:
        """Return the ways to take the step at the origin itself: no hand-off, and no data leave the origin."""
        return [
            Hop(self.scenario.origin, level, "internal", "internal", None, None, step_points(level, "internal"), 0)
            for level in levels(tuple(offers))
        ]
