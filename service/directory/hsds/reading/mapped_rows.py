"""Rows of a spreadsheet as rows of tables of HSDS, by a mapping: linked with each other, each with an id. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from service.directory.hsds.findings import Findings, Place
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE
from service.directory.standard.record_types import SERVICE_AT_LOCATION as AT
from service.i18n import imports
from service.vocabulary import normal_term

from .decoding import LARGEST_RECORD, TooLarge
from .mapping import FileMapping, MappedField, column_name
from .table_layouts import OPEN_ELIGIBILITY, Row, find_table, split_cell, table_name

_ADDRESSES = ("physical_address", "postal_address", "address", "mail_address")
_YES_OR_NO = frozenset(["t", "f", "y", "n", "yes", "no", "true", "false", "0", "1"])
_LINKS = tuple(f"{of}_id" for of in (ORGANIZATION, SERVICE, LOCATION, AT, "contact", "phone"))


def mapped_rows(mapping: FileMapping, row: Row, place: Place, findings: Findings) -> Iterator[tuple[str, Row]]:
    """Yield the contents of a spreadsheet's row, as rows of tables of HSDS (in normal form), linked with each other.

    Ids without a column follow from names: the same agency on two rows is a single agency. A place without a name goes
    by its address. A model without a value in the row has no row.

    >>> from .mapping import read_mapping
    >>> text = b"a.csv: {columns: {Agency: {model: organizations, field: name}, Help: {model: services, field: name}}}"
    >>> mapping = read_mapping(text).files["a.csv"]
    >>> rows = mapped_rows(mapping, {"agency": "Harbor House", "help": "Detox"}, Place("a.csv", "row 2"), Findings())
    >>> list(rows)  # doctest: +NORMALIZE_WHITESPACE
    [('organization', {'name': 'Harbor House', 'id': 'harbor house'}),
     ('service', {'name': 'Detox', 'status': 'active', 'id': 'harbor house / detox',
                  'organization_id': 'harbor house'})]
    """
    rows = _by_model(mapping, row)
    references = {link: str(record[link]) for record in chain(*rows.values()) for link in _LINKS if record.get(link)}
    if ORGANIZATION not in rows and not references:
        findings.leave_out(place, imports.NO_ORGANIZATION_IN_ROW)
        return
    organization = _identify(rows, ORGANIZATION, ()) or references.get("organization_id", "")
    addresses = [record for name in _ADDRESSES for record in rows.get(name, ())]
    if addresses:
        rows.setdefault(LOCATION, [{}])
    for address in addresses:
        address.pop("organization_id", None)  # HSDS 1.1; it is the place's owner
    service = _identify(rows, SERVICE, (organization,))
    about = " ".join(str(addresses[0][part]) for part in ("address_1", "city") if addresses and part in addresses[0])
    location = _identify(rows, LOCATION, (organization, about))
    links = {"organization_id": organization, "service_id": service, "location_id": location}
    if service and location and AT not in rows:
        rows[AT] = [{}]
    for name, records in rows.items():
        for number, record in enumerate(records):
            row_id = f"{name} {place.path} {number}"
            if name == "taxonomy_term":  # linked to the service; of Open Eligibility by default
                term = {"taxonomy": OPEN_ELIGIBILITY, **record}
                yield "service_attribute", {"id": row_id, "service_id": service, "taxonomy_term": term}
                continue
            entry = _with_links(name, record, links)
            ends = [entry.get(link) for link in ("service_id", "location_id")] if name == AT else [None]
            entry.setdefault("id", " at ".join(map(str, ends)) if all(ends) else row_id)
            yield name, entry


def _with_links(name: str, record: Row, links: Mapping[str, str]) -> Row:
    """Return a row with the ids of its records in the same row of the spreadsheet, as far as it names none."""
    if name == AT:
        return {link: links[link] for link in ("service_id", "location_id") if links[link]} | record
    table = find_table(name, frozenset())
    parents = ("organization_id",) if name in (SERVICE, LOCATION) else table.parents if table else ()
    owners = [parent for parent in parents if links.get(parent)][:1]
    if any(record.get(parent) for parent in parents):
        return dict(record)
    return record | {link: links[link] for link in owners}


def _by_model(mapping: FileMapping, row: Row) -> dict[str, list[Row]]:
    """Return for each model its rows from a single row; several rows for a split cell."""
    texts: dict[tuple[str, str], list[str]] = {}
    joins: dict[tuple[str, str], str] = {}
    keys: dict[tuple[str, str], Any] = {}
    size = 0
    for heading, targets in mapping.columns.items():
        cell = row.get(column_name(heading))
        for target in targets if cell is not None else ():
            words = _words_in(target, str(cell))
            size += sum(map(len, words))
            if size > LARGEST_RECORD:
                raise TooLarge(imports.RECORD_TOO_LARGE.format(most=LARGEST_RECORD // 1024**2))
            model = table_name(target.model)
            key = model, target.field
            if key in texts and not target.split:
                texts[key] = [joins[key].join([*texts[key], *words])]
            else:
                texts[key] = [*texts.get(key, ()), *words]
                joins[key] = target.join
            if target.foreign_key_name and target.foreign_key_value:
                keys[model, target.foreign_key_name] = row.get(column_name(target.foreign_key_value))
    rows: dict[str, list[Row]] = {}
    for (model, name), values in texts.items():
        records = rows.setdefault(model, [])
        records += [dict(records[0]) if len(values) > 1 and records else {} for _ in range(len(values) - len(records))]
        for number, record in enumerate(records):
            if values:
                record[name] = values[min(number, len(values) - 1)]
    constants = [((table_name(constant.model), constant.field), constant.value) for constant in mapping.constants]
    for (model, name), value in [*keys.items(), *constants]:
        for record in rows.get(model, ()) if value is not None else ():
            record.setdefault(name, value)
    telling = {model: [record for record in records if _tells(model, record)] for model, records in rows.items()}
    return {model: records for model, records in telling.items() if records}


def _words_in(target: MappedField, cell: str) -> list[str]:
    """Return the words of a cell. A yes or no that the map passes over says nothing; nor does NULL."""
    names_languages = (table_name(target.model), target.field) == ("language", "language")
    split = target.split or ("," if names_languages else None)  # the Transformer's own
    parts = split_cell(cell, re.compile(re.escape(split))) if split else [cell.strip()]
    meanings = target.map or {}
    silent = _YES_OR_NO if target.map else frozenset[str]()
    words = [part for part in parts if part and part.casefold() != "null"]
    return [meanings.get(word, word) for word in words if word in meanings or word.casefold() not in silent]


def _tells(model: str, row: Row) -> bool:
    """Say whether a row has more than ids; a part that has no more is no part."""
    table = find_table(model, frozenset(row))
    is_part = table is not None and bool(table.parents)
    return bool(row) and not (is_part and row.keys() <= {"id", *_LINKS})


def _identify(rows: dict[str, list[Row]], model: str, within: tuple[str, ...]) -> str:
    """Give the single row of a main model an id, from its name and its owner; return the id, "" without an id."""
    if model not in rows:
        return ""
    [single] = rows[model] = rows[model][:1]
    if not single.get("id"):
        name = str(single.get("name") or "")
        single["id"] = normal_term(" / ".join(part for part in (*within, name) if part)) or model
    return str(single["id"])
