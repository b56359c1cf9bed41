"""A referral over FHIR: sent by a transaction, moved by its Task, read by each side, and the same as over `/v1`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx
import pytest
from fhir.fhir_builders import DENTAL, FhirCaller, coded, codes_of, dental, paths_refused, transaction
from fhir.official import faults
from loop_builders import CLINIC, LEGAL, OUTSIDER, REFUGE, SENDER, SHELTER, Loop, packet, referral
from sqlalchemy import update

from service.database.table_base import table_of
from service.directory.standard.identity import id_of
from service.fhir.elements import MASKED
from service.referrals.store.tables import Referral
from service.web.preferences import version_of


def content_of(response: httpx.Response) -> tuple[bytes, str]:
    """What an answer tells, and its version."""
    return response.content, response.headers["etag"]


def test_a_transaction_makes_the_referral_that_v1_shows(loop: Loop) -> None:
    """Task and ServiceRequest have the referral's id; each side reads it; nobody else sees it."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)

    response = sender.send()

    assert (response.status_code, response.json()["type"]) == (200, "transaction-response")
    request, task = (entry["resource"] for entry in response.json()["entry"])
    view = loop.view(task["id"], SENDER)
    assert request["id"] == task["id"] == view.json()["id"]
    assert task["identifier"] == [{"system": "urn:referral-router:referral-code", "value": view.json()["code"]}]
    assert (request["subject"], task["for"]) == (MASKED, MASKED)
    assert task["focus"] == {"reference": f"ServiceRequest/{task['id']}"}
    assert request["performer"] == [{"reference": f"HealthcareService/{id_of('service', 'teeth')}"}]
    assert (request["code"], request["priority"]) == (coded("service-type", "dental"), "routine")
    assert sender.get(f"/Task/{task['id']}").json() == task
    assert sender.get(f"/Task/{task['id']}").headers["etag"] == f"W/{version_of(view.headers['etag'])}"
    received = clinic.get(f"/Task/{task['id']}").json()
    assert "identifier" not in received
    assert clinic.get(f"/ServiceRequest/{task['id']}").json()["requester"] == task["requester"]
    for other in (OUTSIDER, LEGAL):
        hidden, absent = (FhirCaller(loop, other).get(f"/Task/{task_id}") for task_id in (task["id"], "nothing"))
        assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content) == (404, absent.content)


def test_the_example_of_the_description_is_read(loop: Loop) -> None:
    """It is a transaction as HL7 defines one, and is refused for its agency alone; the base may end in a slash."""
    example = json.loads(files("service.fhir").joinpath("example.json").read_text(encoding="utf-8"))

    for path in ("", "/"):
        response = FhirCaller(loop).call("POST", path, example, idempotency_key="example")
        places = {"Bundle.entry[0].resource.performer[0]", "Bundle.entry[1].resource.owner"}
        assert set(paths_refused(response)) == places
    assert faults(example) == []


def test_one_key_makes_one_referral(loop: Loop) -> None:
    """The same key gives the referral again, under other addresses too; another referral is refused."""
    sender, first = FhirCaller(loop), dental()

    sent, again, other = (
        sender.send(first, "once"),
        sender.send(dental(), "once"),
        sender.send(dental(progress=True), "once"),
    )

    assert sent.json()["entry"][1]["resource"]["id"] == again.json()["entry"][1]["resource"]["id"]
    assert ("idempotency-replayed" in sent.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert (other.status_code, codes_of(other)) == (422, {"idempotency_key_reused"})
    missing = sender.call("POST", "", dental())
    assert (missing.status_code, codes_of(missing)) == (422, {"idempotency_key_required"})


def test_the_same_decision_refuses(loop: Loop) -> None:
    """What `/v1` would not send is not sent: the same status, the same reasons, and nothing is stored."""
    before = loop.call("GET", "/v1/referrals?box=out").json()["total"]
    for body in (packet(), referral(CLINIC, ("teeth",)), referral(CLINIC, ("beds",), needs=DENTAL)):
        by_v1, by_fhir = loop.send(body), FhirCaller(loop).send(transaction(body))
        assert by_fhir.status_code == by_v1.status_code >= 400
        codes = {issue.get("diagnostics") for issue in by_fhir.json()["issue"]}
        assert {reason["code"] for reason in by_v1.json().get("reasons", ())} <= codes
    assert loop.call("GET", "/v1/referrals?box=out").json()["total"] == before


def test_a_fault_of_the_profile_is_told_at_its_place(loop: Loop) -> None:
    """The path leads to the text that holds the profile, and `diagnostics` into it; a value is never repeated."""
    bundle = transaction({**referral(CLINIC, ("teeth",), needs=[{"type": "Canary", "urgency": "later"}])})

    response = FhirCaller(loop).send(bundle)

    [issue] = response.json()["issue"]
    assert response.status_code == 422
    assert issue["expression"] == ["Bundle.entry[0].resource.extension[0].extension[0].valueString"]
    assert issue["diagnostics"] == "/needs/0/type"
    assert "Canary" not in response.text


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        (("entry", 0, "resource", "subject"), {"reference": "Patient/1"}, "Bundle.entry[0].resource.subject.reference"),
        (("entry", 0, "resource", "subject"), {}, "Bundle.entry[0].resource.subject"),
        (("entry", 1, "resource", "for"), {"display": "Canary"}, "Bundle.entry[1].resource.for.display"),
        (("entry", 1, "resource", "owner"), {"reference": "Patient/1"}, "Bundle.entry[1].resource.owner"),
        (("entry", 0, "resource", "priority"), "stat", "Bundle.entry[0].resource.priority"),
        (("entry", 0, "resource", "code"), coded("service-type", "food"), "Bundle.entry[0].resource.code"),
        (("entry", 1, "resource", "authoredOn"), "2010-05-03", "Bundle.entry[1].resource.authoredOn"),
        (("entry", 0, "fullUrl"), "urn:uuid:Canary", "Bundle.entry[0].fullUrl"),
        (("entry", 1, "request"), {"method": "PUT", "url": "Task"}, "Bundle.entry[1].request"),
        (("entry", 0, "resource", "performer"), [], "Bundle.entry[0].resource.performer[0]"),
        (("entry", 0, "resource", "extension"), [{"url": "http://example.org"}], "Bundle.entry[0].resource.extension"),
        (("entry", 1, "resource", "status"), {"Canary": 1}, "Bundle.entry[1].resource.status"),
        (("type",), "batch", "Bundle.type"),
    ],
)
def test_what_is_not_as_agreed_is_refused_at_its_path(
    loop: Loop, place: tuple[Any, ...], value: Any, path: str
) -> None:
    """Another client than the masked one, another party, another need than the profile's, another day."""
    bundle = holder = dental()
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = value

    response = FhirCaller(loop).send(bundle)

    assert (response.status_code, path in paths_refused(response)) == (422, True), response.text
    assert "Canary" not in response.text


def test_two_entries_with_one_full_url_are_refused(loop: Loop) -> None:
    """A reference to it could mean either entry; the second one is named, by its path and not by its value."""
    bundle = dental()
    bundle["entry"][1]["fullUrl"] = bundle["entry"][0]["fullUrl"]

    response = FhirCaller(loop).send(bundle)

    assert (response.status_code, paths_refused(response)) == (422, ["Bundle.entry[1].fullUrl"])
    assert "urn:uuid:" not in response.text


def test_what_agrees_is_taken(loop: Loop) -> None:
    """A sender may say again what the profile says, who it is, and that it is now."""
    bundle = dental()
    request, task = (entry["resource"] for entry in bundle["entry"])
    asking = {"reference": f"Organization/{id_of('organization', SENDER)}"}
    request |= {"code": coded("service-type", "dental"), "priority": "routine", "requester": asking}
    task |= {"authoredOn": datetime.now(UTC).isoformat(timespec="seconds"), "requester": asking}
    bundle["entry"].reverse()

    assert FhirCaller(loop).send(bundle).status_code == 200

    task["requester"] = request["requester"] = {"reference": f"Organization/{id_of('organization', LEGAL)}"}
    other = FhirCaller(loop).send(bundle)
    assert (other.status_code, codes_of(other)) == (403, {"other_origin"})
    task["requester"] = asking
    response = FhirCaller(loop).send(bundle)
    assert (response.status_code, paths_refused(response)) == (422, ["Bundle.entry[0].resource.requester"])


def test_a_task_moves_its_referral(loop: Loop) -> None:
    """Read, changed and sent back; the sender sees it, and what came of it stands in the output."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    task = sender.sent(dental(progress=True))

    for status in ("received", "accepted"):
        assert clinic.move(task["id"], status).json()["status"] == status
        assert sender.get(f"/Task/{task['id']}").json()["status"] == status
    nothing = clinic.move(task["id"], "completed")
    assert (nothing.status_code, paths_refused(nothing)) == (422, ["Task.output"])
    done = {"type": coded("outcome", "outcome"), "valueCodeableConcept": coded("outcome", "served")}
    assert clinic.move(task["id"], "completed", output=[done]).json()["status"] == "completed"

    document = sender.get(f"/Task/{task['id']}").json()
    assert (document["status"], document["output"]) == ("completed", [done])
    assert loop.view(task["id"], SENDER).json()["outcome"] == "served"
    assert sender.get(f"/ServiceRequest/{task['id']}").json()["status"] == "completed"


def test_a_task_on_hold_sent_back_as_it_was_keeps_the_month_that_is_expected(loop: Loop) -> None:
    """FHIR has no word for the month, so it takes none away: the same status again changes nothing."""
    clinic = FhirCaller(loop, CLINIC)
    task = FhirCaller(loop).sent(dental(progress=True))
    month = f"{datetime.now(UTC).year + 1}-02"
    waits = loop.move(task["id"], CLINIC, "waitlisted", expected=month)

    again = clinic.move(task["id"], "on-hold")

    assert (again.status_code, again.json()["status"]) == (200, "on-hold")
    assert loop.view(task["id"], CLINIC).content == waits.content


def test_moves_are_refused_in_the_order_of_v1(loop: Loop) -> None:
    """404, 403, 428, 412, 409, 422: what a caller may not do is said before what is wrong with the body."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    task = sender.sent(dental(progress=True))
    path, bad = f"/Task/{task['id']}", {**task, "note": [{"text": "Canary"}]}

    assert FhirCaller(loop, OUTSIDER).call("PUT", path, bad).status_code == 404
    assert sender.call("PUT", path, {**bad, "status": "accepted"}).status_code == 403
    assert clinic.call("PUT", path, {**bad, "status": "accepted"}).status_code == 428
    assert clinic.call("PUT", path, {**bad, "status": "accepted"}, if_match='W/"1"').status_code == 412
    tag = clinic.get(path).headers["etag"]
    assert clinic.call("PUT", path, {**bad, "status": "completed"}, if_match=tag).status_code == 409
    refused = clinic.call("PUT", path, {**bad, "status": "accepted"}, if_match=tag)
    assert (refused.status_code, "Task.note" in paths_refused(refused)) == (422, True)
    assert "Canary" not in refused.text
    assert clinic.get(path).json()["status"] == "requested"
    assert (
        clinic.call(
            "PUT", path, {"resourceType": "Task", "status": "received", "intent": "order"}, if_match=tag
        ).json()["status"]
        == "received"
    )


@pytest.mark.parametrize(
    ("status", "reason", "own_reason"),
    [("rejected", "full", "full"), ("rejected", "unsafe", "other"), ("rejected", None, "")],
)
def test_a_decline_needs_its_reason_and_shows_the_sender_its_part(
    loop: Loop, status: str, reason: str | None, own_reason: str
) -> None:
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    task = sender.sent(dental(progress=True))

    moved = clinic.move(task["id"], status, **({"statusReason": coded("reason", reason)} if reason else {}))

    if reason is None:
        assert (moved.status_code, paths_refused(moved)) == (422, ["Task.statusReason"])
        return
    assert moved.json()["statusReason"] == coded("reason", reason)
    document = sender.get(f"/Task/{task['id']}").json()
    assert (document["status"], document["statusReason"]) == ("rejected", coded("reason", own_reason))


def test_a_sender_takes_a_referral_back(loop: Loop) -> None:
    sender = FhirCaller(loop)
    task = sender.sent()

    moved = sender.move(task["id"], "cancelled", statusReason=coded("reason", "recalled"))

    assert (moved.status_code, moved.json()["status"]) == (200, "cancelled")
    assert sender.get(f"/ServiceRequest/{task['id']}").json()["status"] == "revoked"
    assert FhirCaller(loop, CLINIC).get(f"/Task/{task['id']}").json()["status"] == "cancelled"


def test_a_search_finds_own_tasks_by_status_and_id(loop: Loop) -> None:
    """Lists hold no code; what is another's is not counted; a status that no referral has finds nothing."""
    sender = FhirCaller(loop)
    task = sender.sent()
    sender.move(task["id"], "cancelled", statusReason=coded("reason", "mistake"))
    open_one = sender.sent()

    document = sender.get("/Task?status=cancelled&_count=200").json()
    ids = {entry["resource"]["id"] for entry in document["entry"]}

    assert (task["id"] in ids, open_one["id"] in ids) == (True, False)
    assert not any("identifier" in entry["resource"] for entry in document["entry"])
    page = sender.get(f"/Task?_id={task['id']},{open_one['id']},nothing").json()
    assert (page["total"], len(page["entry"])) == (2, 2)
    assert not any("identifier" in entry["resource"] for entry in page["entry"])
    assert FhirCaller(loop, OUTSIDER).get(f"/Task?_id={task['id']}").json()["total"] == 0
    assert FhirCaller(loop, OUTSIDER).get("/Task").json()["total"] == 0
    assert sender.get("/Task?status=draft").json()["total"] == 0
    pages = sender.get("/Task?_count=1").json()
    assert pages["total"] >= 2
    following = next(link["url"] for link in pages["link"] if link["relation"] == "next")
    second = loop.client.get(following, headers={"Authorization": f"Bearer {loop.token(SENDER)}"}).json()
    assert second["entry"][0]["resource"]["id"] > pages["entry"][0]["resource"]["id"]


def test_a_consent_is_read_by_its_parties_alone(loop: Loop) -> None:
    """Its `from` reads the whole, a `to` its own part once a packet came, others nothing."""
    consent = loop.consent(to=[LEGAL, SHELTER])
    mine = FhirCaller(loop).get(f"/Consent/{consent['id']}").json()
    assert (mine["status"], mine["patient"], len(mine["provision"]["actor"])) == ("active", MASKED, 2)
    assert FhirCaller(loop, LEGAL).get(f"/Consent/{consent['id']}").status_code == 404

    task = FhirCaller(loop).sent(transaction(packet(consent)))

    theirs = FhirCaller(loop, LEGAL).get(f"/Consent/{consent['id']}").json()
    assert [actor["reference"]["reference"] for actor in theirs["provision"]["actor"]] == [
        f"Organization/{id_of('organization', LEGAL)}"
    ]
    assert "organization" not in theirs
    document = FhirCaller(loop, LEGAL).get(f"/ServiceRequest/{task['id']}").json()
    assert document["supportingInfo"] == [{"reference": f"Consent/{consent['id']}"}]
    assert consent["id"] in FhirCaller(loop).get(f"/Consent?_id={consent['id']}").text
    assert loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal").status_code == 200
    assert FhirCaller(loop).get(f"/Consent/{consent['id']}").json()["status"] == "inactive"


def test_a_hidden_course_shows_in_no_resource(loop: Loop) -> None:
    """Without progress the sender's Task, its version, its page and its refusals stay as they were, until it ends."""
    sender, refuge = FhirCaller(loop), FhirCaller(loop, REFUGE)
    food = [{"type": "food", "urgency": "later"}]
    task, twin = (sender.sent(transaction(referral(REFUGE, ("refuge-food",), needs=food, progress=True))) for _ in "ab")
    before = [sender.get(f"/{item}/{task['id']}") for item in ("Task", "ServiceRequest")]
    page = sender.get(f"/Task?_id={task['id']}").content

    for status, more in (
        ("received", {}),
        ("accepted", {}),
        (
            "completed",
            {"output": [{"type": coded("outcome", "outcome"), "valueCodeableConcept": coded("outcome", "no_contact")}]},
        ),
    ):
        assert refuge.move(task["id"], status, **more).status_code == 200
        after = [sender.get(f"/{item}/{task['id']}") for item in ("Task", "ServiceRequest")]
        assert [(item.content, item.headers["etag"]) for item in after] == [
            (item.content, item.headers["etag"]) for item in before
        ]
        assert sender.get(f"/Task?_id={task['id']}").content == page
        assert sender.get(f"/Task?status=requested&_id={task['id']}").json()["total"] == 1
        assert sender.get(f"/Task?status={status}&_id={task['id']}").json()["total"] == 0
    referrals = table_of(Referral)
    past = datetime.now(UTC) - timedelta(minutes=1)
    with loop.database.unit_of_work() as work:
        work.session.execute(update(referrals).where(referrals.c.id == twin["id"]).values(expires_at=past))
        work.commit()
    over = sender.get(f"/Task/{twin['id']}").json()
    assert (over["status"], over["businessStatus"]) == ("cancelled", coded("status", "closed"))
    assert sender.get(f"/Task?status=cancelled&_id={twin['id']}").json()["total"] == 1
    cancelled = sender.move(task["id"], "cancelled", statusReason=coded("reason", "recalled"))
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
