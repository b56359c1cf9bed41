"""The whole directory as a bundle's document: the oracle for what reads a part of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from service.directory.bundle.schema import Coalition
from service.directory.store.directory_tables import read_coalition, records
from service.directory.store.record_documents import named_document, organization_documents

LISTS = {"area": "areas", "vocabulary_term": "vocabulary", "agreement": "agreements", "release_form": "release_forms"}


def whole_directory(session: Session) -> dict[str, Any]:
    """Return every record, hidden ones included, its lists in no particular order."""
    rows = [dict(row) for row in session.execute(select(records)).mappings()]
    coalition = read_coalition(session.connection())
    fields = {name: getattr(coalition, name) for name in Coalition.model_fields}
    document: dict[str, Any] = {name: [] for name in LISTS.values()}
    for row in rows:
        if row["type"] in LISTS:
            document[LISTS[row["type"]]].append(named_document(row))
    return {
        **document,
        "coalition": {name: value for name, value in fields.items() if value is not None},
        "organizations": list(organization_documents(rows).values()),
        "equivalent_forms": [row["document"]["forms"] for row in rows if row["type"] == "form_group"],
    }
