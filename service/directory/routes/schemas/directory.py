"""The objects of the directory as documented: the bundle's own models, each with its `id` and `slug`.

The names in the description begin with `Directory`, to tell the objects from the parts of an answer.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service import demo, vocabulary
from service.directory.bundle import hsds, read_bundle, schema
from service.directory.standard.identity import id_of
from service.documents.base import Rows
from service.documents.fields import Slug, one_of
from service.vocabulary import slug_of

PREFIX = "Directory"
_REF = "#/components/schemas/" + PREFIX + "{model}"
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"}, description="Follows from the slug.")]
Name = Annotated[str, Field(description="The name in paths.")]


class Location(hsds.Location):
    """A place."""

    id: Id = ""
    slug: Slug


class Capacity(hsds.Capacity):
    """The number of places. A reader without sight of the numbers gets only `status`."""

    status: Annotated[
        str | None,
        Field(description="available, full, stale or unknown.", json_schema_extra={"readOnly": True}),
    ] = None


class UsualAnswer(BaseModel):
    """How soon a service answers in a part of the day, by referrals of the last 180 days, for readers of its counts."""

    part: Annotated[str, one_of(vocabulary.PARTS_OF_DAY), Field(description="By the coalition's time, when asked.")]
    time: Annotated[str, one_of(vocabulary.ANSWER_TIMES)]
    in_time: Annotated[int, Field(description="Of 100 referrals, in tens, how many are answered in time.")]
    bound: Annotated[
        Annotated[str, one_of(vocabulary.ANSWER_BOUNDS)] | None,
        Field(description="`in_time` or more, or `in_time` or fewer."),
    ]
    accepted: Annotated[int | None, Field(description="To its own organization: of 100, how many it accepts.")] = None
    plain: str


class Service(hsds.Service):
    """A service as part of an organization."""

    id: Id = ""
    slug: Slug
    capacities: Rows[Capacity] = ()
    usual_answers: Annotated[Rows[UsualAnswer], Field(json_schema_extra={"readOnly": True})] = ()


class OneService(Service):
    """A service by itself; `organization`: the slug of its organization."""

    organization: Slug


class RecordNotice(BaseModel):
    """A notice to an organization about its record. Shown to the organization alone, and never written by a client.

    `text_not_shown`: the text at `pointer` in the record reads like an address, and is hidden from other agencies.
    `address_told_elsewhere`: the text at `pointer` in the record at `href` told the organization's private address.
    `hidden_after_restore`: the record came back from a backup, and is hidden until the organization puts it again.
    """

    id: Annotated[str, Field(description="text_not_shown, address_told_elsewhere or hidden_after_restore.")]
    plain: Annotated[str, Field(description="What it means, in a sentence.")]
    pointer: Annotated[str, Field(description="The field; a service or location in it goes by its slug.")]
    href: Annotated[str | None, Field(description="The record, where it is another's.")] = None


class Organization(hsds.Organization):
    """A whole organization. Private places are shown only to its own staff and the agencies that it let in."""

    id: Id = ""
    slug: Name = ""
    locations: Rows[Location] = ()
    services: Rows[Service] = ()
    notices: Annotated[Rows[RecordNotice], Field(json_schema_extra={"readOnly": True})] = ()


class Agreement(schema.Agreement):
    """An agreement."""

    id: Id = ""
    slug: Name = ""


class ReleaseForm(schema.ReleaseForm):
    """A release form."""

    id: Id = ""
    slug: Name = ""


class VocabularyEntry(schema.VocabularyEntry):
    """A code of the coalition, or the meaning of one organization's own word: its slug is `organization:term`."""

    id: Id = ""
    slug: Name = ""


MODELS: tuple[type[BaseModel], ...] = (Organization, OneService, Agreement, ReleaseForm, VocabularyEntry)


def reference(name: str) -> dict[str, str]:
    """Return a reference to the schema of a model.

    >>> reference("Agreement")
    {'$ref': '#/components/schemas/DirectoryAgreement'}
    """
    return {"$ref": _REF.format(model=name)}


def page_schema(name: str) -> dict[str, Any]:
    """Return the schema of a page of objects of a model.

    >>> page_schema("Agreement")["required"]
    ['items', 'page', 'per_page', 'total']
    """
    number = {"type": "integer"}
    properties = {"items": {"type": "array", "items": reference(name)}, "page": number, "per_page": number}
    return {"type": "object", "properties": {**properties, "total": number}, "required": [*properties, "total"]}


def directory_schemas() -> dict[str, Any]:
    """Return the schemas of every model and of its parts, by name, with examples from the demo coalition."""
    schemas: dict[str, Any] = {}
    for model in MODELS:
        whole = model.model_json_schema(ref_template=_REF, mode="validation")
        schemas |= whole.pop("$defs", {}) | {model.__name__: {**whole, "examples": [example(model.__name__)]}}
    return {PREFIX + name: _with_hh_mm(definition) for name, definition in schemas.items()}


def example(name: str) -> dict[str, Any]:
    """Return the demo coalition's example of a model."""
    return _examples()[name]


@cache
def _examples() -> dict[str, dict[str, Any]]:
    bundle = read_bundle(demo.coalition_bytes()).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    organization = next(row for row in bundle["organizations"] if row.get("services"))
    service = organization["services"][0]
    whole = _with_ids("organization", organization)
    for table, parts in (("location", "locations"), ("service", "services")):
        whole[parts] = [_with_ids(table, part) for part in whole.get(parts, ())]
    return {
        "Organization": whole,
        "OneService": {**_with_ids("service", service), "organization": organization["id"]},
        "Agreement": _with_ids("agreement", bundle["agreements"][0]),
        "ReleaseForm": _with_ids("release_form", bundle["release_forms"][0]),
        "VocabularyEntry": _entry(next(row for row in bundle["vocabulary"] if "code" in row)),
    }


def _with_ids(table: str, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "id": id_of(table, row["id"]), "slug": row["id"]}


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_of("vocabulary_term", row["code"]), "slug": slug_of(row), **row}


def _with_hh_mm(value: Any) -> Any:
    """Return a schema with times of day in the bundle's form, HH:MM, where `format: time` would ask for seconds.

    >>> _with_hh_mm({"type": "string", "format": "time"})
    {'type': 'string', 'format': 'hh-mm', 'pattern': '^[0-2][0-9]:[0-5][0-9](:00)?$'}
    """
    if isinstance(value, list):
        return [_with_hh_mm(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("format") == "time":
        return {**value, "format": "hh-mm", "pattern": "^[0-2][0-9]:[0-5][0-9](:00)?$"}
    return {name: _with_hh_mm(item) for name, item in value.items() if not (name == "default" and item == "")}
