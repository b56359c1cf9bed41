"""A referral from the first call to its end: three people in a browser, the same over the API, on both databases.

A worker sends it, an agency answers it, and a coordinator of the coalition looks on; the agency of the advocate reads
over the API. The table says what each could read at each moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from api_builders import HOTLINE, Api, load_demo, running
from inbox_builders import SHELTER, consent, send
from loop_builders import loop_settings
from page.test_browser import open_answer
from playwright.sync_api import Browser, expect
from walks import Walk, walking

from service import demo

ADVOCATE, COORDINATOR = "prairie-sage", "tall-cedar-shelter"
TITLE = "Follow up on a referral."
READ = ("directory:read", "referral")
DESK = ("directory:read", "directory:admin", "referral")
EXPECTED = """
moment                   | worker                | agency     | coalition | advocate
sent                     | requested, names them | requested  | nothing   | nothing
accepted                 | requested, names them | accepted   | nothing   | nothing
advocate handed over     | requested, names them | accepted   | nothing   | nothing
first: not reached       | requested, names them | accepted   | nothing   | nothing
second: reached          | requested, names them | accepted   | nothing   | nothing
third: no longer wanted  | requested, names them | accepted   | nothing   | nothing
closed                   | requested, names them | completed  | nothing   | nothing
"""
"""What each reads of the referral by its id: its status, and whether the advocate and the days are named.

The receiver keeps what becomes of clients to itself without a release, so the sender reads `requested` to the end.
"""


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    more: dict[str, Any] = {"rate_limit": "1000000/minute", "most_holds": 100, "most_holds_at_service": 100}
    settings = loop_settings(database_url, tmp_path, time_budget_ms=60_000, **more)
    load_demo(settings, demo.coalition_bytes(day=demo.today()))
    with running(settings) as api:
        yield api


def day(ahead: int) -> str:
    return f"{datetime.now(ZoneInfo('America/Chicago')).date() + timedelta(days=ahead)}"


def read(api: Api, referral_id: str, organization: str) -> str:
    """What an agency reads of a referral over the API, in a word or two."""
    bearer = api.bearer(*DESK, organization=organization)
    reply = api.client.get(f"/v1/referrals/{referral_id}", headers=bearer)
    if reply.status_code == 404:
        return "nothing"
    document = reply.json()
    own = document.get("advocate") or document.get("follow_up_on") or document.get("follow_ups")
    return str(document["status"]) + (", names them" if own else "")


def rows_of(text: str) -> list[list[str]]:
    return [[re.sub(r"\s+", " ", cell).strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def open_first(walk: Walk, box: str = "") -> None:
    """Open the one referral of a box."""
    walk.go(f"/inbox{box}")
    walk.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")  # what is over
    walk.page.locator("form[action='/inbox/open'] button").first.click()
    expect(walk.page.locator("h1 strong")).to_be_visible()


def test_from_the_first_call_to_the_end(browser: Browser, api: Api) -> None:
    table = [rows_of(EXPECTED)[0]]
    with ExitStack() as stack:
        worker = stack.enter_context(walking(browser, api, width=1280))
        worker.go("/")
        open_answer(worker)
        worker.press("referral.offer", "call.send")
        worker.page.get_by_label(worker.say("referral.agreed")).check()
        worker.page.get_by_label(worker.say("referral.progress")).check()
        worker.page.locator("#advocate").select_option(ADVOCATE)
        worker.page.locator("#follow_up_on").fill(day(0))
        worker.press("referral.send", "referral.sent")
        [sent] = api.get("/v1/referrals?box=out", "referral").json()["items"]
        receiver = sent["to"]
        assert receiver not in (HOTLINE, COORDINATOR, ADVOCATE)
        agency = stack.enter_context(walking(browser, api, width=1280, organization=receiver, scopes=READ))
        coalition = stack.enter_context(walking(browser, api, width=1280, organization=COORDINATOR, scopes=DESK))

        def note(moment: str) -> None:
            """Read it as everybody, over the API and on the pages of the two who have no part in its follow-up."""
            parties = (HOTLINE, receiver, COORDINATOR, ADVOCATE)
            table.append([moment, *(read(api, sent["id"], party) for party in parties)])
            coalition.go("/coalition/due")
            assert TITLE not in coalition.page.content()
            coalition.go("/inbox")
            assert coalition.page.locator("form[action='/inbox/open']").count() == 0
            open_first(agency)
            shown = agency.page.locator("main").inner_text()
            assert "Prairie Sage" not in shown
            assert agency.say("follow_up.title") not in shown

        note("sent")
        worker.go("/coalition/due")
        expect(worker.page.locator("main")).to_contain_text(TITLE)
        worker.go("/inbox?box=out")
        open_first(agency)
        agency.press("move.accepted")
        expect(agency.page.locator("[role=status].success")).to_be_visible()
        note("accepted")

        # The advocate is handed over to by a referral of its own, which the advocate's agency then reads.
        needs = [{"type": "victim_advocacy", "urgency": "today"}]
        profile = {
            "client": {"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"}, "needs": needs,
            "facts": {"client_present": True},
        }  # fmt: skip
        step = {"to": ADVOCATE, "services": ["ps-beside-you"], "mode": "warm"}
        handed_over = send(api, profile=profile, step=step)
        assert read(api, handed_over["id"], ADVOCATE) == "requested"
        with walking(browser, api, width=1280, organization=ADVOCATE, scopes=READ) as advocate:
            open_first(advocate)
            advocate.press("move.accepted")
            expect(advocate.page.locator("[role=status].success")).to_be_visible()
        assert read(api, handed_over["id"], ADVOCATE) == "accepted"
        cancel(api, handed_over["id"])
        note("advocate handed over")

        for moment, result, ahead in (
            ("first: not reached", "not_reached", day(1)),
            ("second: reached", "reached", day(2)),
            ("third: no longer wanted", "no_longer_wanted", ""),
        ):
            check_back_of(worker, api, sent["id"], result, ahead)
            note(moment)
        seen = api.get(f"/v1/referrals/{sent['id']}", "referral").json()
        assert [entry["result"] for entry in seen["follow_ups"]] == ["not_reached", "reached", "no_longer_wanted"]
        assert seen["follow_up_on"] is None

        open_first(agency)
        agency.press("move.completed")
        agency.page.locator("input[name=outcome]").first.check()
        agency.page.locator("button.main[name=status]").last.click()
        expect(agency.page.locator("[role=status].success")).to_be_visible()
        note("closed")
        for walk in (worker, agency, coalition):
            assert walk.watched.complaints == []

    assert table == rows_of(EXPECTED)


def cancel(api: Api, referral_id: str) -> None:
    """Take the second referral back, so that the boxes hold the first alone."""
    place = f"/v1/referrals/{referral_id}"
    tag = api.get(place, "referral").headers["etag"]
    headers = api.bearer("referral") | {"If-Match": tag}
    body = {"status": "cancelled", "reason": "mistake"}
    reply = api.client.put(f"{place}/status", json=body, headers=headers)
    assert reply.status_code == 200, reply.text


def check_back_of(walk: Walk, api: Api, referral_id: str, result: str, next_day: str) -> None:
    """Open the referral of that id in the out box, and press what came of it."""
    walk.go("/inbox?box=out")
    walk.page.locator(f"form[action='/inbox/open']:has(input[value='{referral_id}']) button").first.click()
    if next_day:
        walk.page.locator("#on").fill(next_day)
    walk.press(f"follow_up.result.{result}")
    expect(walk.page.locator("[role=status].success")).to_be_visible()
    assert api.get(f"/v1/referrals/{referral_id}", "referral").json()["follow_up_on"] == (next_day or None)


def test_a_withdrawn_consent_empties_it_and_stops_reminders(browser: Browser, api: Api) -> None:
    """In the middle of it: the worker's page names no advocate any more, and nothing is due."""
    given = consent(api)
    profile = {
        "client": {"age": 30, "gender": "female", "languages": ["en"]},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True},
        "consents": [{"id": given["id"]}],
    }
    sent = send(api, profile=profile, advocate=ADVOCATE, follow_up_on=day(0))
    assert sent["to"] == SHELTER
    with walking(browser, api, width=1280) as worker:
        worker.go("/coalition/due")
        expect(worker.page.locator("main")).to_contain_text(TITLE)
        open_first(worker, "?box=out")
        expect(worker.page.locator("dl")).to_contain_text("Prairie Sage")

        bearer = api.bearer("consent")
        assert api.client.post(f"/v1/consents/{given['id']}/withdrawal", headers=bearer).status_code == 200

        worker.go("/coalition/due")
        assert TITLE not in worker.page.content()
        seen = api.get(f"/v1/referrals/{sent['id']}", "referral").json()
        assert (seen["advocate"], seen["follow_up_on"]) == (None, None)
        assert read(api, sent["id"], COORDINATOR) == read(api, sent["id"], ADVOCATE) == "nothing"
