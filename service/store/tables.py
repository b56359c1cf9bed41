"""The tables: HSDS 3.2 under its own names, and our lists beside them.

Table models do not validate; only validated bundles and imports reach them. What routing, search and the HSDS answers
filter on is a typed column; the rest of an HSDS object is `extra`. `id` is a UUID as text, `slug` the name that people
use. `owner_id` is the organization whose record a row is part of, so that a record is replaced whole. `position` keeps
the order of the file for people to read; no answer depends on it, save the order of the parties to an agreement.

On imported rows, `source` names the import that first brought the record (None: a bundle's). `curated` is what people
settled about it in a curation file, under HSDS field names: every import lays it over what the source says. What was
read out of free text is `inferred`: shown, and unknown to routing until somebody settles it.
A part that hangs on a service's place (`service_at_location_id`) hangs on the service too: there it counts.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, MetaData, String
from sqlmodel import Field, SQLModel

from .columns import Json, UtcDateTime

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ONLY_ROW = 1  # the primary key of the one row of `coalition`


class Row(SQLModel):
    """Base of all tables; holds the metadata that migrations are compared with."""

    metadata = MetaData(naming_convention=_NAMES)


def _key() -> Any:
    return Field(primary_key=True, sa_type=String(36))


def _words() -> Any:
    """Return a column for a list of words, sorted."""
    return Field(sa_type=Json, nullable=False)


def _json() -> Any:
    return Field(default=None, sa_type=Json, nullable=True)


def _to(target: str, *, optional: bool = False, deferred: bool = False) -> Any:
    """Return a column that refers to `target`; deferred where a table refers to itself, whatever the row order."""
    when: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"} if deferred else {}
    default: dict[str, Any] = {"default": None} if optional else {}
    reference = ForeignKey(f"{target}.id", **when)
    return Field(**default, sa_type=String(36), index=True, nullable=optional, sa_column_args=[reference])


class Coalition(Row, table=True):
    """The coalition: one row. `directory_version` rises by one with every change to anything here."""

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slug: str
    name: str
    timezone: str
    policy_packs: list[str] = _words()
    directory_version: int


class Area(Row, table=True):
    """A place in the containment tree."""

    id: str = _key()
    slug: str = Field(unique=True)
    name: str
    within_id: str | None = _to("area", optional=True, deferred=True)
    latitude: float | None = None
    longitude: float | None = None


class Organization(Row, table=True):
    """HSDS organization, with what it declared to the coalition (`declared` false: nothing)."""

    id: str = _key()
    slug: str = Field(unique=True)
    name: str
    description: str | None = None
    parent_id: str | None = _to("organization", optional=True, deferred=True)
    declared: bool
    basis: str | None = None
    kind: str | None = None
    regimes: list[str] = _words()
    reporter: str | None = None
    membership: str
    listed: str
    address_private: bool
    operator_authorised: list[str] = _words()
    accepted_forms: list[str] = _words()
    declared_on: date | None = None
    declared_by: str | None = None
    review_by: date | None = None
    grievance: dict[str, Any] | None = _json()
    subpoena_contact: dict[str, Any] | None = _json()
    source: str | None = None
    curated: dict[str, Any] | None = _json()
    extra: dict[str, Any] | None = _json()


class Service(Row, table=True):
    """HSDS service with our `referral`. `limits_known`: an absent age limit means none, not unknown."""

    id: str = _key()
    slug: str = Field(unique=True)
    organization_id: str = _to("organization")
    name: str
    description: str | None = None
    status: str = Field(index=True)
    minimum_age: int | None = None
    maximum_age: int | None = None
    limits_known: bool
    interpretation_services: str | None = None
    types: list[str] = _words()
    accepts: list[str] = _words()
    accepts_from: list[str] = _words()
    requires: list[str] = _words()
    intake_data: list[str] = _words()
    genders: list[str] | None = _json()
    only_traits: list[str] = _words()
    not_traits: list[str] = _words()
    designated: bool
    response_time_s: int | None = None
    last_modified: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: str | None = None
    inferred: dict[str, Any] | None = _json()
    curated: dict[str, Any] | None = _json()
    extra: dict[str, Any] | None = _json()
    position: int


class Location(Row, table=True):
    """HSDS location. Of a private one only this much is here: where it is stands sealed in `private_address`."""

    id: str = _key()
    slug: str = Field(unique=True)
    organization_id: str = _to("organization")
    location_type: str
    private: bool
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    source: str | None = None
    extra: dict[str, Any] | None = _json()
    position: int


class PrivateAddress(Row, table=True):
    """Everything about a private location, sealed. `id` is the location's."""

    __tablename__ = "private_address"

    id: str = Field(primary_key=True, sa_type=String(36), sa_column_args=[ForeignKey("location.id")])
    owner_id: str = _to("organization")
    sealed: str


class Address(Row, table=True):
    """HSDS address, of public locations only."""

    id: str = _key()
    owner_id: str = _to("organization")
    location_id: str = _to("location")
    attention: str | None = None
    address_1: str
    address_2: str | None = None
    city: str
    region: str | None = None
    state_province: str
    postal_code: str
    country: str
    address_type: str
    extra: dict[str, Any] | None = _json()
    position: int


class ServiceAtLocation(Row, table=True):
    """HSDS service_at_location. A service without any is given at all public locations of its organization."""

    __tablename__ = "service_at_location"

    id: str = _key()
    owner_id: str = _to("organization")
    service_id: str = _to("service")
    location_id: str = _to("location")
    description: str | None = None
    source: str | None = None
    extra: dict[str, Any] | None = _json()
    position: int


class Contact(Row, table=True):
    """HSDS contact of an organization, a service or a location."""

    id: str = _key()
    owner_id: str = _to("organization")
    organization_id: str | None = _to("organization", optional=True)
    service_id: str | None = _to("service", optional=True)
    location_id: str | None = _to("location", optional=True)
    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: str | None = None
    since: date | None = None
    until: date | None = None
    successor: str | None = None
    extra: dict[str, Any] | None = _json()
    position: int


class Phone(Row, table=True):
    """HSDS phone of an organization, a service, a location or a contact."""

    id: str = _key()
    owner_id: str = _to("organization")
    organization_id: str | None = _to("organization", optional=True)
    service_id: str | None = _to("service", optional=True)
    location_id: str | None = _to("location", optional=True)
    contact_id: str | None = _to("contact", optional=True)
    number: str
    extension: str | None = None
    type: str | None = None
    description: str | None = None
    service_at_location_id: str | None = _to("service_at_location", optional=True)
    extra: dict[str, Any] | None = _json()
    position: int


class Schedule(Row, table=True):
    """HSDS schedule of a service or a location; wall-clock times in the coalition's time zone."""

    id: str = _key()
    owner_id: str = _to("organization")
    service_id: str | None = _to("service", optional=True)
    location_id: str | None = _to("location", optional=True)
    freq: str | None = None
    interval: int | None = None
    byday: str | None = None
    byweekno: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    service_at_location_id: str | None = _to("service_at_location", optional=True)
    extra: dict[str, Any] | None = _json()
    position: int


class ServiceCapacity(Row, table=True):
    """HSDS service_capacity: `available` units as of `updated`."""

    __tablename__ = "service_capacity"

    id: str = _key()
    owner_id: str = _to("organization")
    service_id: str = _to("service")
    unit: str
    available: int | None = None
    maximum: int | None = None
    description: str | None = None
    updated: datetime | None = Field(default=None, sa_type=UtcDateTime)
    extra: dict[str, Any] | None = _json()
    position: int


class Language(Row, table=True):
    """HSDS language of a service, a location or a phone."""

    id: str = _key()
    owner_id: str = _to("organization")
    service_id: str | None = _to("service", optional=True)
    location_id: str | None = _to("location", optional=True)
    phone_id: str | None = _to("phone", optional=True)
    code: str | None = Field(default=None, index=True)
    name: str | None = None
    note: str | None = None
    extra: dict[str, Any] | None = _json()
    position: int


class ServiceArea(Row, table=True):
    """HSDS service_area: `name` is an area's slug, or free text on an imported service."""

    __tablename__ = "service_area"

    id: str = _key()
    owner_id: str = _to("organization")
    service_id: str = _to("service")
    name: str | None = Field(default=None, index=True)
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None
    uri: str | None = None
    service_at_location_id: str | None = _to("service_at_location", optional=True)
    extra: dict[str, Any] | None = _json()
    position: int


class Agreement(Row, table=True):
    """An agreement. `types`, `data` null: all that the rules allow. End days included."""

    id: str = _key()
    slug: str = Field(unique=True)
    mutual: bool
    level: str
    type: str
    status: str
    effective: date | None = None
    expires: date | None = None
    types: list[str] | None = _json()
    data: list[str] | None = _json()


class AgreementParty(Row, table=True):
    """One party to an agreement. Not mutual: position 0 refers to position 1."""

    __tablename__ = "agreement_party"

    id: str = _key()
    agreement_id: str = _to("agreement")
    organization_id: str = _to("organization")
    offers: str | None = None
    wants: str | None = None
    position: int


class ReleaseForm(Row, table=True):
    """A release form that the coalition knows."""

    __tablename__ = "release_form"

    id: str = _key()
    slug: str = Field(unique=True)
    name: str
    languages: list[str] = _words()
    elements: list[str] = _words()
    marks: list[str] = _words()


class FormEquivalence(Row, table=True):
    """One form in a stated group of forms worth the same; nothing follows from one group to another."""

    __tablename__ = "form_equivalence"

    id: str = _key()
    group_id: str = Field(sa_type=String(36), index=True)
    form_id: str = _to("release_form")


class VocabularyTerm(Row, table=True):
    """A code of the coalition's (`kind`: type or trait), or one organization's own `term` and what it `means`."""

    __tablename__ = "vocabulary_term"

    id: str = _key()
    code: str | None = Field(default=None, unique=True)
    name: str | None = None
    kind: str | None = None
    decided_by: str | None = None
    same_as: list[str] = _words()
    organization_id: str | None = _to("organization", optional=True)
    term: str | None = None
    means: str | None = None


class SearchText(Row, table=True):
    """What a search looks through, of one public record; follows from the record's other rows, by `index`.

    `id` is that of the organization, service or public location, `kind` which of them it is. Texts are case-folded
    words with spaces around each. `phrase` is the record's name, `names` all
    that are its own; `words` may hold others' names, and are not looked
    through where they hold one that is not for the reader.
    """

    __tablename__ = "search_text"

    id: str = _key()
    owner_id: str = _to("organization")
    kind: str
    phrase: str
    names: str
    words: str


class TermUse(Row, table=True):
    """A taxonomy term by which an organization or a service is classified; follows from its other rows, by `index`.

    `term` is the whole HSDS taxonomy_term, with its taxonomy; None where only an id is known. `record_id` is the
    organization's or service's.
    """

    __tablename__ = "term_use"

    id: str = _key()
    owner_id: str = _to("organization")
    record_id: str = Field(sa_type=String(36), index=True)
    term_id: str = Field(sa_type=String(36), index=True)
    taxonomy_id: str | None = Field(default=None, sa_type=String(36), index=True)
    parent_id: str | None = Field(default=None, sa_type=String(36))
    words: str
    taxonomy_words: str
    term: dict[str, Any] | None = _json()
