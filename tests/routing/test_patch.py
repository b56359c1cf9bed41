"""A directory with some records changed: as if the snapshot were built anew, at a small part of the cost."""

from __future__ import annotations

import random
from dataclasses import replace
from time import process_time

import pytest
from builders import agreement, area, beds, directory, find, hours, organization, profile, service
from snapshot_words import words_of

import routing

TYPES = ("food", "detox", "legal_aid", "emergency_shelter")
AREAS = ("travis", "hays", "tx")
SLUGS = tuple(f"agency-{letter}" for letter in "abcdefgh")


def drawn_organization(dice: random.Random, slug: str) -> routing.Organization:
    above = [other for other in SLUGS if other < slug]
    return organization(
        slug,
        kind=dice.choice(["victim_services", "dv_shelter", "health"]),
        regimes=frozenset(dice.sample(["voca", "hipaa"], dice.randrange(3))),
        membership=dice.choice(["active", "none"]),
        near=dice.choice([None, *AREAS]),
        address_private=dice.random() < 0.3,
        parent=dice.choice(above) if above and dice.random() < 0.3 else None,
    )


def drawn_service(dice: random.Random, slug: str, at: str) -> routing.Service:
    return service(
        slug,
        *dice.sample(TYPES, dice.choice([1, 1, 2])),
        at=at,
        areas=dice.choice([None, *([one] for one in AREAS), ["travis", "hays"]]),
        languages=dice.choice([None, ["en"], ["es", "en"]]),
        genders=dice.choice([None, ["female"], ["male", "female"]]),
        only=dice.choice([[], ["runaway"]]),
        requires=dice.choice([[], ["legal_aid"]]),
        accepts_from=dice.choice([["anyone"], ["members"], [dice.choice(SLUGS)]]),
        schedules=dice.choice([(), (hours(),), (hours("09:00", "17:00", days="MO,TU"),), (hours("20:00", "06:00"),)]),
        capacities=dice.choice([(), (beds(2),), (beds(None), beds(1))]),
        positions=dice.choice([(), ((30.0, -97.0),), ((30.5, -97.5), (31.0, -98.0))]),
        active=dice.random() < 0.8,
        designated=dice.random() < 0.5,
    )


def drawn_agreements(dice: random.Random, slugs: list[str]) -> tuple[routing.Agreement, ...]:
    return tuple(agreement(*dice.sample(slugs, 2), slug=f"mou-{n}") for n in range(dice.randrange(4)) if len(slugs) > 1)


class Drawn:
    """A directory that changes; `records` as they are, and `changes` as a patch is told of them."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.organizations: dict[str, routing.Organization] = {}
        self.services: dict[str, routing.Service] = {}
        self.agreements: tuple[routing.Agreement, ...] = ()
        for slug in dice.sample(SLUGS, 6):
            self._put(slug)

    def directory(self, version: int) -> routing.Directory:
        records = (*self.organizations.values(), *self.services.values(), *self.agreements)
        return directory(*map(area, AREAS), *records, version=version)

    def _put(self, slug: str) -> list[routing.Service]:
        one = drawn_organization(self._dice, slug)
        self.organizations[slug] = replace(one, parent=one.parent if one.parent in self.organizations else None)
        names = [f"{slug}-{number}" for number in range(8) if self._dice.random() < 0.6]
        return [self.services.setdefault(name, drawn_service(self._dice, name, slug)) for name in names]

    def change(self, version: int) -> routing.Changes:
        """Change an organization with its services, or take it out, and now and then the agreements."""
        slug = self._dice.choice(SLUGS)
        named = {one for agreed in self.agreements for one in agreed.between}
        named |= {one.parent for one in self.organizations.values() if one.parent}
        before = {name for name, one in self.services.items() if one.organization == slug}
        for name in before:
            del self.services[name]
        gone = slug in self.organizations and slug not in named and self._dice.random() < 0.3
        if gone:
            del self.organizations[slug]
        fresh = [] if gone else self._put(slug)
        changed = None
        if self._dice.random() < 0.3:
            changed = self.agreements = drawn_agreements(self._dice, sorted(self.organizations))
        return routing.Changes(
            version=version,
            organizations=() if gone else (self.organizations[slug],),
            services=fresh,
            gone_organizations=frozenset({slug} if gone else ()),
            gone_services=frozenset(before - {one.slug for one in fresh}),
            agreements=changed,
        )


@pytest.mark.parametrize("seed", range(15))
def test_a_patched_directory_is_the_one_built_anew(seed: int) -> None:
    """After each of many changes, one upon the other; the snapshot before stays as it was; answers are the same."""
    dice = random.Random(seed)
    drawn = Drawn(dice)
    patched, taken_over = routing.build_snapshot(drawn.directory(1)), 0
    for version in range(2, 12):
        before = words_of(patched)
        changes = drawn.change(version)

        found = routing.patch(patched, changes)

        anew = routing.build_snapshot(drawn.directory(version))
        assert words_of(found) == words_of(anew)
        assert words_of(patched) == before
        asked = profile(dice.choice(TYPES), origin=dice.choice(sorted(drawn.organizations)))
        assert find(found, asked) == find(anew, asked)
        taken_over += found.area_tree is patched.area_tree
        patched = found
    assert taken_over >= 2  # small directories are often built anew


def many(count: int) -> routing.Directory:
    dice = random.Random(1)
    houses = [organization(f"agency-{number:04}") for number in range(count // 5)]
    offers = [drawn_service(dice, f"service-{number:05}", f"agency-{number // 5:04}") for number in range(count)]
    return directory(*map(area, AREAS), *houses, *offers)


def test_a_patch_takes_over_what_has_not_changed() -> None:
    """Of a directory of many services: a small part of building it anew, measured in the same run."""
    given = many(6_000)
    begun = process_time()
    before = routing.build_snapshot(given)
    whole = process_time() - begun
    changed = replace(given.services[17], minimum_age=12)

    begun = process_time()
    for version in range(2, 12):
        before = routing.patch(before, routing.Changes(version=version, services=(changed,)))
    part = (process_time() - begun) / 10

    assert before.services[17].minimum_age == 12
    assert part < whole / 4
