"""One path for each person of a group: an integer programme over the clients' own lists, solved exactly by HiGHS.

The measures of a group are compared one after the other, each with the best values of those before it held: what
presses and stays open, what is required and stays open, the points, then the paths by key and rank. So one assignment
is the best, whichever way the solver went. All numbers are whole, and what it finds is checked in whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from routing.budget import OutOfTime, never

MOST_NODES = 5_000
"""Nodes of the solver's tree for one measure, at most: a bound that needs no clock."""

MOST = 1 << 40
"""More than any sum of a group."""


@dataclass(frozen=True, slots=True)
class GroupOption:
    """A path that a person may take, or no path: the needs that it leaves open, its points, and where it leads.

    `services`: all services on it (slugs); `stays`: those at which the person and those who come along stay; `houses`:
    the organizations of `stays`.
    """

    pressing_open: int
    required_open: int
    total: int = 0
    services: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()
    houses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupClient:
    """So many alike clients under one key, with their options, best first; the last option is no path.

    `people`: how many stay together, one client and those who come along. `kept`: how many of the clients were promised
    an option already, by the option's place.
    """

    key: str
    count: int
    options: tuple[GroupOption, ...]
    people: int = 1
    kept: Mapping[int, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many of the clients have no promise yet."""
        return self.count - sum(self.kept.values())


@dataclass(frozen=True, slots=True)
class Assignment:
    """How many clients of each entry take each of its options. Not `complete`: a better one may exist."""

    counts: tuple[tuple[int, ...], ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """Clients who look for places at one time.

    `places`: how many people may come to stay at a service (slug); a service without an entry takes all. `closed`:
    services that take nobody but those to whom they were promised. `apart`: pairs of keys that never stay at one
    agency.
    """

    clients: tuple[GroupClient, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    apart: tuple[tuple[str, str], ...] = ()

    def assign(self, out_of_time: OutOfTime = never) -> Assignment:
        """Return the best assignment. Pure.

        Where nodes run out it is the best so far; where time does, another may be as good and come first by rank.

        >>> bed = GroupOption(0, 0, 100, frozenset({"beds"}), frozenset({"beds"}), frozenset({"house"}))
        >>> two, one = (GroupClient(key, count, (bed, GroupOption(1, 1))) for key, count in (("a", 2), ("b", 1)))
        >>> GroupChoice((two, one), {"beds": 2}).assign().counts
        ((2, 0), (0, 1))
        """
        return _Programme(self).solve(out_of_time)

    def left(self, assignment: Assignment) -> dict[str, int]:
        """Return how many people more each service with `places` may take. Pure."""
        left = dict(self.places)
        for client, _, option, count in self._taken(assignment):
            for service in option.stays & left.keys():
                left[service] -= count * client.people
        return left

    def passed_over(self, assignment: Assignment) -> frozenset[str]:
        """Return the keys of those who stay together without a place, where people alone have what they need. Pure."""
        left, alone = self.left(assignment), Counter[str]()
        for client, place, option, count in self._taken(assignment):
            if client.people == 1:
                alone.update(dict.fromkeys(option.stays & left.keys(), count - client.kept.get(place, 0)))
        return frozenset(
            client.key
            for client, place, option, count in self._taken(assignment)
            if client.people > 1 and not option.stays and count > client.kept.get(place, 0)
            if any(
                self.is_open(client, other)
                and any(left[service] < client.people for service in other.stays & left.keys())
                and all(left[service] + alone[service] >= client.people for service in other.stays & left.keys())
                for other in client.options
            )
        )

    def is_open(self, client: GroupClient, option: GroupOption) -> bool:
        """Say whether an option leads to nobody promised to others, or to those whom the client is to be apart from."""
        others = self._apart_from(client.key)
        return self.closed.isdisjoint(option.services) and all(
            option.houses.isdisjoint(other.options[place].houses)
            for other in self.clients
            if other.key in others
            for place in other.kept
        )

    def houses_to_avoid(self, key: str, assignment: Assignment) -> frozenset[str]:
        """Return the agencies at which those stay whom the people of a key are to be apart from. Pure."""
        others, taken = self._apart_from(key), self._taken(assignment)
        return frozenset().union(*(option.houses for client, _, option, _ in taken if client.key in others))

    def _apart_from(self, key: str) -> set[str]:
        return {one for pair in self.apart if key in pair for one in pair} - {key}

    def _taken(self, assignment: Assignment) -> Iterator[tuple[GroupClient, int, GroupOption, int]]:
        """Yield each option that clients take, by its place, and how many take it."""
        for client, counts in zip(self.clients, assignment.counts, strict=True):
            for place, (option, count) in enumerate(zip(client.options, counts, strict=True)):
                if count:
                    yield client, place, option, count


@dataclass(frozen=True, slots=True)
class _Column:
    """A whole number to find: how many clients of an entry take an option, by the places of both."""

    client: int
    place: int
    option: GroupOption
    most: int


@dataclass(frozen=True, slots=True)
class _SumRow:
    """A sum of columns, each so many times, that is at least and at most something."""

    least: int
    most: int
    parts: Mapping[int, int]

    def holds(self, values: Sequence[int]) -> bool:
        return self.least <= sum(times * values[number] for number, times in self.parts.items()) <= self.most


class _Programme:
    """The integer programme of a group: a column for each client and open option, then a switch for each agency."""

    def __init__(self, group: GroupChoice) -> None:
        self._group = group
        self._columns = [
            _Column(number, place, option, client.left)
            for number, client in enumerate(group.clients)
            for place, option in enumerate(client.options)
            if client.left and group.is_open(client, option)
        ]
        self._switches = sorted(
            (pair, house)
            for pair in {(min(pair), max(pair)) for pair in group.apart}
            for house in set.intersection(*({*self._houses(key)} for key in pair))
        )
        self._rows = list(self._all_rows())

    def _houses(self, key: str) -> Iterator[str]:
        for column in self._columns:
            if self._group.clients[column.client].key == key:
                yield from column.option.houses

    def _all_rows(self) -> Iterator[_SumRow]:
        columns, clients = list(enumerate(self._columns)), self._group.clients
        for number, client in enumerate(clients):
            if client.left:
                yield _SumRow(client.left, client.left, {at: 1 for at, column in columns if column.client == number})
        for service, free in sorted(self._group.places.items()):
            promised = sum(
                kept * client.people
                for client in clients
                for place, kept in client.kept.items()
                if service in client.options[place].stays
            )
            takers = {at: clients[one.client].people for at, one in columns if service in one.option.stays}
            yield _SumRow(0, max(free - promised, 0), takers)
        for at, (pair, house) in enumerate(self._switches, len(columns)):
            for key, on in zip(pair, (True, False), strict=True):
                number, client = next((n, client) for n, client in enumerate(clients) if client.key == key)
                mine = {n: 1 for n, one in columns if one.client == number and house in one.option.houses}
                yield _SumRow(-client.left, 0 if on else client.left, {**mine, at: -client.left if on else client.left})

    def solve(self, out_of_time: OutOfTime) -> Assignment:
        """Return the best assignment."""
        if not self._columns:
            return self._assignment([], complete=True)
        last = [len(client.options) - 1 for client in self._group.clients]
        values = [one.most if one.place == last[one.client] else 0 for one in self._columns] + [0] * len(self._switches)
        solver, complete = _Solver(self._columns, len(self._switches), self._rows), True
        for costs in self._measures():  # owed, whatever the time: nodes bound it
            values, proven = solver.least(costs, values)
            complete &= proven
        for at, column in self._by_key_and_rank():
            if out_of_time():
                return self._assignment(values, complete=False)
            taken = sum(values[n] for n, one in enumerate(self._columns[:at]) if one.client == column.client)
            if taken + values[at] < column.most:  # else nobody is left who could take it besides
                values, proven = solver.least({at: 1}, values, sign=-1)
                complete &= proven
            solver.fix(at, values[at])
        return self._assignment(values, complete=complete)

    def _measures(self) -> Iterator[dict[int, int]]:
        """Yield what each column counts: pressing needs and required needs left open, then points beyond the fewest."""
        fewest = [min(option.total for option in client.options) for client in self._group.clients]
        columns = list(enumerate(self._columns))
        yield {at: one.option.pressing_open for at, one in columns}
        yield {at: one.option.required_open for at, one in columns}
        yield {at: one.option.total - fewest[one.client] for at, one in columns}

    def _by_key_and_rank(self) -> list[tuple[int, _Column]]:
        keys = [client.key for client in self._group.clients]
        return sorted(enumerate(self._columns), key=lambda one: (keys[one[1].client], one[1].place))

    def _assignment(self, values: Sequence[int], *, complete: bool) -> Assignment:
        counts = [[client.kept.get(place, 0) for place in range(len(client.options))] for client in self._group.clients]
        for column, value in zip(self._columns, values, strict=False):
            counts[column.client][column.place] += value
        return Assignment(tuple(map(tuple, counts)), complete)


class _Solver:
    """HiGHS with the columns and rows of a programme; each least value found is held from then on."""

    def __init__(self, columns: Sequence[_Column], switches: int, rows: Sequence[_SumRow]) -> None:
        import highspy  # noqa: PLC0415 - a group is rare, and the solver takes long to load

        self._kinds, self._rows = highspy.HighsModelStatus, list[_SumRow]()
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("mip_rel_gap", 0.0),
            ("mip_max_nodes", MOST_NODES),
        ):
            self._highs.setOptionValue(name, value)
        for most in (*(column.most for column in columns), *[1] * switches):
            self._highs.addCol(0.0, 0.0, float(most), 0, [], [])
        self._count = len(columns) + switches
        whole = np.full(self._count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._highs.changeColsIntegrality(self._count, np.arange(self._count, dtype=np.int32), whole)
        for row in rows:
            self._add(row)

    def _add(self, row: _SumRow) -> None:
        self._rows.append(row)
        numbers, times = np.array([*row.parts], dtype=np.int32), np.array([*row.parts.values()], dtype=np.float64)
        self._highs.addRow(float(row.least), float(row.most), len(numbers), numbers, times)

    def fix(self, column: int, value: int) -> None:
        """Hold a column at a value."""
        self._highs.changeColBounds(column, float(value), float(value))

    def least(self, costs: Mapping[int, int], values: list[int], *, sign: int = 1) -> tuple[list[int], bool]:
        """Return values of least cost, and whether no others cost less; `values` hold all rows, and may cost more.

        The cost found is held in what is solved next. `sign` -1: the values that cost most.
        """
        costs = {at: sign * cost for at, cost in costs.items()}
        self._highs.changeColsCost(
            self._count,
            np.arange(self._count, dtype=np.int32),
            np.array([costs.get(at, 0) for at in range(self._count)], dtype=np.float64),
        )
        self._highs.run()
        found = [round(value) for value in self._highs.getSolution().col_value]
        proven = self._highs.getModelStatus() == self._kinds.kOptimal
        known = sum(cost * values[at] for at, cost in costs.items())
        self._rows.append(_SumRow(-MOST, known, costs))
        if len(found) != self._count or not all(row.holds(found) for row in self._rows):
            found, proven = values, False
        self._rows.pop()
        best = sum(cost * found[at] for at, cost in costs.items())
        self._add(_SumRow(-MOST, best, {at: cost for at, cost in costs.items() if cost}))
        return found, proven
