"""The switch of the language on every page: it leads to the same page in the other language, wherever it stands."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
from api_builders import Api
from page.test_every_page import AGENCY, PUBLIC, SCOPES, STEPS, TABLE
from visitors import Visitor, hidden, signed_in

from service.page.words import word

BROWSER = "text/html"
HOUSE = "bluestem-haven"
SEARCHED = (
    "/coalition/map?of=kind:health",
    "/coalition/due?within=P30D",
    "/coalition/outcomes?by=area",
    "/inbox?box=out&page=2",
)
NOWHERE = ("/nowhere", "/webhooks/none", "/directory/none", "/answer")
MENU = 'class="menu"'


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOUSE, *SCOPES, Accept=BROWSER, Accept_Language="en")


def heading(page: str) -> str:
    return unescape(re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1])  # type: ignore[index]


def switched(visitor: Visitor, page: str, at: str) -> tuple[str, int]:
    """What a press on the page's switch ends at, with its status: a link, a form of its own, or a button of `form`."""
    switch = re.search(r'<div class="language">(.*?)</div>', page, re.DOTALL)[1]  # type: ignore[index]
    if link := re.search(r'<a [^>]*href="([^"]*)"', switch):
        answer = visitor.get(urljoin(at, unescape(link[1])))
        return answer.text, answer.status_code
    button = re.search(r'name="language" value="(\w+)"', switch)
    action = re.search(r'(?:form)?action="([^"]+)"', switch)
    assert button
    assert action
    fields = {"forgery": hidden(page, "forgery"), "language": button[1]}
    answer = visitor.post(unescape(action[1]), fields | ({"back": hidden(switch, "back")} if "<form" in switch else {}))
    if answer.status_code == 303:
        answer = visitor.get(answer.headers["location"])
    return answer.text, answer.status_code


@pytest.mark.parametrize(
    "path", ["/", "/sessions", "/coalition", *AGENCY, *TABLE, *STEPS, *PUBLIC, *SEARCHED, *NOWHERE]
)
def test_each_page_comes_in_the_other_language_and_back(worker: Visitor, path: str) -> None:
    """The same page with its query and its menu, also where it is not found; what follows stays in that language."""
    english = worker.get(path)
    spanish, status = switched(worker, english.text, path)

    assert '<html lang="es">' in spanish
    assert status == english.status_code
    if path != "/signin":  # which belongs to nobody's session
        assert MENU in english.text
        assert MENU in spanish
        assert '<html lang="es">' in worker.get(path).text
    again, _ = switched(worker, spanish, path)
    assert heading(again) == heading(english.text)


@pytest.mark.parametrize("path", [*PUBLIC, "/nowhere", "/directory/none"])
def test_nobody_signed_in_switches_too(demo: Api, path: str) -> None:
    """By a link, which a page without a session has in place of a form."""
    nobody = Visitor(demo.client, headers={"Accept": BROWSER, "Accept_Language": "en"})
    english = nobody.get(path)
    spanish, status = switched(nobody, english.text, path)

    assert '<html lang="es">' in spanish
    assert status == english.status_code


@pytest.mark.parametrize("path", ["/inbox/find", "/answer", "/beds", "/consent/record"])
def test_after_a_form_that_is_refused_the_switch_leads_to_a_page(worker: Visitor, path: str) -> None:
    """Nothing is sent twice: the start comes in the other language, with the menu."""
    refused = worker.post(path, {"forgery": worker.forgery(), "unknown": "field"})
    spanish, status = switched(worker, refused.text, path)

    assert refused.status_code == 400
    assert MENU in refused.text
    assert (status, heading(spanish)) == (200, word("es", "home.title"))


def test_a_session_that_ended_is_led_to_the_sign_in(demo: Api) -> None:
    """The page after a form says so without a menu, and its switch leads to a page that is there."""
    nobody = Visitor(demo.client, headers={"Accept": BROWSER, "Accept_Language": "en"})
    refused = nobody.post("/inbox/find", {"code": "acorn"})
    spanish, status = switched(nobody, refused.text, "/inbox/find")

    assert (refused.status_code, MENU in refused.text) == (401, False)
    assert (status, heading(spanish)) == (200, word("es", "signin.title"))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", ""])
def test_the_switch_leads_to_no_other_place(worker: Visitor, back: str) -> None:
    """A place that a browser may read as another host is the start; without the form's token nothing is switched."""
    forgery = worker.forgery()
    answer = worker.post("/language", {"forgery": forgery, "language": "es", "back": back})
    forged = worker.post("/language", {"language": "en", "back": "/"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert forged.status_code == 403
    assert '<html lang="es">' in worker.get("/").text
