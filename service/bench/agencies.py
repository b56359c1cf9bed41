"""What answers are made from: of a drawn coalition, whose agencies are made at first use, or of any bundle."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import policies
import routing
from service.bench import chances
from service.bench.synthetic import SyntheticCoalition
from service.serving.served import Served, load_served
from service.serving.sharing import PolicyDirectory
from service.settings import Settings
from service.store.database import open_database
from service.store.records import OrganizationView, Presentation, ReleaseForm, ServiceView
from service.usecases.load_bundle import load_bundle

FORM = "roi-standard"
PACKS = ("federal", "us-tx", "coalition")
_PHONE = (routing.Phone("555-0100", "voice", "Office"),)
Made = TypeVar("Made")


@dataclass(frozen=True)
class MadeWhenAsked(Mapping[str, Made]):
    """A mapping by slug that makes a value at first use, so that a coalition of a whole country needs little memory.

    >>> squares = MadeWhenAsked({"a0": 0, "a3": 3}, lambda place: place**2)
    >>> squares["a3"], squares.made
    (9, {'a3': 9})
    """

    index: Mapping[str, int]
    make: Callable[[int], Made]
    made: dict[str, Made] = field(default_factory=dict)

    def __getitem__(self, slug: str) -> Made:
        """Return the value of a slug, made from the slug's place in `index`.

        Raises:
            KeyError: the slug is unknown.
        """
        if slug not in self.made:
            self.made[slug] = self.make(self.index[slug])
        return self.made[slug]

    def __iter__(self) -> Iterator[str]:
        """Yield the slugs."""
        return iter(self.index)

    def __len__(self) -> int:
        """Return the number of slugs."""
        return len(self.index)


def serve(coalition: SyntheticCoalition, snapshot: routing.Snapshot) -> Served:
    """Return the directory, names and rules that answers are made from, without a database."""
    return Served(
        snapshot=snapshot,
        policy=policy_directory(coalition),
        names=_presentation(coalition),
        rulebook=policies.load_rulebook(PACKS),
    )


def serve_bundle(bundle: bytes) -> Served:
    """Return the directory, names and rules of a bundle, loaded into a database of its own and read from its rows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(Settings(database=f"sqlite:///{Path(folder) / 'bundle.db'}")) as opened,
    ):
        opened.upgrade()
        load_bundle(opened.unit_of_work(), bundle, replace=False)
        return load_served(opened.unit_of_work(writes=False))


def policy_directory(coalition: SyntheticCoalition) -> PolicyDirectory:
    """Return the agencies and agreements in the form of the rules."""
    records = coalition.records
    return PolicyDirectory(
        agencies=MadeWhenAsked(records.organization_index, lambda n: agency_of(records.organizations[n])),
        agreements=MadeWhenAsked(
            _Numbered("m", 7, len(records.agreements)), lambda n: _agreement(records.agreements[n])
        ),
        equivalent_forms=frozenset(),
    )


@dataclass(frozen=True)
class _Numbered(Mapping[str, int]):
    letter: str
    width: int
    count: int

    def __getitem__(self, slug: str) -> int:
        number = int(slug.removeprefix(self.letter))
        if not 0 <= number < self.count:
            raise KeyError(slug)
        return number

    def __iter__(self) -> Iterator[str]:
        return (f"{self.letter}{number:0{self.width}}" for number in range(self.count))

    def __len__(self) -> int:
        return self.count


def agency_of(one: routing.Organization) -> policies.Agency:
    """Return an organization in the form of the rules."""
    return policies.Agency(
        id=one.slug,
        kind=one.kind,
        basis=one.basis,
        regimes=one.regimes,
        declared=one.declared,
        reporter=one.reporter,
        member=one.membership != "none",
        house=one.parent or one.slug,
        address_private=one.address_private,
        accepted_forms=frozenset({FORM}),
    )


def _agreement(one: routing.Agreement) -> policies.Agreement:
    return policies.Agreement(
        id=one.slug,
        between=one.between,
        mutual=one.mutual,
        type=one.type,
        status=one.status,
        effective=one.effective,
        expires=one.expires,
        types=one.types,
        data=one.data,
    )


def _presentation(coalition: SyntheticCoalition) -> Presentation:
    records = coalition.records
    form = ReleaseForm(FORM, FORM, "Release", frozenset({"en"}), frozenset(), frozenset())
    return Presentation(
        version=1,
        coalition="synthetic",
        coalition_name="Synthetic coalition",
        timezone=chances.ZONE,
        packs=PACKS,
        organizations=MadeWhenAsked(records.organization_index, lambda n: _organization(records.organizations[n])),
        services=MadeWhenAsked(records.service_index, lambda n: _service(records.services[n])),
        areas={code: area.name for code, area in coalition.areas.items()},
        forms={FORM: form},
        codes={},
        terms={},
        contacts={},
        promises={},
    )


def _organization(one: routing.Organization) -> OrganizationView:
    return OrganizationView(
        id=one.slug,
        slug=one.slug,
        name=one.name,
        description=None,
        parent=one.parent,
        basis=one.basis,
        kind=one.kind,
        listed="public",
        membership=one.membership,
        address_private=one.address_private,
        phones=_PHONE,
        grievance=None,
        declared_on=date(2026, 1, 10),
        review_by=date(2027, 1, 10),
    )


def _service(one: routing.Service) -> ServiceView:
    return ServiceView(one.slug, one.slug, one.name, one.organization, ())
