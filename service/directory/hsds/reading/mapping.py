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

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from policies.messages import joined
from service.directory.hsds.findings import Findings, ImportRefused, Place
from service.directory.standard.record_types import SERVICE
from service.directory.standard.schema import OBJECT_TYPES
from service.documents.document import BODY, parse_document
from service.errors import BundleRefused
from service.i18n import imports, refusals

from .table_layouts import CELLS, TableLayout, find_table, table_name

_MISSPELT = 0.7  # from which likeness on a field outside HSDS is taken for a misspelt field of HSDS


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class MappedField(_Strict):
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


class Constant(_Strict):
    """A value of every row, for a field without a column."""

    model: str
    field: str
    value: str


_SEVERAL = BeforeValidator(lambda value: [value] if isinstance(value, dict) else value)


class FileMapping(_Strict):
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
        return next((self.files[key] for key in (name, last, last.rpartition(".")[0]) if key in self.files), None)

    def note(self, findings: Findings) -> None:
        """Note in a report the columns that the mapping leaves open."""
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
        raise ImportRefused(joined([imports.NO_MAPPING, *(problem.line for problem in error.problems)], "\n")) from None
    twice = [problem for problem in problems if problem.message == refusals.GIVEN_TWICE]
    if len(twice) < len(problems) or not isinstance(tree, dict) or not tree:
        raise ImportRefused(joined([imports.NO_MAPPING, *(problem.line for problem in problems)], "\n"))
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
    tells_status = any(_is_of_service(target, "status") for file in files.values() for target in file.all_targets)
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
    fields = sorted(fields_of(table))
    wrong = target.foreign_key_name if isinstance(target, MappedField) else None
    if wrong is None or wrong in fields:
        wrong = target.field
        if wrong in fields or not get_close_matches(wrong, fields, 1, _MISSPELT):
            return None
    return imports.NO_FIELD_OF_MODEL.format(file=name, model=target.model, field=wrong, known=", ".join(fields))


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
