"""`export hsds`: what it writes, where, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import CommandLine, start

from service import demo

HERE = "sqlite:///here.db"


def loaded(router: CommandLine) -> None:
    router.write("demo.yaml", demo.coalition_bytes())
    assert router.run("load", "demo.yaml", "--database", HERE).status == 0


def test_an_export_says_what_it_wrote_and_what_it_left_out(router: CommandLine) -> None:
    """The file is there, and the counts are those of the file; nothing is said on standard error."""
    loaded(router)

    outcome = router.run("export", "hsds", "out.json", "--database", HERE)

    assert (outcome.status, outcome.err) == (0, "")
    records = json.loads((router.folder / "out.json").read_bytes())
    services, terms = sum("status" in record for record in records), sum("kind" in record for record in records)
    organizations = len(records) - services - terms
    assert f"Exported: organizations {organizations}, services {services}." in outcome.out
    assert f"Taxonomies and their terms: {terms}." in outcome.out
    assert "Left out, not listed: 9 of them." in outcome.out


def test_a_hyphen_writes_records_to_standard_output(router: CommandLine) -> None:
    """`-` is NDJSON on standard output and nothing else there; what is said goes to standard error."""
    loaded(router)
    router.run("export", "hsds", "out.ndjson", "--database", HERE)

    out, err = start(router.folder, "export", "hsds", "-", "--database", HERE).communicate(timeout=60)

    assert out == (router.folder / "out.ndjson").read_bytes()
    assert err.decode().startswith("Exported: organizations")


def test_an_ending_that_names_no_form_is_refused(router: CommandLine) -> None:
    """The message says which endings there are, and the database is not asked."""
    loaded(router)

    outcome = router.run("export", "hsds", "out.xlsx", "--database", HERE)

    assert outcome.status == 1
    assert ".ndjson" in outcome.err
    assert not (router.folder / "out.xlsx").exists()


def test_without_a_database_nothing_is_made(router: CommandLine) -> None:
    """An export makes no database, and says that there is none."""
    outcome = router.run("export", "hsds", "out.json", "--database", HERE)

    assert outcome.status == 1
    assert "no database file" in outcome.err
    assert [file.name for file in Path(router.folder).iterdir()] == []
