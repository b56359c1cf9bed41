"""A served directory follows the store change by change, and is at each the one that is read and built anew."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_coalitions import TYPES, drawn, without
from hsds.hsds_builders import bring_in, organization, service
from loaded import question_of
from seeds import fresh_random
from snapshot_words import words_of

import routing
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.patch import patch_directory
from service.directory.snapshot.sharing import Sharing
from service.directory.use_cases.load_bundle import load_bundle

EVERY = frozenset(f"agency-{letter}" for letter in "abcdefg")
FORM = {"id": "release", "name": "Release", "languages": ["en"], "marks": []}
LINES = [
    {"name": "Line", "phone": "555-0100"},  # every drawn agency has this number, and every service the other
    {"name": "Other", "phone": "555-0170"},
]
Bundle = dict[str, Any]


def whole_bundles() -> Iterator[Bundle]:
    """Yield drawn coalitions of all seven agencies, each with a place, and a line's number at its services."""
    for seed in range(10_000):
        if len(bundle := drawn(seed)["organizations"]) == len(EVERY):
            for number, agency in enumerate(bundle):
                place = {"location_type": "physical", "latitude": 30.0 + number, "longitude": -97.0}
                agency["locations"] = [{"id": f"{agency['id']}-place", **place}]
                for offer in agency["services"]:
                    offer["phones"] = [{"number": LINES[1]["phone"]}]
            yield {**drawn(seed), "organizations": bundle, "release_forms": []}


class Changing:
    """A coalition in a database, with changes of every kind."""

    def __init__(self, work: UnitOfWork, folder: Path, dice: random.Random) -> None:
        self._work, self._folder, self._dice = work, folder, dice
        self._bundles = whole_bundles()
        for _ in range(dice.randrange(20)):
            next(self._bundles)
        self._now = next(self._bundles)
        self._load(replace=True)

    def change(self) -> None:
        """Change something at random; most changes are of one agency."""
        kinds = [self._agency] * 4 + [self._gone, self._agreements, self._area, self._word, self._form, self._head]
        self._dice.choice([*kinds, *[self._import, self._move] * 2])()

    def _load(self, *, replace: bool) -> None:
        load_bundle(self._work, json.dumps(self._now).encode(), replace=replace)

    def _other(self, *more: str) -> Bundle:
        here = {organization["id"] for organization in self._now["organizations"]} | set(more)
        return without(next(self._bundles), EVERY - here)

    def _agency(self) -> None:
        slug = self._dice.choice(sorted(EVERY))
        [fresh] = [organization for organization in self._other(slug)["organizations"] if organization["id"] == slug]
        others = [
            _less(organization, fresh) for organization in self._now["organizations"] if organization["id"] != slug
        ]
        self._now = {**self._now, "organizations": [*others, fresh]}
        self._load(replace=self._dice.random() < 0.3)

    def _gone(self) -> None:
        slugs = [organization["id"] for organization in self._now["organizations"]]
        if len(slugs) > 2:
            self._now = without(self._now, frozenset({self._dice.choice(slugs)}))
            self._load(replace=True)

    def _move(self) -> None:
        """Give an agency all services, or all places, of another, which are all that changes of either."""
        self._now = copy.deepcopy(self._now)
        name = self._dice.choice(["services", "locations"])
        former, owner = self._dice.sample(self._now["organizations"], 2)
        owner[name], former[name] = [*owner[name], *former[name]], []
        self._load(replace=self._dice.random() < 0.3)

    def _agreements(self) -> None:
        self._now = {**self._now, "agreements": self._other()["agreements"]}
        self._load(replace=self._dice.random() < 0.7)

    def _area(self) -> None:
        self._now = copy.deepcopy(self._now)
        self._dice.choice(self._now["areas"])["name"] = f"Area {self._dice.randrange(100)}"
        self._load(replace=True)

    def _word(self) -> None:
        self._now = {**self._now, "vocabulary": self._other()["vocabulary"]}
        self._load(replace=True)

    def _form(self) -> None:
        forms = self._dice.choice([[], [FORM], [{**FORM, "marks": ["sud"]}, {**FORM, "id": "other"}]])
        groups = [["release", "other"]] if len(forms) > 1 and self._dice.random() < 0.5 else []
        self._now = {**self._now, "release_forms": forms, "equivalent_forms": groups}
        self._load(replace=True)

    def _head(self) -> None:
        head = {name: value for name, value in self._now["coalition"].items() if name != "fallback_lines"}
        lines = self._dice.choice([{}, {"fallback_lines": LINES}])
        zone = self._dice.choice(["America/Chicago", "America/Denver"])
        self._now = {**self._now, "coalition": {**head, **lines, "timezone": zone}}
        self._load(replace=True)

    def _import(self) -> None:
        offer = service(minimum_age=self._dice.choice([0, 12, 18]), service_areas=[{"name": "north"}])
        phones = [{"number": self._dice.choice(["555-0100", "555-0150"])}]
        bring_in(self._work, self._folder, [organization(offer, phones=phones)], source="county")


def _less(organization: Bundle, other: Bundle) -> Bundle:
    """Return an organization without the services and places that another has now."""
    parts = {}
    for name in ("services", "locations"):
        here = {part["id"] for part in other[name]}
        parts[name] = [part for part in organization[name] if part["id"] not in here]
    return {**organization, **parts}


def answers(directory: DirectorySnapshot, profile: Bundle) -> Any:
    question = question_of(profile, directory)
    rules = Sharing(directory.rulebook, directory.policy, question.case)
    return routing.find_paths(routing.Request(directory.snapshot, question.profile, rules=rules))


@pytest.mark.parametrize("seed", range(12))
def test_a_directory_that_follows_is_the_one_read_anew(unit_of_work: UnitOfWork, tmp_path: Path, seed: int) -> None:
    """After each of many changes, one upon the other: names, rules, columns and answers, for those outside too."""
    dice = fresh_random(seed)
    changing, followed = Changing(unit_of_work, tmp_path, dice), 0
    directory = load_snapshot(unit_of_work)
    for _ in range(14):
        changing.change()

        patched = patch_directory(unit_of_work, directory)

        anew = load_snapshot(unit_of_work)
        directory = anew if patched is None else patched.directory
        followed += patched is not None
        assert (directory.names, directory.policy, directory.packs) == (anew.names, anew.policy, anew.packs)
        assert list(directory.names.organizations) == list(anew.names.organizations)
        assert list(directory.names.services) == list(anew.names.services)
        assert words_of(directory.snapshot) == words_of(anew.snapshot)
        assert (directory.outside is None) == (anew.outside is None)
        if directory.outside is not None and anew.outside is not None:
            assert directory.outside.names == anew.outside.names
            assert words_of(directory.outside.snapshot) == words_of(anew.outside.snapshot)
        profile = {
            "origin": dice.choice(sorted(anew.names.organizations)),
            "at": "2026-03-17T10:00:00-05:00",
            "client": {"age": dice.choice([8, 15, 30]), "area": "north"},
            "needs": [{"type": dice.choice(TYPES), "urgency": "now"}],
        }
        assert answers(directory, profile) == answers(anew, profile)
    assert followed >= 5
