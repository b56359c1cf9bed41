"""The tables of a tabular directory: HSDS 3.x, the older 1.1 and 2.0, and Ohana, brought to HSDS 3 names. Pure.

A layout's own form becomes HSDS 3's: a weekday becomes a weekly schedule, a cell of languages becomes languages. An
unknown column keeps its name and its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION, TAXONOMY, TERM
from service.i18n import imports
from service.i18n.languages import language_tag
from service.vocabulary import WEEKDAYS

from .decoding import MOST_IN_CELL, TooLarge

Row = dict[str, Any]

PROGRAM, UNIT = "program", "unit"
OPEN_ELIGIBILITY = "Open Eligibility"  # what Ohana's codes are codes of
_SEPARATORS = re.compile(r"[,;|\n]")
_WHOLE_NUMBER = re.compile(r"-?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,20})?(e-\d{2,3})?", re.ASCII)
_NUMBERS = frozenset(("amount", "year_incorporated", "timezone"))  # of what no column of the store reads
_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A layout of a table. `key`: the list of its rows in HSDS JSON, empty for records by themselves.

    `parents`: the columns that name a row's record. `names`: columns of older layouts, and their HSDS 3 names.
    `filled`: values of a row without the column.
    """

    record_type: str
    key: str = ""
    parents: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    filled: Mapping[str, str] = field(default_factory=dict)
    adjust: Callable[[Row], None] | None = None


def _adjust_weekday(row: Row) -> None:
    """Turn a weekday, by number from Monday or by name, into a weekly schedule; another value stays as found."""
    weekday = str(row.get("weekday") or "").strip().lower()
    day = next((day for day, name in enumerate(_WEEKDAY_NAMES) if weekday and name.startswith(weekday[:3])), None)
    if weekday.isdecimal() and weekday.isascii():
        day = int(weekday) - 1 if 1 <= int(weekday) <= len(WEEKDAYS) else None
    if day is not None and (weekday.isdecimal() or len(weekday) > 1):
        row.pop("weekday")
        row["freq"], row["byday"] = "WEEKLY", WEEKDAYS[day]


def _adjust_language(row: Row) -> None:
    """Tell a code from a name in a layout with a single column for both."""
    language = row.pop("language", None)
    if language is not None:
        row["code" if len(str(language)) <= 3 and language_tag(language) else "name"] = language


def _adjust_term(row: Row) -> None:
    """Give a term of the older layouts its code and the name of its taxonomy."""
    vocabulary = row.pop("vocabulary", None)
    if "id" not in row and "taxonomy_id" in row:
        row["id"] = row["code"] = row.pop("taxonomy_id")
        vocabulary = vocabulary or OPEN_ELIGIBILITY
    if vocabulary is not None:
        row.setdefault("taxonomy", vocabulary)


def _adjust_location(row: Row) -> None:
    if str(row.get("virtual") or "").strip().lower() in ("true", "t", "yes", "1"):
        row["location_type"] = "virtual"


def _adjust_service_at_location(row: Row) -> None:
    """Give a row without an id the one that follows from its service and its location."""
    if not row.get("id") and row.get("service_id") and row.get("location_id"):
        row["id"] = at_location_id(row["service_id"], row["location_id"])


def at_location_id(service: object, location: object) -> str:
    """Return an id for a service at a location whose file gives none."""
    return f"{service}@{location}"


_ANYWHERE = ("contact_id", "service_at_location_id", "service_id", "location_id", "organization_id")
_PLACES = ("service_at_location_id", "service_id", "location_id")
_OWNERS = ("service_id", "organization_id")
_ALTERNATE = {"alternative_name": "alternate_name"}  # as mappings write it
_PHYSICAL = TableLayout("address", "addresses", ("location_id",), filled={"address_type": "physical"})
_POSTAL = replace(_PHYSICAL, filled={"address_type": "postal"})
_ATTRIBUTE = TableLayout("attribute", "attributes", ("link_id",))
_TERM_OF_SERVICE = TableLayout(
    "attribute", "attributes", ("service_id",), {"taxonomy_id": "taxonomy_term_id", "taxonomy_detail": "value"}
)

_TABLES: Mapping[str, TableLayout] = {
    "organization": TableLayout(ORGANIZATION, names={"url": "website", **_ALTERNATE}),
    "service": TableLayout(SERVICE, names={"eligibility": "eligibility_description", "website": "url", **_ALTERNATE}),
    "location": TableLayout(
        LOCATION, names={"website": "url", **_ALTERNATE}, filled={"location_type": "physical"}, adjust=_adjust_location
    ),
    "service_at_location": TableLayout(SERVICE_AT_LOCATION, adjust=_adjust_service_at_location),
    "phone": TableLayout("phone", "phones", _ANYWHERE, {"number_type": "type"}),
    "contact": TableLayout("contact", "contacts", _ANYWHERE[1:]),
    **dict.fromkeys(("address", "physical_address"), _PHYSICAL),
    **dict.fromkeys(("postal_address", "mail_address"), _POSTAL),
    "schedule": TableLayout("schedule", "schedules", _PLACES),
    "regular_schedule": TableLayout(
        "schedule", "schedules", _PLACES, {"hours_of_operation": "description"}, adjust=_adjust_weekday
    ),
    "holiday_schedule": TableLayout("holiday_schedule", "holiday_schedules", _PLACES),
    "funding": TableLayout("funding", "funding", _OWNERS),
    "service_area": TableLayout(
        "service_area", "service_areas", ("service_at_location_id", "service_id"), {"service_area": "name"}
    ),
    "required_document": TableLayout("required_document", "required_documents", ("service_id",)),
    "payment_accepted": TableLayout("payment_accepted", "payments_accepted", ("service_id",)),
    "eligibility": TableLayout("eligibility", "eligibility", ("service_id",)),
    "language": TableLayout(
        "language", "languages", ("phone_id", "service_id", "location_id"), adjust=_adjust_language
    ),
    "accessibility": TableLayout("accessibility", "accessibility", ("location_id",)),
    "accessibility_for_disabilities": TableLayout(
        "accessibility", "accessibility", ("location_id",), {"accessibility": "description"}
    ),
    "cost_option": TableLayout("cost_option", "cost_options", ("service_id",)),
    "organization_identifier": TableLayout("organization_identifier", "organization_identifiers", ("organization_id",)),
    "service_capacity": TableLayout("service_capacity", "capacities", ("service_id",)),
    "program": TableLayout(PROGRAM, "programs", ("organization_id",)),
    "taxonomy_term": TableLayout(TERM, adjust=_adjust_term),
    "unit": TableLayout(UNIT),
    **dict.fromkeys(("attribute", "other_attribute", "link_taxonomy"), _ATTRIBUTE),
    "service_attribute": TableLayout("attribute", "attributes", ("service_id",)),
    **dict.fromkeys(("service_taxonomy", "services_taxonomy"), _TERM_OF_SERVICE),
    "metadata": TableLayout("metadata", "metadata", ("resource_id",)),
}
CELLS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    SERVICE: (
        ("taxonomy_ids", "service_taxonomy", "taxonomy_term_id"),
        ("funding_sources", "funding", "source"),
        ("required_documents", "required_document", "document"),
        ("service_areas", "service_area", "name"),
        ("languages", "language", "language"),
    ),
    ORGANIZATION: (("funding_sources", "funding", "source"),),
    LOCATION: (("accessibility", "accessibility", "description"), ("languages", "language", "language")),
    "phone": (("language", "language", "language"),),
}
"""Cells of the older layouts that hold lists, by their record: the cell, and the table and column of its entries."""
_TAXONOMY, _OLD_TAXONOMY = TableLayout(TAXONOMY), TableLayout(TERM, adjust=_adjust_term)
_URL_OF = {"organization_id": "additional_websites", "service_id": "additional_urls"}
_URLS = {column: TableLayout("url", key, (column,)) for column, key in _URL_OF.items()}
_PLURALS = {
    **{f"{stem}ies": f"{stem}y" for stem in ("taxonom", "accessibilit", "eligibilit", "service_taxonom")},
    **dict.fromkeys(("services_at_location", "services_at_locations"), "service_at_location"),
}
_ORDER = (TAXONOMY, TERM, UNIT, PROGRAM)  # what others speak of comes first
KNOWN_ASIDE = ("meta_table_description",)  # about a directory's files, not about its services
_LINKED = {"link_entity": "link_id", "link_type": "link_id", "resource_type": "resource_id"}


def table_name(name: str) -> str:
    """Return a table's name in its normal form, whatever the file's spelling: singular, small letters, no ending.

    >>> table_name("export/hsds_services.csv"), table_name("Taxonomies.CSV"), table_name("budget.csv")
    ('service', 'taxonomy', 'budget')
    """
    stem = re.sub(r"[^a-z]+", "_", name.rpartition("/")[2].partition(".")[0].lower()).strip("_")
    stem = stem.removeprefix("hsds_").removeprefix("hsda_")
    for candidate in (_PLURALS.get(stem, stem), stem.removesuffix("s"), stem.removesuffix("es")):
        if candidate in _TABLES or candidate in ("taxonomy", "url", *KNOWN_ASIDE):
            return candidate
    return stem


def find_table(name: str, columns: frozenset[str]) -> TableLayout | None:
    """Return the table of a `table_name` with the given columns, None for an unknown table."""
    if name == "taxonomy":  # of terms in the older layouts, of taxonomies in HSDS 3
        return _OLD_TAXONOMY if columns & {"parent_id", "parent_name", "vocabulary"} else _TAXONOMY
    if name == "url":
        return _URLS["organization_id"]
    return _TABLES.get(name)


def order_of(name: str) -> int:
    """Return when a table has to be read: tables named by others first."""
    table = find_table(name, frozenset())
    return _ORDER.index(table.record_type) if table is not None and table.record_type in _ORDER else len(_ORDER)


def settle(table: TableLayout, raw: Mapping[str, Any], columns: frozenset[str]) -> Row:
    """Return a row under HSDS 3 names. Empty cells are None; `columns` are the table's columns.

    >>> hours = find_table("regular_schedule", frozenset())
    >>> settle(hours, {"service_id": "7", "weekday": "2"}, frozenset({"service_id", "weekday"}))
    {'service_id': '7', 'freq': 'WEEKLY', 'byday': 'TU'}
    """
    row = {table.names.get(name, name) if table.names.get(name) not in columns else name: raw[name] for name in raw}
    for name, value in table.filled.items():
        if name not in columns:
            row[name] = value
    for name in _NUMBERS & row.keys():
        row[name] = _number(row[name])
    if table.adjust is not None:
        table.adjust(row)
    return row


def derived_rows(table: TableLayout, row: Row) -> Iterator[tuple[TableLayout, Row]]:
    """Yield the rows of other tables that cells of a row stand for; takes the cells out of `row`.

    Rows name their record by columns of their own, as rows of a file would.

    >>> row = {"id": "7", "name": "Detox", "funding_sources": "County; VOCA"}
    >>> [part for _, part in derived_rows(find_table("service", frozenset()), row)]  # doctest: +NORMALIZE_WHITESPACE
    [{'id': '7-funding_sources-0', 'service_id': '7', 'source': 'County'},
     {'id': '7-funding_sources-1', 'service_id': '7', 'source': 'VOCA'}]
    >>> row
    {'id': '7', 'name': 'Detox'}
    """
    for cell, name, column in CELLS.get(table.record_type, ()):
        yield from _entries_in(row, f"{table.record_type}_id", cell, name, column)
    if table.record_type == SERVICE and (location := row.pop("location_id", None)) is not None:
        place = {"id": at_location_id(row.get("id"), location), "service_id": row.get("id"), "location_id": location}
        row["at_location_id"] = location  # Ohana: a service is one at one location
        row["status"] = row.get("status") or "active"  # Ohana's own default
        yield _TABLES["service_at_location"], place


def parents_of(table: TableLayout, row: Row) -> Iterator[tuple[str, Any]]:
    """Yield (record type, id) of the records that a row belongs to, and take the columns that name them out of the row.

    >>> row = {"id": "1", "service_id": "7", "number": "555-0100"}
    >>> list(parents_of(find_table("phone", frozenset()), row)), row
    ([('service', '7')], {'id': '1', 'number': '555-0100'})
    """
    if table.parents[0] in _LINKED.values():
        parent_table = next((row[name] for name, of in _LINKED.items() if of in table.parents and row.get(name)), "")
        parent = find_table(table_name(str(parent_table)), frozenset())
        yield parent.record_type if parent is not None else "", row.get(table.parents[0])
        return
    for column in table.parents:
        if (value := row.pop(column, None)) is not None:
            yield column.removesuffix("_id"), value


def lists_of(table: TableLayout, columns: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Return (record type, list) for rows of a table with the given columns: possible records, and the list there."""
    if not table.parents:
        return frozenset({(SERVICE, "service_at_locations")} if table.record_type == SERVICE_AT_LOCATION else ())
    if table.parents[0] in _LINKED.values():
        return frozenset(
            (record_type, table.key) for record_type in (ORGANIZATION, SERVICE, LOCATION, SERVICE_AT_LOCATION)
        )
    return frozenset((column.removesuffix("_id"), table.key) for column in table.parents if column in columns)


def with_urls(table: TableLayout, row: Row) -> TableLayout:
    """Return the table of a row of `url`: a service's additional addresses, or an organization's."""
    return _URLS["service_id"] if table.record_type == "url" and row.get("service_id") is not None else table


def _entries_in(row: Row, parent: str, cell: str, name: str, column: str) -> Iterator[tuple[TableLayout, Row]]:
    text = row.get(cell)
    if not isinstance(text, str):
        return
    del row[cell]
    for number, word in enumerate(split_cell(text, _SEPARATORS)):
        part = {"id": f"{row.get('id')}-{cell}-{number}", parent: row.get("id"), column: word}
        yield _TABLES[name], settle(_TABLES[name], part, frozenset((parent, column)))


def split_cell(cell: str, separators: re.Pattern[str]) -> list[str]:
    """Return the entries of a list in a cell, without empty ones.

    Raises:
        TooLarge: there are more than in any table.
    """
    words = separators.split(cell, MOST_IN_CELL)
    if len(words) > MOST_IN_CELL:
        raise TooLarge(imports.LIST_TOO_LONG.format(most=MOST_IN_CELL))
    return [*filter(None, map(str.strip, words))]


def _number(value: Any) -> Any:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()) else value


def guess_table(columns: frozenset[str]) -> TableLayout | None:
    """Return the table told by columns alone: for standard input, or a file whose name is no table's."""
    record_types = {
        SERVICE_AT_LOCATION: {"service_id", "location_id", "id"} >= columns - {"description"},
        LOCATION: bool(columns & {"latitude", "longitude"}),
        SERVICE: {"name", "organization_id", "status"} <= columns,
        ORGANIZATION: {"name", "description"} <= columns and bool(columns & {"website", "legal_status", "tax_status"}),
    }
    return next((_TABLES[record_type] for record_type, holds in record_types.items() if holds), None)


def holds_tables(record: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object holds whole tables by name, for example `services.csv` or `services`.

    >>> holds_tables({"services": [], "organizations.csv": []}), holds_tables({"name": "Harbor House"})
    (True, False)
    """
    all_tables = all(key.endswith(".csv") or is_table(key) for key in record)
    return bool(record) and all_tables and all(isinstance(rows, list) for rows in record.values())


def is_table(name: str) -> bool:
    """Say whether a name, in any spelling, is that of a table."""
    return find_table(table_name(name), frozenset()) is not None
