"""What keeps the services of an uncovered need off every path: a count for each reason, each service once under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from routing.case import Case
from routing.eligibility import DIMENSIONS, NO, UNKNOWN, Eligibility
from routing.feasible import Holders, reached
from routing.gateways import Gateways
from routing.hops import Hops, Offer, covers, packet_classes
from routing.hours import has_room, open_in_time
from routing.model import Need, Reason, Uncovered
from routing.offers import table_of
from routing.ports import Transfer
from routing.prices import Wanted
from routing.problem import build_problem
from routing.search import prepare, solve

CODES = (
    "no_service",
    "age",
    "area",
    "gender",
    "language",
    "trait",
    "closed",
    "full",
    "source",
    "prerequisite",
    "agreement",
    "consent",
    "mode",
    "avoided",
    "unknown",
)
"""All reason codes, in the order in which they are shown (contract, "uncovered")."""


def explain_uncovered(hops: Hops, gateways: Gateways, needs: Sequence[Need]) -> tuple[Uncovered, ...]:
    """Return, for each of these needs, what rules out each service of its type; pure.

    A service that is not active counts only under `closed`; one counts under `unknown` only when nothing else rules it
    out. Reasons may be empty: then the need could be covered, at a price that was not worth it.
    """
    explainer = _Explainer(hops, gateways)
    return tuple(explainer.explain(need) for need in needs)


class _Explainer:
    """What the reasons of one request share."""

    def __init__(self, hops: Hops, gateways: Gateways) -> None:
        self.case, self.hops, self.gateways = hops.case, hops, gateways
        self._met: dict[Need, bool] = {}
        self._sender_to: dict[int, int | None] = {}

    @cached_property
    def _holders(self) -> Holders:
        return reached(self.hops, self.gateways)

    def explain(self, need: Need) -> Uncovered:
        """Return what rules out each service of one need's type."""
        rows = self.case.snapshot.postings.get(need.type, np.empty(0, dtype=np.int32))
        if not len(rows):
            return Uncovered(need.type, (Reason("no_service", 0),))
        verdicts = self.case.judge(rows)
        failures = {row: self._failures(need, row, verdicts, place=place) for place, row in enumerate(rows.tolist())}
        counts = Counter(code for found in failures.values() for code in found)
        return Uncovered(
            need.type,
            tuple(
                Reason(code, counts[code], _next_opening(self.case, failures) if code == "closed" else None)
                for code in CODES
                if counts[code]
            ),
        )

    def _failures(self, need: Need, row: int, verdicts: Eligibility, *, place: int) -> set[str]:
        case = self.case
        if not case.snapshot.columns.active[row]:
            return {"closed"}
        found = {name for name in DIMENSIONS if getattr(verdicts, name)[place] == NO}
        availability = case.moment.availability(row)
        if not open_in_time(availability, need.urgency, case.profile.at, case.snapshot.zone):
            found.add("closed")
        if not has_room(availability, need.urgency):
            found.add("full")
        if case.avoided(case.owner(row)):
            found.add("avoided")
        found |= self._door(need, row)
        if not found and verdicts.overall[place] == UNKNOWN:
            found.add("unknown")
        if not found and self._missing(row) and not self._can_be_met(need, need.type):
            # Each thing that has to come first could be met, and all of it together is more than one path may add.
            found.add("prerequisite")
        return found

    def _missing(self, row: int) -> frozenset[str]:
        return self.case.service(row).requires - self.case.profile.client.completed

    def _door(self, need: Need, row: int) -> set[str]:
        """Return what is wrong with the way in: who may refer, what must come first, and how to hand over."""
        found = set() if all(self._can_be_met(need, kind) for kind in self._missing(row)) else {"prerequisite"}
        organization = self.case.owner(row)
        if organization == self.case.origin:
            return found
        senders = self._holders.unlike(organization, (row,))
        admitted = [holder for holder in senders if not self.hops.refuses(row, need.type, holder)]
        gateways, offer = self._gateways(need, row), Offer(row, organization, 0, need.type, 0, 0)
        if self._is_by_word(row):  # then anybody will do
            return found if admitted or next(gateways, None) is not None else found | {"source"}
        ways_in = [*admitted, *dict.fromkeys(gateways)]
        if not ways_in:
            found.add("source")
        found |= self._mode_failures(offer, ways_in or senders)
        if not found and admitted and not self._can_be_met(need, need.type):
            # A gateway stands only where the holder is turned away: those who are admitted have to find their own way.
            found = self._mode_failures(offer, admitted)
        return found

    def _gateways(self, need: Need, row: int) -> Iterator[int]:
        """Yield the organizations that could be a gateway to this service and can themselves be handed over to."""
        for own in self.gateways.rows(row, need.type, need.urgency):
            first = all(self._can_be_met(need, kind) for kind in self._missing(own))
            if first and self._can_be_reached(own, but=self.case.owner(row)):
                yield self.case.owner(own)

    def _can_be_reached(self, row: int, *, but: int) -> bool:
        """Say whether anybody, that one aside, may hand over to a gateway's service (row)."""
        if row not in self._sender_to:
            self._sender_to[row] = self._first_sender(row)
        return (self._sender_to[row] if self._sender_to[row] != but else self._first_sender(row, but=but)) is not None

    def _first_sender(self, row: int, *, but: int = -1) -> int | None:
        senders = self._holders.unlike(self.case.owner(row), (row,), but=but)
        return next((sender for sender in senders if self.gateways.is_reached(row, (sender,))), None)

    def _can_be_met(self, need: Need, kind: str) -> bool:
        """Say whether some path meets this prerequisite by itself, as urgently as it would have to be."""
        own = next((n for n in self.case.profile.needs if n.type == kind), Need(kind, need.urgency))
        if own not in self._met:
            self._met[own] = self._is_met_at_once(own) or self._is_met_alone(own)
        return self._met[own]

    def _is_met_at_once(self, need: Need) -> bool:
        """Say whether the origin may hand over to somebody who asks for nothing first."""
        is_need = any(need.type == one.type for one in self.case.profile.needs)
        table = table_of(self.case, [Wanted(need.type, need.urgency, is_need)])
        return bool((table.open & table.free).any())

    def _is_met_alone(self, need: Need) -> bool:
        profile = replace(self.case.profile, needs=(replace(need, required=True),))
        problem = build_problem(Case(self.case.snapshot, profile, earlier=self.case.moment), self.hops.rules)
        return any(tables.starts for tables in solve(prepare(problem)))

    def _is_by_word(self, row: int) -> bool:
        """Say whether a service (row) takes the client without a packet: by a call together, or by the client's own."""
        accepts = self.case.service(row).accepts
        return "self" in accepts or ("warm" in accepts and self.case.profile.client_present is True)

    def _mode_failures(self, offer: Offer, senders: Sequence[int]) -> set[str]:
        service = self.case.service(offer.service)
        if self._is_by_word(offer.service):
            return set()
        found = {"mode"} if "warm" in service.accepts else set()
        if "packet" not in service.accepts:
            return found
        self.hops.ask_ahead((holder, offer.organization, (offer,)) for holder in senders)
        for holder in senders:
            for agreement in (None, *self.hops.agreements(holder, offer.organization)):
                if self.hops.packet_allowed(holder, offer, agreement):
                    return set()
        return found | self._hindrances(offer, senders)

    def _hindrances(self, offer: Offer, senders: Sequence[int]) -> set[str]:
        """Return what stops a packet from the origin, or from each sender where the origin is not among them."""
        case, service = self.case, self.case.service(offer.service)
        found: set[str] = set()
        for holder in [case.origin] if case.origin in senders else senders:
            slug = case.organization(holder).slug
            in_force = self.hops.agreements(holder, offer.organization)
            covering = next((agreement.slug for agreement in in_force if covers(agreement, offer.type)), None)
            for data in packet_classes(service, (offer.type,)):
                found |= self.hops.rules.hindrances(Transfer(slug, service.organization, data, covering))
        return found


def _next_opening(case: Case, failures: dict[int, set[str]]) -> datetime | None:
    """Return when the first closed service opens: one that only waiting would open, if there is any."""
    closed = [row for row, found in failures.items() if "closed" in found and case.snapshot.columns.active[row]]
    waiting = [row for row in closed if failures[row] == {"closed"}]
    openings = [case.moment.availability(row).opens_at for row in waiting or closed]
    return min((o for o in openings if o is not None), key=lambda o: o.astimezone(UTC), default=None)
