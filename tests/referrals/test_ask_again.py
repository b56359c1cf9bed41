"""Asking again from a referral: its needs, and one sentence of what changed since, as far as the sender may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    coalition,
    loop_over,
    loop_settings,
    referral,
)

NOTHING = "You can see no change in the directory since you sent it."
ORGANIZATION = "/v1/organizations/"


@pytest.fixture
def loop(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), coalition()) as loop:
        yield loop


def again(loop: Loop, referral_id: str, organization: str = SENDER, **more: Any) -> httpx.Response:
    loop.refresh()
    return loop.call("GET", f"/v1/referrals/{referral_id}/again", organization, **more)


def put(loop: Loop, path: str, organization: str, change: dict[str, Any]) -> None:
    stored = loop.call("GET", path, organization)
    reply = loop.call("PUT", path, organization, {**stored.json(), **change}, if_match=stored.headers["etag"])
    assert reply.status_code == 200, reply.text


def add_beds(loop: Loop, organization: str, slug: str) -> None:
    body = {
        "organization": organization, "name": "More beds", "status": "active", "languages": [{"code": "en"}],
        "referral": {"types": ["emergency_shelter"], "accepts": ["warm"]},
    }  # fmt: skip
    reply = loop.call("PUT", f"/v1/services/{slug}", organization, body, if_none_match="*")
    assert reply.status_code == 201, reply.text


def test_the_needs_are_filled_in_and_nothing_else_is_known(loop: Loop) -> None:
    sent = loop.sent()

    document = again(loop, sent["id"]).json()

    assert document["needs"] == [{"type": "emergency_shelter", "urgency": "now"}]
    assert document["changed"] == {"opened": [], "free": [], "ended": []}
    assert document["plain"] == NOTHING
    assert document.keys() == {"needs", "changed", "plain"}


def test_one_sentence_says_what_changed_since(loop: Loop) -> None:
    """An agency opened, a bed is free, an agreement ended; another's agreement is not told."""
    put(loop, "/v1/agreements/mou", SENDER, {"between": [SENDER, CLINIC]})
    loop.refresh()
    sent = loop.sent()
    add_beds(loop, LEGAL, "more-beds")
    put(loop, "/v1/agreements/mou", SENDER, {"status": "ended"})

    document = again(loop, sent["id"]).json()

    assert document["changed"] == {"opened": [LEGAL], "free": [], "ended": [CLINIC]}
    assert document["plain"] == "Since you sent it: Legal opened and your agreement with Clinic ended."
    spanish = again(loop, sent["id"], accept_language="es").json()
    assert spanish["plain"].startswith("Desde que usted la envió")


def test_a_free_bed_is_told_to_those_who_may_see_the_count(loop: Loop) -> None:
    """Counted since it was sent; one hidden from the public tells its partners alone."""
    by_member, by_other = loop.sent(), loop.send(organization=REFUGE).json()
    assert again(loop, by_member["id"]).json()["changed"]["free"] == []
    for available in (0, 3):
        count = {"unit": "bed", "available": available, "maximum": 8}
        assert loop.call("PUT", "/v1/services/beds/capacity", SHELTER, count).status_code == 200
        assert again(loop, by_member["id"]).json()["changed"]["free"] == ([SHELTER] if available else [])
    put(loop, ORGANIZATION + SHELTER, SHELTER, _hiding_counts(loop))
    assert again(loop, by_member["id"]).json()["changed"]["free"] == [SHELTER]
    assert again(loop, by_other["id"], REFUGE).json()["changed"]["free"] == []


def _hiding_counts(loop: Loop) -> dict[str, Any]:
    declared = loop.call("GET", ORGANIZATION + SHELTER, SHELTER).json()["coalition"]
    return {"coalition": {**declared, "listed": "coalition"}}


def test_nobody_else_asks_again_and_the_directory_needs_its_scope(loop: Loop) -> None:
    sent = loop.sent()

    assert again(loop, sent["id"], SHELTER).status_code == 403
    assert again(loop, sent["id"], OUTSIDER).status_code == 404
    without = again(loop, sent["id"], scopes="referral").json()
    assert (without["changed"], without["plain"]) == (None, None)
    assert without["needs"] == [{"type": "emergency_shelter", "urgency": "now"}]


def test_a_hidden_agency_that_opened_is_not_told(loop: Loop) -> None:
    """Before it is listed, an outsider is answered as if it did not exist."""
    food = [{"type": "food", "urgency": "now"}]
    sent = loop.sent(to=REFUGE, services=("refuge-food",), needs=food)
    put(loop, ORGANIZATION + LEGAL, LEGAL, {
        "coalition": {**loop.call("GET", ORGANIZATION + LEGAL, LEGAL).json()["coalition"], "listed": "coalition"}
    })  # fmt: skip
    by_outsider = loop.send(referral(REFUGE, ("refuge-food",), needs=food), OUTSIDER).json()
    body = {
        "organization": LEGAL, "name": "Pantry", "status": "active", "languages": [{"code": "en"}],
        "referral": {"types": ["food"], "accepts": ["warm"]},
    }  # fmt: skip
    assert loop.call("PUT", "/v1/services/legal-food", LEGAL, body, if_none_match="*").status_code == 201

    assert again(loop, sent["id"]).json()["changed"]["opened"] == [LEGAL]
    assert again(loop, by_outsider["id"], OUTSIDER).json()["changed"]["opened"] == []
