"""The readers of a field: who is shown it, said beside the field in its class."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel


class Readers(StrEnum):
    """Who is shown a field: everybody, HSDS included (no mark); members; the organization itself and whom it let in."""

    PUBLIC = "public"
    MEMBERS = "members"
    OWNER = "owner"


def public_part(model: type[BaseModel], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of a class without the fields that are not for everybody. Pure.

    A field that the class does not know, as an import brings it, is its source's to publish, and stays.

    >>> from service.directory.bundle.declared import AgencyProfile
    >>> public_part(AgencyProfile, {"kind": "legal", "near": "travis", "declared": {"on": "2026-01-02", "by": "A. B."}})
    {'kind': 'legal', 'declared': {'on': '2026-01-02'}}
    """
    known = _fields(model)
    return {
        name: _public_value(known[name][1], value) if name in known else value
        for name, value in document.items()
        if name not in known or known[name][0] is Readers.PUBLIC
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
    return next((found for inner in get_args(annotation) if (found := _class_in(inner)) is not None), None)
