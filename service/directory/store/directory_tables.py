"""The tables of the directory, which a load replaces, and the selects that stores share.

Reading a directory imports these tables alone; `service.maintenance.tables` adds those of what happens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Index, MetaData, Select, String, Text, select
from sqlalchemy import Row as ResultRow
from sqlmodel import Field, Session

from service.database.bulk import chunks
from service.database.columns import Json, UtcDateTime
from service.database.table_base import Row, json_value, key, table_of, words
from service.errors import NothingLoaded
from service.i18n import refusals

AnyRow = ResultRow[Any]
RowSet = dict[str, dict[str, dict[str, Any]]]
"""Rows: type of record -> id -> column -> value."""
ONLY_ROW = 1  # the primary key of the one row of `coalition`
PLACEHOLDER = "imported"
"""The slug of a coalition that an import founded; a bundle takes its place and keeps the imported records."""
ASSUMED_ZONE = "UTC"
"""The time zone while nobody has said which."""


class Coalition(Row, table=True):
    """The coalition: a single row. `directory_version` rises by one with every change to the directory.

    Callers are told other versions (`seen_versions`), which rise only with what they may see: `public_version`,
    `members_version`.

    `fallback_lines` null: the coalition named no line. `interpreted` null: it named no language of its members'
    telephone interpreters. `answer_times` false: it wants no figures of how soon its services answer.
    `card_facts`: what it corrects on the cards of states, as in its bundle. `sign_offs`: counsel's, one for a text.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slug: str
    name: str
    timezone: str
    policy_packs: list[str] = words()
    fallback_lines: list[dict[str, str]] | None = json_value()
    interpreted: list[str] | None = json_value()
    answer_times: bool | None = None
    card_facts: list[dict[str, Any]] | None = json_value()
    sign_offs: list[dict[str, Any]] | None = json_value()
    directory_version: int
    public_version: int
    members_version: int


VERSIONS = ("directory_version", "members_version", "public_version")
"""The columns of versions; a change raises the first, the first two or all three, by who sees it (`ChangeAudience`)."""


class PartyVersion(Row, table=True):
    """How many changes an organization (a slug) saw that everybody, or all members, did not."""

    __tablename__ = "party_version"

    organization: str = Field(primary_key=True)
    changes: int


def coalition_document(row: AnyRow) -> dict[str, Any]:
    """Return the coalition as a bundle writes it."""
    ours = ("id", "card_facts", "sign_offs", *VERSIONS)
    return {name: value for name, value in row._mapping.items() if name not in ours and value is not None}


def is_zone_assumed(slug: str, timezone: str) -> bool:
    """Tell whether the time zone of the coalition's hours is still assumed. Pure.

    >>> is_zone_assumed("imported", "UTC"), is_zone_assumed("imported", "America/Chicago")
    (True, False)
    """
    return slug == PLACEHOLDER and timezone == ASSUMED_ZONE


INNER_TITLES = frozenset(("coalition_representative",))
"""Titles of contacts that are the coalition's own matter."""
OWNED_TYPES = ("service", "location", "service_at_location")
"""Types of records that belong to an organization's record: stored, replaced and removed with it."""
DATED_TYPES = ("organization", "service", "location")
"""Types of records with a date of their last change."""


class Record(Row, table=True):
    """A record of the directory: `document` is its class in a bundle, as plain data, with the ids of its parts.

    `owner_id`: the organization of the record (its own id for an organization); None for a record of the coalition.
    `listed`, `private`: of an organization and all that it owns. Nothing about a private place is in its document: all
    is in `sealed`. `version`: the directory version of the last change. `last_modified`: of `DATED_TYPES`.
    `confirmed`: of a private place that the coalition loaded as it is; not of one by its organization's word alone.
    """

    type: str = Field(primary_key=True)
    id: str = key()
    slug: str
    owner_id: str | None = Field(default=None, sa_type=String(36))
    listed: bool = True
    private: bool = False
    position: int = 0
    version: int = Field(default=0, index=True)
    source: str | None = None
    last_modified: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: str | None = None
    confirmed: bool = False
    withheld: str | None = None
    inferred: dict[str, Any] | None = json_value()
    curated: dict[str, Any] | None = json_value()
    document: dict[str, Any] = Field(sa_type=Json, nullable=False)

    __table_args__ = (
        Index("uq_record_type_slug", "type", "slug", unique=True),
        Index("ix_record_type_listed_slug", "type", "listed", "slug"),
        Index("ix_record_type_last_modified", "type", "last_modified"),
        Index("ix_record_owner_id_type", "owner_id", "type"),
    )


class GoneRecord(Row, table=True):
    """A record that was taken out of the directory, and the version without it; its name and its owner's id."""

    __tablename__ = "gone_record"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    type: str = Field(primary_key=True)
    id: str = key()
    slug: str
    owner_id: str | None = Field(default=None, sa_type=String(36))


class RecordKey(Row, table=True):
    """A word by which a record is searched, joined or counted, derived from its document by `keys_of`.

    `name` is the record's type and the field (`service.types`): sources give an id to records of several types.
    `value` is compared, `text` searched (case-folded, with spaces around each word), `number` measured.
    """

    __tablename__ = "record_key"

    record_id: str = Field(primary_key=True, sa_type=String(36))
    name: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    text: str | None = Field(default=None, sa_type=Text)
    number: float | None = None

    __table_args__ = (Index("ix_record_key_name_value", "name", "value"),)


class TermUse(Row, table=True):
    """A taxonomy term that classifies a record, or is told by itself; derived like `RecordKey`.

    `told` is the whole HSDS taxonomy_term, with its taxonomy, or the taxonomy; None where only an id is known.
    """

    __tablename__ = "term_use"

    record_type: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True, sa_type=String(36))
    term_id: str = Field(primary_key=True, sa_type=String(36))
    taxonomy_id: str | None = Field(default=None, sa_type=String(36), index=True)
    parent_id: str | None = Field(default=None, sa_type=String(36))
    words: str
    taxonomy_words: str
    told: dict[str, Any] | None = json_value()

    __table_args__ = (Index("ix_term_use_term_id", "term_id"),)


DIRECTORY: MetaData = Row.metadata
"""Every table of the directory by name, `DIRECTORY.tables["organization"]`, and in the order of references."""

coalitions, records, gone_records = table_of(Coalition), table_of(Record), table_of(GoneRecord)
keys, uses, party_versions = table_of(RecordKey), table_of(TermUse), table_of(PartyVersion)
_AT_ONCE = 1_000


def read_rows(connection: Connection, record_type: str, *where: ColumnElement[bool]) -> Iterator[AnyRow]:
    """Yield every record of a type that fits, each without its sealed part; none is held."""
    columns = (column for column in records.columns if column.name not in ("sealed", "withheld"))
    query = of_type(record_type, *where).with_only_columns(*columns)
    yield from connection.execute(query.execution_options(yield_per=_AT_ONCE))


def read_slugs(connection: Connection, record_type: str) -> Collection[str]:
    """Return the slugs of every record of a type."""
    return connection.execute(of_type(record_type).with_only_columns(records.c.slug)).scalars().all()


def read_records(connection: Connection, organizations: Iterable[str]) -> RowSet:
    """Return the stored rows of organizations (ids) with all that they own, by type and id; a read per 500."""
    rows: RowSet = {name: {} for name in ("organization", *OWNED_TYPES)}
    whole = select(records).where(records.c.type.in_(rows))
    for chunk in chunks(organizations):
        for row in connection.execute(whole.where(records.c.owner_id.in_(chunk))).mappings():
            rows[row["type"]][row["id"]] = dict(row)
    return rows


def read_coalition(connection: Connection) -> AnyRow:
    """Return the single row of `coalition`.

    Raises:
        NothingLoaded: the table is empty.
    """
    for row in connection.execute(select(coalitions)):
        return row
    raise NothingLoaded(refusals.NO_COALITION)


def read_zone(session: Session) -> ZoneInfo:
    """Return the coalition's time zone; UTC without a coalition."""
    return ZoneInfo(session.execute(select(coalitions.c.timezone)).scalar_one_or_none() or ASSUMED_ZONE)


def with_key(name: str, *values: str) -> Select[Any]:
    """Select the ids of the records with a key (`service.types`) of one of the values."""
    return select(keys.c.record_id).where(keys.c.name == name, keys.c.value.in_(values))


def of_type(record_type: str, *where: ColumnElement[bool]) -> Select[Any]:
    """Select the records of a type that fit, whole."""
    return select(records).where(records.c.type == record_type, *where)
