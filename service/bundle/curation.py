"""What people settled about imported records: `curation` in a bundle. Only what is `confirmed` counts.

Unlike the rest of a bundle it refers to what an import stored, by slug; whether that is there is the store's to say.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Rows, Some
from service.wording import refusals

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
    raise PydanticCustomError(fields.OUR_ERROR, refusals.AN_AGE)


def _areas(value: Any) -> Any:
    if value == EVERYWHERE:
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(code, str) for code in value):
        return tuple(value)
    raise PydanticCustomError(fields.OUR_ERROR, refusals.AREAS)


AgeOrNone = Annotated[int | str, BeforeValidator(_age, json_schema_input_type=fields.Age | Literal["none"])]
AreasOrEverywhere = Annotated[
    tuple[str, ...] | str, BeforeValidator(_areas, json_schema_input_type=Some[str] | Literal["everywhere"])
]


class CuratedService(BundleModel):
    """An imported service. A field that is given counts in place of what the source says; absent says nothing.

    `minimum_age` and `maximum_age`: `none` where there is no limit. `service_areas`: codes, or `everywhere`.
    """

    service: fields.Slug
    confirmed: bool = False
    types: Some[fields.Code] | None = None
    minimum_age: AgeOrNone | None = None
    maximum_age: AgeOrNone | None = None
    service_areas: AreasOrEverywhere | None = None
    languages: Some[fields.Language] | None = None
    schedules: Some[Schedule] | None = None
    phones: Some[Phone] | None = None
    status: Annotated[str, fields.one_of(vocabulary.SERVICE_STATUSES)] | None = None


class CuratedProfile(BundleModel):
    """Who the staff of an imported organization work for, and what binds it.

    Nothing of private addresses: that of an imported organization stands open in its source. One whose address must
    stay private belongs into the bundle whole.
    """

    basis: Annotated[str, fields.one_of(vocabulary.BASES)]
    kind: fields.Kind
    regimes: Rows[fields.Regime] = ()
    reporter: Annotated[str, fields.one_of(vocabulary.REPORTERS)] | None = None
    membership: Annotated[str, fields.one_of(vocabulary.MEMBERSHIPS)] = "none"
    listed: Annotated[str, fields.one_of(vocabulary.LISTINGS)] | None = None

    @property
    def listing(self) -> str:
        """Return `public` or `coalition`, by the contract's default where nothing is said."""
        hidden = self.kind in vocabulary.KINDS_UNLISTED_BY_DEFAULT
        return self.listed or ("coalition" if hidden else "public")


class CuratedOrganization(BundleModel):
    """An imported organization; as with services, what is given counts in place of what the source says."""

    organization: fields.Slug
    confirmed: bool = False
    coalition: CuratedProfile | None = None
    phones: Some[Phone] | None = None


class Curation(BundleModel):
    """All that was settled, and what is still to be confirmed."""

    services: Annotated[Rows[CuratedService], Field(max_length=1_000_000)] = ()
    organizations: Annotated[Rows[CuratedOrganization], Field(max_length=1_000_000)] = ()

    @property
    def unconfirmed(self) -> int:
        """How many entries nobody has confirmed yet."""
        said = [entry.confirmed for entry in self.services] + [entry.confirmed for entry in self.organizations]
        return said.count(False)
