"""What a source does not bring any more goes when asked: of that source only, and never on a guess."""

from __future__ import annotations

from pathlib import Path

from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, everything, organization, put_in, rows, service
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.bundle import Bundle
from service.directory.store.directory_tables import read_records
from service.directory.store.record_documents import rows_of
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle

BEDS = BOXES.replace("0b", "1c")
PLACE = {"id": HALL, "location_type": "physical", "name": "Hall", "latitude": 30.0, "longitude": -97.0}
FULL = [
    organization(service(), service(id=BEDS, name="Beds", service_at_locations=[{"id": SHOP, "location": PLACE}])),
    organization(service(id=SHOP, name="Shop"), id=SHOP, name="Shop"),
]
LESS = [organization(service())]


def names(engine: Engine, table: str) -> set[str]:
    return {row["name"] for row in rows(engine, table) if row["slug"].startswith("hsds-")}


def test_what_is_gone_goes(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A service, its place and a whole organization that the source no longer has are removed, parts and all."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    untouched = everything(engine)
    import_hsds(unit_of_work, put_in(tmp_path, FULL))

    report = import_hsds(unit_of_work, put_in(tmp_path, LESS), prune=True)

    assert (report.pruned, report.changed) == (1, True)
    assert names(engine, "organization") == {"County Food Pantry"}
    assert names(engine, "service") == {"Food boxes"}
    assert names(engine, "location") == set()
    after = everything(engine)
    assert all(row in after[table] for table in untouched if table != "coalition" for row in untouched[table])
    assert import_hsds(unit_of_work, put_in(tmp_path, LESS), prune=True).changed is False


def test_nothing_goes_unasked(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """Without `prune`, a shorter file removes nothing."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL))

    import_hsds(unit_of_work, put_in(tmp_path, LESS))

    assert names(engine, "service") == {"Food boxes", "Beds", "Shop"}


def test_another_source_is_left_alone(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """What another source brought stays, also within an organization that both know."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL), source="county")
    import_hsds(unit_of_work, put_in(tmp_path, service(id="9", name="Rides", organization_id=SHOP)), source="city")

    report = import_hsds(unit_of_work, put_in(tmp_path, LESS), source="county", prune=True)

    assert report.pruned == 0
    assert names(engine, "organization") == {"County Food Pantry", "Shop"}
    assert names(engine, "service") == {"Food boxes", "Rides"}


def test_within_an_organization_too(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """What another source brought for an organization that is still there stays with it."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL), source="county")
    import_hsds(unit_of_work, put_in(tmp_path, service(id="9", name="Rides", organization_id=PANTRY)), source="city")

    import_hsds(unit_of_work, put_in(tmp_path, LESS), source="county", prune=True)

    assert names(engine, "service") == {"Food boxes", "Rides"}


def test_nothing_goes_while_something_cannot_be_read(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A broken file may hold what seems to be gone: then nothing is removed, and the report says so."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL), source="county")
    put_in(tmp_path / "new", LESS)
    (tmp_path / "new" / "rest.json").write_bytes(b'[{"id": ')

    report = import_hsds(unit_of_work, tmp_path / "new", source="county", prune=True)

    assert report.pruned is None
    assert names(engine, "service") == {"Food boxes", "Beds", "Shop"}


def test_a_record_that_is_wrong_now_is_not_gone(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A service whose new version is left out stays as it was stored."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL))
    wrong = [organization(service(), service(id=BEDS, name="Beds", status="perhaps"))]

    import_hsds(unit_of_work, put_in(tmp_path, wrong), prune=True)

    assert names(engine, "service") == {"Food boxes", "Beds"}


def test_what_an_agreement_names_stays(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """An organization that somebody refers to is kept, without what the source brought for it."""
    import_hsds(unit_of_work, put_in(tmp_path, FULL))
    bundle = good_bundle()
    load_bundle(unit_of_work, bundle_bytes(bundle), replace=True)
    import_hsds(unit_of_work, put_in(tmp_path, FULL))
    with unit_of_work:
        coalition = CoalitionRepository(unit_of_work)
        [shop] = read_records(unit_of_work.session.connection(), [SHOP])["organization"].values()
        agreement = {"id": "mou-2", "between": [shop["slug"], "harbor-house"], "level": "coalition", "type": "mou"}
        own = Bundle.model_validate(
            {"coalition": bundle["coalition"], "agreements": [agreement | {"status": "signed"}]}
        )
        coalition.merge([rows_of(own)], founding=own.coalition)
        unit_of_work.commit()

    report = import_hsds(unit_of_work, put_in(tmp_path, LESS), prune=True)

    assert report.pruned == 0
    assert "Shop" in names(engine, "organization")
    assert names(engine, "service") == {"Food boxes"}
    assert PANTRY in {row["id"] for row in rows(engine, "organization")}
