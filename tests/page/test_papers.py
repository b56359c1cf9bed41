"""The paper for a client: asked for first, without a name or a picture unless chosen, and of public numbers alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import segno
from api_builders import HOTLINE, Api, demo_settings, running
from intake_forms import BED, SCOPES, WOMAN, direct, listed, send, values, visible
from visitors import Visitor, signed_in

from service.page.words import word

WOMANS_PROFILE = {
    "needs": [{"type": "emergency_shelter", "urgency": "now"}],
    "client": {"age": 30, "area": "demo-river", "gender": "female"},
    "facts": {"client_present": True},
}


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOTLINE, *SCOPES)


def paper(page: str) -> str:
    """What would be printed."""
    sheet = re.search(r'<div class="paper" lang="(?:en|es)">(.*?)</div>\s*<p class="bar">', page, re.DOTALL)
    assert sheet is not None
    return sheet[1]


def first_key(page: str) -> str:
    button = re.search(r'<button name="paper" value="([^"]+)"', page)
    assert button is not None
    return unescape(button[1])


def test_it_is_asked_first_and_holds_a_number_alone(worker: Visitor) -> None:
    """Before the yes nothing can be printed; after it the number, and a line that says nothing of what it is for."""
    call = send(worker, "/answer", BED)
    key, title = first_key(call), re.compile("<title>.*</title>")

    asks = send(worker, "/paper", {**BED, "paper": key})
    sheet = paper(send(worker, "/paper", {**BED, "paper": key, "safe": "yes"}))

    assert word("en", "paper.title") in visible(asks)
    assert 'class="paper"' not in asks
    assert re.sub(r"<[^>]+>", " ", sheet).split() == f"555-0106 {word('en', 'paper.line')}".split()
    assert "<svg" not in sheet
    assert title.findall(asks) == title.findall(call)


def test_name_picture_and_language_are_the_clients_choice(worker: Visitor) -> None:
    """Each is on the paper where it was ticked; the picture is the number as a telephone link, and nothing else."""
    chosen = {**BED, "paper": "willow-bend-youth", "safe": "yes", "with_name": "yes", "with_picture": "yes", "in": "es"}

    sheet = paper(send(worker, "/paper", chosen))

    assert "Willow Bend Youth House" in sheet
    assert word("es", "paper.line") in sheet
    assert segno.make("tel:5550106", micro=False).svg_inline(scale=5) in sheet
    assert not re.search(r"\bmi(?:le|lla)|\bkm\b", sheet)


def test_what_was_chosen_comes_back_to_be_changed(worker: Visitor) -> None:
    """From the paper back to the question and to the answer, with what was typed; the yes is asked for anew."""
    chosen = {**BED, "paper": "willow-bend-youth", "safe": "yes", "with_name": "yes", "in": "es"}

    back = listed(values(send(worker, "/paper", chosen)))
    again = send(worker, "/paper", back)

    assert "safe" not in back
    assert values(again) >= {("with_name", "yes"), ("in", "es"), ("client.age", "15")}
    assert word("en", "paper.title") in visible(again)


def test_an_agency_that_is_not_listed_is_on_no_paper(demo: Api, worker: Visitor) -> None:
    """Its name and number are not printed, whatever is sent; the page says what to do instead."""
    answer = direct(demo, WOMANS_PROFILE)
    called = {step["to"]["slug"]: step["contact"]["phone"] for path in answer["paths"] for step in path["steps"]}
    every = demo.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    unlisted = {agency["slug"]: called[agency["slug"]] for agency in every
                if agency["coalition"]["listed"] != "public" and agency["slug"] in called}  # fmt: skip
    assert unlisted

    for slug, phone in unlisted.items():
        page = send(
            worker, "/paper", {**WOMAN, "paper": slug, "safe": "yes", "with_name": "yes", "with_picture": "yes"}
        )
        assert word("en", "paper.none") in visible(page)
        assert phone not in page
        assert "<svg" not in page


@pytest.mark.parametrize("key", ["nobody-here", "line.000", "", "northline-sheriff"])
def test_what_is_no_call_of_the_answer_is_on_no_paper(worker: Visitor, key: str) -> None:
    """A key that was made up prints nothing."""
    page = send(worker, "/paper", {**BED, "paper": key, "safe": "yes"})

    assert word("en", "paper.none") in visible(page)
    assert 'class="paper"' not in page


def test_a_report_is_on_no_paper(demo: Api, worker: Visitor) -> None:
    """Whom to report to is for who reports: no button offers it to the client, and no form prints it."""
    form = {"need": ["child_protection_report"], "client.area": "demo-north", "client.age": "12"}
    needs = [{"type": "child_protection_report", "urgency": "now"}]
    answer = direct(demo, {"needs": needs, "client": {"age": 12, "area": "demo-north"}})
    receivers = {to["slug"] or f"line.{to['phone']}" for duty in answer["duties"] for to in duty["to"]}

    assert receivers
    assert 'name="paper"' not in send(worker, "/answer", form)
    for key in receivers:
        assert 'class="paper"' not in send(worker, "/paper", {**form, "paper": key, "safe": "yes"})


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more: dict[str, Any] = {"rate_limit": "1000000/minute", "hsds_open": False}
    with running(demo_settings(tmp_path_factory.mktemp("closed"), **more)) as api:
        yield api


def test_where_the_directory_is_closed_only_public_lines_are_printed(closed: Api) -> None:
    """What the public cannot look up stays off the paper; a line that answers everybody is still there."""
    worker = signed_in(closed, HOTLINE, *SCOPES)
    answer = direct(closed, {"needs": [{"type": "emergency_shelter", "urgency": "now"}]})
    line = next(line for line in answer["fallback_lines"] if line["phone"])

    agency = send(worker, "/paper", {**BED, "paper": "willow-bend-youth", "safe": "yes"})
    sheet = paper(send(worker, "/paper", {**BED, "paper": f"line.{line['phone']}", "safe": "yes"}))

    assert 'class="paper"' not in agency
    assert line["phone"] in sheet
    assert line["name"] not in sheet
