"""Grievances: filed by anybody, heard by who is never accused, told to the filer by a code. What a subpoena finds."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

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
    loop_over,
    loop_settings,
    packet,
    referral,
    service,
)
from sqlalchemy import delete, inspect, select

from service.cli import run_command
from service.coalition.use_cases.hear_grievances import CODES, OUTCOMES
from service.database.outbox.timers import fire_next
from service.database.table_base import table_of
from service.maintenance.tables import all_tables
from service.referrals.store.tables import CountedTry

PATH = "/v1/grievances"
BODY, SECOND = CLINIC, LEGAL
DEPARTMENT, ABOVE = "clinic-wing", "clinic-house"


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A coalition whose complaints the clinic hears, and legal help those about the clinic's house."""
    folder = tmp_path_factory.mktemp("grievances")
    bundle = coalition()
    for organization in bundle["organizations"]:
        if organization["id"] == CLINIC:
            organization["parent"] = ABOVE
        if organization["id"] == SHELTER:
            organization["coalition"] |= {"address_private": True, "listed": "coalition"}
        if organization["id"] in {SHELTER, REFUGE}:
            organization["coalition"]["subpoena_contact"] = {
                "name": f"Counsel of {organization['id']}",
                "phone": "555-0199",
            }
    bundle["organizations"] += [
        agency(ABOVE, [service("above", "food")]),
        agency(DEPARTMENT, [service("wing", "food")]) | {"parent": CLINIC},
    ]
    more = {"grievance_body": BODY, "second_grievance_body": SECOND}
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder, **more), bundle) as loop:
        yield loop


@pytest.fixture(autouse=True)
def fresh_tries(heard: Loop) -> None:
    """Nobody has filed anything yet within the hour."""
    forget_tries(heard)


def forget_tries(loop: Loop) -> None:
    with loop.database.unit_of_work() as work:
        work.session.execute(delete(table_of(CountedTry)))
        work.commit()


def post(loop: Loop, path: str, body: Any, **headers: str) -> Any:
    sent = {"Content-Type": "application/json", **headers}
    return loop.client.post(path, content=json.dumps(body).encode(), headers=sent)


def file(loop: Loop, about: dict[str, Any], *codes: str) -> str:
    forget_tries(loop)
    response = post(loop, PATH, {"about": about, "codes": list(codes or ("not_heard",))})
    assert response.status_code == 201, response.text
    return str(response.json()["code"])


def listed(loop: Loop, organization: str) -> list[dict[str, Any]]:
    document = loop.call("GET", f"{PATH}?per_page=200", organization, scopes="grievance").json()
    assert document["total"] == len(document["items"])
    return list(document["items"])


def read_by(loop: Loop, about: dict[str, Any]) -> set[str]:
    """File, and return who may read what was filed: in a list and by itself."""
    everybody = (BODY, SECOND, DEPARTMENT, ABOVE, SENDER, SHELTER, REFUGE, OUTSIDER, "nobody-here")
    before = {reader: {item["id"] for item in listed(loop, reader)} for reader in everybody}
    file(loop, about)
    new = {reader: {item["id"] for item in listed(loop, reader)} - before[reader] for reader in everybody}
    [grievance_id] = set().union(*new.values()) or {"none"}
    for reader in everybody:
        status = loop.call("GET", f"{PATH}/{grievance_id}", reader, scopes="grievance").status_code
        assert status == (200 if grievance_id in new[reader] else 404), reader
    return {reader for reader in everybody if new[reader]}


def test_a_grievance_is_heard_and_its_filer_sees_how_it_ends(heard: Loop) -> None:
    """Filed with a token that is nonsense, taken up, closed; each step by the code; another code is not here."""
    body = {"about": {"coalition": True}, "codes": ["no_answer", "other"]}
    response = post(heard, PATH, body, Authorization="Bearer x")
    assert response.status_code == 201, response.text
    code = response.json()["code"]
    assert len(code.split("-")) == 4
    assert set(response.json()) == {"code", "status", "plain"}

    def state() -> Any:
        return post(heard, f"{PATH}/look-up", {"code": code.upper().replace("-", " ")}, Authorization="Bearer x").json()

    assert (state()["status"], state()["outcome"]) == ("filed", None)
    grievance = next(item for item in listed(heard, BODY) if item["codes"] == ["no_answer", "other"])
    assert re.fullmatch(r"\d{4}-W\d\d", grievance["week"])
    assert set(grievance) == {"id", "about", "codes", "week", "status", "outcome", "pile"}

    def move(**body: Any) -> Any:
        path = f"{PATH}/{grievance['id']}"
        tag = heard.call("GET", path, BODY, scopes="grievance").headers["etag"]
        return heard.call("PUT", f"{path}/status", BODY, body, scopes="grievance", if_match=tag)

    assert move(status="in_review").status_code == move(status="in_review").status_code == 200
    assert state()["status"] == "in_review"
    assert move(status="closed").status_code == move(status="in_review", outcome="put_right").status_code == 422
    assert move(status="closed", outcome="put_right").json()["outcome"] == "put_right"
    assert (state()["status"], state()["outcome"]) == ("closed", "put_right")
    assert state()["plain"] == "It was put right."
    assert move(status="in_review").json()["code"] == "not_from_here"
    assert move(status="in_review", outcome="put_right").json()["code"] == "not_from_here"
    unknown = post(heard, f"{PATH}/look-up", {"code": "acorn bagel canoe daisy"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("about", "reader"),
    [
        ({"organization": SENDER}, BODY),
        ({"organization": SHELTER}, BODY),
        ({"organization": "no-such-agency"}, BODY),
        ({"coalition": True}, BODY),
        ({"organization": BODY}, SECOND),
        ({"organization": ABOVE}, SECOND),
        ({"organization": DEPARTMENT}, SECOND),
        ({"organization": SECOND}, BODY),
        ({"decision_id": str(uuid4()), "organization": BODY}, SECOND),
    ],
)
def test_it_is_heard_by_one_body_that_is_never_the_accused(heard: Loop, about: dict[str, Any], reader: str) -> None:
    """Nor one above the accused, nor a department of it: the second body hears those about the first's house."""
    assert read_by(heard, about) == {reader}


def test_a_decision_is_kept_from_both_its_sides(heard: Loop) -> None:
    """A referral to the body that hears complaints: the second hears what is said of that decision."""
    teeth = [{"type": "dental", "urgency": "later"}]
    sent = heard.sent(to=CLINIC, services=("teeth",), needs=teeth)

    assert read_by(heard, {"decision_id": sent["decision_id"]}) == {SECOND}
    assert read_by(heard, {"decision_id": str(uuid4())}) == {BODY}


def test_what_both_bodies_are_kept_from_is_read_by_who_runs_the_program(
    heard: Loop, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Nobody over HTTP; from a terminal without a body. Filing, looking up and settling there too."""
    monkeypatch.setenv("REFERRAL_ROUTER_ADDRESS_KEY", "b" * 43 + "=")
    monkeypatch.setenv("REFERRAL_ROUTER_GRIEVANCE_BODY", BODY)
    monkeypatch.setenv("REFERRAL_ROUTER_SECOND_GRIEVANCE_BODY", SECOND)

    def run(*arguments: str, typed: str = "") -> Any:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(typed.encode())))
        status = run_command([*arguments, "--database", heard.settings.database])
        printed = capfdbinary.readouterr()
        assert status == 0, printed.err
        return json.loads(printed.out)

    teeth = [{"type": "dental", "urgency": "later"}]
    document = heard.call(
        "POST", "/v1/referrals", LEGAL, referral(CLINIC, ("teeth",), needs=teeth), idempotency_key="from-legal"
    ).json()
    assert read_by_nobody(heard, {"decision_id": document["decision_id"]})
    [grievance] = run("grievance", "list")["items"]
    assert grievance["about"] == {"decision_id": document["decision_id"]}
    assert run("grievance", "settle", grievance["id"], "closed", "--outcome", "passed_on")["status"] == "closed"

    body = tmp_path / "grievance.json"
    body.write_text(json.dumps({"about": {"organization": SENDER}, "codes": ["pressed"]}))
    filed = run("grievance", "file", str(body))
    assert run("grievance", "look-up", typed=filed["code"])["status"] == "filed"
    assert "pressed" in json.dumps(run("grievance", "list", "--as", BODY))


def read_by_nobody(loop: Loop, about: dict[str, Any]) -> bool:
    before = [listed(loop, body) for body in (BODY, SECOND)]
    file(loop, about)
    return [listed(loop, body) for body in (BODY, SECOND)] == before


def test_known_or_not_the_answer_is_the_same(heard: Loop) -> None:
    """Filing about a hidden house, or one that is not here, tells neither; no name of one's own is stored."""
    hidden, absent = (
        post(heard, PATH, {"about": {"organization": slug}, "codes": ["other"]}) for slug in (SHELTER, "canary-here")
    )

    assert {**hidden.json(), "code": ""} == {**absent.json(), "code": ""}
    assert hidden.headers.keys() == absent.headers.keys()
    assert "canary-here" not in everything_stored(heard)


def everything_stored(loop: Loop) -> str:
    with loop.database.unit_of_work(writes=False) as work:
        names = inspect(work.session.get_bind()).get_table_names()
        rows = [
            work.session.execute(select(all_tables().tables[name])).all()
            for name in names
            if name in all_tables().tables
        ]
    return str(rows)


def test_what_is_stored_names_no_filer(heard: Loop) -> None:
    """No code in plain words, no address that it came from, no moment; what counts tries is gone after an hour."""
    code = file(heard, {"organization": SENDER}, "not_safe")

    stored = everything_stored(heard)
    assert code not in stored
    assert "127.0.0.1" not in stored
    assert "testclient" not in stored
    columns = {column.name: column.type for column in all_tables().tables["grievance"].columns}
    assert not any("DATE" in str(kind).upper() for kind in columns.values())
    for _ in range(5):
        post(heard, PATH, {"about": {"coalition": True}, "codes": ["other"]})
    assert post(heard, PATH, {"about": {"coalition": True}, "codes": ["other"]}).status_code == 429


def test_five_an_hour_from_one_address_and_twenty_look_ups(heard: Loop) -> None:
    """Found or not; a look-up counts apart from filing; the answer says how long to wait."""
    body = {"about": {"coalition": True}, "codes": ["other"]}
    filed = [post(heard, PATH, body).status_code for _ in range(6)]
    looked = [post(heard, f"{PATH}/look-up", {"code": "acorn"}) for _ in range(21)]

    assert filed == [201] * 5 + [429]
    assert [response.status_code for response in looked] == [404] * 20 + [429]
    assert 0 < int(looked[-1].headers["retry-after"]) <= 3601
    assert looked[-1].json()["code"] == "too_many_requests"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"about": {}, "codes": ["other"]}, "/about"),
        ({"about": {"coalition": True, "organization": SENDER}, "codes": ["other"]}, "/about"),
        ({"about": {"decision_id": "Canary"}, "codes": ["other"]}, "/about/decision_id"),
        ({"about": {"coalition": True}, "codes": []}, "/codes"),
        ({"about": {"coalition": True}, "codes": ["Canary"]}, "/codes/0"),
        ({"about": {"coalition": True}, "codes": ["other"], "note": "Canary"}, ""),
        ([], ""),
    ],
)
def test_there_is_no_room_for_words_of_ones_own(heard: Loop, body: Any, pointer: str) -> None:
    """Each is refused at its place, and not repeated; what is refused counts as nothing filed."""
    response = post(heard, PATH, body)

    assert response.status_code == 422, response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert "Canary" not in response.text


def test_a_closed_one_is_deleted_in_time(heard: Loop) -> None:
    """With its code; so long the filer sees how it ended."""
    code = file(heard, {"organization": REFUGE}, "turned_away")
    grievance = next(item for item in listed(heard, BODY) if item["codes"] == ["turned_away"])
    body = {"status": "closed", "outcome": "apology"}
    heard.call("PUT", f"{PATH}/{grievance['id']}/status", BODY, body, scopes="grievance", if_match="*")
    assert post(heard, f"{PATH}/look-up", {"code": code}).status_code == 200

    while fire_next(heard.database.unit_of_work(), at=datetime.now(UTC) + timedelta(days=181)):
        pass
    assert post(heard, f"{PATH}/look-up", {"code": code}).status_code == 404


def test_a_scope_is_needed_to_read_and_codes_are_closed_lists(heard: Loop) -> None:
    """401, 403; and each code and outcome has a sentence."""
    assert heard.client.get(PATH).status_code == 401
    assert heard.call("GET", PATH, BODY, scopes="directory:read").json()["code"] == "missing_scope"
    assert all(CODES)
    assert all(OUTCOMES)


# --- a subpoena -------------------------------------------------------------------------------------------------------


def hold(loop: Loop, organization: str, held_id: str | None = None) -> Any:
    query = "" if held_id is None else f"?id={held_id}"
    return loop.call("GET", f"/v1/coalition/legal-hold{query}", organization, scopes="directory:read")


def rows(loop: Loop, organization: str, held_id: str) -> dict[str, int]:
    return {entry["kind"]: entry["rows"] for entry in hold(loop, organization, held_id).json()["held"]}


def test_whom_to_call_at_each_agency(heard: Loop) -> None:
    """Members alone; of a hidden or private house its line, and names where an agreement is in force."""
    assert hold(heard, OUTSIDER).json()["code"] == "members_only"
    by_partner, by_other = (
        {contact["organization"]: contact for contact in hold(heard, organization).json()["contacts"]}
        for organization in (SENDER, REFUGE)
    )

    assert hold(heard, SENDER).json()["held"] is None
    assert OUTSIDER not in by_partner
    assert by_partner[REFUGE]["name"] == "Counsel of refuge"
    assert by_partner[SHELTER]["name"] == "Counsel of house"
    assert by_other[SHELTER] | {"line": None} == {
        "organization": SHELTER, "line": None, "named": False, "name": None, "phone": None, "email": None,
    }  # fmt: skip
    assert by_other[SHELTER]["line"] == "555-0100"


def test_rows_are_counted_for_who_is_party(heard: Loop) -> None:
    """Of a consent and a referral, each side what it may know of; to everybody else it is as what is not here."""
    consent = heard.consent(to=[LEGAL, CLINIC])
    document = heard.send(packet(consent)).json()

    assert rows(heard, SENDER, consent["id"]) == {"consent": 1, "consent_party": 2}
    assert rows(heard, LEGAL, consent["id"]) == {"consent": 1, "consent_party": 1}
    assert rows(heard, CLINIC, consent["id"]) == {}  # no packet was sent to it
    assert rows(heard, SENDER, document["id"]) == {"referral": 1, "referral_move": 1, "referral_consent": 1}
    assert rows(heard, SENDER, document["decision_id"]) == rows(heard, SENDER, document["id"])
    assert rows(heard, LEGAL, document["decision_id"]) == {}  # its sender alone was told
    heard.move(document["id"], LEGAL, "received")
    assert rows(heard, LEGAL, document["id"]) == {"referral": 1, "referral_move": 2, "referral_consent": 1, "event": 1}
    assert rows(heard, SENDER, document["id"])["referral_move"] == 1  # no progress: nothing happened
    unknown = hold(heard, REFUGE, str(uuid4()))
    assert hold(heard, REFUGE, document["id"]).text == unknown.text
    assert hold(heard, REFUGE, "canary").status_code == 422


def test_rows_of_records_proposals_and_grievances(heard: Loop) -> None:
    """A record of the directory, a proposal, and a grievance for the body that hears it."""
    organization = heard.call("GET", f"/v1/organizations/{SENDER}").json()["id"]
    proposal = heard.call("POST", "/v1/vocabulary-proposals", SENDER, {"term": "nook", "means": "food"}).json()["id"]
    file(heard, {"organization": REFUGE}, "conflict_of_interest")
    heard_one = next(item for item in listed(heard, BODY) if item["codes"] == ["conflict_of_interest"])["id"]

    assert rows(heard, LEGAL, organization)["directory"] == 1
    assert rows(heard, LEGAL, proposal) == {"proposal": 1}
    assert rows(heard, BODY, heard_one) == {"grievance": 1}
    assert rows(heard, REFUGE, heard_one) == {}


def test_the_hold_from_a_terminal(heard: Loop, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do first, whom to call, what is held and what not, in eighty columns."""
    monkeypatch.setenv("REFERRAL_ROUTER_ADDRESS_KEY", "b" * 43 + "=")
    sent = heard.sent(to=REFUGE, services=("refuge-food",), needs=[{"type": "food", "urgency": "now"}])

    status = run_command(["legal-hold", sent["id"], "--as", SENDER, "--database", heard.settings.database])

    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert status == 0
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Do not answer a subpoena on the spot")
    assert "- Referrals: 1" in lines
    assert "- Refuge: Counsel of refuge, 555-0199" in lines
