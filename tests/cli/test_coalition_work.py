"""The commands for the coalition's own work: what they print, for people and for programs."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from command_line import CommandLine

from service import demo

HERE = ("--database", "sqlite:///here.db")


@pytest.fixture
def loaded(router: CommandLine) -> CommandLine:
    """A command line whose folder holds the demo coalition in `here.db`."""
    assert router.run("load", router.write("coalition.yaml", demo.coalition_bytes()), *HERE).status == 0
    return router


def test_coverage_is_a_table_of_eighty_columns(loaded: CommandLine) -> None:
    """One table for each area, a row for each need that somebody offers, a column for each band."""
    outcome = loaded.run("coverage", "--area", "demo-north", *HERE)

    lines = outcome.out.splitlines()
    assert outcome.status == 0
    assert max(map(len, lines)) <= 80
    assert "Northline County (demo)" in lines
    [beds] = [line for line in lines if line.startswith("emergency shelter ")]
    [ages] = [line for line in lines if line.startswith("from age ")]
    counts = dict(zip(ages.split()[2:], beds.split()[2:], strict=True))
    assert counts["0"] == "-"
    assert int(counts["13"]) > 1


def test_coverage_for_programs_is_what_http_answers(loaded: CommandLine) -> None:
    """`--json` prints the document, `--as` what one organization may see of it, `--svg` writes the picture."""
    whole = loaded.run("coverage", "--json", *HERE)
    outside = loaded.run("coverage", "--json", "--as", "bright-basin-dental", *HERE)
    drawn = loaded.run("coverage", "--svg", "heat.svg", *HERE)

    assert json.loads(whole.out)["thin"]
    assert '"organization": "lantern-row"' in whole.out
    assert "lantern-row" not in outside.out
    assert (drawn.status, drawn.out) == (0, "")
    assert (loaded.folder / "heat.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_a_misspelt_filter_is_refused(loaded: CommandLine) -> None:
    """It says which, repeats nothing, and exits 1; a picture that cannot be written is wrong usage."""
    outcome = loaded.run("coverage", "--area", "atlantis", *HERE)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "area: is no area of the coalition\n"
    assert loaded.run("coverage", "--svg", "no/such/folder.svg", *HERE).status == 2


def test_the_map_is_a_list_and_a_picture(loaded: CommandLine) -> None:
    """Referral map under an agreement, then who stands alone, in eighty columns; `--svg` the picture."""
    outcome = loaded.run("map", *HERE)
    outside = loaded.run("map", "--json", "--as", "bright-basin-dental", *HERE)
    drawn = loaded.run("map", "--type", "food", "--svg", "map.svg", *HERE)

    lines = outcome.out.splitlines()
    assert (outcome.status, drawn.status, drawn.out) == (0, 0, "")
    assert max(map(len, lines)) <= 80
    assert "Juniper Bridge Hotline" in lines
    assert any(line.startswith("- Without Open Gate Intake Center") for line in lines)
    assert "lantern-row" not in outside.out
    assert {edge["types"][0] for edge in json.loads(outside.out)["edges"]}
    assert (loaded.folder / "map.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_the_map_is_a_graph_for_other_programs(loaded: CommandLine) -> None:
    """Both files in one run, of what an agency may see; the same agencies in both."""
    outcome = loaded.run("map", "--graphml", "map.xml", "--node-link", "map.json", "--as", "bright-basin-dental", *HERE)

    graph = json.loads((loaded.folder / "map.json").read_text(encoding="utf-8"))
    written = ElementTree.fromstring((loaded.folder / "map.xml").read_text(encoding="utf-8"))
    slugs = [node["id"] for node in graph["nodes"]]
    assert (outcome.status, outcome.out) == (0, "")
    assert [node.get("id") for node in written.iter("{http://graphml.graphdrawing.org/xmlns}node")] == slugs
    assert "bright-basin-dental" in slugs
    assert "lantern-row" not in slugs


def test_what_is_due_is_a_list_and_a_calendar(loaded: CommandLine) -> None:
    """A line for each item; `--calendar` writes a file to import; a wrong duration is wrong usage."""
    outcome = loaded.run("due", "--within", "P3650D", *HERE)
    own = loaded.run("due", "--within", "P3650D", "--json", "--as", "second-porch", *HERE)
    written = loaded.run("due", "--calendar", "due.ics", *HERE)

    assert (outcome.status, written.status, written.out) == (0, 0, "")
    assert "Second Porch Transitional Living: What Second Porch" in " ".join(outcome.out.split())
    assert {item["organization"] for item in json.loads(own.out)["items"]} == {"second-porch"}
    assert (loaded.folder / "due.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    wrong = loaded.run("due", "--within", "two months", *HERE)
    assert (wrong.status, wrong.out) == (2, "")


def test_exchange_and_contacts(loaded: CommandLine) -> None:
    """Drafts stand below matches in the bundle's form; contacts are not for who is no member."""
    exchange = loaded.run("exchange", "--json", *HERE)
    contacts = loaded.run("contacts", "--as", "juniper-bridge-hotline", *HERE)
    outside = loaded.run("contacts", "--as", "bright-basin-dental", *HERE)

    assert {member["organization"] for member in json.loads(exchange.out)["members"]} >= {"lantern-row"}
    assert loaded.run("exchange", *HERE).status == 0
    assert "Second Porch Transitional Living" in " ".join(contacts.out.split())
    assert (outside.status, outside.out) == (1, "")


def test_outcomes_words_and_what_to_know_for_a_subpoena(loaded: CommandLine) -> None:
    """For members; what is not counted yet says so; what is no way of counting is wrong usage."""
    counted = loaded.run("outcomes", "--by", "area", *HERE)
    hold = loaded.run("legal-hold", "--json", "--as", "juniper-bridge-hotline", *HERE)

    assert counted.out == "This quarter is not counted yet. That is done two weeks after it ends.\n"
    assert json.loads(loaded.run("outcomes", "--json", *HERE).out)["rows"] == []
    assert loaded.run("outcomes", "--by", "origin", *HERE).status == 2
    assert {contact["organization"] for contact in json.loads(hold.out)["contacts"]} >= {"lantern-row"}
    assert loaded.run("words", *HERE).status == 0
    for command in ("outcomes", "legal-hold"):
        assert loaded.run(command, "--as", "bright-basin-dental", *HERE).status == 1


def test_the_guide_needs_no_database(router: CommandLine) -> None:
    """The list of sectors, one of them in words, each entry with the numbers of its works, and what is none."""
    sectors = router.run("guide")
    schools = router.run("guide", "schools")
    lines = schools.out.splitlines()
    [sector] = json.loads(router.run("guide", "schools", "--json").out)["sectors"]
    works = [work["key"] for work in sector["source"]]

    assert sectors.out.splitlines()[0].split() == ["schools", "Schools"]
    for words, keys in zip(sector["ask"], sector["ask_source"], strict=True):
        assert f"- {words} [{', '.join(str(works.index(key) + 1) for key in keys)}]" in lines
    for number, work in enumerate(sector["source"], start=1):
        assert any(line.startswith(f"[{number}] {work['title'][:40]}") for line in lines)
        assert f"    {work['url']}" in lines
    assert max(len(line) for line in lines if "://" not in line) <= 80
    assert (router.run("guide", "astrology").status, list(router.folder.iterdir())) == (1, [])


def test_what_if_prints_a_comparison_and_stores_nothing(loaded: CommandLine) -> None:
    """A table of before and after with its assumptions; wrong changes exit 1 by their field."""
    bed = b"services: [{id: one-more, like: tc-night, organization: open-gate-intake, free: 1, always_open: true}]"
    outcome = loaded.run("coalition", "what-if", loaded.write("changes.yaml", bed), "--calls", "5", *HERE)

    assert (outcome.status, max(map(len, outcome.out.splitlines())) <= 80) == (0, True)
    assert "Calls that got a yes, of 5 drawn calls: before > after" in outcome.out
    assert "Chance of a yes, of 100: counted free 80" in outcome.out
    again = loaded.run("coalition", "what-if", "changes.yaml", "--calls", "5", "--json", *HERE)
    assert json.loads(again.out)["drawn"] == {"calls": 5, "seed": 59}
    assert "one-more" not in loaded.run("exchange", "--json", *HERE).out
    wrong = loaded.run("coalition", "what-if", loaded.write("wrong.yaml", b"services: [{id: nowhere}]"), *HERE)
    assert (wrong.status, wrong.err) == (1, "services.0.id: is not in the directory as you see it\n")


def test_outcomes_are_written_as_a_table_and_a_chart(loaded: CommandLine) -> None:
    """An empty quarter has heads only, and a chart that says why it is empty."""
    assert loaded.run("outcomes", "--csv", "o.csv", "--svg", "o.svg", *HERE).status == 0
    assert (loaded.folder / "o.csv").read_text(encoding="utf-8").startswith("quarter,by,value,name,referrals_at_least")
    assert ElementTree.parse(loaded.folder / "o.svg").getroot().tag.endswith("svg")
