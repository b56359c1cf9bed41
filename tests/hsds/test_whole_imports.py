"""One import is one transaction, and what no database can hold does not stop it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hsds.hsds_builders import bring_in, everything, organization, parts, put_in, rows, service
from hsds.large_package import write_package
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.findings import MENDED
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.curate import curate
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle


def test_odd_text_is_kept_from_the_database(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A NUL or half a surrogate pair, which no database keeps, is taken out, said so, and stops nothing."""
    file = tmp_path / "directory.json"
    put_in(tmp_path, organization(service(fees="\x00free", alert="\ud800")))

    report = import_hsds(unit_of_work, file)

    assert [finding.path for finding in report.findings.of(MENDED)] == ["services[0]"]
    assert report.services == 1
    (stored,) = rows(engine, "service")
    assert stored["extra"]["fees"] == "free"


def test_a_failure_half_way_leaves_nothing(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks after rows were written undoes all of them: one transaction."""

    def fail(self: CoalitionRepository) -> int:
        raise OSError("the disk is gone")

    monkeypatch.setattr(CoalitionRepository, "directory_version", fail)

    with pytest.raises(OSError, match="disk"):
        bring_in(unit_of_work, tmp_path, organization())

    assert not any(everything(engine).values())


def test_long_words_are_kept(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """An area in a whole essay is kept whole, where no index has to hold it."""
    essay = "".join(chr(0x4E00 + number % 5000) for number in range(20_000))

    bring_in(unit_of_work, tmp_path, organization(service(service_areas=[{"name": essay}], description=essay)))

    (area,) = parts(engine, "service_areas")
    assert ("name" in area, area["extra"]["name"]) == (False, essay)


def test_an_import_writes_once(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """However many organizations change, the version rises by one."""
    first = bring_in(unit_of_work, tmp_path, [organization(id=f"o{number}", services=[]) for number in range(1200)])
    second = bring_in(unit_of_work, tmp_path, [organization(id=f"o{n}", services=[], name="New") for n in range(1200)])

    assert (first.organizations, first.directory_version, second.directory_version) == (1200, 1, 2)


def test_what_people_settled_outlives_the_next_import(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """Settled in a file that `load` takes: kept beside the record, and laid over the source again."""
    bring_in(unit_of_work, tmp_path, organization(service(minimum_age="18+")))
    text = "\n".join(curate(unit_of_work).lines()).replace("confirmed: false", "confirmed: true", 1)
    before = [row.get("minimum_age") for row in rows(engine, "service")]

    loaded = load_bundle(unit_of_work, text.encode(), replace=False)
    again = bring_in(unit_of_work, tmp_path, organization(service(minimum_age="18+")))

    (stored,) = rows(engine, "service")
    assert (before, loaded.changed, again.changed) == ([None], True, False)
    assert (stored["minimum_age"], stored["inferred"]) == (18, None)
    assert stored["curated"]["fields"]["minimum_age"] == 18


def test_a_large_package_goes_in_by_batches(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """More services than one batch holds, with their places and parts: all there, one version, and no change again."""
    package = write_package(tmp_path / "large", 1_100)

    report = import_hsds(unit_of_work, package)

    assert (report.services, report.locations, report.directory_version) == (1_100, 1_100, 1)
    assert len(parts(engine, "phones")) == len(rows(engine, "service_at_location")) == 1_100
    assert import_hsds(unit_of_work, package).changed is False
