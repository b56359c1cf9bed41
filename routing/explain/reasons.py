"""The reasons that keep the services of an uncovered need off every path: services counted once under each reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from routing.budget import TimeBudgetExceeded
from routing.cached_property import cached_property
from routing.client.eligibility import DIMENSIONS, NO, UNKNOWN
from routing.client.modes import BY_WORD, SELF, may_be_called, usable_modes
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.directory.columns import Rows
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import CandidateService
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Table, table_of
from routing.handoffs.permits import Permits
from routing.model import Need, Reason, Uncovered
from routing.ports import ReasonRules, Transfer
from routing.pruning.feasibility import Holders, may_meet, reachable_holders
from routing.ranking.alternatives import Without
from routing.search.graph import HopGraph, hop_graph_of

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
    "client",
)
"""Every reason code, in the order of display (contract, "uncovered")."""

_PLACE = {code: place for place, code in enumerate(CODES)}

FailureTable = NDArray[np.bool_]
"""Which reasons hold for which services, shape (CODES, services)."""


def explain_uncovered(gateways: Gateways, needs: Sequence[Need], rules: ReasonRules) -> tuple[Uncovered, ...]:
    """Return, for each of the needs, the reasons that rule out services of its type; pure.

    An inactive service counts only under `closed`; a service counts under `unknown` only when no other reason rules it
    out. Where a third party asks, services that only the client could ask for count under `client` alone. Reasons may
    be empty: then the need could be covered, at a price that was not worth paying.
    """
    explainer = _Explainer(gateways, rules)
    return tuple(explainer.explain(need) for need in needs)


class _Explainer:
    """The results shared by the reasons of a request."""

    def __init__(self, gateways: Gateways, rules: ReasonRules) -> None:
        self.scenario, self.hops, self.gateways = gateways.hops.scenario, gateways.hops, gateways
        self._rules = rules
        self._graphs: dict[tuple[Need, frozenset[str]], HopGraph | None] = {}
        self._attainable: dict[Need, bool] = {}
        self._sender_to: dict[int, int | None] = {}

    @cached_property
    def _holders(self) -> Holders:
        return reachable_holders(self.hops, self.gateways)

    def explain(self, need: Need) -> Uncovered:
        """Return the reasons that rule out services of a need's type."""
        scenario = self.scenario
        rows = scenario.snapshot.postings.get(need.type, np.empty(0, dtype=np.int32))
        if scenario.profile.third_party and need.type not in scenario.snapshot.law.by_third_party:
            return Uncovered(need.type, (Reason("client", len(rows)),))
        if not len(rows):
            return Uncovered(need.type, (Reason("no_service", 0),))
        active = rows[scenario.snapshot.columns.active[rows]]
        try:
            table = self._failures(need, active)
        except TimeBudgetExceeded:
            return Uncovered(need.type, (), explained=False)
        counts = dict(zip(CODES, table.sum(axis=1).tolist(), strict=True))
        counts["closed"] += len(rows) - len(active)
        opens_at = _next_opening(scenario, active, table)
        return Uncovered(
            need.type,
            tuple(Reason(code, counts[code], opens_at if code == "closed" else None) for code in CODES if counts[code]),
            may_be_met=not bool(table.any(axis=0).all()),
        )

    def _failures(self, need: Need, rows: Rows) -> FailureTable:
        """Return the reasons that rule out each service of `rows`; every service is active."""
        scenario, table = self.scenario, np.zeros((len(CODES), len(rows)), dtype=np.bool_)
        verdicts, urgency = scenario.client.judge(rows), URGENCIES.index(need.urgency)
        opening = scenario.opening_for(rows, need.type)
        is_report, confirm = scenario.are_reports(rows, need.type), scenario.to_confirm.at(rows, need.type)
        for name in DIMENSIONS:
            table[_PLACE[name]] = (getattr(verdicts, name) == NO) & ~(is_report & (name != "area"))
        table[_PLACE["age"]] |= confirm.too_old & ~is_report
        table[_PLACE["gender"]] |= confirm.unlike & ~is_report
        by_word = self._by_word(need, rows)
        unheard = confirm.any & ~by_word & ~is_report
        unheard &= scenario.snapshot.columns.organization[rows] != scenario.origin
        table[_PLACE["language"]] = unheard & confirm.foreign
        table[_PLACE["closed"]] = ~scenario.moment.open_in_time(opening, urgency)
        table[_PLACE["full"]] = ~scenario.has_room(opening, urgency)
        table[_PLACE["mode"]] = scenario.only_reported(rows, need.type) & ~is_report
        table[_PLACE["mode"]] |= unheard & self._is_barred(need.type, rows)
        table[_PLACE["avoided"]] = scenario.refusals(scenario.snapshot.columns.organization[rows])
        if not scenario.profile.third_party:
            numbers, index = np.unique(scenario.snapshot.columns.requires[rows], return_inverse=True)
            reachable = [self._can_come_first(need, number) for number in numbers.tolist()]
            table[_PLACE["prerequisite"]] = ~np.array(reachable, dtype=np.bool_)[index]
        self._add_ways_in(need, rows, table, ~unheard)
        nothing = ~table.any(axis=0)
        doubtful = np.where(is_report, verdicts.area, verdicts.overall) == UNKNOWN
        unasked = (confirm.unasked & ~is_report) | (unheard & (confirm.question_points > 0))
        table[_PLACE["unknown"]] = unknown = nothing & (doubtful | unasked)
        offers = self._table(need)  # what the origin hands over to by word of mouth, without a step before, is met
        at_once = np.isin(rows, offers.row[offers.open & offers.free])
        for place in np.flatnonzero(nothing & ~unknown & ~at_once).tolist():
            scenario.time_budget.check()
            row = int(rows[place])
            if not self._is_attainable(need, by=row):
                table[[_PLACE[code] for code in self._only_together(need, row)], place] = True
        return table

    def _still_missing(self, number: int) -> frozenset[str]:
        """Return the types of an entry of `words.requires` (number) that the client has not completed."""
        return self.scenario.snapshot.words.requires[number] - self.scenario.profile.client.completed

    def _can_come_first(self, need: Need, number: int) -> bool:
        return all(self._can_be_met(need, service_type) for service_type in self._still_missing(number))

    def _add_ways_in(self, need: Need, rows: Rows, table: FailureTable, settled: NDArray[np.bool_]) -> None:
        """Mark the failures of the way in; `settled`: services with nothing left to confirm by conversation."""
        away = self.scenario.snapshot.columns.organization[rows] != self.scenario.origin
        away &= ~self.scenario.are_reports(rows, need.type)
        if not away.any():
            return
        by_word = self._by_word(need, rows)
        for place in np.flatnonzero(away & ~(by_word & self._lets_in(rows))).tolist():
            self.scenario.time_budget.check()
            row = int(rows[place])
            ways_in = self._ways_in(need, row)
            sender = next(ways_in, None)
            table[_PLACE["source"], place] = sender is None
            if settled[place] and not by_word[place]:
                senders = self._senders(row) if sender is None else list(dict.fromkeys((sender, *ways_in)))
                failures = self._mode_failures(self._offer(need, row), senders)
                table[[_PLACE[code] for code in failures], place] = True

    def _only_together(self, need: Need, row: int) -> set[str]:
        """Return the reasons that keep a service off every path together, as prerequisites that fit on no one path."""
        scenario = self.scenario
        prerequisites = self._still_missing(int(scenario.snapshot.columns.requires[row]))
        offer, admitted = self._offer(need, row), list(self._admitted(need, row))
        is_report = scenario.is_report(offer.organization, offer.type)
        if admitted and not is_report and not self._by_word(need, np.array([row]))[0]:
            # A gateway might do, and no path reaches it: the failures of the admitted holders can be mended.
            failures = self._mode_failures(offer, admitted)
            if failures:
                return failures
        if prerequisites and self._is_attainable(need, by=row, completed=prerequisites):
            # Each prerequisite could be met alone: not every one on one path, or by a holder that may hand over.
            return {"prerequisite"}
        # Some other holder could hand over, and does not come to hold by then.
        return self._mode_failures(offer, [scenario.origin]) if scenario.origin in admitted else {"source"}

    def _by_word(self, need: Need, rows: Rows) -> NDArray[np.bool_]:
        """Return which services take the client without a packet: by a call together, or by the client's own call."""
        return usable_modes(self.scenario, rows, need.type) & BY_WORD > 0

    def _is_barred(self, service_type: str, rows: Rows) -> NDArray[np.bool_]:
        """Return the services that take clients who call alone, which this client, a young child, must not."""
        calls = self.scenario.snapshot.columns.modes[rows] & SELF > 0
        return calls & (not may_be_called(self.scenario, (service_type,)))

    def _lets_in(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which services let in a possible holder other than their own organization, agreements aside."""
        columns, holders = self.scenario.snapshot.columns, np.array(self._holders.all)
        doors, place = np.unique(columns.door[rows], return_inverse=True)
        let_in = [holders[self.scenario.moment.let_in(door, holders)] for door in doors.tolist()]
        several = np.array([len(group) > 1 for group in let_in], dtype=np.bool_)
        only = np.array([group[0] if len(group) else -1 for group in let_in])[place]
        return several[place] | ((only >= 0) & (only != columns.organization[rows]))

    def _offer(self, need: Need, row: int) -> CandidateService:
        return CandidateService(row, self.scenario.owner(row), 0, need.type, 0, 0)

    def _senders(self, row: int, *, but: int = -1) -> list[int]:
        return self._holders.unlike(self.scenario.owner(row), (row,), but=but)

    def _admitted(self, need: Need, row: int) -> Iterator[int]:
        return (holder for holder in self._senders(row) if not self.hops.refuses(row, need.type, holder))

    def _ways_in(self, need: Need, row: int) -> Iterator[int]:
        """Yield the holders that a service admits, then the gateways that can themselves receive a hand-off."""
        yield from self._admitted(need, row)
        for gateway in self.gateways.rows(row, need.type, need.urgency):
            reachable = self._can_come_first(need, int(self.scenario.snapshot.columns.requires[gateway]))
            if reachable and self._can_be_reached(gateway, but=self.scenario.owner(row)):
                yield self.scenario.owner(gateway)

    def _can_be_reached(self, row: int, *, but: int) -> bool:
        """Return whether any holder, organization `but` aside, may hand over to a gateway's service (row)."""
        if row not in self._sender_to:
            self._sender_to[row] = self._first_sender(row)
        return (self._sender_to[row] if self._sender_to[row] != but else self._first_sender(row, but=but)) is not None

    def _first_sender(self, row: int, *, but: int = -1) -> int | None:
        senders = self._senders(row, but=but)
        return next((sender for sender in senders if self.gateways.is_reached(row, (sender,))), None)

    def _can_be_met(self, need: Need, service_type: str) -> bool:
        """Return whether a path meets a prerequisite of a need: at the urgency of its own need, else of that one."""
        prerequisite = next(
            (n for n in self.scenario.profile.needs if n.type == service_type), Need(service_type, need.urgency)
        )
        if prerequisite not in self._attainable:
            table = self._table(prerequisite)
            at_once = bool((table.open & table.free).any())
            self._attainable[prerequisite] = at_once or (len(table.row) > 0 and self._is_attainable(prerequisite))
        return self._attainable[prerequisite]

    def _is_attainable(self, need: Need, *, by: int | None = None, completed: frozenset[str] = frozenset()) -> bool:
        """Return whether a path meets a need at any cost, by a service (row), once the types `completed` are met.

        Every need of the profile is asked for as well: a need may be met only on the way to another need.
        """
        if (need, completed) not in self._graphs:
            scenario = self.scenario.requiring(need, completed)  # which puts the need first
            gateways = Gateways(scenario, Hops(scenario, Permits(self._rules)))
            may_be_met = may_meet(gateways, 0b1, unexposed=False)
            self._graphs[need, completed] = hop_graph_of(gateways) if may_be_met else None
        if (hop_graph := self._graphs[need, completed]) is None:
            return False
        if by is not None:
            offers = (tuple(o for o in port.offers if o.bit or o.service == by) for port in hop_graph.ports)
            ports = (port._replace(offers=by_service) for port, by_service in zip(hop_graph.ports, offers, strict=True))
            hop_graph = replace(hop_graph, ports=tuple(ports))
        return Without(hop_graph).exists(frozenset(), most_open=0)

    def _table(self, need: Need) -> Table:
        return table_of(self.scenario, [Demand(need.type, need.urgency, need in self.scenario.profile.needs)])

    def _mode_failures(self, offer: CandidateService, senders: Sequence[int]) -> set[str]:
        """Return the failures of every hand-off to a service that does not take the client by word of mouth."""
        service = self.scenario.service(offer.service)
        barred = self._is_barred(offer.type, np.array([offer.service]))[0]
        failures = {"mode"} if barred or "warm" in service.accepts else set()
        if "packet" not in service.accepts:
            return failures
        if any(self.hops.packet_allowed(holder, offer) for holder in senders):
            return set()
        return failures | self._hindrances(offer, senders)

    def _hindrances(self, offer: CandidateService, senders: Sequence[int]) -> set[str]:
        """Return the hindrances of a packet from the origin, or from each sender where the origin is no sender."""
        scenario, service = self.scenario, self.scenario.service(offer.service)
        hindrances: set[str] = set()
        for holder in [scenario.origin] if scenario.origin in senders else senders:
            slug = scenario.organization(holder).slug
            in_force = scenario.moment.agreements(holder, offer.organization)
            covering = next((agreement.slug for agreement in in_force if agreement.covers(offer.types)), None)
            for data in scenario.snapshot.packet_classes(service, offer.types):
                hindrances |= self._rules.hindrances(Transfer(slug, service.organization, data, covering))
        return hindrances


def _next_opening(scenario: Scenario, rows: Rows, table: FailureTable) -> datetime | None:
    """Return when the first closed service opens, by preference a service that only the hours keep off."""
    closed = table[_PLACE["closed"]]
    if not closed.any():
        return None
    waiting = closed & (table.sum(axis=0) == 1)
    candidates = rows[waiting if waiting.any() else closed]
    row = candidates[np.argmin(scenario.moment.opening(candidates).wait)]
    return scenario.moment.availability(int(row)).opens_at
