"""Consents on record: who may know of one and when, what ends them, and what a code gives away."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from jose import jwt
from loop_builders import CLINIC, LEGAL, OUTSIDER, SENDER, SHELTER, Loop, consent_terms, here, packet, referral

from service.i18n import spoken_codes as codes
from service.referrals.store.consents import Consents


def test_a_consent_is_recorded_and_its_code_shown_once(loop: Loop) -> None:
    """Four words of a public list; a repeat of the request gives the same consent and no code."""
    body = consent_terms()
    first = loop.call("POST", "/v1/consents", body=body, idempotency_key="record-1")
    again = loop.call("POST", "/v1/consents", body=body, idempotency_key="record-1")
    other = loop.call("POST", "/v1/consents", body=consent_terms(data=["need"]), idempotency_key="record-1")

    assert first.status_code == again.status_code == 201
    words = first.json()["code"].split("-")
    assert len(words) == 4
    assert set(words) <= set(codes.words("en"))
    assert len(codes.words("en")) >= 1900
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == {name: value for name, value in first.json().items() if name != "code"}
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (
        loop.call("POST", "/v1/consents", body=body, idempotency_key="a b").json()["code"] == "idempotency_key_required"
    )


def _day(days: int) -> str:
    return (here() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"form": "nobody"}, "/form"),
        ({"to": ["nobody"]}, "/to/0"),
        ({"to": [SENDER]}, "/to/0"),
        ({"to": []}, "/to"),
        ({"signed_on": _day(3)}, "/signed_on"),
        ({"ends_on": None}, "/ends_on"),
        ({"ends_on": _day(500)}, "/ends_on"),
        ({"ends_on": _day(-2), "signed_on": _day(-1)}, "/ends_on"),
        ({"signed_on": _day(-1), "ends_on": _day(365)}, "/ends_on"),
        ({"withdrawn_on": _day(-1)}, "/withdrawn_on"),
        ({"client_name": "Canary"}, ""),
    ],
)
def test_terms_that_cannot_stand_are_refused_at_their_field(loop: Loop, changes: dict[str, Any], pointer: str) -> None:
    """An end is needed, within a year; nothing is recorded of the future, withdrawn or with a name in it."""
    response = loop.call("POST", "/v1/consents", body=consent_terms(**changes))

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert "Canary" not in response.text


def test_what_another_records_counts_once_its_from_confirms_it(loop: Loop) -> None:
    """Without `consent:any` it is refused; proposed, it carries no packet; a `to` may not confirm it."""
    terms = consent_terms(**{"from": SENDER})
    assert loop.call("POST", "/v1/consents", CLINIC, terms, scopes="consent").status_code == 403
    assert loop.call("POST", "/v1/consents", CLINIC, {**terms, "ends_on": 3}, scopes="consent").status_code == 403
    document = loop.call("POST", "/v1/consents", CLINIC, terms).json()
    assert document["status"] == "proposed"
    assert loop.send(packet(document)).json()["code"] == "not_allowed_now"
    path = f"/v1/consents/{document['id']}"
    assert loop.call("GET", path, CLINIC).status_code == 404
    assert loop.call("PUT", f"{path}/confirmation", LEGAL).status_code == 404

    confirmed = loop.call("PUT", f"{path}/confirmation")

    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "current")
    assert loop.send(packet(document)).status_code == 201
    assert loop.call("PUT", f"{path}/confirmation", LEGAL).status_code == 403
    assert loop.call("POST", f"{path}/withdrawal").status_code == 200
    assert loop.call("PUT", f"{path}/confirmation").json()["code"] == "not_from_here"


def test_a_recipient_knows_of_a_consent_once_a_packet_came_on_it_and_then_of_its_own_part(loop: Loop) -> None:
    """Not before; and never of other recipients, of who signed, or of the purpose."""
    consent = loop.consent(to=[LEGAL, CLINIC])
    path = f"/v1/consents/{consent['id']}"
    listed = "/v1/consents?role=to&per_page=200"
    assert loop.call("GET", path, LEGAL).status_code == 404
    assert consent["id"] not in loop.call("GET", listed, LEGAL).text

    assert loop.send(packet(consent)).status_code == 201

    part = loop.call("GET", path, LEGAL)
    assert part.json() == {
        "id": consent["id"],
        "status": "current",
        "form": "roi",
        "level": "release",
        "marks": [],
        "data": ["identity", "need"],
        "ends_on": consent_terms()["ends_on"],
        "to": [LEGAL],
    }
    assert consent["id"] in loop.call("GET", listed, LEGAL).text
    assert loop.call("GET", path, CLINIC).status_code == loop.call("GET", path, OUTSIDER).status_code == 404
    assert loop.call("GET", path, CLINIC).text == loop.call("GET", "/v1/consents/nothing", CLINIC).text
    assert loop.call("GET", f"{path}/receipt", LEGAL).status_code == 403
    assert loop.call("GET", f"{path}/receipt", CLINIC).status_code == 404


def test_a_code_finds_a_consent_for_its_parties_alone(loop: Loop) -> None:
    """Case, spaces and hyphens do not count, the order does; one that is not the caller's answers as one of nobody."""
    consent = loop.consent(to=[LEGAL])
    words = consent["code"].split("-")

    def look_up(organization: str, code: str) -> Any:
        return loop.call("POST", "/v1/consents/look-up", organization, {"code": code}, subject="look-up")

    assert look_up(LEGAL, "  ".join(words).upper()).json()["id"] == consent["id"]
    assert look_up(SENDER, "".join(words)).json()["to"] == [LEGAL]
    foreign, unknown, turned = (
        look_up(CLINIC, consent["code"]),
        look_up(CLINIC, "a-b-c-d"),
        look_up(LEGAL, "-".join(words[::-1])),
    )
    assert foreign.status_code == unknown.status_code == turned.status_code == 404
    assert foreign.content == unknown.content == turned.content
    assert {**foreign.headers, "x-request-id": "", "date": ""} == {**unknown.headers, "x-request-id": "", "date": ""}


def test_a_consent_of_others_is_not_even_read(loop: Loop) -> None:
    """No row of it is loaded for an organization that it does not concern, so that no time tells that it is there."""
    consent = loop.consent(to=[LEGAL, SHELTER])
    with loop.database.unit_of_work(writes=False) as work:
        consents = Consents(work.session)
        rows = {party: consents.find(consent["id"], party=party) for party in (SENDER, LEGAL, CLINIC, OUTSIDER, None)}

        parts = (
            consents.find(consent["id"], party=LEGAL, own_part=True),
            consents.find(consent["id"], party=SENDER, own_part=True),
        )

    assert {party for party, row in rows.items() if row is not None} == {SENDER, LEGAL, None}
    assert [len(row.parties) for row in parts if row is not None] == [1, 2]


def test_tries_are_counted_alike_for_look_ups_and_profiles(loop: Loop) -> None:
    """Twenty an hour for a subject, found or not; the withdrawal by code is counted apart."""
    consent = loop.consent(OUTSIDER, **{"from": OUTSIDER})
    mine = {"subject": "trier"}
    profile = referral(needs=[{"type": "food", "urgency": "now"}], consents=[{"code": consent["code"]}])["profile"]
    for number in range(10):
        body = {"code": consent["code"] if number % 2 else "no such code"}
        loop.call("POST", "/v1/consents/look-up", OUTSIDER, body, **mine)
        loop.call("POST", "/v1/referral-paths", OUTSIDER, profile, **mine)

    tired = loop.call("POST", "/v1/consents/look-up", OUTSIDER, {"code": consent["code"]}, **mine)
    response = loop.call("POST", "/v1/referral-paths", OUTSIDER, profile, **mine)

    assert [tired.status_code, response.status_code] == [429, 429]
    assert tired.json()["code"] == "too_many_codes"
    assert 0 < int(tired.headers["retry-after"]) <= 3600
    other = loop.call("POST", "/v1/consents/look-up", OUTSIDER, {"code": consent["code"]}, subject="other")
    assert other.status_code == 200
    assert loop.call("POST", "/v1/consent-withdrawals", OUTSIDER, {"code": "x"}, **mine).status_code == 202


def test_a_profile_names_a_consent_on_record(loop: Loop) -> None:
    """By id or code; the stored terms count; what is not the caller's is refused in the same words as what is not."""
    consent = loop.consent()
    needs = [{"type": "legal_civil", "urgency": "this_week"}]

    def ask(*consents: dict[str, Any], organization: str = SENDER) -> Any:
        profile = referral(needs=needs, consents=list(consents))["profile"]
        return loop.call("POST", "/v1/referral-paths", organization, profile, subject="paths")

    by_id, by_code = ask({"id": consent["id"]}).json(), ask({"code": consent["code"]}).json()
    inline = ask(consent_terms(**{"from": SENDER})).json()
    assert [path["steps"][0]["mode"] for path in by_id["paths"]] == ["packet"]
    assert by_id["paths"] == by_code["paths"] == inline["paths"]
    notices = [{notice["id"] for notice in answer["notices"]} for answer in (by_id, by_code, inline)]
    assert ["consent-not-on-record" in notice for notice in notices] == [False, False, True]
    foreign, unknown = ask({"id": consent["id"]}, organization=CLINIC), ask({"id": "x"}, organization=CLINIC)
    assert foreign.status_code == unknown.status_code == 422
    assert foreign.json()["errors"] == unknown.json()["errors"]
    assert foreign.json()["errors"][0]["pointer"] == "/consents/0"

    loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")

    assert ask({"id": consent["id"]}).json()["paths"] == []


def test_a_withdrawal_stops_sharing_and_takes_no_bed(loop: Loop) -> None:
    """What rests on the consent is told so on both sides, shares nothing more, and stays open."""
    consent = loop.consent(to=[LEGAL, CLINIC])
    document = loop.send(packet(consent)).json()

    first = loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")
    again = loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")

    assert first.status_code == again.status_code == 200
    assert (first.json()["status"], first.json()["by"]) == ("withdrawn", "from")
    assert first.json() == again.json()
    for side in (SENDER, LEGAL):
        body = loop.view(document["id"], side).json()
        assert (body["status"], body["consent_withdrawn"], body["share"]) == ("requested", True, [])
    assert ("consent.withdrawn", consent["id"], {"by": "from"}) in loop.events(SENDER)
    assert ("consent.withdrawn", consent["id"], {}) in loop.events(LEGAL)
    assert ("referral.consent_withdrawn", document["id"], {}) in loop.events(LEGAL)
    assert consent["id"] not in str(loop.events(CLINIC))
    assert loop.send(packet(consent)).json()["code"] == "not_allowed_now"


def test_a_packet_rests_on_the_consents_that_it_needs_and_on_no_other(loop: Loop) -> None:
    """One merely named shows its recipient nothing, and its withdrawal stops nothing; of two alike, both count."""
    needed, alike = loop.consent(), loop.consent()
    idle = [loop.consent(purpose="team_review"), loop.consent(data=["health"])]
    body = packet(needed)
    body["profile"]["consents"] += [{"id": consent["id"]} for consent in (*idle, alike)]

    document = loop.send(body).json()

    assert document["share"] == ["need", "identity"]
    assert (
        document["consents"]
        == loop.view(document["id"], LEGAL).json()["consents"]
        == sorted([needed["id"], alike["id"]])
    )
    for consent in idle:
        assert loop.call("GET", f"/v1/consents/{consent['id']}", LEGAL).status_code == 404
        loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")
    assert loop.view(document["id"], LEGAL).json()["share"] == document["share"]
    loop.call("POST", f"/v1/consents/{alike['id']}/withdrawal")
    assert loop.view(document["id"], LEGAL).json()["share"] == []


def test_a_recipient_withdraws_its_own_part(loop: Loop) -> None:
    """The others' parts go on; `from` is told by whom."""
    consent = loop.consent(to=[LEGAL, CLINIC])

    part = loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal", LEGAL)

    assert part.json()["status"] == "withdrawn"
    whole = loop.call("GET", f"/v1/consents/{consent['id']}").json()
    assert whole["status"] == "current"
    assert [(gone["to"], gone["by"]) for gone in whole["withdrawn"]] == [(LEGAL, "to")]
    assert ("consent.withdrawn", consent["id"], {"by": "to"}) in loop.events(SENDER)
    assert loop.send(packet(consent)).json()["code"] == "not_allowed_now"


def test_a_warm_referral_names_no_consent_whose_part_its_recipient_withdrew(loop: Loop) -> None:
    """It rests on none, so the end of the others' parts says nothing of it."""
    consent = loop.consent(to=[LEGAL, SHELTER])
    loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal", SHELTER)

    sent = loop.sent(consents=[{"id": consent["id"]}])
    loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal")

    for side in (SENDER, SHELTER):
        body = loop.view(sent["id"], side).json()
        assert (body["consents"], body["consent_withdrawn"]) == ([], False)


def test_a_recipient_learns_of_no_other_by_what_its_referral_rests_on(loop: Loop) -> None:
    """A consent that CLINIC holds tells one of its recipients nothing of whether the house is another."""
    for others in ([SHELTER], []):
        consent = loop.consent(CLINIC, to=[SENDER, *others])
        sent = loop.sent(consents=[{"id": consent["id"]}])
        assert (sent["consents"], loop.view(sent["id"], SHELTER).json()["consents"]) == ([], [])


def test_a_part_that_was_withdrawn_stays_so_when_the_consent_ends(loop: Loop) -> None:
    """Its recipient reads it and finds it in its list as withdrawn; its `from` as ended."""
    consent = loop.consent(ends_on=here().isoformat())
    assert loop.send(packet(consent)).status_code == 201
    loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal", LEGAL)
    loop.fire(datetime.now(UTC) + timedelta(days=2))

    for organization, status in ((LEGAL, "withdrawn"), (SENDER, "ended")):
        assert loop.call("GET", f"/v1/consents/{consent['id']}", organization).json()["status"] == status
        listed = loop.call("GET", f"/v1/consents?status={status}&per_page=200", organization).json()["items"]
        assert {item["status"] for item in listed} == {status}
        assert consent["id"] in {item["id"] for item in listed}


def test_any_member_passes_a_withdrawal_on_by_code_alone(loop: Loop) -> None:
    """One body for known and unknown codes; from the answer on nothing is sent on it, and soon it is withdrawn."""
    consent = loop.consent()
    first = loop.call("POST", "/v1/consent-withdrawals", SHELTER, {"code": consent["code"]})
    second = loop.call("POST", "/v1/consent-withdrawals", SHELTER, {"code": "never never never never"})

    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    assert loop.send(packet(consent)).json()["code"] == "not_allowed_now"
    loop.fire()
    document = loop.call("GET", f"/v1/consents/{consent['id']}").json()
    assert (document["status"], document["by"]) == ("withdrawn", "code")


def test_one_that_is_confirmed_within_its_last_week_is_told_to_be_ending(loop: Loop) -> None:
    """While it is proposed nobody is told; once it counts its `from` is, and once only."""
    terms = consent_terms(signed_on=_day(-30), ends_on=_day(5), **{"from": SENDER})
    document = loop.call("POST", "/v1/consents", CLINIC, terms).json()

    def kinds() -> list[str]:
        loop.fire()
        return [kind for kind, about, _ in loop.events(SENDER) if about == document["id"]]

    assert kinds() == []
    for _ in range(2):
        assert loop.call("PUT", f"/v1/consents/{document['id']}/confirmation").json()["status"] == "current"
        assert kinds() == ["consent.ending"]


def test_time_ends_a_consent(loop: Loop) -> None:
    """Told seven days before, over after its last day in the coalition's zone, deleted ninety days later."""
    consent = loop.consent(to=[CLINIC])
    path = f"/v1/consents/{consent['id']}"
    last = date.fromisoformat(consent_terms()["ends_on"])
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)

    loop.fire(midnight - timedelta(days=7))
    assert [kind for kind, about, _ in loop.events(SENDER) if about == consent["id"]] == ["consent.ending"]
    loop.fire(midnight + timedelta(hours=4))  # 22:00 or 23:00 in Chicago
    assert loop.call("GET", path).json()["status"] == "current"
    loop.fire(midnight + timedelta(hours=7))
    assert loop.call("GET", path).json()["status"] == "ended"
    loop.fire(midnight + timedelta(days=92))
    assert loop.call("GET", path).status_code == 404


def test_of_two_overdue_moments_the_last_alone_is_told(loop: Loop) -> None:
    """Where nothing looked at the clock for long, the end is told and not its approach."""
    consent = loop.consent(to=[CLINIC])

    loop.fire(datetime.now(UTC) + timedelta(days=70))

    assert [kind for kind, about, _ in loop.events(SENDER) if about == consent["id"]] == ["consent.ended"]


def test_a_receipt_is_safe_to_be_found(loop: Loop) -> None:
    """No agency, no service, no code; names only where they are asked for; signed, it holds four members."""
    consent = loop.consent()
    path = f"/v1/consents/{consent['id']}/receipt"
    plain = loop.call("GET", path)
    in_spanish = {"accept": "text/html", "accept_language": "fr, es-MX;q=0.8, en;q=0.5"}
    spanish = loop.call("GET", path, **in_spanish)
    full = loop.call("GET", f"{path}?detail=names")
    signed = loop.call("GET", path, accept="application/jwt")

    assert plain.headers["content-type"].startswith("text/plain")
    assert "555-0100" in plain.text
    hidden = ["Hotline", "Legal", SENDER, LEGAL, consent["id"], consent["code"]]
    assert not [word for word in hidden if word in plain.text or word in spanish.text]
    other = f"/v1/consents/{loop.consent()['id']}/receipt"
    for receipt, alike in ((plain, loop.call("GET", other)), (spanish, loop.call("GET", other, **in_spanish))):
        own = set(re.findall(r"\w+", receipt.text)).difference(re.findall(r"\w+", alike.text))
        assert own.isdisjoint(consent["code"].split("-"))
    assert '<html lang="es">' in spanish.text
    assert "Hotline" in full.text
    key = loop.client.get("/v1/keys").json()
    claims = jwt.decode(signed.text, key, algorithms=["ES256"])
    assert set(claims) == {"id", "iat", "exp", "digest"}
    assert claims["id"] == consent["id"]
    assert loop.call("GET", path, accept="image/png").status_code == 406
    assert plain.headers["cache-control"] == "no-store"


def test_lists_are_pages_and_filters(loop: Loop) -> None:
    """`status` and `role`; a link to the next page; a tag on each answer."""
    consent = loop.consent()
    loop.consent()
    first = loop.call("GET", "/v1/consents?role=from&status=current&per_page=1")

    assert len(first.json()["items"]) == 1
    assert 'rel="next"' in first.headers["link"]
    tag = loop.call("GET", f"/v1/consents/{consent['id']}").headers["etag"]
    assert loop.call("GET", f"/v1/consents/{consent['id']}", if_none_match=tag).status_code == 304
    assert loop.call("GET", "/v1/consents?role=both").status_code == 422
    assert loop.call("GET", "/v1/consents", scopes="route").status_code == 403
