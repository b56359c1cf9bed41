"""A mapping: which columns of a spreadsheet are which fields of HSDS, so that its rows can be read as tables of HSDS.

The file has the form of Open Referral's HSDS Transformer (file, `columns`, heading, `model` and `field`, a single pair
or several), with additions for spreadsheets: `split` a cell into a list, `map` words to words, `join` several columns
into a field, `constants` for values without a column. Unmapped ids and links follow from names.

    agencies.csv:
      columns:
        Agency: {model: organizations, field: name}
        Program: {model: services, field: name}
        Languages: {model: languages, field: language, split: ","}
        Category: {model: taxonomy_terms, field: name, map: {Shelter: Emergency Shelter}}
        Street: {model: physical_addresses, field: address_1}
      constants:
        - {model: services, field: status, value: active}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.documents.document import BODY, parse_document
from service.errors import BundleRefused
from service.hsds.errors import ImportRefused
from service.hsds.findings import Findings, Place
from service.standard.schema import OBJECT_TYPES
from service.vocabulary import normal_term
from service.wording import imports

from .decoding import LARGEST_RECORD, TooLarge
from .table_layouts import OPEN_ELIGIBILITY, Row, TableLayout, find_table, split_cell, table_name

_MAIN = ("organization", "service", "location")
_AT = "services_at_location"
_ADDRESSES = ("physical_address", "postal_address", "address", "mail_address")


class MappedField(BaseModel):
    """A field of a model, and how a cell becomes its value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    model: str
    field: str
    required: bool = False
    split: Annotated[str, Field(min_length=1)] | None = None
    join: str = " "
    map: dict[str, str] | None = None


class Constant(BaseModel):
    """A value of every row, for a field without a column."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    model: str
    field: str
    value: str


def _several(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class FileMapping(BaseModel):
    """The columns of a file, by heading, in the order in which several columns are joined into a field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    columns: dict[str, Annotated[list[MappedField], BeforeValidator(_several)]]
    constants: list[Constant] = []


class MappedRow(NamedTuple):
    """A row for a table of HSDS (its name in normal form)."""

    table: str
    row: Row


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping, by the names of files."""

    files: dict[str, FileMapping]

    def of(self, name: str) -> FileMapping | None:
        """Return the mapping of a file: by its path, by its last part, or the only mapping."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        return self.files.get(name) or self.files.get(name.rpartition("/")[2])


def read_mapping(data: bytes) -> Mapping:
    """Return the mapping in `data` (YAML or JSON).

    Raises:
        ImportRefused: the data is no mapping, or names a model or a field outside HSDS; each problem is listed.
    """
    try:
        tree, problems = parse_document(data, BODY)
    except BundleRefused as error:
        raise ImportRefused("\n".join([imports.NO_MAPPING, *map(str, error.problems)])) from None
    if problems or not isinstance(tree, dict) or not tree:
        raise ImportRefused("\n".join([imports.NO_MAPPING, *(str(one) for one in problems)]))
    found, wrong = {}, list[str]()
    for name, value in tree.items():
        try:
            found[str(name)] = FileMapping.model_validate(value)
        except ValidationError as error:
            wrong += [
                imports.MAPPING_WRONG.format(place=".".join([str(name), *map(str, detail["loc"])]))
                for detail in error.errors(include_input=False, include_url=False)
            ]
    wrong += [line for name, one in found.items() for line in _unknown(name, one)]
    if wrong:
        raise ImportRefused("\n".join([imports.NO_MAPPING, *dict.fromkeys(wrong)]))
    return Mapping(found)


def _unknown(name: str, found: FileMapping) -> Iterator[str]:
    """Yield a line for each model or field outside HSDS."""
    targets: list[MappedField | Constant] = [one for some in found.columns.values() for one in some]
    for target in [*targets, *found.constants]:
        table = find_table(table_name(target.model), frozenset({target.field}))
        if table is None:
            yield imports.NO_MODEL.format(file=name, model=target.model)
        elif target.field not in _fields_of(table):
            known = ", ".join(sorted(_fields_of(table)))
            yield imports.NO_FIELD_OF_MODEL.format(file=name, model=target.model, field=target.field, known=known)


def _fields_of(table: TableLayout) -> set[str]:
    """Return the possible columns of a table, older layouts' columns included."""
    object_type = OBJECT_TYPES.get(table.record_type)
    own = (
        {"id", "weekday", "language", "eligibility"}
        if object_type is None
        else {"id", *object_type.columns, *object_type.fields}
    )
    older = (
        {"weekday"} if table.record_type == "schedule" else {"language"} if table.record_type == "language" else set()
    )
    return own | older | set(table.names) | set(table.parents)


def column_name(cell: str) -> str:
    """Return a heading in normal form: small letters, words joined by underscores; only ASCII is changed.

    >>> column_name(" Agency Name "), column_name("Año")
    ('agency_name', 'Año')
    """
    name = cell.strip().strip("\ufeff")
    plain = name.lower().replace(" ", "_")
    return plain if plain.replace("_", "").isalnum() and plain.isascii() else name


def missing_columns(found: FileMapping, columns: frozenset[str]) -> list[str]:
    """Return the headings named by a mapping and absent from a file."""
    return [heading for heading in found.columns if column_name(heading) not in columns]


def mapped_rows(found: FileMapping, row: Row, place: Place, findings: Findings) -> Iterator[MappedRow]:
    """Yield the contents of a spreadsheet's row, as rows of tables of HSDS, linked with each other.

    Ids without a column follow from names: the same agency on two rows is a single agency. A place without a name goes
    by its address. A model without a value in the row has no row.

    >>> text = b"a.csv: {columns: {Agency: {model: organizations, field: name}, Help: {model: services, field: name}}}"
    >>> mapping = read_mapping(text).files["a.csv"]
    >>> rows = mapped_rows(mapping, {"agency": "Harbor House", "help": "Detox"}, Place("a.csv", "row 2"), Findings())
    >>> [tuple(row) for row in rows]  # doctest: +NORMALIZE_WHITESPACE
    [('organization', {'name': 'Harbor House', 'id': 'harbor house'}),
     ('service', {'name': 'Detox', 'id': 'harbor house / detox', 'organization_id': 'harbor house'})]
    """
    rows = _by_model(found, row)
    organization = _named(rows, "organization", ())
    if "organization" not in rows and not any(one.get("organization_id") for one in rows.get("service", ())):
        findings.leave_out(place, imports.NO_ORGANIZATION_IN_ROW)
        return
    if any(name in rows for name in _ADDRESSES):
        rows.setdefault("location", [{}])
    service = _named(rows, "service", (organization,))
    address = next((one for name in _ADDRESSES for one in rows.get(name, ())), {})
    about = " ".join(str(address[part]) for part in ("address_1", "city") if part in address)
    location = _named(rows, "location", (organization, about))
    links = {"organization_id": organization, "service_id": service, "location_id": location}
    if service and location and _AT not in rows:
        rows[_AT] = [{"id": f"{service} at {location}"}]
    for name, some in rows.items():
        table = find_table(name, frozenset())
        parents = ("organization_id",) if name in ("service", "location") else table.parents if table else ()
        parents = ("service_id", "location_id") if name == _AT else parents
        for number, one in enumerate(some):
            if name == "taxonomy_term":
                yield _classified(one, service, f"{name} {place.path} {number}")
                continue
            linked = dict(one)
            if not any(linked.get(parent) for parent in parents):
                known = [parent for parent in parents if links.get(parent)]
                linked |= {parent: links[parent] for parent in (known if name == _AT else known[:1])}
            linked.setdefault("id", f"{name} {place.path} {number}")
            yield MappedRow(name, linked)


def _classified(term: Row, service: str, row_id: str) -> MappedRow:
    """Return the link of a term (of Open Eligibility by default) to a service."""
    nested = {"taxonomy": OPEN_ELIGIBILITY, **term}
    return MappedRow("service_attribute", {"id": row_id, "service_id": service, "taxonomy_term": nested})


def _by_model(found: FileMapping, row: Row) -> dict[str, list[Row]]:
    """Return for each model its rows from a single row; several rows for a split cell."""
    texts: dict[tuple[str, str], list[str]] = {}
    joins: dict[tuple[str, str], str] = {}
    size = 0
    for heading, targets in found.columns.items():
        cell = row.get(column_name(heading))
        for target in targets if cell is not None else ():
            parts = split_cell(str(cell), re.compile(re.escape(target.split))) if target.split else [str(cell).strip()]
            said = [(target.map or {}).get(part, part) for part in parts if part]
            size += sum(map(len, said))
            if size > LARGEST_RECORD:
                raise TooLarge(imports.RECORD_TOO_LARGE.format(most=LARGEST_RECORD // 1024**2))
            key = table_name(target.model), target.field
            if key in texts and not target.split:
                texts[key] = [joins[key].join([*texts[key], *said])]
            else:
                texts[key] = [*texts.get(key, ()), *said]
                joins[key] = target.join
    rows: dict[str, list[Row]] = {}
    for (model, name), values in texts.items():
        some = rows.setdefault(model, [])
        some += [dict(some[0]) if len(values) > 1 and some else {} for _ in range(len(values) - len(some))]
        for number, one in enumerate(some):
            one[name] = values[min(number, len(values) - 1)]
    for constant in found.constants:
        for one in rows.get(table_name(constant.model), ()):
            one.setdefault(constant.field, constant.value)
    return rows


def _named(rows: dict[str, list[Row]], model: str, within: tuple[str, ...]) -> str:
    """Give the single row of a main model an id, from its name and its owner; return the id, "" without an id."""
    if model not in rows:
        return ""
    [one] = rows[model] = rows[model][:1]
    if not one.get("id"):
        name = str(one.get("name") or "")
        one["id"] = normal_term(" / ".join(part for part in (*within, name) if part)) or model
    return str(one["id"])
