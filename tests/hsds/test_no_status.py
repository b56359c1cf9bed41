"""Directories of HSDS 1.x as others publish them: an empty column of statuses, and places of services without ids."""

from __future__ import annotations

from pathlib import Path

from hsds.hsds_builders import rows
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.use_cases.import_hsds import import_hsds

ORGANIZATIONS = "id,name,description\no1,Open Door,Beds\n"
LOCATIONS = "id,organization_id,name,latitude,longitude\nl1,o1,Hall,30.25,-97.75\n"
AT = "id,service_id,location_id,description\n,s1,l1,\n,s2,l1,\n"
HEADINGS = "id,organization_id,name,status\n"
TOLD_ONCE = ["services.csv: no service in these files has a status; each new one counts as active"]


def written(folder: Path, services: str) -> Path:
    tables = {"organizations": ORGANIZATIONS, "locations": LOCATIONS, "service_at_location": AT, "services": services}
    folder.mkdir(exist_ok=True)
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    return folder


def statuses(engine: Engine) -> dict[str, str]:
    return {row["name"]: row["status"] for row in rows(engine, "service") if row["slug"].startswith("hsds-")}


def test_where_no_service_has_a_status_each_is_on_offer(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """With an empty column as without one; it is told once for the file, and again is no change."""
    report = import_hsds(work, written(tmp_path, HEADINGS + "s1,o1,Beds,\ns2,o1,Meals,\n"))

    assert (report.services, report.left_out) == (2, ())
    assert [str(finding) for finding in report.findings.of("mended, and stored as mended")] == TOLD_ONCE
    assert statuses(engine) == {"Beds": "active", "Meals": "active"}
    assert sum(row["slug"] == row["id"] for row in rows(engine, "service_at_location")) == 2
    assert import_hsds(work, tmp_path).changed is False
    without = written(tmp_path / "without", "id,organization_id,name\ns1,o1,Beds\ns2,o1,Meals\n")
    assert import_hsds(work, without, source=report.source).changed is False


def test_where_others_have_one_a_missing_status_means_nothing_known(work: UnitOfWork, tmp_path: Path) -> None:
    report = import_hsds(work, written(tmp_path, HEADINGS + "s1,o1,Beds,inactive\ns2,o1,Meals,\n"))

    assert report.services == 1
    assert ("services.csv", "row 3", "status") in {(at.file, at.path, at.field) for at in report.left_out}


def test_a_stored_status_stays(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """A file without statuses doesn't reopen a service that closed; only what is new counts as active."""
    import_hsds(work, written(tmp_path, HEADINGS + "s1,o1,Beds,temporarily closed\n"))
    report = import_hsds(work, written(tmp_path, HEADINGS + "s1,o1,Beds,\ns2,o1,Meals,\n"))

    assert (report.services, report.left_out) == (2, ())
    assert statuses(engine) == {"Beds": "temporarily closed", "Meals": "active"}
