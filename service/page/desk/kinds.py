"""The kinds of record at the desk, each described once: its parts, their fields, and what can be done with it.

The bundle's JSON schema says what a field takes; here stands only which fields a part has, in which order, and where
the words of their codes are. Labels and hints are words of the pages: `desk.field.<path>` and `desk.hint.<path>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from service.directory.bundle.schema import RECORD_CLASSES

TODAY, IN_A_YEAR = "today", "in_a_year"
"""Values that an action sets: this day; a year after the date there, or after this day if that is over."""
MOST_ROWS = 20
"""Rows of a list that a form shows; further ones stay as they are."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DURATIONS = ("PT30M", "PT1H", "PT2H", "PT4H", "PT8H", "PT24H")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, by its path: `coalition.kind`, `phones.0.number`.

    `terms`: the list whose entries it takes, of `/v1/terms` or a resource. `topic`: where the words of its codes are.
    `key`: in a list of objects, the name of the code in each. `long`: text of several lines. `days`: weekdays.
    """

    path: str
    terms: str = ""
    topic: str = ""
    key: str = ""
    long: bool = False
    days: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of objects, each with the same fields; `defaults`: what a new one has besides, by path."""

    path: str
    fields: tuple[Field, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """Values that a button puts into a part's form, where they can still be changed. `*` in a path: every row."""

    part: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: a resource, with its parts in order. `new`: the fields of a new one, with its `defaults`."""

    resource: str
    record_type: str
    parts: Mapping[str, tuple[Field, ...] | Rows]
    new: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)

    def part(self, name: str) -> tuple[tuple[Field, ...], Rows | None]:
        """Return the single fields of a part, and its rows; of the part `new`, the fields of a new record."""
        if name == "new":
            fields = {entry.path: entry for entry in self._every_field()}
            return tuple(fields[path] for path in self.new), None
        part = self.parts[name]
        return ((), part) if isinstance(part, Rows) else (part, None)

    def _every_field(self) -> Iterator[Field]:
        for part in self.parts.values():
            if isinstance(part, Rows):
                yield from (replace(entry, path=f"{part.path}.0.{entry.path}") for entry in part.fields)
            else:
                yield from part

    def schema(self, path: str) -> tuple[Mapping[str, Any], bool]:
        """Return the JSON schema of the field at a path, and whether it is required where it stands."""
        return _schema_at(self.record_type, path)


@cache
def _schema(record_type: str) -> Mapping[str, Any]:
    return RECORD_CLASSES[record_type].model_json_schema()


@cache
def _schema_at(record_type: str, path: str) -> tuple[Mapping[str, Any], bool]:
    whole = _schema(record_type)
    schema, required = whole, False
    for step in path.split("."):
        if step.isdigit():
            schema = _plain(whole, schema["items"])
            continue
        required = step in schema.get("required", ())
        schema = _plain(whole, schema["properties"][step])
    return schema, required


def _plain(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema without references, and without null among what it takes."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    return schema


def label_of(path: str) -> str:
    """Return a path without the numbers of rows, as labels and hints go by.

    >>> label_of("contacts.3.phones.0.number")
    'contacts.phones.number'
    """
    return re.sub(r"\.\d+", "", path)


PHONES = (Field("number"), Field("extension"), Field("type", topic="desk.phone_type"), Field("description"))
CONTACTS = Rows(
    "contacts",
    (
        Field("title", terms="roles"), Field("name"), Field("phones.0.number"), Field("email"), Field("since"),
        Field("until"), Field("successor"),
    ),
)  # fmt: skip
ADDRESS = ("address_1", "address_2", "city", "state_province", "postal_code")
_TERM_ENDS = {"contacts.*.until": IN_A_YEAR}

KINDS: Mapping[str, Kind] = {
    "organizations": Kind(
        "organizations",
        "organization",
        parts={
            "about": (
                Field("name"), Field("alternate_name"), Field("parent", terms="organizations"),
                Field("description", long=True), Field("email"), Field("website"),
            ),
            "phones": Rows("phones", PHONES),
            "coalition": (
                Field("coalition.kind", topic="agency_kind"), Field("coalition.basis", topic="label.basis"),
                Field("coalition.membership", topic="label.membership"),
                Field("coalition.listed", topic="label.listed"), Field("coalition.address_private"),
                Field("coalition.near", terms="areas"), Field("coalition.regimes", terms="regimes"),
                Field("coalition.reporter", topic="label.reporter"),
                Field("coalition.operator_authorised", terms="organizations"),
                Field("coalition.accepted_forms", terms="release-forms"), Field("coalition.declared.on"),
                Field("coalition.declared.by"), Field("coalition.declared.review_by"),
            ),
            "contacts": CONTACTS,
            "court": (
                Field("coalition.subpoena_contact.name"), Field("coalition.subpoena_contact.phone"),
                Field("coalition.subpoena_contact.email"), Field("coalition.grievance.contact"),
                Field("coalition.grievance.code_of_ethics"),
            ),
            "locations": Rows(
                "locations",
                (Field("name"), *(Field(f"addresses.0.{name}") for name in ADDRESS), Field("transportation")),
                {"location_type": "physical", "addresses.0.address_type": "physical", "addresses.0.country": "US"},
            ),
        },
        new=("name", "parent", "coalition.kind", "coalition.basis", "coalition.membership", "coalition.listed",
             "coalition.address_private", "phones.0.number", "email", "description"),
        defaults={"coalition.membership": "active", "coalition.listed": "public"},
        actions={
            "review": Action(
                "coalition", {"coalition.declared.on": TODAY, "coalition.declared.review_by": IN_A_YEAR}
            ),
            "renew_terms": Action("contacts", _TERM_ENDS),
            "end": Action("coalition", {"coalition.membership": "none"}),
        },
    ),
    "services": Kind(
        "services",
        "service",
        parts={
            "about": (
                Field("name"), Field("status", topic="desk.status"), Field("description", long=True), Field("alert"),
                Field("email"), Field("url"), Field("application_process", long=True), Field("fees_description"),
                Field("wait_time"),
            ),
            "clients": (
                Field("referral.types", terms="service_types", topic="need"), Field("minimum_age"),
                Field("maximum_age"), Field("referral.genders", topic="choice.client.gender"),
                Field("referral.only", terms="traits"), Field("referral.not", terms="traits"),
                Field("referral.companions"), Field("eligibility_description", long=True),
                Field("languages", terms="languages", key="code"), Field("service_areas", terms="areas", key="name"),
            ),
            "phones": Rows("phones", PHONES),
            "schedules": Rows(
                "schedules",
                (Field("byday", days=True), Field("opens_at"), Field("closes_at"), Field("valid_from"),
                 Field("valid_to"), Field("description")),
                {"freq": "WEEKLY"},
            ),
            "referral": (
                Field("referral.accepts", topic="desk.accepts"), Field("referral.accepts_from", terms="doors"),
                Field("referral.requires", terms="service_types", topic="need"),
                Field("referral.intake_data", topic="data"), Field("referral.response_time"), Field("referral.holds"),
                Field("referral.waitlist"), Field("referral.designated"),
            ),
            "contacts": CONTACTS,
        },
        new=("name", "referral.types", "minimum_age", "maximum_age", "service_areas", "languages", "phones.0.number",
             "description"),
        defaults={"status": "active"},
        actions={
            "end": Action("about", {"status": "inactive"}),
            "reopen": Action("about", {"status": "active"}),
            "renew_terms": Action("contacts", _TERM_ENDS),
        },
    ),
    "agreements": Kind(
        "agreements",
        "agreement",
        parts={
            "terms": (
                Field("between", terms="organizations"), Field("mutual"), Field("type", topic="desk.agreement_type"),
                Field("level", topic="desk.agreement_level"), Field("status", topic="desk.agreement_status"),
                Field("effective"), Field("expires"), Field("types", terms="service_types", topic="need"),
                Field("data", topic="data"),
            ),
        },
        new=("between", "mutual", "type", "level", "status", "effective", "expires", "types", "data"),
        defaults={"type": "mou", "level": "cooperation", "status": "draft", "mutual": True},
        actions={
            "renew": Action("terms", {"status": "signed", "expires": IN_A_YEAR}),
            "sign": Action("terms", {"status": "signed", "effective": TODAY}),
            "end": Action("terms", {"status": "ended", "expires": TODAY}),
        },
    ),
    "release-forms": Kind(
        "release-forms",
        "release_form",
        parts={
            "about": (
                Field("name"), Field("languages", terms="languages"), Field("elements", topic="desk.element"),
                Field("marks", topic="mark"),
            ),
        },
        new=("name", "languages", "elements", "marks"),
    ),
}  # fmt: skip
DUE: Mapping[str, tuple[str, str, str]] = {
    "agreement_ends": ("agreements", "terms", "renew"),
    "agreement_ended": ("agreements", "terms", "renew"),
    "agreement_unsigned": ("agreements", "terms", "sign"),
    "agreement_suspended": ("agreements", "terms", ""),
    "contact_term_ends": ("organizations", "contacts", "renew_terms"),
    "contact_without_successor": ("organizations", "contacts", ""),
    "declaration_review": ("organizations", "coalition", "review"),
    "service_incomplete": ("services", "", ""),
    "hidden_after_restore": ("organizations", "coalition", "review"),
}
"""What a due item is settled by: a kind of record, the part to edit (none: the record), the action to begin with."""
