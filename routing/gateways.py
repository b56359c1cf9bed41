"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

It is never a way round a consent, an agreement or a mode, and there is at most one before a step. Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

    `waiting` are the points of the service itself; `near` those that closeness can save on each of the two hops.
    """

    rows: Rows
    owners: Rows
    points: NDArray[np.int64]
    waiting: NDArray[np.int64]
    hours: NDArray[np.int64]
    near: NDArray[np.int64]


class _Way(NamedTuple):
    """A gateway's service (row), what it opens, and what passing it costs beside both hops.

    `choosy`: it tells apart who comes by what they are.
    """

    row: int
    gateway: int
    choosy: bool
    offers: tuple[Offer, ...]
    waiting: int
    urgency: str


@dataclass(frozen=True, eq=False)
class _Shortlist:
    """The gateways to some offers at one urgency that can be worth passing: those that the origin can send to, and all.

    `ways` are all that some holder could reach for less; `tied` those that it is tied to, for each holder who is.
    """

    from_origin: tuple[Passage, ...]
    ways: tuple[_Way, ...]
    gateways: frozenset[int]
    tied: Mapping[int, frozenset[_Way]]


class Gateways:
    """Finds gateways for one request, looking at each agency, hop and set of offers once."""

    def __init__(self, case: Case, hops: Hops, *, by_choice: bool = False) -> None:
        """Take what is asked; `by_choice` lets those in that a client would have to choose."""
        self._case, self._hops, self._by_choice = case, hops, by_choice
        # A path leaves out at most one organization for each earlier one, and a gateway is not who holds.
        self._enough = case.profile.limit + 1
        self._pools: dict[str, _Pool] = {}
        self._admits: dict[tuple[int, str, str], NDArray[np.bool_]] = {}
        self._first: dict[tuple[object, int], list[Hop]] = {}
        self._second: dict[tuple[object, tuple[Offer, ...]], list[Hop]] = {}
        self._lists: dict[tuple[str, tuple[Offer, ...]], _Shortlist] = {}
        self._untied: dict[tuple[int, _Way], list[Passage]] = {}
        self.room: Callable[[Sequence[Offer]], int | None] = _any_price

    def rows(self, row: int, kind: str, urgency: str) -> list[int]:
        """Return the services (rows) that could be a gateway to this one; empty where the origin is admitted."""
        if not self._hops.refuses(row, kind, self._case.origin):
            return []
        found: list[int] = self._pool(urgency).rows[self._admitted(row, kind, urgency)].tolist()
        return found

    def asks(self, row: int, kind: str, urgency: str) -> list[frozenset[str]]:
        """Return the different sets of prerequisites of the services that `rows` returns."""
        if not self._hops.refuses(row, kind, self._case.origin):
            return []
        snapshot = self._case.snapshot
        found = self._pool(urgency).rows[self._admitted(row, kind, urgency)]
        return [snapshot.words.requires[number] for number in np.unique(snapshot.columns.requires[found]).tolist()]

    def passages(
        self, holders: Iterable[int], offers: Sequence[Offer], bits: Sequence[Urgent]
    ) -> Iterator[tuple[list[int], list[Passage]]]:
        """Yield the passages from holders to offers of one organization that refuse them and the origin.

        Holders that have the same come together. Of passages that differ only in the gateway, the cheapest are kept,
        ties by slug: as many as a search can need.
        """
        holders = list(holders)
        for urgency in _urgencies(offers, bits):
            later = tuple(o for o in offers if URGENCIES.index(bits[o.bit].urgency) >= URGENCIES.index(urgency))
            shortlist = self._shortlist(later, urgency)
            alike: dict[tuple[int, bool], list[int]] = {}
            for holder in holders:
                alone = holder == self._case.origin or holder in shortlist.gateways or holder in shortlist.tied
                alike.setdefault((holder if alone else self._hops.kind_of_holder(holder), alone), []).append(holder)
            for some in alike.values():
                yield some, self._from(some[0], shortlist)

    def _from(self, holder: int, shortlist: _Shortlist) -> list[Passage]:
        """Return the passages to keep of a holder, or of all of its kind whom nothing ties to any gateway."""
        if holder == self._case.origin:
            return self._cheapest(shortlist.from_origin, self._enough)
        tied = shortlist.tied.get(holder, frozenset())
        found = [passage for passage in shortlist.from_origin if passage.gateway != holder]
        for way in shortlist.ways:
            if way.gateway != holder:
                found += self._through(holder, way) if way in tied else self._of_kind(holder, way)
        return self._cheapest(found, self._enough)

    def _of_kind(self, holder: int, way: _Way) -> list[Passage]:
        """Return the passages that holders of a kind reach otherwise than the origin does."""
        if not way.choosy:
            return []
        key = self._hops.kind_of_holder(holder), way
        if key not in self._untied:
            self._untied[key] = [replace(passage, holder=WHOEVER) for passage in self._through(holder, way)]
        return self._untied[key]

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
        pool, columns = self._pool(urgency), self._case.snapshot.columns
        opens = np.zeros(len(pool.rows), dtype=np.int64)
        for place, offer in enumerate(offers):
            opens |= self._admitted(offer.service, offer.type, urgency).astype(np.int64) << place
        second, most = self._least_second(offers), self.room(offers)
        least = pool.points - 2 * pool.near + 2 * _FARTHEST + second.price
        candidates = np.flatnonzero(opens if most is None else (opens > 0) & (least <= most))
        candidates = candidates[np.argsort(least[candidates], kind="stable")]
        rows = pool.rows[candidates]
        by_self = columns.modes[rows] & _SELF > 0
        choosy = ~self._case.snapshot.doors.anyone[columns.door[rows]] | (columns.modes[rows] & _BY_WORD == 0)
        surely: dict[object, list[tuple[int, int]]] = {}
        passed, ways, found = set[int](), list[_Way](), list[Passage]()
        for row, gateway, key, at_least, hours, waiting, is_choosy, alike in zip(
            *(
                column[candidates].tolist()
                for column in (pool.rows, pool.owners, opens, least, pool.hours, pool.waiting)
            ),
            choosy.tolist(),
            zip(columns.requires[rows].tolist(), by_self.tolist(), strict=True),
            strict=True,
        ):
            sure = surely.setdefault((key, alike), [])
            if sum(points < at_least and time <= hours + second.hours for points, time in sure) > self._enough:
                continue
            mine = tuple(offer for n, offer in enumerate(offers) if key >> n & 1)
            if not self._second_hops(gateway, mine):
                continue
            way = _Way(row, gateway, is_choosy, mine, waiting, urgency)
            passages = list(self._through(self._case.origin, way))
            whole = [(p.price, p.hours) for p in passages if p.second.offers == mine]
            if whole and gateway not in passed:
                sure.append(min(whole))
            ways.append(way)
            found += passages
            if passages:
                passed.add(gateway)
        kept = tuple(self._cheapest(found, self._enough + 1))
        return _Shortlist(kept, tuple(ways), frozenset(way.gateway for way in ways), self._tied_to(ways))

    def _tied_to(self, ways: Sequence[_Way]) -> dict[int, frozenset[_Way]]:
        """Return the holders whom something ties to one of these gateways, with all that they are tied to."""
        found: dict[int, set[_Way]] = {}
        for way in ways:
            for holder in self._hops.tied(way.gateway, (way.row,)):
                found.setdefault(holder, set()).add(way)
        return {holder: frozenset(tied) for holder, tied in found.items()}

    def _least_second(self, offers: tuple[Offer, ...]) -> _Least:
        """Return the least points and hours of a hop from a gateway to any of these offers, closeness aside."""
        lens, modes = self._case.lens, {mode for o in offers for mode in self._case.service(o.service).accepts}
        if self._case.profile.client_present is not True:
            modes.discard("warm")
        asked_for = any(self._hops.asks_for_it((offer,)) for offer in offers)
        exposure = lens.exposure(self._case.exposure(offers[0].organization), asked_for=asked_for)
        price = lens.handoff + exposure + min((lens.mode(mode) for mode in modes), default=0)
        return _Least(price, min((MODE_HOURS[mode] for mode in modes), default=0))

    def _through(self, sender: int, way: _Way) -> Iterator[Passage]:
        for first in self._first_hops(sender, way.gateway, way.row):
            for second in self._second_hops(way.gateway, way.offers):
                price = first.price + second.price + way.waiting
                yield Passage(first, second, sender, way.gateway, way.row, way.urgency, price)

    def _first_hops(self, sender: int, gateway: int, row: int) -> list[Hop]:
        key = self._sets_apart(sender, gateway, (row,)), row
        if key not in self._first:
            self._first[key] = list(self._hops.through(sender, gateway, row))
        return self._first[key]

    def _second_hops(self, gateway: int, offers: tuple[Offer, ...]) -> list[Hop]:
        recipient = offers[0].organization
        key = self._sets_apart(gateway, recipient, [offer.service for offer in offers]), offers
        if key not in self._second:
            self._second[key] = cheapest(self._hops.between(gateway, recipient, offers))
        return self._second[key]

    def _sets_apart(self, holder: int, recipient: int, rows: Sequence[int]) -> tuple[int, bool]:
        """Return what hops from a holder to these services (rows) go by: itself, or its kind."""
        tied = holder in self._hops.tied(recipient, rows)
        return (holder, True) if tied else (self._hops.kind_of_holder(holder), False)

    def _admitted(self, row: int, kind: str, urgency: str) -> NDArray[np.bool_]:
        """Return which services of the pool belong to agencies that this service (row) admits with a client."""
        if (row, kind, urgency) not in self._admits:
            owners = self._pool(urgency).owners
            away = owners != self._case.owner(row)
            self._admits[row, kind, urgency] = away & ~self._hops.refused(row, kind, owners)
        return self._admits[row, kind, urgency]

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
        waiting = case.gateway_prices(rows, urgency)
        return _Pool(
            rows=rows,
            owners=owners,
            points=points + waiting,
            waiting=waiting,
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
_SELF = 1 << MODES.index("self")
_BY_WORD = _SELF | 1 << MODES.index("warm")


def _urgencies(offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[str]:
    found = {bits[o.bit].urgency for o in offers}
    return [urgency for urgency in URGENCIES if urgency in found]
