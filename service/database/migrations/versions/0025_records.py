"""Every record of the directory is one document; what it is found by stands in one table of keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql

from service.database.bulk import insert_rows
from service.directory.store.keys import keys_of, term_uses
from service.i18n import setup

revision: str = "0025"
down_revision: str | None = "0023"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
PARTS = {  # table of parts -> the list that its rows become, and the tables that they hang on
    "language": ("languages", ("phone", "location", "service")),
    "phone": ("phones", ("contact", "service_at_location", "location", "service", "organization")),
    "contact": ("contacts", ("location", "service", "organization")),
    "schedule": ("schedules", ("service_at_location", "location", "service")),
    "address": ("addresses", ("location",)),
    "service_area": ("service_areas", ("service_at_location", "service")),
    "service_capacity": ("capacities", ("service",)),
}
"""In the order in which parts hang on parts."""
GONE = (  # those that refer before those that they refer to
    *(*PARTS, "service_at_location", "private_address", "location", "service"),
    *("agreement_party", "agreement", "form_equivalence", "release_form", "vocabulary_term", "taxonomy_term"),
    *("taxonomy", "area", "organization"),
)
PROFILE = (
    *("basis", "kind", "regimes", "reporter", "membership", "listed", "address_private", "near"),
    *("operator_authorised", "accepted_forms", "grievance", "subpoena_contact"),
)
REFERRAL = {  # column -> field
    **{name: name for name in ("types", "accepts", "accepts_from", "requires", "intake_data", "genders")},
    **{"only_traits": "only", "not_traits": "not", "companions": "companions", "designated": "designated"},
    **{"response_time_s": "response_time", "holds_s": "holds", "waitlist": "waitlist"},
}
STRUCTURE = frozenset((
    *("id", "slug", "position", "extra", "private", "limits_known", "source", "curated", "inferred", "withheld"),
    *("last_modified", "declared", "declared_on", "declared_by", "review_by", "sealed"),
))  # fmt: skip
_AT_ONCE = 300  # organizations
_DURATION = TypeAdapter(timedelta)
Row = Mapping[str, Any]
Values = dict[str, Any]


def upgrade() -> None:
    """Bring the tables to this revision, with all that is in them."""
    connection = op.get_bind()
    old = sa.MetaData()
    old.reflect(connection, only=[*GONE, "coalition"])
    for name in ("search_text", "term_use"):  # derived, and derived anew
        op.drop_table(name)
    tables = _create()
    for rows in _Converter(connection, old).batches():
        for table, found in zip(tables, (rows, list(keys_of(rows)), list(term_uses(rows))), strict=True):
            if found:
                insert_rows(connection, table, found)
    for name in GONE:
        op.drop_table(name)


def downgrade() -> None:
    """Refuse: documents have no way back into the former tables.

    Raises:
        RuntimeError: as said.
    """
    raise RuntimeError(setup.NO_WAY_DOWN)


class _Converter:
    """Makes records of the rows of the former tables."""

    def __init__(self, connection: sa.Connection, old: sa.MetaData) -> None:
        self._connection, self._old = connection, old
        self._slugs = {row["id"]: row["slug"] for row in self._select("organization")}
        version = old.tables["coalition"].c.directory_version
        self._version = connection.execute(sa.select(version)).scalar_one_or_none() or 0

    def batches(self) -> Iterator[list[Values]]:
        """Yield every record, some at a time."""
        yield from _some(self._shared())
        ids = iter(sorted(self._slugs))
        while chunk := list(islice(ids, _AT_ONCE)):
            yield list(self._owned(chunk))

    def _select(self, table: str, column: str | None = None, values: Iterable[str] = ()) -> list[Values]:
        chosen = sa.select(self._old.tables[table])
        if column is not None:
            chosen = chosen.where(self._old.tables[table].c[column].in_(list(values)))
        return [dict(row) for row in self._connection.execute(chosen).mappings()]

    def _record(self, record_type: str, row: Row, document: Row, **columns: Any) -> Values:
        kept = {name: row.get(name) for name in ("source", "withheld", "inferred")}
        return {
            **{"owner_id": None, "listed": True, "private": False, "position": 0, "last_modified": None},
            **{"sealed": None, "curated": None, **kept, "id": row["id"], "type": record_type},
            **{"slug": row.get("slug") or row["id"], "version": self._version, "document": _filled(document)},
            **columns,
        }

    def _shared(self) -> Iterator[Values]:
        areas = {row["id"]: row for row in self._select("area")}
        for row in areas.values():
            within = areas[row["within_id"]]["slug"] if row["within_id"] else None
            yield self._record("area", row, {**_plain(row), "within": within})
        parties: defaultdict[str, list[Values]] = defaultdict(list)
        for row in sorted(self._select("agreement_party"), key=lambda row: row["position"]):
            parties[row["agreement_id"]].append({**row, "slug": self._slugs[row["organization_id"]]})
        for row in self._select("agreement"):
            told = {
                side: {party["slug"]: party[side] for party in parties[row["id"]] if party[side] is not None}
                for side in ("offers", "wants")
            }
            between = [party["slug"] for party in parties[row["id"]]]
            yield self._record("agreement", row, {"between": between, **_plain(row), **told})
        forms = {row["id"]: row for row in self._select("release_form")}
        for row in forms.values():
            yield self._record("release_form", row, _plain(row))
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for row in self._select("form_equivalence"):
            groups[row["group_id"]].append(forms[row["form_id"]]["slug"])
        for group, slugs in groups.items():
            yield self._record("form_group", {"id": group}, {"forms": sorted(slugs)})
        for row in self._select("vocabulary_term"):
            owner = row["organization_id"]
            document = _filled({**_plain(row), "organization": self._slugs.get(owner or "")})
            slug = row["code"] or f"{document['organization']}:{' '.join(row['term'].casefold().split())}"
            slug = slug if len(slug) <= 200 else slug[:164] + row["id"]  # as the rows of bundles are named
            yield self._record("vocabulary_term", row, document, owner_id=owner, slug=slug)
        for table in ("taxonomy", "taxonomy_term"):
            for row in self._select(table):
                yield self._record(table, row, row["told"])

    def _owned(self, ids: list[str]) -> Iterator[Values]:
        """Yield the records of some organizations."""
        organizations = self._select("organization", "id", ids)
        imported = {row["id"] for row in organizations if row["source"] is not None}
        parts = self._parts(ids, imported)
        owned = {}
        for row in organizations:
            document = _document(row, parts["organization", row["id"]], imported=row["id"] in imported)
            document["parent"] = self._slugs.get(row["parent_id"] or "")
            if row["declared"]:
                declared = {"on": row["declared_on"], "by": row["declared_by"], "review_by": row["review_by"]}
                document["coalition"] = _filled(
                    {**{name: row[name] for name in PROFILE}, "declared": _filled(declared)}
                )
            owned[row["id"]] = {"listed": row["listed"] == "public", "private": row["address_private"]}
            curated = _curated(
                row["curated"], lambda own: {"coalition": _filled({**own, "declared": None, "address_private": False})}
            )
            yield self._record("organization", row, document, owner_id=row["id"], curated=curated, **owned[row["id"]])
        sealed = {row["id"]: row["sealed"] for row in self._select("private_address", "owner_id", ids)}
        for row in self._select("location", "organization_id", ids):
            owner = row["organization_id"]
            document = _document(row, parts["location", row["id"]], imported=owner in imported)
            columns = {"owner_id": owner, "position": row["position"], **owned[owner]}
            yield self._record("location", row, document, **columns, sealed=sealed.get(row["id"]))
        for row in self._select("service", "organization_id", ids):
            owner = row["organization_id"]
            document = _document(row, parts["service", row["id"]], imported=owner in imported)
            document["referral"] = _filled({field: _referral(row, column) for column, field in REFERRAL.items()})
            dated = {"last_modified": _aware(row["last_modified"]), "curated": _curated(row["curated"], _types)}
            columns = {"owner_id": owner, "position": row["position"], **owned[owner], **dated}
            yield self._record("service", row, document, **columns)
        for row in self._select("service_at_location", "owner_id", ids):
            owner = row["owner_id"]
            document = _document(row, parts["service_at_location", row["id"]], imported=owner in imported)
            document |= {name: row[name] for name in ("service_id", "location_id")}
            yield self._record(
                "service_at_location", row, document, owner_id=owner, position=row["position"], **owned[owner]
            )

    def _parts(self, ids: list[str], imported: set[str]) -> Mapping[tuple[str, str], dict[str, list[Values]]]:
        """Return the lists of parts of each row of the organizations, by table and id."""
        found: defaultdict[tuple[str, str], dict[str, list[Values]]] = defaultdict(dict)
        for table, (name, wholes) in PARTS.items():
            for row in sorted(self._select(table, "owner_id", ids), key=lambda row: (row["position"], row["id"])):
                part = _document(row, found[table, row["id"]], imported=row["owner_id"] in imported)
                given = (row["extra"] or {}).get("id")
                part["id"] = given if row["owner_id"] in imported and _is_uuid(given) else row["id"]
                whole = next(whole for whole in wholes if row.get(f"{whole}_id") is not None)
                found[whole, row[f"{whole}_id"]].setdefault(name, []).append(_filled(part))
        return found


def _document(row: Row, parts: Row, *, imported: bool) -> Values:
    """Return a row with its parts; what an import brought beside stays beside."""
    extra = dict(row["extra"] or {})
    document = {**_plain(row), **parts}
    if isinstance(extra.get("unit"), dict):  # of a capacity: all of it
        document["unit"] = extra.pop("unit")
    return {**document, "extra": extra} if imported else {**document, **extra}


def _plain(row: Row) -> Values:
    """Return the columns that are fields of the same name."""
    elsewhere = STRUCTURE | ({*PROFILE} if "address_private" in row else {*REFERRAL} if "accepts" in row else set())
    return {name: _text(value) for name, value in row.items() if name not in elsewhere and not name.endswith("_id")}


def _referral(row: Row, column: str) -> Any:
    value = row[column]
    if column.endswith("_s") and value is not None:
        return _DURATION.dump_python(timedelta(seconds=value), mode="json")
    return value


def _curated(stored: Row | None, own: Any) -> Values | None:
    """Return settled values with those of our own in the document's form."""
    if stored is None:
        return None
    columns = stored.get("columns") or {}
    return {"fields": stored.get("fields") or {}, "own": own(columns) if columns else {}}


def _types(columns: Row) -> Values:
    return {"referral": {"types": columns["types"]}}


def _filled(document: Row) -> Values:
    return {name: _text(value) for name, value in document.items() if value not in (None, [], {})}


def _text(value: Any) -> Any:
    match value:
        case datetime():
            moment = _aware(value)
            return None if moment is None else moment.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case _:
            return value


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _some(rows: Iterator[Values]) -> Iterator[list[Values]]:
    while chunk := list(islice(rows, 5_000)):
        yield chunk


def _create() -> tuple[sa.Table, sa.Table, sa.Table]:
    """Create the tables; return those of records, of keys and of terms in use."""

    def text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[Any]:
        return sa.Column(name, sa.String(length), nullable=nullable)

    def json(name: str, *, nullable: bool = True) -> sa.Column[Any]:
        return sa.Column(name, JSON, nullable=nullable)

    moment = sa.DateTime(timezone=True)
    record = op.create_table(
        "record",
        text("type"),
        text("id", 36),
        text("slug"),
        text("owner_id", 36, nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("listed", "private")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("position", "version")),
        text("source", nullable=True),
        sa.Column("last_modified", moment, nullable=True),
        *(text(name, nullable=True) for name in ("sealed", "withheld")),
        *(json(name) for name in ("inferred", "curated")),
        json("document", nullable=False),
        sa.PrimaryKeyConstraint("type", "id", name="pk_record"),
    )
    op.create_table(
        "gone_record",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        text("type"),
        text("id", 36),
        sa.PrimaryKeyConstraint("version", "type", "id", name="pk_gone_record"),
    )
    record_key = op.create_table(
        "record_key",
        text("record_id", 36),
        *(text(name) for name in ("name", "value")),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("record_id", "name", "value", name="pk_record_key"),
    )
    term_use = op.create_table(
        "term_use",
        text("record_type"),
        *(text(name, 36) for name in ("record_id", "term_id")),
        *(text(name, 36, nullable=True) for name in ("taxonomy_id", "parent_id")),
        *(text(name) for name in ("words", "taxonomy_words")),
        json("told"),
        sa.PrimaryKeyConstraint("record_type", "record_id", "term_id", name="pk_term_use"),
    )
    op.create_index("uq_record_type_slug", "record", ["type", "slug"], unique=True)
    op.create_index("ix_record_type_listed_slug", "record", ["type", "listed", "slug"])
    op.create_index("ix_record_type_last_modified", "record", ["type", "last_modified"])
    for name in ("owner_id", "version"):
        op.create_index(f"ix_record_{name}", "record", [name])
    op.create_index("ix_record_key_name_value", "record_key", ["name", "value"])
    for name in ("term_id", "taxonomy_id"):
        op.create_index(f"ix_term_use_{name}", "term_use", [name])
    return record, record_key, term_use
