"""Schema errors as problems: a path and a sentence of ours, never the library's words and never the value."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.errors import Problem

from . import hsds
from .base import BundleModel
from .fields import OUR_ERROR
from .paths import path_of
from .schema import Bundle

_IMPLIED = frozenset(
    ("organization_id", "service_id", "location_id", "contact_id", "phone_id", "service_at_location_id", "program_id")
)
# Fields that HSDS has there and that a bundle says once, elsewhere.
_ELSEWHERE = {
    hsds.Organization: {"parent_organization_id": "use `parent`"},
    hsds.Service: {"organization": "its place in the file says it"},
    hsds.ServiceAtLocation: {
        "location": "use `location_id`",
        **dict.fromkeys(
            ("contacts", "phones", "schedules", "service_areas"), "say it of the service or of the location"
        ),
    },
}
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text, in quotes where it looks like something else",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of fields",
    "model_attributes_type": "must be a mapping of fields",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "must hold at most {max_length}",
    "too_short": "must hold at least {min_length} where it is given",
    "string_too_long": "must be at most {max_length} characters long",
}


def details_of(error: ValidationError) -> Iterator[ErrorDetails]:
    """Yield what the schema refused; a list is not called too short only because what it holds was refused."""
    details = error.errors(include_url=False, include_input=False)
    for detail in details:
        place = detail["loc"]
        within = any(other["loc"][: len(place)] == place and len(other["loc"]) > len(place) for other in details)
        if detail["type"] != "too_short" or not within:
            yield detail


def problems_of(error: ValidationError) -> Iterator[Problem]:
    """Yield one problem for each thing that the schema refused."""
    for detail in details_of(error):
        yield Problem(path_of(place_of(detail)), sentence_for(detail, Bundle))


def place_of(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return where something was refused; a key is refused at its own place."""
    location = detail["loc"]
    return location[:-1] if location[-1:] == ("[key]",) else location


def sentence_for(detail: ErrorDetails, root: type[BundleModel]) -> str:
    """Return what to say of one thing that the schema `root` refused; it names fields and never a value."""
    if detail["type"] == OUR_ERROR:
        return detail["msg"]
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"], root)
    template = _SENTENCES.get(detail["type"], "is not valid here")
    return template.format_map(detail.get("ctx", {}))


def _unknown_key(location: tuple[int | str, ...], root: type[BundleModel]) -> str:
    key = str(location[-1])
    model = _model_at(location[:-1], root)
    for known, elsewhere in _ELSEWHERE.items():
        if issubclass(model, known) and key in elsewhere:
            return f"is not a field here; {elsewhere[key]}"
    if key in _IMPLIED:
        return "is not a field here; its place in the file says it"
    allowed = model.keys()
    near = difflib.get_close_matches(key[:64], allowed, n=1, cutoff=0.6)
    if near:
        return f"is not a field here; the nearest is `{near[0]}`"
    return "is not a field here; allowed are " + ", ".join(allowed)


def _model_at(location: tuple[int | str, ...], root: type[BundleModel]) -> type[BundleModel]:
    model = root
    for part in location:
        if isinstance(part, str):
            by_key = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
            model = _model_in(by_key[part]) or model
    return model


def _model_in(annotation: Any) -> type[BundleModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BundleModel):
        return annotation
    return next((found for found in map(_model_in, get_args(annotation)) if found), None)
