"""Referrals: one hand-off, sent; the moves of its two sides, and what each side may know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loop_builders import CLINIC, LEGAL, NEED, OUTSIDER, REFUGE, SENDER, Loop, packet, referral

from service.referrals.store.referrals import Referrals
from service.referrals.use_cases.move_referral import CANCEL_REASONS, DECLINE_REASONS, MOVES, OUTCOMES

DENTAL = [{"type": "dental", "urgency": "later"}]


def dental(**changes: Any) -> dict[str, Any]:
    """A referral that holds no place, to an agency that no law keeps from telling the sender."""
    return referral(CLINIC, ("teeth",), needs=DENTAL, **changes)


def test_a_referral_is_sent_and_each_side_sees_its_own(loop: Loop) -> None:
    """The sender sees the code and the rules; the receiver neither; nobody else sees it at all."""
    document = loop.send(dental()).json()

    assert len(document["code"].split("-")) == 3
    assert (document["status"], document["from"], document["to"], document["services"]) == (
        "requested",
        SENDER,
        CLINIC,
        ["teeth"],
    )
    assert loop.view(document["id"], SENDER).json() == document
    received = loop.view(document["id"], CLINIC).json()
    hidden = {"code", "progress", "rules", "obligations", "directory_version", "policy_version", "decision_id"}
    assert hidden.isdisjoint(received)
    assert (received["covers"], received["urgency"]) == (["dental"], "later")
    assert loop.view(document["id"], OUTSIDER).status_code == 404
    assert loop.view(document["id"], OUTSIDER).text == loop.view("nothing", OUTSIDER).text
    assert ("referral.requested", document["id"], {}) in loop.events(CLINIC)
    times = [datetime.fromisoformat(document[name]) for name in ("requested_at", "respond_by", "expires_at")]
    assert [time - times[0] for time in times[1:]] == [timedelta(days=7), timedelta(days=28)]
    listed = loop.call("GET", "/v1/referrals?box=out&per_page=200").json()["items"]
    assert document["id"] in [item["id"] for item in listed]
    assert not any("code" in item for item in listed)


def test_the_receiver_finds_a_referral_by_its_code_while_it_is_open(loop: Loop) -> None:
    """The sender's code is for the receiver alone, and dead when the referral is closed."""
    document = loop.send(dental()).json()

    def look_up(organization: str) -> Any:
        return loop.call("POST", "/v1/referrals/look-up", organization, {"code": document["code"]}, subject="look-up")

    assert look_up(CLINIC).json()["id"] == document["id"]
    assert look_up(SENDER).status_code == look_up(LEGAL).status_code == 404
    assert loop.move(document["id"], CLINIC, "declined", reason="full").status_code == 200
    assert look_up(CLINIC).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"agreed": False}, 422, "invalid_request"),
        ({"agreed": None}, 422, "invalid_request"),
        ({"step": {"to": CLINIC, "services": ["teeth"], "mode": "self"}}, 422, "nothing_to_send"),
        ({"step": {"to": SENDER, "services": ["hotline-line"], "mode": "warm"}}, 422, "nothing_to_send"),
        ({"step": {"to": "nobody", "services": ["teeth"], "mode": "warm"}}, 422, "invalid_request"),
        ({"step": {"to": CLINIC, "services": ["beds"], "mode": "warm"}}, 422, "invalid_request"),
        ({"note": "Canary"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_sent_is_refused(loop: Loop, change: dict[str, Any], status: int, code: str) -> None:
    """Without the client's yes, with nothing to send, to nobody who is here, or with words of one's own."""
    response = loop.send({**dental(), **change})

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "Canary" not in response.text


def test_the_order_of_refusals_and_the_profile_s_own_fields(loop: Loop) -> None:
    """Another's origin first (403), then the key, then the body; `at` is the server's."""
    other = dental()
    other["profile"] = {**other["profile"], "origin": LEGAL, "needs": []}
    assert loop.send(other).json()["code"] == "other_origin"
    assert loop.call("POST", "/v1/referrals", body=dental()).json()["code"] == "idempotency_key_required"
    assert loop.call("POST", "/v1/referrals", body=dental(), idempotency_key="x" * 256).status_code == 422
    dated = dental()
    dated["profile"]["at"] = "2026-03-02T02:00:00-06:00"
    assert [error["pointer"] for error in loop.send(dated).json()["errors"]] == ["/profile/at"]
    lost = dental()
    lost["profile"]["needs"] = [{"type": "nonsense"}]
    assert [error["pointer"] for error in loop.send(lost).json()["errors"]] == ["/profile/needs/0/type"]
    stranger = loop.send(dental(), organization="stranger")
    assert [error["pointer"] for error in stranger.json()["errors"]] == ["/profile/origin"]
    assert loop.call("POST", "/v1/referrals", body=dental(), scopes="route", idempotency_key="k").status_code == 403


def test_a_key_makes_one_referral(loop: Loop) -> None:
    """The same key and body give the referral as it now stands; another body is refused, a refusal forgotten."""
    body = dental(progress=True)
    first = loop.send(body, key="once")
    loop.move(first.json()["id"], CLINIC, "received")
    again = loop.send(body, key="once")

    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["status"] == "received"
    assert loop.send(dental(), key="once").json()["code"] == "idempotency_key_reused"
    assert loop.send({**body, "agreed": False}, key="later").status_code == 422
    assert loop.send(body, key="later").status_code == 201
    assert loop.send(body, key="once", organization=LEGAL).json()["from"] == LEGAL  # keys belong to an organization


def test_a_hand_off_that_is_not_allowed_stores_nothing_and_says_why(loop: Loop) -> None:
    """The reasons that `uncovered` would give, and rule ids of the caller's side."""
    before = loop.call("GET", "/v1/referrals?box=out").json()["total"]
    absent = dental()
    absent["profile"]["facts"] = {"client_present": None}
    reasons = {
        "mode": loop.send(absent),
        "no_service": loop.send(referral(CLINIC, ("teeth",))),
        "consent": loop.send(packet()),
    }

    for code, response in reasons.items():
        assert (response.status_code, response.json()["code"]) == (409, "not_allowed_now")
        assert [reason["code"] for reason in response.json()["reasons"]] == [code]
    assert reasons["consent"].json()["rules"] == ["consented-share"]
    assert loop.call("GET", "/v1/referrals?box=out").json()["total"] == before


def test_inline_terms_carry_no_packet(loop: Loop) -> None:
    """A packet rests on consents on record only."""
    terms = {"from": SENDER, "to": [LEGAL], "form": "roi", "level": "release", "data": ["need", "identity"],
             "signers": ["client"], "signed_on": "2026-01-01", "ends_on": "2099-01-01"}  # fmt: skip
    body = packet()
    body["profile"]["consents"] = [terms]

    assert loop.send(body).json()["code"] == "not_allowed_now"


def test_refusals_are_limited_and_a_full_house_is_no_probing(loop: Loop) -> None:
    """Sixty an hour for a subject."""
    body = packet()
    statuses = [
        loop.call("POST", "/v1/referrals", body=body, subject="prober", idempotency_key="p").status_code
        for _ in range(61)
    ]

    assert statuses == [409] * 60 + [429]


MORE = {"declined": {"reason": "area"}, "cancelled": {"reason": "mistake"}, "completed": {"outcome": "served"}}


def moved(loop: Loop, source: str) -> str:
    """Send a referral and bring it to a status; return its id."""
    sent: str = loop.send(dental(progress=True)).json()["id"]
    for status in {"requested": (), "completed": ("accepted", "completed")}.get(source, (source,)):
        mover = SENDER if status == "cancelled" else CLINIC
        assert loop.move(sent, mover, status, **MORE.get(status, {})).status_code == 200
    return sent


@pytest.mark.parametrize("source", ["requested", *MOVES])
def test_the_table_of_moves(loop: Loop, source: str) -> None:
    """Each move from a status, by its own side and by the other: who may, from where."""
    sent = moved(loop, source)
    for target in (*MOVES, "expired", "nonsense"):
        mover = SENDER if target == "cancelled" else CLINIC
        other = loop.move(sent, CLINIC if mover == SENDER else SENDER, target, **MORE.get(target, {}))
        response = loop.move(sent, mover, target, **MORE.get(target, {}))

        if target not in MOVES:
            assert response.status_code == other.status_code == 422
            continue
        assert (other.status_code, other.json()["code"]) == (403, "not_yours")
        allowed = source == target or source in MOVES[target].sources
        assert (response.status_code, response.json().get("code")) == (
            (200, None) if allowed else (409, "not_from_here")
        )
        assert loop.view(sent, CLINIC).json()["status"] == (target if allowed else source)
        if allowed and source != target:
            sent = moved(loop, source)


def test_a_move_says_what_it_changes_and_why(loop: Loop) -> None:
    """`If-Match` (428, 412), the reason or the outcome of the table, and none too many."""
    document = loop.send(dental()).json()
    path = f"/v1/referrals/{document['id']}/status"
    assert loop.call("PUT", path, CLINIC, {"status": "received"}).status_code == 428
    assert loop.call("PUT", path, CLINIC, {"status": "received"}, if_match='"old"').status_code == 412
    assert loop.call("PUT", path, OUTSIDER, {"status": 3}).status_code == 404
    assert loop.call("PUT", path, SENDER, {"status": "accepted"}).status_code == 403
    wrong = [
        {"status": "declined"},
        {"status": "declined", "reason": "mistake"},
        {"status": "declined", "reason": "full", "outcome": "served"},
        {"status": "received", "reason": "full"},
        {"status": "received", "note": "Canary"},
    ]
    for body in wrong:
        response = loop.move(document["id"], CLINIC, **body)
        assert response.status_code == 422, body
        assert "Canary" not in response.text
    assert loop.view(document["id"], CLINIC).json()["status"] == "requested"


def test_every_reason_and_outcome_of_the_table_is_taken(loop: Loop) -> None:
    """The closed lists, and nothing else."""
    for reason in DECLINE_REASONS:
        assert loop.move(loop.send(dental()).json()["id"], CLINIC, "declined", reason=reason).status_code == 200
    for reason in CANCEL_REASONS:
        assert loop.move(loop.send(dental()).json()["id"], SENDER, "cancelled", reason=reason).status_code == 200
    for outcome in OUTCOMES:
        sent = loop.send(dental()).json()["id"]
        loop.move(sent, CLINIC, "accepted")
        assert loop.move(sent, CLINIC, "completed", outcome=outcome).status_code == 200


# --- progress ---------------------------------------------------------------------------------------------------------


def test_with_progress_the_sender_sees_each_move(loop: Loop) -> None:
    """Where the client wants it and the rules let the receiver tell; other reasons of a decline read `other`."""
    document = loop.send(dental(progress=True)).json()
    assert document["progress"] is True
    loop.move(document["id"], CLINIC, "received")
    loop.move(document["id"], CLINIC, "declined", reason="gender")

    body = loop.view(document["id"], SENDER).json()
    assert (body["status"], body["reason"]) == ("declined", "other")
    assert [move["status"] for move in body["history"]] == ["requested", "received", "declined"]
    assert loop.view(document["id"], CLINIC).json()["reason"] == "gender"
    kinds = [kind for kind, about, _ in loop.events(SENDER) if about == document["id"]]
    assert kinds == ["referral.received", "referral.declined"]


def test_hidden_moves_and_referrals_of_others_are_not_even_read(loop: Loop) -> None:
    """Without progress as many rows are loaded for the sender after a secret move as before it; none for others."""
    document = loop.send(dental()).json()
    assert loop.move(document["id"], CLINIC, "accepted").status_code == 200
    with loop.database.unit_of_work(writes=False) as work:
        referrals = Referrals(work.session)
        rows = {
            party: referrals.find(document["id"], party=party, own_part=True)
            for party in (SENDER, CLINIC, LEGAL, OUTSIDER)
        }

    moves = {party: [move.status for move in row.moves] for party, row in rows.items() if row is not None}
    assert moves == {SENDER: ["requested"], CLINIC: ["requested", "accepted"]}


def test_the_rules_decide_on_progress_too(loop: Loop) -> None:
    """A shelter that the law forbids to tell anybody of a client gives no progress, whatever the client wants."""
    body = referral(REFUGE, ("refuge-food",), needs=[{"type": "food", "urgency": "later"}], progress=True)

    document = loop.send(body).json()

    assert document["progress"] is False
    loop.move(document["id"], REFUGE, "accepted")
    assert loop.view(document["id"], SENDER).json()["status"] == "requested"


MOVED: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "untouched": (),
    "received": (("received", {}),),
    "accepted": (("accepted", {}),),
    "declined": (("declined", {"reason": "unsafe"}),),
    "completed": (("accepted", {}), ("completed", {"outcome": "served"})),
}


@pytest.mark.parametrize("course", MOVED)
def test_without_progress_the_sender_cannot_tell(loop: Loop, course: str) -> None:
    """Status, tag, times, list and events are the same whatever the receiver did; its cancel always goes through."""
    body = dental()
    document = loop.send(body).json()
    before = loop.view(document["id"], SENDER)
    for status, more in MOVED[course]:
        assert loop.move(document["id"], CLINIC, status, **more).status_code == 200

    after = loop.view(document["id"], SENDER)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    assert [about for _, about, _ in loop.events(SENDER)].count(document["id"]) == 0
    listed = loop.call("GET", "/v1/referrals?box=out&status=requested&per_page=200").json()["items"]
    assert document["id"] in [item["id"] for item in listed]

    cancelled = loop.move(document["id"], SENDER, "cancelled", reason="mistake")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    history = [move["status"] for move in cancelled.json()["history"]]
    assert history == ["requested", "cancelled"]
    for more in ({"reason": "mistake"}, {"reason": "recalled"}, {}):  # the same status again changes nothing
        again = loop.move(document["id"], SENDER, "cancelled", **more)
        assert (again.status_code, again.json()) == (200, cancelled.json())
    really = loop.view(document["id"], CLINIC).json()
    assert "cancelled" not in [move["status"] for move in really["history"]][:-1]
    assert really["status"] == (course if course in ("declined", "completed") else "cancelled")


@pytest.mark.parametrize("reason", ["full", "not_offered"])
def test_a_decline_that_says_nothing_of_a_client_is_always_shown(loop: Loop, reason: str) -> None:
    """Full and not offered, with their event; the moves before it stay unseen."""
    document = loop.send(dental()).json()
    loop.move(document["id"], CLINIC, "received")
    loop.move(document["id"], CLINIC, "declined", reason=reason)

    body = loop.view(document["id"], SENDER).json()
    assert (body["status"], body["reason"]) == ("declined", reason)
    assert [move["status"] for move in body["history"]] == ["requested", "declined"]
    assert [kind for kind, about, _ in loop.events(SENDER) if about == document["id"]] == ["referral.declined"]


# --- time -------------------------------------------------------------------------------------------------------------


def test_unanswered_it_stalls_and_expires(loop: Loop) -> None:
    """With progress both sides are told; without, the receiver, and the sender sees it closed by the clock."""
    open_one, secret = loop.send(dental(progress=True)).json(), loop.send(dental()).json()
    sent_at = datetime.fromisoformat(open_one["requested_at"])

    loop.fire(sent_at + timedelta(days=7, hours=1))
    loop.fire(sent_at + timedelta(days=28, hours=1))

    kinds = [kind for kind, about, _ in loop.events(CLINIC) if about == open_one["id"]]
    assert kinds == ["referral.requested", "referral.stalled", "referral.expired"]
    assert [kind for kind, about, _ in loop.events(SENDER) if about == open_one["id"]] == kinds[1:]
    assert secret["id"] not in str(loop.events(SENDER))
    assert loop.view(open_one["id"], SENDER).json()["status"] == "expired"
    assert loop.view(secret["id"], CLINIC).json()["status"] == "expired"
    assert loop.move(secret["id"], CLINIC, "accepted").json()["code"] == "not_from_here"


def test_of_two_overdue_moments_only_the_last_is_told(loop: Loop) -> None:
    """A worker that comes late tells that it expired, and no more that it stalled."""
    document = loop.send(dental(progress=True)).json()

    loop.fire(datetime.now(UTC) + timedelta(days=29))

    assert [kind for kind, about, _ in loop.events(SENDER) if about == document["id"]] == ["referral.expired"]


def test_what_was_accepted_is_completed_in_the_end_and_deleted_with_all_that_names_it(loop: Loop) -> None:
    """Thirty days later, with the outcome unknown and without an event; thirty more, and nothing of it is left."""
    document = loop.send(dental(progress=True)).json()
    loop.move(document["id"], CLINIC, "accepted")
    start = datetime.now(UTC)

    loop.fire(start + timedelta(days=30, minutes=1))
    assert (loop.view(document["id"], SENDER).json()["outcome"]) == "unknown"
    assert [kind for kind, about, _ in loop.events(SENDER) if about == document["id"]] == ["referral.accepted"]
    loop.fire(start + timedelta(days=61))
    assert loop.view(document["id"], SENDER).status_code == loop.view(document["id"], CLINIC).status_code == 404


def test_needs_reach_only_the_services_that_were_named(loop: Loop) -> None:
    """What others would do for the client changes nothing: one hand-off is decided by itself."""
    needs = [*NEED, *DENTAL]

    document = loop.send(referral(CLINIC, ("teeth",), needs=needs)).json()

    assert (document["covers"], document["urgency"]) == (["dental"], "later")
