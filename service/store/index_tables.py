"""The tables that follow from the others (`index`): what searches look through, and by what records are classified."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlmodel import Field

from .table_base import Row, json_value, key, to


class SearchText(Row, table=True):
    """What a search looks through, of one public record; follows from the record's other rows, by `index`.

    `id` is that of the organization, service or public location, `kind` which of them it is. Texts are case-folded
    words with spaces around each. `phrase` is the record's name, `names` all
    that are its own; `words` may hold others' names, and are not looked
    through where they hold one that is not for the reader.
    """

    __tablename__ = "search_text"

    id: str = key()
    owner_id: str = to("organization")
    kind: str
    phrase: str
    names: str
    words: str


class TermUse(Row, table=True):
    """A taxonomy term by which an organization or a service is classified; follows from its other rows, by `index`.

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
