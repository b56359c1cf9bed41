"""HSDS 3.2 as data: its objects, their fields in order, the form of each field, and the table of each object. Pure.

Names and forms come from the specification (openreferral.org); a test compares them with the schemas of HSDS. A field
that holds a single value is also a column of the object's table, in the same order.
"""

from __future__ import annotations

import re
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
_WRITTEN = """
organizations.csv organization
    id:uuid! name! alternate_name description! email:email website:uri additional_websites:[url] tax_status tax_id
    year_incorporated:number legal_status logo uri:uri parent_organization_id:uuid funding:[funding]
    contacts:[contact] phones:[phone] locations:[location] programs:[program]
    organization_identifiers:[organization_identifier] ...
programs.csv program
    id:uuid! organization_id:uuid+ name! alternate_name description! ...
services.csv service
    id:uuid! organization_id:uuid+ program_id:uuid name! alternate_name description url:uri additional_urls:[url]
    email:email status:status! interpretation_services application_process fees_description wait_time fees
    accreditations eligibility_description minimum_age:number maximum_age:number assured_date:day
    assurer_email:email licenses alert last_modified:moment phones:[phone] schedules:[schedule]
    service_areas:[service_area] service_at_locations:[service_at_location] languages:[language]
    organization:<organization> funding:[funding] cost_options:[cost_option] program:<program>
    required_documents:[required_document] contacts:[contact] capacities:[service_capacity] ...
attributes.csv attribute
    id:uuid! link_id:uuid+ taxonomy_term_id:uuid+ link_type link_entity+ value taxonomy_term:<taxonomy_term>
    metadata:[metadata] label
service_at_location.csv service_at_location
    id:uuid! service_id:uuid+ location_id:uuid+ description service_areas:[service_area] contacts:[contact]
    phones:[phone] schedules:[schedule] location:<location> ...
locations.csv location
    id:uuid! location_type:place_type! url:uri organization_id:uuid name alternate_name description transportation
    latitude:number longitude:number external_identifier external_identifier_type languages:[language]
    addresses:[address] contacts:[contact] accessibility:[accessibility] phones:[phone] schedules:[schedule] ...
phones.csv phone
    id:uuid! location_id:uuid service_id:uuid organization_id:uuid contact_id:uuid service_at_location_id:uuid
    number! extension:number type description languages:[language] ...
contacts.csv contact
    id:uuid! organization_id:uuid service_id:uuid service_at_location_id:uuid location_id:uuid name title department
    email:email phones:[phone] ...
addresses.csv address
    id:uuid! location_id:uuid attention address_1! address_2 city! region state_province! postal_code! country!
    address_type:place_type! ...
schedules.csv schedule
    id:uuid! service_id:uuid location_id:uuid service_at_location_id:uuid valid_from:day valid_to:day dtstart:day
    timezone:number until:day count:number wkst:weekday freq:frequency interval:number byday byweekno bymonthday
    byyearday description opens_at:clock closes_at:clock schedule_link:uri attending_type notes ...
funding.csv funding
    id:uuid! organization_id:uuid service_id:uuid source ...
service_areas.csv service_area
    id:uuid! service_id:uuid service_at_location_id:uuid name description extent extent_type uri ...
required_documents.csv required_document
    id:uuid! service_id:uuid document uri:uri ...
languages.csv language
    id:uuid! service_id:uuid location_id:uuid phone_id:uuid name code note ...
accessibility.csv accessibility
    id:uuid! location_id:uuid description details url:uri ...
taxonomy_terms.csv taxonomy_term
    id:uuid! code name! description! parent_id:uuid taxonomy taxonomy_detail:<taxonomy> language taxonomy_id:uuid
    term_uri:uri metadata:[metadata]
metadata.csv metadata
    id:uuid! resource_id:uuid+ resource_type+ last_action_date:day! last_action_type! field_name! previous_value!
    replacement_value! updated_by!
cost_options.csv cost_option
    id:uuid! service_id:uuid+ valid_from:day valid_to:day option currency amount:number amount_description ...
organization_identifiers.csv organization_identifier
    id:uuid! organization_id:uuid+ identifier_scheme identifier_type! identifier! ...
taxonomies.csv taxonomy
    id:uuid! name! description! uri:uri version metadata:[metadata]
service_capacity.csv service_capacity
    id:uuid! service_id:uuid+ unit:<unit>! unit_id:uuid+ available:number! maximum:number description
    updated:moment! ...
units.csv unit
    id:uuid! name! scheme identifier uri:uri ...
url.csv url
    id:uuid! label url:uri! organization_id:uuid service_id:uuid ...
"""
"""File and name of each type; its fields, text unless said: `!` required, `+` in a table; `...` stands for `_EVERY`."""


def _field(word: str) -> tuple[str, Field]:
    name, _, form = word.rstrip("!+").partition(":")
    if form.startswith(("[", "<")):
        return name, Field(None, form[1:-1], many=form.startswith("["))
    return name, Field(form or "text")


def _object_type(head: str, body: str) -> ObjectType:
    file, name = head.split()
    words = body.replace("...", _EVERY).split()
    required = tuple(word.partition(":")[0].rstrip("!") for word in words if word.endswith("!"))
    in_table = (word.partition(":")[0].rstrip("!+") for word in words if word.endswith(("!", "+")))
    columns = tuple(column for column in in_table if column != "unit")
    return ObjectType(name, file, MappingProxyType(dict(map(_field, words))), required, columns)


_TYPES = re.findall(r"^(\S.+)\n((?:    .+\n)+)", _WRITTEN, re.MULTILINE)
OBJECT_TYPES: Mapping[str, ObjectType] = {kind.name: kind for kind in (_object_type(*lines) for lines in _TYPES)}
"""Every type of object, by name, in the order in which a package lists its tables."""
