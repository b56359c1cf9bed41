"""The decisions of people about imported records: `curation` in a bundle. Only `confirmed` entries count.

Unlike the rest of a bundle, an entry refers by slug to a record stored by an import; the store checks the slug.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Rows, Some
from service.i18n import refusals

from .declared import Profile
from .hsds import Phone, Schedule

NO_LIMIT = "none"
EVERYWHERE = "everywhere"
_OLDEST = 120


def _age(value: Any) -> Any:
    if value == NO_LIMIT:
        return value
    whole = fields.read_whole(value)
    if isinstance(whole, int) and not isinstance(whole, bool) and 0 <= whole <= _OLDEST:
        return whole
    raise fields.fault(refusals.AN_AGE)


def _areas(value: Any) -> Any:
    if value == EVERYWHERE:
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(code, str) for code in value):
        return tuple(value)
    raise fields.fault(refusals.AREAS)


AgeOrNoLimit = Annotated[int | str, BeforeValidator(_age, json_schema_input_type=fields.Age | Literal["none"])]
AreasOrEverywhere = Annotated[
    tuple[str, ...] | str, BeforeValidator(_areas, json_schema_input_type=Some[str] | Literal["everywhere"])
]


class CuratedService(BundleModel):
    """Decisions about an imported service. A field given here replaces the source's; an absent field changes nothing.

    `minimum_age` and `maximum_age`: `none` for no limit. `service_areas`: codes of areas, or `everywhere`.
    """

    service: fields.Slug
    confirmed: bool = False
    types: Some[fields.Code] | None = None
    minimum_age: AgeOrNoLimit | None = None
    maximum_age: AgeOrNoLimit | None = None
    service_areas: AreasOrEverywhere | None = None
    languages: Some[fields.Language] | None = None
    schedules: Some[Schedule] | None = None
    phones: Some[Phone] | None = None
    status: Annotated[str, fields.one_of(vocabulary.SERVICE_STATUSES)] | None = None


class CuratedProfile(Profile):
    """The declaration for an imported organization: its basis (community or systems), its kind, the laws that bind it.

    Without fields for private addresses: the address of an imported organization is open in its source. An organization
    whose address must stay private belongs whole into the bundle's `organizations`.
    """


class CuratedOrganization(BundleModel):
    """Decisions about an imported organization. A field given here replaces the source's, as with services."""

    organization: fields.Slug
    confirmed: bool = False
    coalition: CuratedProfile | None = None
    phones: Some[Phone] | None = None


class Curation(BundleModel):
    """Every decision about imported records, those still to be confirmed included."""

    services: Annotated[Rows[CuratedService], Field(max_length=1_000_000)] = ()
    organizations: Annotated[Rows[CuratedOrganization], Field(max_length=1_000_000)] = ()

    @property
    def unconfirmed(self) -> int:
        """The number of entries that are still to be confirmed."""
        confirmations = [entry.confirmed for entry in self.services] + [entry.confirmed for entry in self.organizations]
        return confirmations.count(False)
