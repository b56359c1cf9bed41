"""The assignment of a group held against brute force, which tries every distribution of persons over paths."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from length import draws
from seeds import fresh_random

from routing import GroupChoice, GroupClient
from routing.group.assign import GroupOption

GROUPS = int(os.environ.get("ORACLE_N", draws(500)))
SERVICES = ("a-beds", "a-flats", "b-beds", "c-beds")


def draw_option(rng: random.Random) -> GroupOption:
    stays = frozenset(rng.sample(SERVICES, rng.choice((0, 1, 1, 1, 2))))
    more = frozenset({"legal"} if rng.random() < 0.2 else ())
    return GroupOption(
        pressing_open=rng.choice((0, 0, 0, 1)),
        required_open=rng.choice((0, 0, 1, 2)),
        total=rng.choice((100, 140, 140, 200, 100_240)),
        services=stays | more,
        stays=stays,
        hosts=frozenset(slug[0] for slug in stays),
    )


def draw_group(rng: random.Random) -> GroupChoice:
    """A few entries, alike clients and families, with too few places, agencies to keep apart, and promises."""
    clients = []
    for key in "abcd"[: rng.choice((1, 2, 3, 3, 4))]:
        options = (*(draw_option(rng) for _ in range(rng.randint(0, 4))), GroupOption(rng.randint(1, 2), 2))
        count = rng.choice((1, 1, 2, 3))
        promises = {0: rng.randint(1, count)} if len(options) > 1 and rng.random() < 0.15 else {}
        clients.append(GroupClient(key, count, options, rng.choice((1, 1, 1, 2, 3)), promises))
    keys = [client.key for client in clients]
    return GroupChoice(
        tuple(clients),
        {slug: rng.randint(0, 4) for slug in SERVICES if rng.random() < 0.7},
        frozenset(slug for client in clients for at in client.promises for slug in client.options[at].services),
        tuple(tuple(rng.sample(keys, 2)) for _ in range(rng.choice((0, 0, 1, 2))) if len(keys) > 1),  # type: ignore[misc]
    )


def distributions(client: GroupClient) -> Iterator[tuple[int, ...]]:
    """Yield every way to spread the clients of an entry over its options, with the promises kept."""
    for counts in product(range(client.count + 1), repeat=len(client.options)):
        if sum(counts) == client.count and all(counts[at] >= promise for at, promise in client.promises.items()):
            yield counts


def best_by_brute_force(group: GroupChoice) -> tuple[tuple[int, ...], ...]:
    return min((c for c in product(*map(distributions, group.clients)) if is_allowed(group, c)), key=worth(group))


def is_allowed(group: GroupChoice, counts: tuple[tuple[int, ...], ...]) -> bool:
    used, promised = Counter[str](), Counter[str]()
    houses: dict[str, set[str]] = {}
    free_houses: dict[str, set[str]] = {}
    for client, spread in zip(group.clients, counts, strict=True):
        for at, (count, option) in enumerate(zip(spread, client.options, strict=True)):
            fresh = count - client.promises.get(at, 0)
            if fresh and not group.closed.isdisjoint(option.services):
                return False
            used.update(dict.fromkeys(option.stays, fresh * client.people))
            promised.update(dict.fromkeys(option.stays, client.promises.get(at, 0) * client.people))
            houses.setdefault(client.key, set()).update(option.hosts if count else ())
            free_houses.setdefault(client.key, set()).update(option.hosts if fresh else ())
    if any(used[slug] > max(free - promised[slug], 0) for slug, free in group.places.items()):
        return False
    return all(
        free_houses[first].isdisjoint(houses[second]) and free_houses[second].isdisjoint(houses[first])
        for first, second in group.apart
    )


def worth(group: GroupChoice) -> Callable[[tuple[tuple[int, ...], ...]], tuple[object, ...]]:
    def of(counts: tuple[tuple[int, ...], ...]) -> tuple[object, ...]:
        spread = [
            (count, option)
            for client, distribution in zip(group.clients, counts, strict=True)
            for count, option in zip(distribution, client.options, strict=True)
        ]
        sums = [sum(c * getattr(o, name) for c, o in spread) for name in ("pressing_open", "required_open", "total")]
        ranks = [tuple(-count for count in distribution) for distribution in counts]
        return (*sums, ranks)

    return of


@pytest.mark.parametrize("block", range(5))
def test_the_solver_and_brute_force_choose_the_same_paths(block: int) -> None:
    """Needs left open, points, then key and rank: the one best assignment, and it is told that it is."""
    for seed in range(block, GROUPS, 5):
        group = draw_group(fresh_random(seed))
        assignment = group.assign()

        assert assignment.counts == best_by_brute_force(group), seed
        assert assignment.complete


def test_where_time_runs_out_the_measures_are_the_best_all_the_same() -> None:
    """Whenever it runs out: as few needs are open, for as few points; the answer says that ranks were not compared."""
    for seed in range(40):
        group, rng = draw_group(fresh_random(seed)), fresh_random(seed)
        looks_left = rng.randint(0, 6)

        def out_of_time() -> bool:
            nonlocal looks_left
            looks_left -= 1
            return looks_left < 0

        assignment, best = group.assign(out_of_time), best_by_brute_force(group)

        assert is_allowed(group, assignment.counts), seed
        assert worth(group)(assignment.counts)[:3] == worth(group)(best)[:3], seed
        assert assignment.complete or looks_left < 0


def test_the_solver_says_nothing() -> None:
    """What a command prints is a document: the solver adds no line to it."""
    program = (
        "from routing import GroupChoice, GroupClient\nfrom routing.group.assign import GroupOption as Option\n"
        "GroupChoice((GroupClient('a', 1, (Option(0, 0), Option(1, 1))),)).assign()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"", b"")
