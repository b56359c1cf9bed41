"""The records of an import on disk, during the import: put in as a stream, taken out organization by organization.

An import may be larger than memory, and a service's phones may stand in another file than the service. The spool is a
database in a temporary file, deleted at the spool's close or the program's end.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from service.hsds.findings import Findings, Place
from service.standard.record_kinds import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.wording import imports

from .record_graph import Entity, Placed, RecordGraph

SERVICES_AT_ONCE = 1_000
_BUFFER = 2_000
_UNSTORABLE = re.compile(r"\\u0000|\\ud[89a-f]", re.ASCII)  # NUL, and halves of surrogate pairs, in JSON's ASCII
_encode = json.JSONEncoder(allow_nan=False, check_circular=False).encode
_HALVES = re.compile("[\ud800-\udfff]")

_TABLES = """
CREATE TABLE entity (seq INTEGER PRIMARY KEY, kind TEXT, id TEXT, original TEXT, file TEXT, path TEXT, fields TEXT,
                     lists TEXT, origin TEXT, mended INTEGER);
CREATE TABLE part (seq INTEGER PRIMARY KEY, kind TEXT, id TEXT, key TEXT, parent_kind TEXT, parent TEXT, file TEXT,
                   path TEXT, fields TEXT, mended INTEGER);
CREATE TABLE link (seq INTEGER PRIMARY KEY, kind TEXT, id TEXT, target_kind TEXT, target TEXT,
                   UNIQUE (kind, id, target_kind, target) ON CONFLICT IGNORE);
CREATE TABLE wanted (kind TEXT, id TEXT, PRIMARY KEY (kind, id) ON CONFLICT IGNORE) WITHOUT ROWID;
CREATE TABLE taken (kind TEXT, id TEXT, PRIMARY KEY (kind, id) ON CONFLICT IGNORE) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX entity_id ON entity (kind, id);
CREATE INDEX part_parent ON part (parent_kind, parent);
CREATE INDEX part_id ON part (kind, id);
CREATE INDEX link_target ON link (target_kind, target, kind);
"""
# Whose a service is: the first organization that it names, else the one that has the location that it is given at.
_HOMES = """
CREATE TABLE home (id TEXT PRIMARY KEY, organization TEXT);
INSERT INTO home SELECT id, target FROM (SELECT id, target, min(seq) FROM link
  WHERE kind = 'service' AND target_kind = 'organization' GROUP BY id);
INSERT OR IGNORE INTO home SELECT id, target FROM (SELECT at.id, owner.target, min(owner.seq) FROM link at
  JOIN link owner ON owner.kind = 'location' AND owner.id = at.target AND owner.target_kind = 'organization'
  WHERE at.kind = 'service' AND at.target_kind = 'location' GROUP BY at.id);
CREATE INDEX home_organization ON home (organization);
CREATE TABLE owner AS SELECT id, min(seq) AS seq, (SELECT count(*) FROM home WHERE organization = known.id) AS services
  FROM (SELECT id, seq FROM entity WHERE kind = 'organization' UNION ALL
        SELECT target, seq FROM link WHERE target_kind = 'organization') known GROUP BY id ORDER BY 2;
"""
_WITH_WHAT_IS_THEIRS = """
INSERT INTO wanted SELECT 'service', home.id FROM wanted CROSS JOIN home ON organization = wanted.id;
INSERT INTO wanted SELECT 'location', link.id FROM wanted CROSS JOIN link INDEXED BY link_target ON target = wanted.id
  WHERE link.kind = 'location' AND link.target_kind = 'organization';
"""
_WITH_THEIR_PLACES = """
INSERT INTO wanted SELECT 'service_at_location', link.id FROM wanted
  CROSS JOIN link INDEXED BY link_target ON target = wanted.id
  WHERE wanted.kind = 'service' AND link.target_kind = 'service' AND link.kind = 'service_at_location';
INSERT INTO wanted SELECT 'location', link.target FROM wanted CROSS JOIN link USING (kind, id)
  WHERE kind = 'service_at_location' AND target_kind = 'location';
INSERT INTO taken SELECT kind, id FROM wanted;
"""


class Spool:
    """Holds an import. Not safe to share between threads; leave its `with` block to give the disk back."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # no name: a file of its own that nobody else sees
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._script(_TABLES)
        self._rows: dict[str, list[tuple[Any, ...]]] = {"entity": [], "part": [], "link": []}
        self._seq = 0
        self._nesting: set[str] = set()  # kinds of parts that other parts hang on
        self._listed: set[tuple[str, str]] = set()  # (kind, list) that tables speak for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    # In.

    def put(
        self,
        kind: str,
        entity_id: str,
        fields: Mapping[str, Any],
        place: Place,
        *,
        original: str | None,
        lists: Sequence[str],
        table: str = "",
    ) -> bool:
        """Add a record's own fields; False for too deep a nesting. `table`: the file, for a row of a table."""
        said = _packed(fields)
        if said is None:
            return False
        text, mended = said
        row = (kind, entity_id, original, place.file, place.path, text, json.dumps(list(lists)), table, mended)
        self._insert("entity", row)
        return True

    def speak_for(self, lists: frozenset[tuple[str, str]]) -> None:
        """Note a (kind, list) filled by a table: a record of the kind without a row there has an empty list."""
        self._listed |= lists

    def put_part(
        self, part: tuple[str, str], fields: Mapping[str, Any], place: Place, *, parent: tuple[str, str], key: str
    ) -> None:
        """Add a row of a table, `part` its kind and id, as a part of another record: under the list `key` there."""
        text, mended = _packed(fields) or ("{}", True)
        self._insert("part", (*part, key, *parent, place.file, place.path, text, mended))

    def link(self, kind: str, entity_id: str, target_kind: str, target: str) -> None:
        """Note that a record names a second record. A repetition changes no row."""
        self._insert("link", (kind, entity_id, target_kind, target))

    def _insert(self, table: str, row: tuple[Any, ...]) -> None:
        self._seq += 1
        rows = self._rows[table]
        rows.append((self._seq, *row))
        if len(rows) >= _BUFFER:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._rows[table]
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  our own names
            rows.clear()

    # Out.

    def close_intake(self, findings: Findings) -> None:
        """End the putting in: settle the owner of each record, and leave out repeated and ownerless rows."""
        for table in self._rows:
            self._flush(table)
        self._script(_INDEXES)
        self._settle_unnamed()
        self._leave_out_doubles("entity", "AND origin <> ''", "kind, id, origin", findings)
        self._leave_out_doubles("part", "", "kind, id, parent_kind, parent, key", findings)
        self._leave_out_dangling(findings)
        self._note_mended(findings)
        self._script(_HOMES)
        self._nesting = {kind for (kind,) in self._database.execute("SELECT DISTINCT parent_kind FROM part")}

    def graphs(self) -> Iterator[RecordGraph]:
        """Yield every record, some organizations at a time, each whole; last, records without an organization."""
        for batch in self._owners():
            self._want(ORGANIZATION, batch)
            self._run(_WITH_WHAT_IS_THEIRS)
            yield self._graph()
        for kind in (SERVICE, SERVICE_AT_LOCATION, LOCATION):
            while batch := self._left(kind):
                self._want(kind, batch)
                yield self._graph()

    def terms(self, kind: str) -> Iterator[dict[str, dict[str, Any]]]:
        """Yield the taxonomies, or the terms, told by themselves, by id, some at a time."""
        batch: dict[str, dict[str, Any]] = {}
        rows = self._database.execute("SELECT id, fields FROM entity WHERE kind = ? ORDER BY id, seq", (kind,))
        for term_id, fields in rows:
            if len(batch) >= SERVICES_AT_ONCE and term_id not in batch:
                yield batch
                batch = {}
            told = batch.setdefault(term_id, {})
            told.update(json.loads(fields))
            if kind in self._nesting:
                told.update(self._placed(kind, term_id, "{}", Place("")))
        if batch:
            yield batch

    def owners(self) -> Iterator[str]:
        """Yield the ids of every organization described or named by records."""
        for (found,) in self._database.execute("SELECT id FROM owner"):
            yield found

    def count(self, kind: str) -> int:
        """Return the number of records of a kind."""
        return int(
            self._database.execute("SELECT count(DISTINCT id) FROM entity WHERE kind = ?", (kind,)).fetchone()[0]
        )

    def _script(self, statements: str) -> None:
        """Run statements that make tables; the statements end the present transaction, and a new one begins."""
        self._database.executescript(statements)
        self._database.execute("BEGIN")

    def _run(self, statements: str) -> None:
        for statement in filter(None, map(str.strip, statements.split(";"))):
            self._database.execute(statement)

    def _want(self, kind: str, ids: Sequence[str]) -> None:
        self._database.execute("DELETE FROM wanted")
        self._database.executemany("INSERT INTO wanted VALUES (?, ?)", ((kind, found) for found in ids))

    def _owners(self) -> Iterator[list[str]]:
        batch: list[str] = []
        size = 0
        for owner, services in self._database.execute("SELECT id, services FROM owner ORDER BY seq").fetchall():
            batch.append(owner)
            size += 1 + services
            if size >= SERVICES_AT_ONCE:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _left(self, kind: str) -> list[str]:
        rows = self._database.execute(
            "SELECT DISTINCT id FROM entity WHERE kind = ? AND NOT EXISTS "
            "(SELECT 1 FROM taken WHERE taken.kind = entity.kind AND taken.id = entity.id) LIMIT ?",
            (kind, SERVICES_AT_ONCE),
        )
        return [found for (found,) in rows]

    def _graph(self) -> RecordGraph:
        """Return the wanted records, with the places of their services, as a graph."""
        self._run(_WITH_THEIR_PLACES)
        graph = RecordGraph()
        origins: dict[tuple[str, str], set[str]] = {}
        statement = (
            "SELECT kind, id, original, file, path, fields, lists, origin FROM wanted "
            "CROSS JOIN entity USING (kind, id) ORDER BY seq"
        )
        for kind, entity_id, original, file, path, fields, lists, origin in self._database.execute(statement):
            place = Place(file, path)
            entity = graph.of(kind).setdefault(entity_id, Entity(kind, entity_id, original, place))
            found = json.loads(fields)
            entity.fields |= found
            entity.places |= dict.fromkeys(found, place)
            entity.lists.update(json.loads(lists))
            if origin:
                origins.setdefault((kind, entity_id), set()).add(origin)
        self._hang_parts(graph, origins)
        for kind, entity_id, target_kind, target in self._database.execute(
            "SELECT kind, id, target_kind, target FROM wanted CROSS JOIN link USING (kind, id) ORDER BY seq"
        ):
            if kind == LOCATION:
                graph.claim(entity_id, target)
            elif target_kind != LOCATION or kind == SERVICE_AT_LOCATION:
                found_entity = graph.of(kind).get(entity_id)
                if found_entity is not None:
                    found_entity.links.setdefault(target_kind, target)
        for service, home in self._database.execute(
            "SELECT id, organization FROM wanted CROSS JOIN home USING (id) WHERE kind = ?", (SERVICE,)
        ):
            if service in graph.services:
                graph.services[service].links.setdefault(ORGANIZATION, home)
        return graph

    def _hang_parts(self, graph: RecordGraph, origins: Mapping[tuple[str, str], set[str]]) -> None:
        """Put rows of tables of parts into their records. A table speaks for every record: no row is an empty list."""
        for kind, entity_id in origins:
            entity = graph.of(kind)[entity_id]
            for parent_kind, key in self._listed:
                if parent_kind == kind and key == "service_at_locations":
                    entity.lists.add(key)
                elif parent_kind == kind and key not in entity.fields:
                    entity.fields[key], entity.places[key] = [], entity.place
        statement = (
            "SELECT part.kind, part.id, part.key, parent_kind, parent, file, path, fields FROM wanted "
            "CROSS JOIN part ON parent_kind = wanted.kind AND parent = wanted.id ORDER BY part.seq"
        )
        for kind, own, key, parent_kind, parent, file, path, fields in self._database.execute(statement).fetchall():
            entity_or_none = graph.of(parent_kind).get(parent)
            if entity_or_none is None:
                continue
            part = self._placed(kind, own, fields, Place(file, path))
            there = entity_or_none.fields.get(key)
            if not isinstance(there, list):
                entity_or_none.fields[key] = [part]
            elif not any(isinstance(item, dict) and item.get("id") == own for item in there):
                there.append(part)
            entity_or_none.places.setdefault(key, part.place)

    def _placed(self, kind: str, own: str, fields: str, place: Place) -> Placed:
        """Return a part with its own parts: a contact with its phones, a phone with its languages."""
        part = Placed(json.loads(fields))
        part.place = place
        if kind not in self._nesting:
            return part
        below = self._database.execute(
            "SELECT kind, id, key, file, path, fields FROM part WHERE parent_kind = ? AND parent = ? ORDER BY seq",
            (kind, own),
        ).fetchall()
        for child_kind, child, key, file, path, text in below:
            if (child_kind, child) != (kind, own):
                part.setdefault(key, []).append(self._placed(child_kind, child, text, Place(file, path)))
        return part

    # What repeats, and what belongs to nothing.

    def _settle_unnamed(self) -> None:
        """Find the kind of a part's record for a row with an id only: the kind of the single record with the id."""
        self._database.execute(
            "UPDATE part SET parent_kind = "
            "coalesce((SELECT kind FROM entity WHERE entity.id = part.parent LIMIT 1), '') WHERE parent_kind = ''"
        )

    def _leave_out_doubles(self, table: str, condition: str, key: str, findings: Findings) -> None:
        own = "fields || lists" if table == "entity" else "fields"
        several = f"SELECT kind, id FROM {table} GROUP BY kind, id HAVING count(*) > 1"  # noqa: S608  our own names
        doubles = self._database.execute(
            f"SELECT seq, file, path, said, first, home FROM (SELECT seq, file, path, {own} AS said, "  # noqa: S608
            f"first_value({own}) OVER same AS first, first_value(file) OVER same AS home, "
            f"row_number() OVER same AS number FROM {table} WHERE (kind, id) IN ({several}) {condition} "
            f"WINDOW same AS (PARTITION BY {key} ORDER BY seq)) WHERE number > 1"
        ).fetchall()
        for _, file, path, said, first, home in doubles:
            if said == first:
                findings.mend(Place(file, path), imports.REPEATS)
            elif file == home:
                findings.leave_out(Place(file, path), imports.SAYS_SOMETHING_ELSE, "id")
            else:
                findings.put_aside(Place(file, path), imports.TOLD_ELSEWHERE)
        self._delete(table, (seq for seq, *_ in doubles))

    def _leave_out_dangling(self, findings: Findings) -> None:
        """Leave out rows that refer to absent records; of a row with a present reference, only the absent one."""
        dangling = self._database.execute(
            "SELECT seq, file, path, parent_kind, EXISTS (SELECT 1 FROM part other WHERE other.kind = part.kind AND "
            "other.id = part.id AND other.file = part.file AND other.parent <> part.parent) FROM part WHERE NOT EXISTS "
            "(SELECT 1 FROM entity WHERE entity.kind = parent_kind AND entity.id = parent) AND NOT EXISTS "
            "(SELECT 1 FROM part whole WHERE whole.kind = part.parent_kind AND whole.id = part.parent)"
        ).fetchall()
        for _, file, path, kind, elsewhere in dangling:
            reference = f"{kind}_id" if kind else "id"
            if elsewhere:
                findings.mend(Place(file, path), imports.REFERENCE_DROPPED, reference)
            else:
                findings.leave_out(Place(file, path), imports.LEADS_NOWHERE, reference)
        self._delete("part", (seq for seq, *_ in dangling))

    def _delete(self, table: str, rows: Iterator[int]) -> None:
        statement = f"DELETE FROM {table} WHERE seq = ?"  # noqa: S608  our own names
        self._database.executemany(statement, ((seq,) for seq in rows))

    def _note_mended(self, findings: Findings) -> None:
        mended = self._database.execute(
            "SELECT file, path FROM entity WHERE mended UNION ALL SELECT file, path FROM part WHERE mended"
        )
        for file, path in mended:
            findings.mend(Place(file, path), imports.CHARACTERS_TAKEN_OUT)


def _packed(fields: Mapping[str, Any]) -> tuple[str, bool] | None:
    """Return fields as JSON, and whether any value had to be taken out; None for too deep a nesting."""
    try:
        text = _encode(fields)
        if not _UNSTORABLE.search(text):
            return text, False
    except RecursionError:
        return None
    except ValueError:  # a number that is none, or has no end
        pass
    clean = _clean(fields)
    return _encode(clean), clean != fields


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _HALVES.sub("", value.replace("\0", ""))
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list():
            return [_clean(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
