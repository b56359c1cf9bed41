"""Contradictions between a valid bundle and a filled store, unless the bundle replaces the store's content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from service.directory.standard.identity import id_of, place_name
from service.infrastructure.errors import NothingLoaded, Problem
from service.words import refusals, vocabulary

from .directory_tables import PLACEHOLDER, of_type, read_coalition, read_rows, records
from .record_documents import has_private_places

if TYPE_CHECKING:
    from service.directory.bundle import Bundle


def find_conflicts(connection: Connection, bundle: Bundle) -> Iterator[Problem]:
    """Yield the obstacles to merging `bundle` into the store, by place in the bundle."""
    try:
        stored = read_coalition(connection)
    except NothingLoaded:
        return
    if stored.slug not in (bundle.coalition.slug, PLACEHOLDER):  # a bundle takes over what an import founded
        yield Problem("coalition.slug", refusals.ANOTHER_COALITION)
        return
    yield from _taken_ids(connection, bundle)
    codes = (row for row in read_rows(connection, "vocabulary_term") if "code" in row.document)
    word_types = {row.slug: row.document["kind"] for row in codes}
    for index, entry in enumerate(bundle.vocabulary):
        if entry.code in word_types and word_types[entry.code] != entry.word_type:
            yield Problem(f"vocabulary[{index}].code", refusals.CODE_OF_ANOTHER_KIND)
    traits = {*vocabulary.TRAITS, *(code for code, word_type in word_types.items() if word_type == "trait")}
    traits |= {entry.code for entry in bundle.vocabulary if entry.code is not None and entry.word_type == "trait"}
    if len(traits) > vocabulary.MOST_TRAITS:
        yield Problem("vocabulary", refusals.TRAITS_WITH_STORED.format(most=vocabulary.MOST_TRAITS))


def _taken_ids(connection: Connection, bundle: Bundle) -> Iterator[Problem]:
    """Yield ids of an organization outside the bundle, and ids given by an import to its own records."""
    here = {id_of("organization", organization.id) for organization in bundle.organizations}
    stored: dict[tuple[str, str], Any] = {}
    for record_type in ("organization", "service", "location"):
        chosen = of_type(record_type).with_only_columns(records.c.slug, records.c.id, records.c.owner_id)
        stored |= {(record_type, row.slug): row for row in connection.execute(chosen)}
    for index, organization in enumerate(bundle.organizations):
        path = f"organizations[{index}]"
        row = stored.get(("organization", organization.id))
        if row is not None and row.id not in here:
            yield Problem(f"{path}.id", refusals.NAME_OF_ANOTHER)
        private = has_private_places(organization)
        names = {
            "location": [place_name(organization.id, place.id, private=private) for place in organization.locations],
            "service": [service.id for service in organization.services],
        }
        for name, given in names.items():
            for place, slug in enumerate(given):
                row = stored.get((name, slug))
                if row is not None and (row.id != id_of(name, slug) or row.owner_id not in here):
                    yield Problem(f"{path}.{name}s[{place}].id", refusals.WITH_ANOTHER)
