"""The derived tables (`index`): searched words of records, and terms that classify records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlmodel import Field

from .table_base import Row, json_value, key, to


class SearchText(Row, table=True):
    """The searched words of a public record, derived from the record's other rows by `index`.

    `id` is the id of the organization, service or public location, `kind` the record's own kind. Texts are case-folded
    words with spaces around each. `phrase` is the record's name, `names` holds the record's own names; `words` may hold
    names of other records, and is not searched where a name is hidden from the reader.
    """

    __tablename__ = "search_text"

    id: str = key()
    owner_id: str = to("organization")
    kind: str
    phrase: str
    names: str
    words: str


class TermUse(Row, table=True):
    """A taxonomy term that classifies an organization or a service; derived from its other rows, by `index`.

    `term` is the whole HSDS taxonomy_term, with its taxonomy; None where only an id is known. `record_id` is the
    organization's or service's.
    """

    __tablename__ = "term_use"

    id: str = key()
    owner_id: str = to("organization")
    record_id: str = Field(sa_type=String(36), index=True)
    term_id: str = Field(sa_type=String(36), index=True)
    taxonomy_id: str | None = Field(default=None, sa_type=String(36), index=True)
    parent_id: str | None = Field(default=None, sa_type=String(36))
    words: str
    taxonomy_words: str
    term: dict[str, Any] | None = json_value()
