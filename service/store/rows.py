"""A valid bundle as rows: the content of each table once the bundle is in the store. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from service import vocabulary
from service.bundle import schema
from service.bundle.hsds import Capacity, Contact, HsdsObject, Location, Organization, Phone, ReferralTerms, Service
from service.documents.base import BundleModel
from service.standard.identity import id_of, place_name

from . import coalition_tables, record_tables
from .table_base import Row

Values = dict[str, Any]
RowSet = dict[str, dict[str, Values]]  # table name -> id -> column -> value

_PART_LISTS: dict[str, type[Row]] = {  # lists of a service or location whose parts are plain rows
    "addresses": record_tables.Address,
    "schedules": record_tables.Schedule,
    "capacities": record_tables.ServiceCapacity,
    "languages": record_tables.Language,
    "service_areas": record_tables.ServiceArea,
}
_OWN_TABLES = {*_PART_LISTS, "phones", "contacts", "locations", "services", "service_at_locations"}


def rows_of(bundle: schema.Bundle) -> RowSet:
    """Return every row of `bundle` except the coalition's own.

    In `private_address`, `sealed` still holds the plain text: the writer of the row seals the text.
    """
    writer = _Writer()
    for area in bundle.areas:
        writer.area(area)
    for organization in bundle.organizations:
        writer.organization(organization)
    for agreement in bundle.agreements:
        writer.agreement(agreement)
    for form in bundle.release_forms:
        writer.release_form(form)
    for group in bundle.equivalent_forms:
        writer.form_equivalence(group)
    for entry in bundle.vocabulary:
        writer.vocabulary_entry(entry)
    return dict(writer.rows)


def _sorted_words(words: Iterable[str] | None, default: Iterable[str] = ()) -> list[str]:
    return sorted(set(default if words is None else words))


def _words_or_none(words: Iterable[str] | None) -> list[str] | None:
    return None if words is None else _sorted_words(words)


def _json(value: BundleModel | None) -> Any:
    return None if value is None else value.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _typed_and_extra(source: HsdsObject, table: type[Row]) -> Values:
    """Return the columns that share a name with a field of `source`, and the other fields as `extra`."""
    columns = set(table.model_fields)
    names = [name for name in type(source).model_fields if name in columns - {"id"}]
    left_out = {*names, *_OWN_TABLES, "id", "parent", "coalition", "referral"}
    extra = source.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=left_out)
    typed = {name: getattr(source, name) for name in names}
    if isinstance(source, Capacity):
        typed["unit"] = source.unit.name
        if (unit := _json(source.unit)) != {"name": source.unit.name}:
            extra["unit"] = unit  # all of it, as an import keeps it
    return {**typed, "extra": extra or None}


class _Writer:
    """Collects rows; each method adds an object and its parts."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, dict[str, Values]] = defaultdict(dict)

    def _put(self, table: type[Row], row_id: str, values: Values) -> str:
        complete = {name: field.get_default() for name, field in table.model_fields.items()}
        self.rows[str(table.__tablename__)][row_id] = {**complete, **values, "id": row_id}
        return row_id

    def _part(self, table: type[Row], part: HsdsObject, position: int, owner: str, **hangs_on: str) -> str:
        """Add a row for a part of an HSDS object; a part without an id is known by its place."""
        place = (*hangs_on.values(), str(position))
        row_id = id_of(str(table.__tablename__), owner, *((part.id,) if part.id else place))
        return self._put(
            table, row_id, {**_typed_and_extra(part, table), **hangs_on, "owner_id": owner, "position": position}
        )

    def area(self, area: schema.Area) -> None:
        values = area.model_dump(include={"name", "latitude", "longitude", "jurisdiction"}) | {"slug": area.code}
        within = id_of("area", area.within) if area.within else None
        self._put(coalition_tables.Area, id_of("area", area.code), {**values, "within_id": within})

    def organization(self, organization: Organization) -> None:
        owner = id_of("organization", organization.id)
        parent = id_of("organization", organization.parent) if organization.parent else None
        values = {**_typed_and_extra(organization, record_tables.Organization), **_declared(organization)}
        self._put(record_tables.Organization, owner, {**values, "slug": organization.id, "parent_id": parent})
        private = has_private_places(organization)
        self._phones(organization.phones, owner, organization_id=owner)
        self._contacts(organization.contacts, owner, organization_id=owner)
        for position, location in enumerate(organization.locations):
            name = place_name(organization.id, location.id, private=private)
            self._location(location, position, owner, name=name, private=private)
        for position, service in enumerate(organization.services):
            self._service(service, position, owner, partial(place_name, organization.id, private=private))

    def _phones(self, phones: Sequence[Phone], owner: str, **hangs_on: str) -> None:
        for position, phone in enumerate(phones):
            phone_id = self._part(record_tables.Phone, phone, position, owner, **hangs_on)
            self._parts(phone, owner, phone_id=phone_id)

    def _contacts(self, contacts: Sequence[Contact], owner: str, **hangs_on: str) -> None:
        for position, contact in enumerate(contacts):
            contact_id = self._part(record_tables.Contact, contact, position, owner, **hangs_on)
            self._phones(contact.phones, owner, contact_id=contact_id)

    def _parts(self, whole: HsdsObject, owner: str, **hangs_on: str) -> None:
        for name, table in _PART_LISTS.items():
            for position, part in enumerate(getattr(whole, name, ())):
                self._part(table, part, position, owner, **hangs_on)

    def _location(self, location: Location, position: int, owner: str, *, name: str, private: bool) -> None:
        location_id = id_of("location", name)
        place = {"slug": name, "organization_id": owner, "position": position, "private": private}
        if private:
            plain = json.dumps(_json(location), sort_keys=True, ensure_ascii=False)
            location_type = {"location_type": location.location_type}
            self._put(record_tables.Location, location_id, {**place, **location_type})
            self._put(record_tables.PrivateAddress, location_id, {"owner_id": owner, "sealed": plain})
            return
        self._put(record_tables.Location, location_id, {**_typed_and_extra(location, record_tables.Location), **place})
        self._parts(location, owner, location_id=location_id)
        self._phones(location.phones, owner, location_id=location_id)
        self._contacts(location.contacts, owner, location_id=location_id)

    def _service(self, service: Service, position: int, owner: str, name_of: Callable[[str], str]) -> None:
        service_id = id_of("service", service.id)
        place = {"slug": service.id, "organization_id": owner, "position": position, "limits_known": True}
        values = {**_typed_and_extra(service, record_tables.Service), **_referral(service.referral), **place}
        self._put(record_tables.Service, service_id, values)
        self._parts(service, owner, service_id=service_id)
        self._phones(service.phones, owner, service_id=service_id)
        self._contacts(service.contacts, owner, service_id=service_id)
        for index, given in enumerate(service.service_at_locations):
            location_id = id_of("location", name_of(given.location_id))
            self._part(
                record_tables.ServiceAtLocation, given, index, owner, service_id=service_id, location_id=location_id
            )

    def agreement(self, agreement: schema.Agreement) -> None:
        agreement_id = id_of("agreement", agreement.id)
        plain = ("mutual", "level", "type", "status", "effective", "expires")
        values = {name: getattr(agreement, name) for name in plain}
        limits = {"types": _words_or_none(agreement.types), "data": _words_or_none(agreement.data)}
        self._put(coalition_tables.Agreement, agreement_id, {**values, **limits, "slug": agreement.id})
        parties = sorted(agreement.between) if agreement.mutual else agreement.between
        for position, party in enumerate(parties):
            terms = {"offers": (agreement.offers or {}).get(party), "wants": (agreement.wants or {}).get(party)}
            hangs_on = {"agreement_id": agreement_id, "organization_id": id_of("organization", party)}
            row_id = id_of("agreement_party", agreement_id, party)
            self._put(coalition_tables.AgreementParty, row_id, {**terms, **hangs_on, "position": position})

    def release_form(self, form: schema.ReleaseForm) -> None:
        words = {name: _sorted_words(getattr(form, name)) for name in ("languages", "elements", "marks")}
        self._put(
            coalition_tables.ReleaseForm, id_of("release_form", form.id), {**words, "slug": form.id, "name": form.name}
        )

    def form_equivalence(self, group: Sequence[str]) -> None:
        group_id = id_of("form_group", *sorted(group))
        for form in group:
            values = {"group_id": group_id, "form_id": id_of("release_form", form)}
            self._put(coalition_tables.FormEquivalence, id_of("form_equivalence", group_id, form), values)

    def vocabulary_entry(self, entry: schema.VocabularyEntry) -> None:
        values: Values = {"decided_by": entry.decided_by, "same_as": _sorted_words(entry.same_as)}
        if entry.code is not None:
            row_id = id_of("vocabulary_term", entry.code)
            values |= {"code": entry.code, "name": entry.name, "kind": entry.word_type}
        else:
            organization, term = entry.organization or "", entry.term or ""
            row_id = id_of("vocabulary_term", organization, vocabulary.normal_term(term))
            values |= {"organization_id": id_of("organization", organization), "term": term, "means": entry.means}
        self._put(coalition_tables.VocabularyTerm, row_id, values)


UNDECLARED: Values = {
    "declared": False,
    "regimes": [],
    "operator_authorised": [],
    "accepted_forms": [],
    "membership": "none",
    "listed": "public",
    "address_private": False,
}
"""An organization without a declaration: its facts are unknown, and its record is public."""


def has_private_places(organization: Organization) -> bool:
    """Say whether the places of an organization are private. Pure."""
    return organization.coalition is not None and organization.coalition.address_private


def _declared(organization: Organization) -> Values:
    """Return an organization's declaration."""
    profile = organization.coalition
    if profile is None:
        return dict(UNDECLARED)
    declaration = profile.declared
    return {
        "declared": True,
        "basis": profile.basis,
        "kind": profile.kind,
        "regimes": _sorted_words(profile.regimes),
        "reporter": profile.reporter,
        "membership": profile.membership,
        "listed": profile.listing,
        "address_private": profile.address_private,
        "near": profile.near,
        "operator_authorised": _sorted_words(profile.operator_authorised),
        "accepted_forms": _sorted_words(profile.accepted_forms),
        "declared_on": declaration.on if declaration else None,
        "declared_by": declaration.by if declaration else None,
        "review_by": declaration.review_by if declaration else None,
        "grievance": _json(profile.grievance),
        "subpoena_contact": _json(profile.subpoena_contact),
    }


def _referral(referral: ReferralTerms) -> Values:
    length, holds = referral.response_time, referral.holds
    return {
        "types": _sorted_words(referral.types),
        "accepts": _sorted_words(referral.accepts, vocabulary.DEFAULT_MODES),
        "accepts_from": _sorted_words(referral.accepts_from, vocabulary.DEFAULT_ACCEPTS_FROM),
        "requires": _sorted_words(referral.requires),
        "intake_data": _sorted_words(referral.intake_data),
        "genders": _words_or_none(referral.genders),
        "only_traits": _sorted_words(referral.only),
        "not_traits": _sorted_words(referral.excludes),
        "companions": referral.companions,
        "waitlist": referral.waitlist,
        "holds_s": None if holds is None else int(holds.total_seconds()),
        "designated": referral.designated,
        "response_time_s": None if length is None else int(length.total_seconds()),
    }
