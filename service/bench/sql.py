"""The usual first program: an SQL query for each need, which lists the services that take the client.

The query lists candidates, without their order, the way to them, or the facts that may be told; it also leaves out
hours, room and conditions to confirm, such as languages. So the query has much less to do, and its lists must equal
the engine's candidates before hours; a report goes to all who take reports there, whatever clients they take.
"""

from __future__ import annotations

import sqlite3
from functools import partial

import numpy as np

import routing
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES
from routing.directory.encode_records import NO_LIMIT
from service.bench.measure import Bench, cpu_ms_of_one, percentiles

_TABLES = """
create table service (
  row integer primary key, organization, active, everywhere, low, high, ages_known, genders, only_for, excludes,
  discoverable);
create table type (type integer, row integer);
create table area (row integer, area integer);
"""
"""Without the column types, SQLite would use no index on the columns beside a key, and scan the whole table a row."""

_INDEXES = """
create index type_of on type (type, row);
create index area_of on area (row, area);
"""
_QUERY = """
select s.row from type t join service s on s.row = t.row
where t.type = :type and s.active
  and (s.everywhere or exists (select 1 from area a where a.row = s.row and a.area in ({areas})))
  and (:by_report and s.organization <> :origin
    or s.ages_known and s.low <= :youngest and :oldest <= s.high
    and (s.genders = 0 or s.genders & :gender or s.genders = 31)
    and s.only_for & ~:true = 0 and s.excludes & case when s.discoverable then :shut_to_courts else :shut end = 0)
order by s.row
"""


class TwoLists(Exception):
    """SQL and the engine list different services for a client, so no figure can be trusted."""


def compare_with_sql(bench: Bench, questions: int = 25) -> dict[str, float]:
    """Return the median CPU time for the queries of a question, in milliseconds.

    Raises:
        TwoLists: a query lists other services than the engine's candidates.
    """
    database = build_database(bench.served.snapshot)
    spent = []
    for question in bench.asked[:questions]:
        profile = question.profile
        found, one = cpu_ms_of_one(partial(_ask, database, bench.served.snapshot, profile))
        scenario = Scenario(bench.served.snapshot, profile)
        for need, rows in zip(profile.needs, found, strict=True):
            ours = scenario.takers_of(need.type)
            listed = np.array(rows, dtype=np.int32)
            if listed[~scenario.refused(scenario.snapshot.columns.organization[listed])].tolist() != ours.tolist():
                raise TwoLists
        spent.append(one)
    return {"p50_ms": percentiles(spent)["p50_ms"]}


def build_database(snapshot: routing.Snapshot) -> sqlite3.Connection:
    """Return an SQLite database in memory with the columns that the queries read."""
    c = snapshot.columns
    database = sqlite3.connect(":memory:")
    database.executescript(_TABLES)
    known = c.minimum_known & c.maximum_known
    numbers = np.arange(len(c.active))
    columns = (numbers, c.organization, c.active, c.everywhere, c.minimum_age, c.maximum_age, known)
    discoverable = snapshot.organization_columns.exposure[c.organization] == EXPOSURES.index("discoverable")
    more = (c.genders, c.only, c.excludes, discoverable)
    database.executemany(
        "insert into service values (?,?,?,?,?,?,?,?,?,?,?)",
        zip(*(column.astype(int).tolist() for column in (*columns, *more)), strict=True),
    )
    items, of = c.areas.at(numbers)
    database.executemany("insert into area values (?,?)", zip(of.tolist(), items.tolist(), strict=True))
    items, of = c.types.at(numbers)
    database.executemany("insert into type values (?,?)", zip(items.tolist(), of.tolist(), strict=True))
    database.executescript(_INDEXES)
    return database


def _ask(database: sqlite3.Connection, snapshot: routing.Snapshot, profile: routing.Profile) -> list[list[int]]:
    """Return, for each need, the services (row numbers) that take the client, conditions to confirm aside."""
    client, tree = profile.client, snapshot.area_tree
    areas = [] if client.area is None else sorted(tree.upwards(client.area))
    gender = snapshot.genders.index(client.gender) if client.gender in snapshot.genders else None
    values = {
        "origin": snapshot.organization_index[profile.origin],
        "youngest": 0 if client.age_min is None else client.age_min,
        "oldest": NO_LIMIT if client.age_max is None else client.age_max,
        "gender": 0 if gender is None else 1 << gender,
        "true": (true := _mask(snapshot, client, value=True)),
    }
    query = _QUERY.format(areas=",".join(map(str, areas)))
    unknown = ~(true | _mask(snapshot, client, value=False))
    hidden = unknown & int(snapshot.protected_topics)

    def ask(service_type: str) -> list[int]:
        shut = true | unknown if service_type in snapshot.service_types.never_asked_first else true
        of_type = {
            "type": snapshot.type_number[service_type],
            "by_report": service_type in snapshot.law.by_report,
            "shut": shut,
            "shut_to_courts": shut | hidden,
        }
        return [row for (row,) in database.execute(query, {**values, **of_type})]

    return [ask(need.type) for need in profile.needs]


def _mask(snapshot: routing.Snapshot, client: routing.Client, *, value: bool) -> int:
    return sum(1 << place for place, trait in enumerate(snapshot.traits) if client.traits.get(trait) is value)
