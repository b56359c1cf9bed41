"""What HSDS is to this program, held against HSDS's own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hsds.official import SCHEMAS, STANDARD, faults
from hypothesis import given
from hypothesis import strategies as st

from service.directory.hsds.publishing.data_package import package
from service.directory.hsds.publishing.profile import profile_files
from service.directory.standard.fit_record import AS_GIVEN, FitOptions
from service.directory.standard.hidden_names import HiddenNames
from service.directory.standard.schema import OBJECT_TYPES
from service.directory.standard.value_forms import fit_value

PROFILE = Path(__file__).resolve().parents[2] / "openapi" / "hsds-profile"
NEARLY_URIS = r"[a-z]{1,4}:(//)?[!-~]{0,12}(:\d{0,3})?(/[!-~]{0,6})?(\?[!-~]{0,3})?"
HERE = "0b7c8a52-6d5b-4a51-8f0e-2f4d3b5c6e7f"
FORMS = {"uuid": "uuid", "uri": "uri", "email": "email", "moment": "date-time", "number": None, "text": None}


@pytest.mark.parametrize("name", OBJECT_TYPES)
def test_our_objects_are_those_of_the_specification(name: str) -> None:
    """Fields, their order, what is required and which words and forms they take are HSDS's own."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    object_type = OBJECT_TYPES[name]

    assert list(object_type.fields) == list(schema["properties"])
    assert set(object_type.required) == set(schema["required"])
    for field, declared in schema["properties"].items():
        form = object_type.fields[field].form
        if form is None:
            inner = declared.get("items", declared)["$ref"].removesuffix(".json")
            assert (object_type.fields[field].record_type, object_type.fields[field].many) == (
                inner,
                declared.get("type") == "array",
            )
        elif declared["type"] == "number" or "format" in declared:
            assert FORMS[form] == declared.get("format")
        for word in declared.get("enum", ()):
            assert fit_value(str(form), word) == word


def test_our_tables_are_those_of_the_specification() -> None:
    """Each table has HSDS's file, columns, types, references and required columns, and one column more."""
    official = {
        table["name"]: table for table in json.loads((STANDARD / "3.2" / "datapackage.json").read_text())["resources"]
    }
    ours = {table["name"]: table for table in package()["resources"]}

    assert official.keys() - ours.keys() == {"meta_table_description"}  # it describes tables, and is one itself
    for name, table in ours.items():
        other = official[name]
        assert table["path"] == other["path"]
        fields, others = table["schema"]["fields"], other["schema"]["fields"]
        assert [field["name"] for field in fields] == [*(field["name"] for field in others), "additions"]
        for field, same in zip(fields, others, strict=False):
            assert field["type"] == same["type"], field
            required = same["constraints"].get("required", False)
            assert field.get("constraints", {}).get("required", False) == required, field
        keys, other_keys = (side["schema"].get("foreignKeys", []) for side in (table, other))
        assert sorted(map(str, keys)) == sorted(map(str, other_keys))


def test_the_profile_is_written_down() -> None:
    """The files in `openapi/hsds-profile` are those that the program makes; each is a patch of a schema of HSDS."""
    files = profile_files()

    assert {file.name: file.read_bytes() for file in PROFILE.iterdir()} == files
    assert {name.removesuffix(".json") for name in files} - OBJECT_TYPES.keys() == {"profile"}


def test_the_profile_takes_nothing_away() -> None:
    """A patched schema is a valid schema, asks for no more than HSDS's, and keeps each of its fields as it is."""
    for name, file in profile_files().items():
        if name == "profile.json":
            continue
        patch = json.loads(file)
        schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema({**schema, **patch})
        assert patch.keys() == {"properties"}
        assert patch["properties"].keys().isdisjoint(schema["properties"])


@given(st.text() | st.from_regex(NEARLY_URIS, fullmatch=True))
def test_what_we_call_a_uri_is_one(text: str) -> None:
    """Nothing goes out as a URI that the specification's own check refuses."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert fit_value("uri", text) is None or checker.conforms(text, "uri")


@pytest.mark.parametrize("uri", ["http://example.com", "https://a.example:80/b/c?d=e#f"])
def test_uris_are_known(uri: str) -> None:
    """Everyday web addresses are URIs."""
    assert fit_value("uri", uri) == uri


@pytest.mark.parametrize("uri", ["mailto:a@b.example", "urn:a:b", "javascript:alert(1)", "https://me:pw@example.com"])
def test_no_other_link_goes_out(uri: str) -> None:
    """What leads elsewhere than to the web is no URI of ours, though the specification would have it."""
    assert fit_value("uri", uri) is None


SCALARS = st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False) | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "name")), inner)
)


@given(
    record_type=st.sampled_from(("organization", "service", "location", "service_at_location")),
    data=st.data(),
)
def test_whatever_is_stored_goes_out_valid(record_type: str, data: st.DataObject) -> None:
    """Any plain data under the names of HSDS's fields makes a valid record, and none of it is lost."""
    names = st.sampled_from((*OBJECT_TYPES[record_type].fields, "unknown_field"))
    given_: dict[str, Any] = data.draw(st.dictionaries(names, ANYTHING, max_size=6))
    record = {
        "name": "A",
        "status": "active",
        "location_type": "virtual",
        **given_,
        "id": HERE,
    }

    published = FitOptions().fit(record_type, record, place="p", whole=True)

    if published is None:
        assert any(
            record.get(name) is None
            or fit_value(str(OBJECT_TYPES[record_type].fields[name].form), record[name]) is None
            for name in OBJECT_TYPES[record_type].required
        )
        return
    assert faults(record_type, published) == []
    text = json.dumps(published)
    for name, value in given_.items():
        if name != "id" and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            assert json.dumps(value) in text or str(value) in text, name
    assert FitOptions().fit(record_type, published, place="p", whole=True) == published


def test_what_has_not_its_form_is_kept_apart() -> None:
    """A value without its form is under `as_given`, whole, and so is a part that cannot be one."""
    record = {
        "id": "17",
        "minimum_age": "18+",
        "phones": [{"type": "voice"}],
        "url": "x",
    }

    published = FitOptions().fit("service", {"name": "A", "status": "active", **record}, place="here", whole=True)

    assert published is not None
    assert published[AS_GIVEN] == record
    assert not {"minimum_age", "phones", "url"} & published.keys()


HIDDEN = HiddenNames(["Harbor House", "harbor-house", "Refuge", "9d8e7f60-1a2b-4c3d-8e4f-5a6b7c8d9e0f"])


@pytest.mark.parametrize(
    "text", ["ask HARBOR  house", "at Harbor-House.", "x 9D8E7F60-1a2b-4c3d-8e4f-5a6b7c8d9e0f", "Refuge"]
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    """Case and what stands between words do not matter; neither does how deep it lies."""
    assert HIDDEN.named_in(text)
    assert HIDDEN.named_in([{"a": {"b": text}}])
    assert HIDDEN.named_in({text: 1})


@pytest.mark.parametrize("text", ["a refuge for all", "Harbor", "the harbor, and a house", "Harbor Houses", ""])
def test_words_that_are_no_name_stay(text: str) -> None:
    """A name of one word is found only as it is written; half a name is none."""
    assert not HIDDEN.named_in(text)


def test_what_names_a_hidden_organization_is_left_out() -> None:
    """Texts, contacts, phones and fields that HSDS does not know go whole; a record's own name stays."""
    record = {
        "id": HERE,
        "name": "Harbor House Thrift Shop",
        "description": "Run by Harbor House.",
        "contacts": [{"name": "A", "department": "Harbor House desk"}, {"name": "B"}],
        "phones": [{"number": "555-0100", "description": "for harbor house"}],
        "partner": {"slug": "harbor-house"},
        "parent_organization_id": "9d8e7f60-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
    }

    published = FitOptions(HIDDEN).fit("organization", record, place="p", whole=True)

    assert published is not None
    assert published.keys() == {"id", "name", "description", "contacts"}
    assert published["description"] == "Harbor House Thrift Shop"
    assert [contact["name"] for contact in published["contacts"]] == ["B"]
