"""How many questions lead to a call: the first question of each answer, beside the best decision tree.

A group is what a worker knows at first, an origin and one need for now, and drawn clients of whom nothing else is told.
Asked is the first question of the answer, answered truthfully, until no question leads. A tree asks at each node one
attribute, age, area, gender, presence or one that a question of that answer names, branches by its truthful answers,
and ends where no question leads. The best tree of a group has the fewest questions over its clients, by brute force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from benchmarks import coalitions
from benchmarks.measure import Row
from benchmarks.questions import WHOLE, innermost_areas

import policies
import routing
from service import demo
from service.answers.builder.unknown_facts import AGE, AREA, PRESENT, TRAIT
from service.answers.profile import ResolvedProfile, suppose
from service.answers.profile.client_facts import client_facts
from service.answers.use_cases.find_paths import answer_question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.vocabulary import GENDERS, TRAITS

GENDER = "client.gender"
BASICS = (AGE, AREA, GENDER, PRESENT)
CLIENTS, GROUP_SIZE = 500, 25
INVENTED = (8, 12, 20)
"""Sizes of the invented coalitions, in agencies."""
TRUE_OF_ONE_IN = 6
"""One of so many clients has a trait."""

Truth = Mapping[str, routing.Value]
Facts = frozenset[tuple[str, routing.Value]]
NOTHING = Facts()


@dataclass(frozen=True)
class ClientGroup:
    """Clients of whom the same is known at first, to be asked in one coalition."""

    directory: DirectorySnapshot
    start: ResolvedProfile
    clients: Sequence[Truth]
    _questions: dict[Facts, tuple[str, ...]] = field(default_factory=dict)

    def questions(self, facts: Facts) -> tuple[str, ...]:
        """Return the attributes that an answer asks about, first the one that leads; none where no question leads."""
        if facts not in self._questions:
            question = self.start
            for attribute, value in sorted(facts, key=str):
                question = suppose(question, attribute, value)
            answer = answer_question(self.directory.where(question.profile.client.area), question, parts=WHOLE)
            asks = answer["questions"] if answer["lead"]["do"] == "ask" else ()
            self._questions[facts] = tuple(ask["attribute"] for ask in asks)
        return self._questions[facts]

    def interview(self, client: Truth) -> list[str]:
        """Return the attributes that a client is asked for, by the first question that was not put yet."""
        facts, attributes = NOTHING, list[str]()
        while attribute := next((name for name in self.questions(facts) if name not in attributes), None):
            attributes.append(attribute)
            facts |= {(attribute, client[attribute])} if attribute in client else set()
        return attributes

    def fewest(self, facts: Facts = NOTHING, clients: Sequence[Truth] | None = None, bound: int = 1 << 30) -> int:
        """Return how many questions the best tree asks clients together; at least `bound` where there are no fewer."""
        clients, asks, attributes = clients or self.clients, self.questions(facts), {name for name, _ in facts}
        choices = [name for name in dict.fromkeys((*asks, *BASICS)) if name not in attributes and name in clients[0]]
        if not asks or not choices:
            return 0
        for attribute in choices:
            total, branches = len(clients), defaultdict[routing.Value, list[Truth]](list)
            for client in clients:
                branches[client[attribute]].append(client)
            for value, branch in branches.items():
                if total < bound:
                    total += self.fewest(facts | {(attribute, value)}, branch, bound - total)
            bound = min(bound, total)
        return bound


def draw_groups(directory: DirectorySnapshot, clients: int, rng: np.random.Generator) -> Iterator[ClientGroup]:
    """Yield groups of at most `GROUP_SIZE` clients, `clients` in all: each of an origin and a need that is offered."""
    snapshot = directory.snapshot
    types, origins = sorted(snapshot.postings), [organization.slug for organization in snapshot.organizations]
    places, at = innermost_areas(snapshot), coalitions.AT.astimezone(snapshot.zone)
    for number in range(0, clients, GROUP_SIZE):
        client, need = routing.Client(), routing.Need(str(rng.choice(types)), "now", True)
        profile = routing.Profile(origin=str(rng.choice(origins)), at=at, client=client, needs=(need,))
        start = ResolvedProfile(profile, policies.Case(today=at.date(), **client_facts(client)))
        size = min(GROUP_SIZE, clients - number)
        yield ClientGroup(directory, start, [_truth(places, rng) for _ in range(size)])


def _truth(places: Sequence[str], rng: np.random.Generator) -> Truth:
    age = int(rng.integers(10, 60))
    traits = {TRAIT + trait: bool(rng.integers(0, TRUE_OF_ONE_IN) == 0) for trait in TRAITS}
    return {
        AGE: (age, age), AREA: str(rng.choice(places)), GENDER: str(rng.choice(GENDERS)),
        PRESENT: bool(rng.integers(0, 4)), **traits,
    }  # fmt: skip


def measure_questions(clients: int = CLIENTS, *, seed: int = 1) -> list[Row]:
    """Return a row for each demo and each invented coalition, for so many clients in each, and one of all together."""
    directories = {name: coalitions.serve_bundle(demo.coalition_bytes(name)) for name in demo.COALITIONS}
    directories |= {f"invented, {size} agencies": coalitions.serve(size, seed) for size in INVENTED}
    groups = {name: [*draw_groups(each, clients, np.random.default_rng(seed))] for name, each in directories.items()}
    return [_row(name, members) for name, members in {**groups, "all": [*chain(*groups.values())]}.items()]


def _row(name: str, groups: Sequence[ClientGroup]) -> Row:
    counts = [len(group.interview(client)) for group in groups for client in group.clients]
    total, fewest = sum(counts), sum(group.fewest() for group in groups)
    return {
        "coalition": name, "clients": len(counts), "mean": round(total / len(counts), 3), "worst": max(counts),
        "best_mean": round(fewest / len(counts), 3), "ratio": round(total / fewest, 3) if fewest else None,
    }  # fmt: skip
