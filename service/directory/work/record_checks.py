"""A changed object held against the whole directory, by the checks of a bundle. Pure.

Problems within the object are told by JSON pointer; problems at further objects are told apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from service.directory.bundle import Bundle
from service.directory.bundle.addresses import find_told_places
from service.directory.bundle.checks import check_document
from service.directory.store.record_documents import Document
from service.infrastructure.documents.messages import pointed_problems
from service.infrastructure.documents.node import Node
from service.infrastructure.errors import Problem
from service.words.vocabulary import slug_of

from .record_body import pointer_of, slug_pointer

LISTS = {
    "organizations": "organizations",
    "services": "organizations",
    "agreements": "agreements",
    "release-forms": "release_forms",
    "vocabulary": "vocabulary",
}
_RESOURCES = {"organizations": "organizations", "agreements": "agreements", "release_forms": "release-forms"}
_PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.services\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class BrokenObject:
    """A problem at a further object: its resource and slug, and its organization, if any."""

    resource: str
    slug: str
    organization: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RecordChange:
    """An object in its place: the directory without the object, the object's document, and the record around it.

    `record` is the object itself, or the organization of a service, with the service at `index`. `by_insider`: the
    writer knows the private places, and so may hear that a text tells a place.
    """

    resource: str
    rest: Document
    record: Document
    index: int | None = None
    by_insider: bool = False

    def whole(self) -> Document:
        """Return the directory with the record, which comes last so that a name given twice is its fault."""
        name = LISTS[self.resource]
        return {**self.rest, name: [*self.rest[name], self._record_for_checks()]}

    def without(self, organizations: frozenset[str], *, named: set[str]) -> RecordChange:
        """Return the change in a directory without some organizations, of which the `named` still exist."""
        rows = self.rest["organizations"]
        kept = [{"id": row["id"]} if row["id"] in organizations else row for row in rows]
        rest = [row for row in kept if row["id"] not in organizations or row["id"] in named]
        return replace(self, rest={**self.rest, "organizations": rest})

    def check(self) -> tuple[Bundle | None, list[Problem], list[BrokenObject]]:
        """Return the record as a bundle of its own, problems within the object, and problems at further objects."""
        name = LISTS[self.resource]
        relations, elsewhere = self.relations()
        within = {Problem(pointer_of(problem.path), problem.message) for problem in relations}
        small = {"coalition": self.rest["coalition"], name: [self.record]}
        bundle = None
        try:
            bundle = Bundle.model_validate(small)
        except ValidationError as error:
            prefix = f"/{name}/0" if self.index is None else f"/{name}/0/services/{self.index}"
            refused, _ = pointed_problems(error, Bundle, most=None)
            within |= {Problem(slug_pointer(one.path.removeprefix(prefix)), one.message) for one in refused}
        return bundle, sorted(within, key=lambda problem: (problem.path, problem.message)), elsewhere

    def relations(self) -> tuple[list[Problem], list[BrokenObject]]:
        """Return dangling, doubled or contradictory parts within the object (by path in it), and at further objects."""
        whole, name = self.whole(), LISTS[self.resource]
        prefix = f"{name}[{len(whole[name]) - 1}]"
        if self.index is not None:
            prefix += f".services[{len(self.record['services']) - 1}]"
        within, elsewhere = [], []
        for problem in check_document(whole, apart=True):
            path = _under(problem.path, prefix)
            if path is not None:
                within.append(Problem(path, problem.message))
            else:
                elsewhere.append(_elsewhere(whole, problem))
        if self.by_insider:
            alone = Node({name: [*[None] * (len(whole[name]) - 1), whole[name][-1]]})
            told = ((_under(problem.path, prefix), problem.message) for problem in find_told_places(alone))
            within += [Problem(path, message) for path, message in told if path is not None]
        return within, elsewhere

    def _record_for_checks(self) -> Document:
        services = self.record.get("services")
        if self.index is None or not isinstance(services, list):
            return self.record
        others = [service for index, service in enumerate(services) if index != self.index]
        return {**self.record, "services": [*others, services[self.index]]}


def broken_in(whole: Document) -> list[BrokenObject]:
    """Return dangling, doubled or contradictory parts of a directory."""
    return [_elsewhere(whole, problem) for problem in check_document(whole, apart=True)]


def _under(path: str, prefix: str) -> str | None:
    """Return `path` as seen from `prefix` ("bundle" for the object itself), None for a path outside."""
    if path == prefix:
        return "bundle"
    return path[len(prefix) :].lstrip(".") if path.startswith((f"{prefix}.", f"{prefix}[")) else None


def _elsewhere(whole: Document, problem: Problem) -> BrokenObject:
    found = _PLACE.match(problem.path)
    name, index, service = found.groups() if found else (problem.path, None, None)
    row: Any = whole[name][int(index)] if index is not None else None
    if not isinstance(row, dict):
        return BrokenObject(name, "", None, problem.message)
    if name == "vocabulary":
        return BrokenObject("vocabulary", slug_of(row), row.get("organization"), problem.message)
    if service is not None:
        return BrokenObject("services", str(row["services"][int(service)].get("id")), row.get("id"), problem.message)
    slug = str(row.get("id") or row.get("code"))
    return BrokenObject(_RESOURCES.get(name, name), slug, slug if name == "organizations" else None, problem.message)
