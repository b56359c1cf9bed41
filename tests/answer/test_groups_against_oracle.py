"""The whole answer to a group held against brute force: each client's list, the choice, the calls, and what is open.

Over every origin of both demos with questions of every day, and over random groups in random coalitions.
`ORACLE_N=5000` draws more groups than the few hundred that the suite can afford.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest
from length import draws, sample
from loaded import Document, Loader, question_of
from oracle import brute
from oracle.assignments import best_by_brute_force
from oracle.elsewhere import pressing_needs
from oracle.instances import make_instance
from oracle.reading import STAYS, WITH_COMPANIONS, Case
from seeds import fresh_random

from routing import GroupChoice, GroupClient
from routing.group.assign import GroupOption
from service import demo
from service.answers.builder import with_reports
from service.answers.profile import read_group, read_profile
from service.answers.use_cases.find_group_paths import find_group_paths
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n import group as words

GROUPS = int(os.environ.get("ORACLE_N", draws(500, 20)))
BLOCKS = 10
NIGHT, MORNING = "2026-03-02T02:00:00-06:00", "2026-03-02T10:00:00-06:00"
EVERYDAY = (
    ("emergency_shelter", "food"),
    ("crisis_hotline", "medical_emergency"),
    ("victim_advocacy", "legal_immigration"),
    ("transportation", "case_management"),
    ("mental_health", "peer_support"),
)
AREAS = {demo.FIRST: "demo-river", demo.SECOND: "mesa-county"}
COALITIONS = {name: parse_document(demo.coalition_bytes(name))[0] for name in demo.COALITIONS}


@dataclass(frozen=True)
class Expected:
    """What brute force makes of a group, from the raw bundle."""

    bundle: Document
    group: Document
    directory: DirectorySnapshot

    @cached_property
    def feasible(self) -> list[list[brute.OraclePath]]:
        """Each client's feasible paths, best first."""
        return [brute.best_paths(self.bundle, profile) for profile in self.profiles]

    @cached_property
    def lists(self) -> list[list[brute.OraclePath]]:
        """Each client's candidates, best first."""
        return [
            brute.alternatives(self.bundle, profile, self.group["limit"], paths, open_more=True)
            for profile, paths in zip(self.profiles, self.feasible, strict=True)
        ]

    @cached_property
    def profiles(self) -> list[Document]:
        return [self._profile(entry) for entry in self.group["clients"]]

    def _profile(self, entry: Document) -> Document:
        """Return one client's own question, with the reports that the law asks for in any case."""
        shared = {name: value for name, value in self.group.items() if name not in ("clients", "apart")}
        profile = {**shared, **{name: value for name, value in entry.items() if name not in ("key", "count")}}
        question = question_of(profile, self.directory)
        reports = with_reports(self.directory.where(question.profile.client.area), question).profile.reports
        return {**profile, "reports": [{"type": one.type, "to": sorted(one.receivers)} for one in reports]}

    @cached_property
    def chosen(self) -> list[list[tuple[int, brute.OraclePath | None]]]:
        """For each client how many take which path, best first; None: no path."""
        clients = [
            GroupClient(
                entry["key"],
                entry["count"],
                tuple(_option(Case(self.bundle, profile), path) for path in [*paths, None]),
                1 + len(entry["client"].get("with", ())),
            )
            for entry, profile, paths in zip(self.group["clients"], self.profiles, self.lists, strict=True)
        ]
        stays = {slug for client in clients for option in client.options for slug in option.stays}
        places = {slug: free for slug in stays if (free := self._free_beds(slug)) is not None}
        apart = tuple((first, second) for first, second in self.group["apart"])
        counts = best_by_brute_force(GroupChoice(tuple(clients), places, apart=apart))
        return [
            [(count, path) for count, path in zip(spread, [*paths, None], strict=True) if count]
            for spread, paths in zip(counts, self.lists, strict=True)
        ]

    def _free_beds(self, slug: str) -> int | None:
        """Return how many people a service may take, where beds alone are counted and the origin may see the count."""
        case = Case(self.bundle, self.profiles[0])
        if not self.directory.sees_counts(self.group["origin"], case.owner[slug], case.at):
            return None
        beds = []
        for row in case.services[slug].get("capacities") or ():
            updated = row.get("updated")
            is_fresh = updated is not None and case.at - datetime.fromisoformat(updated) <= timedelta(days=1)
            if not is_fresh or (row.get("unit", "bed") != "bed" and row["available"] != 0):
                return None
            if row.get("unit", "bed") == "bed" and row["available"] is not None:
                beds.append(row["available"])
        return max(beds, default=None)

    def calls(self) -> dict[str, tuple[Counter[Any], list[str]]]:
        """Return by agency for whom the call is (key and what is met, counted), and what it says."""
        whom: dict[str, Counter[Any]] = {}
        people: dict[tuple[str, bool], int] = {}
        for entry, spread in zip(self.group["clients"], self.chosen, strict=True):
            for count, path in spread:
                most: dict[tuple[str, bool], int] = {}
                for _, to, _, mode, covers, _ in path.steps if path else ():
                    if mode != "internal":
                        whom.setdefault(to, Counter())[entry["key"], covers] += count
                        along = len(entry["client"].get("with", ())) if WITH_COMPANIONS & {*covers} else 0
                        call = to, mode == "report"
                        most[call] = max(most.get(call, 0), count * (1 + along))
                for call, number in most.items():
                    people[call] = people.get(call, 0) + number
        names = {organization["id"]: organization["name"] for organization in self.bundle["organizations"]}
        return {
            to: (
                counts,
                [
                    sentence(names[to], people[to, is_report])
                    for sentence, is_report in ((words.report, True), (words.places, False))
                    if (to, is_report) in people
                ],
            )
            for to, counts in whom.items()
        }


def _option(case: Case, path: brute.OraclePath | None) -> GroupOption:
    covers = () if path is None else path.covers
    parts = [] if path is None else [(slug, codes) for step in path.parts for slug, codes in step]
    stays = frozenset(slug for slug, codes in parts if STAYS & {*codes})
    return GroupOption(
        pressing_open=sum(code not in covers for code in pressing_needs(case)),
        required_open=sum(need["required"] and code not in covers for code, need in case.needs.items()),
        total=0 if path is None else path.total,
        services=frozenset(slug for slug, _ in parts),
        stays=stays,
        hosts=frozenset(case.owner[slug] for slug in stays),
    )


def assert_as_expected(answer: Document, expected: Expected) -> None:
    """Each part of the answer that brute force can tell is as it tells it."""
    assert answer["complete"]
    for client, entry, spread, profile in zip(
        answer["clients"], expected.group["clients"], expected.chosen, expected.profiles, strict=True
    ):
        assert client["key"] == entry["key"]
        assert [(one["count"], outline(one["path"])) for one in client["chosen"]] == [
            (count, outline_of_oracle(path)) for count, path in spread
        ]
        needs = Case(expected.bundle, profile).needs
        open_needs = [code for code in needs if any(path is None or code not in path.covers for _, path in spread)]
        assert [uncovered["need"] for uncovered in client["uncovered"]] == open_needs
    calls = {
        call["to"]["slug"]: (
            Counter({(one["key"], tuple(sorted(one["covers"]))): one["count"] for one in call["for"]}),
            call["plain"],
        )
        for call in answer["calls"]
    }
    assert calls == {to: (whom, " ".join(map(str, plain))) for to, (whom, plain) in expected.calls().items()}
    assert [call["order"] for call in answer["calls"]] == [*range(1, len(answer["calls"]) + 1)]


def outline(path: Document | None) -> Any:
    return path and (
        [(step["to"]["slug"], sorted(use["slug"] for use in step["services"])) for step in path["steps"]],
        path["cost"]["total"],
        sorted(path["covers"]),
    )


def outline_of_oracle(path: brute.OraclePath | None) -> Any:
    return path and ([(to, [*services]) for _, to, services, *_ in path.steps], path.total, [*path.covers])


def answer_to(directory: DirectorySnapshot, group: Document) -> Document:
    return find_group_paths(directory, read_group(json.dumps(group).encode()), now=datetime.now(UTC))


# -- both demos --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=demo.COALITIONS)
def coalition(request: pytest.FixtureRequest) -> Iterator[tuple[str, DirectorySnapshot]]:
    with Loader() as loader:
        yield request.param, loader.serve_demo(request.param)


def everyday(origin: str, needs: Sequence[str], at: str, area: str) -> Document:
    """A question of every day: one grown person there."""
    return {
        "origin": origin,
        "at": at,
        "client": {"age": 30, "gender": "female", "languages": ["en"], "area": area},
        "needs": [{"type": code, "urgency": "now" if at == NIGHT else "today"} for code in needs],
        "facts": {"client_present": True, "danger": "none"},
    }


@pytest.mark.parametrize("at", [NIGHT, MORNING], ids=["night", "morning"])
@pytest.mark.parametrize("needs", EVERYDAY, ids="-".join)
def test_everyday_questions_of_every_origin(
    coalition: tuple[str, DirectorySnapshot], needs: tuple[str, ...], at: str, count_compared: Callable[[int], None]
) -> None:
    """One person alone, the same person as a group of one at night, and beside two others in the morning."""
    name, directory = coalition
    bundle = COALITIONS[name]
    for origin in sample([organization["id"] for organization in bundle["organizations"]]):
        profile = everyday(origin, needs, at, AREAS[name])
        entry = {"key": "a", "count": 1, **{part: profile[part] for part in ("client", "needs", "facts")}}
        others = [] if at == NIGHT else [{**entry, "key": "b", "count": 2, "needs": entry["needs"][:1]}]
        group = {"origin": origin, "at": at, "limit": 3, "clients": [entry, *others], "apart": []}
        expected = Expected(bundle, group, directory)
        ranked = brute.alternatives(bundle, profile, paths=expected.feasible[0])

        alone = find_paths(directory, read_profile(json.dumps(profile).encode()))

        assert [outline(path) for path in alone["paths"]] == [outline_of_oracle(path) for path in ranked], origin
        assert_as_expected(answer_to(directory, group), expected)
        count_compared(2)


# -- random groups -----------------------------------------------------------------------------------------------------


def drawn_group(seed: int) -> tuple[Document, Document]:
    """Return a coalition, and one to three entries that ask it for parts of one profile's needs."""
    bundle, profile = make_instance(40_000 + seed)
    dice = fresh_random(seed)
    others = [organization["id"] for organization in bundle["organizations"] if organization["id"] != profile["origin"]]
    clients = [
        {
            "key": key,
            "count": dice.choice((1, 1, 2)),
            "client": {**profile["client"], "with": dice.choice((profile["client"]["with"], []))},
            "needs": dice.sample(profile["needs"], dice.randint(1, len(profile["needs"]))),
            "facts": profile["facts"],
            "consents": profile["consents"],
            "avoid": dice.choice((profile["avoid"], [dice.choice(others)])),
        }
        for key in "abc"[: dice.randint(1, 3)]
    ]
    keys = [client["key"] for client in clients]
    apart = [dice.sample(keys, 2)] if len(keys) > 1 and dice.random() < 0.4 else []
    shared = {name: profile[name] for name in ("origin", "at", "prefer", "limit")}
    return bundle, {**shared, "clients": clients, "apart": apart}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_groups(loader: Loader, block: int, count_compared: Callable[[int], None]) -> None:
    """Too few places, houses to keep apart, families, alike clients, and needs that nobody meets."""
    for seed in range(block, GROUPS, BLOCKS):
        bundle, group = drawn_group(seed)
        directory = loader.serve(bundle)[1]

        assert_as_expected(answer_to(directory, group), Expected(bundle, group, directory))
        count_compared(1)
