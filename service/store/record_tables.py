"""The tables of organizations and their parts: HSDS 3.2 objects under their own names, with declarations."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlmodel import Field

from .columns import Json, UtcDateTime
from .table_base import Row, json_value, key, to, words


class Organization(Row, table=True):
    """HSDS organization, with its declaration to the coalition (`declared` false: no declaration)."""

    id: str = key()
    slug: str = Field(unique=True)
    name: str
    description: str | None = None
    parent_id: str | None = to("organization", optional=True, deferred=True)
    declared: bool
    basis: str | None = None
    kind: str | None = None
    regimes: list[str] = words()
    reporter: str | None = None
    membership: str
    listed: str
    address_private: bool
    near: str | None = None
    operator_authorised: list[str] = words()
    accepted_forms: list[str] = words()
    declared_on: date | None = None
    declared_by: str | None = None
    review_by: date | None = None
    grievance: dict[str, Any] | None = json_value()
    subpoena_contact: dict[str, Any] | None = json_value()
    source: str | None = None
    curated: dict[str, Any] | None = json_value()
    extra: dict[str, Any] | None = json_value()
    withheld: str | None = None


class Service(Row, table=True):
    """HSDS service with our `referral`. `limits_known`: an absent age limit means no limit, not unknown.

    `last_modified` is kept by `service.store.modified`, None only within the transaction of a change.
    """

    id: str = key()
    slug: str = Field(unique=True)
    organization_id: str = to("organization")
    name: str
    description: str | None = None
    status: str = Field(index=True)
    minimum_age: int | None = None
    maximum_age: int | None = None
    limits_known: bool
    interpretation_services: str | None = None
    types: list[str] = words()
    accepts: list[str] = words()
    accepts_from: list[str] = words()
    requires: list[str] = words()
    intake_data: list[str] = words()
    genders: list[str] | None = json_value()
    only_traits: list[str] = words()
    not_traits: list[str] = words()
    companions: bool | None = None
    waitlist: bool | None = None
    holds_s: int | None = None
    designated: bool
    response_time_s: int | None = None
    last_modified: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    source: str | None = None
    inferred: dict[str, Any] | None = json_value()
    curated: dict[str, Any] | None = json_value()
    extra: dict[str, Any] | None = json_value()
    position: int


class Location(Row, table=True):
    """HSDS location. Of a private location only these columns are open: the address is sealed in `private_address`."""

    id: str = key()
    slug: str = Field(unique=True)
    organization_id: str = to("organization")
    location_type: str
    private: bool
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    source: str | None = None
    extra: dict[str, Any] | None = json_value()
    position: int


class PrivateAddress(Row, table=True):
    """Everything about a private location, sealed. `id` is the location's."""

    __tablename__ = "private_address"

    id: str = Field(primary_key=True, sa_type=String(36), sa_column_args=[ForeignKey("location.id")])
    owner_id: str = to("organization")
    sealed: str


class Address(Row, table=True):
    """HSDS address, of public locations only."""

    id: str = key()
    owner_id: str = to("organization")
    location_id: str = to("location")
    attention: str | None = None
    address_1: str
    address_2: str | None = None
    city: str
    region: str | None = None
    state_province: str
    postal_code: str
    country: str
    address_type: str
    extra: dict[str, Any] | None = json_value()
    position: int


class ServiceAtLocation(Row, table=True):
    """HSDS service_at_location: a service is given at a location.

    For a service without a stated location, routing measures distance to each public location of its organization. HSDS
    is not told so: a reader would send people to a door, and a phone line has no door, whatever office its
    organization keeps.
    """

    __tablename__ = "service_at_location"

    id: str = key()
    owner_id: str = to("organization")
    service_id: str = to("service")
    location_id: str = to("location")
    description: str | None = None
    source: str | None = None
    extra: dict[str, Any] | None = json_value()
    position: int


INNER_TITLES = frozenset(("coalition_representative",))
"""Titles of contacts that are the coalition's own matter."""
INNER_COLUMNS = frozenset(("since", "until", "successor"))
"""Columns of a contact that are the coalition's own matter."""


class Contact(Row, table=True):
    """HSDS contact of an organization, a service or a location."""

    id: str = key()
    owner_id: str = to("organization")
    organization_id: str | None = to("organization", optional=True)
    service_id: str | None = to("service", optional=True)
    location_id: str | None = to("location", optional=True)
    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: str | None = None
    since: date | None = None
    until: date | None = None
    successor: str | None = None
    extra: dict[str, Any] | None = json_value()
    position: int


class Phone(Row, table=True):
    """HSDS phone of an organization, a service, a location or a contact."""

    id: str = key()
    owner_id: str = to("organization")
    organization_id: str | None = to("organization", optional=True)
    service_id: str | None = to("service", optional=True)
    location_id: str | None = to("location", optional=True)
    contact_id: str | None = to("contact", optional=True)
    number: str
    extension: str | None = None
    type: str | None = None
    description: str | None = None
    service_at_location_id: str | None = to("service_at_location", optional=True)
    extra: dict[str, Any] | None = json_value()
    position: int


class Schedule(Row, table=True):
    """HSDS schedule of a service or a location; wall-clock times in the coalition's time zone."""

    id: str = key()
    owner_id: str = to("organization")
    service_id: str | None = to("service", optional=True)
    location_id: str | None = to("location", optional=True)
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
    service_at_location_id: str | None = to("service_at_location", optional=True)
    extra: dict[str, Any] | None = json_value()
    position: int


class ServiceCapacity(Row, table=True):
    """HSDS service_capacity: `available` units as of `updated`."""

    __tablename__ = "service_capacity"

    id: str = key()
    owner_id: str = to("organization")
    service_id: str = to("service")
    unit: str
    available: int | None = None
    maximum: int | None = None
    description: str | None = None
    updated: datetime | None = Field(default=None, sa_type=UtcDateTime)
    extra: dict[str, Any] | None = json_value()
    position: int


class Language(Row, table=True):
    """HSDS language of a service, a location or a phone."""

    id: str = key()
    owner_id: str = to("organization")
    service_id: str | None = to("service", optional=True)
    location_id: str | None = to("location", optional=True)
    phone_id: str | None = to("phone", optional=True)
    code: str | None = Field(default=None, index=True)
    name: str | None = None
    note: str | None = None
    extra: dict[str, Any] | None = json_value()
    position: int


class ServiceArea(Row, table=True):
    """HSDS service_area: `name` is an area's slug, or free text on an imported service."""

    __tablename__ = "service_area"

    id: str = key()
    owner_id: str = to("organization")
    service_id: str = to("service")
    name: str | None = Field(default=None, index=True)
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None
    uri: str | None = None
    service_at_location_id: str | None = to("service_at_location", optional=True)
    extra: dict[str, Any] | None = json_value()
    position: int


class Taxonomy(Row, table=True):
    """HSDS taxonomy told by an import by itself; `told` is the whole record, `words` its searched words."""

    id: str = key()
    words: str
    told: dict[str, Any] = Field(sa_type=Json, nullable=False)
    source: str | None = None


class TaxonomyTerm(Row, table=True):
    """HSDS taxonomy_term told by an import by itself, whether a record is classified by the term or not."""

    __tablename__ = "taxonomy_term"

    id: str = key()
    taxonomy_id: str | None = Field(default=None, sa_type=String(36), index=True)
    parent_id: str | None = Field(default=None, sa_type=String(36))
    words: str
    taxonomy_words: str
    told: dict[str, Any] = Field(sa_type=Json, nullable=False)
    source: str | None = None
