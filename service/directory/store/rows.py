"""A valid bundle as records: the rows that the store holds once the bundle is in it. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.directory.bundle import schema
from service.directory.bundle.hsds import Location, Organization, ReferralTerms, Service
from service.directory.standard.identity import id_of, place_name
from service.infrastructure.database.bulk import Values
from service.infrastructure.documents.base import BundleModel
from service.words import vocabulary

from .directory_tables import Record
from .record_documents import PARTS, Document, filled

RowSet = dict[str, dict[str, Values]]  # type of record -> id -> column -> value

_DEFAULTS: Values = {name: field.get_default() for name, field in Record.model_fields.items()}
_LONGEST_SLUG = 200  # of an organization's own word; the index of slugs holds no essay


def row_of(record_type: str, row_id: str, slug: str, document: Mapping[str, Any], **columns: Any) -> Values:
    """Return the row of a record; columns that are not given have their defaults."""
    return {**_DEFAULTS, **columns, "id": row_id, "type": record_type, "slug": slug, "document": filled(document)}


def rows_of(bundle: schema.Bundle) -> RowSet:
    """Return the row of every record of `bundle`; the coalition's own is no record.

    `sealed` still holds plain text: the writer of the row seals it.
    """
    rows: RowSet = defaultdict(dict)
    for row in (
        *(_named("area", area, "code") for area in bundle.areas),
        *(row for organization in bundle.organizations for row in _organization_rows(organization)),
        *(_agreement(agreement) for agreement in bundle.agreements),
        *(_named("release_form", form, "id") for form in bundle.release_forms),
        *map(_form_group, bundle.equivalent_forms),
        *map(_vocabulary_entry, bundle.vocabulary),
    ):
        rows[row["type"]][row["id"]] = row
    return dict(rows)


def has_private_places(organization: Organization) -> bool:
    """Say whether the places of an organization are private. Pure."""
    return organization.coalition is not None and organization.coalition.address_private


def plain(model: BundleModel) -> Document:
    """Return an object of a bundle as plain data, as a bundle writes it."""
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def put_part_ids(whole: Document, owner: str, whole_id: str) -> None:
    """Give each part within an object its id: it follows from the part's own name, or from its place."""
    for name, table in PARTS.items():
        for position, part in enumerate(whole.get(name, ())):
            place = (part["id"],) if "id" in part else (whole_id, str(position))
            part["id"] = id_of(table, owner, *place)
            put_part_ids(part, owner, part["id"])


def _named(record_type: str, model: BundleModel, name: str) -> Values:
    document = plain(model)
    slug = document.pop(name)
    return row_of(record_type, id_of(record_type, slug), slug, document)


def _agreement(agreement: schema.Agreement) -> Values:
    row = _named("agreement", agreement, "id")
    row["document"] |= {"mutual": agreement.mutual}
    if agreement.mutual:
        row["document"]["between"].sort()
    return row


def _form_group(group: Sequence[str]) -> Values:
    row_id = id_of("form_group", *sorted(group))
    return row_of("form_group", row_id, row_id, {"forms": sorted(group)})


def _vocabulary_entry(entry: schema.VocabularyEntry) -> Values:
    document = plain(entry)
    if entry.code is not None:
        document["kind"] = entry.word_type
        return row_of("vocabulary_term", id_of("vocabulary_term", entry.code), entry.code, document)
    organization = entry.organization or ""
    row_id = id_of("vocabulary_term", organization, vocabulary.normal_term(entry.term or ""))
    slug = vocabulary.slug_of(document)
    slug = slug if len(slug) <= _LONGEST_SLUG else slug[: _LONGEST_SLUG - len(row_id)] + row_id
    return row_of("vocabulary_term", row_id, slug, document, owner_id=id_of("organization", organization))


def _organization_rows(organization: Organization) -> Iterable[Values]:
    """Return the rows of an organization's record: its own, its places', its services', and those of their places."""
    document, owner = plain(organization), id_of("organization", organization.id)
    for name in ("id", "locations", "services"):
        document.pop(name, None)
    if (profile := organization.coalition) is not None:
        told = {"membership": profile.membership, "listed": profile.listing, "address_private": profile.address_private}
        document["coalition"] = filled({**document["coalition"], **told})
    put_part_ids(document, owner, owner)
    private = has_private_places(organization)
    yield row_of("organization", owner, organization.id, document, owner_id=owner, **standing_of(document))
    for position, location in enumerate(organization.locations):
        name = place_name(organization.id, location.id, private=private)
        yield _location(location, name, {"owner_id": owner, "position": position}, private=private)
    for position, service in enumerate(organization.services):
        yield from _service_rows(service, {"owner_id": owner, "position": position}, organization.id, private=private)


def standing_of(document: Mapping[str, Any]) -> Values:
    """Return the columns of an organization's document; without a declaration it is listed, with public places."""
    profile = document.get("coalition", {})
    return {"listed": profile.get("listed", "public") == "public", "private": profile.get("address_private", False)}


def _location(location: Location, name: str, place: Values, *, private: bool) -> Values:
    row_id, document = id_of("location", name), plain(location)
    if private:
        sealed = json.dumps(document, sort_keys=True, ensure_ascii=False)
        return row_of("location", row_id, name, {"location_type": location.location_type}, **place, sealed=sealed)
    del document["id"]
    put_part_ids(document, place["owner_id"], row_id)
    return row_of("location", row_id, name, document, **place)


def _service_rows(service: Service, place: Values, organization: str, *, private: bool) -> Iterable[Values]:
    row_id, owner, document = id_of("service", service.id), place["owner_id"], plain(service)
    for name in ("id", "last_modified", "service_at_locations"):
        document.pop(name, None)
    document["referral"] = {**document["referral"], **_said_by_default(service.referral)}
    put_part_ids(document, owner, row_id)
    yield row_of("service", row_id, service.id, document, **place)
    for position, given in enumerate(service.service_at_locations):
        location = id_of("location", place_name(organization, given.location_id, private=private))
        known_by = (given.id,) if given.id else (row_id, location, str(position))
        at_id = id_of("service_at_location", owner, *known_by)
        told = plain(given) | {"service_id": row_id, "location_id": location}
        told.pop("id", None)
        yield row_of("service_at_location", at_id, at_id, told, owner_id=owner, position=position)


def _said_by_default(referral: ReferralTerms) -> Values:
    """Return the terms of referral that hold where a bundle says nothing."""
    said: Values = {"designated": referral.designated}
    if referral.accepts is None:
        said["accepts"] = sorted(vocabulary.DEFAULT_MODES)
    if referral.accepts_from is None:
        said["accepts_from"] = sorted(vocabulary.DEFAULT_ACCEPTS_FROM)
    return said
