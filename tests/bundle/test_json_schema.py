"""`schema bundle` and `schema profile`: what the reader takes the schema takes, and the other way about."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from bundle_builders import good_bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from length import draws
from pydantic import ValidationError as Refused

from service import demo
from service.answers.profile import NeedsProfile
from service.directory.bundle.schema import Bundle
from service.documents.json_schema import json_schema

CURATION = {
    "services": [
        {"service": "food", "confirmed": True, "minimum_age": "none", "maximum_age": 18, "service_areas": ["travis"]},
        {"service": "beds", "service_areas": "everywhere", "types": ["emergency_shelter"], "languages": ["en"]},
    ],
    "organizations": [{"organization": "pantry", "coalition": {"basis": "community", "kind": "victim_services"}}],
}
WORDS = [
    "", " ", "x", "en", "us-tx", "UPPER", "2026-03-01", "2026-02-30", "08:00", "24:00", "8:00", "PT2H", "P1Y", "P", "2",
    "2026-03-01T08:00:00-06:00", "2026-03-01T08:00Z", "2026-03-01 08:00", "MO, TU", "MO;TU", "1MO,-1FR", "1,2", "a@b",
    "https://example.org", "none", "everywhere", "law_enforcement", "now", "warm", "bed", "line\n", "é", "٣",
]  # fmt: skip
"""Texts that some field takes or nearly takes."""
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.none(),
    st.booleans(),
    st.integers(-2, 130),
    st.sampled_from([0.5, 1.0, 90.5, -181, 10**10, 2**40]),
    st.sampled_from([[], {}, [None], ["x"], [{}], ["a", "b"], {"name": "x"}, {"min": 1}, {"min": 5, "max": 7}]),
)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Search as ECMA 262 has it, where `$` is the end and digits are those of ASCII."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance, re.ASCII):
        yield ValidationError("does not match")


Validator = extend(Draft202012Validator, {"pattern": _pattern})
FORMATS = FormatChecker(["date"])


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every value in a document stands, the document's own place first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places_in(item, (*path, key))


def changed(document: Any, draw: st.DataObject) -> Any:
    """Return a copy with one thing in it put in another's place, left out or added."""
    document = copy.deepcopy(document)
    *above, last = draw.draw(st.sampled_from([path for path in places_in(document) if path]))
    at = document
    for key in above:
        at = at[key]
    match draw.draw(st.sampled_from(["put", "put", "put", "leave out", "add"])):
        case "put":
            at[last] = draw.draw(VALUES)
        case "leave out":
            del at[last]
        case "add" if isinstance(at, dict):
            at[draw.draw(st.sampled_from(["id", "name", "until", "not", "note", "x"]))] = draw.draw(VALUES)
        case _:
            at.insert(0, draw.draw(VALUES))
    return document


GOOD = {
    "bundle": (Bundle, {**good_bundle(), "curation": CURATION}),
    "profile": (NeedsProfile, json.loads(demo.profile_bytes("12-signed-release-to-two"))),
}
UNSEEN = re.compile(r"time zone|this century|min must not|duration")
"""What no schema sees: which zones there are, a year's range within a moment, one end against another, a sum."""


@pytest.mark.parametrize("name", GOOD)
def test_the_schema_is_one(name: str) -> None:
    """It is a schema of the dialect that it names, and takes the document that the reader takes."""
    model, document = GOOD[name]
    schema = json_schema(model)

    Validator.check_schema(schema)
    model.model_validate(document)

    assert [error.message for error in Validator(schema, format_checker=FORMATS).iter_errors(document)] == []


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=draws(400))
@given(draw=st.data())
def test_reader_and_schema_take_the_same(name: str, draw: st.DataObject) -> None:
    """One change anywhere in a good document: either both take it or both refuse it."""
    model, document = GOOD[name]
    document = changed(document, draw)
    by_schema = list(VALIDATORS[name].iter_errors(document))
    try:
        model.model_validate(document)
    except Refused as error:
        messages = [detail["msg"] for detail in error.errors(include_url=False, include_input=False)]
        assert by_schema or any(UNSEEN.search(message) for message in messages), (messages, document)
    else:
        assert [error.message for error in by_schema] == [], document


VALIDATORS = {name: Validator(json_schema(model), format_checker=FORMATS) for name, (model, _) in GOOD.items()}


@pytest.mark.parametrize("name", demo.profile_names())
def test_every_demo_profile_fits(name: str) -> None:
    """The schema of a profile takes the demo's."""
    assert list(VALIDATORS["profile"].iter_errors(json.loads(demo.profile_bytes(name)))) == []
