"""The best assignment of a group by brute force, which tries every distribution of clients over their options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

from routing import GroupChoice, GroupClient


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
