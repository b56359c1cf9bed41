"""Taxonomies and terms told by an import by themselves, as rows over the stored rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.standard.record_kinds import TERM
from service.store.index import taxonomy_words, term_columns
from service.store.rows import Values


def term_rows(
    kind: str, told: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Values], source: str
) -> dict[str, Values]:
    """Return the rows of taxonomies, or terms, by id. A value that the file leaves out stays as stored."""
    return {row_id: _row(kind, row_id, said, stored.get(row_id), source) for row_id, said in told.items()}


def _row(kind: str, row_id: str, said: Mapping[str, Any], stored: Values | None, source: str) -> Values:
    told = {**(stored["told"] if stored else {}), **said}
    looked_for = term_columns(told) if kind == TERM else {"words": taxonomy_words(told)}
    return {"id": row_id, "told": told, "source": stored["source"] if stored else source, **looked_for}
