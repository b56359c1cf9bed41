"""One path for each person of a group: an integer programme over the clients' own lists, solved exactly by HiGHS.

The measures of a group are compared one after the other, each with the best values of those before it held, down to
key and rank: so one assignment is the best, whichever way the solver went. All numbers are whole, and checked as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from routing.budget import IsExpired, never

MOST_NODES = 5_000
"""Nodes of the solver's tree for one measure, at most: a bound that needs no clock."""

MOST = 1 << 40


@dataclass(frozen=True, slots=True)
class GroupOption:
    """A path that a person may take, or no path: the needs that it leaves open, its points, and where it leads.

    `services`: all on it (slugs); `stays`: those at which the person and those who come along stay; `hosts`: their
    organizations.
    """

    pressing_open: int
    required_open: int
    total: int = 0
    services: frozenset[str] = frozenset()
    stays: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupClient:
    """So many alike clients under one key, with their options, best first; the last option is no path.

    `people`: how many stay together. `promises`: how many clients were promised an option already, by its place.
    """

    key: str
    count: int
    options: tuple[GroupOption, ...]
    people: int = 1
    promises: Mapping[int, int] = field(default_factory=dict)

    @property
    def open_count(self) -> int:
        """How many of the clients have no promise yet."""
        return self.count - sum(self.promises.values())


@dataclass(frozen=True, slots=True)
class Assignment:
    """How many clients of each entry take each of its options. Not `complete`: a better one may exist."""

    counts: tuple[tuple[int, ...], ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """Clients who look for places at one time.

    `places`: how many people may come to stay at a service (slug), all without an entry. `closed`: services that take
    nobody but those to whom they were promised. `apart`: pairs of keys that never stay at one agency.
    """

    clients: tuple[GroupClient, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    apart: tuple[tuple[str, str], ...] = ()

    def assign(self, is_expired: IsExpired = never) -> Assignment:
        """Return the best assignment; the best so far where nodes run out, any as good where time does. Pure.

        >>> bed = GroupOption(0, 0, 100, frozenset({"beds"}), frozenset({"beds"}), frozenset({"house"}))
        >>> two, one = (GroupClient(key, count, (bed, GroupOption(1, 1))) for key, count in (("a", 2), ("b", 1)))
        >>> GroupChoice((two, one), {"beds": 2}).assign().counts
        ((2, 0), (0, 1))
        """
        return _Programme(self).solve(is_expired)

    def free_places(self, assignment: Assignment) -> dict[str, int]:
        """Return how many people more each service with `places` may take. Pure."""
        places = dict(self.places)
        for client, _, option, count in self._choices(assignment):
            for service in option.stays & places.keys():
                places[service] -= count * client.people
        return places

    def passed_over(self, assignment: Assignment) -> frozenset[str]:
        """Return the keys of parties without a place, where people alone hold the places that they need. Pure."""
        free, alone = self.free_places(assignment), Counter[str]()
        for client, place, option, count in self._choices(assignment):
            if client.people == 1:
                alone.update(dict.fromkeys(option.stays & free.keys(), count - client.promises.get(place, 0)))
        return frozenset(
            client.key
            for client, place, option, count in self._choices(assignment)
            if client.people > 1 and not option.stays and count > client.promises.get(place, 0)
            if any(
                self.is_open(client, choice)
                and any(free[service] < client.people for service in choice.stays & free.keys())
                and all(free[service] + alone[service] >= client.people for service in choice.stays & free.keys())
                for choice in client.options
            )
        )

    def is_open(self, client: GroupClient, option: GroupOption) -> bool:
        """Return whether an option leads to nobody promised to others, or to those from whom the client stays apart."""
        keys = self._apart_from(client.key)
        return self.closed.isdisjoint(option.services) and all(
            option.hosts.isdisjoint(neighbour.options[place].hosts)
            for neighbour in self.clients
            if neighbour.key in keys
            for place in neighbour.promises
        )

    def hosts_to_avoid(self, key: str, assignment: Assignment) -> frozenset[str]:
        """Return the agencies that host people from whom the people of a key stay apart. Pure."""
        keys, choices = self._apart_from(key), self._choices(assignment)
        return frozenset().union(*(option.hosts for client, _, option, _ in choices if client.key in keys))

    def _apart_from(self, key: str) -> set[str]:
        return {member for pair in self.apart if key in pair for member in pair} - {key}

    def _choices(self, assignment: Assignment) -> Iterator[tuple[GroupClient, int, GroupOption, int]]:
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
    """A weighted sum of columns, with a lower and an upper bound."""

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
            _Column(number, place, option, client.open_count)
            for number, client in enumerate(group.clients)
            for place, option in enumerate(client.options)
            if client.open_count and group.is_open(client, option)
        ]
        self._switches = sorted(
            (pair, host)
            for pair in {(min(pair), max(pair)) for pair in group.apart}
            for host in set.intersection(*({*self._hosts(key)} for key in pair))
        )
        self._rows = list(self._all_rows())

    def _hosts(self, key: str) -> Iterator[str]:
        for column in self._columns:
            if self._group.clients[column.client].key == key:
                yield from column.option.hosts

    def _all_rows(self) -> Iterator[_SumRow]:
        columns, clients = list(enumerate(self._columns)), self._group.clients
        for number, client in enumerate(clients):
            if client.open_count:
                yield _SumRow(
                    client.open_count, client.open_count, {at: 1 for at, column in columns if column.client == number}
                )
        for service, free in sorted(self._group.places.items()):
            promised = sum(
                count * client.people
                for client in clients
                for place, count in client.promises.items()
                if service in client.options[place].stays
            )
            takers = {at: clients[column.client].people for at, column in columns if service in column.option.stays}
            yield _SumRow(0, max(free - promised, 0), takers)
        for at, (pair, host) in enumerate(self._switches, len(columns)):
            for key, on in zip(pair, (True, False), strict=True):
                number, client = next((n, client) for n, client in enumerate(clients) if client.key == key)
                at_host = {n: 1 for n, column in columns if column.client == number and host in column.option.hosts}
                yield _SumRow(
                    -client.open_count,
                    0 if on else client.open_count,
                    {**at_host, at: -client.open_count if on else client.open_count},
                )

    def solve(self, is_expired: IsExpired) -> Assignment:
        """Return the best assignment."""
        if not self._columns:
            return self._assignment([], complete=True)
        last = [len(client.options) - 1 for client in self._group.clients]
        values = [column.most if column.place == last[column.client] else 0 for column in self._columns] + [0] * len(
            self._switches
        )
        solver, complete = _Solver(self._columns, len(self._switches), self._rows), True
        for costs in self._measures():  # guaranteed, whatever the time: nodes bound it
            values, proven = solver.least(costs, values)
            complete &= proven
        for at, column in self._by_key_and_rank():
            if is_expired():
                return self._assignment(values, complete=False)
            total = sum(values[n] for n, earlier in enumerate(self._columns[:at]) if earlier.client == column.client)
            if total + values[at] < column.most:  # else nobody is left who could take it besides
                values, proven = solver.least({at: 1}, values, sign=-1)
                complete &= proven
            solver.fix(at, values[at])
        return self._assignment(values, complete=complete)

    def _measures(self) -> Iterator[dict[int, int]]:
        """Yield the costs of each column: pressing and required needs left open, then points beyond the fewest."""
        fewest = [min(option.total for option in client.options) for client in self._group.clients]
        columns = list(enumerate(self._columns))
        yield {at: column.option.pressing_open for at, column in columns}
        yield {at: column.option.required_open for at, column in columns}
        yield {at: column.option.total - fewest[column.client] for at, column in columns}

    def _by_key_and_rank(self) -> list[tuple[int, _Column]]:
        keys = [client.key for client in self._group.clients]
        return sorted(enumerate(self._columns), key=lambda entry: (keys[entry[1].client], entry[1].place))

    def _assignment(self, values: Sequence[int], *, complete: bool) -> Assignment:
        counts = [
            [client.promises.get(place, 0) for place in range(len(client.options))] for client in self._group.clients
        ]
        for column, value in zip(self._columns, values, strict=False):
            counts[column.client][column.place] += value
        return Assignment(tuple(map(tuple, counts)), complete)


class _Solver:
    """HiGHS with the columns and rows of a programme; each least value becomes a constraint."""

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
        integer_types = np.full(self._count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._highs.changeColsIntegrality(self._count, np.arange(self._count, dtype=np.int32), integer_types)
        for row in rows:
            self._add(row)

    def _add(self, row: _SumRow) -> None:
        self._rows.append(row)
        numbers, times = np.array([*row.parts], dtype=np.int32), np.array([*row.parts.values()], dtype=np.float64)
        least = float(row.least) if row.least > -MOST else -float("inf")  # HiGHS gives up on some models with 1e12
        self._highs.addRow(least, float(row.most), len(numbers), numbers, times)

    def fix(self, column: int, value: int) -> None:
        """Fix a column at a value."""
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
        solution = [round(value) for value in self._highs.getSolution().col_value]
        proven = self._highs.getModelStatus() == self._kinds.kOptimal
        known_cost = sum(cost * values[at] for at, cost in costs.items())
        self._rows.append(_SumRow(-MOST, known_cost, costs))
        if len(solution) != self._count or not all(row.holds(solution) for row in self._rows):
            solution, proven = values, False
        self._rows.pop()
        best = sum(cost * solution[at] for at, cost in costs.items())
        self._add(_SumRow(-MOST, best, {at: cost for at, cost in costs.items() if cost}))
        return solution, proven
