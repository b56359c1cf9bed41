"""The part of the directory that a change of one record can touch: records named by it, naming it, or of its names.

The checks of a bundle give the same on this part as on the whole. Records around the changed one are here with the
fields alone that lead to it or from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from service.database.bulk import chunks
from service.documents.fields import is_slug

from .directory_tables import RowSet, coalition_document, of_type, read_coalition, records, with_key
from .record_documents import Document, named_document, organization_documents

_CODES_IN = ("types", "requires", "only", "not")
_NAMED = ("organization", "release_form", "area", "service", "location")
_LISTS = {"vocabulary_term": "vocabulary", "agreement": "agreements", "release_form": "release_forms"}


class Neighborhood:
    """Collects the neighborhood of a record, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._organizations: dict[str, Document] = {}
        self._lists: dict[str, dict[str, Document]] = {name: {} for name in ("areas", *_LISTS.values())}
        self._groups: list[list[str]] = []
        self._coalition = coalition_document(read_coalition(connection))
        for row in self._rows("vocabulary_term", records.c.owner_id.is_(None)):
            self._put("vocabulary", row)

    def document(self) -> Document:
        """Return the neighborhood as a bundle's document."""
        return {
            "coalition": self._coalition,
            "organizations": list(self._organizations.values()),
            **{name: list(rows.values()) for name, rows in self._lists.items()},
            "equivalent_forms": self._groups,
        }

    def add_organization(self, record: RowSet) -> None:
        """Add an organization whole, with all that it owns."""
        for document in organization_documents(chain.from_iterable(map(dict.values, record.values()))).values():
            self._organizations[document["id"]] = document

    def add_record(self, record_type: str, slug: str) -> None:
        """Add an agreement, a release form or a vocabulary entry."""
        for row in self._rows(record_type, records.c.slug == slug):
            self._put(_LISTS[record_type], row)

    def add_named(self, texts: Collection[str]) -> None:
        """Add the records that texts may name or have as their names: organizations, forms, areas, services."""
        rows = list(self._among(_NAMED, "slug", filter(is_slug, texts)))
        owners = self._slugs({row.owner_id for row in rows if row.type in ("service", "location")})
        for row in rows:
            match row.type:
                case "organization":
                    self._stub(row.slug, {})
                case "release_form":
                    self._put("release_forms", row)
                case "area":
                    self._lists["areas"][row.slug] = {"code": row.slug}
                case record_type:
                    self._stub(owners[row.owner_id], {f"{record_type}s": [{"id": row.slug}]})

    def add_parents(self, slug: Any) -> None:
        """Add an organization and those above it, so that a house that leads back to itself is found."""
        slugs = set[str]()
        while isinstance(slug, str) and slug not in slugs:
            slugs.add(slug)
            rows = list(self._rows("organization", records.c.slug == slug))
            above = rows[0].document.get("parent") if rows else None
            if rows:
                self._stub(slug, {"parent": above} if above else {})
            slug = above

    def add_referring(self, record_type: str, slug: str) -> None:
        """Add every record that names an organization, a form or a code, with the naming fields alone."""
        match record_type:
            case "organization":
                for name in ("parent", "operator_authorised"):
                    for row in self._rows_with_key("organization", name, slug):
                        field = {"parent": slug} if name == "parent" else {"coalition": {name: [slug]}}
                        self._stub(row.slug, field)
                self._add_services(["accepts_from"], slug)
                for row in self._rows_with_key("agreement", "between", slug):
                    self._add_agreement(row)
                owner = select(records.c.id).where(records.c.type == "organization", records.c.slug == slug)
                for row in self._rows("vocabulary_term", records.c.owner_id.in_(owner.scalar_subquery())):
                    self._put("vocabulary", row)
            case "release_form":
                for row in self._rows_with_key("organization", "accepted_forms", slug):
                    self._stub(row.slug, {"coalition": {"accepted_forms": [slug]}})
                for row in self._rows_with_key("form_group", "forms", slug):
                    self._groups.append(row.document["forms"])
                    self.add_named(row.document["forms"])
            case "vocabulary_term":
                self._add_services(_CODES_IN, slug)
                for row in self._rows_with_key("agreement", "types", slug):
                    self._add_agreement(row)
                for row in self._rows_with_key("vocabulary_term", "means", slug):
                    self._put("vocabulary", row)
                    self.add_named([row.document["organization"]])

    def _add_services(self, names: Iterable[str], word: str) -> None:
        services: dict[tuple[str, str], Document] = {}
        for name in names:
            for row in self._rows_with_key("service", name, word):
                services.setdefault((row.owner_id, row.slug), {})[name] = [word]
        owners = self._slugs({owner for owner, _ in services})
        for (owner, slug), referral in services.items():
            self._stub(owners[owner], {"services": [{"id": slug, "referral": referral}]})

    def _add_agreement(self, row: Any) -> None:
        self._put("agreements", row)
        self.add_named(row.document["between"])

    def _put(self, name: str, row: Any) -> None:
        self._lists[name][row.slug] = named_document(row._mapping)

    def _stub(self, slug: str, fields: Document) -> None:
        """Add fields to the part of an organization that is here, unless it is here whole."""
        organization = self._organizations.setdefault(slug, {"id": slug})
        if "name" in organization:
            return
        for name, value in fields.items():
            if isinstance(value, list):
                items = {item["id"]: item for item in organization.get(name, ())}
                organization[name] = list(
                    {**items, **{item["id"]: {**items.get(item["id"], {}), **item} for item in value}}.values()
                )
            else:
                organization[name] = {**organization.get(name, {}), **value} if isinstance(value, dict) else value

    def _rows(self, record_type: str, *where: Any) -> Iterator[Any]:
        yield from self._connection.execute(of_type(record_type, *where)).all()

    def _rows_with_key(self, record_type: str, name: str, value: str) -> Iterator[Any]:
        return self._rows(record_type, records.c.id.in_(with_key(f"{record_type}.{name}", value)))

    def _among(self, record_types: Collection[str], column: str, values: Iterable[str]) -> Iterator[Any]:
        for chunk in chunks(sorted(values)):
            query = select(records).where(records.c.type.in_(record_types), records.c[column].in_(chunk))
            yield from self._connection.execute(query).all()

    def _slugs(self, owners: Collection[str]) -> dict[str, str]:
        return {row.id: row.slug for row in self._among(["organization"], "id", owners)}
