"""Taxonomies and terms that files tell by themselves: kept, served and given out, in use or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import (
    BOXES,
    HALL,
    PANTRY,
    SHOP,
    everything,
    organization,
    public_records,
    put_in,
    rows,
    service,
)
from hsds.official import faults
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.publishing.export_files import export_to
from service.directory.standard.record_query import RecordQuery
from service.directory.store.hsds_pages import TAXONOMIES, TERMS
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_hsds import RecordDepth, get_record, list_records

OPEN = {"id": HALL, "name": "Open", "description": "An open taxonomy", "version": "2"}
FOOD = {"id": SHOP, "code": "F", "name": "Food", "description": "All food", "taxonomy_detail": OPEN, "x_icon": "apple"}
BREAD = {"id": BOXES, "code": "F-1", "name": "Bread", "description": "Bread", "parent_id": SHOP, "taxonomy_id": HALL}


def listed(work: UnitOfWork, kind: str, **query: Any) -> list[dict[str, Any]]:
    page = list_records(work, None, kind, RecordQuery(**query), RecordDepth(), page=1, per_page=50)
    return list(page.document["contents"])


def test_they_are_kept_and_served(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """No service uses them; they are there all the same, whole, and can be looked for."""
    report = import_hsds(unit_of_work, put_in(tmp_path, {"contents": [FOOD, BREAD]}, "taxonomy_terms.json"))

    assert (report.terms, report.left_out, report.set_aside) == (2, (), ())
    assert [term["id"] for term in listed(unit_of_work, TERMS)] == sorted((SHOP, BOXES))
    assert [taxonomy["id"] for taxonomy in listed(unit_of_work, TAXONOMIES)] == [HALL]
    assert get_record(unit_of_work, None, TERMS, SHOP, RecordDepth()).document["x_icon"] == "apple"
    assert get_record(unit_of_work, None, TAXONOMIES, HALL, RecordDepth()).document["version"] == "2"
    assert [term["name"] for term in listed(unit_of_work, TERMS, parent_id=SHOP)] == ["Bread"]
    assert [term["name"] for term in listed(unit_of_work, TERMS, top_only=True)] == ["Food"]
    assert [term["name"] for term in listed(unit_of_work, TERMS, search=("bread",))] == ["Bread"]


def test_a_term_in_use_is_one_term(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Told by itself and with a service it is listed once, as it was told by itself."""
    slim = {name: FOOD[name] for name in ("id", "name", "description")}
    offer = service(attributes=[{"id": PANTRY, "taxonomy_term": slim}])
    import_hsds(unit_of_work, put_in(tmp_path, [organization(offer), FOOD, OPEN]))

    (term,) = listed(unit_of_work, TERMS)

    assert term["x_icon"] == "apple"
    assert listed(unit_of_work, "service", term_id=SHOP)


def test_again_and_without(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """The same file changes nothing; less of it with `prune` drops the rest, and only of that source."""
    import_hsds(unit_of_work, put_in(tmp_path, [OPEN, FOOD, BREAD]), source="one")
    before = everything(engine)
    assert import_hsds(unit_of_work, put_in(tmp_path, [OPEN, FOOD, BREAD]), source="one").changed is False
    assert everything(engine) == before
    import_hsds(unit_of_work, put_in(tmp_path, [FOOD]), source="other", prune=True)
    assert everything(engine) == before

    import_hsds(unit_of_work, put_in(tmp_path, [BREAD]), source="one", prune=True)

    assert [row["id"] for row in rows(engine, "taxonomy_term")] == [BOXES]
    assert rows(engine, "taxonomy") == []


def test_a_term_without_a_name_is_left_out(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """HSDS has no term without one; the others go in."""
    report = import_hsds(unit_of_work, put_in(tmp_path, [FOOD, {"id": BOXES, "code": "x", "taxonomy": "y"}]))

    assert [(finding.path, finding.field) for finding in report.left_out] == [("[1]", "name")]
    assert report.terms == 1


@pytest.mark.parametrize("name", ["out.json", "out.ndjson", "out.zip", "out"])
def test_they_go_out_and_come_in_again(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine, name: str) -> None:
    """In every form, valid: a taxonomy without a term, a term without a taxonomy, and one that a service uses."""
    bare = {"id": HALL.replace("9d", "8c"), "name": "Bare", "description": "No taxonomy", "kind": "taxonomy_term"}
    slim = {name: FOOD[name] for name in ("id", "name", "description")}
    offer = service(attributes=[{"id": PANTRY, "taxonomy_term": slim}])
    import_hsds(unit_of_work, put_in(tmp_path, [organization(offer), OPEN, FOOD, bare]))
    records = public_records(unit_of_work)
    with export_to(tmp_path / name) as take:
        export_hsds(unit_of_work, take)
    terms = {table: [row["document"] for row in rows(engine, table)] for table in ("taxonomy", "taxonomy_term")}
    load_bundle(unit_of_work, b"coalition: {slug: a, name: A, timezone: UTC, policy_packs: [federal]}", replace=True)
    assert rows(engine, "taxonomy_term") == []

    import_hsds(unit_of_work, tmp_path / name)

    assert public_records(unit_of_work) == records
    assert {table: [row["document"] for row in rows(engine, table)] for table in terms} == terms
    for kind, record in records:
        assert faults(kind, record) == []
