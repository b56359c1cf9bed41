"""The five kinds of directory that coalitions have: in, routed on, and out again with the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import GOOD_YAML
from hsds.hsds_builders import organization, put_in
from hsds.older_layouts import OHANA, OLD
from loaded import Loader
from openpyxl import Workbook

from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.hsds import ImportRefused
from service.directory.hsds.findings import Findings
from service.directory.hsds.publishing.export_files import export_to
from service.directory.hsds.reading.expansion import Expansion
from service.directory.hsds.reading.files import input_files
from service.directory.hsds.reading.workbooks import WORKBOOK
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.curate import curate
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import ImportReport, import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.suggest_mapping import suggest_mapping

FORMS = ("out.json", "out.ndjson", "out.zip", "out")
HEADINGS = ("Agency", "Program", "Category", "Phone", "Languages spoken", "Counties served", "Min age", "Max age")
ROW = ("County Food Pantry", "Food boxes", "Food Pantry", "555-0150", "English, Spanish", "travis", 18, 99.0)


def workbook(folder: Path, *sheets: tuple[str, list[tuple[Any, ...]]], name: str = "agencies.xlsx") -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def tables(folder: Path, content: dict[str, list[dict[str, Any]]]) -> Path:
    for name, rows in content.items():
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8")
    return folder


def of_hsds_3(folder: Path) -> Path:
    return put_in(folder, [organization()])


def of_hsds_1(folder: Path) -> Path:
    return tables(folder, OLD)


def of_ohana(folder: Path) -> Path:
    return tables(folder, OHANA)


def of_a_spreadsheet(folder: Path) -> Path:
    return workbook(folder, ("Sheet 1", [HEADINGS, (), ROW]), ("Empty", []))


def of_json_by_id(folder: Path) -> Path:
    whole = organization()
    return put_in(folder, {whole.pop("id"): whole})


KINDS: tuple[Callable[[Path], Path], ...] = (of_hsds_3, of_hsds_1, of_ohana, of_a_spreadsheet, of_json_by_id)
PROFILE = {
    "origin": "tri-county-hotline",
    "at": "2026-03-02T10:00:00-06:00",
    "client": {"age": 30, "languages": ["es"], "area": "travis"},
    "needs": [{"type": "food"}],
    "facts": {"client_present": True},
}


def bring_in(loader: Loader, path: Path) -> ImportReport:
    is_sheet = path.suffix == WORKBOOK
    mapping = suggest_mapping(path).text.encode() if is_sheet else None
    return import_hsds(loader.unit_of_work(), path, source="county", mapping=mapping)


def settle(loader: Loader) -> None:
    """Confirm what an import left open, as a person does in the file that `curate` writes."""
    lines = curate(loader.unit_of_work(writes=False)).lines()
    text = "\n".join(lines).replace("confirmed: false", "confirmed: true")
    text = re.sub(r"# (minimum_age|maximum_age|coalition):", r"\1:", text)
    load_bundle(loader.unit_of_work(), text.encode(), replace=False)


def written(loader: Loader, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    for name in FORMS:
        with export_to(folder / name) as take:
            export_hsds(loader.unit_of_work(writes=False), take)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_in_routed_on_and_out_with_the_same_bytes(kind: Callable[[Path], Path], tmp_path: Path) -> None:
    """What it leaves open confirmed, a path leads to it; the same again is no change; out goes the same to the byte."""
    (tmp_path / "in").mkdir()
    path, out = kind(tmp_path / "in"), []
    for name in ("first", "second"):
        with Loader() as loader:
            load_bundle(loader.unit_of_work(), GOOD_YAML.encode(), replace=False)
            report = bring_in(loader, path)
            assert (report.organizations, report.services, report.left_out) == (1, 1, ())
            assert bring_in(loader, path).changed is False
            settle(loader)
            answer = find_paths(
                load_snapshot(loader.unit_of_work(writes=False)), read_profile(json.dumps(PROFILE).encode())
            )
            out.append(written(loader, tmp_path / name))

    [path_found, *_] = answer["paths"]
    assert path_found["covers"] == ["food"]
    assert "County Food Pantry" in json.dumps(path_found["steps"])
    assert out[0] == out[1]
    assert len(out[0]) > len(FORMS)
    with Loader() as third:  # what went out is a directory too: in again, and out with the same bytes
        again = import_hsds(third.unit_of_work(), tmp_path / "first" / "out.json", source="again")
        assert again.left_out == ()
        assert written(third, tmp_path / "third")["out.json"] == out[0]["out.json"]


def test_a_workbook_is_read_as_its_sheets(tmp_path: Path) -> None:
    """One sheet goes by the workbook's name, several by their titles too; dates, times, numbers and yes as text."""
    cells = ("a,b", 3.0, 2.5, True, date(2026, 3, 2), time(9, 30), None, "last")
    alone = workbook(tmp_path, ("Any", [("h",) * 8, (), cells, (), ()]), name="alone.xlsx")
    several = workbook(tmp_path, ("phones", [("number",), ("5",)]), ("v1.json", [("x",)]), name="several.xlsx")

    with input_files(alone, Findings(), Expansion()) as files:
        [sheet] = files
        with sheet.open() as stream:
            text = stream.read().decode()
    with input_files(several, Findings(), Expansion()) as files:
        names = [file.name for file in files]

    assert sheet.name == "alone.xlsx"
    assert list(csv.reader(io.StringIO(text)))[1:] == [
        [],
        ["a,b", "3", "2.5", "yes", "2026-03-02", "09:30", "", "last"],
    ]
    assert names == ["several.xlsx/phones", "several.xlsx/v1 json"]


def test_a_workbook_in_a_folder_is_read_too(tmp_path: Path) -> None:
    """By its ending there; by its parts where it has none, as from standard input."""
    workbook(tmp_path, ("Sheet", [HEADINGS, ROW]))
    suggested = suggest_mapping(tmp_path)
    (tmp_path / "plain").write_bytes((tmp_path / "agencies.xlsx").read_bytes())

    assert suggested.text.count("agencies.xlsx") == 1
    assert suggest_mapping(tmp_path / "plain").sure == suggested.sure == 8


def broken(folder: Path, kind: str) -> Path:
    good = workbook(folder, ("Sheet", [HEADINGS, ROW]))
    bad = folder / f"{kind}.xlsx"
    if kind == "cut":
        bad.write_bytes(good.read_bytes()[:-400])
    elif kind == "text":
        bad.write_text("Agency,Program\n", encoding="utf-8")
    else:
        replaced = {
            "no-sheet": {"xl/worksheets/sheet1.xml": b""},
            "laughs": {
                "xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "' + b"ha" * 500 + b'">'
                + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 50) for at in range(8))
                + b"]><worksheet><sheetData><row><c><v>&i;</v></c></row></sheetData></worksheet>"
            },
            "large": {"xl/media/x": b"\0" * (129 * 1024**2)},
        }[kind]  # fmt: skip
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as out:
            for name in {*source.namelist(), *replaced}:
                out.writestr(name, replaced.get(name) or (b"" if name in replaced else source.read(name)))
    return bad


@pytest.mark.parametrize("kind", ["cut", "text", "no-sheet", "laughs", "large"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, kind: str) -> None:
    """Cut off, text by that name, a part that is missing, entities that grow without end, more than any directory."""
    with pytest.raises(ImportRefused):
        suggest_mapping(broken(tmp_path, kind))


def test_a_row_beyond_all_others_costs_little(tmp_path: Path) -> None:
    """A sheet that says it is as large as can be, with one cell at its far end."""
    good = workbook(tmp_path, ("Sheet", [HEADINGS, ROW]))
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Agency</t></is></c></row>'
        b'<row r="300000"><c r="XFD300000"><v>1</v></c></row></sheetData></worksheet>'
    )
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as out:
        for name in source.namelist():
            out.writestr(name, far if name.endswith("sheet1.xml") else source.read(name))

    assert suggest_mapping(tmp_path / "far.xlsx").sure == 1
