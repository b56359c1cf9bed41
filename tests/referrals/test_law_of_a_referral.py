"""A referral is decided by the law of the state where the client is, as the answer was that it follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loop_builders import Loop, agency, coalition, loop_over, loop_settings, referral, service

STATES = ("us-tx", "us-fl")
PLACES = {**dict.fromkeys((*STATES, "us-oh")), "travis": "us-tx", "leon": "us-fl"}
"""Areas, each with the area around it; of Ohio no pack is chosen."""
REPORT = "child_protection_report"


@pytest.fixture(scope="module")
def two_states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A coalition over a state line, with the packs of both states."""
    bundle = coalition(reporter="child", kind="youth_program")
    bundle["coalition"]["policy_packs"] = ["federal", *STATES, "coalition"]
    bundle["areas"] = [
        {"code": code, "name": code} | ({"within": around} if around else {}) for code, around in PLACES.items()
    ]
    desk = agency("desk", [service("reports", REPORT)], basis="systems", kind="child_welfare", membership="none")
    bundle["organizations"].append(desk)
    folder = tmp_path_factory.mktemp("law")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle) as loop:
        yield loop


@pytest.mark.parametrize("area", ["travis", "leon", "us-oh", None])
@pytest.mark.parametrize("age", [16, 30])
def test_what_comes_with_a_referral_is_what_the_answer_said(two_states: Loop, area: str | None, age: int) -> None:
    """Rules, and acts to do: of the client's state alone, and of no state where none is known."""
    body = referral()
    body["profile"]["client"] |= {"age": age, "area": area}

    answer = two_states.call("POST", "/v1/referral-paths", body=body["profile"]).json()
    sent = two_states.send(body)

    assert sent.status_code == 201, sent.text
    step, referred = answer["paths"][0]["steps"][0], sent.json()
    assert {part: referred[part] for part in ("rules", "obligations", "share", "policy_version")} == {
        **{part: step[part] for part in ("rules", "obligations", "share")},
        "policy_version": answer["policy_version"],
    }


@pytest.mark.parametrize("mode", ["warm", "packet"])
def test_a_report_is_made_and_never_sent(two_states: Loop, mode: str) -> None:
    """The agency makes it by itself: it hands nobody over, so there is no such referral in any mode."""
    body = referral("desk", ("reports",), mode, needs=[{"type": REPORT, "urgency": "now"}])
    body["profile"]["client"] |= {"age": 15, "area": "travis", "traits": {"sexual_assault": True}}

    refused = two_states.send(body)

    assert (refused.status_code, [reason["code"] for reason in refused.json()["reasons"]]) == (409, ["mode"])
