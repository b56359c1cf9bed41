"""Small files that cost much to read: each a function that writes the file into a folder and returns its path."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

MIB = 1024**2
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def zipped(parts: dict[str, bytes | Iterable[bytes]]) -> bytes:
    """Return an archive of parts, each whole or piece by piece."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            with archive.open(name, "w") as part:
                for piece in [data] if isinstance(data, bytes) else data:
                    part.write(piece)
    return buffer.getvalue()


def sheet(rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return the XML of a sheet."""
    return b'<worksheet xmlns="%s">%s<sheetData>%s</sheetData>%s</worksheet>' % (_MAIN.encode(), before, rows, after)


def workbook(
    *sheets: bytes,
    strings: bytes = b"<si><t>name</t></si>",
    styles: bytes = b"",
    prolog: bytes = b"",
    main: str = "xl/workbook.xml",
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Return a workbook of these sheets (XML), strings and styles; `main`: the part that is named as the main one."""
    numbers = range(1, len(sheets) + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    listed = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return zipped(
        {
            "[Content_Types].xml": (
                f'<Types xmlns="{_PACKAGE}/content-types">'
                f'<Override PartName="/{main}" ContentType="{_TYPE}.sheet.main+xml"/>'
                f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
                f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}</Types>'
            ).encode(),
            "xl/workbook.xml": (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>'
            ).encode(),
            "xl/sharedStrings.xml": prolog + b'<sst xmlns="%s">%s</sst>' % (_MAIN.encode(), strings),
            "xl/styles.xml": b'<styleSheet xmlns="%s">%s</styleSheet>' % (_MAIN.encode(), styles),
            **{f"xl/worksheets/sheet{n}.xml": data for n, data in zip(numbers, sheets, strict=True)},
            **more,
        }
    )


ROW = b'<row r="1"><c t="inlineStr"><is><t>name</t></is></c></row><row r="2"><c><v>1</v></c></row>'


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data)
    return path


# Workbooks.


def strings_without_number(folder: Path) -> Path:
    """Twelve million empty shared strings."""
    return put(folder, "strings.xlsx", workbook(sheet(ROW), strings=b"<si/>" * 12_000_000))


def styles_without_number(folder: Path) -> Path:
    """Millions of formats of cells."""
    styles = b'<cellXfs count="1">' + b"<xf/>" * (1 * MIB) + b"</cellXfs>"
    return put(folder, "styles.xlsx", workbook(sheet(ROW), styles=styles))


def entities(folder: Path) -> Path:
    """Entities that stand for entities: nine levels of ten."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 8))
    prolog = f'<!DOCTYPE sst [<!ENTITY e0 "{"x" * 100}">{levels}]>'.encode()
    return put(folder, "entities.xlsx", workbook(sheet(ROW), strings=b"<si><t>&e2;</t></si>", prolog=prolog))


def one_row_of_cells(folder: Path) -> Path:
    """A row of fifteen million cells."""
    return put(folder, "row.xlsx", workbook(sheet(b'<row r="1">' + b"<c/>" * 15_000_000 + b"</row>")))


def far_cells(folder: Path) -> Path:
    """A few thousand rows, each with a single cell in the last column."""
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 2_900))
    return put(folder, "far.xlsx", workbook(*[sheet(rows)] * 20))


def far_row(folder: Path) -> Path:
    """A row whose number is fifty millions, twenty times."""
    rows = ROW + b'<row r="40000000"><c><v>1</v></c></row>'
    return put(folder, "rows.xlsx", workbook(*[sheet(rows)] * 14))


def deep_xml(folder: Path) -> Path:
    """Elements within elements, millions of levels."""
    return put(folder, "deep.xlsx", workbook(sheet(ROW, after=b"<a>" * 9_000_000 + b"</a>" * 9_000_000)))


def merged_cells(folder: Path) -> Path:
    """A million merged ranges."""
    merged = b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 500_000 + b"</mergeCells>"
    return put(folder, "merged.xlsx", workbook(sheet(ROW, after=merged)))


def wide_columns(folder: Path) -> Path:
    """Millions of descriptions of columns."""
    columns = b"<cols>" + b'<col min="1" max="16384"/>' * 2_000_000 + b"</cols>"
    return put(folder, "columns.xlsx", workbook(sheet(ROW, before=columns)))


def one_long_string(folder: Path) -> Path:
    """A shared string of a hundred megabytes, shown by two thousand cells."""
    cells = b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % n for n in range(1, 40))
    return put(folder, "string.xlsx", workbook(sheet(cells), strings=b"<si><t>" + b"x" * (30 * MIB) + b"</t></si>"))


_ROWS_OF_NOTHING = (b"<row>" + b"<a/>" * 90_000 + b"</row>") * 100


def rows_among_strings(folder: Path) -> Path:
    """Millions of elements in rows, where strings should be."""
    return put(folder, "among.xlsx", workbook(sheet(ROW), strings=_ROWS_OF_NOTHING))


def strings_among_rows(folder: Path) -> Path:
    """Millions of elements in strings, where rows should be."""
    strings = (b"<si>" + b"<a/>" * 900 + b"</si>") * 10_000
    return put(folder, "strings.xlsx", workbook(sheet(ROW, before=strings)))


def relations_in_rows(folder: Path) -> Path:
    """Millions of elements in the rows of a part beside the sheets that is no sheet."""
    rows = _ROWS_OF_NOTHING.replace(b"row>", b"m:row>")
    relations = b'<Relationships xmlns:m="%s">%s</Relationships>' % (_MAIN.encode(), rows)
    return put(folder, "relations.xlsx", workbook(sheet(ROW), more={"xl/worksheets/_rels/sheet1.xml.rels": relations}))


def main_part_of_rows(folder: Path) -> Path:
    """A sheet of millions of elements that is named as the main part, which a library holds whole."""
    return put(folder, "main.xlsx", workbook(sheet(_ROWS_OF_NOTHING), main="xl/worksheets/sheet1.xml"))


def chart_of_rows(folder: Path) -> Path:
    """A sheet of millions of elements that is named as a chart, which a library holds whole."""
    related = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_RELATIONS}/chartsheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    )
    rows = sheet(_ROWS_OF_NOTHING)
    return put(folder, "chart.xlsx", workbook(rows, more={"xl/_rels/workbook.xml.rels": related.encode()}))


def workbooks_in_archive(folder: Path) -> Path:
    """An archive of many small workbooks, each of which unpacks to much."""
    inner = workbook(sheet(b"".join(b'<row r="%d"><c><v>1</v></c></row>' % n for n in range(1, 200_000))))
    return put(folder, "many.zip", zipped({f"{n}.xlsx": inner for n in range(40)}))


# Archives.


def zeros(folder: Path) -> Path:
    """Blanks, a thousand to one."""
    return put(folder, "zeros.zip", zipped({"services.json": (b" " * MIB for _ in range(400))}))


# JSON.


def small_values(folder: Path) -> Path:
    """A record of millions of empty lists."""
    data = b'{"id": "1", "name": "a", "own": [' + b"[]," * (15 * MIB) + b"[]]}"
    return put(folder, "values.zip", zipped({"organizations.json": data}))


def deep_keys(folder: Path) -> Path:
    """Objects within objects, with long keys: each level has a path as long as all keys above it."""
    level = b'{"' + b"k" * 30 + b'":'
    blanks = b" " * 65_000
    data = b'[{"id": "1", "name": "a", "own": ' + (level * 1_900 + blanks) * 5
    return put(folder, "keys.zip", zipped({"organizations.json": data}))


def one_long_key(folder: Path) -> Path:
    """A key of a megabyte with thousands of short ones below it."""
    inner = b",".join(b'"%d":1' % n for n in range(60_000))
    data = b'[{"id": "1", "name": "a", "own": {"' + b"k" * 1_000_000 + b'": {' + inner + b"}}}]"
    return put(folder, "key.zip", zipped({"organizations.json": data}))


def one_line(folder: Path) -> Path:
    """A line of NDJSON of fifteen megabytes of lists."""
    line = b'{"id": "1", "name": "a", "own": [' + b"[]," * (5 * MIB) + b"[]]}\n"
    return put(folder, "line.zip", zipped({"organizations.ndjson": line * 2}))


# Tables.


def _table(name: str, head: str, rows: Iterable[str]) -> tuple[str, bytes]:
    return f"{name}.csv", "\n".join([head, *rows]).encode()


def phones_of_one(folder: Path, number: int = 60_000) -> Path:
    """A service with tens of thousands of telephones."""
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table("services", "id,organization_id,name,status", ["s,o,Beds,active"]),
        _table("phones", "id,service_id,number", (f"p{n},s,555" for n in range(number))),
    ]
    return put(folder, "phones.zip", zipped(dict(tables)))


def parts_in_parts(folder: Path, levels: int = 18) -> Path:
    """Attributes of attributes, two by two: each level is there twice as often as the one above it."""
    rows = [f"a0{k},s,service,x" for k in "01"]
    rows += [f"a{n}{k},a{n - 1}{up},attribute,x" for n in range(1, levels) for k in "01" for up in "01"]
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table("services", "id,organization_id,name,status", ["s,o,Beds,active"]),
        _table("attributes", "id,link_id,link_entity,value", rows),
    ]
    return put(folder, "parts.zip", zipped(dict(tables)))


def parts_in_a_circle(folder: Path) -> Path:
    """Attributes that hang on each other, and on a service."""
    rows = ["a,s,service,x", "a,b,attribute,x", "b,a,attribute,x"]
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table("services", "id,organization_id,name,status", ["s,o,Beds,active"]),
        _table("attributes", "id,link_id,link_entity,value", rows),
    ]
    return put(folder, "circle.zip", zipped(dict(tables)))


def one_place_of_all(folder: Path, number: int = 6_000) -> Path:
    """A place of thousands of organizations, at which thousands of services without one are given."""
    records = [
        {"id": f"o{n}", "name": "House", "locations": [{"id": "l", "location_type": "virtual"}]} for n in range(number)
    ]
    services = [{"id": f"s{n}", "name": "Beds", "status": "active", "at_location_id": "l"} for n in range(number)]
    return put(folder, "place.zip", zipped({"records.json": json.dumps(records + services).encode()}))


def list_in_a_cell(folder: Path) -> Path:
    """A cell of millions of languages."""
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table("services", "id,organization_id,name,status,languages", ['s,o,Beds,active,"' + "a," * MIB + '"']),
    ]
    return put(folder, "cell.zip", zipped(dict(tables)))


def row_of_lines(folder: Path) -> Path:
    """A row that never ends: each cell holds the end of a line."""
    cells = b'"\n",' * (12 * MIB)
    return put(folder, "lines.zip", zipped({"services.csv": b"id,name\n" + cells}))


def repeated_rows(folder: Path, number: int = 100_000) -> Path:
    """Rows with one id that all say something else."""
    rows = (f"o,House {n}" for n in range(number))
    return put(folder, "rows.zip", zipped(dict([_table("organizations", "id,name", rows)])))


def copies_of_a_place(folder: Path, organizations: int = 1_500, phones: int = 1_500) -> Path:
    """A place of thousands of telephones and thousands of organizations, each of which holds a copy of it."""
    place = {
        "id": "l",
        "location_type": "virtual",
        "phones": [{"id": f"p{n}", "number": "555"} for n in range(phones)],
    }
    records = [
        {"id": f"o{n}", "name": "House", "locations": [place if n == 0 else {"id": "l", "location_type": "virtual"}]}
        for n in range(organizations)
    ]
    return put(folder, "copies.zip", zipped({"records.json": json.dumps(records).encode()}))


def area_area(folder: Path) -> Path:
    """An area whose name says over and over what does not count in a name."""
    service = {
        "id": "s",
        "name": "Beds",
        "status": "active",
        "service_areas": [{"id": "a", "name": "x" + " area" * 190_000}],
    }
    record = {"id": "o", "name": "House", "services": [service]}
    return put(folder, "area.zip", zipped({"records.json": json.dumps([record]).encode()}))


def lists_in_cells(folder: Path) -> Path:
    """Five hundred services, each with a cell of nine hundred languages: each letter becomes a row."""
    cell = '"' + "a," * 900 + '"'
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table(
            "services", "id,organization_id,name,status,languages", (f"s{n},o,Beds,active,{cell}" for n in range(500))
        ),
    ]
    return put(folder, "cells.zip", zipped(dict(tables)))


def services_of_one(folder: Path, number: int = 60_000) -> Path:
    """An organization with tens of thousands of services: it is stored as one."""
    tables = [
        _table("organizations", "id,name", ["o,House"]),
        _table("services", "id,organization_id,name,status", (f"s{n},o,Beds,active" for n in range(number))),
    ]
    return put(folder, "services.zip", zipped(dict(tables)))


def overlapping(folder: Path) -> Path:
    """An archive whose directory names one file of a megabyte two hundred times."""
    whole = zipped({"services.json": b" " * MIB})
    begins, ends = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry = whole[begins:ends] * 200
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 200, 200, len(entry), begins, 0)
    return put(folder, "overlapping.zip", whole[:begins] + entry + end)


def other_packing(folder: Path) -> Path:
    """An archive packed by LZMA, which takes memory by the archive's word."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("services.json", b"[]" + b" " * MIB)
    data = buffer.getvalue()
    properties = data.index(b"services.json") + len("services.json") + 4  # after the version and the size
    return put(folder, "other.zip", data[: properties + 1] + b"\xff\xff\xff\xf0" + data[properties + 5 :])


def first_row_of_a_megabyte(folder: Path, number: int = 20_000) -> Path:
    """A large row, and thousands that repeat its id and are compared with it."""
    rows = ["o,House," + "x" * MIB, *(f"o,House,{n}" for n in range(number))]
    return put(folder, "first.zip", zipped(dict([_table("organizations", "id,name,description", rows)])))


def wide_head(folder: Path) -> Path:
    """A table of a million headings."""
    return put(folder, "wide.csv", b",".join(b"column %d" % n for n in range(200_000)) + b"\n1\n")


def short_bundle(folder: Path) -> Path:
    """A bundle of four million empty lists."""
    return put(folder, "lists.json", b'{"coalition": [' + b"[]," * (4 * MIB) + b"[]]}")


def wrong_bundle(folder: Path, number: int = 300_000) -> Path:
    """A bundle of hundreds of thousands of entries, each of which is wrong."""
    return put(folder, "wrong.json", b'{"organizations": [' + b"1," * number + b"1]}")


def mapping_of_aliases(folder: Path) -> Path:
    """A mapping with a list of a thousand fields that each of a thousand columns stands for."""
    lines = ["a.csv:", "  columns:", "    C0: &many"]
    lines += ["      - {model: services, field: name}"] * 1_000
    lines += [f"    C{n}: *many" for n in range(1, 1_000)]
    return put(folder, "mapping.yaml", "\n".join(lines).encode())


def twice_bundle(folder: Path, number: int = 500_000) -> Path:
    """A bundle that gives a field half a million times, each time under another parent."""
    return put(folder, "twice.json", b'{"organizations": [' + b'{"a":1,"a":2},' * number + b"1]}")
