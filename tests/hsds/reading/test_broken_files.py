"""Broken files and bad records: reported by file, place and field, never by value, and nothing half-written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import BOXES, HALL, PANTRY, bring_in, everything, organization, put_in, rows, service
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds import ImportRefused
from service.directory.use_cases.import_hsds import ImportReport, import_hsds

SECRET = "Zebra-7781"


def left_out(report: ImportReport) -> list[tuple[str, str | None]]:
    return [(finding.path, finding.field) for finding in report.left_out]


@pytest.mark.parametrize(
    "data", [b'{"id": "', b"", b"\xff\xfe{}", b'"words"', b"[" * 100_000, b'{"id": 1', SECRET.encode()]
)
def test_a_file_that_cannot_be_read_is_refused(
    unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path, data: bytes
) -> None:
    """Nothing is stored, not even a coalition; the message names the file and none of its contents."""
    file = tmp_path / "broken.json"
    file.write_bytes(data)

    with pytest.raises(ImportRefused) as caught:
        import_hsds(unit_of_work, file)

    assert [finding.file for finding in caught.value.findings] == ["broken.json"]
    assert SECRET not in str(caught.value)
    assert not any(everything(engine).values())


@pytest.mark.parametrize("name", ["nowhere.json", "empty"])
def test_there_must_be_something_to_read(unit_of_work: UnitOfWork, tmp_path: Path, name: str) -> None:
    """No such path, and a folder without JSON, are refused."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(ImportRefused, match="nothing could be imported"):
        import_hsds(unit_of_work, tmp_path / name)


def test_a_time_zone_must_exist(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A time zone that is none is refused before anything is read, and not repeated."""
    with pytest.raises(ImportRefused, match="IANA") as caught:
        bring_in(unit_of_work, tmp_path, organization(), timezone=SECRET)

    assert SECRET not in str(caught.value)


def test_one_broken_file_does_not_keep_the_others_out(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """The rest of a folder goes in; the broken file is reported by its name."""
    put_in(tmp_path / "many", organization(), "good.json")
    (tmp_path / "many" / "bad.json").write_bytes(b"{")

    report = import_hsds(unit_of_work, tmp_path / "many")

    assert [(finding.file, finding.path) for finding in report.left_out] == [("bad.json", "")]
    assert (report.files, report.organizations, report.services) == (1, 1, 1)
    assert len(rows(engine, "service")) == 1


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (organization(service(name=None)), [("services[0]", "name")]),
        (organization(service(status=SECRET)), [("services[0]", "status")]),
        (organization(service(id=None)), [("services[0]", "id")]),
        (organization(service(id={"a": 1})), [("services[0]", "id")]),
        (organization(SECRET), [("services[0]", None)]),
        (organization(services=SECRET), [("services", None)]),
        (organization(service(phones=[{"type": "voice"}])), [("services[0].phones[0]", "number")]),
        (organization(service(phones=[SECRET])), [("services[0].phones[0]", None)]),
        (organization(service(capacities=[{"available": 0}])), [("services[0].capacities[0]", "unit")]),
        (
            organization(service(contacts=[{"name": SECRET, "phones": [{"number": {"a": SECRET}}]}])),
            [("services[0].contacts[0].phones[0]", "number")],
        ),
        (organization(locations=[{"id": HALL, "location_type": SECRET}]), [("locations[0]", "location_type")]),
        (
            organization(
                locations=[{"id": HALL, "location_type": "physical", "addresses": [{"address_1": SECRET, "city": "A"}]}]
            ),
            [
                ("locations[0].addresses[0]", "state_province"),
                ("locations[0].addresses[0]", "postal_code"),
                ("locations[0].addresses[0]", "country"),
                ("locations[0].addresses[0]", "address_type"),
            ],
        ),
        (
            organization(service(service_at_locations=[{"id": HALL, "location_id": PANTRY}])),
            [("services[0].service_at_locations[0]", None)],
        ),
    ],
)
def test_a_bad_record_is_left_out_alone(
    unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine, record: Any, expected: list[tuple[str, str | None]]
) -> None:
    """Only the record that is wrong is missing afterwards; what it belongs to is there."""
    report = bring_in(unit_of_work, tmp_path, record)

    assert sorted(left_out(report), key=repr) == sorted(expected, key=repr)
    assert report.organizations == 1
    assert SECRET not in "\n".join(map(str, (*report.left_out, *report.unread, *report.set_aside)))
    assert bring_in(unit_of_work, tmp_path, record).changed is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (service(), [("", None)]),
        (service(organization_id=PANTRY), [("", None)]),
        ([organization(name=" ")], [("[0]", "name"), ("[0].services[0]", None)]),
        ([SECRET, organization()], [("[0]", None)]),
    ],
)
def test_what_belongs_to_nothing_is_left_out(
    unit_of_work: UnitOfWork, tmp_path: Path, data: Any, expected: list[tuple[str, str | None]]
) -> None:
    """A service without an organization, an organization without a name, and what is no record are reported."""
    assert left_out(bring_in(unit_of_work, tmp_path, data)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"id": BOXES, "name": SECRET, "description": SECRET}], "[0]"),
        ({"contents": [None]}, "contents[0]"),
    ],
)
def test_an_import_without_any_record_is_refused(
    unit_of_work: UnitOfWork, tmp_path: Path, data: Any, expected: str
) -> None:
    """What is no record is listed, and the import does not pass for one that changed nothing."""
    with pytest.raises(ImportRefused) as refused:
        bring_in(unit_of_work, tmp_path, data)

    assert [finding.path for finding in refused.value.findings] == [expected]
    assert SECRET not in str(refused.value)


def test_a_bad_record_does_not_spoil_the_stored_one(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """A stored service whose new version is wrong stays whole as it was."""
    bring_in(unit_of_work, tmp_path, organization())
    before = everything(engine)

    report = bring_in(unit_of_work, tmp_path, organization(service(status="open", phones=[], minimum_age=3)))

    assert left_out(report) == [("services[0]", "status")]
    assert everything(engine) == before


def test_a_field_name_that_looks_like_data_is_not_repeated(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Reports never carry what a file says, not even from a key or an index."""
    (tmp_path / "directory.json").write_text('{"id": 1, "Jane Doe, 1 Main St": "a\\u0000"}')

    with pytest.raises(ImportRefused) as refused:
        import_hsds(unit_of_work, tmp_path / "directory.json")

    assert "Jane" not in str(refused.value)
