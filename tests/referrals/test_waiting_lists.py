"""Waiting lists: a full service with a list takes a referral, and whoever may know sees it wait, move on, or end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loop_builders import REFUGE, SENDER, SHELTER, Loop, coalition, here, loop_over, loop_settings, referral

from service.database.unit_of_work import UnitOfWork
from service.referrals.store.outcomes import Outcomes
from service.referrals.store.referrals import Referrals
from service.referrals.use_cases.count_outcomes import summary_of

CAPACITY = "/v1/services/beds/capacity"
SECRET: dict[str, Any] = {"to": REFUGE, "services": ("refuge-food",), "needs": [{"type": "food", "urgency": "now"}]}
WAIT_DAYS = 180


def month(ahead: int) -> str:
    """A month as it is written, so many months from this one."""
    years, months = divmod(here().month - 1 + ahead, 12)
    return f"{here().year + years}-{months + 1:02}"


@pytest.fixture
def loop(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database; the house has no bed free and keeps a waiting list."""
    fill(database_url)
    bundle = coalition(beds=0)
    bundle["organizations"][1]["services"][0]["referral"]["waitlist"] = True
    bundle["agreements"][0]["between"].append(REFUGE)
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        yield loop


def free(loop: Loop, available: int) -> None:
    response = loop.call("PUT", CAPACITY, SHELTER, {"unit": "bed", "available": available, "maximum": 8})
    assert response.status_code == 200, response.text


def waiting(loop: Loop, **more: Any) -> dict[str, Any]:
    """A referral that the house has put on its list, as its sender saw it before."""
    referral = loop.sent(progress=True)
    assert loop.move(referral["id"], SHELTER, "waitlisted", **more).status_code == 200
    return referral


def events(loop: Loop, organization: str, referral_id: str) -> list[str]:
    return [kind for kind, about, _ in loop.events(organization) if about == referral_id]


def test_a_full_service_with_a_list_is_no_refusal(loop: Loop) -> None:
    """It is sent without a hold; with a place free it holds one; without a list it is refused as before."""
    full = loop.sent()
    free(loop, 1)
    referral = loop.sent()

    assert (full["held"], referral["held"]["places"]) == (None, 1)
    house = loop.call("GET", "/v1/services/beds").json()
    del house["referral"]["waitlist"]
    tag = loop.call("GET", "/v1/services/beds").headers["etag"]
    assert loop.call("PUT", "/v1/services/beds", SHELTER, house, if_match=tag).status_code == 200
    free(loop, 0)
    loop.refresh()
    assert loop.send().json()["reasons"][0]["code"] == "full"


def test_a_waiting_referral_holds_no_place_and_says_what_is_expected(loop: Loop) -> None:
    """Both sides read the month and the end of the wait; nothing asks for an answer any more; the month can change."""
    free(loop, 1)
    referral = loop.sent(progress=True)
    loop.move(referral["id"], SHELTER, "waitlisted", expected=month(2))
    document = loop.view(referral["id"], SENDER).json()
    house = loop.view(referral["id"], SHELTER).json()

    assert referral["held"] is not None
    for view in (document, house):
        assert (view["status"], view["expected"], view["held"], view["respond_by"]) == (
            "waitlisted", month(2), None, None,
        )  # fmt: skip
        wait = datetime.fromisoformat(view["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=WAIT_DAYS - 1) < wait <= timedelta(days=WAIT_DAYS)
    assert loop.call("GET", CAPACITY, SHELTER).json()["items"][0]["held"] == 0
    again = loop.move(referral["id"], SHELTER, "waitlisted", expected=month(5)).json()
    same = loop.move(referral["id"], SHELTER, "waitlisted", expected=month(5)).json()
    unknown = loop.move(referral["id"], SHELTER, "waitlisted").json()
    assert (again["expected"], unknown["expected"], again["expires_at"]) == (month(5), None, house["expires_at"])
    assert same == again
    assert [move["status"] for move in unknown["history"]] == ["requested", *["waitlisted"] * 3]
    assert events(loop, SENDER, referral["id"]) == ["referral.waitlisted"] * 3
    assert events(loop, SHELTER, referral["id"]) == ["referral.requested"]


@pytest.mark.parametrize(
    ("more", "pointers"),
    [
        ({"expected": month(-1)}, ["/expected"]),
        ({"expected": "2027-13"}, ["/expected"]),
        ({"expected": "soon"}, ["/expected"]),
        ({"expected": month(1), "reason": "full"}, ["/reason"]),
    ],
)
def test_a_month_is_a_month_to_come(loop: Loop, more: dict[str, str], pointers: list[str]) -> None:
    """What is over, is no month or goes with another status is refused at its place; nothing moves."""
    referral = loop.sent()
    response = loop.move(referral["id"], SHELTER, "waitlisted", **more)
    other = loop.move(referral["id"], SHELTER, "accepted", expected=month(1))

    assert [response.status_code, other.status_code] == [422, 422]
    assert [error["pointer"] for error in response.json()["errors"]] == pointers
    assert loop.view(referral["id"], SHELTER).json()["status"] == "requested"


def test_it_is_accepted_only_where_a_place_is_free(loop: Loop) -> None:
    """Full: 409, and nothing changes. With a place free it is accepted, and holds the place."""
    document = waiting(loop)
    refusal = loop.move(document["id"], SHELTER, "accepted")
    still = loop.view(document["id"], SHELTER).json()
    free(loop, 1)
    accepted = loop.move(document["id"], SHELTER, "accepted").json()

    assert (refusal.status_code, refusal.json()["code"], still["status"]) == (409, "full", "waitlisted")
    assert (accepted["status"], accepted["held"]["places"], accepted["expected"]) == ("accepted", 1, None)
    assert loop.view(document["id"], SENDER).json()["status"] == "accepted"
    assert loop.move(waiting(loop)["id"], SHELTER, "accepted").json()["code"] == "full"


def test_the_other_moves_of_the_table(loop: Loop) -> None:
    """From the list it is declined or taken back; an accepted one may be put on the list, with its place given up."""
    declined, recalled = waiting(loop), waiting(loop)
    free(loop, 1)
    accepted = loop.sent(progress=True)
    loop.move(accepted["id"], SHELTER, "accepted")
    loop.move(accepted["id"], SHELTER, "waitlisted")

    assert loop.move(declined["id"], SHELTER, "declined", reason="full").json()["status"] == "declined"
    assert loop.move(recalled["id"], SENDER, "cancelled", reason="found_elsewhere").json()["status"] == "cancelled"
    assert loop.view(accepted["id"], SENDER).json()["held"] is None
    assert loop.call("GET", CAPACITY, SHELTER).json()["items"][0]["held"] == 0
    assert loop.move(waiting(loop)["id"], SHELTER, "received").json()["code"] == "not_from_here"
    assert loop.move(waiting(loop)["id"], SENDER, "waitlisted").json()["code"] == "not_yours"


def test_a_list_stalls_a_month_after_the_expected_one_and_ends_after_half_a_year(loop: Loop) -> None:
    """The time to answer is over with the list: neither side hears of it before."""
    document = waiting(loop, expected=month(1))
    quiet = waiting(loop)
    year, number = map(int, month(3).split("-"))
    stalls = datetime(year, number, 1, 12, tzinfo=UTC)

    loop.fire(stalls - timedelta(days=1, hours=12))
    assert events(loop, SENDER, document["id"]) == ["referral.waitlisted"]
    loop.fire(stalls)
    assert events(loop, SENDER, document["id"]) == ["referral.waitlisted", "referral.stalled"]
    loop.fire(datetime.now(UTC) + timedelta(days=WAIT_DAYS, hours=1))
    assert events(loop, SENDER, document["id"])[2:] == ["referral.expired"]
    assert events(loop, SHELTER, quiet["id"]) == ["referral.requested", "referral.expired"]
    assert loop.view(document["id"], SHELTER).json()["status"] == "expired"


def test_without_progress_a_list_is_told_by_no_field_event_time_or_tag(loop: Loop) -> None:
    """Beside one that nobody answers, whatever becomes of it; and its cancel goes through."""
    waits, idle = loop.sent(**SECRET), loop.sent(**SECRET)
    tags = [loop.view(item["id"], SENDER).headers["etag"] for item in (waits, idle)]
    loop.move(waits["id"], REFUGE, "waitlisted", expected=month(1))

    assert loop.view(waits["id"], SENDER).json() == waits
    assert [loop.view(item["id"], SENDER).headers["etag"] for item in (waits, idle)] == tags
    assert events(loop, SENDER, waits["id"]) == events(loop, SENDER, idle["id"]) == []
    loop.move(waits["id"], REFUGE, "waitlisted", expected=month(2))
    assert loop.view(waits["id"], SENDER).json() == waits
    listed = [loop.call("GET", f"/v1/referrals?box=out&status={name}").json() for name in ("waitlisted", "requested")]
    assert [item["total"] for item in listed] == [0, 2]
    assert loop.view(waits["id"], REFUGE).json()["expected"] == month(2)
    assert loop.move(waits["id"], SENDER, "cancelled", reason="mistake").status_code == 200
    assert loop.view(waits["id"], REFUGE).json()["status"] == "cancelled"


def test_a_clock_that_stood_still_moves_the_end_of_a_wait(loop: Loop) -> None:
    """As it moves the time to answer."""
    sent, secret = waiting(loop), loop.sent(**SECRET)
    loop.move(secret["id"], REFUGE, "waitlisted")
    before = [loop.view(item["id"], by).json()["expires_at"] for item, by in ((sent, SHELTER), (secret, REFUGE))]
    with loop.database.unit_of_work() as work:
        Referrals(work.session).move_clocks(timedelta(hours=5), datetime.now(UTC))
        work.commit()
    after = [loop.view(item["id"], by).json()["expires_at"] for item, by in ((sent, SHELTER), (secret, REFUGE))]

    moved = [datetime.fromisoformat(new) - datetime.fromisoformat(old) for new, old in zip(after, before, strict=True)]
    assert moved == [timedelta(hours=5)] * 2
    assert loop.view(sent["id"], SENDER).json()["expires_at"] == after[0]


def test_outcomes_count_a_wait_that_ended_by_itself_by_that_reason(loop: Loop) -> None:
    """And the list as the answer; an unanswered one has neither."""
    waited, idle = waiting(loop), loop.sent(progress=True)
    loop.fire(datetime.now(UTC) + timedelta(days=WAIT_DAYS, hours=1))

    def counted(work: UnitOfWork, referral_id: str) -> tuple[str | None, str | None, str | None]:
        row = summary_of(Outcomes(work.session), Referrals(work.session).get(referral_id).referral)
        return row.reason, row.outcome, row.answered

    with loop.database.unit_of_work(writes=False) as work:
        assert counted(work, waited["id"]) == ("waitlisted", None, "under_an_hour")
        assert counted(work, idle["id"]) == (None, None, None)


def test_the_answer_names_the_list_last(loop: Loop) -> None:
    """Under `later`, without a time, with the sentence that asks to be put on it."""
    profile = referral()["profile"]
    document = loop.call("POST", "/v1/referral-paths", SENDER, profile).json()

    assert [(item["at"], item["services"][0]["slug"]) for item in document["later"]] == [(None, "beds")]
    assert document["later"][0]["plain"] == "House is full and has a waiting list. Ask to be put on it."
