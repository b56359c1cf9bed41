"""Checking back from the pages: a date with the referral, its due item, and one press for what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from inbox_builders import SHELTER, press, send
from intake_forms import BED, values
from intake_forms import send as send_form
from visitors import Visitor, signed_in

SCOPES = ("directory:read", "consent", "referral", "route")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "most_holds": 100, "most_holds_at_service": 100, "deliver": False}
    with running(demo_settings(tmp_path_factory.mktemp("check-back"), **more)) as app:
        yield app


@pytest.fixture
def hotline(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, *SCOPES)


def day(ahead: int) -> str:
    return f"{datetime.now(ZoneInfo('America/Chicago')).date() + timedelta(days=ahead)}"


def test_one_press_records_what_came_of_it_with_the_next_date(api: Api, hotline: Visitor) -> None:
    """From the due list to the referral, in forms alone; then "no longer wanted" ends it, whatever date was typed."""
    sent = send(api, follow_up_on=day(0))
    table = hotline.get("/coalition/due").text
    assert "Follow up on a referral." in table

    page = press(hotline, table, "/inbox/open", id=sent["id"]).text
    assert "Follow-up" in page
    later = press(hotline, page, "/inbox/follow-up", result="not_reached", on=day(3))
    assert later.status_code == 200
    seen = api.get(f"/v1/referrals/{sent['id']}", "referral").json()
    assert (seen["follow_up_on"], seen["follow_ups"]) == (day(3), [{"on": day(0), "result": "not_reached"}])
    assert "Not reached" in later.text
    ended = press(hotline, later.text, "/inbox/follow-up", result="no_longer_wanted", on=day(9))
    assert ended.status_code == 200
    assert api.get(f"/v1/referrals/{sent['id']}", "referral").json()["follow_up_on"] is None


def test_a_wrong_date_is_said_and_an_old_page_changes_nothing(api: Api, hotline: Visitor) -> None:
    sent = send(api)
    page = press(hotline, hotline.get("/inbox?box=out").text, "/inbox/open", id=sent["id"]).text

    far = press(hotline, page, "/inbox/follow-up", result="reached", on=day(300))
    assert far.status_code == 422
    assert "at most 180 days ahead" in far.text
    assert press(hotline, page, "/inbox/follow-up", on=day(2)).status_code == 200
    assert press(hotline, page, "/inbox/follow-up", result="reached").status_code == 412
    assert api.get(f"/v1/referrals/{sent['id']}", "referral").json()["follow_up_on"] == day(2)
    spanish = press(hotline, page, "/inbox/open", id=sent["id"], language="es")
    assert "Seguimiento" in spanish.text


def test_the_receiver_has_no_such_form(api: Api) -> None:
    sent = send(api, follow_up_on=day(1))
    shelter = signed_in(api, SHELTER, *SCOPES)

    page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text

    assert "/inbox/follow-up" not in page
    assert "Follow-up" not in page
    assert "Follow up on a referral" not in shelter.get("/coalition/due").text


def test_the_day_and_the_advocate_are_chosen_where_it_is_sent(api: Api, hotline: Visitor) -> None:
    """Both are optional and kept where something else is missing; a wrong day is said beside its field."""
    step = {"to": "willow-bend-youth", "services": ["wb-beds"], "mode": "warm", "name": "Willow Bend"}
    form = {**BED, "step": json.dumps(step), "key": "once", "advocate": "prairie-sage", "follow_up_on": day(7)}

    without_yes = send_form(hotline, "/referral/send", form, status=422)
    assert {("advocate", "prairie-sage"), ("follow_up_on", day(7))} <= values(without_yes)
    late = send_form(hotline, "/referral/send", {**form, "agreed": "yes", "follow_up_on": day(400)}, status=422)
    assert "at most 180 days ahead" in late
    assert "Willow Bend" in send_form(hotline, "/referral/send", {**form, "agreed": "yes"})

    newest = api.get("/v1/referrals?box=out&stage=waiting", "referral").json()["items"]
    assert (day(7), "prairie-sage") in [(item["follow_up_on"], item["advocate"]) for item in newest]


def test_one_press_asks_again_with_the_needs_filled_in(api: Api, hotline: Visitor) -> None:
    """The facts about the client are empty, and one sentence says what changed; its receiver has no such button."""
    sent = send(api)
    page = press(hotline, hotline.get("/inbox?box=out").text, "/inbox/open", id=sent["id"]).text

    asks = press(hotline, page, "/intake/again").text

    assert "You can see no change in the directory since you sent it." in asks
    assert {("need", "emergency_shelter"), ("urgency.emergency_shelter", "now")} <= values(asks)
    assert ("client.age", "") in values(asks) or "client.age" not in dict(values(asks))
    shelter = signed_in(api, SHELTER, *SCOPES)
    received = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text
    assert "/intake/again" not in received
