"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

It is never a way round a consent, an agreement or a mode, and there is at most one before a step. Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from routing.case import Case
from routing.columns import Rows
from routing.costs import EXPOSURES, MODE_HOURS, MODES, RELATIONSHIP, URGENCIES
from routing.hops import Hop, Hops, Offer, cheapest

ONLY_BY_CHOICE = frozenset({"law_enforcement", "prosecutor", "child_welfare", "immigration_authority"})
"""Kinds that are a way in only where the client chooses it: never a gateway of a path that is offered as it is."""


WHOEVER = -1
"""The holder of a passage that holders who are alike share."""


class Urgent(Protocol):
    """Anything with an urgency: a bit."""

    @property
    def urgency(self) -> str:
        """now, today, this_week or later."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Two hops as one: to a gateway's service (row), and from there to offers that refuse everyone else.

    `urgency` is the most urgent that the second hop may meet; `price` covers both hops, in points.
    `requires` are the bits that the gateway's service asks to be met before. `holder` may be `WHOEVER` holds.
    """

    first: Hop
    second: Hop
    holder: int
    gateway: int
    service: int
    urgency: str
    price: int
    requires: int = 0

    @property
    def hours(self) -> int:
        """Hours that both hand-offs take."""
        return self.first.hours + self.second.hours

    def requiring(self, mask: int) -> Passage:
        """Return this passage, open once the bits of `mask` are met."""
        return self if mask == self.requires else replace(self, requires=mask)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Services that could be gateways at one urgency: rows, owners, and the least points and hours of the first hop.

    `near` are the points that closeness can save on each of the two hops.
    """

    rows: Rows
    owners: Rows
    points: NDArray[np.int64]
    hours: NDArray[np.int64]
    near: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Shortlist:
    """The gateways to some offers at one urgency that can be worth passing: those that the origin can send to, and all.

    `ways` are (service, gateway, whether it looks at who comes, what it opens): what some holder could reach for less.
    """

    from_origin: tuple[Passage, ...]
    ways: tuple[tuple[int, int, bool, tuple[Offer, ...]], ...]

    @cached_property
    def gateways(self) -> frozenset[int]:
        """All gateways on the list."""
        return frozenset(gateway for _, gateway, _, _ in self.ways)


class Gateways:
    """Finds gateways for one request, looking at each agency, hop and set of offers once."""

    def __init__(self, case: Case, hops: Hops, *, by_choice: bool = False) -> None:
        """Take what is asked; `by_choice` lets those in that a client would have to choose."""
        self._case, self._hops, self._by_choice = case, hops, by_choice
        # A path leaves out at most one organization for each earlier one, and a gateway is not who holds.
        self._enough = case.profile.limit + 1
        self._pools: dict[str, _Pool] = {}
        self._let_in: dict[tuple[int, str], NDArray[np.bool_]] = {}
        self._first: dict[tuple[object, int], list[Hop]] = {}
        self._second: dict[tuple[object, tuple[Offer, ...]], list[Hop]] = {}
        self._lists: dict[tuple[str, tuple[Offer, ...]], _Shortlist] = {}
        self._from_kind: dict[tuple[_Shortlist, int], list[Passage]] = {}
        self._ties: dict[int, frozenset[int]] = {}
        self.room: Callable[[Sequence[Offer]], int | None] = _any_price

    def rows(self, row: int, kind: str, urgency: str) -> list[int]:
        """Return the services (rows) that could be a gateway to this one; empty where the origin is admitted."""
        service = self._case.service(row)
        if not self._hops.refuses(service, kind, self._case.origin):
            return []
        pool = self._pool(urgency)
        found: list[int] = pool.rows[self._admitted(row, kind, urgency)].tolist()
        return found

    def asks(self, row: int, kind: str, urgency: str) -> list[frozenset[str]]:
        """Return the different sets of prerequisites of the services that `rows` returns."""
        service = self._case.service(row)
        if not self._hops.refuses(service, kind, self._case.origin):
            return []
        snapshot = self._case.snapshot
        found = self._pool(urgency).rows[self._admitted(row, kind, urgency)]
        return [snapshot.words.requires[number] for number in np.unique(snapshot.columns.requires[found]).tolist()]

    def passages(self, holder: int, offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[Passage]:
        """Return the passages from a holder to offers of one organization that refuse both it and the origin.

        Of passages that differ only in the gateway, the cheapest are kept, ties by slug: as many as a search can need.
        """
        found: list[Passage] = []
        for urgency in _urgencies(offers, bits):
            later = tuple(o for o in offers if URGENCIES.index(bits[o.bit].urgency) >= URGENCIES.index(urgency))
            found += self._from(holder, self._shortlist(later, urgency), urgency)
        return found

    def _from(self, holder: int, shortlist: _Shortlist, urgency: str) -> list[Passage]:
        """Return the passages to keep of a holder; those of holders that nothing ties to any gateway are alike."""
        if holder == self._case.origin:
            return self._cheapest(shortlist.from_origin, self._enough)
        tied = [way for way in shortlist.ways if self._is_tied(holder, way[0], way[1])]
        if tied or holder in shortlist.gateways:
            ways = [way for way in shortlist.ways if way[1] != holder]
            found = [passage for passage in shortlist.from_origin if passage.gateway != holder]
            for way in ways:
                found += self._of_its_own(holder, way, urgency, tied=way in tied)
            return self._cheapest(found, self._enough)
        key = shortlist, self._hops.kind_of_holder(holder)
        if key not in self._from_kind:
            found = list(shortlist.from_origin)
            for way in shortlist.ways:
                found += self._of_its_own(holder, way, urgency, tied=False)
            self._from_kind[key] = self._cheapest(found, self._enough)
        return self._from_kind[key]

    def _is_tied(self, holder: int, row: int, gateway: int) -> bool:
        houses = self._case.snapshot.organization_columns.house
        if gateway in self._near(holder) or houses[gateway] == houses[holder]:
            return True
        return self._case.organization(holder).slug in self._case.service(row).accepts_from

    def _of_its_own(
        self, holder: int, way: tuple[int, int, bool, tuple[Offer, ...]], urgency: str, *, tied: bool
    ) -> Iterator[Passage]:
        """Yield the passages that a holder reaches otherwise than the origin does."""
        row, gateway, choosy, offers = way
        if tied or choosy:
            for passage in self._through(holder, gateway, row, offers, urgency=urgency):
                yield passage if tied else replace(passage, holder=WHOEVER)

    def _cheapest(self, passages: Iterable[Passage], enough: int) -> list[Passage]:
        """Return the passages of which fewer than enough others, cheaper and as quick, open as much."""
        kept: dict[object, list[tuple[Passage, frozenset[Offer]]]] = {}
        for passage in sorted(passages, key=lambda p: (p.price, p.gateway, p.service, p.holder != self._case.origin)):
            marks = bool(passage.first.marked), passage.second.marked
            key = passage.urgency, self._case.service(passage.service).requires, marks
            mine, alike = frozenset(passage.second.offers), kept.setdefault(key, [])
            better = {p.gateway for p, offers in alike if p.hours <= passage.hours and mine <= offers}
            if len(better) < enough and passage.gateway not in better:
                alike.append((passage, mine))
        return [passage for alike in kept.values() for passage, _ in alike]

    def _shortlist(self, offers: tuple[Offer, ...], urgency: str) -> _Shortlist:
        if (urgency, offers) not in self._lists:
            self._lists[urgency, offers] = self._make_shortlist(offers, urgency)
        return self._lists[urgency, offers]

    def _make_shortlist(self, offers: tuple[Offer, ...], urgency: str) -> _Shortlist:
        """Go through the possible gateways, least points first, for as long as one more can be of use."""
        pool = self._pool(urgency)
        opens = np.zeros(len(pool.rows), dtype=np.int64)
        for place, offer in enumerate(offers):
            opens |= self._admitted(offer.service, offer.type, urgency).astype(np.int64) << place
        candidates = np.flatnonzero(opens)
        candidates = candidates[np.argsort(pool.points[candidates] - 2 * pool.near[candidates], kind="stable")]
        surely: dict[object, list[tuple[int, int]]] = {}
        found: list[Passage] = []
        ways: list[tuple[int, int, bool, tuple[Offer, ...]]] = []
        second, most = self._least_second(offers), self.room(offers)
        for place in candidates.tolist():
            row, gateway, key = int(pool.rows[place]), int(pool.owners[place]), int(opens[place])
            at_least = int(pool.points[place]) - 2 * int(pool.near[place]) + 2 * _FARTHEST + second.price
            hours = int(pool.hours[place]) + second.hours
            if most is not None and at_least > most:
                break
            service = self._case.service(row)
            sure = surely.setdefault((key, service.requires, "self" in service.accepts), [])
            if sum(points < at_least and time <= hours for points, time in sure) > self._enough:
                continue
            mine = tuple(offer for n, offer in enumerate(offers) if key >> n & 1)
            if not self._second_hops(gateway, mine):
                continue
            choosy = "anyone" not in service.accepts_from or service.accepts.isdisjoint({"self", "warm"})
            ways.append((row, gateway, choosy, mine))
            passages = list(self._through(self._case.origin, gateway, row, mine, urgency=urgency))
            found += passages
            whole = [(p.price, p.hours) for p in passages if p.second.offers == mine]
            if whole and all(gateway != p.gateway for p in found[: len(found) - len(passages)]):
                sure.append(min(whole))
        return _Shortlist(tuple(self._cheapest(found, self._enough + 1)), tuple(ways))

    def _least_second(self, offers: tuple[Offer, ...]) -> _Least:
        """Return the least points and hours of a hop from a gateway to any of these offers, closeness aside."""
        lens, modes = self._case.lens, {mode for o in offers for mode in self._case.service(o.service).accepts}
        if self._case.profile.client_present is not True:
            modes.discard("warm")
        asked_for = any(self._hops.asks_for_it((offer,)) for offer in offers)
        exposure = lens.exposure(self._case.exposure(offers[0].organization), asked_for=asked_for)
        price = lens.handoff + exposure + min((lens.mode(mode) for mode in modes), default=0)
        return _Least(price, min((MODE_HOURS[mode] for mode in modes), default=0))

    def _near(self, holder: int) -> frozenset[int]:
        """Return whom an agreement or a consent ties a holder to; a consent may name who is not in the directory."""
        if holder not in self._ties:
            self._ties[holder] = self._find_near(holder)
        return self._ties[holder]

    def _find_near(self, holder: int) -> frozenset[int]:
        slug, pairs = self._case.organization(holder).slug, self._hops.rules.named_pairs()
        here = self._case.snapshot.organization_index
        named = {here[other] for one, other in pairs if one == slug and other in here}
        return self._case.partners(holder) | named

    def _through(
        self, sender: int, gateway: int, row: int, offers: tuple[Offer, ...], *, urgency: str
    ) -> Iterator[Passage]:
        waiting = sum(self._case.gateway_price(row, urgency).values())
        for first in self._first_hops(sender, gateway, row):
            for second in self._second_hops(gateway, offers):
                price = first.price + second.price + waiting
                yield Passage(first, second, sender, gateway, row, urgency, price)

    def _first_hops(self, sender: int, gateway: int, row: int) -> list[Hop]:
        tied = self._hops.is_tied(sender, gateway, [self._case.service(row)])
        key = sender if tied else ("like", self._hops.kind_of_holder(sender)), row
        if key not in self._first:
            self._first[key] = list(self._hops.through(sender, gateway, row))
        return self._first[key]

    def _second_hops(self, gateway: int, offers: tuple[Offer, ...]) -> list[Hop]:
        recipient = offers[0].organization
        tied = self._hops.is_tied(gateway, recipient, [self._case.service(o.service) for o in offers])
        key = gateway if tied else ("like", self._hops.kind_of_holder(gateway)), offers
        if key not in self._second:
            self._second[key] = cheapest(self._hops.between(gateway, recipient, offers))
        return self._second[key]

    def _admitted(self, row: int, kind: str, urgency: str) -> NDArray[np.bool_]:
        """Return which services of the pool belong to agencies that this service (row) admits with a client."""
        pool, columns = self._pool(urgency), self._case.snapshot.columns
        door, recipient = int(columns.door[row]), self._case.owner(row)
        if (door, urgency) not in self._let_in:
            self._let_in[door, urgency] = self._case.let_in(door, pool.owners)
        found: NDArray[np.bool_] = self._let_in[door, urgency] & (pool.owners != recipient)
        service = self._case.service(row)
        if "agreement" in service.accepts_from:
            partners = sorted(self._case.partners(recipient))
            for place in np.flatnonzero(np.isin(pool.owners, partners) & ~found).tolist():
                found[place] = not self._hops.refuses(service, kind, int(pool.owners[place]))
        return found

    def _pool(self, urgency: str) -> _Pool:
        if urgency not in self._pools:
            self._pools[urgency] = self._make_pool(urgency)
        return self._pools[urgency]

    def _make_pool(self, urgency: str) -> _Pool:
        case, lens = self._case, self._case.lens
        rows = self._takers[case.in_time(self._takers, urgency)]
        columns, organizations = case.snapshot.columns, case.snapshot.organization_columns
        modes = columns.modes[rows] & (7 if case.profile.client_present is True else 6)
        rows, modes = rows[modes > 0], modes[modes > 0]
        owners = columns.organization[rows]
        each, place = np.unique(owners, return_inverse=True)
        first = np.where(modes & 1, 0, np.where(modes & 2, 1, 2))
        levels = np.array([lens.exposure(level, asked_for=False) for level in EXPOSURES])
        points = lens.handoff + levels[organizations.exposure[owners]] + np.array([lens.mode(m) for m in MODES])[first]
        return _Pool(
            rows=rows,
            owners=owners,
            points=points + case.gateway_prices(rows, urgency),
            hours=np.array([MODE_HOURS[mode] for mode in MODES])[first],
            near=np.where(case.may_be_close(each)[place], _FARTHEST, 0),
        )

    @cached_property
    def _takers(self) -> Rows:
        case = self._case
        rows = case.takers(case.snapshot.words.types)
        owners = case.snapshot.columns.organization[rows]
        if self._by_choice:
            away: Rows = rows[owners != case.origin]
            return away
        never = np.array([kind in ONLY_BY_CHOICE for kind in case.snapshot.words.kinds], dtype=np.bool_)
        found: Rows = rows[(owners != case.origin) & ~never[case.snapshot.organization_columns.kind[owners]]]
        return found


def _any_price(_: Sequence[Offer]) -> int | None:
    return None


class _Least(NamedTuple):
    price: int
    hours: int


_FARTHEST = max(RELATIONSHIP.values())


def _urgencies(offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[str]:
    found = {bits[o.bit].urgency for o in offers}
    return [urgency for urgency in URGENCIES if urgency in found]
