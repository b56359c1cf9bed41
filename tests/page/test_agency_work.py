"""What agencies do at their pages beside the inbox: places counted, endpoints kept, complaints heard, words decided."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from inbox_builders import SHELTER, press, send, status_of
from visitors import Visitor, hidden, signed_in

from service.database.outbox import event_types
from service.i18n.translation import LANGUAGES, read_in
from service.page.words import word, words_in

BODY = "copper-key-law"
SCOPES = ("directory:read", "consent", "referral", "capacity", "webhook", "grievance", "route")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "grievance_body": BODY, "most_holds": 100, "most_holds_at_service": 100,
            "webhook_networks": "127.0.0.0/8", "webhook_http": True, "deliver": False}  # fmt: skip
    with running(demo_settings(tmp_path_factory.mktemp("work"), **more)) as app:
        yield app


@pytest.fixture
def shelter(api: Api) -> Visitor:
    return signed_in(api, SHELTER, *SCOPES)


def free(api: Api, service: str = "bh-beds") -> tuple[int, int]:
    [capacity] = api.client.get(
        f"/v1/services/{service}", headers=api.bearer("directory:read", organization=SHELTER)
    ).json()["capacities"]
    return capacity["available"], capacity["maximum"]


def test_plus_and_minus_count_places(shelter: Visitor, api: Api) -> None:
    """Each press is one; a number can be set; fewer than none, or more than there are, is said and changes nothing."""
    form = {"service": "bh-beds", "unit": "bed"}
    press(shelter, shelter.get("/beds").text, "/beds", **form, available="1", maximum="2")

    for by, status, count in (("less", 200, 0), ("less", 409, 0), ("more", 200, 1), ("more", 200, 2), ("more", 409, 2)):
        answer = press(shelter, shelter.get("/beds").text, "/beds", **form, by=by)
        assert (answer.status_code, free(api)) == (status, (count, 2))
        assert (f"{count} free of 2 · Saved." in unescape(answer.text)) == (status == 200)
        assert (words_in("en")["beds.out_of_range"] in unescape(answer.text)) == (status == 409)
    page = shelter.get("/beds").text
    press(shelter, page, "/beds", **form, available="7", maximum="9")
    assert free(api) == (7, 9)
    for wrong in (
        {"available": "10", "maximum": "9"},
        {"available": "many"},
        {"available": "-1"},
        {"available": "1.5"},
    ):
        assert press(shelter, page, "/beds", **{**form, **wrong}).status_code == 422
        assert free(api) == (7, 9)
    assert press(shelter, page, "/beds", **{**form, "service": "mh-beds", "by": "less"}).status_code in (403, 404)


def test_an_endpoint_is_kept_from_its_page(api: Api, shelter: Visitor) -> None:
    """Added with a secret shown once; tested, switched, given a new secret, deleted; pressed twice it is one."""
    page = shelter.get("/webhooks").text
    form = {"url": "http://127.0.0.1:9/hooks", "types": "referral.requested", "key": hidden(page, "key")}
    response = press(shelter, page, "/webhooks", **form)
    secret = re.search(r"whsec_[\w+/=]+", response.text)
    assert secret is not None
    again = press(shelter, page, "/webhooks", **form)
    assert "whsec_" not in again.text
    [place] = set(re.findall(r'href="(/webhooks/[0-9a-f-]{36})"', shelter.get("/webhooks").text))
    own_page = shelter.get(place).text
    assert secret[0] not in own_page

    sent = press(shelter, own_page, place, act="test")
    assert "webhook.test" in sent.text
    press(shelter, sent.text, place, act="retry", id=re.findall(r'name="id" value="([^"]+)"', sent.text)[0])
    rotated = press(shelter, own_page, place, act="rotate", grace="0").text
    assert re.search(r"whsec_[\w+/=]+", rotated)[0] != secret[0]  # type: ignore[index]
    off = press(shelter, shelter.get(place).text, place, act="off")
    assert ">Off<" in off.text
    assert "Someone else changed this" in press(shelter, own_page, place, act="on").text  # an old tag
    assert ">Sends<" in press(shelter, off.text, place, act="on").text
    assert "Sent again." in press(shelter, own_page, place, act="recovery").text
    assert press(shelter, shelter.get(place).text, place, act="delete").status_code == 200
    assert shelter.get(place).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_type_of_event_stands_with_its_name(api: Api, language: str) -> None:
    """In the reader's language, before its code: where an endpoint is added, and in its list of deliveries."""
    shelter = signed_in(api, SHELTER, *SCOPES, Accept_Language=language)
    page, words = shelter.get("/webhooks").text, words_in(language)
    for declared in event_types():
        name, description = words[f"event_type.{declared.name}"], read_in(language, declared.description)
        assert f"<strong>{escape(name)}</strong> <code>{declared.name}</code> {escape(description)}</span>" in page

    press(shelter, page, "/webhooks", url="http://127.0.0.1:9/hooks", types="webhook.test", key=hidden(page, "key"))
    [place] = set(re.findall(r'href="(/webhooks/[0-9a-f-]{36})"', shelter.get("/webhooks").text))
    sent = press(shelter, shelter.get(place).text, place, act="test").text
    assert f"<h3>{words['event_type.webhook.test']} <code>webhook.test</code></h3>" in sent
    assert press(shelter, shelter.get(place).text, place, act="delete").status_code == 200


def test_an_address_that_is_refused_is_said_at_its_field(shelter: Visitor) -> None:
    """What was typed stands there again."""
    page = shelter.get("/webhooks").text
    answer = press(shelter, page, "/webhooks", url="http://192.168.0.1/x", key=hidden(page, "key"))

    assert answer.status_code == 422
    assert 'id="problem-url"' in answer.text
    assert 'value="http://192.168.0.1/x"' in answer.text


def test_anybody_files_a_complaint_and_sees_how_it_ends(api: Api) -> None:
    """Without a session; the code is shown once; the body that hears it settles it, and nobody else sees it."""
    nobody, body = Visitor(api.client), signed_in(api, BODY, *SCOPES)
    page = nobody.get("/grievances").text
    assert "Bluestem Haven" not in page  # it is not listed: its name is typed
    form = {"another": " Bluestem  Haven", "codes": ["not_heard", "no_answer"]}
    assert nobody.post("/grievances/file", {"about": "*"}).status_code == 422
    assert nobody.post("/grievances/file", form, Origin="https://elsewhere.example").status_code == 403
    filed = nobody.post("/grievances/file", form)
    code = "-".join(re.findall(r"<span>(\w+)</span>", filed.text)[-4:])
    assert filed.status_code == 200

    listed = body.get("/grievances/hear").text
    name = re.compile(r"bluestem.haven", re.IGNORECASE)
    assert name.search(listed)
    elsewhere = signed_in(api, SHELTER, *SCOPES).get("/grievances/hear").text
    assert not name.search(elsewhere.partition("<main")[2])  # above it stands who is signed in
    grievance = press(body, listed, "/grievances/open").text
    review = press(body, grievance, "/grievances/settle", status="in_review").text
    assert "It is being looked into." in nobody.post("/grievances/find", {"code": code.replace("-", " ")}).text
    assert press(body, review, "/grievances/settle", status="closed").status_code == 422
    closed = press(body, review, "/grievances/settle", status="closed", outcome="put_right")
    assert closed.status_code == 200
    assert "It was put right." in nobody.post("/grievances/find", {"code": code, "language": "en"}).text
    assert "Se arregló." in nobody.post("/grievances/find", {"code": code, "language": "es"}).text
    assert nobody.post("/grievances/find", {"code": "acorn bagel canoe daisy"}).status_code == 404


def test_a_word_is_proposed_and_decided(api: Api) -> None:
    """By a member, in its own words; decided by who may."""
    member = signed_in(api, "open-gate-intake", "directory:read", "directory:write", "directory:admin")
    page = member.get("/coalition/words").text
    proposed = press(member, page, "/coalition/words/propose", term="drop in", means="youth_drop_in")
    assert "Proposed." in proposed.text
    assert "drop in" in proposed.text

    decided = press(member, proposed.text, "/coalition/words/decide", status="accepted")

    assert "Decided." in decided.text
    items = api.get("/v1/vocabulary-proposals", "directory:read").json()["items"]
    assert [item["status"] for item in items if item["entry"].get("term") == "drop in"] == ["accepted"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_code_and_labels_are_read_and_decided_beside_words(api: Api, language: str) -> None:
    """With the labels in force beside the proposed ones; by another house alone, which the page says."""
    scopes = "directory:read", "directory:write", "directory:admin"
    owner, sheriff = (
        signed_in(api, slug, *scopes, Accept_Language=language) for slug in ("open-gate-intake", "northline-sheriff")
    )
    bodies: list[dict[str, Any]] = [
        {"code": f"surf_{language}", "name": "Surf"},
        {"organization": "northline-sheriff", "labels": {"kind": "court", "regimes": [], "reporter": "child"}},
    ]
    for body in bodies:
        headers = api.bearer("directory:write", organization="open-gate-intake")
        assert api.client.post("/v1/vocabulary-proposals", json=body, headers=headers).status_code == 201

    page = sheriff.get("/coalition/words").text

    assert f"surf_{language}" in page
    texts = {"en": ("Must report abuse of: a child", "(now: Police, sheriffs and other officers.", "none"),
             "es": ("Debe avisar del abuso de: un niño", "(ahora: Policía", "ninguna")}[language]  # fmt: skip
    assert [text for text in texts if text not in page] == []
    [card] = [slug for slug in page.split("<section")[1:] if "Northline" in slug.partition("</h3>")[0]]
    assert press(sheriff, card, "/coalition/words/decide", status="accepted").status_code == 403
    assert press(owner, owner.get("/coalition/words").text.partition("Northline")[2], "/coalition/words/decide",
                 status="accepted").status_code == 403  # fmt: skip
    other = signed_in(api, SHELTER, "directory:read", "directory:admin")
    card = other.get("/coalition/words").text.partition("Northline")[2]
    assert press(other, card, "/coalition/words/decide", status="declined").status_code == 200


def test_a_subpoenas_number_is_in_no_address(api: Api, shelter: Visitor) -> None:
    """What is held about a referral is counted in rows, for a party to it; asked by a form."""
    sent = send(api)
    page = shelter.get("/coalition/legal-hold").text
    _, _, called = page.partition(word("en", "coalition.legal-hold.call"))
    own = api.get(f"/v1/organizations/{SHELTER}", "directory:read").json()["name"]

    first, _, folded = called.partition("<details")
    assert set(re.findall(r"<li><strong>([^<]*)</strong>", first)) == {own}
    assert len(re.findall(r"<li><strong>", folded)) > 10
    response = press(shelter, page, "/coalition/legal-hold", id=sent["id"])

    assert response.status_code == 200
    rows = api.client.get(
        f"/v1/coalition/legal-hold?id={sent['id']}", headers=api.bearer("directory:read", organization=SHELTER)
    ).json()["held"]
    assert rows
    for row in rows:
        kind = word("en", f"kept_kind.{row['kind']}")
        assert f"{kind}: {row['rows']}" in response.text
    assert press(shelter, page, "/coalition/legal-hold", id="not-an-id").status_code == 422


def test_switching_the_language_keeps_what_was_chosen(api: Api, shelter: Visitor) -> None:
    """At the page of one referral, and at the form of a complaint."""
    sent = send(api)
    page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text
    switched = shelter.post(
        "/inbox/open",
        {"forgery": hidden(page, "forgery"), "id": sent["id"], "tag": hidden(page, "tag"), "language": "es"},
    ).text
    assert "Una cama para esta noche" in switched
    assert status_of(api, sent) == "requested"
    nobody = Visitor(api.client)
    complaint = nobody.post("/grievances", {"codes": ["not_safe"], "language": "es"}).text
    assert re.search(r'value="not_safe" checked', complaint)
    assert "No me escucharon." in complaint
    assert json.dumps(nobody.cookies) == "{}"


def test_beds_show_who_holds_more_than_half(shelter: Visitor, api: Api) -> None:
    """The sender's name and how many, in both languages; nothing of it where nobody does."""
    bearer = api.bearer("directory:read", "directory:write", organization=SHELTER)
    response = api.client.get("/v1/services/bh-beds", headers=bearer)
    record = response.json() | {"referral": response.json()["referral"] | {"holds": "PT2H"}}
    headers = {**bearer, "If-Match": response.headers["etag"]}
    assert api.client.put("/v1/services/bh-beds", json=record, headers=headers).status_code == 200
    form = {"service": "bh-beds", "unit": "bed", "maximum": "20"}
    page = press(shelter, shelter.get("/beds").text, "/beds", **form, available="1").text
    assert "more than half" not in page
    assert send(api)["held"]["places"] == 1

    pages = {tongue: unescape(press(shelter, page, "/beds", language=tongue).text) for tongue in ("en", "es")}

    assert "Juniper Bridge Hotline holds 1 of the free places. That is more than half." in pages["en"]
    assert "Juniper Bridge Hotline tiene guardados 1 de los lugares libres. Es más de la mitad." in pages["es"]
