"""The common base of a bundle's models: frozen, strict, no unknown fields, null read as absent, readers by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from service import vocabulary

T = TypeVar("T")
FIELD_NAMES: set[str] = set(vocabulary.TRAITS)
"""The names that a JSON pointer may show: fields of any schema (each adds its own) and traits that are built in."""

# A list, and one that holds at least one thing where it is given. Strictness is lifted for the list alone
# (the file gives a list, the model keeps a tuple), not for what it holds.
Rows = Annotated[tuple[T, ...], Strict(False)]
Some = Annotated[tuple[T, ...], Strict(False), Field(min_length=1)]
_SORTED = AfterValidator(lambda words: tuple(sorted(set(words))))
# Lists whose order says nothing: sorted as they are read, so that the same words are the same record.
Words = Annotated[Rows[T], _SORTED]
SomeWords = Annotated[Some[T], _SORTED]


@dataclass(frozen=True, slots=True)
class MaxEntries:
    """A bound on the entries of a list or mapping; told before any entry is read, and instead of its entries' problems.

    The schema library counts only readable entries: a list of wrong entries alone counts as empty.
    """

    entries: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        return schema | {"maxProperties" if schema.get("type") == "object" else "maxItems": self.entries}

    def _check(self, value: Any) -> Any:
        if isinstance(value, list | tuple | dict) and len(value) > self.entries:
            context = {"field_type": "List", "max_length": self.entries, "actual_length": len(value)}
            raise PydanticKnownError("too_long", context)
        return value


class BundleModel(BaseModel):
    """Base of every object in a bundle."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    keeps_null: ClassVar[frozenset[str]] = frozenset()
    """Fields of which null says something else than absence: that it is not known."""
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Fields that HSDS has here and that a bundle says once, elsewhere: where."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Let pointers name the fields."""
        FIELD_NAMES.update(cls.keys())

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the field names in a file's spelling."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    def under(self, key: str) -> Any:
        """Return the value of the field with a file's spelling `key`; None without the field."""
        fields = type(self).model_fields.items()
        return next((getattr(self, name) for name, field in fields if (field.alias or name) == key), None)

    @model_validator(mode="before")
    @classmethod
    def _read_null_as_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict) or None not in value.values():
            return value
        absent_if_null = {*cls.keys()} - cls.keeps_null
        return {key: item for key, item in value.items() if item is not None or key not in absent_if_null}


class Readers(StrEnum):
    """Who is shown a field: everybody, HSDS included (no mark); members; the organization itself and whom it let in."""

    PUBLIC = "public"
    MEMBERS = "members"
    OWNER = "owner"


def public_part(model: type[BaseModel], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of a class without the fields that are not for everybody. Pure.

    A field that the class does not know, as an import brings it, is its source's to publish, and stays.

    >>> class Desk(BundleModel):
    ...     phone: str
    ...     near: Annotated[str | None, Readers.MEMBERS] = None
    >>> public_part(Desk, {"phone": "555-0100", "near": "travis", "hours": "day and night"})
    {'phone': '555-0100', 'hours': 'day and night'}
    """
    fields = _fields(model)
    return {
        name: _public_value(fields[name][1], value) if name in fields else value
        for name, value in document.items()
        if name not in fields or fields[name][0] is Readers.PUBLIC
    }


def public_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields that everybody is shown, in a file's spelling."""
    return tuple(name for name, (readers, _) in _fields(model).items() if readers is Readers.PUBLIC)


def _public_value(model: type[BaseModel] | None, value: Any) -> Any:
    if model is None:
        return value
    if isinstance(value, list):
        return [_public_value(model, item) for item in value]
    return public_part(model, value) if isinstance(value, Mapping) else value


@cache
def _fields(model: type[BaseModel]) -> Mapping[str, tuple[Readers, type[BaseModel] | None]]:
    """Return the readers, and the class of the parts, of each field of a class."""
    return {
        field.alias or name: (
            next((mark for mark in field.metadata if isinstance(mark, Readers)), Readers.PUBLIC),
            _class_in(field.annotation),
        )
        for name, field in model.model_fields.items()
    }


def _class_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((inner_class for inner in get_args(annotation) if (inner_class := _class_in(inner)) is not None), None)
