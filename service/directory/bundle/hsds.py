"""The HSDS 3.2 objects of a bundle under their own field names, with our two profile objects.

A field that only names the parent of an object, such as `organization_id`, follows from the object's place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, PlainSerializer

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Readers, Rows, SomeWords, Words
from service.i18n import refusals

from .declared import AgencyProfile


class Metadata(BundleModel):
    """HSDS metadata: a change to a field of a record."""

    id: fields.Slug | None = None
    resource_id: str | None = None
    resource_type: str | None = None
    last_action_date: fields.Day
    last_action_type: fields.Filled
    field_name: fields.Filled
    previous_value: str
    replacement_value: str
    updated_by: fields.Filled


class Taxonomy(BundleModel):
    """HSDS taxonomy: the vocabulary that a term comes from."""

    id: fields.Slug | None = None
    name: fields.Filled
    description: str | None = None
    uri: fields.Uri | None = None
    version: str | None = None
    metadata: Rows[Metadata] = ()


class TaxonomyTerm(BundleModel):
    """HSDS taxonomy_term, written out at each use. Routing goes by `referral.types`, not by taxonomy terms."""

    id: fields.Slug | None = None
    code: str | None = None
    name: fields.Filled
    description: str | None = None
    parent_id: str | None = None
    taxonomy: str | None = None
    taxonomy_detail: Taxonomy | None = None
    language: fields.Language | None = None
    taxonomy_id: str | None = None
    term_uri: fields.Uri | None = None
    metadata: Rows[Metadata] = ()


class Attribute(BundleModel):
    """HSDS attribute: a term or a value attached to a record."""

    id: fields.Slug | None = None
    link_id: str | None = None
    taxonomy_term_id: str | None = None
    link_type: str | None = None
    link_entity: str | None = None
    label: str | None = None
    value: str | None = None
    taxonomy_term: TaxonomyTerm | None = None
    metadata: Rows[Metadata] = ()


class HsdsObject(BundleModel):
    """The fields that every HSDS object may have. Only an object that another refers to needs an `id`."""

    id: fields.Slug | None = None
    attributes: Rows[Attribute] = ()
    metadata: Rows[Metadata] = ()


class Link(HsdsObject):
    """HSDS url: a further web page."""

    label: str | None = None
    url: fields.Uri


class Funding(HsdsObject):
    """HSDS funding: the source of the money."""

    source: str | None = None


class OrganizationIdentifier(HsdsObject):
    """HSDS organization_identifier: the number of an agency in a public list, such as a tax number."""

    identifier_scheme: str | None = None
    identifier_type: fields.Filled
    identifier: fields.Filled


class Program(HsdsObject):
    """HSDS program: a named group of services."""

    name: fields.Filled
    alternate_name: str | None = None
    description: str


class Language(HsdsObject):
    """HSDS language; `code` is BCP 47 and required, for a name alone cannot be compared."""

    code: fields.Language
    name: str | None = None
    note: str | None = None


class Phone(HsdsObject):
    """HSDS phone. A phone without `type` counts as a line for voice calls."""

    number: fields.Filled
    extension: fields.Extension | None = None
    type: Annotated[str, fields.one_of(vocabulary.PHONE_TYPES)] | None = None
    description: str | None = None
    languages: Rows[Language] = ()


class Contact(HsdsObject):
    """HSDS contact, with our `since`, `until` (both days included) and `successor`."""

    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: fields.Email | None = None
    phones: Rows[Phone] = ()
    since: Annotated[fields.Day | None, Readers.MEMBERS] = None
    until: Annotated[fields.Day | None, Readers.MEMBERS] = None
    successor: Annotated[str | None, Readers.MEMBERS] = None


class Schedule(HsdsObject):
    """HSDS schedule, wall-clock times in the coalition's time zone."""

    valid_from: fields.Day | None = None
    valid_to: fields.Day | None = None
    dtstart: fields.Day | None = None
    timezone: Annotated[float, Field(ge=-14, le=14)] | None = None
    until: fields.Day | None = None
    count: Annotated[int, Field(ge=1, le=100_000), fields.READ_WHOLE] | None = None
    wkst: Annotated[str, fields.one_of(vocabulary.WEEKDAYS)] | None = None
    freq: Annotated[str, fields.one_of(vocabulary.FREQUENCIES)] | None = None
    interval: Annotated[int, Field(ge=1, le=1000), fields.READ_WHOLE] | None = None
    byday: fields.ByDay | None = None
    byweekno: fields.NumberList | None = None
    bymonthday: fields.NumberList | None = None
    byyearday: fields.NumberList | None = None
    description: str | None = None
    opens_at: fields.Clock | None = None
    closes_at: fields.Clock | None = None
    schedule_link: fields.Uri | None = None
    attending_type: str | None = None
    notes: str | None = None


class Address(HsdsObject):
    """HSDS address."""

    attention: str | None = None
    address_1: fields.Filled
    address_2: str | None = None
    city: fields.Filled
    region: str | None = None
    state_province: fields.Filled
    postal_code: fields.Filled
    country: fields.Filled
    address_type: fields.PlaceType


class Accessibility(HsdsObject):
    """HSDS accessibility: the means that help people with a disability to use a place."""

    description: str | None = None
    details: str | None = None
    url: fields.Uri | None = None


class Location(HsdsObject):
    """HSDS location; coordinates in degrees (WGS 84)."""

    id: fields.Slug
    location_type: fields.PlaceType
    url: fields.Uri | None = None
    name: str | None = None
    alternate_name: str | None = None
    description: str | None = None
    transportation: str | None = None
    latitude: fields.Latitude | None = None
    longitude: fields.Longitude | None = None
    external_identifier: str | None = None
    external_identifier_type: str | None = None
    languages: Rows[Language] = ()
    addresses: Rows[Address] = ()
    contacts: Rows[Contact] = ()
    accessibility: Rows[Accessibility] = ()
    phones: Rows[Phone] = ()
    schedules: Rows[Schedule] = ()


class ServiceArea(HsdsObject):
    """HSDS service_area; `name` is the code of an area of the bundle."""

    name: fields.Slug
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None
    uri: fields.Uri | None = None


class Unit(HsdsObject):
    """HSDS unit: the thing counted, such as `bed`."""

    name: fields.Filled
    scheme: str | None = None
    identifier: str | None = None
    uri: fields.Uri | None = None


class Capacity(HsdsObject):
    """HSDS service_capacity: `available` units as of `updated`; None is unknown. `unit` may be just the unit's name."""

    unit: Annotated[
        Unit,
        BeforeValidator(fields.read_unit, json_schema_input_type=fields.Filled | Unit),
        PlainSerializer(fields.write_unit, when_used="json"),
    ]
    available: fields.Count | None = None
    maximum: fields.Count | None = None
    description: str | None = None
    updated: fields.Instant | None = None


class CostOption(HsdsObject):
    """HSDS cost_option."""

    valid_from: fields.Day | None = None
    valid_to: fields.Day | None = None
    option: str | None = None
    currency: str | None = None
    amount: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    amount_description: str | None = None


class RequiredDocument(HsdsObject):
    """HSDS required_document."""

    document: str | None = None
    uri: fields.Uri | None = None


class ServiceAtLocation(HsdsObject):
    """HSDS service_at_location: a place where the service is given."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "location": refusals.USE_LOCATION_ID,
        **dict.fromkeys(("contacts", "phones", "schedules", "service_areas"), refusals.SAY_ELSEWHERE),
    }
    location_id: fields.Slug
    description: str | None = None


class ReferralTerms(BundleModel):
    """How a service takes referrals. Codes of types and traits are checked against the whole vocabulary later.

    `companions`: the service also takes the people who come along with the client, at any age; None is unknown.
    `waitlist`: the service has a list for when it is full; None is unknown.
    `holds`: how long a referral for now or today keeps a place; None: no place is kept.
    """

    types: SomeWords[fields.Code]
    accepts: SomeWords[Annotated[str, fields.one_of(vocabulary.MODES)]] | None = None
    accepts_from: SomeWords[str] | None = None
    requires: Words[fields.Code] = ()
    intake_data: Words[fields.DataClass] = ()
    genders: SomeWords[Annotated[str, fields.one_of(vocabulary.GENDERS)]] | None = None
    only: Words[fields.Code] = ()
    excludes: Words[fields.Code] = Field(default=(), alias="not")
    companions: bool | None = None
    waitlist: bool | None = None
    holds: fields.WithinADay | None = None
    designated: bool = False
    response_time: fields.Duration | None = None


class Service(HsdsObject):
    """HSDS service with our `referral`. An absent `minimum_age` or `maximum_age` means no limit."""

    elsewhere: ClassVar[Mapping[str, str]] = {"organization": refusals.PLACE_SAYS_IT}
    id: fields.Slug
    name: fields.Filled
    alternate_name: str | None = None
    description: str | None = None
    url: fields.Uri | None = None
    additional_urls: Rows[Link] = ()
    email: fields.Email | None = None
    status: Annotated[str, fields.one_of(vocabulary.SERVICE_STATUSES)]
    interpretation_services: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    wait_time: str | None = None
    fees: str | None = None
    accreditations: str | None = None
    eligibility_description: str | None = None
    minimum_age: fields.Age | None = None
    maximum_age: fields.Age | None = None
    assured_date: fields.Day | None = None
    assurer_email: fields.Email | None = None
    licenses: str | None = None
    alert: str | None = None
    last_modified: fields.Instant | None = None
    phones: Rows[Phone] = ()
    schedules: Rows[Schedule] = ()
    service_areas: Rows[ServiceArea] = ()
    service_at_locations: Rows[ServiceAtLocation] = ()
    languages: Rows[Language] = ()
    funding: Rows[Funding] = ()
    cost_options: Rows[CostOption] = ()
    program: Program | None = None
    required_documents: Rows[RequiredDocument] = ()
    contacts: Rows[Contact] = ()
    capacities: Rows[Capacity] = ()
    referral: ReferralTerms


class Organization(HsdsObject):
    """HSDS organization with our `parent` and `coalition` (None: the organization made no declaration)."""

    elsewhere: ClassVar[Mapping[str, str]] = {"parent_organization_id": refusals.USE_PARENT}
    id: fields.Slug
    name: fields.Filled
    parent: fields.Slug | None = None
    alternate_name: str | None = None
    description: str | None = None
    email: fields.Email | None = None
    website: fields.Uri | None = None
    additional_websites: Rows[Link] = ()
    tax_status: str | None = None
    tax_id: str | None = None
    year_incorporated: Annotated[int, Field(ge=1000, le=2200), fields.READ_WHOLE] | None = None
    legal_status: str | None = None
    logo: str | None = None
    uri: fields.Uri | None = None
    funding: Rows[Funding] = ()
    contacts: Rows[Contact] = ()
    phones: Rows[Phone] = ()
    locations: Rows[Location] = ()
    programs: Rows[Program] = ()
    organization_identifiers: Rows[OrganizationIdentifier] = ()
    coalition: AgencyProfile | None = None
    services: Rows[Service] = ()
