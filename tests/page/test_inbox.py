"""The inbox: referrals answered in turn and by their code, and consents found by theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from inbox_builders import SHELTER, consent, make_due, press, send, status_of
from visitors import Visitor, hidden, signed_in

SCOPES = ("directory:read", "consent", "referral", "route")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "most_holds": 100, "most_holds_at_service": 100, "deliver": False}
    with running(demo_settings(tmp_path_factory.mktemp("inbox"), **more)) as app:
        yield app


@pytest.fixture
def shelter(api: Api) -> Visitor:
    return signed_in(api, SHELTER, *SCOPES)


def test_a_referral_is_found_by_its_spoken_code_and_accepted(api: Api, shelter: Visitor) -> None:
    """Said aloud in any case and spacing; accepted, then closed with how it ended; its code is in no address."""
    sent = send(api)
    code = "  " + sent["code"].replace("-", " ").upper()
    page = press(shelter, shelter.get("/inbox").text, "/inbox/find", code=code).text
    assert "Juniper Bridge Hotline" in page
    assert "A bed for tonight" in page

    accepted = press(shelter, page, "/inbox/move", status="accepted")
    assert accepted.status_code == 200
    assert status_of(api, sent) == "accepted"
    closed = press(shelter, accepted.text, "/inbox/move", status="completed", outcome="served")

    assert "The client got what they asked for" in closed.text
    assert status_of(api, sent) == "completed"
    again = press(shelter, shelter.get("/inbox").text, "/inbox/find", code=code)
    assert again.status_code == 404
    assert "No open referral" in again.text


@pytest.mark.parametrize("reason", ["full", "other", "conflict_of_interest"])
def test_a_decline_goes_by_a_code_of_reason(api: Api, shelter: Visitor, reason: str) -> None:
    """One of the list; without one the page says so, and all stays as it was."""
    sent = send(api)
    page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text

    without = press(shelter, page, "/inbox/move", status="declined")
    assert without.status_code == 422
    assert "Choose one of these." in without.text
    assert status_of(api, sent) == "requested"
    declined = press(shelter, without.text, "/inbox/move", status="declined", reason=reason)

    assert declined.status_code == 200
    assert status_of(api, sent) == "declined"


def test_a_referral_is_put_on_the_waiting_list(api: Api, shelter: Visitor) -> None:
    """With the month in which a place is expected, said in words; the list can be left by saying yes or no."""
    sent = send(api)
    page = press(shelter, shelter.get("/inbox").text, "/inbox/find", code=sent["code"]).text
    page = press(shelter, page, "/inbox/open", asks="waitlisted").text
    (month, title), *_ = re.findall(r'<option value="(20\d\d-\d\d)">([^<]*)</option>', page)
    waits = press(shelter, page, "/inbox/move", status="waitlisted", expected=month).text

    assert status_of(api, sent) == "waitlisted"
    assert f"<dd>{title}</dd>" in waits
    assert 'value="accepted"' in waits
    assert 'value="declined"' in waits


def test_two_people_at_once_lose_nothing(api: Api) -> None:
    """Of two who answer at the same moment one is noted; the other sees how it stands, and keeps what they chose."""
    for _ in range(5):
        sent = send(api)
        desks = [signed_in(api, SHELTER, *SCOPES) for _ in range(2)]
        pages = [press(desk, desk.get("/inbox").text, "/inbox/open", id=sent["id"]).text for desk in desks]
        moves: list[dict[str, str]] = [{"status": "accepted"}, {"status": "waitlisted", "expected": "2099-01"}]
        with ThreadPoolExecutor(2) as pool:
            pressed = [
                pool.submit(press, desk, page, "/inbox/move", **move)
                for desk, page, move in zip(desks, pages, moves, strict=True)
            ]
            answers = [future.result() for future in pressed]
        bearer = api.bearer("referral", organization=SHELTER)
        stands = api.client.get(f"/v1/referrals/{sent['id']}", headers=bearer).json()
        first, second = sorted(answers, key=lambda answer: answer.status_code)

        assert (first.status_code, second.status_code) == (200, 412)
        assert [move["status"] for move in stands["history"]] == ["requested", stands["status"]]
        assert "Saved." in first.text
        assert "Someone else changed this" in second.text
        state = f'state {stands["status"]}">'
        assert state in first.text
        assert state in second.text
        if stands["status"] == "accepted":
            assert 'id="asks"' in second.text  # the month is there to choose again, in one press


def test_what_is_due_first_stands_first(api: Api, shelter: Visitor) -> None:
    """What presses is marked, before all else; what is accepted is under way; what is closed is folded and counted."""
    first, second, third = (send(api) for _ in range(3))
    make_due(api, third, timedelta(minutes=-1))
    make_due(api, first, timedelta(minutes=9))
    make_due(api, second, timedelta(days=400))
    rows = re.compile(r'name="id" value="([^"]+)">\s*<button class="row( due)?"')
    for referral, status, more in ((second, "accepted", {}), (first, "declined", {"reason": "area"})):
        waiting = rows.findall(shelter.get("/inbox").text.partition("Under way")[0])
        assert waiting[0] == (third["id"], " due")
        assert (first["id"], " due") in waiting[1:]
        assert ((second["id"], "") in waiting) == (referral is second)
        page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=referral["id"]).text
        press(shelter, page, "/inbox/move", status=status, **more)
    page = shelter.get("/inbox").text
    under_way, folded = re.split(r"<summary><h2>Closed \(\d+\)", page.partition("Under way")[2])
    assert second["id"] in under_way
    assert first["id"] in folded
    assert "Without an answer it ends at" in page.partition("Under way")[0]


def test_the_box_stays(api: Api) -> None:
    """After an action, in the other language and after a code that was wrong."""
    sent, hotline = send(api), signed_in(api, HOTLINE, *SCOPES, Accept_Language="en")
    page = hotline.get("/inbox?box=out").text
    assert 'href="/inbox?box=out">Back to the inbox' in press(hotline, page, "/inbox/open", id=sent["id"]).text
    for answer in (press(hotline, page, "/inbox/find", code="a b c"), hotline.post("/inbox", {
        "forgery": hidden(page, "forgery"), "box": hidden(page, "box"), "language": "es"})):  # fmt: skip
        assert re.search(r'href="/inbox\?box=out" aria-current="page"', answer.text)


def test_the_sender_takes_back_what_it_sent(api: Api) -> None:
    """From the box of what was sent, with the code to read out again."""
    sent, hotline = send(api), signed_in(api, HOTLINE, *SCOPES)
    page = press(hotline, hotline.get("/inbox?box=out").text, "/inbox/open", id=sent["id"]).text
    for part in sent["code"].split("-"):
        assert f"<span>{part}</span>" in page

    assert press(hotline, page, "/inbox/move", status="cancelled", reason="recalled").status_code == 200
    assert status_of(api, sent) == "cancelled"


def test_a_stranger_opens_no_referral(api: Api) -> None:
    """By its id or its code: as if it were not there, in the same words as for one that is not."""
    sent, other = send(api), signed_in(api, "marigold-house", *SCOPES)
    page = other.get("/inbox").text
    opened = other.post("/inbox/open", {"forgery": hidden(page, "forgery"), "id": sent["id"]})
    assert opened.status_code == 404
    wrong = [press(other, page, "/inbox/find", code=code) for code in (sent["code"], "acorn bagel canoe")]

    assert {answer.status_code for answer in wrong} == {404}
    assert len({answer.text for answer in wrong}) == 1


def consent_status(api: Api, document: dict[str, Any]) -> str:
    return str(api.get(f"/v1/consents/{document['id']}", "consent").json()["status"])


def test_a_consent_is_found_by_its_code_and_ended(api: Api) -> None:
    """By whoever wrote it down; a member that it names sees its own part, and can end that."""
    document, hotline, shelter = consent(api), signed_in(api, HOTLINE, *SCOPES), signed_in(api, SHELTER, *SCOPES)
    part = press(shelter, shelter.get("/inbox").text, "/inbox/consent", code=document["code"])
    assert part.status_code == 200
    assert "End our part of it" in part.text
    page = press(hotline, hotline.get("/inbox").text, "/inbox/consent", code=document["code"]).text
    assert "Active" in page

    ended = press(hotline, page, "/inbox/consent/end")

    assert "It has ended. Share nothing more on it." in ended.text
    assert consent_status(api, document) == "withdrawn"


def test_any_member_passes_a_withdrawal_on(api: Api) -> None:
    """By the code alone; the answer is the same for a code that is none."""
    document, other = consent(api), signed_in(api, "marigold-house", *SCOPES)
    page = other.get("/inbox").text

    questions = [press(other, page, "/inbox/consent/pass-on", code=code) for code in (document["code"], "a b c d")]
    for answer in questions:
        assert "Withdraw this consent?" in answer.text
    assert consent_status(api, document) == "current"
    answers = [press(other, question.text, "/inbox/consent/pass-on", sure="yes") for question in questions]

    assert {answer.status_code for answer in answers} == {200}
    texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(texts) == 1
    assert "It is passed on" in texts.pop()
