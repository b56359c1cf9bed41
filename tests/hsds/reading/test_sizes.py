"""Files that are too large in one place: refused in plain words, at a cost that grows with the file and no faster."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from hsds.hsds_builders import bring_in, organization, put_in
from length import draws
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds import ImportRefused
from service.directory.hsds.reading import decoding
from service.directory.hsds.reading.decoding import LONGEST_TEXT, RepairingDecoder, TooLarge, Utf8Stream
from service.directory.use_cases.import_hsds import import_hsds

MIB = 1024 * 1024


def refusal_of(work: UnitOfWork, file: Path) -> str:
    with pytest.raises(ImportRefused) as caught:
        import_hsds(work, file)
    [finding] = caught.value.findings
    return finding.reason


def put_bytes(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("columns", [1_001, 200_000])
def test_a_table_of_too_many_columns_is_refused(unit_of_work: UnitOfWork, tmp_path: Path, columns: int) -> None:
    """Whatever their number, it is said that no table has so many, before any row is read."""
    head = ",".join(f"column {number}" for number in range(columns)).encode()

    reason = refusal_of(unit_of_work, put_bytes(tmp_path, "services.csv", head + b"\n" + b"x" * 100))

    assert reason == "has more than 1000 columns, which no table has; it was not read"


TEXTS = {"plain": b"a", "escaped quotation marks": b'\\"', "backslashes": b"\\\\", "both": b'\\\\\\"'}


@pytest.mark.parametrize("unit", TEXTS.values(), ids=TEXTS)
def test_a_text_without_end_is_refused(unit_of_work: UnitOfWork, tmp_path: Path, unit: bytes) -> None:
    """Forty megabytes between two quotation marks, though an archive makes them small, are refused at the first."""
    data = b'[{"id": "1", "name": "' + unit * (40 * MIB // len(unit)) + b'"}]'
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("organizations.json", data)

    reason = refusal_of(unit_of_work, tmp_path / "packed.zip")

    assert reason == "holds a text of more than 1 MiB; nothing from there on was read"


def test_what_came_before_a_text_without_end_counts(unit_of_work: UnitOfWork, tmp_path: Path, engine: Engine) -> None:
    """The records before it are stored, and the file is told to have been read so far."""
    good = json.dumps(organization()).encode()
    data = b"[" + good + b"," + b" " * 200_000 + b'{"id": "' + b"a" * 2 * MIB + b'"}]'

    report = import_hsds(unit_of_work, put_bytes(tmp_path, "organizations.json", data))

    assert report.organizations == 1
    assert [finding.reason for finding in report.left_out] == [
        "holds a text of more than 1 MiB; nothing from there on was read"
    ]


@pytest.mark.parametrize("unit", ["a", '"', "\\", '\\"', "é"])
def test_a_long_text_within_the_bound_is_read(unit_of_work: UnitOfWork, tmp_path: Path, unit: str) -> None:
    """Whatever stands in it, and wherever the pieces that it is read by are cut."""
    text = unit * (LONGEST_TEXT // 8 // len(unit))

    report = bring_in(unit_of_work, tmp_path, organization(description=text, alternate_name=unit))

    assert not report.left_out


def test_a_line_without_end_is_refused(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """Of a file with a record on each line, and of a table."""
    good = json.dumps(organization()).encode() + b"\n"
    lines = put_bytes(tmp_path, "organizations.ndjson", good + b" " * 17 * MIB)
    table = put_bytes(tmp_path, "locations.csv", b"id" + b"," * 17 * MIB)

    report = import_hsds(unit_of_work, lines)

    expected = "holds a line of more than 4 MiB; nothing from there on was read"
    assert [finding.reason for finding in report.left_out] == [expected]
    assert report.organizations == 1
    assert refusal_of(unit_of_work, table) == expected


def test_a_record_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read of one record is bounded, and each record is counted from its own beginning."""
    monkeypatch.setattr(decoding, "LARGEST_RECORD", 100)
    stream = Utf8Stream(io.BytesIO(b'"a",' * 100))

    for _ in range(5):
        stream.read(20)
    stream.begin_record()
    for _ in range(5):
        stream.read(20)
    with pytest.raises(TooLarge, match="record"):
        stream.read(20)


def test_strays_cost_no_more_than_their_number() -> None:
    """Four times as many bytes that are no UTF-8 take about four times as long, and not sixteen times."""

    def seconds(size: int) -> float:
        begun = time.process_time()
        assert RepairingDecoder().decode(b"\xff" * size, final=True) == "ÿ" * size
        return time.process_time() - begun

    assert min(seconds(draws(800_000)) for _ in range(3)) < 8 * max(seconds(draws(200_000)) for _ in range(3))


def test_strays_are_read_wherever_a_piece_ends() -> None:
    """A character that is cut in two waits for its other half; what never becomes one is read as Windows-1252."""
    mending = RepairingDecoder()

    text = mending.decode(b"caf\xc3", final=False) + mending.decode(b"\xa9 \xe9 \xe2\x82", final=False)
    text += mending.decode(b"", final=True)

    assert text == "café é " + b"\xe2\x82".decode("cp1252")
    assert mending.mended


def test_an_import_of_many_unknown_fields_is_linear(unit_of_work: UnitOfWork, tmp_path: Path) -> None:
    """A record with four times as many fields of its own takes about four times as long."""

    def seconds(fields: int) -> float:
        more = {f"own_{fields}_{number}": "x" for number in range(fields)}
        put_in(tmp_path / str(fields), organization(**more))
        begun = time.process_time()
        import_hsds(unit_of_work, tmp_path / str(fields))
        return time.process_time() - begun

    seconds(10)
    few = seconds(4_000)

    assert seconds(16_000) < 10 * few
