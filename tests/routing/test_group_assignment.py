"""The assignment of a group held against brute force, which tries every distribution of persons over paths."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest
from length import draws
from oracle.assignments import best_by_brute_force, is_allowed, worth
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

        def is_expired() -> bool:
            nonlocal looks_left
            looks_left -= 1
            return looks_left < 0

        assignment, best = group.assign(is_expired), best_by_brute_force(group)

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
