"""An advocate on a referral: named by the sender, for the sender alone, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    agency,
    coalition,
    content_of,
    loop_over,
    loop_settings,
    packet,
    referral,
    service,
)

ADVOCATE, HIDDEN = "advocates", "unlisted"
DENTAL: dict[str, Any] = {"to": CLINIC, "services": ("teeth",), "needs": [{"type": "dental", "urgency": "later"}]}
ADVOCACY: dict[str, Any] = {
    "to": ADVOCATE, "services": ("with-you",), "needs": [{"type": "victim_advocacy", "urgency": "today"}],
}  # fmt: skip
EVERYBODY = (CLINIC, LEGAL, OUTSIDER, REFUGE, SHELTER, ADVOCATE)


@pytest.fixture
def loop(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition with an agency of advocates, and one that only itself may see."""
    fill(database_url)
    bundle = coalition()
    bundle["organizations"].append(agency(ADVOCATE, [service("with-you", "victim_advocacy")]))
    bundle["organizations"].append(agency(HIDDEN, [], listed="coalition", membership="none"))
    bundle["agreements"][0]["between"].append(ADVOCATE)
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        yield loop


def seen_by(loop: Loop, organization: str, referral_id: str) -> list[Any]:
    """All that an agency reads of a referral, and of its own lists."""
    paths = (f"/v1/referrals/{referral_id}", "/v1/referrals", "/v1/consents", "/v1/coalition/due", "/v1/events")
    return [content_of(loop.call("GET", path, organization)) for path in paths]


def test_the_sender_names_an_advocate_and_nobody_else_reads_it(loop: Loop) -> None:
    """The advocate's agency is answered as if the referral were not there, as everybody else; FHIR doesn't have it."""
    plain = loop.sent(**DENTAL)
    before = {organization: seen_by(loop, organization, "nothing") for organization in EVERYBODY}
    sent = loop.sent(**DENTAL, advocate=ADVOCATE, progress=True)

    assert (sent["advocate"], plain["advocate"]) == (ADVOCATE, None)
    assert loop.view(sent["id"], SENDER).json()["advocate"] == ADVOCATE
    for organization in (LEGAL, OUTSIDER, REFUGE, SHELTER, ADVOCATE):
        assert seen_by(loop, organization, sent["id"]) == before[organization]
        assert loop.view(sent["id"], organization).status_code == 404
    received, other = (loop.view(one["id"], CLINIC).json() for one in (sent, plain))
    assert received.keys() == other.keys()
    assert ADVOCATE not in str(received)
    for organization in (SENDER, CLINIC):
        for kind in ("ServiceRequest", "Task"):
            text = loop.call("GET", f"/fhir/{kind}/{sent['id']}", organization).text
            assert sent["id"] in text
            assert ADVOCATE not in text
    assert loop.move(sent["id"], CLINIC, "accepted").status_code == 200
    assert seen_by(loop, ADVOCATE, sent["id"]) == before[ADVOCATE]


def test_the_advocates_agency_sees_a_later_step_that_is_sent_to_it(loop: Loop) -> None:
    """As its receiver, and no more: neither that it is the advocate of another referral, nor that of its own."""
    first = loop.sent(**DENTAL, advocate=ADVOCATE)
    handed_over = loop.sent(**ADVOCACY, advocate=ADVOCATE)

    seen = loop.view(handed_over["id"], ADVOCATE).json()
    assert (seen["covers"], "advocate" in seen) == (["victim_advocacy"], False)
    listed = loop.call("GET", "/v1/referrals", ADVOCATE).json()["items"]
    assert [item["id"] for item in listed] == [handed_over["id"]]
    assert loop.view(first["id"], ADVOCATE).status_code == 404


def test_handing_over_is_a_referral_of_its_own(loop: Loop) -> None:
    """No call puts another advocate on a sent referral."""
    sent = loop.sent(**DENTAL, advocate=ADVOCATE)

    for path, body in (("follow-up", {"advocate": LEGAL}), ("status", {"status": "cancelled", "advocate": LEGAL})):
        tag = loop.view(sent["id"], SENDER).headers["etag"]
        reply = loop.call("PUT", f"/v1/referrals/{sent['id']}/{path}", SENDER, body, if_match=tag)
        assert reply.status_code == 422
    assert loop.view(sent["id"], SENDER).json()["advocate"] == ADVOCATE


def test_an_advocate_that_the_sender_may_not_see_is_none(loop: Loop) -> None:
    """Hidden or absent: the same refusal, at its place and without its name."""
    bodies = [referral(**DENTAL, advocate=name) for name in ("nobody-here", HIDDEN)]

    absent = loop.send(bodies[0])
    assert absent.status_code == 422
    assert [entry["pointer"] for entry in absent.json()["errors"]] == ["/advocate"]
    assert "nobody-here" not in absent.text
    by_outsider = [loop.send(body, OUTSIDER) for body in bodies]
    assert [content_of(reply)[0] for reply in by_outsider] == [422, 422]
    assert by_outsider[0].json()["errors"] == by_outsider[1].json()["errors"] == absent.json()["errors"]


@pytest.mark.parametrize("closed", [False, True])
def test_a_withdrawn_consent_empties_the_advocate(loop: Loop, closed: bool) -> None:
    consent = loop.consent()
    sent = loop.send(packet(consent, advocate=ADVOCATE)).json()
    if closed:
        assert loop.move(sent["id"], LEGAL, "declined", reason="full").status_code == 200
    assert loop.view(sent["id"], SENDER).json()["advocate"] == ADVOCATE

    assert loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal").status_code == 200

    assert loop.view(sent["id"], SENDER).json()["advocate"] is None
