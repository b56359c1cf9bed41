"""Schema errors as problems: a path and a sentence of ours, never the library's words and never the value."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.errors import MOST_TOLD, Problem
from service.i18n import refusals

from .base import BundleModel
from .fields import MESSAGE, OUR_ERROR
from .node import path_of, pointer_at

_IMPLIED = frozenset(
    ("organization_id", "service_id", "location_id", "contact_id", "phone_id", "service_at_location_id", "program_id")
)
_SENTENCES = {
    "missing": refusals.REQUIRED,
    "string_type": refusals.QUOTED_TEXT,
    "int_type": refusals.WHOLE_NUMBER,
    "int_from_float": refusals.WHOLE_NUMBER,
    "float_type": refusals.NUMBER,
    "finite_number": refusals.FINITE_NUMBER,
    "bool_type": refusals.TRUE_OR_FALSE,
    "tuple_type": refusals.LIST,
    "dict_type": refusals.MAPPING,
    "model_type": refusals.FIELDS,
    "model_attributes_type": refusals.FIELDS,
    "greater_than_equal": refusals.AT_LEAST,
    "less_than_equal": refusals.AT_MOST,
    "too_long": refusals.HOLD_AT_MOST,
    "too_short": refusals.HOLD_AT_LEAST,
    "string_too_long": refusals.CHARACTERS_AT_MOST,
}


def problems_of(error: ValidationError, root: type[BundleModel]) -> Iterator[Problem]:
    """Yield a problem for each part refused by the schema `root`, by its path."""
    for detail in _details_of(error):
        yield Problem(path_of(_place_of(detail)), _sentence_for(detail, root))


def pointed_problems(
    error: ValidationError, root: type[BundleModel], most: int | None = MOST_TOLD
) -> tuple[list[Problem], int]:
    """Return the refused parts of a body (schema `root`), by JSON pointer: the first `most`, and the number left.

    Unknown fields are a single problem of their holder, with their number: a key may be data.
    """
    refused: list[ErrorDetails] = []
    unknown: dict[tuple[int | str, ...], list[str]] = {}
    for detail in _details_of(error):
        if detail["type"] == "extra_forbidden":
            unknown.setdefault(detail["loc"][:-1], []).append(str(detail["loc"][-1]))
        else:
            refused.append(detail)
    problems = [Problem(pointer_at(_place_of(detail)), _sentence_for(detail, root)) for detail in refused[:most]]
    for parent, keys in islice(unknown.items(), most and max(0, most - len(problems))):
        problems.append(Problem(pointer_at(_without_models(parent)), _unknown_fields(keys, _model_at(parent, root))))
    return problems, len(refused) + len(unknown) - len(problems)


def _details_of(error: ValidationError) -> Iterator[ErrorDetails]:
    """Yield the schema's refusals; a list is not called too short only because its entries were refused."""
    details = error.errors(include_url=False, include_input=False)
    short = {detail["loc"] for detail in details if detail["type"] == "too_short"}
    around = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))} if short else set()
    for detail in details:
        if detail["type"] != "too_short" or detail["loc"] not in around:
            yield detail


def _place_of(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return the place of a refusal; a key is refused at its own place.

    Where a field takes either of two models, pydantic names the model, as "(ConsentEntry)": no place of the document.
    """
    location = _without_models(detail["loc"])
    return location[:-1] if location[-1:] == ("[key]",) else location


def _sentence_for(detail: ErrorDetails, root: type[BundleModel]) -> str:
    """Return the message for a refusal by the schema `root`; messages name fields and never a value."""
    if detail["type"] == OUR_ERROR:
        return cast("str", detail["ctx"][MESSAGE])
    if detail["type"] == "extra_forbidden":
        location = detail["loc"]
        return refusals.NO_FIELD + _instead(str(location[-1]), _model_at(location[:-1], root))
    template = _SENTENCES.get(detail["type"], refusals.NOT_VALID)
    return template.format_map(detail.get("ctx", {}))


def _unknown_fields(keys: Sequence[str], model: type[BundleModel]) -> str:
    if len(keys) == 1:
        return refusals.UNKNOWN_FIELD + _instead(keys[0], model)
    return refusals.UNKNOWN_FIELDS.format(count=len(keys)) + refusals.ALLOWED + ", ".join(model.keys())


def _instead(key: str, model: type[BundleModel]) -> str:
    """Return the suggestion for a key without a field in `model`."""
    if key in model.elsewhere:
        return refusals.BUT.format(elsewhere=model.elsewhere[key])
    if key in _IMPLIED:
        return refusals.BUT.format(elsewhere=refusals.PLACE_SAYS_IT)
    allowed = model.keys()
    near = difflib.get_close_matches(key[:64], allowed, n=1, cutoff=0.6)
    return refusals.NEAREST.format(near=near[0]) if near else refusals.ALLOWED + ", ".join(allowed)


def _model_at(location: tuple[int | str, ...], root: type[BundleModel]) -> type[BundleModel]:
    model, annotation = root, cast("Any", root)
    for part in location:
        if _is_model(part):
            model = next(
                (candidate for candidate in _models_in(annotation) if f"({candidate.__name__})" == part), model
            )
        elif isinstance(part, str):
            annotation = {field.alias or name: field.annotation for name, field in model.model_fields.items()}[part]
            model = next(_models_in(annotation), model)
    return model


def _without_models(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return tuple(part for part in location if not _is_model(part))


def _is_model(part: int | str) -> bool:
    return isinstance(part, str) and part.startswith("(")


def _models_in(annotation: Any) -> Iterator[type[BundleModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BundleModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
