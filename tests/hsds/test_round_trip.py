"""Import, export, import: the identity on all that may go out, in every form, over official and invented data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, Records, organization, public_records, put_in, service
from hsds.official import EXAMPLES, STANDARD, faults, package_faults
from hsds.strange_directories import DIRECTORIES
from hypothesis import HealthCheck, Phase, given, settings
from length import draws
from loaded import Loader

from service.directory.hsds import ImportRefused
from service.directory.hsds.publishing.export_files import export_to
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import import_hsds
from service.i18n.texts import made_visible

NO_SHRINKING = (Phase.explicit, Phase.generate)  # an example takes five databases
FORMS = ("out.json", "out.ndjson", "out.zip", "out")
OFFICIAL = [
    *sorted(EXAMPLES.glob("*.json")),
    EXAMPLES,
    EXAMPLES / "csv",
    STANDARD / "mock-api-data",
    *sorted(STANDARD.glob("guidance-examples/*")),
    *sorted(STANDARD.glob("profile-examples/*")),
]


def check_round_trip(path: Path, folder: Path) -> Records:
    """Import `path`, and hold each form of its export, imported into nothing, against what went out; return that."""
    with Loader() as first:
        import_hsds(first.unit_of_work(), path, source="first")
        once = public_records(first.unit_of_work())
        for kind, record in once:
            assert faults(kind, record) == []
        for name in FORMS:
            with export_to(folder / name) as take:
                export_hsds(first.unit_of_work(), take)
        assert import_hsds(first.unit_of_work(), path, source="first").changed is False
    for described in (STANDARD / "3.2" / "datapackage.json", folder / "out" / "datapackage.json"):
        assert package_faults(folder / "out", json.loads(described.read_text(encoding="utf-8"))) == []
    for name in FORMS:
        with Loader() as second:
            report = import_hsds(second.unit_of_work(), folder / name, source="second")
            assert (name, report.left_out) == (name, ())
            assert (name, public_records(second.unit_of_work())) == (name, once)
            assert import_hsds(second.unit_of_work(), folder / name, source="second").changed is False
    return once


@pytest.mark.parametrize("path", OFFICIAL, ids=lambda path: "/".join(path.parts[-2:]))
def test_official_data_goes_round(path: Path, tmp_path: Path) -> None:
    """Every official example, sample and mock record: out valid, and in again as it went out."""
    with Loader() as loader:
        try:
            if not import_hsds(loader.unit_of_work(), path).changed:  # a description, and nothing else
                return
        except ImportRefused:  # schemas of a profile, which are no records
            assert path.name == "uk-profile"
            return

    check_round_trip(path, tmp_path)


@given(records=DIRECTORIES)
@settings(
    max_examples=int(os.environ.get("ROUND_TRIP_N", draws(6))),
    phases=NO_SHRINKING,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_invented_data_goes_round(records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """So does whatever a source may write, right or nearly right, and no text of it is lost.

    Of a record that is told again, otherwise, the field told last counts.
    """
    folder = tmp_path_factory.mktemp("round")

    once = check_round_trip(put_in(folder, records), folder)

    text = json.dumps([record for _, record in once])
    last = {record.get("id", number): record for number, record in enumerate(records)}
    for record in last.values():
        for name in ("county_code", "x_note", "fees", "name", "description"):
            for value in filter(None, (record.get(name), *(offer.get(name) for offer in record.get("services", ())))):
                assert json.dumps(made_visible(value, name))[1:-1] in text


PROGRAM = {"id": SHOP, "name": "Winter", "description": "Winter help", "x_since": 1999}
OTHER = {"id": HALL, "name": "Summer", "description": "Summer help"}
THIRD = {"id": HALL.replace("9d", "8c"), "name": "Spring", "description": "Spring help"}


def test_an_organization_has_many_programs_and_a_service_one(tmp_path: Path) -> None:
    """All of them go round, in order; the tables hold one row for each organization, as HSDS describes them."""
    offers = [
        service(program=OTHER),
        service(id=PANTRY, program={**PROGRAM, "name": "Winter, in short"}),
        service(id=BOXES.replace("0b", "1c"), program=THIRD, name="Beds"),
    ]
    data = organization(*offers, programs=[PROGRAM, OTHER])

    once = check_round_trip(put_in(tmp_path, data), tmp_path)

    (owner,) = (record for kind, record in once if kind == "organization")
    assert [program["name"] for program in owner["programs"]] == ["Winter", "Summer"]
    programs = {record["id"]: record["program"]["name"] for kind, record in once if kind == "service"}
    assert programs == {BOXES: "Summer", PANTRY: "Winter, in short", offers[2]["id"]: "Spring"}


def test_a_service_has_no_two_programs(tmp_path: Path) -> None:
    """A list where HSDS has one program is kept as it came and said to be wrong."""
    offer = service(program=[PROGRAM, OTHER], service_areas=[])
    with Loader() as loader:
        report = import_hsds(loader.unit_of_work(), put_in(tmp_path, organization(offer)))
        records = public_records(loader.unit_of_work())

    assert [(finding.path, finding.field) for finding in report.unread] == [("services[0]", "program")]
    (record,) = (record for kind, record in records if kind == "service")
    assert "program" not in record
    assert len(record["as_given"]["program"]) == 2
