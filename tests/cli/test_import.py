"""`import hsds` at the command line: exit statuses, the report, and what is told on which stream."""

from __future__ import annotations

import json
import os
import pty
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import CommandLine

from service.cli.hsds import ImportProgress

HERE = "sqlite:///here.db"
FILTHY = str(Path(__file__).parents[1] / "hsds" / "fixtures" / "filthy")
CLEAN = json.dumps(
    {"id": "3e2c1bd0-2c7c-4cf7-b09a-d28d3c1f1e11", "name": "Imported House", "website": "https://a.example"}
)


def test_a_filthy_directory_goes_in_with_a_summary(router: CommandLine) -> None:
    """Exit status 0: what is right is stored, the summary counts the rest, each bad row is told on standard error."""
    outcome = router.run("import", "hsds", FILTHY, "--database", HERE)

    assert outcome.status == 0
    assert outcome.out.startswith("Imported: organizations 2, services 10, ")
    assert "9 not stored" in outcome.out
    assert "left out: services.csv: row 8: `status` is required" in outcome.err
    assert "perhaps" not in outcome.out + outcome.err


def test_strict_stores_nothing(router: CommandLine) -> None:
    """Exit status 1, a plain word on standard error, and nothing to answer from afterwards."""
    outcome = router.run("import", "hsds", FILTHY, "--strict", "--report", "report.json", "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert "nothing was stored" in outcome.err
    assert json.loads((router.folder / "report.json").read_text())["refused"] is True
    assert router.run("route", router.write("p.json", "{}"), "--database", HERE).status == 1


def test_the_report_is_a_document_or_text(router: CommandLine) -> None:
    """`--report` writes JSON where the name ends so, and readable text otherwise."""
    router.run("import", "hsds", FILTHY, "--report", "report.json", "--database", HERE)
    router.run("import", "hsds", FILTHY, "--report", "report.md", "--database", HERE)

    document = json.loads((router.folder / "report.json").read_text(encoding="utf-8"))
    text = (router.folder / "report.md").read_text(encoding="utf-8")
    assert document["totals"]["not stored"] == 9
    assert "## Left out (quarantined): 9" in text


def test_standard_input_is_read(router: CommandLine) -> None:
    """`-` reads the directory in; the same again changes nothing, and says so."""
    first, second = (router.run("import", "hsds", "-", "--database", HERE, typed=CLEAN.encode()) for _ in range(2))

    assert (first.status, second.status) == (0, 0)
    assert first.out.startswith("Imported: organizations 1, ")
    assert second.out.startswith("No change: organizations 1, ")


def test_long_imports_tell_how_far_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    """In a pipe, a line for each ten thousand records on standard error; nothing of it on standard output."""
    with ImportProgress() as progress:
        for done in range(1_000, 25_000, 1_000):
            progress("read", done, None)
        progress("stored", 12_000, 20_000)

    out, err = capfd.readouterr()
    assert (out, err.splitlines()) == ("", ["read: 10000", "read: 20000", "stored: 12000 of 20000"])


def watch(screen: int) -> bytes:
    """Return what a terminal is sent until it is closed."""
    output = b""
    with suppress(OSError), os.fdopen(screen, "rb", buffering=0) as stream:
        while sent := stream.read(4096):
            output += sent
    return output


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, on standard error: a bar for each stage, gone once it is over."""
    screen, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with ThreadPoolExecutor(1) as pool, open(terminal, "w", encoding="utf-8") as stream:
        watching = pool.submit(watch, screen)
        monkeypatch.setattr(sys, "stderr", stream)
        with ImportProgress() as progress:
            progress("read", 1_000, None)
            progress("stored", 5, 10)
        stream.close()
        output = watching.result().decode()

    assert "━" in output
    assert "1000/?" in output
    assert "5/10" in output
    assert output.endswith("\x1b[2K")  # the last thing that it does is to clear its line


def test_curation_goes_from_a_list_to_a_file_to_load(router: CommandLine) -> None:
    """`curate` lists what settling would open, `--out` writes a file, `load` takes it once somebody confirmed."""
    router.run("import", "hsds", FILTHY, "--database", HERE, "--timezone", "America/Chicago")

    listed = router.run("curate", "--out", "settle.yaml", "--database", HERE)
    file = router.folder / "settle.yaml"
    untouched = router.run("load", "settle.yaml", "--database", HERE)
    file.write_text(file.read_text().replace("confirmed: false", "confirmed: true", 1))
    loaded = router.run("load", "settle.yaml", "--database", HERE)

    assert (listed.status, untouched.status, loaded.status) == (0, 0, 0)
    assert listed.out.startswith("Imported services: 10; nothing keeps 0 of them")
    assert "touches 10: it has no service type (nothing is said)" in listed.out
    assert untouched.out.startswith("No change")
    assert loaded.out.startswith("Loaded")
    assert "Curated: 1 confirmed" in loaded.out


def test_there_is_nothing_to_curate_without_a_database(router: CommandLine) -> None:
    """`curate` makes no database, and says what comes first."""
    outcome = router.run("curate", "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")


SHEET = "Agency,Program,Phone\nHarbor House,Beds,555-0100\n"


def test_a_spreadsheet_is_refused_until_it_is_mapped(router: CommandLine) -> None:
    """Exit 1 and what to do, never "No change"; the suggested mapping, as it is, brings it in."""
    sheet = router.write("agencies.csv", SHEET)

    refused = router.run("import", "hsds", sheet, "--database", HERE)
    suggested = router.run("import", "suggest", sheet, "--out", "mapping.yaml")
    done = router.run("import", "hsds", sheet, "--mapping", "mapping.yaml", "--database", HERE)
    printed = router.run("import", "suggest", sheet)

    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("nothing was imported: no record could be read. Looked for organizations")
    assert "referral-router import suggest PATH --out FILE" in refused.err
    assert (suggested.status, suggested.out) == (0, "")
    assert suggested.err == "Columns that are sure: 3; guesses, to check: 0; left to you: 0.\n"
    assert printed.out == (router.folder / "mapping.yaml").read_text(encoding="utf-8")
    assert done.out.startswith("Imported: organizations 1, services 1, locations 0;")


def test_a_mapping_that_cannot_be_used_is_refused(router: CommandLine) -> None:
    """Exit 1 where it is wrong, 2 where there is none; no value of a file is repeated."""
    sheet = router.write("agencies.csv", SHEET)
    wrong = router.write("mapping.yaml", "agencies.csv: {columns: {Agency: {model: agencies, field: name}}}")

    outcome = router.run("import", "hsds", sheet, "--mapping", wrong, "--database", HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert "`agencies` is no table of HSDS" in outcome.err
    assert "Harbor" not in outcome.err
    assert router.run("import", "hsds", sheet, "--mapping", "none.yaml", "--database", HERE).status == 2
    assert router.run("import", "suggest", router.write("x.json", "{}")).status == 1


def test_an_import_names_nobody_at_an_agency_that_hid_itself(router: CommandLine) -> None:
    """A contact that the source names since goes in for a listed agency, for a hidden one with `--publish` alone."""
    house = {**json.loads(CLEAN), "contacts": [{"id": "8b7d3b3e-3a4b-4f49-9d52-2a3f4f7f2c11", "name": "P. Ortiz"}]}
    router.run("import", "hsds", "-", "--database", HERE, typed=CLEAN.encode())
    slug = "hsds-imported-house-6d7f8a6a"
    profile = {"basis": "community", "kind": "victim_services", "listed": "coalition"}
    curation = [{"organization": slug, "confirmed": True, "coalition": profile}]
    coalition = {"slug": "imported", "name": "Here", "timezone": "UTC", "policy_packs": ["federal", "coalition"]}
    settled = router.write("c.json", json.dumps({"coalition": coalition, "curation": {"organizations": curation}}))
    listed = router.run("import", "hsds", "-", "--database", HERE, typed=json.dumps(house).encode())
    hidden = router.run("load", settled, "--database", HERE)
    house["contacts"].append({"id": "9b7d3b3e-3a4b-4f49-9d52-2a3f4f7f2c12", "name": "Q. Diaz"})
    typed = json.dumps(house).encode()

    refused = router.run("import", "hsds", "-", "--database", HERE, typed=typed)
    taken = router.run("import", "hsds", "-", "--publish", slug, "--database", HERE, typed=typed)

    assert (listed.status, hidden.status, refused.status, taken.status) == (0, 0, 1, 0), hidden.err + taken.err
    assert f"--publish {slug}" in refused.err
    assert "Diaz" not in refused.err
