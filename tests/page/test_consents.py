"""A consent at the pages: nothing of what a client agreed to is chosen beforehand, and all is read before it counts."""

from __future__ import annotations

import re

import pytest
from api_builders import HOTLINE, Api
from page.test_intake import BED, SCOPES, listed, send, values, visible
from visitors import Visitor, hidden, signed_in

from service.page import consents
from service.page.formatter import Formatter
from service.page.words import word

ABOUT = '{"to": "willow-bend-youth", "name": "W", "data": ["need", "identity"], "needs": "release+health"}'
TERMS = {
    "to": ["willow-bend-youth"], "data": ["need", "identity"], "level": "release", "form": "roi-four-counties",
    "signers": ["client"], "marks": ["health"], "signed_on": "2026-03-02", "ends_on": "2026-03-30",
}  # fmt: skip


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOTLINE, *SCOPES)


def terms_of(worker: Visitor) -> dict[str, object]:
    """Terms of a release from today on."""
    today = dict(values(send(worker, "/consent", {})))["signed_on"]
    return {**TERMS, "signed_on": today, "ends_on": f"{int(today[:4]) + 1}{today[4:8]}01"}


@pytest.mark.parametrize("form", [{}, {**BED, "about": ABOUT}], ids=["by itself", "of a call"])
def test_nothing_that_was_agreed_to_is_chosen_beforehand(worker: Visitor, form: dict[str, object]) -> None:
    """What the call asks for is said, and stands in no field; pressed as it is, nothing is recorded."""
    page = send(worker, "/consent", form)
    chosen = {name for name, _ in values(page)}

    assert chosen.isdisjoint({"to", "data", "level", "form", "signers", "marks", "ends_on"})
    assert (word("en", "data.identity") in visible(page.partition("<fieldset")[0])) == ("about" in form)
    again = send(worker, "/consent/check", listed(values(page)), status=422)
    for name in ("to", "data", "level", "signers", "ends_on"):
        assert f'id="problem-{name}"' in again
    send(worker, "/consent/record", {**listed(values(page)), "key": "k"}, status=422)


def test_ids_are_unique(worker: Visitor) -> None:
    """Each label and each link in the error summary leads to its own field."""
    for page in (send(worker, "/consent", {}), send(worker, "/consent/check", {}, status=422)):
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("data", ["5", "{}", '"identity"', "[5]", "[[]]"])
def test_a_call_of_another_form_asks_for_no_more_than_the_need(worker: Visitor, data: str) -> None:
    """Whatever stands in the field of the call, the page comes."""
    page = send(worker, "/consent", {"about": f'{{"to": "willow-bend-youth", "data": {data}}}'})
    text = visible(page.partition("<fieldset")[0])

    assert word("en", "data.need") in text
    assert word("en", "data.identity") not in text


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_last_step_says_all_of_it(demo: Api, language: str) -> None:
    """Each term in words; nothing is recorded by then; to change it leads back to the same terms."""
    visitor = signed_in(demo, HOTLINE, *SCOPES, Accept_Language=language)
    summary = send(visitor, "/consent/check", {**BED, "about": ABOUT, **TERMS})
    text = visible(summary)

    assert word(language, "consent.summary") in text
    for term in ("data.need", "data.identity", "level.release", "signer.client", "mark.health"):
        assert word(language, term) in text
    assert "Willow Bend Youth House" in text
    assert all(Formatter(language).day(day) in text for day in (TERMS["signed_on"], TERMS["ends_on"]))
    assert listed(values(summary)).items() >= listed({*values(send(visitor, "/consent", {**BED, **TERMS}))}).items()
    for wrong in ({"ends_on": "soon"}, {"level": "by heart"}, {"data": ["<b>"]}):
        answer = visitor.post("/consent/check", {"forgery": visitor.forgery(), **TERMS, **wrong})
        assert answer.status_code in (200, 422)
        assert "<b>" not in answer.text


def test_a_consent_is_written_down_and_the_paper_printed(worker: Visitor) -> None:
    """The code is shown once, the paper says what the interface prints, in the language that is chosen for it."""
    summary = send(worker, "/consent/check", terms_of(worker))
    form = {**listed(values(summary)), "key": hidden(summary, "key")}
    in_spanish = send(worker, "/consent", {**form, "level": "verbal", "language": "es"})
    assert values(in_spanish) == {*values(summary), ("level", "verbal")} - {("level", "release")}
    send(worker, "/consent", {**form, "language": "en"})
    recorded = send(worker, "/consent/record", form)
    again = send(worker, "/consent/record", form)

    code = hidden(recorded, "code")
    assert len(code.split("-")) == 4
    assert all(part in visible(recorded) for part in code.split("-"))
    assert hidden(again, "id") == hidden(recorded, "id")
    assert word("en", "consent.no_code") in visible(again)
    paper = send(worker, "/consent/receipt", {"id": hidden(recorded, "id"), "in": "es"})
    assert 'class="paper" lang="es"' in paper
    assert "usted aceptó" in visible(paper)
    assert "Willow" not in visible(paper)
    full_paper = send(worker, "/consent/receipt", {"id": hidden(recorded, "id"), "in": "en", "names": "yes"})
    assert "Willow Bend Youth House" in visible(full_paper)


def test_a_consent_goes_back_with_the_call(worker: Visitor) -> None:
    """From the recorded consent one button leads back to the same call, which now rests on it."""
    summary = send(worker, "/consent/check", {**BED, **terms_of(worker)})
    recorded = send(worker, "/consent/record", {**listed(values(summary)), "key": hidden(summary, "key")})
    back = recorded.partition('action="/answer"')[2]
    form = listed(set(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', back)))

    assert form["consent"] == [hidden(recorded, "id")]
    assert form["need"] == BED["need"]
    form.pop("forgery")
    assert 'id="call"' in send(worker, "/answer", form)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_inbox_says_of_the_paper_what_is_so(demo: Api, language: str) -> None:
    """The paper holds no word of the code, and the field for the code sends nobody to look for it there."""
    visitor = signed_in(demo, HOTLINE, *SCOPES, Accept_Language=language)
    summary = send(visitor, "/consent/check", terms_of(visitor))
    recorded = send(visitor, "/consent/record", {**listed(values(summary)), "key": hidden(summary, "key")})
    for names in ("yes", ""):
        paper = send(visitor, "/consent/receipt", {"id": hidden(recorded, "id"), "in": language, "names": names})
        assert hidden(recorded, "code") not in visible(paper)
    hint = word(language, "inbox.consent_hint")
    assert not re.search("paper|papel", hint)


def agencies(page: str) -> dict[str, list[str]]:
    """The agencies that can be chosen, by the group in which they stand, in the page's order."""
    groups = re.findall(r'<details class="group agencies (\w+)".*?</details>', page, re.DOTALL)
    parts = re.split(r'<details class="group agencies \w+"', page)[1:]
    chosen = [re.findall(r'name="to" value="([^"]+)"', part.partition("</details>")[0]) for part in parts]
    return dict(zip(groups, chosen, strict=True))


def test_the_agency_on_the_call_stands_first_and_systems_last_with_a_warning(demo: Api, worker: Visitor) -> None:
    """Each agency once; a system that is called stands first, and is told from the community's all the same."""
    page = send(worker, "/consent", {**BED, "about": ABOUT})
    every = demo.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    systems = {agency["slug"] for agency in every if agency["coalition"].get("basis") == "systems"}
    groups = agencies(page)

    assert list(groups) == ["called", "community", "systems"]
    assert groups["called"] == ["willow-bend-youth"]
    assert set(groups["systems"]) == systems
    assert sorted(slug for slugs in groups.values() for slug in slugs) == sorted(agency["slug"] for agency in every)
    assert page.index(word("en", "consent.systems_about")) > page.index('agencies systems"')
    by_itself = agencies(send(worker, "/consent", {}))
    assert list(by_itself) == ["community", "systems"]


def test_agencies_are_searched_for_without_script(worker: Visitor) -> None:
    """By words of the name, whatever case and accents; what is chosen stays, and so does what else was filled in."""
    page = send(worker, "/consent", {**terms_of(worker), "find": "HÉRON legal"})

    assert agencies(page) == {"community": ["heron-legal", "willow-bend-youth"]}
    assert dict(values(page))["ends_on"]
    assert ("to", "willow-bend-youth") in values(page)
    nobody = send(worker, "/consent", {"find": "no such name"})
    assert agencies(nobody) == {}
    assert word("en", "consent.fits_none") in visible(nobody)


def test_of_very_many_agencies_those_that_are_searched_for_are_shown(
    worker: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list of thousands: who is called, who is chosen, and whoever is found."""
    monkeypatch.setattr(consents, "MOST_LISTED", 5)
    page = send(worker, "/consent", {**BED, "about": ABOUT, "to": ["heron-legal"]})

    assert agencies(page) == {"called": ["willow-bend-youth"], "community": ["heron-legal"]}
    assert len(agencies(send(worker, "/consent", {"find": "demo"}))["systems"]) > 2
    assert word("en", "consent.many") in visible(send(worker, "/consent", {}))
