"""Texts that go out: strict in bundles and bodies, mended in imports, and no formula in a table."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from bundle_builders import bundle_bytes, good_bundle
from hsds.hsds_builders import organization, public_records, put_in, service
from hypothesis import given, settings
from hypothesis import strategies as st
from length import draws
from loaded import Loader

from service import demo
from service.directory.bundle import BundleRefused, read_bundle
from service.directory.hsds.findings import MENDED
from service.directory.hsds.publishing.export_files import export_to
from service.directory.use_cases.export_hsds import export_hsds
from service.directory.use_cases.import_hsds import import_hsds
from service.documents.document import parse_document
from service.documents.node import path_of
from service.i18n.texts import LINES, cell_of, is_visible, is_web_address, leads_astray, made_visible, text_of

CONTROLS = [chr(code) for code in (*range(1, 9), 11, 12, *range(14, 32), *range(127, 160))]
DIRECTIONS = list("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = list("\u00ad\u034f\u17b4\u200b\u2028\u2029\u2060\u3164\ufeff\U000e0041")
HIDDEN = CONTROLS + DIRECTIONS + UNSEEN
ELSEWHERE = [
    *("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "java\tscript:alert(1)", "//evil.example"),
    *("java\nscript:alert(1)", "/\t/evil.example", "\\\\evil.example", "/\\evil.example"),
    *("ftp://example.org", "https://me:pw@example.org", "https://", "vbscript:x", "\u202ejavascript:x"),
]
Location = tuple[int | str, ...]


def texts_in(tree: Any, at: Location = ()) -> Iterator[Location]:
    """The places of all texts in plain data."""
    if isinstance(tree, str):
        yield at
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from texts_in(item, (*at, key))


def changed(tree: Any, at: Location, change: Any) -> Any:
    """A copy of plain data with the text at one place changed."""
    copy = json.loads(json.dumps(tree))
    inner = copy
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = change(inner[at[-1]])
    return copy


def problems_in(tree: Any) -> set[str]:
    try:
        read_bundle(bundle_bytes(tree))
    except BundleRefused as refused:
        return {problem.path for problem in refused.problems}
    return set()


GOOD = good_bundle()
PLACES = list(texts_in(GOOD))


@given(at=st.sampled_from(PLACES), hidden=st.sampled_from(HIDDEN), data=st.data())
@settings(max_examples=draws(200), deadline=None)
def test_no_text_of_a_bundle_holds_a_hidden_character(at: Location, hidden: str, data: st.DataObject) -> None:
    """Wherever a bundle has a text, and wherever in it: refused at its place."""
    where = data.draw(st.integers(0, 40))

    paths = problems_in(changed(GOOD, at, lambda text: text[:where] + hidden + text[where:]))

    assert path_of(at) in paths


@pytest.mark.parametrize("end", ["\n", "\t", "\r"])
def test_a_name_is_one_line_and_a_description_may_have_more(end: str) -> None:
    """Line ends would put a second line, say another number, under a name."""
    lines = [at for at in PLACES if at[-1] in LINES]
    assert {at[-1] for at in lines} >= {"name", "number"}
    for at in lines:
        assert path_of(at) in problems_in(changed(GOOD, at, lambda text: f"{text}{end}555-0199")), at
    document = {**GOOD, "organizations": [{**GOOD["organizations"][0], "description": f"One{end}two"}]}
    assert not [path for path in problems_in(document) if path.endswith("description")]


def test_the_demo_and_its_languages_hold_nothing_hidden() -> None:
    """What is there stays right: the demo's bundle, accents, scripts that join, emoji of several signs."""
    tree, problems = parse_document(demo.coalition_bytes())
    assert not problems
    assert tree
    for text in ("Señora Niño", "می‌خواهم", "क्‍ष", "👩‍👧 family", "قلعة", "בית", "❤️"):
        assert is_visible(text, "name"), text


@given(st.text())
def test_what_is_made_visible_is_visible_and_stays(text: str) -> None:
    """Nothing of category Cc or Cf is left, save line ends, joiners and signs that are seen."""
    for field in ("name", "description"):
        visible = made_visible(text, field)
        assert is_visible(visible, field)
        assert made_visible(visible, field) == visible
        controls = {sign for sign in visible if unicodedata.category(sign) == "Cc"}
        assert controls <= (set() if field == "name" else set("\t\n\r"))
        assert is_visible(text, field) == (visible == text)


@pytest.mark.parametrize("link", ELSEWHERE)
@pytest.mark.parametrize("field", ["website", "uri"])
def test_a_link_of_a_bundle_leads_to_the_web(link: str, field: str) -> None:
    """A scheme other than http, no host, or a user: refused at its place."""
    tree = json.loads(json.dumps(GOOD))
    tree["organizations"][0][field] = link
    assert f"organizations[0].{field}" in problems_in(tree)
    assert not is_web_address(link)


@pytest.mark.parametrize("link", ELSEWHERE)
def test_a_link_is_read_as_browsers_read_it(link: str) -> None:
    """Without tabs and line ends, wherever they stand; a backslash is a slash."""
    assert leads_astray(link)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        *(("\u2764\ufe0f\u200d\U0001f525", True), ("1\ufe0f\u20e3", True), ("\u4e00\ufe00", True)),
        *(("Har\ufe0fbor", False), ("555\ufe0f0100", False), ("\u1ea1\u200db", False), ("\u1d00\u200cb", False)),
    ],
)
def test_the_choice_of_a_form_belongs_to_signs_and_not_to_latin_letters(text: str, visible: bool) -> None:
    """After a letter or a digit of ours it shows nothing and makes two names of one."""
    assert is_visible(text, "name") is visible


@given(st.text(max_size=12), st.sampled_from(["", "javascript:", "http://", "https://a.example/"]))
def test_no_web_address_leads_astray(text: str, before: str) -> None:
    """A text is an address, leads elsewhere, or is neither; a browser takes no other scheme out of an address."""
    link = before + text
    assert not (is_web_address(link) and leads_astray(link))
    if is_web_address(link):
        assert link.lower().startswith(("http://", "https://"))
        assert "@" not in link.split("/")[2].partition("?")[0].partition("#")[0]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo coalition, served."""
    with running(demo_settings(tmp_path_factory.mktemp("api"), rate_limit="1000000/minute")) as app:
        yield app


def test_bodies_are_as_strict_as_bundles(api: Api) -> None:
    """A name that turns round, a link that runs a script, a second line in a number: 422 at their places."""
    headers = api.bearer("directory:read", "directory:write", organization="willow-bend-youth")
    path = "/v1/organizations/willow-bend-youth"
    response = api.client.get(path, headers=headers)
    for field, value in (("name", "Willow\u202eBend"), ("name", "Willow\nBend"), ("website", "javascript:alert(1)")):
        body = response.json() | {field: value}
        refusal = api.client.put(path, json=body, headers={**headers, "If-Match": response.headers["etag"]})
        assert refusal.status_code == 422, refusal.text
        assert [error["pointer"] for error in refusal.json()["errors"]] == [f"/{field}"]
        assert value not in refusal.text


# --- imports ----------------------------------------------------------------------------------------------------------


def exported(loader: Loader) -> list[tuple[str, dict[str, Any]]]:
    """The records as exported, without the date of their last change, which is each directory's own."""
    records = public_records(loader.unit_of_work())
    for _, record in records:
        record.pop("last_modified", None)
    return records


def dirty() -> dict[str, Any]:
    offer = service(name="Be\u202eds", url="java\tscript:alert(1)", fees="\u200bfree\nof charge", x_note="\u2066n")
    return organization(
        offer, name="Har\u200bbor\nHouse", website="data:text/html,x", uri="https://me@example.org",
        phones=[{"number": "\u202a555-0100\u202c"}], additional_websites=[{"url": "vbscript:x"}],
    )  # fmt: skip


def tables(folder: Path, record: dict[str, Any]) -> Path:
    """An organization and its phones as CSV tables."""
    folder.mkdir()
    phones = [{"id": "p", "organization_id": record["id"], **phone} for phone in record["phones"]]
    plain = {name: value for name, value in record.items() if isinstance(value, str)}
    for name, rows in (("organizations", [plain]), ("phones", phones)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    return folder


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_import_takes_out_what_is_hidden_and_leads_elsewhere(form: str, tmp_path: Path) -> None:
    """Characters are taken out and links left out, each told; the records go in. Also by tables."""
    with Loader() as loader:
        source = put_in(tmp_path, dirty()) if form == "json" else tables(tmp_path / "tables", dirty())
        report = import_hsds(loader.unit_of_work(), source, source="a")
        fields = {finding.field for finding in (*report.unread, *report.findings.of(MENDED))}
        records = exported(loader)

    house = next(record for kind, record in records if kind == "organization")
    assert (house["name"], house["phones"][0]["number"]) == ("Harbor House", "555-0100")
    assert {"name", "number", "website", "uri"} <= fields
    for _, record in records:
        for at in texts_in(record):
            text: Any = record
            for part in at:
                text = text[part]
            assert is_visible(text, str(at[-1])), at
            assert "script:" not in text
            assert "data:" not in text


# --- tables -----------------------------------------------------------------------------------------------------------

CELLS = st.text() | st.from_regex(r"'{0,3}[=+@\t-][0-9.]{0,4}[a-z(]{0,3}", fullmatch=True)


@given(CELLS, st.booleans())
@settings(max_examples=draws(2000), deadline=None)
def test_a_cell_is_read_back_the_same(text: str, formulas: bool) -> None:
    """Also one that begins with an apostrophe already, and with the setting either way."""
    cell = cell_of(text, formulas=formulas)

    assert text_of(cell) == text
    if not formulas:
        assert cell[:1] not in "=@\t\r" or not cell
        assert cell[:1] not in ("+", "-") or cell[1:].replace(".", "", 1).strip("\n").isdecimal()


NAMES = ["=HYPERLINK(A1)", "+1 555", "-2+3", "@SUM(A1)", "'=1", "''@x", "'tis", "Plain"]


@pytest.mark.parametrize("formulas", [False, True])
def test_exported_tables_hold_no_formula_and_are_read_back_the_same(formulas: bool, tmp_path: Path) -> None:
    """Export, import, export: equal. A spreadsheet that opens the tables works nothing out, unless it is asked for."""
    offers = [service(id=f"s{n}", name=name, fees=f"{name}") for n, name in enumerate(NAMES)]
    with Loader() as first, Loader() as second:
        import_hsds(first.unit_of_work(), put_in(tmp_path, organization(*offers, name="=1+1")), source="a")
        once = exported(first)
        with export_to(tmp_path / "out.zip", formulas=formulas) as take:
            export_hsds(first.unit_of_work(), take)
        import_hsds(second.unit_of_work(), tmp_path / "out.zip", source="b")
        assert exported(second) == once

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        tables = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")]
    begins = {cell[:1] for table in tables for row in csv.reader(io.StringIO(table)) for cell in row}
    assert bool(begins & {"=", "+", "-", "@"}) is formulas
