"""How many questions lead to a call: the first question of each answer, beside the best decision tree.

A group is what a worker knows at first, an origin and one need for now, and drawn clients of whom nothing else is told.
Asked is the first question of the answer, answered truthfully, until no question leads. A tree asks at each node one
attribute, age, area, gender, presence or one that a question of that answer names, branches by its truthful answers,
and ends where no question leads. The best tree of a group has the fewest questions over its clients, by brute force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import policies
import routing
from service import demo
from service.answers.printed.page import PrintedPage
from service.answers.profile import ResolvedProfile, suppose
from service.answers.profile.client_facts import client_facts
from service.answers.work.find_paths import answer_question
from service.bench import coalitions
from service.bench.measure import WHOLE
from service.bench.questions import innermost_areas
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.words import measured
from service.words.vocabulary import GENDERS, TRAITS

AGE, AREA, GENDER, PRESENT = BASICS = ("client.age", "client.area", "client.gender", "facts.client_present")
CLIENTS, IN_A_GROUP = 500, 25
INVENTED = (8, 12, 20)
"""Sizes of the invented coalitions, in agencies."""
TRAIT = "client.traits."
TRUE_OF_ONE_IN = 6
"""One of so many clients has a trait."""

Truth = Mapping[str, routing.Value]
Known = frozenset[tuple[str, routing.Value]]


@dataclass(frozen=True)
class ClientGroup:
    """Clients of whom the same is known at first, to be asked in one coalition."""

    served: DirectorySnapshot
    start: ResolvedProfile
    clients: Sequence[Truth]
    _kept: dict[Known, tuple[str, ...]] = field(default_factory=dict)

    def questions(self, known: Known) -> tuple[str, ...]:
        """Return the attributes that an answer asks about, first the one that leads; none where no question leads."""
        if known not in self._kept:
            question = self.start
            for attribute, value in sorted(known, key=str):
                question = suppose(question, attribute, value)
            answer = answer_question(self.served.where(question.profile.client.area), question, parts=WHOLE)
            asks = answer["questions"] if answer["lead"]["do"] == "ask" else ()
            self._kept[known] = tuple(ask["attribute"] for ask in asks)
        return self._kept[known]

    def put(self, client: Truth) -> list[str]:
        """Return the attributes that a client is asked for, by the first question that was not put yet."""
        known, put = Known(), list[str]()
        while (
            attribute := next((question for question in self.questions(known) if question not in put), None)
        ) is not None:
            put.append(attribute)
            known |= {(attribute, client[attribute])} if attribute in client else set()
        return put

    def least(self) -> tuple[int, str | None]:
        """Return the questions that the best tree asks all clients together, and the attribute it asks for first."""
        return self._least(Known(), self.clients, 1 << 30)

    def _least(self, known: Known, clients: Sequence[Truth], below: int) -> tuple[int, str | None]:
        """Return the fewest questions and the first attribute; at least `below` where there are no fewer."""
        asks, told = self.questions(known), {attribute for attribute, _ in known}
        choices = [one for one in dict.fromkeys((*asks, *BASICS)) if one not in told and one in clients[0]]
        if not asks or not choices:
            return 0, None
        best, first = below, None
        for attribute in choices:
            by_answer: dict[routing.Value, list[Truth]] = {}
            for client in clients:
                by_answer.setdefault(client[attribute], []).append(client)
            total = len(clients)
            for value, alike in by_answer.items():
                if total >= best:
                    break
                total += self._least(known | {(attribute, value)}, alike, best - total)[0]
            if total < best:
                best, first = total, attribute
        return best, first


def draw_groups(served: DirectorySnapshot, clients: int, rng: np.random.Generator) -> Iterator[ClientGroup]:
    """Yield groups of at most `IN_A_GROUP` clients, `clients` in all: each of an origin and a need that is offered."""
    snapshot = served.snapshot
    types, origins = sorted(snapshot.postings), [organization.slug for organization in snapshot.organizations]
    places = innermost_areas(snapshot)
    for first in range(0, clients, IN_A_GROUP):
        client = routing.Client()
        at = coalitions.AT.astimezone(snapshot.zone)
        need = routing.Need(str(rng.choice(types)), "now", True)
        profile = routing.Profile(origin=str(rng.choice(origins)), at=at, client=client, needs=(need,))
        start = ResolvedProfile(profile, policies.Case(today=at.date(), **client_facts(client)))
        yield ClientGroup(served, start, [_truth(places, rng) for _ in range(min(IN_A_GROUP, clients - first))])


def _truth(places: Sequence[str], rng: np.random.Generator) -> Truth:
    age = int(rng.integers(10, 60))
    traits = {TRAIT + trait: bool(rng.integers(0, TRUE_OF_ONE_IN) == 0) for trait in TRAITS}
    return {
        AGE: (age, age), AREA: str(rng.choice(places)), GENDER: str(rng.choice(GENDERS)),
        PRESENT: bool(rng.integers(0, 4)), **traits,
    }  # fmt: skip


def measure_questions(clients: int = CLIENTS, *, seed: int = 1) -> list[dict[str, Any]]:
    """Return the figures of each demo and each invented coalition, for so many clients in each, and of all together."""
    counted = {
        name: [_count(group) for group in draw_groups(served, clients, np.random.default_rng(seed))]
        for name, served in _coalitions(seed)
    }
    rows = [_row(name, counts) for name, counts in counted.items()]
    return [*rows, _row(measured.ALL_COALITIONS, [count for counts in counted.values() for count in counts])]


def _coalitions(seed: int) -> Iterator[tuple[str, DirectorySnapshot]]:
    for name in demo.COALITIONS:
        yield name, coalitions.serve_bundle(demo.coalition_bytes(name))
    for size in INVENTED:
        yield measured.INVENTED.format(agencies=size), coalitions.serve(size, seed)


@dataclass(frozen=True, slots=True)
class _Count:
    """Of a group: the questions put to each client, the least of all together, and the attributes asked first."""

    put: list[int]
    least: int
    first: str | None
    best_first: str | None


def _count(group: ClientGroup) -> _Count:
    put = [group.put(client) for client in group.clients]
    least, best_first = group.least()
    return _Count([len(attributes) for attributes in put], least, put[0][0] if put[0] else None, best_first)


def _row(name: str, counts: Sequence[_Count]) -> dict[str, Any]:
    put = [questions for count in counts for questions in count.put]
    total, least = sum(put), sum(count.least for count in counts)
    worse = Counter((one.first, one.best_first) for one in counts if sum(one.put) > one.least)
    return {
        "coalition": name, "clients": len(put), "mean": round(total / len(put), 3), "worst": max(put),
        "best_mean": round(least / len(put), 3), "ratio": round(total / least, 3) if least else None,
        "other_first": [{"asked": ours, "best": best, "groups": n} for (ours, best), n in worse.most_common()],
    }  # fmt: skip


def tell(page: PrintedPage, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the figures of each coalition, and which attribute the best tree asks first where fewer questions do."""
    page.heading(measured.HOW_MANY_QUESTIONS)
    for row in rows:
        page.item(measured.QUESTIONS_PUT.format_map({**row, "ratio": row["ratio"] or measured.NONE_NEEDED}))
    for other in rows[-1]["other_first"]:
        same = other["asked"] == other["best"]
        said = measured.OTHER_ORDER_LATER if same else measured.OTHER_ORDER
        page.item(said.format_map(other), indent=2)
