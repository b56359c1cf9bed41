"""Dirty data is the rule: each kind of dirt has a small file under `fixtures` and one thing that is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hsds.hsds_builders import everything, rows, services_by_name
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.findings import INFERRED, LEFT_OUT, MENDED, ORDER, UNKNOWN, report_document, report_text
from service.directory.use_cases.import_hsds import ImportReport, import_hsds

FIXTURES = Path(__file__).parents[1] / "fixtures"
FILTHY = FIXTURES / "filthy"

# file, row, field -> what was done, and a word of the reason
RULES: dict[tuple[str, str, str | None], tuple[str, str]] = {
    ("organizations.csv", "row 3", None): (MENDED, "Windows-1252"),
    ("organizations.csv", "row 4", "name"): (LEFT_OUT, "required"),
    ("organizations.csv", "row 5", "id"): (LEFT_OUT, "earlier row"),
    ("organizations.csv", "row 6", None): (LEFT_OUT, "more cells"),
    ("services.csv", "row 2", "maximum_age"): (INFERRED, "stands for none"),
    ("services.csv", "row 3", "maximum_age"): (INFERRED, "stands for none"),
    ("services.csv", "row 4", "minimum_age"): (INFERRED, "in words"),
    ("services.csv", "row 5", "minimum_age"): (UNKNOWN, "is not an age"),
    ("services.csv", "row 6", "eligibility_description"): (INFERRED, "in words"),
    ("services.csv", "row 7", "minimum_age"): (UNKNOWN, "contradicts"),
    ("services.csv", "row 7", "maximum_age"): (UNKNOWN, "contradicts"),
    ("services.csv", "row 8", "status"): (LEFT_OUT, "required"),
    ("services.csv", "row 9", None): (LEFT_OUT, "no organization"),
    ("services.csv", "row 11", "id"): (LEFT_OUT, "earlier row"),
    ("services.csv", "row 12", "maximum_age"): (UNKNOWN, "is 0"),
    ("services.csv", "row 13", "minimum_age"): (UNKNOWN, "is not an age"),
    ("locations.csv", "row 2", "latitude"): (UNKNOWN, "changed places"),
    ("locations.csv", "row 2", "longitude"): (UNKNOWN, "changed places"),
    ("locations.csv", "row 3", "latitude"): (UNKNOWN, "is 0"),
    ("locations.csv", "row 3", "longitude"): (UNKNOWN, "is 0"),
    ("locations.csv", "row 4", "latitude"): (UNKNOWN, "without a readable"),
    ("locations.csv", "row 6", "latitude"): (UNKNOWN, "changed places"),
    ("locations.csv", "row 6", "longitude"): (UNKNOWN, "changed places"),
    ("service_at_location.csv", "row 3", None): (LEFT_OUT, "no location"),
    ("phones.csv", "row 3", "service_id"): (LEFT_OUT, "leads to no record"),
    ("phones.csv", "row 4", "organization_id"): (MENDED, "leads to no record"),
    ("phones.csv", "row 5", "number"): (LEFT_OUT, "required"),
    ("schedules.csv", "row 2", "description"): (INFERRED, "hours"),
    ("schedules.csv", "row 5", "opens_at"): (UNKNOWN, "wall-clock"),
    ("schedules.csv", "row 5", "closes_at"): (UNKNOWN, "wall-clock"),
    ("schedules.csv", "row 6", "description"): (INFERRED, "hours"),
    ("languages.csv", "row 2", "name"): (INFERRED, "languages"),
    ("languages.csv", "row 4", "name"): (UNKNOWN, "for certain"),
    ("languages.csv", "row 6", "code"): (INFERRED, "languages"),
    ("service_areas.csv", "row 3", "name"): (INFERRED, "area"),
    ("service_areas.csv", "row 4", "name"): (UNKNOWN, "not the code"),
}


def found_in(report: ImportReport) -> dict[tuple[str, str, str | None], tuple[str, str]]:
    """Return every finding by its place."""
    every = [finding for done in ORDER for finding in report.findings.of(done)]
    return {(finding.file, finding.path, finding.field): (finding.done, finding.reason) for finding in every}


def test_every_row_has_its_rule(work: UnitOfWork) -> None:
    """Each bad row of the filthy package is told with file, row, field and what was done; nothing else is told."""
    findings = found_in(import_hsds(work, FILTHY))

    assert findings.keys() == RULES.keys()
    for place, (done, word) in RULES.items():
        assert findings[place][0] == done, place
        assert word in findings[place][1], place


def test_the_rest_goes_in(work: UnitOfWork, engine: Engine) -> None:
    """What is right around the dirt is stored, text of another encoding whole, and again changes nothing."""
    report = import_hsds(work, FILTHY)

    assert (report.organizations, report.services, report.locations) == (2, 10, 5)
    names = {row["name"] for row in rows(engine, "organization")}
    assert {"Open Door", "Café Libre"} <= names
    assert import_hsds(work, FILTHY).changed is False


def test_what_words_say_is_unknown_to_routing(work: UnitOfWork, engine: Engine) -> None:
    """Ages, hours, languages and areas in words are stored as guesses; routing reads none of them."""
    import_hsds(work, FILTHY)

    by_name = services_by_name(work)
    guessed = {row["name"]: row["inferred"] for row in rows(engine, "service") if row["inferred"]}
    assert guessed["Age in words"] == {
        "minimum_age": {"value": 18, "from": "minimum_age"},
        "maximum_age": {"value": "none", "from": "minimum_age"},
    }
    assert (by_name["Age in words"].minimum_age, by_name["Age in words"].maximum_age) == (None, None)
    first = guessed["Ages 0 and 200"]
    assert first["languages"]["value"] == ["en", "es"]
    assert first["schedules"]["value"][0]["byday"] == "MO,TU,WE,TH,FR"
    assert by_name["Ages 0 and 200"].languages_known is False
    assert [hours.weekdays for hours in by_name["Ages 0 and 200"].schedules] == [None]
    assert guessed["Age 999"]["service_areas"]["value"] == ["travis"]
    assert by_name["Age 999"].areas_known is False


def test_a_guess_goes_with_its_words(work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """Once the source says it properly, the guess is gone."""
    data = {
        "id": "o1",
        "name": "Open Door",
        "description": "Beds",
        "services": [{"id": "s1", "name": "Beds", "status": "active", "minimum_age": "18+"}],
    }
    file = tmp_path / "organizations.json"
    file.write_text(json.dumps(data))
    import_hsds(work, file)
    before = [row["inferred"] for row in rows(engine, "service") if row["name"] == "Beds"]

    data["services"] = [{"id": "s1", "name": "Beds", "status": "active", "minimum_age": 18, "maximum_age": 120}]
    file.write_text(json.dumps(data))
    import_hsds(work, file)

    after = [row["inferred"] for row in rows(engine, "service") if row["name"] == "Beds"]
    assert before[0] is not None
    assert after == [None]


@pytest.mark.parametrize(
    ("name", "stored", "expected"),
    [
        (
            "organizations-nuls.ndjson",
            {"Open Door", "Third"},
            {
                ("line 1", None): (MENDED, "NUL"),
                ("line 1.services[0]", "name"): (MENDED, "cannot be seen"),
                ("line 1.services[0]", None): (MENDED, "no database keeps"),
                ("line 2", None): (LEFT_OUT, "is not JSON"),
            },
        ),
        ("organizations-utf16.csv", {"Café"}, {("row 1", None): (MENDED, "UTF-16")}),
        ("organizations-semicolons.csv", {"Open Door"}, {}),
        (
            "organizations-doubled-keys.json",
            {"Second"},
            {("[0]", "name"): (UNKNOWN, "given twice")},
        ),
        (
            "organizations-doubled-keys.ndjson",
            {"Second", "Third"},
            {("line 1", "name"): (UNKNOWN, "given twice")},
        ),
        ("organizations-breaking-off.json", {"Whole"}, {("", None): (LEFT_OUT, "from record 2 on")}),
    ],
)
def test_files_that_are_odd_as_a_whole(
    unit_of_work: UnitOfWork, engine: Engine, name: str, stored: set[str], expected: dict[Any, tuple[str, str]]
) -> None:
    """Marks, encodings, NULs, separators and a file that breaks off: what can be read goes in, the rest is told."""
    report = import_hsds(unit_of_work, FIXTURES / name)

    findings = {(path, field): reason for (_, path, field), reason in found_in(report).items()}
    assert {row["name"] for row in rows(engine, "organization")} == stored
    assert findings.keys() == expected.keys()
    for place, (done, word) in expected.items():
        assert findings[place][0] == done
        assert word in findings[place][1]


@pytest.mark.parametrize("path", [FILTHY, FIXTURES / "organizations-nuls.ndjson"])
def test_strict_refuses_all(work: UnitOfWork, engine: Engine, path: Path) -> None:
    """With `strict` nothing is stored where anything is wrong, and the findings are the same."""
    before = everything(engine)

    report = import_hsds(work, path, strict=True)

    assert (report.refused, report.changed) == (True, False)
    assert everything(engine) == before
    assert found_in(report) == found_in(import_hsds(work, path))


def test_strict_takes_what_is_right(work: UnitOfWork, tmp_path: Path) -> None:
    """Words where HSDS has words, such as an area's name, are no reason to refuse."""
    file = tmp_path / "organizations.json"
    area = [{"name": "The whole valley"}]
    service = {"id": "s", "name": "Beds", "status": "active", "service_areas": area}
    file.write_text(json.dumps({"id": "o", "name": "Door", "description": "d", "services": [service]}))

    report = import_hsds(work, file, strict=True)

    assert (report.refused, report.changed) == (False, True)


def test_the_report_counts_it_all(work: UnitOfWork) -> None:
    """For a program and for people: totals, counts by reason, every finding with its row, and no value of a file."""
    report = import_hsds(work, FILTHY)

    document = report_document(report.summary(), report.findings)
    text = report_text(report.summary(), report.findings)

    assert sum(document["totals"].values()) == len(document["findings"]) == len(RULES)
    assert sum(entry["count"] for entry in document["counts"]) == len(RULES)
    entry = next(row for row in document["findings"] if (row["file"], row["row"]) == ("phones.csv", "row 3"))
    assert (entry["field"], entry["done"]) == ("service_id", LEFT_OUT)
    assert "phones.csv: row 3" in text
    for value in ("perhaps", "a.example", "555-01", "Klingonese", "valley"):
        assert value not in json.dumps(document) + text
