"""HSDS 3.2 as data: its objects, their fields in order, the form of each field, and the table of each object. Pure.

Names and forms come from the specification (openreferral.org); a test compares them with the schemas of HSDS. A field
that holds a single value is also a column of the object's table, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VERSION = "3.2"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: a single value in `form`, or an object of `record_type`, or if `many` a list of them."""

    form: str | None
    record_type: str | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of object. `file`: its table in a package. `required`: the fields that every object has.

    `required_in_table`: the columns that every row has, `required` included.
    """

    name: str
    file: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]
    required_in_table: tuple[str, ...]

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the object's table, with their forms: each field of a single value.

        >>> OBJECT_TYPES["unit"].columns
        {'id': 'uuid', 'name': 'text', 'scheme': 'text', 'identifier': 'text', 'uri': 'uri'}
        """
        return {name: field.form for name, field in self.fields.items() if field.form is not None}


_EVERY = "attributes:[attribute] metadata:[metadata]"
_WRITTEN: Mapping[str, tuple[str, str, str, str]] = {
    # type: file, fields (text unless said), required, required in a table besides
    "organization": (
        "organizations.csv",
        "id:uuid name alternate_name description email:email website:uri additional_websites:[url] tax_status tax_id "
        "year_incorporated:number legal_status logo uri:uri parent_organization_id:uuid funding:[funding] "
        "contacts:[contact] phones:[phone] locations:[location] programs:[program] "
        f"organization_identifiers:[organization_identifier] {_EVERY}",
        "id name description",
        "",
    ),
    "program": (
        "programs.csv",
        f"id:uuid organization_id:uuid name alternate_name description {_EVERY}",
        "id name description",
        "organization_id",
    ),
    "service": (
        "services.csv",
        "id:uuid organization_id:uuid program_id:uuid name alternate_name description url:uri additional_urls:[url] "
        "email:email status:status interpretation_services application_process fees_description wait_time fees "
        "accreditations eligibility_description minimum_age:number maximum_age:number assured_date:day "
        "assurer_email:email licenses alert last_modified:moment phones:[phone] schedules:[schedule] "
        "service_areas:[service_area] service_at_locations:[service_at_location] languages:[language] "
        "organization:<organization> funding:[funding] cost_options:[cost_option] program:<program> "
        f"required_documents:[required_document] contacts:[contact] capacities:[service_capacity] {_EVERY}",
        "id name status",
        "organization_id",
    ),
    "attribute": (
        "attributes.csv",
        "id:uuid link_id:uuid taxonomy_term_id:uuid link_type link_entity value taxonomy_term:<taxonomy_term> "
        "metadata:[metadata] label",
        "id",
        "link_id taxonomy_term_id link_entity",
    ),
    "service_at_location": (
        "service_at_location.csv",
        "id:uuid service_id:uuid location_id:uuid description service_areas:[service_area] contacts:[contact] "
        f"phones:[phone] schedules:[schedule] location:<location> {_EVERY}",
        "id",
        "service_id location_id",
    ),
    "location": (
        "locations.csv",
        "id:uuid location_type:place_type url:uri organization_id:uuid name alternate_name description transportation "
        "latitude:number longitude:number external_identifier external_identifier_type languages:[language] "
        "addresses:[address] contacts:[contact] accessibility:[accessibility] phones:[phone] schedules:[schedule] "
        + _EVERY,
        "id location_type",
        "",
    ),
    "phone": (
        "phones.csv",
        "id:uuid location_id:uuid service_id:uuid organization_id:uuid contact_id:uuid service_at_location_id:uuid "
        f"number extension:number type description languages:[language] {_EVERY}",
        "id number",
        "",
    ),
    "contact": (
        "contacts.csv",
        "id:uuid organization_id:uuid service_id:uuid service_at_location_id:uuid location_id:uuid name title "
        f"department email:email phones:[phone] {_EVERY}",
        "id",
        "",
    ),
    "address": (
        "addresses.csv",
        "id:uuid location_id:uuid attention address_1 address_2 city region state_province postal_code country "
        f"address_type:place_type {_EVERY}",
        "id address_1 city state_province postal_code country address_type",
        "",
    ),
    "schedule": (
        "schedules.csv",
        "id:uuid service_id:uuid location_id:uuid service_at_location_id:uuid valid_from:day valid_to:day dtstart:day "
        "timezone:number until:day count:number wkst:weekday freq:frequency interval:number byday byweekno bymonthday "
        f"byyearday description opens_at:clock closes_at:clock schedule_link:uri attending_type notes {_EVERY}",
        "id",
        "",
    ),
    "funding": (
        "funding.csv",
        f"id:uuid organization_id:uuid service_id:uuid source {_EVERY}",
        "id",
        "",
    ),
    "service_area": (
        "service_areas.csv",
        f"id:uuid service_id:uuid service_at_location_id:uuid name description extent extent_type uri {_EVERY}",
        "id",
        "",
    ),
    "required_document": (
        "required_documents.csv",
        f"id:uuid service_id:uuid document uri:uri {_EVERY}",
        "id",
        "",
    ),
    "language": (
        "languages.csv",
        f"id:uuid service_id:uuid location_id:uuid phone_id:uuid name code note {_EVERY}",
        "id",
        "",
    ),
    "accessibility": (
        "accessibility.csv",
        f"id:uuid location_id:uuid description details url:uri {_EVERY}",
        "id",
        "",
    ),
    "taxonomy_term": (
        "taxonomy_terms.csv",
        "id:uuid code name description parent_id:uuid taxonomy taxonomy_detail:<taxonomy> language taxonomy_id:uuid "
        "term_uri:uri metadata:[metadata]",
        "id name description",
        "",
    ),
    "metadata": (
        "metadata.csv",
        "id:uuid resource_id:uuid resource_type last_action_date:day last_action_type field_name previous_value "
        "replacement_value updated_by",
        "id last_action_date last_action_type field_name previous_value replacement_value updated_by",
        "resource_id resource_type",
    ),
    "cost_option": (
        "cost_options.csv",
        "id:uuid service_id:uuid valid_from:day valid_to:day option currency amount:number amount_description "
        + _EVERY,
        "id",
        "service_id",
    ),
    "organization_identifier": (
        "organization_identifiers.csv",
        f"id:uuid organization_id:uuid identifier_scheme identifier_type identifier {_EVERY}",
        "id identifier_type identifier",
        "organization_id",
    ),
    "taxonomy": (
        "taxonomies.csv",
        "id:uuid name description uri:uri version metadata:[metadata]",
        "id name description",
        "",
    ),
    "service_capacity": (
        "service_capacity.csv",
        "id:uuid service_id:uuid unit:<unit> unit_id:uuid available:number maximum:number description updated:moment "
        + _EVERY,
        "id unit available updated",
        "unit_id service_id",
    ),
    "unit": (
        "units.csv",
        f"id:uuid name scheme identifier uri:uri {_EVERY}",
        "id name",
        "",
    ),
    "url": (
        "url.csv",
        f"id:uuid label url:uri organization_id:uuid service_id:uuid {_EVERY}",
        "id url",
        "",
    ),
}  # fmt: skip


def _field(word: str) -> tuple[str, Field]:
    name, _, said = word.partition(":")
    if said.startswith("["):
        return name, Field(None, said[1:-1], many=True)
    if said.startswith("<"):
        return name, Field(None, said[1:-1])
    return name, Field(said or "text")


def _object_type(name: str, file: str, fields: str, required: str, in_table: str) -> ObjectType:
    always = tuple(required.split())
    columns = tuple(column for column in (*always, *in_table.split()) if column != "unit")
    return ObjectType(name, file, MappingProxyType(dict(map(_field, fields.split()))), always, columns)


OBJECT_TYPES: Mapping[str, ObjectType] = {name: _object_type(name, *written) for name, written in _WRITTEN.items()}
"""Every type of object, by name, in the order in which a package lists its tables."""
