"""An export that is imported elsewhere gives an equal directory, including the dates of its services."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import GOOD_YAML
from databases import stored_at
from hsds.hsds_builders import BOXES, PANTRY, organization, public_records, put_in, service
from sqlalchemy import Engine

from service.database.field_cipher import AddressCipher
from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.publishing.export_files import export_to
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle

FORMS = ("out.json", "out.ndjson", "out.zip", "out")
EARLIER, LATER = datetime(2026, 3, 1, 8, 30, 15, 123456, UTC), datetime(2026, 4, 2, tzinfo=UTC)
STATED = "2025-01-02T03:04:05Z"


def offers(**stated: str) -> list[dict[str, Any]]:
    return organization(service(**stated), service(id=PANTRY, name="Pantry"))


def dates(work: UnitOfWork) -> dict[str, str]:
    return {record["id"]: record["last_modified"] for kind, record in public_records(work) if kind == "service"}


@pytest.mark.parametrize("form", FORMS)
def test_an_imported_export_is_equal(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path, form: str) -> None:
    """A first import keeps the exported date of each service, even if its original source had none."""
    with stored_at(EARLIER):
        import_hsds(unit_of_work, put_in(tmp_path, offers(last_modified=STATED)), source="first")
    once = public_records(unit_of_work)
    with export_to(tmp_path / form) as take:
        export_hsds(unit_of_work, take)
    with engine.begin() as connection:
        for table in ("record_key", "term_use", "record", "gone_record", "coalition"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # as another installation begins

    with stored_at(LATER):
        import_hsds(unit_of_work, tmp_path / form, source="second")

    assert public_records(unit_of_work) == once
    assert dates(unit_of_work) == {BOXES: STATED, PANTRY: "2026-03-01T08:30:15.123456Z"}
    with stored_at(LATER):
        assert import_hsds(unit_of_work, tmp_path / form, source="second").changed is False


def test_an_existing_directory_dates_new_services_itself(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """In an existing directory a new service gets the date of the import, whatever its source says."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)
    with stored_at(LATER):
        import_hsds(unit_of_work, put_in(tmp_path, offers(last_modified=STATED)), source="first")

    found = dates(unit_of_work)
    assert {found[BOXES], found[PANTRY]} == {"2026-04-02T00:00:00Z"}


def test_a_future_date_is_ignored(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A date in the future would hide later changes from callers who poll; text that isn't a date is ignored."""
    for given in ("2199-01-01T00:00:00Z", "yesterday"):
        with stored_at(LATER):
            import_hsds(unit_of_work, put_in(tmp_path, offers(last_modified=given)), source="first")
        assert dates(unit_of_work)[BOXES] == "2026-04-02T00:00:00Z"


def test_a_change_replaces_an_imported_date(unit_of_work: UnitOfWork, cipher: AddressCipher, tmp_path: Path) -> None:
    """A later import with a new name gives that service a new date; the other service keeps its date."""
    with stored_at(EARLIER):
        import_hsds(unit_of_work, put_in(tmp_path, offers(last_modified=STATED)), source="first")
    with stored_at(LATER):
        import_hsds(unit_of_work, put_in(tmp_path, offers(last_modified=STATED, name="Boxes")), source="first")

    assert dates(unit_of_work) == {BOXES: "2026-04-02T00:00:00Z", PANTRY: "2026-03-01T08:30:15.123456Z"}
