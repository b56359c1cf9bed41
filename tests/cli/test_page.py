"""The printed answer: narrow, plain, in the order that a tired person needs, and silent about private addresses."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from command_line import PROGRAM, CommandLine, environment, start
from loaded import Loader
from rich.console import Console
from sheets import not_shown, of_demos

from service import demo
from service.answers.printed import PrintedPage, print_answer
from service.answers.use_cases.next_calls import next_calls
from service.documents.document import parse_document

DATABASE = "sqlite:///referral-router-demo.db"
AT = datetime.fromisoformat("2026-03-02T02:00:00-06:00")


Pages = dict[str, tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def all_pages(loader: Loader) -> Pages:
    """Every profile's printed page of either demo coalition, as a pipe gets it, and its document."""
    return {name: (printed(document), document) for name, (_, document) in of_demos(loader)}


@pytest.fixture(scope="module")
def pages(all_pages: Pages) -> Pages:
    """Those of the first coalition, by name."""
    return {name.partition("/")[2]: page for name, page in all_pages.items() if name.startswith(f"{demo.FIRST}/")}


def printed(document: dict[str, Any], width: int = 80, *, full: bool = True) -> str:
    out = StringIO()
    print_answer(PrintedPage(Console(file=out, width=width, highlight=False)), document, asked_at=AT, full=full)
    return out.getvalue()


LINES_ON_A_PHONE, PHONE = 5, 38
WORDS_A_MINUTE, SECONDS = 200, 20
NUMBER = re.compile(r"\b(?:911|\d{3}-\d{4}|1-\d{3}-\d{3}-\d{4})\b")


def test_the_first_number_is_reached_within_twenty_seconds(all_pages: Pages) -> None:
    """Read aloud at 200 words a minute, on the page and as a list of calls, unless something comes before any call."""
    for name, (_, document) in all_pages.items():
        calls = next_calls(document, {})
        near = [other["contact"]["phone"] for entry in calls["uncovered"] for other in entry["near"]]
        spoken = [call["phone"] for call in calls["calls"][:1]] or near[:1]
        listed = " ".join([document["lead"]["plain"], *filter(None, spoken)])
        pages = [] if document["lead"]["do"] in ("ask", "here") else [printed(document, full=False), printed(document)]
        for text in (*pages, listed):
            number = NUMBER.search(text)
            assert number is not None, name
            words = len(text[: number.start()].split())
            assert words / WORDS_A_MINUTE * 60 < SECONDS, (name, words)


def test_the_lead_fits_a_phone(all_pages: Pages) -> None:
    """Thirty-eight columns: the first number stands within five lines, or what comes before it is told whole."""
    for name, (_, document) in all_pages.items():
        lead = document["lead"]
        lines = textwrap.wrap(lead["plain"], PHONE)
        if lead["phone"] and lead["do"] != "here":
            assert NUMBER.search(" ".join(lines[:LINES_ON_A_PHONE])), name
        else:
            assert len(lines) < LINES_ON_A_PHONE, name


def test_the_lead_comes_first_and_the_sheet_follows(all_pages: Pages) -> None:
    """Costs, rule ids and authorities are there with --full only; what the sheet holds is there in any case."""
    for name, (_, document) in all_pages.items():
        short = printed(document, full=False)

        assert " ".join(short.split()).startswith(document["lead"]["plain"]), name
        assert not_shown(document["call_sheet"], short) == [], name
        for step in steps_of(document):
            assert [rule["id"] for rule in step["rules"] if f"({rule['id']}" in short] == []
        assert "points" not in short
        assert "add --full" in " ".join(short.split())
        assert "add --full" not in " ".join(printed(document).split())


def test_every_page_is_narrow_and_plain(pages: Pages) -> None:
    """No line is wider than 80 columns, ends in blanks, or carries a terminal's escape."""
    lines = [line for page, _ in pages.values() for line in page.splitlines()]

    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert [line for line in lines if not line.isprintable()] == []


def test_a_narrow_terminal_gets_a_narrow_page(pages: Pages) -> None:
    """Fifty columns are enough, and every word is still there."""
    page, document = pages[demo.profile_names()[0]]

    narrow = printed(document, width=50)

    assert max(map(len, narrow.splitlines())) <= 50
    assert words_of(narrow) == words_of(page)


def words_of(page: str) -> list[str]:
    return [word for word in page.split() if not re.fullmatch("[=-]+", word)]


def test_safety_and_duties_stand_before_the_first_call(pages: Pages) -> None:
    """Danger, then what the law asks, then whom to call; the fine print comes last."""
    for page, document in pages.values():
        places = [page.find(title) for title in ("FIRST\n", "WHO TO CALL NEXT\n", "ABOUT THIS ANSWER\n")]
        duties = page.find("WHAT THE LAW ASKS OF YOU\n")

        assert -1 not in places
        assert places == sorted(places)
        assert (duties != -1) == bool(document["duties"])
        assert not document["duties"] or places[0] < duties < places[1]


def test_911_is_the_first_thing_said_in_danger(pages: Pages) -> None:
    """Where somebody is in danger, the call for help stands above all else."""
    page, _ = pages["15-medical-danger"]

    first = page.split("FIRST\n=====\n")[1].splitlines()[0]

    assert "911" in page.split("FIRST\n=====\n")[1].split("2.")[0]
    assert first.startswith("1.")


def test_every_step_can_be_called(pages: Pages) -> None:
    """Each step of each path shows its agency, its number, and every service it uses."""
    for page, document in pages.values():
        flat = " ".join(page.split())
        for step in steps_of(document):
            assert step["to"]["name"] in flat
            assert str(step["contact"]["phone"]) in flat
            for service in step["services"]:
                assert f"({service['name']})" in flat


def test_rules_and_obligations_are_named(pages: Pages) -> None:
    """What is held back names its rule, every obligation is spelled out once, and every reason is there."""
    for page, document in pages.values():
        flat = " ".join(page.split())
        for step in steps_of(document):
            assert all(f"({task['id']}; " in flat for task in step["obligations"])
            if step["mode"] != "self":
                assert all(f"(rule {entry['rule']})" in flat for entry in step["withhold"])
        for entry in document["uncovered"]:
            assert all(reason["plain"] in flat for reason in entry["reasons"])
        assert str(document["grievance"]["contact"] or "") in flat
        assert document["decision_id"] in flat


def steps_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"]:
        yield from path["steps"]


LEAD = {
    "do": "fallback", "plain": "Call the line: 555-0199.", "to": None, "phone": "555-0199", "sms": None, "ask": None,
}  # fmt: skip


@pytest.mark.parametrize("in_time", [True, False], ids=["proven", "out of time"])
def test_no_path_is_told_plainly(*, in_time: bool) -> None:
    """Where nothing is there, the page says so with the reasons and a number to call; out of time it says only that."""
    document = {
        "lead": LEAD,
        "call_sheet": [],
        "later": [],
        "lines": [],
        "caller": None,
        "fallback_lines": [{"name": "The line", "phone": "555-0199", "tel": "tel:5550199", "sms": None, "hours": None}],
        "paths": [],
        "uncovered": [
            {"need": "dental", "plain": None, "near": [], "reasons": [{"code": "age", "count": 1, "plain": "One."}]}
        ],
        "sole_provider": [],
        "duties": [],
        "counsel": {"reviewed_on": None, "until": None, "except": [], "plain": "Not reviewed by counsel."},
        "questions": [],
        "conditional_paths": [],
        "complete": {
            "paths": in_time,
            "conditional_paths": False,
            "questions": False,
            "instead": None,
            "later": in_time,
            "near": in_time,
        },
        "notices": [{"id": "hotline", "plain": "Call 1-888-373-7888."}],
        "grievance": {"contact": None, "plain": "Ask its director."},
        "directory_version": 1,
        "policy_version": "sha256:00",
        "decision_id": "one",
    }

    page = printed(document)

    assert ("No agency in this directory can take this client" in page) is in_time
    assert ("There was no time to find a way to an agency" in page) is not in_time
    assert ("Time ran out before everybody who could be called was looked for" in page) is not in_time
    assert "dental care" in page
    assert "1-888-373-7888" in page


def test_a_directory_cannot_steer_the_terminal() -> None:
    """Escapes, line breaks and characters that turn text around are dropped from names."""
    out = StringIO()

    PrintedPage(Console(file=out, width=80)).paragraph("A\x1b[31mHouse\nwith\u202e a\x07 name [bold]")

    assert out.getvalue() == "A [31mHouse with a name [bold]\n"


def test_no_private_address_is_printed(pages: Pages) -> None:
    """Streets and coordinates of private places are in no page and no document."""
    private = list(private_strings())
    assert len(private) > 10

    everything = "\n".join(page + json.dumps(document, ensure_ascii=False) for page, document in pages.values())

    assert [text for text in private if text in everything] == []


def private_strings() -> Iterator[str]:
    tree: Any = parse_document(demo.coalition_bytes())[0]
    for organization in tree["organizations"]:
        if not organization.get("coalition", {}).get("address_private"):
            continue
        for location in organization.get("locations", ()):
            yield from (str(location[key]) for key in ("latitude", "longitude") if location.get(key) is not None)
            for address in location.get("addresses", ()):
                yield address["address_1"]


def test_the_demo_runs_in_a_pipe(tmp_path: Path) -> None:
    """`demo --no-serve` in a pipe: status 0, 80 columns, no escapes; a second run changes nothing."""
    for opening in ("Loaded: ", "No change: "):
        process = start(tmp_path, "demo", "--no-serve")
        out, err = process.communicate(timeout=60)

        assert (process.returncode, err) == (0, b"")
        text = out.decode()
        assert text.startswith(opening)
        answer = text.split("TRY THE OTHERS")[0]
        assert max(map(len, answer.splitlines())) <= 80
        assert "\x1b" not in text
    assert sorted(file.suffix for file in tmp_path.iterdir() if file.suffix in (".db", ".key")) == [".db", ".key"]


def test_a_reader_may_leave_early(tmp_path: Path) -> None:
    """`demo --no-serve | head -1` ends quietly."""
    process = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" demo --no-serve | head -1', "bash", *PROGRAM],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (process.returncode, process.stderr) == (0, b"")


def test_the_demo_leaves_a_coalition_alone(router: CommandLine) -> None:
    """A database that holds another coalition is refused, and stays as it was."""
    other = demo.coalition_bytes().decode().replace("slug: four-counties-demo", "slug: ours")
    assert router.run("load", router.write("ours.yaml", other), "--database", DATABASE).status == 0

    outcome = router.run("demo", "--no-serve")

    assert outcome.status == 1
    assert "another coalition" in outcome.err
    assert router.run("load", "ours.yaml", "--database", DATABASE).out.startswith("No change")


def test_the_demo_does_not_touch_the_users_database(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment names as the database, the demo keeps to its own file."""
    monkeypatch.setenv("REFERRAL_ROUTER_DATABASE", "sqlite:///ours.db")

    assert router.run("demo", "--no-serve", "--profile", "07-no-police").status == 0

    assert not (router.folder / "ours.db").exists()
    assert (router.folder / "referral-router-demo.db").exists()
