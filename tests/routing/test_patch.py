"""A directory with some records changed: as if the snapshot were built anew, at a small part of the cost."""

from __future__ import annotations

import random
from dataclasses import replace
from time import process_time

import pytest
from builders import agreement, area, beds, directory, find, hours, organization, profile, service
from seeds import fresh_random
from snapshot_words import words_of

import routing

TYPES = ("food", "detox", "legal_aid", "emergency_shelter")
AREAS = ("travis", "hays", "tx")
SLUGS = tuple(f"agency-{letter}" for letter in "abcdefgh")


def draw_organization(dice: random.Random, slug: str) -> routing.Organization:
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


def draw_service(dice: random.Random, slug: str, at: str) -> routing.Service:
    return service(
        slug,
        *dice.sample(TYPES, dice.choice([1, 1, 2])),
        at=at,
        areas=dice.choice([None, *([area] for area in AREAS), ["travis", "hays"]]),
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


def draw_agreements(dice: random.Random, slugs: list[str]) -> tuple[routing.Agreement, ...]:
    return tuple(agreement(*dice.sample(slugs, 2), slug=f"mou-{n}") for n in range(dice.randrange(4)) if len(slugs) > 1)


class ChangingDirectory:
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
        organization = draw_organization(self._dice, slug)
        self.organizations[slug] = replace(
            organization, parent=organization.parent if organization.parent in self.organizations else None
        )
        names = [f"{slug}-{number}" for number in range(8) if self._dice.random() < 0.6]
        return [self.services.setdefault(name, draw_service(self._dice, name, slug)) for name in names]

    def change(self, version: int) -> routing.Changes:
        """Change an organization with its services, or take it out, and now and then the agreements."""
        slug = self._dice.choice(SLUGS)
        in_use = {slug for agreement in self.agreements for slug in agreement.between}
        in_use |= {organization.parent for organization in self.organizations.values() if organization.parent}
        before = {name for name, service in self.services.items() if service.organization == slug}
        for name in before:
            del self.services[name]
        leaves = slug in self.organizations and slug not in in_use and self._dice.random() < 0.3
        if leaves:
            del self.organizations[slug]
        fresh = [] if leaves else self._put(slug)
        agreements = None
        if self._dice.random() < 0.3:
            agreements = self.agreements = draw_agreements(self._dice, sorted(self.organizations))
        return routing.Changes(
            version=version,
            organizations=() if leaves else (self.organizations[slug],),
            services=fresh,
            gone_organizations=frozenset({slug} if leaves else ()),
            gone_services=frozenset(before - {service.slug for service in fresh}),
            agreements=agreements,
        )


@pytest.mark.parametrize("seed", range(15))
def test_a_patched_directory_is_the_one_built_anew(seed: int) -> None:
    """After each of many changes, one upon the other; the snapshot before stays as it was; answers are the same."""
    dice = fresh_random(seed)
    records = ChangingDirectory(dice)
    current, taken_over = routing.build_snapshot(records.directory(1)), 0
    for version in range(2, 12):
        before = words_of(current)
        changes = records.change(version)

        after = routing.patch(current, changes)

        anew = routing.build_snapshot(records.directory(version))
        assert words_of(after) == words_of(anew)
        assert words_of(current) == before
        needs_profile = profile(dice.choice(TYPES), origin=dice.choice(sorted(records.organizations)))
        assert find(after, needs_profile) == find(anew, needs_profile)
        taken_over += after.area_tree is current.area_tree
        current = after
    assert taken_over >= 2  # small directories are often built anew


def many(count: int) -> routing.Directory:
    dice = fresh_random(1)
    houses = [organization(f"agency-{number:04}") for number in range(count // 5)]
    offers = [draw_service(dice, f"service-{number:05}", f"agency-{number // 5:04}") for number in range(count)]
    return directory(*map(area, AREAS), *houses, *offers)


def test_a_patch_takes_over_what_has_not_changed() -> None:
    """Of a directory of many services: a small part of building it anew, measured in the same run."""
    records = many(6_000)
    begun = process_time()
    before = routing.build_snapshot(records)
    whole = process_time() - begun
    service = replace(records.services[17], minimum_age=12)

    begun = process_time()
    for version in range(2, 12):
        before = routing.patch(before, routing.Changes(version=version, services=(service,)))
    part = (process_time() - begun) / 10

    assert before.services[17].minimum_age == 12
    assert part < whole / 4
