"""`init`, `profile`, `schema` and `load`: a coalition written down, tried, and brought in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine
from jsonschema import Draft202012Validator

from service import demo
from service.documents.document import parse_document

HERE = "sqlite:///here.db"


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_a_new_bundle_loads_as_it_is(router: CommandLine) -> None:
    """`init` writes a commented file; `load` takes it and says only what it leaves out; paths can be asked for."""
    written = router.run("init", "mine.yaml")
    loaded = router.run("load", "mine.yaml", "--database", HERE)
    need = {"type": "safe bed", "as_said_by": "willow-house", "urgency": "now"}
    client = {"age": 19, "area": "bend-county", "languages": ["en"], "traits": {"suspected_exploiter_household": False}}
    profile = {"origin": "bend-line", "at": "2026-03-02T02:00:00-06:00", "client": client, "needs": [need]}
    routed = router.run("route", "-", "--json", "--database", HERE, typed=json.dumps(profile).encode())

    assert (written.status, written.err) == (0, "")
    assert (loaded.status, loaded.out[:7]) == (0, "Loaded:")
    assert [line.partition(":")[0] for line in loaded.err.splitlines()] == ["warning"]
    assert (router.folder / "mine.yaml").read_text().count("#") > 20
    assert json.loads(routed.out)["paths"][0]["covers"] == ["emergency_shelter"]


def test_the_sample_profile_fits_the_new_bundle(router: CommandLine) -> None:
    """`profile` prints or writes a profile that the coalition of `init` answers with the bed; in Spanish too."""
    router.run("init", "mine.yaml")
    router.run("load", "mine.yaml", "--database", HERE)

    printed = router.run("profile")
    written = router.run("profile", "--out", "profile.json", "--language", "es")
    again = router.run("profile", "--out", "profile.json")
    routed = router.run("route", "profile.json", "--json", "--database", HERE)

    assert (printed.status, printed.err) == (0, "")
    assert (router.folder / "profile.json").read_text() == printed.out
    assert (written.status, written.out[:8]) == (0, "Escrito.")
    assert (again.status, again.out) == (1, "")
    assert json.loads(routed.out)["paths"][0]["covers"] == ["emergency_shelter"]


def test_init_overwrites_nothing(router: CommandLine) -> None:
    """A file that is there stays as it is; status 1, and the name is not repeated."""
    name = router.write("mine.yaml", "my own")

    outcome = router.run("init", name)

    assert (outcome.status, outcome.out) == (1, "")
    assert (router.folder / name).read_text() == "my own"
    assert name not in outcome.err


def test_init_says_where_it_cannot_write(router: CommandLine) -> None:
    """A folder that is not there, and a name that no file can have: status 1 in plain words."""
    for name in ("no/such/folder.yaml", "a\0b"):
        outcome = router.run("init", name)

        assert (outcome.status, outcome.out) == (1, ""), name
        assert "defect" not in outcome.err


@pytest.mark.parametrize("of", ["bundle", "profile", "group"])
def test_schemas_print_and_fit_the_demo(router: CommandLine, of: str) -> None:
    """What `schema` prints is a JSON Schema of 2020-12, and the demo fits it."""
    outcome = router.run("schema", of)
    schema = json.loads(outcome.out)
    profile = json.loads(demo.profile_bytes("01-fifteen-at-2am"))
    clients = [{"key": "a", "client": profile["client"], "needs": profile["needs"]}]
    samples = {
        "bundle": demo.coalition_bytes(),
        "profile": demo.profile_bytes("01-fifteen-at-2am"),
        "group": json.dumps({"origin": profile["origin"], "clients": clients}).encode(),
    }
    document, _ = parse_document(samples[of])

    assert (outcome.status, outcome.err) == (0, "")
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
    assert router.run("schema", "coalition").status == 2


def test_a_dry_run_stores_nothing(router: CommandLine) -> None:
    """Where there is no database none is made, nor a key; where there is one not a byte of it changes."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    before = contents(router.folder)

    fresh = router.run("load", bundle, "--dry-run", "--database", HERE)

    assert (fresh.status, contents(router.folder)) == (0, before)
    assert fresh.out.startswith("Nothing stored; would load: ")
    loaded = router.run("load", bundle, "--database", HERE)
    assert loaded.out.partition(":")[2].split() == fresh.out.partition("; would load:")[2].split()
    assert loaded.err == fresh.err
    before = contents(router.folder)
    router.write("coalition.yaml", demo.coalition_bytes().replace(b"name: Juniper", b"name: New Juniper", 1))

    again = router.run("load", bundle, "--dry-run", "--database", HERE)
    other = router.run("load", bundle, "--dry-run", "--replace", "--database", HERE)

    router.write("coalition.yaml", demo.coalition_bytes())
    same = router.run("load", bundle, "--dry-run", "--database", HERE)
    assert contents(router.folder) == before
    assert again.out.splitlines()[-1].startswith("Changed: 1 area (")
    assert other.out == again.out
    assert same.out.startswith("Nothing stored; would change nothing: ")


def test_a_dry_run_refuses_what_a_load_refuses(router: CommandLine) -> None:
    """The same words for what is wrong in the file, and for what contradicts the store."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    router.run("load", bundle, "--database", HERE)
    for wrong in (b"coalition: {slug: x}", demo.coalition_bytes().replace(b"slug: ", b"slug: other-", 1)):
        router.write("wrong.yaml", wrong)

        tried = router.run("load", "wrong.yaml", "--dry-run", "--database", HERE)
        loaded = router.run("load", "wrong.yaml", "--database", HERE)

        assert (tried.status, tried.out, tried.err) == (1, "", loaded.err)


def test_a_load_makes_nothing_more_public_that_hid_itself(router: CommandLine) -> None:
    """Named are the organizations; each is loaded once its word is given by `--publish`, and hiding needs no word."""
    bundle, _ = parse_document(demo.coalition_bytes())
    houses = {row["id"]: row for row in bundle["organizations"]}
    router.run("load", router.write("open.json", json.dumps(bundle)), "--database", HERE)
    slugs = [slug for slug, row in houses.items() if row["coalition"]["kind"] in ("legal", "health")][:2]
    assert len(slugs) == 2
    for slug in slugs:
        houses[slug]["coalition"] |= {"listed": "coalition"}
        houses[slug]["contacts"] = []
    hidden = router.run("load", router.write("hidden.json", json.dumps(bundle)), "--database", HERE)
    houses[slugs[0]]["coalition"] |= {"listed": "public"}
    houses[slugs[1]]["contacts"] = [{"name": "Somebody"}]
    router.write("open.json", json.dumps(bundle))
    before = router.run("load", "hidden.json", "--dry-run", "--database", HERE).out

    refused = router.run("load", "open.json", "--database", HERE)
    tried = router.run("load", "open.json", "--dry-run", "--publish", slugs[1], "--database", HERE)
    unchanged = router.run("load", "hidden.json", "--dry-run", "--database", HERE).out
    loaded = router.run("load", "open.json", "--publish", slugs[0], "--publish", slugs[1], "--database", HERE)

    assert (hidden.status, refused.status, tried.status, loaded.status) == (0, 1, 1, 0)
    assert [slug for slug in slugs if f"--publish {slug}" in refused.err.replace("\n  ", " ")] == slugs
    assert (slugs[0] in tried.err, slugs[1] in tried.err) == (True, False)
    assert (refused.out, unchanged) == ("", before)
