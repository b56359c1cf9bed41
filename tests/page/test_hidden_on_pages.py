"""Nothing hidden from a reader is on any page, and nothing that one agency typed is on a page of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from api.test_hidden_from_all import CALLERS, Hidden, bundle, hidden_from  # noqa: F401 - a fixture
from api_builders import Api, demo_settings, running
from canaries import CANARY
from inbox_builders import SHELTER, send
from page_states import MORE, SCOPES, SETTINGS, STREAM, by_forms, paths, worker
from visitors import Visitor, signed_in

from service.page.desk.kinds import KINDS

PEOPLE = [who for who, caller in CALLERS.items() if caller != "nobody-at-all"]
NEEDS = ("emergency_shelter", "food", "victim_advocacy")
LEAST_PAGES, TYPED = 20, "qzheron"
"""TYPED: words of an agency's own; a canary besides in fields of which nothing is kept."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("hidden"), **SETTINGS)) as app:
        yield app


def visitor_of(api: Api, name: str) -> Visitor:
    caller = CALLERS[name]
    nobody = Visitor(api.client, headers={"Accept": "text/html"})
    return nobody if caller is None else signed_in(api, caller, *SCOPES, Accept="text/html")


def opened(visitor: Visitor, names: list[str]) -> Iterator[httpx.Response]:
    """Every page and file that has an address, those of one agency or endpoint for each hidden name."""
    for path in paths("GET"):
        if path == STREAM:
            continue
        places = [re.sub(r"{\w+}", name, path) for name in names] if "{" in path else [path]
        yield from map(visitor.get, places)
    yield from map(visitor.get, MORE)
    for name in names:
        yield visitor.get(f"/coalition/map?of=organization:{name}")
        for form in ("csv", "svg", "graphml", "json"):
            yield visitor.get(f"/coalition/map.{form}?of=organization:{name}")


def answers_to_forms(visitor: Visitor, names: list[str]) -> Iterator[httpx.Response]:
    """The answers, searches and refusals of forms: for several clients, and with hidden names where a name is taken."""
    forgery = visitor.forgery()
    client = {"client.area": "demo-river", "client.age": "30", "client.gender": "female", "facts.client_present": "yes"}
    for need in NEEDS:
        fields = {"forgery": forgery, "need": need, f"urgency.{need}": "now", **client}
        for more in ({}, {"seen": "1"}, {"client.age": "15"}):
            yield visitor.post("/answer", {**fields, **more})
        yield visitor.post("/next", {"forgery": forgery, "need": need, "client.age": "15", "client.area": "demo-north"})
        group = {"a.count": "3", "a.from": "30", "a.gender": "female", f"a.need.{need}": "yes"}
        yield visitor.post("/group/calls", {"forgery": forgery, **group, "client.area": "demo-river"})
        yield visitor.post("/directory", {"forgery": forgery, "type": need})
    for name in names:
        yield visitor.post("/directory", {"forgery": forgery, "words": name})
        yield visitor.post("/coalition/map", {"forgery": forgery, "agency": name})
        yield visitor.post("/consent", {"forgery": forgery, "find": name})
        yield visitor.post("/paper", {"forgery": forgery, "need": "food", **client, "paper": name})
        yield visitor.post("/beds", {"forgery": forgery, "key": "k", "service": name, "unit": "bed", "by": "less"})
        yield visitor.post("/grievances/file", {"forgery": forgery, "about": name, "codes": "not_heard"})
        for kind in KINDS:
            yield visitor.post(f"/desk/{kind}", {"forgery": forgery, "words": name})
            yield visitor.post(f"/desk/{kind}/open", {"forgery": forgery, "id": name})
        yield visitor.post("/desk/organizations/edit", {"forgery": forgery, "id": name, "part": "about"})
        yield visitor.post("/desk/agreements/check", {"forgery": forgery, "part": "new", "f.between": name})


@pytest.mark.parametrize("reader", PEOPLE)
def test_no_page_holds_what_is_hidden_from_its_reader(api: Api, bundle: dict[str, Any], reader: str) -> None:  # noqa: F811
    """By search for each hidden name, slug, id, phone, street and position; what was typed oneself is not told."""
    hidden: Hidden = hidden_from(bundle, CALLERS[reader])
    names = sorted(text.strip('"') for text, kind in hidden.items() if kind in ("id", "slug"))[::7]
    visitor, answered = visitor_of(api, reader), 0
    for answer in (*opened(visitor, names), *(answers_to_forms(visitor, names) if CALLERS[reader] else ())):
        assert answer.status_code < 500, answer.url
        typed = unescape(answer.request.content.decode()) + str(answer.url)
        raw = unescape(answer.text)
        texts = {text for text in hidden if text in raw and text.strip('"') not in typed}
        assert not texts, (answer.request.method, answer.url, answer.status_code, texts)
        answered += answer.status_code == 200
    assert answered >= (LEAST_PAGES if CALLERS[reader] else 8)


def test_what_one_agency_types_is_on_no_page_of_another(api: Api) -> None:
    """A mark in each field that takes free words, kept or not; then every page of another agency and of nobody."""
    own, other = worker(api, "en"), signed_in(api, "willow-bend-youth", *SCOPES, Accept="text/html")
    forgery, mark = own.forgery(), f"{TYPED} said"
    assert own.post("/sessions", {"forgery": forgery, "act": "label", "label": mark}).status_code == 303
    hook = {"url": "http://127.0.0.1:9/hooks", "description": mark, "key": "mark"}
    assert own.post("/webhooks", {"forgery": forgery, **hook}).status_code == 200
    for path in ("/directory", "/consent", "/coalition/legal-hold", "/grievances/find", "/inbox/find", "/group"):
        for field in ("words", "find", "id", "code", "new.ages"):
            answer = own.post(path, {"forgery": forgery, field: f"{mark} {CANARY}"})
            assert TYPED not in str(answer.headers)
    assert TYPED in own.get("/sessions").text
    for reader in (other, Visitor(api.client)):
        for answer in opened(reader, [SHELTER]):
            assert TYPED not in answer.text
            assert TYPED not in str(answer.headers)
    own.post("/sessions", {"forgery": forgery, "act": "label", "label": "desk"})


def test_work_between_two_agencies_is_on_no_page_of_a_third(api: Api) -> None:
    """Referrals, consents, endpoints and colleagues' links of others: the pages of work are as they were before."""
    third = signed_in(api, "open-gate-intake", *SCOPES, Accept="text/html")
    paths = ("/", "/inbox", "/inbox?box=out", "/webhooks", "/sessions", "/grievances/hear")

    def pages() -> dict[str, str]:
        return {path: re.sub(r'name="key" value="[^"]*"', "", third.get(path).text) for path in paths}

    before, sent = pages(), send(api)
    codes = {sent["id"], sent["code"]}
    for answer in by_forms(api, worker(api, "en")):
        if not answer.url.path.startswith(("/coalition/", "/desk/")):  # a word and the directory are every member's
            for name in ("id", "code"):
                codes |= set(re.findall(rf'name="{name}" value="([^"]+)"', answer.text))

    assert pages() == before
    assert len(codes) > 5
    for answer in opened(third, [SHELTER]):
        assert not [code for code in codes if code in answer.text], answer.url
    for path in ("/inbox/open", "/inbox/consent/open"):
        assert third.post(path, {"forgery": third.forgery(), "id": sent["id"]}).status_code == 404
