"""A mapping: which columns of a spreadsheet are which fields of HSDS, so that its rows can be read as tables of HSDS.

The file has the form of Open Referral's HSDS Transformer (file, `columns` or none, heading, `model` and `field`, a
single pair or several), with `split`, `map`, `join` and `constants` besides. Unmapped ids and links follow from names.

    agencies.csv:
      columns:
        Agency: {model: organizations, field: name}
        Languages: {model: languages, field: language, split: ","}
        Category: {model: taxonomy_terms, field: name, map: {Shelter: Emergency Shelter}}
      constants:
        - {model: services, field: status, value: active}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from policies.messages import joined
from service.directory.hsds.findings import Findings, ImportRefused, Place
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE
from service.directory.standard.record_types import SERVICE_AT_LOCATION as AT
from service.directory.standard.schema import OBJECT_TYPES
from service.infrastructure.documents.document import BODY, parse_document
from service.infrastructure.errors import BundleRefused
from service.words import imports, refusals
from service.words.vocabulary import normal_term

from .decoding import LARGEST_RECORD, TooLarge
from .table_layouts import CELLS, OPEN_ELIGIBILITY, Row, TableLayout, find_table, split_cell, table_name

ADDRESSES = ("physical_address", "postal_address", "address", "mail_address")
_MISSPELT = 0.7  # from which likeness on a field outside HSDS is taken for a misspelt field of HSDS


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class MappedField(_Part):
    """A field of a model, and how a cell becomes its value.

    `foreign_key_name` is the model's column that names its record, `foreign_key_value` the heading of the id there.
    """

    model: str
    field: str
    required: bool = False
    split: Annotated[str, Field(min_length=1)] | None = Field(None, validation_alias=AliasChoices("split", "split_by"))
    append: bool = False  # the Transformer's word for what is done with every second column of a field
    join: str = " "
    map: dict[str, str] | None = None
    foreign_key_name: str | None = None
    foreign_key_value: str | None = None

    @model_validator(mode="after")
    def _key_is_whole(self) -> Self:
        if (self.foreign_key_name is None) is not (self.foreign_key_value is None):
            raise ValueError
        return self


class Constant(_Part):
    """A value of every row, for a field without a column."""

    model: str
    field: str
    value: str


_SEVERAL = BeforeValidator(lambda value: [value] if isinstance(value, dict) else value)


class FileMapping(_Part):
    """The columns of a file, by heading, in the order in which several columns are joined into a field."""

    columns: dict[str, Annotated[list[MappedField], _SEVERAL]]
    constants: list[Constant] = []

    @model_validator(mode="before")
    @classmethod
    def _headings_alone(cls, value: Any) -> Any:
        return value if not isinstance(value, dict) or "columns" in value else {"columns": value}

    @property
    def targets(self) -> list[MappedField]:
        """The fields of every column."""
        return [target for targets in self.columns.values() for target in targets]

    @property
    def all_targets(self) -> Sequence[MappedField | Constant]:
        """The fields of every column, and those without a column."""
        return [*self.targets, *self.constants]

    def missing_columns(self, columns: frozenset[str]) -> tuple[list[str], list[str]]:
        """Return the headings absent from a file: those that it must have, and those that it may lack.

        A mapping that marks columns as `required` lets the others be absent, as the Transformer does; else it must
        have all of them. An id that a foreign key names may be absent.
        """
        absent = [heading for heading in self.columns if column_name(heading) not in columns]
        marks = any(target.required for target in self.targets)
        needed = [name for name in absent if not marks or any(target.required for target in self.columns[name])]
        keys = {target.foreign_key_value for target in self.targets if target.foreign_key_value} - {*self.columns}
        optional = [*(name for name in absent if name not in needed), *sorted(keys)]
        return needed, [name for name in optional if column_name(name) not in columns]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A whole mapping, by the names of files, with its fields outside HSDS and its repairs, for the report."""

    files: dict[str, FileMapping]
    own_fields: tuple[tuple[Place, str, str], ...] = ()
    repairs: tuple[tuple[Place, str], ...] = ()

    def of(self, name: str) -> FileMapping | None:
        """Return the mapping of a file: by its path, its last part with or without ending, or the only mapping."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        last = name.rpartition("/")[2]
        return next((self.files[known] for known in (name, last, last.rpartition(".")[0]) if known in self.files), None)

    def note(self, findings: Findings) -> None:
        """Note in a report what the mapping leaves open."""
        for place, field, reason in self.own_fields:
            findings.keep_unread(place, field, reason, malformed=False)
        for place, reason in self.repairs:
            findings.mend(place, reason)


def read_mapping(data: bytes) -> ColumnMapping:
    """Return the mapping in `data` (YAML or JSON). Of a heading given twice the last one counts.

    Raises:
        ImportRefused: the data is no mapping, or names a model outside HSDS, or misspells a field; each is listed.
    """
    try:
        tree, problems = parse_document(data, BODY)
    except BundleRefused as error:
        raise ImportRefused(joined([imports.NO_MAPPING, *(one.said for one in error.problems)], "\n")) from None
    twice = [problem for problem in problems if problem.message == refusals.GIVEN_TWICE]
    if len(twice) < len(problems) or not isinstance(tree, dict) or not tree:
        raise ImportRefused(joined([imports.NO_MAPPING, *(one.said for one in problems)], "\n"))
    files, wrong = {}, list[str]()
    for name, value in tree.items():
        try:
            files[str(name)] = FileMapping.model_validate(value)
        except ValidationError as error:
            wrong += [
                imports.MAPPING_WRONG.format(place=".".join([str(name), *map(str, detail["loc"])]))
                for detail in error.errors(include_input=False, include_url=False)
            ]
    own_fields: dict[tuple[Place, str, str], None] = {}
    for name, mapping in files.items():
        for target in mapping.all_targets:
            if line := _wrong(name, target):
                wrong.append(line)
            elif target.field not in fields_of(_table_of(target)):
                own_fields[Place(name), target.field, imports.OWN_FIELD.format(model=target.model)] = None
    if wrong:
        raise ImportRefused(joined([imports.NO_MAPPING, *dict.fromkeys(wrong)], "\n"))
    repairs = [(Place(imports.THE_MAPPING, problem.path), imports.HEADING_TWICE) for problem in twice]
    tells_status = any(_is_of_service(one, "status") for file in files.values() for one in file.all_targets)
    for name in () if tells_status else [*files]:
        if not any(_is_of_service(target, "name") for target in files[name].targets):
            continue
        active = Constant(model="services", field="status", value="active")
        files[name] = files[name].model_copy(update={"constants": [*files[name].constants, active]})
        repairs.append((Place(name), imports.NO_STATUS))
    return ColumnMapping(files, tuple(own_fields), tuple(repairs))


def _is_of_service(target: MappedField | Constant, field: str) -> bool:
    return target.field == field and _table_of(target).record_type == SERVICE


def _table_of(target: MappedField | Constant) -> TableLayout:
    """Return the table of a target whose model is known."""
    table = find_table(table_name(target.model), frozenset({target.field}))
    assert table is not None  # noqa: S101  the mapping was checked
    return table


def _wrong(name: str, target: MappedField | Constant) -> str | None:
    """Return the fault of a target: a model outside HSDS, or a field that is nearly one of HSDS."""
    table = find_table(table_name(target.model), frozenset({target.field}))
    if table is None:
        return imports.NO_MODEL.format(file=name, model=target.model)
    known = sorted(fields_of(table))
    wrong = target.foreign_key_name if isinstance(target, MappedField) else None
    if wrong is None or wrong in known:
        wrong = target.field
        if wrong in known or not get_close_matches(wrong, known, 1, _MISSPELT):
            return None
    return imports.NO_FIELD_OF_MODEL.format(file=name, model=target.model, field=wrong, known=", ".join(known))


def fields_of(table: TableLayout) -> set[str]:
    """Return the possible columns of a table, older layouts' columns included."""
    object_type = OBJECT_TYPES.get(table.record_type)
    own = {"eligibility"} if object_type is None else {*object_type.columns, *object_type.fields}
    older = {"schedule": {"weekday"}, "language": {"language"}, "address": {"organization_id"}}
    cells = {cell for cell, *_ in CELLS.get(table.record_type, ())}
    return {"id"} | own | older.get(table.record_type, set()) | cells | set(table.names) | set(table.parents)


def column_name(cell: str) -> str:
    """Return a heading in normal form: small letters, words joined by underscores; only ASCII is changed.

    >>> column_name(" Agency Name "), column_name("Año")
    ('agency_name', 'Año')
    """
    name = cell.strip().strip("\ufeff")
    plain = name.lower().replace(" ", "_")
    return plain if plain.replace("_", "").isalnum() and plain.isascii() else name


_YES_OR_NO = frozenset(["t", "f", "y", "n", "yes", "no", "true", "false", "0", "1"])
_LINKS = tuple(f"{of}_id" for of in (ORGANIZATION, SERVICE, LOCATION, AT, "contact", "phone"))


def mapped_rows(found: FileMapping, row: Row, place: Place, findings: Findings) -> Iterator[tuple[str, Row]]:
    """Yield the contents of a spreadsheet's row, as rows of tables of HSDS (in normal form), linked with each other.

    Ids without a column follow from names: the same agency on two rows is a single agency. A place without a name goes
    by its address. A model without a value in the row has no row.

    >>> text = b"a.csv: {columns: {Agency: {model: organizations, field: name}, Help: {model: services, field: name}}}"
    >>> mapping = read_mapping(text).files["a.csv"]
    >>> rows = mapped_rows(mapping, {"agency": "Harbor House", "help": "Detox"}, Place("a.csv", "row 2"), Findings())
    >>> list(rows)  # doctest: +NORMALIZE_WHITESPACE
    [('organization', {'name': 'Harbor House', 'id': 'harbor house'}),
     ('service', {'name': 'Detox', 'status': 'active', 'id': 'harbor house / detox',
                  'organization_id': 'harbor house'})]
    """
    rows = _by_model(found, row)
    named = {link: str(one[link]) for some in rows.values() for one in some for link in _LINKS if one.get(link)}
    if ORGANIZATION not in rows and not named:
        findings.leave_out(place, imports.NO_ORGANIZATION_IN_ROW)
        return
    organization = _named(rows, ORGANIZATION, ()) or named.get("organization_id", "")
    addresses = [one for name in ADDRESSES for one in rows.get(name, ())]
    if addresses:
        rows.setdefault(LOCATION, [{}])
    for address in addresses:
        address.pop("organization_id", None)  # HSDS 1.1; it is the place's owner
    service = _named(rows, SERVICE, (organization,))
    about = " ".join(str(addresses[0][part]) for part in ("address_1", "city") if addresses and part in addresses[0])
    location = _named(rows, LOCATION, (organization, about))
    links = {"organization_id": organization, "service_id": service, "location_id": location}
    if service and location and AT not in rows:
        rows[AT] = [{}]
    for name, some in rows.items():
        for number, one in enumerate(some):
            row_id = f"{name} {place.path} {number}"
            if name == "taxonomy_term":  # linked to the service; of Open Eligibility by default
                term = {"taxonomy": OPEN_ELIGIBILITY, **one}
                yield "service_attribute", {"id": row_id, "service_id": service, "taxonomy_term": term}
                continue
            linked = _linked(name, one, links)
            ends = [linked.get(link) for link in ("service_id", "location_id")] if name == AT else [None]
            linked.setdefault("id", " at ".join(map(str, ends)) if all(ends) else row_id)
            yield name, linked


def _linked(name: str, one: Row, links: Mapping[str, str]) -> Row:
    """Return a row with the ids of its records in the same row of the spreadsheet, as far as it names none."""
    if name == AT:
        return {link: links[link] for link in ("service_id", "location_id") if links[link]} | one
    table = find_table(name, frozenset())
    parents = ("organization_id",) if name in (SERVICE, LOCATION) else table.parents if table else ()
    known = [parent for parent in parents if links.get(parent)][:1]
    return dict(one) if any(one.get(parent) for parent in parents) else one | {link: links[link] for link in known}


def _by_model(found: FileMapping, row: Row) -> dict[str, list[Row]]:
    """Return for each model its rows from a single row; several rows for a split cell."""
    texts: dict[tuple[str, str], list[str]] = {}
    joins: dict[tuple[str, str], str] = {}
    keys: dict[tuple[str, str], Any] = {}
    size = 0
    for heading, targets in found.columns.items():
        cell = row.get(column_name(heading))
        for target in targets if cell is not None else ():
            said = _said(target, str(cell))
            size += sum(map(len, said))
            if size > LARGEST_RECORD:
                raise TooLarge(imports.RECORD_TOO_LARGE.format(most=LARGEST_RECORD // 1024**2))
            model = table_name(target.model)
            key = model, target.field
            if key in texts and not target.split:
                texts[key] = [joins[key].join([*texts[key], *said])]
            else:
                texts[key] = [*texts.get(key, ()), *said]
                joins[key] = target.join
            if target.foreign_key_name and target.foreign_key_value:
                keys[model, target.foreign_key_name] = row.get(column_name(target.foreign_key_value))
    rows: dict[str, list[Row]] = {}
    for (model, name), values in texts.items():
        some = rows.setdefault(model, [])
        some += [dict(some[0]) if len(values) > 1 and some else {} for _ in range(len(values) - len(some))]
        for number, one in enumerate(some):
            if values:
                one[name] = values[min(number, len(values) - 1)]
    constants = [((table_name(one.model), one.field), one.value) for one in found.constants]
    for (model, name), value in [*keys.items(), *constants]:
        for one in rows.get(model, ()) if value is not None else ():
            one.setdefault(name, value)
    kept = {model: [one for one in some if _tells(model, one)] for model, some in rows.items()}
    return {model: some for model, some in kept.items() if some}


def _said(target: MappedField, cell: str) -> list[str]:
    """Return the words of a cell. A yes or no that the map passes over says nothing; nor does NULL."""
    names_languages = (table_name(target.model), target.field) == ("language", "language")
    split = target.split or ("," if names_languages else None)  # the Transformer's own
    parts = split_cell(cell, re.compile(re.escape(split))) if split else [cell.strip()]
    known = target.map or {}
    silent = _YES_OR_NO if target.map else frozenset[str]()
    words = [part for part in parts if part and part.casefold() != "null"]
    return [known.get(word, word) for word in words if word in known or word.casefold() not in silent]


def _tells(model: str, one: Row) -> bool:
    """Say whether a row has more than ids; a part that has no more is no part."""
    table = find_table(model, frozenset(one))
    is_part = table is not None and bool(table.parents)
    return bool(one) and not (is_part and one.keys() <= {"id", *_LINKS})


def _named(rows: dict[str, list[Row]], model: str, within: tuple[str, ...]) -> str:
    """Give the single row of a main model an id, from its name and its owner; return the id, "" without an id."""
    if model not in rows:
        return ""
    [one] = rows[model] = rows[model][:1]
    if not one.get("id"):
        name = str(one.get("name") or "")
        one["id"] = normal_term(" / ".join(part for part in (*within, name) if part)) or model
    return str(one["id"])
