"""What a change can touch is enough: the checks say on it what they say on the whole directory."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from length import draws
from loaded import Loader
from seeds import fresh_random
from store.whole_directory import whole_directory

from service import demo
from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import View
from service.directory.use_cases.record_body import LISTS, RecordChange, broken_in
from service.security import Caller
from service.vocabulary import slug_of

Document = dict[str, Any]
ADMIN = Caller("juniper-bridge-hotline", frozenset({"directory:read", "directory:write", "directory:admin"}), "a")
MOST = draws(8, 3)
RECORDS = ("organizations", "agreements", "release-forms", "vocabulary")


@pytest.fixture(scope="module")
def work() -> Iterator[UnitOfWork]:
    with Loader() as loader:
        load_bundle(loader.unit_of_work(), demo.coalition_bytes(), replace=True)
        yield loader.unit_of_work()


def without(directory: Document, resource: str, slug: str) -> Document:
    name = LISTS[resource]
    return {**directory, name: [row for row in directory[name] if slug_of(row) != slug]}


def said_of_change(directory: Document, resource: str, slug: str, record: Document) -> tuple[Any, Any]:
    """Return the problems within a changed record, and what it breaks elsewhere."""
    within, elsewhere = RecordChange(resource, without(directory, resource, slug), record).relations()
    return set(within), set(elsewhere) - set(broken_in(directory))


def said_of_removal(directory: Document, resource: str, slug: str) -> set[Any]:
    return set(broken_in(without(directory, resource, slug))) - set(broken_in(directory))


def changes(resource: str, record: Document, whole: Document) -> Iterator[Document]:
    """Yield a record as it is, and with each of its references and names pointed elsewhere."""
    yield record
    names = [row["id"] for row in whole["organizations"]]
    slugs = [
        part["id"] for row in whole["organizations"] for kind in ("services", "locations") for part in row.get(kind, ())
    ]
    match resource:
        case "organizations":
            for parent in ("nobody", record["id"], names[0]):
                yield {**record, "parent": parent}
            for field, value in (
                ("operator_authorised", ["nobody"]),
                ("accepted_forms", ["none"]),
                ("near", "nowhere"),
            ):
                yield {**record, "coalition": {**record["coalition"], field: value}}
            for slug in slugs[::5]:
                service = {"id": slug, "name": "x", "status": "active"}
                for referral in (
                    {"types": ["food"], "accepts_from": ["nobody"]},
                    {"types": ["none"], "only": ["none"]},
                ):
                    yield {**record, "services": [*record.get("services", ()), {**service, "referral": referral}]}
                yield {**record, "locations": [*record.get("locations", ()), {"id": slug, "location_type": "physical"}]}
            yield {**record, "services": [*record.get("services", ()), *record.get("services", ())]}
        case "agreements":
            yield {**record, "between": [record["between"][0], "nobody"], "types": ["none"]}
        case "vocabulary":
            yield {**record, "kind": "trait" if record.get("kind") == "type" else "type"}
            yield {**record, "means": "none"}
        case _:
            yield {**record, "name": "x"}


@pytest.mark.parametrize("resource", RECORDS)
def test_a_part_of_the_directory_says_what_the_whole_says(work: UnitOfWork, resource: str) -> None:
    """Of some records: as they are, changed in each way, and removed; and something is found in some of them."""
    count = 0
    with work:
        view, whole, draw = View.open(work, ADMIN), whole_directory(work.session), fresh_random(36)
        records = whole[LISTS[resource]]
        for record in records if len(records) < MOST else draw.sample(records, MOST):
            slug = slug_of(record)
            for change in changes(resource, copy.deepcopy(record), whole):
                part = view.around(resource, slug, change, referring=resource == "vocabulary")
                problems = said_of_change(part, resource, slug, change)
                assert problems == said_of_change(whole, resource, slug, change), (slug, change)
                count += bool(problems[0] or problems[1])
            part = view.around(resource, slug, {}, referring=True)
            removed = said_of_removal(part, resource, slug)
            assert removed == said_of_removal(whole, resource, slug), slug
            count += bool(removed)
    assert count or resource == "agreements"


@pytest.mark.parametrize("reader", ["nobody-known", ADMIN.organization])
def test_what_a_reader_is_shown_leaves_the_reading_whole(work: UnitOfWork, reader: str) -> None:
    """A view reads an organization's record once: what its reader may not see is left out of a copy."""
    with work:
        view = View.open(work, Caller(reader, frozenset({"directory:read"}), "a"))
        slugs, hidden = [row["id"] for row in whole_directory(work.session)["organizations"]], sorted(view.hidden)
        for owner in view.resources.owners_by_slug(slugs).values():
            record = view.resources.record(owner.id)
            for row in record["service"].values():
                row["document"]["referral"]["accepts_from"] = ["members", *hidden]
            before = copy.deepcopy(record)
            view.documents("organizations", [owner.id])
            view.documents("services", list(record["service"]))
            assert record == before, owner.slug
