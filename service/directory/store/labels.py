"""Labels of organizations as stored: the fields by which rules, prices and `avoid` go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session

from service.directory.access import LABELS, Reader
from service.infrastructure.database.table_base import table_of
from service.infrastructure.database.upsert import upsert
from service.loop.store.work_tables import RemovedOrganization

from .queries import of_type, records
from .resources import Resources

_UNDECLARED = {"regimes": [], "membership": "none", "listed": "public", "address_private": False}
"""The labels of an organization without a declaration: unknown, and its record is public."""


def labels_in(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels in an organization's document.

    >>> labels_in({"coalition": {"kind": "legal"}, "name": "Lotus Center"})["kind"]
    'legal'
    """
    declared = {**_UNDECLARED, **document.get("coalition", {})}
    return {label: declared.get(label) for label in LABELS}


def read_labels(session: Session, slugs: Collection[str], reader: Reader | None) -> dict[str, dict[str, Any]]:
    """Return the labels of organizations by slug; an organization absent or hidden from `reader` is left out.

    `reader` None: the operator of the program, with full sight.
    """
    owners = Resources(session).owners_by_slug(slugs).values()
    seen = {owner.id for owner in owners if reader is None or reader.sees(owner.standing)}
    rows = session.execute(of_type("organization", records.c.id.in_(seen)))
    return {row.slug: labels_in(row.document) for row in rows}


def remember_removed(session: Session, slug: str, parent: str | None, house: Collection[str]) -> None:
    """Store what an organization counts as that is about to be removed, in place of what was stored of it before."""
    removed = {"labels": read_labels(session, [slug], None)[slug], "parent": parent, "house": sorted(house)}
    upsert(session, table_of(RemovedOrganization), {"slug": slug, **removed}, keys=("slug",))


def find_removed(session: Session, slug: str) -> RemovedOrganization | None:
    """Return what an organization counted as when it was last removed; None: never was."""
    return session.get(RemovedOrganization, slug)
