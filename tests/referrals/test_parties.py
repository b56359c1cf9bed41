"""Who may do what with consents, referrals and counts: every cell of `service.directory.parties`, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    SENDER,
    SHELTER,
    Loop,
    agency,
    coalition,
    loop_over,
    loop_settings,
    packet,
    referral,
    service,
)

from service.directory.parties import MAY, SCOPES, Act, PartyRole, columns_of

WARD = "ward"
WHO = {
    PartyRole.FROM: SENDER,
    PartyRole.RECEIVED: LEGAL,
    PartyRole.NAMED: CLINIC,
    PartyRole.OTHER: OUTSIDER,
    PartyRole.SENDER: SENDER,
    PartyRole.RECEIVER: CLINIC,
    PartyRole.OWNER: SHELTER,
    PartyRole.MEMBER: SENDER,
    PartyRole.DECIDER: LEGAL,
    PartyRole.SUBJECT: CLINIC,
    PartyRole.HOUSE: WARD,
    PartyRole.OTHER_HOUSE: SENDER,
    PartyRole.BODY: LEGAL,
}
_NUMBERS = count()
JSON = {"Content-Type": "application/json"}
TEETH = [{"type": "dental", "urgency": "later"}]
REFUSED_OPENLY = (Act.COUNT_PLACES, Act.PROPOSE_WORD, Act.DECIDE_WORD, Act.PROPOSE_LABELS, Act.DECIDE_LABELS)
"""Acts on what everybody sees: 403 to who is no party."""
NONE_SUCH = {Act.USE_CONSENT: 422}
"""What is answered to who is no party, where it is not 404: a profile is refused at the place of the consent."""


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The coalition, with a member that is a department of the clinic."""
    folder, bundle = tmp_path_factory.mktemp("parties"), coalition()
    bundle["organizations"].append(agency(WARD, [service("ward-visits", "dental")]) | {"parent": CLINIC})
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder, grievance_body=LEGAL), bundle) as loop:
        yield loop


def act_on_consent(loop: Loop, act: Act, organization: str) -> Any:
    """Do `act` with a fresh consent on which a packet was sent to one of its two recipients."""
    consent = loop.consent(to=[LEGAL, CLINIC])
    loop.send(packet(consent))
    path, by_code = f"/v1/consents/{consent['id']}", {"code": consent["code"]}
    profile = referral(needs=TEETH, consents=[{"id": consent["id"]}])["profile"]
    calls: dict[Act, Callable[[], Any]] = {
        Act.READ_CONSENT: lambda: loop.call("GET", path, organization),
        Act.LOOK_UP_CONSENT: lambda: loop.call("POST", "/v1/consents/look-up", organization, by_code),
        Act.USE_CONSENT: lambda: loop.call("POST", "/v1/referral-paths", organization, profile),
        Act.CONFIRM_CONSENT: lambda: loop.call("PUT", f"{path}/confirmation", organization),
        Act.WITHDRAW_CONSENT: lambda: loop.call("POST", f"{path}/withdrawal", organization),
        Act.PRINT_RECEIPT: lambda: loop.call("GET", f"{path}/receipt", organization),
        Act.TELL_WITHDRAWAL: lambda: loop.call("POST", "/v1/consent-withdrawals", organization, by_code),
    }
    return calls[act]()


def act_on_referral(loop: Loop, act: Act, organization: str) -> Any:
    """Do `act` with a fresh referral."""
    referral = loop.sent(to=CLINIC, services=("teeth",), needs=TEETH)
    path, anything = f"/v1/referrals/{referral['id']}", {"if_match": "*"}
    status = f"{path}/status"
    calls: dict[Act, Callable[[], Any]] = {
        Act.READ_REFERRAL: lambda: loop.call("GET", path, organization),
        Act.LOOK_UP_REFERRAL: lambda: loop.call(
            "POST", "/v1/referrals/look-up", organization, {"code": referral["code"]}
        ),
        Act.ANSWER_REFERRAL: lambda: loop.call("PUT", status, organization, {"status": "accepted"}, **anything),
        Act.CANCEL_REFERRAL: lambda: loop.call(
            "PUT", status, organization, {"status": "cancelled", "reason": "mistake"}, **anything
        ),
        Act.ASK_AGAIN: lambda: loop.call("GET", status.replace("/status", "/again"), organization),
        Act.FOLLOW_UP: lambda: loop.call(
            "PUT", status.replace("/status", "/follow-up"), organization, {"result": "reached"}, **anything
        ),
    }
    return calls[act]()


def act_on_word(loop: Loop, act: Act, organization: str) -> Any:
    """Propose a code that one member decides on, or decide on it."""
    word = f"code_{next(_NUMBERS)}"
    entry = {"code": word, "name": word, "decided_by": LEGAL}
    if act is Act.PROPOSE_WORD:
        return loop.call("POST", "/v1/vocabulary-proposals", organization, entry)
    document = loop.call("POST", "/v1/vocabulary-proposals", SENDER, entry).json()
    path = f"/v1/vocabulary-proposals/{document['id']}/decision"
    return loop.call("PUT", path, organization, {"status": "declined"}, if_match="*")


def act_on_labels(loop: Loop, act: Act, organization: str) -> Any:
    """Propose labels of the clinic, or decide on labels that another member proposed for the clinic."""
    path, labels = "/v1/vocabulary-proposals", {"organization": CLINIC, "labels": {"kind": "health"}}
    if act is Act.PROPOSE_LABELS:
        return loop.call("POST", path, organization, labels)
    loop.call("POST", path, LEGAL, labels)
    listed = loop.call("GET", f"{path}?status=open").json()["items"]
    proposal = next(item for item in listed if (item["proposed_by"], item["entry"]) == (LEGAL, labels))
    return loop.call("PUT", f"{path}/{proposal['id']}/decision", organization, {"status": "declined"}, if_match="*")


def do(loop: Loop, act: Act, organization: str) -> Any:
    if act is Act.READ_GRIEVANCE:
        body = b'{"about": {"organization": "house"}, "codes": ["other"]}'
        assert loop.client.post("/v1/grievances", content=body, headers=JSON).status_code == 201
        [*_, grievance] = loop.call("GET", "/v1/grievances", LEGAL).json()["items"]
        return loop.call("GET", f"/v1/grievances/{grievance['id']}", organization)
    if PartyRole.SUBJECT in columns_of(act):
        return act_on_labels(loop, act, organization)
    if PartyRole.DECIDER in columns_of(act):
        return act_on_word(loop, act, organization)
    if act is Act.COUNT_PLACES:
        return loop.call("PUT", "/v1/services/beds/capacity", organization, {"unit": "bed", "available": 3})
    return (act_on_referral if PartyRole.SENDER in columns_of(act) else act_on_consent)(loop, act, organization)


@pytest.mark.parametrize("act", Act)
def test_every_cell_of_the_table(loop: Loop, act: Act) -> None:
    """Who may, may; a party that may see it and may not do it gets 403; to everybody else it is not here."""
    sees = MAY[Act.READ_REFERRAL] | MAY[Act.READ_CONSENT]
    for party in columns_of(act):
        response = do(loop, act, WHO[party])
        if party in MAY[act]:
            assert response.status_code in (200, 201, 202), (party, response.text)
        elif act is Act.LOOK_UP_REFERRAL:
            assert response.status_code == 404, party
        elif party in sees or act in REFUSED_OPENLY:
            assert response.status_code == 403, party
        else:
            assert response.status_code == NONE_SUCH.get(act, 404), party


@pytest.mark.parametrize("act", Act)
def test_the_table_says_of_each_act_who_and_by_which_scope(act: Act) -> None:
    """No act without a line."""
    assert SCOPES[act]
    assert MAY[act] <= set(columns_of(act))
