"""The pages of supervisors: what their own agency's accounts did; the first steps; and practice that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from page.test_every_page import AGENCY, PUBLIC, STEPS, TABLE
from page.test_intake import visible
from visitors import Visitor, hidden, signed_in

from service.cli import demo
from service.page.words import word

HAVEN = "bluestem-haven"
SCOPES = ("audit", "consent", "referral", "directory:read", "webhook", "grievance", "organization:admin")
TERMS = {
    "form": "roi-four-counties", "level": "release", "to": [HAVEN], "data": ["need"], "purpose": "referral",
    "signers": ["client"], "signed_on": "2026-03-01", "ends_on": "2026-03-02",
}  # fmt: skip


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "grievance_body": HAVEN, "practice": True}
    with running(demo_settings(tmp_path_factory.mktemp("practice"), **more)) as api:
        yield api


def test_a_supervisor_reads_what_the_own_agency_did(demo: Api) -> None:
    """In words, with the operation folded; never another agency's, and no id or token of anything."""
    consent = demo.post("/v1/consents", TERMS, "consent", headers={"Idempotency-Key": "audited"})
    assert consent.status_code == 422  # its time is over: it leaves no trace
    sent = {**TERMS, "signed_on": today(demo), "ends_on": today(demo)}
    response = demo.post("/v1/consents", sent, "consent", headers={"Idempotency-Key": "audited"})
    assert response.status_code == 201, response.text

    own, other = (signed_in(demo, house, *SCOPES).get("/audit").text for house in (HOTLINE, HAVEN))

    assert "POST /v1/consents" in own
    assert f"{word('en', 'audit.object.consent')}: {word('en', 'audit.state.current')}" in visible(own)
    assert "POST /v1/consents" not in other
    assert word("en", "audit.thing.sign_in") in visible(other)
    for secret in (response.json()["id"], response.json()["code"], f"{HOTLINE}-desk"):
        assert secret not in own


def today(api: Api) -> str:
    page = signed_in(api, HOTLINE, "consent").get("/consent").text
    return page.partition('name="signed_on" value="')[2][:10]


def test_the_session_of_this_browser_is_marked(demo: Api) -> None:
    """Of all that a supervisor may end it is one, and each browser's own; to end another signs nobody out here."""
    here, elsewhere = (signed_in(demo, HAVEN, *SCOPES) for _ in range(2))
    cards = [
        re.findall(r'<li class="card">.*?</li>', desk.get("/sessions").text, re.DOTALL) for desk in (here, elsewhere)
    ]
    marked = [[card for card in among if word("en", "sessions.here") in card] for among in cards]

    assert [len(among) for among in marked] == [1, 1]
    first, second = (hidden(among[0], "id") for among in marked)
    assert first != second
    here.post("/sessions", {"forgery": here.forgery(), "act": "end", "id": second})
    assert here.get("/sessions").status_code == 200
    assert elsewhere.get("/sessions").status_code == 303


def test_the_audit_goes_on_page_by_page(demo: Api) -> None:
    """Whatever number the address names; what is no number is the first page."""
    visitor = signed_in(demo, HAVEN, *SCOPES)

    for query in ("", "?page=1", "?page=x", "?page=-1", "?page=2"):
        assert visitor.get(f"/audit{query}").status_code == 200


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_steps_lead_through_three_screens_and_back(demo: Api, language: str) -> None:
    """From the home page; what is for supervisors only they read; there is no fourth."""
    visitor = signed_in(demo, HAVEN, "route", Accept_Language=language)
    assert 'href="/first-steps"' in visitor.get("/").text
    pages = [visitor.get(f"/first-steps/{number}").text for number in (1, 2, 3)]

    for number, page in enumerate(pages, start=1):
        assert word(language, f"steps.title_{number}") in page
        assert (f'href="/first-steps/{number + 1}"' in page) == (number < 3)
        assert (f'href="/first-steps/{number - 1}"' in page) == (number > 1)
        assert word(language, "practice") not in unescape(page)
    assert word(language, "steps.supervisor") not in pages[2]
    supervisor = signed_in(demo, HAVEN, "organization:admin", Accept_Language=language)
    assert word(language, "steps.supervisor") in supervisor.get("/first-steps/3").text
    assert visitor.get("/first-steps/4").status_code == 404


@pytest.mark.parametrize(
    "path", [*AGENCY, *TABLE, *STEPS, *PUBLIC, "/", "/coalition", "/sessions", "/locked", "/nowhere"]
)
def test_every_page_says_that_it_is_practice(practice: Api, path: str) -> None:
    """Signed in and not, in both languages, on error pages too; and nowhere else."""
    for language in ("en", "es"):
        browser = {"Accept": "text/html", "Accept_Language": language}
        visitor = signed_in(practice, HAVEN, *SCOPES, "route", "capacity", **browser)
        pages = [visitor.get(path), *([Visitor(practice.client, headers=browser).get(path)] if path in PUBLIC else [])]
        for page in pages:
            assert word(language, "practice") in unescape(page.text), (path, language)


@pytest.mark.parametrize("path", ["/", "/directory", "/signin", "/nowhere"])
def test_elsewhere_nothing_speaks_of_practice(demo: Api, path: str) -> None:
    """Only the setting says so."""
    visitor = signed_in(demo, HAVEN, *SCOPES, Accept="text/html")
    assert word("en", "practice") not in unescape(visitor.get(path).text)


def test_the_demo_is_practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `demo` serves is marked, and its link opens the supervisors' pages."""
    calls = []
    monkeypatch.setattr(demo, "serve_until_stopped", lambda settings, **_: calls.append(settings))
    monkeypatch.chdir(tmp_path)

    demo.demo(database=f"sqlite:///{tmp_path / 'demo.db'}")

    assert [settings.practice for settings in calls] == [True]
