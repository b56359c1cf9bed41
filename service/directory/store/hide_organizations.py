"""Hides organizations in the store: unlisted, with private places, until their own records say what they show."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import Session

from service.database.bulk import chunks
from service.database.field_cipher import AddressCipher
from service.database.table_base import table_of
from service.database.unit_of_work import ChangeSet
from service.directory.standard.identity import id_of, place_name, place_slug

from .directory_tables import RowSet, coalitions, of_type, read_records, records
from .proposal_tables import UnconfirmedOrganization, WithdrawnAddress
from .record_documents import row_of, view_of
from .sync import synchronise

if TYPE_CHECKING:
    from service.database.bulk import Values

_unconfirmed, _withdrawn = table_of(UnconfirmedOrganization), table_of(WithdrawnAddress)


def hide_organizations(
    connection: Connection, ids: Collection[str], cipher: AddressCipher, *, at: datetime, version: int
) -> None:
    """Hide organizations as of `at` in the next `version`, and store that they have not confirmed what they show.

    Raises:
        AddressKeyError: private addresses cannot be sealed with the key at hand.
    """
    for chunk in chunks(sorted(ids)):
        stored = read_records(connection, chunk)
        hidden: RowSet = {name: {} for name in stored}
        for row in stored["organization"].values():
            hidden["organization"][row["id"]] = _hidden_organization(row)
        private = {row_id for row_id, row in hidden["organization"].items() if row["private"]}
        moved = dict[str, str]()
        for row_id, row in stored["location"].items():
            place = row
            if row["owner_id"] in private and not row["private"]:
                place = _private_place(row, stored["organization"][row["owner_id"]]["slug"])
                moved[row_id] = place["id"]
            hidden["location"][place["id"]] = place
        for row_id, row in stored["service_at_location"].items():
            place_id = row["document"]["location_id"]
            document = {**row["document"], "location_id": moved.get(place_id, place_id)}
            hidden["service_at_location"][row_id] = {**row, "document": document}
        hidden["service"] = dict(stored["service"])
        synchronise(
            connection,
            hidden,
            cipher,
            replace=False,
            change_set=ChangeSet(),
            version=version,
            confirms=False,  # a place that was public may be a guess of its organization's
            stored=stored,
        )
        connection.execute(delete(_unconfirmed).where(_unconfirmed.c.id.in_(chunk)))
        unconfirmed = [{"id": row_id, "restored_at": at} for row_id in stored["organization"]]
        connection.execute(insert(_unconfirmed), unconfirmed)
    connection.execute(update(coalitions).values(directory_version=version))


def confirm_organizations(session: Session, slugs: Collection[str]) -> None:
    """Store that organizations (slugs) have said what they show."""
    confirmed = select(records.c.id).where(records.c.type == "organization", records.c.slug.in_(slugs))
    session.execute(delete(_unconfirmed).where(_unconfirmed.c.id.in_(confirmed)))


def withdrawn_among(session: Session, organizations: Collection[str]) -> set[str]:
    """Return those of some organizations (ids) that took a street out of their own records."""
    found = set[str]()
    for chunk in chunks(sorted(organizations)):
        found.update(session.execute(select(_withdrawn.c.id).where(_withdrawn.c.id.in_(chunk))).scalars())
    return found


def unconfirmed_slugs(session: Session) -> list[str]:
    """Return the organizations (slugs) that a restore keeps hidden, sorted."""
    unconfirmed = of_type("organization", records.c.id.in_(select(_unconfirmed.c.id)))
    return sorted(session.execute(unconfirmed.with_only_columns(records.c.slug)).scalars())


def _hidden_organization(row: Values) -> Values:
    """Return an organization's row, hidden. What an import brought is unlisted alone: its places are the source's."""
    private = row["private"] or row["source"] is None
    hidden = {**row, "listed": False, "private": private}
    if profile := row["document"].get("coalition"):
        labels = {"listed": "coalition", **({"address_private": True} if private else {})}
        hidden["document"] = {**row["document"], "coalition": {**profile, **labels}}
        own: Mapping[str, Any] = (row["curated"] or {}).get("own", {})
        if "coalition" in own:  # later imports lay it over their source
            settled = {**own, "coalition": {**own["coalition"], "listed": "coalition"}}
            hidden["curated"] = {**row["curated"], "own": settled}
    return hidden


def _private_place(row: Values, organization: str) -> Values:
    """Return a public place's row as that of a private one, whose content the writer of the row seals."""
    slug = place_slug(row["slug"])
    name = place_name(organization, slug, private=True)
    content = json.dumps({"id": slug, **view_of(row["document"])}, sort_keys=True, ensure_ascii=False)
    bare = {"location_type": row["document"]["location_type"]}
    columns = {"owner_id": row["owner_id"], "position": row["position"], "sealed": content}
    return row_of("location", id_of("location", name), name, bare, **columns)
