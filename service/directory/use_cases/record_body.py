"""A sent object of the directory: in the bundle's form, and held against the directory by the checks of a bundle. Pure.

Over HTTP an organization, service, location, agreement, form or entry has a `slug`, and an `id` that follows from it;
in a bundle the slug stands under `id`. Problems within the object are told by JSON pointer; problems at further objects
are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from service.directory.bundle import Bundle
from service.directory.bundle.addresses import find_address_leaks
from service.directory.bundle.checks import check_document
from service.directory.bundle.schema import RECORD_CLASSES
from service.directory.standard.identity import id_of, is_uuid, place_name
from service.directory.store.record_documents import Document, but
from service.directory.store.resources import TYPES
from service.documents.bodies import as_pointers
from service.documents.document import parse_body
from service.documents.messages import pointed_problems
from service.documents.node import Node, pointer_of
from service.errors import BundleRefused, Problem, RecordRefused, first_of
from service.i18n import refusals
from service.vocabulary import slug_of

_NAMING = ("parent", "organization", "between", "operator_authorised", "accepts_from", "accepted_forms", "location_id")
_BY_PARTY = ("offers", "wants")
_TOLD_WITH = ("notices", "usual_answers")
"""Told with an object, and no part of its record."""
_NESTED = {"organizations": (("locations", "location"), ("services", "service"))}
LISTS = {
    "organizations": "organizations",
    "services": "organizations",
    "agreements": "agreements",
    "release-forms": "release_forms",
    "vocabulary": "vocabulary",
}
_SLUG_AT = re.compile(r"(?:(?:services|locations)/\d+/)?id")


@dataclass(frozen=True, slots=True)
class Body:
    """An object as sent. `misshapen`: to be refused, whatever the directory holds.

    `labels_settled`: the coalition decided on the labels of the organization, so that no limit on its writer holds.
    """

    document: Document
    misshapen: bool
    labels_settled: bool = False


def read_body(resource: str, data: bytes) -> Body:
    """Return the JSON object in `data`, to be put as an object of the resource.

    Raises:
        RecordRefused: the body is no JSON object, or holds values forbidden in every document. No value is echoed.
    """
    try:
        tree, problems = parse_body(data)
    except BundleRefused as refused:
        raise RecordRefused("", as_pointers(refused.problems)) from None
    if problems:
        raise RecordRefused("", *first_of(as_pointers(problems)))
    if not isinstance(tree, dict):
        raise RecordRefused("", (Problem("", refusals.OBJECT),))
    return Body(tree, bool(misfits_of(resource, tree)))


def misfits_of(resource: str, body: Document) -> tuple[Problem, ...]:
    """Return what the schema would not take of an object, under any name. Ids stand for their slugs. Pure."""
    ids = {text: text.lower() for text in texts_in(body) if is_uuid(text)}
    document = but(with_slugs(body, ids), "id", "slug", *(("organization",) if resource == "services" else ()))
    model = RECORD_CLASSES[TYPES[resource]]
    try:
        model.model_validate(in_bundle_form(resource, document, "name", ""))
    except ValidationError as error:
        refused, _ = pointed_problems(error, model, most=None)
        return tuple(Problem(slug_pointer(fault.path), fault.message) for fault in refused)
    except RecordRefused as refused:
        return refused.problems
    return ()


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a document, keys included.

    >>> list(texts_in({"between": ["lotus-center", "blue-door"]}))
    ['between', 'lotus-center', 'blue-door']
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts_in([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def with_slugs(value: Any, slugs: Mapping[str, str], *, naming: bool = False) -> Any:
    """Return a body with slugs in place of the ids (in `slugs`) of further objects.

    >>> with_slugs({"parent": "0b7c8a52", "name": "0b7c8a52"}, {"0b7c8a52": "lotus-center"})
    {'parent': 'lotus-center', 'name': '0b7c8a52'}
    """
    if isinstance(value, dict):
        by_party = {
            key: {slugs.get(name, name): item for name, item in value[key].items()}
            for key in _BY_PARTY
            if isinstance(value.get(key), dict)
        }
        return {key: with_slugs(item, slugs, naming=key in _NAMING) for key, item in {**value, **by_party}.items()}
    if isinstance(value, list):
        return [with_slugs(item, slugs, naming=naming) for item in value]
    return slugs.get(value, value) if naming and isinstance(value, str) else value


def in_bundle_form(resource: str, body: Document, slug: str, row_id: str) -> Document:
    """Return `body` in the bundle's form, under the path's name.

    Raises:
        RecordRefused: a `slug` or an `id` in the body is another object's.
    """
    document = but(body, *_TOLD_WITH)
    problems = list(_take_names(document, TYPES[resource], slug, row_id))
    for list_name, table in _NESTED.get(resource, ()):
        if isinstance(items := document.get(list_name), list):
            document[list_name] = [but(item, *_TOLD_WITH) if isinstance(item, dict) else item for item in items]
            for index, item in enumerate(document[list_name]):
                problems += _rename(item, table, f"/{list_name}/{index}", slug)
    if problems:
        raise RecordRefused("", tuple(problems))
    return document if resource == "vocabulary" else {"id": slug, **document}


def slug_pointer(pointer: str) -> str:
    """Return a pointer into the bundle's form as a pointer into the sent object, where a name is a `slug`.

    >>> slug_pointer("/id"), slug_pointer("/services/2/id"), slug_pointer("/services/2/phones/0/id")
    ('/slug', '/services/2/slug', '/services/2/phones/0/id')
    """
    return f"{pointer[:-2]}slug" if _SLUG_AT.fullmatch(pointer[1:]) else pointer


def _take_names(document: Document, table: str, slug: str, row_id: str) -> Iterator[Problem]:
    """Take `id` and `slug` out of the whole object; yield contradictions to the path."""
    given_slug, given_id = document.pop("slug", None), document.pop("id", None)
    if given_slug not in (None, slug):
        yield Problem("/slug", refusals.AS_THE_PATH_SAYS)
    if given_id not in (None, slug, row_id, id_of(table, slug)):
        yield Problem("/id", refusals.AS_THE_PATH_SAYS)


def _rename(item: Any, table: str, pointer: str, owner: str) -> Iterator[Problem]:
    """Put the slug of a service or location of `owner` under `id`, the bundle's way; yield a foreign id.

    A place keeps its slug, not its id, on becoming private or public: either id is taken.
    """
    if not isinstance(item, dict) or item.get("slug") is None:
        return
    slug, row_id = item.pop("slug"), item.pop("id", None)
    if isinstance(slug, str):
        names = [slug, place_name(owner, slug, private=True)] if table == "location" else [slug]
        if row_id not in (None, slug, *(id_of(table, name) for name in names)):
            yield Problem(f"{pointer}/id", refusals.ID_OF_SLUG)
    item["id"] = slug


@dataclass(frozen=True, slots=True)
class BrokenObject:
    """A problem at a further object: its resource and slug, and its organization, if any."""

    resource: str
    slug: str
    organization: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RecordChange:
    """An object in its place: `record`, the object or the organization that holds it, and the `others`.

    `index`: the place of a service in its organization. `by_insider`: the writer knows the private places, and so may
    hear that a text tells a private place.
    """

    resource: str
    others: Document
    record: Document
    index: int | None = None
    by_insider: bool = False

    def whole(self) -> Document:
        """Return the directory with the record, which comes last so that a name given twice is its fault."""
        name = LISTS[self.resource]
        return {**self.others, name: [*self.others[name], self._record_for_checks()]}

    def without(self, organizations: frozenset[str], *, existing: set[str]) -> RecordChange:
        """Return the change in a directory without some organizations; the `existing` among them stay by name."""
        others = [
            {"id": row["id"]} if row["id"] in organizations else row
            for row in self.others["organizations"]
            if row["id"] not in organizations or row["id"] in existing
        ]
        return replace(self, others={**self.others, "organizations": others})

    def bundle(self) -> tuple[Bundle | None, list[Problem]]:
        """Return the record as a bundle of its own, or the problems of the schema within the object."""
        name = LISTS[self.resource]
        try:
            return Bundle.model_validate({"coalition": self.others["coalition"], name: [self.record]}), []
        except ValidationError as error:
            prefix = f"/{name}/0" if self.index is None else f"/{name}/0/services/{self.index}"
            refused, _ = pointed_problems(error, Bundle, most=None)
            return None, [Problem(slug_pointer(fault.path.removeprefix(prefix)), fault.message) for fault in refused]

    def relations(self) -> tuple[list[Problem], list[BrokenObject]]:
        """Return dangling, doubled or contradictory parts within the object, and at further objects."""
        whole, name = self.whole(), LISTS[self.resource]
        at = f"/{name}/{len(whole[name]) - 1}"
        if self.index is not None:
            at += f"/services/{len(self.record['services']) - 1}"
        problems = list(check_document(whole, apart=True))
        within = [problem for problem in problems if _is_under(problem, at)]
        elsewhere = [_elsewhere(whole, problem) for problem in problems if not _is_under(problem, at)]
        if self.by_insider:
            alone = Node({name: [*[None] * (len(whole[name]) - 1), whole[name][-1]]})
            within += [problem for problem in find_address_leaks(alone) if _is_under(problem, at)]
        own = [Problem(slug_pointer(pointer_of(fault.path).removeprefix(at)), fault.message) for fault in within]
        return own, elsewhere

    def _record_for_checks(self) -> Document:
        services = self.record.get("services")
        if self.index is None or not isinstance(services, list):
            return self.record
        others = [service for index, service in enumerate(services) if index != self.index]
        return {**self.record, "services": [*others, services[self.index]]}


def broken_in(whole: Document) -> list[BrokenObject]:
    """Return dangling, doubled or contradictory parts of a directory."""
    return [_elsewhere(whole, problem) for problem in check_document(whole, apart=True)]


def _is_under(problem: Problem, pointer: str) -> bool:
    return f"{pointer_of(problem.path)}/".startswith(f"{pointer}/")


def _elsewhere(whole: Document, problem: Problem) -> BrokenObject:
    name, index, part, at, *_ = *pointer_of(problem.path)[1:].split("/"), "", "", ""
    row: Any = whole[name][int(index)] if index.isdecimal() else None
    if not isinstance(row, dict):
        return BrokenObject(name, "", None, problem.message)
    if name == "vocabulary":
        return BrokenObject("vocabulary", slug_of(row), row.get("organization"), problem.message)
    if part == "services" and at:
        return BrokenObject("services", str(row["services"][int(at)].get("id")), row.get("id"), problem.message)
    slug = str(row.get("id") or row.get("code"))
    return BrokenObject(name.replace("_", "-"), slug, slug if name == "organizations" else None, problem.message)
