"""Checking back: the sender's own date for a referral, on both databases; nobody else learns that there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    ZONE,
    Loop,
    coalition,
    here,
    loop_over,
    loop_settings,
    packet,
    referral,
)

from service.referrals.store.referrals import Referrals

DENTAL: dict[str, Any] = {"to": CLINIC, "services": ("teeth",), "needs": [{"type": "dental", "urgency": "later"}]}
SECRET: dict[str, Any] = {"to": REFUGE, "services": ("refuge-food",), "needs": [{"type": "food", "urgency": "now"}]}
EVENT, KIND = "referral.follow_up_due", "referral_follow_up"


@pytest.fixture
def loop(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    fill(database_url)
    bundle = coalition()
    bundle["agreements"][0]["between"].append(REFUGE)
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        yield loop


def day(ahead: int) -> str:
    return f"{here() + timedelta(days=ahead)}"


def start_of(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(ZONE))


def follow_up(loop: Loop, referral_id: str, organization: str = SENDER, **body: Any) -> httpx.Response:
    tag = loop.view(referral_id, organization).headers.get("etag", '"none"')
    return loop.call("PUT", f"/v1/referrals/{referral_id}/follow-up", organization, body, if_match=tag)


def due(loop: Loop, organization: str = SENDER, **more: Any) -> list[dict[str, Any]]:
    items = loop.call("GET", "/v1/coalition/due?within=P200D", organization, **more).json()["items"]
    return [item for item in items if item["kind"] == KIND]


def reminders(loop: Loop, organization: str = SENDER) -> list[str]:
    return [about for kind, about, _ in loop.events(organization) if kind == EVENT]


def test_only_the_sender_learns_of_the_date(loop: Loop) -> None:
    """Its own views, due list, calendar and events have it; not those of a receiver, an admin, a lesser token."""
    sent = loop.sent(**DENTAL, follow_up_on=day(3))
    plain = loop.sent(**DENTAL)

    assert (sent["follow_up_on"], sent["follow_ups"], plain["follow_up_on"]) == (day(3), [], None)
    listed = {item["id"]: item for item in loop.call("GET", "/v1/referrals?box=out").json()["items"]}
    assert listed[sent["id"]]["follow_up_on"] == day(3)
    received, other = (loop.view(one["id"], CLINIC) for one in (sent, plain))
    assert not {"follow_up_on", "follow_ups"} & received.json().keys()
    assert {**received.json(), "id": 0}.keys() == {**other.json(), "id": 0}.keys()
    assert due(loop) == [
        {
            "kind": KIND, "organization": SENDER, "due": day(3), "state": "soon",
            "plain": "Follow up on a referral.", "href": f"/v1/referrals/{sent['id']}",
        }
    ]  # fmt: skip
    assert due(loop, CLINIC) == due(loop, OUTSIDER) == due(loop, scopes="directory:read directory:admin") == []
    calendar = loop.call("GET", "/v1/coalition/due", accept="text/calendar").text
    entry = next(part for part in calendar.split("BEGIN:VEVENT") if KIND in part)
    assert "SUMMARY:Follow up on a referral." in entry
    assert not any(name in entry.lower() for name in (SENDER, CLINIC, sent["id"], "dental"))
    assert KIND not in loop.call("GET", "/v1/coalition/due", CLINIC, accept="text/calendar").text

    loop.fire(start_of(day(3)) - timedelta(seconds=1))
    assert reminders(loop) == []
    loop.fire(start_of(day(3)))
    assert reminders(loop) == [sent["id"]]
    assert reminders(loop, CLINIC) == reminders(loop, OUTSIDER) == []
    assert loop.view(sent["id"], CLINIC).json() == received.json()


def test_one_call_records_what_came_of_it_with_the_next_date(loop: Loop) -> None:
    """Reached and not reached take the next date or none; no longer wanted ends it. The receiver's tag stays."""
    sent = loop.sent(**DENTAL, follow_up_on=day(1))
    tag = loop.view(sent["id"], CLINIC).headers["etag"]

    first = follow_up(loop, sent["id"], result="not_reached", on=day(2))
    second = follow_up(loop, sent["id"], result="reached", on=day(30))
    last = follow_up(loop, sent["id"], result="no_longer_wanted")

    assert [reply.status_code for reply in (first, second, last)] == [200, 200, 200]
    assert [reply.json()["follow_up_on"] for reply in (first, second, last)] == [day(2), day(30), None]
    assert [entry["result"] for entry in last.json()["follow_ups"]] == ["not_reached", "reached", "no_longer_wanted"]
    assert all(entry.keys() == {"on", "result"} and entry["on"] == day(0) for entry in last.json()["follow_ups"])
    assert last.json() == loop.view(sent["id"], SENDER).json()
    assert loop.view(sent["id"], CLINIC).headers["etag"] == tag
    loop.fire(start_of(day(31)))
    assert (reminders(loop), due(loop)) == ([], [])
    stale = loop.call("PUT", f"/v1/referrals/{sent['id']}/follow-up", SENDER, {"on": None}, if_match=tag)
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"on": day(-1)}, "/on"),
        ({"on": day(181)}, "/on"),
        ({"on": "soon"}, "/on"),
        ({"result": "no_longer_wanted", "on": day(2)}, "/on"),
        ({"result": "left a message with Canary"}, "/result"),
        ({"note": "Canary"}, ""),
    ],
)
def test_a_wrong_date_or_result_is_refused_without_the_value(loop: Loop, body: dict[str, Any], pointer: str) -> None:
    sent = loop.sent(**DENTAL)

    reply = follow_up(loop, sent["id"], **body)

    assert (reply.status_code, [entry["pointer"] for entry in reply.json()["errors"]]) == (422, [pointer])
    assert "Canary" not in reply.text
    if pointer == "/on" and "result" not in body:
        refused = loop.send(referral(**DENTAL, follow_up_on=body["on"]))
        assert [entry["pointer"] for entry in refused.json()["errors"]] == ["/follow_up_on"]


def test_nobody_but_the_sender_records_a_check_back(loop: Loop) -> None:
    sent = loop.sent(**DENTAL, follow_up_on=day(1))

    assert follow_up(loop, sent["id"], CLINIC, result="reached").status_code == 403
    assert follow_up(loop, sent["id"], OUTSIDER, result="reached").status_code == 404
    assert loop.call("PUT", f"/v1/referrals/{sent['id']}/follow-up", SENDER, {"on": None}).status_code == 428


@pytest.mark.parametrize("progress", [True, False])
def test_it_is_kept_for_its_sender_until_a_week_after_and_purged_then(loop: Loop, progress: bool) -> None:
    """However the referral closed: its receiver has it for as long as any other, its sender until a week after."""
    target = DENTAL if progress else SECRET
    sent = loop.sent(**target, progress=progress, follow_up_on=day(100))
    assert loop.move(sent["id"], str(target["to"]), "declined", reason="full").status_code == 200

    loop.fire(start_of(day(45)))
    kept = loop.database.unit_of_work(writes=False)
    with kept:
        assert Referrals(kept.session).find(sent["id"]) is not None
    with loop.database.unit_of_work() as work:
        record = Referrals(work.session).find(sent["id"])
        assert record is not None
        record.referral.closed_at -= timedelta(days=45)  # type: ignore[operator]
        record.referral.seen_changed_at -= timedelta(days=45)
        work.commit()
    assert loop.view(sent["id"], str(target["to"])).status_code == 404
    assert sent["id"] not in [
        item["id"] for item in loop.call("GET", "/v1/referrals", str(target["to"])).json()["items"]
    ]
    assert sent["id"] in [item["id"] for item in loop.call("GET", "/v1/referrals?box=out").json()["items"]]
    assert loop.view(sent["id"], SENDER).json()["follow_up_on"] == day(100)
    loop.fire(start_of(day(100)))
    assert reminders(loop) == [sent["id"]]
    loop.fire(start_of(day(109)))
    with loop.database.unit_of_work(writes=False) as work:
        assert Referrals(work.session).find(sent["id"]) is None
    assert due(loop) == []


def test_a_referral_whose_date_is_taken_back_is_purged_in_its_own_time(loop: Loop) -> None:
    sent = loop.sent(**DENTAL, progress=True, follow_up_on=day(100))
    assert loop.move(sent["id"], CLINIC, "declined", reason="full").status_code == 200

    assert follow_up(loop, sent["id"], on=None).status_code == 200
    loop.fire(datetime.now(UTC) + timedelta(days=31))

    with loop.database.unit_of_work(writes=False) as work:
        assert Referrals(work.session).find(sent["id"]) is None


@pytest.mark.parametrize("closed", [False, True])
def test_a_withdrawn_consent_stops_reminders(loop: Loop, closed: bool) -> None:
    """Open or closed, told before or not: the date is gone, and none can be set again."""
    consent = loop.consent()
    sent = loop.send(packet(consent, follow_up_on=day(2))).json()
    if closed:
        assert loop.move(sent["id"], LEGAL, "declined", reason="full").status_code == 200
    loop.fire(start_of(day(2)))
    assert reminders(loop) == [sent["id"]]

    assert loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal").status_code == 200

    assert loop.view(sent["id"], SENDER).json()["follow_up_on"] is None
    assert (due(loop), reminders(loop)) == ([], [])
    refused = follow_up(loop, sent["id"], result="reached", on=day(5))
    assert [entry["pointer"] for entry in refused.json()["errors"]] == ["/on"]
    assert follow_up(loop, sent["id"], result="reached").status_code == 200
    loop.fire(start_of(day(6)))
    assert reminders(loop) == []


def test_other_places_do_not_tell_of_it(loop: Loop) -> None:
    """FHIR has neither the date nor the results, and no event of the audience of both sides has the type."""
    sent = loop.sent(follow_up_on=day(1))
    assert follow_up(loop, sent["id"], result="not_reached", on=day(4)).status_code == 200

    for organization in (SENDER, SHELTER):
        for kind in ("ServiceRequest", "Task"):
            text = loop.call("GET", f"/fhir/{kind}/{sent['id']}", organization).text
            assert sent["id"] in text
            assert not any(word in text for word in (day(4), "follow", "not_reached"))
