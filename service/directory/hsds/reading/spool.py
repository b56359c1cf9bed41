"""The records of an import on disk, during the import: put in as a stream, taken out organization by organization.

An import may be larger than memory, and a service's phones may stand in another file than the service. The spool is a
database in a temporary file, deleted at the spool's close or the program's end.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Self

from service.directory.hsds.findings import Findings, Place
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.i18n import imports

from .expansion import Expansion
from .record_graph import Entity, PartRow, PartTree, RecordGraph

SERVICES_AT_ONCE = 1_000
_PART = "part.record_type, part.id, part.key, file, path, fields"  # a `PartRow`
_BUFFER = 2_000
_BUFFER_BYTES = 16 * 1024**2
_STEPS = 100_000  # of the database's own machine
_UNSTORABLE = re.compile(r"\\u0000|\\ud[89a-f]", re.ASCII)  # NUL, and halves of surrogate pairs, in JSON's ASCII
_encode = json.JSONEncoder(allow_nan=False, check_circular=False).encode
_HALVES = re.compile("[\ud800-\udfff]")

_TABLES = """
CREATE TABLE entity (seq INTEGER PRIMARY KEY, record_type TEXT, id TEXT, original TEXT, file TEXT, path TEXT,
                     fields TEXT, lists TEXT, origin TEXT, mended INTEGER, digest BLOB);
CREATE TABLE part (seq INTEGER PRIMARY KEY, record_type TEXT, id TEXT, key TEXT, parent_type TEXT, parent TEXT,
                   file TEXT, path TEXT, fields TEXT, mended INTEGER, digest BLOB);
CREATE TABLE link (seq INTEGER PRIMARY KEY, record_type TEXT, id TEXT, target_type TEXT, target TEXT,
                   UNIQUE (record_type, id, target_type, target) ON CONFLICT IGNORE);
CREATE TABLE wanted (record_type TEXT, id TEXT, PRIMARY KEY (record_type, id) ON CONFLICT IGNORE) WITHOUT ROWID;
CREATE TABLE taken (record_type TEXT, id TEXT, PRIMARY KEY (record_type, id) ON CONFLICT IGNORE) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX entity_id ON entity (record_type, id);
CREATE INDEX part_parent ON part (parent_type, parent);
CREATE INDEX part_id ON part (record_type, id);
CREATE INDEX link_target ON link (target_type, target, record_type);
"""
# Whose a service is: the first organization that it names, else the one that has the location that it is given at.
_HOMES = """
CREATE TABLE home (id TEXT PRIMARY KEY, organization TEXT);
INSERT INTO home SELECT id, target FROM (SELECT id, target, min(seq) FROM link
  WHERE record_type = 'service' AND target_type = 'organization' GROUP BY id);
INSERT OR IGNORE INTO home SELECT id, target FROM (SELECT at.id, owner.target, min(owner.seq) FROM link at
  JOIN (SELECT id, target, min(seq) AS seq FROM link
        WHERE record_type = 'location' AND target_type = 'organization' GROUP BY id) owner ON owner.id = at.target
  WHERE at.record_type = 'service' AND at.target_type = 'location' GROUP BY at.id);
CREATE INDEX home_organization ON home (organization);
CREATE TABLE owner AS SELECT id, min(seq) AS seq, (SELECT count(*) FROM home WHERE organization = known.id) AS services
  FROM (SELECT id, seq FROM entity WHERE record_type = 'organization' UNION ALL
        SELECT target, seq FROM link WHERE target_type = 'organization') known GROUP BY id ORDER BY 2;
"""
_WITH_WHAT_IS_THEIRS = """
INSERT INTO wanted SELECT 'service', home.id FROM wanted CROSS JOIN home ON organization = wanted.id;
INSERT INTO wanted SELECT 'location', link.id FROM wanted CROSS JOIN link INDEXED BY link_target ON target = wanted.id
  WHERE link.record_type = 'location' AND link.target_type = 'organization';
"""
_WITH_THEIR_PLACES = """
INSERT INTO wanted SELECT 'service_at_location', link.id FROM wanted
  CROSS JOIN link INDEXED BY link_target ON target = wanted.id
  WHERE wanted.record_type = 'service' AND link.target_type = 'service' AND link.record_type = 'service_at_location';
INSERT INTO wanted SELECT 'location', link.target FROM wanted CROSS JOIN link USING (record_type, id)
  WHERE record_type = 'service_at_location' AND target_type = 'location';
INSERT INTO taken SELECT record_type, id FROM wanted;
"""


class Spool:
    """Holds an import, and counts the bytes that it writes by `expansion`. Not safe to share between threads."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # no name: a file of its own that nobody else sees
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        # Our own code runs now and then within a long statement, and with it the handlers of signals.
        self._database.set_progress_handler(lambda: 0, _STEPS)
        self._script(_TABLES)
        self.expansion = Expansion()
        self._rows: dict[str, list[tuple[Any, ...]]] = {"entity": [], "part": [], "link": []}
        self._seq = 0
        self._waiting = 0  # bytes of the rows that are not written yet
        self._pages = 0
        self._nesting: set[str] = set()  # record types of parts that other parts hang on
        self._listed: set[tuple[str, str]] = set()  # (record_type, list) that tables speak for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    # In.

    def put(
        self,
        record_type: str,
        entity_id: str,
        fields: Mapping[str, Any],
        place: Place,
        *,
        original: str | None,
        lists: Sequence[str],
        table: str = "",
    ) -> bool:
        """Add a record's own fields; False for too deep a nesting. `table`: the file, for a row of a table."""
        packing = _pack(fields)
        if packing is None:
            return False
        text, mended = packing
        list_names = json.dumps(list(lists))
        row = (record_type, entity_id, original, place.file, place.path, text, list_names, table, mended)
        self._insert("entity", (*row, _digest(text, list_names)), len(text))
        return True

    def speak_for(self, lists: frozenset[tuple[str, str]]) -> None:
        """Note a (record_type, list) filled by a table: a record of the type without a row there has an empty list."""
        self._listed |= lists

    def put_part(
        self, part: tuple[str, str], fields: Mapping[str, Any], place: Place, *, parent: tuple[str, str], key: str
    ) -> None:
        """Add a row of a table, `part` its type and id, as a part of another record: under the list `key` there."""
        text, mended = _pack(fields) or ("{}", True)
        self._insert("part", (*part, key, *parent, place.file, place.path, text, mended, _digest(text)), len(text))

    def link(self, record_type: str, entity_id: str, target_type: str, target: str) -> None:
        """Note that a record names a second record. A repetition changes no row."""
        self._insert("link", (record_type, entity_id, target_type, target))

    def _insert(self, table: str, row: tuple[Any, ...], size: int = 0) -> None:
        self._seq += 1
        self._waiting += size
        rows = self._rows[table]
        rows.append((self._seq, *row))
        if len(rows) >= _BUFFER or self._waiting >= _BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                self._database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  our own names
                rows.clear()
        self._waiting = 0
        self._count_pages()

    def _count_pages(self) -> None:
        (pages,), (size,) = (self._database.execute(f"PRAGMA {of}").fetchone() for of in ("page_count", "page_size"))
        self.expansion.write(max(0, pages - self._pages) * size)
        self._pages = max(pages, self._pages)

    # Out.

    def close_intake(self, findings: Findings) -> None:
        """End the putting in: settle the owner of each record, and leave out repeated and ownerless rows."""
        self._flush()
        self._script(_INDEXES)
        self._count_pages()
        self._settle_unnamed()
        self._leave_out_doubles("entity", "AND origin <> ''", "record_type, id, origin", findings)
        self._leave_out_doubles("part", "", "record_type, id, parent_type, parent, key", findings)
        self._leave_out_dangling(findings)
        self._note_mended(findings)
        self._script(_HOMES)
        self._nesting = {parent for (parent,) in self._database.execute("SELECT DISTINCT parent_type FROM part")}

    def graphs(self) -> Iterator[RecordGraph]:
        """Yield every record, some organizations at a time, each whole; last, records without an organization."""
        for batch in self._owners():
            self._want(ORGANIZATION, batch)
            self._run(_WITH_WHAT_IS_THEIRS)
            yield self._graph()
        for record_type in (SERVICE, SERVICE_AT_LOCATION, LOCATION):
            while batch := self._next_ids(record_type):
                self._want(record_type, batch)
                yield self._graph()

    def terms(self, record_type: str) -> Iterator[dict[str, dict[str, Any]]]:
        """Yield the taxonomies, or the terms, told by themselves, by id, some at a time."""
        batch: dict[str, dict[str, Any]] = {}
        statement = "SELECT id, fields FROM entity WHERE record_type = ? ORDER BY id, seq"
        for term_id, fields in self._database.execute(statement, (record_type,)):
            if len(batch) >= SERVICES_AT_ONCE and term_id not in batch:
                yield batch
                batch = {}
            term = batch.setdefault(term_id, {})
            term.update(json.loads(fields))
            if record_type in self._nesting:
                term.update(PartTree(self._parts_below, self._nesting).below(record_type, term_id))
        if batch:
            yield batch

    def owners(self) -> Iterator[str]:
        """Yield the ids of every organization described or named by records."""
        yield from (owner for (owner,) in self._database.execute("SELECT id FROM owner"))

    def count(self, record_type: str) -> int:
        """Return the number of records of a type."""
        statement = "SELECT count(DISTINCT id) FROM entity WHERE record_type = ?"
        return int(self._database.execute(statement, (record_type,)).fetchone()[0])

    def _script(self, statements: str) -> None:
        """Run statements that make tables; the statements end the present transaction, and a new one begins."""
        self._database.executescript(statements)
        self._database.execute("BEGIN")

    def _run(self, statements: str) -> None:
        for statement in filter(None, map(str.strip, statements.split(";"))):
            self._database.execute(statement)

    def _want(self, record_type: str, ids: Sequence[str]) -> None:
        self._database.execute("DELETE FROM wanted")
        self._database.executemany("INSERT INTO wanted VALUES (?, ?)", ((record_type, record_id) for record_id in ids))

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

    def _next_ids(self, record_type: str) -> list[str]:
        rows = self._database.execute(
            "SELECT DISTINCT id FROM entity WHERE record_type = ? AND NOT EXISTS "
            "(SELECT 1 FROM taken WHERE taken.record_type = entity.record_type AND taken.id = entity.id) LIMIT ?",
            (record_type, SERVICES_AT_ONCE),
        )
        return [record_id for (record_id,) in rows]

    def _graph(self) -> RecordGraph:
        """Return the wanted records, with the places of their services, as a graph."""
        self._run(_WITH_THEIR_PLACES)
        graph = RecordGraph()
        origins: dict[tuple[str, str], set[str]] = {}
        statement = (
            "SELECT record_type, id, original, file, path, fields, lists, origin FROM wanted "
            "CROSS JOIN entity USING (record_type, id) ORDER BY seq"
        )
        for record_type, entity_id, original, file, path, fields, lists, origin in self._database.execute(statement):
            place = Place(file, path)
            entity = graph.of(record_type).setdefault(entity_id, Entity(record_type, entity_id, original, place))
            values = json.loads(fields)
            entity.fields |= values
            entity.places |= dict.fromkeys(values, place)
            entity.lists.update(json.loads(lists))
            if origin:
                origins.setdefault((record_type, entity_id), set()).add(origin)
        self._hang_parts(graph, origins)
        links = (
            "SELECT record_type, id, target_type, target FROM wanted "
            "CROSS JOIN link USING (record_type, id) ORDER BY seq"
        )
        for record_type, entity_id, target_type, target in self._database.execute(links):
            if record_type == LOCATION:
                graph.claim(entity_id, target)
            elif (target_type != LOCATION or record_type == SERVICE_AT_LOCATION) and (
                source := graph.of(record_type).get(entity_id)
            ):
                source.links.setdefault(target_type, target)
        homes = "SELECT id, organization FROM wanted CROSS JOIN home USING (id) WHERE record_type = ?"
        for service, home in self._database.execute(homes, (SERVICE,)):
            if service in graph.services:
                graph.services[service].links.setdefault(ORGANIZATION, home)
        return graph

    def _hang_parts(self, graph: RecordGraph, origins: Mapping[tuple[str, str], set[str]]) -> None:
        """Put rows of tables of parts into their records. A table speaks for every record: no row is an empty list."""
        for record_type, entity_id in origins:
            entity = graph.of(record_type)[entity_id]
            for parent_type, key in self._listed:
                if parent_type == record_type and key == "service_at_locations":
                    entity.lists.add(key)
                elif parent_type == record_type and key not in entity.fields:
                    entity.fields[key], entity.places[key] = [], entity.place
        trees: dict[tuple[str, str], PartTree] = {}
        rows = self._database.execute(
            f"SELECT parent_type, parent, {_PART} FROM wanted "  # noqa: S608  our own names
            "CROSS JOIN part ON parent_type = wanted.record_type AND parent = wanted.id ORDER BY part.seq"
        )
        for parent_type, parent, *row in rows.fetchall():
            if (whole := graph.of(parent_type).get(parent)) is not None:
                tree = trees.setdefault((parent_type, parent), PartTree(self._parts_below, self._nesting))
                tree.hang(whole, PartRow(*row))

    def _parts_below(self, record_type: str, own: str) -> list[PartRow]:
        statement = f"SELECT {_PART} FROM part WHERE parent_type = ? AND parent = ? ORDER BY seq"  # noqa: S608  our own
        return [PartRow(*row) for row in self._database.execute(statement, (record_type, own))]

    # What repeats, and what belongs to nothing.

    def _settle_unnamed(self) -> None:
        """Find the type of a part's record for a row with an id only: the type of the single record with the id."""
        self._database.execute(
            "UPDATE part SET parent_type = coalesce("
            "(SELECT record_type FROM entity WHERE entity.id = part.parent LIMIT 1), '') WHERE parent_type = ''"
        )

    def _leave_out_doubles(self, table: str, condition: str, key: str, findings: Findings) -> None:
        several = f"SELECT record_type, id FROM {table} GROUP BY 1, 2 HAVING count(*) > 1"  # noqa: S608  our own names
        doubles = self._database.execute(
            "SELECT seq, file, path, digest, first, home FROM (SELECT seq, file, path, digest, "  # noqa: S608
            "first_value(digest) OVER same AS first, first_value(file) OVER same AS home, "
            f"row_number() OVER same AS number FROM {table} WHERE (record_type, id) IN ({several}) {condition} "
            f"WINDOW same AS (PARTITION BY {key} ORDER BY seq)) WHERE number > 1"
        ).fetchall()
        for _, file, path, digest, first, home in doubles:
            if digest == first:
                findings.mend(Place(file, path), imports.REPEATS)
            elif file == home:
                findings.leave_out(Place(file, path), imports.SAYS_SOMETHING_ELSE, "id")
            else:
                findings.put_aside(Place(file, path), imports.TOLD_ELSEWHERE)
        self._delete(table, doubles)

    def _leave_out_dangling(self, findings: Findings) -> None:
        """Leave out rows that refer to absent records; of a row with a present reference, only the absent one."""
        dangling = self._database.execute(
            "SELECT seq, file, path, parent_type, EXISTS "
            "(SELECT 1 FROM part other WHERE other.record_type = part.record_type AND "
            "other.id = part.id AND other.file = part.file AND other.parent <> part.parent) FROM part WHERE NOT EXISTS "
            "(SELECT 1 FROM entity WHERE entity.record_type = parent_type AND entity.id = parent) AND NOT EXISTS "
            "(SELECT 1 FROM part whole WHERE whole.record_type = part.parent_type AND whole.id = part.parent)"
        ).fetchall()
        for _, file, path, record_type, elsewhere in dangling:
            reference = f"{record_type}_id" if record_type else "id"
            if elsewhere:
                findings.mend(Place(file, path), imports.REFERENCE_DROPPED, reference)
            else:
                findings.leave_out(Place(file, path), imports.LEADS_NOWHERE, reference)
        self._delete("part", dangling)

    def _delete(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._database.executemany(f"DELETE FROM {table} WHERE seq = ?", (row[:1] for row in rows))  # noqa: S608

    def _note_mended(self, findings: Findings) -> None:
        mended = self._database.execute(
            "SELECT file, path FROM entity WHERE mended UNION ALL SELECT file, path FROM part WHERE mended"
        )
        for file, path in mended:
            findings.mend(Place(file, path), imports.CHARACTERS_TAKEN_OUT)


def _digest(*texts: str) -> bytes:
    return blake2b("\n".join(texts).encode(), digest_size=16).digest()


def _pack(fields: Mapping[str, Any]) -> tuple[str, bool] | None:
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
