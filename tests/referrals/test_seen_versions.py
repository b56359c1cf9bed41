"""What a caller is told changes only with something that it may see: versions, tags, dates, counts and orders.

Records hidden from a caller are edited, hidden, shown again, and every operation of the OpenAPI description that tells
one of these is watched. The answers are compared whole, and asked for again with the tags from before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from api_builders import serving
from loop_builders import (
    CLINIC,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    agency,
    coalition,
    loop_over,
    loop_settings,
    referral,
    service,
)

from service.app import create_app
from service.directory.bundle import Bundle
from service.directory.events import emit_directory_changed
from service.directory.store.repositories import CoalitionRepository
from service.webhooks.fan_out import place_events

HIDDEN, PLAIN = "quiet-house", REFUGE
SCOPES = "directory:read route consent referral capacity webhook"
WORKER = f"{SCOPES} directory:write"
NOBODY, STRANGER = None, "no-agency"
OUTSIDERS = (NOBODY, STRANGER, OUTSIDER)
DRAWN = re.compile(r"gAAAA[\w=-]+|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PASSED_OVER = {"date", "ratelimit", "x-request-id"}
AT = "2026-12-01T18:00:00Z"
ANY = "*/*"
ACTS = {
    *("/v1/vocabulary-proposals", "/v1/grievances/look-up", "/v1/grievances", "/v1/consents", "/v1/consents/look-up"),
    *("/v1/consents/{id}/withdrawal", "/v1/referrals", "/v1/referrals/look-up", "/v1/sign-in-links", "/fhir"),
    *("/v1/webhook-endpoints", "/v1/webhook-endpoints/{id}/secret-rotation", "/v1/webhook-endpoints/{id}/test"),
    *("/v1/services/{id}/capacity/change", "/v1/services/{id}/capacity/confirmation"),
    *("/v1/record-previews", "/v1/record-changes/{id}/undo", "/v1/coalition/what-ifs"),
}
"""POST operations that answer with what the caller did itself."""
Document = dict[str, Any]
Answers = dict[str, tuple[int, dict[str, str], str]]


def bundle() -> Document:
    """The coalition with a private house, one that is unlisted, and a hotline whose service takes from the latter."""
    place = {
        "id": "secret-place", "location_type": "physical", "latitude": 30.25, "longitude": -97.75,
        "addresses": [{"address_1": "12 Sedge Way", "city": "Austin", "state_province": "TX", "postal_code": "78701",
                       "country": "US", "address_type": "physical"}],
    }  # fmt: skip
    document = coalition(address_private=True)
    rows = {row["id"]: row for row in document["organizations"]}
    rows[SHELTER] |= {"locations": [place], "contacts": [{"title": "intake", "name": "Sam Iver"}]}
    rows[SENDER]["services"][0]["referral"]["accepts_from"] = ["anyone", HIDDEN]
    rows[SENDER]["coalition"]["subpoena_contact"] = {"name": "Avery Quill", "phone": "555-0199"}
    quiet = agency(HIDDEN, [service("quiet-food", "food")], listed="coalition")
    quiet["contacts"] = [{"title": "intake", "name": "Noa Wren"}]
    document["organizations"].append(quiet)
    document["agreements"].append({**document["agreements"][0], "id": "quiet-mou", "between": [HIDDEN, SENDER]})
    return document


@pytest.fixture
def loop(database_url: str, tmp_path: Path) -> Iterator[Loop]:
    with loop_over(loop_settings(database_url, tmp_path), bundle()) as loop:
        place_events(loop.database.unit_of_work())
        yield loop


def ask(loop: Loop, caller: str | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
    if caller is not None:
        return loop.call(method, path, caller, body, scopes=SCOPES, **headers)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return loop.client.request(method, path, json=body, headers=sent)


def posts(caller: str | None) -> Mapping[str, Document]:
    """Return the questions that are posted, by operation."""
    needs = [{"type": "food", "urgency": "today"}, {"type": "emergency_shelter", "urgency": "now"}]
    profile = {"origin": caller or OUTSIDER, "at": AT, "needs": needs, "client": {"age": 30}}
    group = {"origin": caller or OUTSIDER, "at": AT, "clients": [{"key": "a", "count": 2, "needs": needs}]}
    share = {"holder": SENDER, "recipient": SHELTER, "action": "disclose", "data": "identity", "purpose": "referral"}
    lists = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
    return {
        "/v1/referral-paths": profile,
        "/v1/next-calls": profile,
        "/v1/group-referral-paths": group,
        "/v1/policy/decisions": share,
        "/v1/service-searches": {},
        **{f"/hsds/{name}": {} for name in lists},
    }


def tells(description: Document, operation: Document) -> bool:
    """Say whether an operation answers with an entity tag or a version of the directory."""
    responses = [response for status, response in operation["responses"].items() if status.startswith("2")]
    text = json.dumps(responses)
    named = set(re.findall(r"#/components/schemas/(\w+)", text))
    known = json.dumps([description["components"]["schemas"][name] for name in named])
    return '"ETag"' in text or '"directory_version"' in text + known


def watch(loop: Loop, caller: str | None) -> Answers:
    """Return the response of every read operation in every media type, with the headers that contain a version."""
    description = loop.client.get("/openapi.json").json()
    answers: Answers = {}

    def note(method: str, path: str, body: Any = None, media_type: str = ANY) -> Any:
        reply = ask(loop, caller, method, path, body, accept=media_type)
        headers = {name: value for name, value in reply.headers.items() if name not in PASSED_OVER}
        if "decision_id" in reply.text or "gAAAA" in reply.text:
            headers.pop("content-length", None)
        answers[f"{method} {path} {media_type}"] = reply.status_code, headers, DRAWN.sub("*", reply.text)
        return reply

    gets = [path for path, methods in description["paths"].items() if "get" in methods and path != "/metrics"]
    for path in (path for path in gets if "{" not in path):
        answered = description["paths"][path]["get"]["responses"].get("200", {}).get("content", {})
        for media_type in [ANY, *answered]:
            note("GET", path, media_type=media_type)
        if (path.startswith("/hsds/") and "organization" in path) or path == "/hsds/services":
            note("GET", f"{path}?format=ndjson")
            note("GET", f"{path}?full=true")
    for path in (path for path in gets if "{" in path):
        parent, _, rest = path.partition("/{id}")
        listing = ask(loop, caller, "GET", parent)
        found = listing.json() if listing.is_success and "json" in listing.headers["content-type"] else {}
        items = found.get("items") or found.get("contents") or [part["resource"] for part in found.get("entry", ())]
        for item in items if isinstance(items, list) else ():
            note("GET", f"{parent}/{item['id']}{rest}")
    for path, body in posts(caller).items():
        note("POST", path, body)
    for path, methods in description["paths"].items():
        if "post" in methods and tells(description, methods["post"]):
            assert path in posts(caller) or path in ACTS, path
    for page in ("/", "/directory"):
        note("GET", page)
    return answers


def differences(before: Answers, after: Answers) -> list[Any]:
    assert before.keys() == after.keys()
    return [(name, before[name], after[name]) for name in before if before[name] != after[name]]


def version(loop: Loop, caller: str | None) -> int | None:
    """Return the version that a caller is told; None without a token."""
    told: int | None = ask(loop, caller, "GET", "/health/ready").json()["directory_version"]
    return told


def put(loop: Loop, owner: str, path: str, change: Callable[[Document], object]) -> None:
    """Change a record as its owner, by its tag."""
    stored = loop.call("GET", path, owner, scopes=WORKER)
    record = stored.json()
    change(record)
    reply = loop.call("PUT", path, owner, record, scopes=WORKER, if_match=stored.headers["etag"])
    assert reply.status_code == 200, reply.text
    place_events(loop.database.unit_of_work())
    loop.refresh()


def load(loop: Loop, *records: Document) -> None:
    """Put organizations as the operator of the program does, with the coalition as it is."""
    document = {**bundle(), "organizations": list(records), "agreements": []}
    with loop.database.unit_of_work() as work:
        CoalitionRepository(work).load(Bundle.model_validate(document), replace=False)
        emit_directory_changed(work)
        work.commit()
    place_events(loop.database.unit_of_work())
    loop.refresh()


def organization(slug: str, change: Callable[[Document], object]) -> Callable[[Loop], None]:
    return lambda loop: put(loop, slug, f"/v1/organizations/{slug}", change)


def count_beds(loop: Loop) -> None:
    path, counted = "/v1/services/beds/capacity", {"unit": "bed", "available": 4, "maximum": 8}
    assert loop.call("PUT", path, SHELTER, counted, scopes="capacity").is_success
    loop.refresh()


def move(house: Document) -> None:
    house["locations"][0]["addresses"][0]["address_1"] = "77 Heron Row"


PRIVATE: Mapping[str, Callable[[Loop], None]] = {
    "a private address": organization(SHELTER, move),
    "whom a house authorized": organization(SHELTER, lambda row: row["coalition"].update(operator_authorised=[CLINIC])),
    "a contact of a private house": organization(SHELTER, lambda row: row["contacts"][0].update(name="Kit Lowe")),
    "a contact of an unlisted house": organization(HIDDEN, lambda row: row["contacts"][0].update(name="Bo Marsh")),
    "a hidden count": count_beds,
}
"""Edits that neither outsiders nor members without more see."""
FOR_MEMBERS: Mapping[str, Callable[[Loop], None]] = {
    "an unlisted house": organization(HIDDEN, lambda row: row.update(description="Beds for families.")),
    "a service of it": organization(HIDDEN, lambda row: row["services"].append(service_of("quiet-house--beds"))),
    "its services' own record": lambda loop: put(
        loop, HIDDEN, "/v1/services/quiet-food", lambda row: row.update(name="Warm Meals")
    ),
    "an agreement with it": lambda loop: put(
        loop, SENDER, "/v1/agreements/quiet-mou", lambda row: row.update(offers={SENDER: "rides"})
    ),
    "its privacy": organization(HIDDEN, lambda row: row["coalition"].update(address_private=True)),
    "who takes from it": lambda loop: put(
        loop, SENDER, "/v1/services/hotline-line", lambda row: row["referral"].update(accepts_from=["anyone"])
    ),
    "a members' field of a listed agency": organization(
        SENDER, lambda row: row["coalition"]["subpoena_contact"].update(name="Rowan Pike")
    ),
    "another unlisted house": lambda loop: load(
        loop, agency("aa-house", [service("aa-food", "food")], listed="coalition")
    ),
}
"""Edits that members see, and outsiders do not."""


def service_of(slug: str) -> Document:
    record = service(slug, "emergency_shelter")
    return {**{name: value for name, value in record.items() if name != "id"}, "slug": slug}


def still_at_hand(loop: Loop, caller: str | None, answers: Answers) -> None:
    """Assert that whoever asks with a tag from before is told that nothing changed."""
    for name, (status, headers, _) in answers.items():
        method, path, media_type = name.split(" ")
        if method == "GET" and status == 200 and "etag" in headers:
            reply = ask(loop, caller, "GET", path, if_none_match=headers["etag"], accept=media_type)
            assert reply.status_code == 304, (caller, name)


def test_a_hidden_edit_changes_nothing_that_its_strangers_are_told(loop: Loop) -> None:
    """Edit by edit no version rises, and in the end no answer is another, to a byte; and old tags are good."""
    everybody = (*OUTSIDERS, PLAIN)
    answers = {caller: watch(loop, caller) for caller in everybody}
    assert min(map(len, answers.values())) > 50
    versions = {caller: version(loop, caller) for caller in everybody}
    own = version(loop, SHELTER)
    for name, edit in PRIVATE.items():
        edit(loop)
        assert {caller: version(loop, caller) for caller in everybody} == versions, name
    assert version(loop, SHELTER) != own
    for caller in everybody:
        assert differences(answers[caller], watch(loop, caller)) == [], caller
        still_at_hand(loop, caller, answers[caller])

    for name, edit in FOR_MEMBERS.items():
        before = version(loop, PLAIN)
        edit(loop)
        assert {caller: version(loop, caller) for caller in OUTSIDERS} == {
            caller: versions[caller] for caller in OUTSIDERS
        }, name
        assert version(loop, PLAIN) == (before or 0) + 1, name
    for caller in OUTSIDERS:
        assert differences(answers[caller], watch(loop, caller)) == [], caller
        still_at_hand(loop, caller, answers[caller])


def test_nobody_is_told_who_speaks_for_an_unlisted_or_private_house(loop: Loop) -> None:
    """Over no operation, HSDS and FHIR included, but to itself and to parties of its agreements."""
    for caller in (*OUTSIDERS, PLAIN):
        naming = [name for name, (_, _, text) in watch(loop, caller).items() if re.search("Sam Iver|Noa Wren", text)]
        assert naming == [], caller
    assert "Sam Iver" in loop.call("GET", f"/v1/organizations/{SHELTER}", SENDER).text


def test_a_house_that_hides_is_gone_from_then_on_and_its_edits_with_it(loop: Loop) -> None:
    """To outsiders it is two changes, that it went and that it came, however often it was edited in between."""
    [clinic] = [row for row in bundle()["organizations"] if row["id"] == CLINIC]
    first = version(loop, OUTSIDER)
    organization(CLINIC, lambda row: row["coalition"].update(listed="coalition"))(loop)
    hidden = {caller: watch(loop, caller) for caller in OUTSIDERS}
    for text in ("One.", "Two.", "Three."):
        organization(CLINIC, lambda row, text=text: row.update(description=text))(loop)  # type: ignore[misc]
    put(loop, SENDER, "/v1/agreements/mou", lambda row: row.update(offers={SENDER: "rides"}))
    for caller in OUTSIDERS:
        assert differences(hidden[caller], watch(loop, caller)) == [], caller
        still_at_hand(loop, caller, hidden[caller])
    load(loop, clinic)

    assert version(loop, OUTSIDER) == (first or 0) + 2
    assert ask(loop, OUTSIDER, "GET", f"/v1/organizations/{CLINIC}").status_code == 200


def test_every_process_tells_a_caller_the_same_version_and_a_referral_too(loop: Loop) -> None:
    """A process that starts later, and reads the directory whole, says what one says that took over each change."""
    for edit in (*PRIVATE.values(), *FOR_MEMBERS.values()):
        edit(loop)
    callers = (*OUTSIDERS, PLAIN, SENDER, SHELTER, HIDDEN)
    told = {caller: version(loop, caller) for caller in callers}
    with ExitStack() as stack:
        client = stack.enter_context(serving(create_app(loop.settings)))
        later = Loop(loop.settings, client, loop.database)
        assert {caller: version(later, caller) for caller in callers} == told
    body = referral("legal", ("papers",), "packet", needs=[{"type": "legal_civil", "urgency": "today"}])
    sent = loop.send(
        {
            **body,
            "step": {**body["step"], "to": SENDER, "services": ["hotline-line"], "mode": "warm"},
            "profile": {**body["profile"], "needs": [{"type": "crisis_hotline", "urgency": "now"}]},
        },
        OUTSIDER,
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["directory_version"] == told[OUTSIDER]


def test_changing_membership_never_repeats_a_version(loop: Loop) -> None:
    """Each change of membership changes the directory that the party sees, so it needs a new version each time."""
    [party] = [row for row in bundle()["organizations"] if row["id"] == OUTSIDER]
    told = [version(loop, OUTSIDER) or 0]
    for name in ("an unlisted house", "a service of it", "its privacy"):  # members have seen more than everybody
        FOR_MEMBERS[name](loop)

    for membership in ("active", "none", "active", "none"):
        load(loop, {**party, "coalition": {**party["coalition"], "membership": membership}})
        told.append(version(loop, OUTSIDER) or 0)
        organization(CLINIC, lambda row, said=str(told): row.update(description=said))(loop)  # type: ignore[misc]
        told.append(version(loop, OUTSIDER) or 0)

    assert told == sorted(set(told))


def test_a_removed_member_never_sees_a_version_again(loop: Loop) -> None:
    """Its token then sees only what is public."""
    for name in ("an unlisted house", "a service of it", "its privacy"):
        FOR_MEMBERS[name](loop)
    before = version(loop, PLAIN) or 0

    path = f"/v1/organizations/{PLAIN}"
    tag = loop.call("GET", path, PLAIN, scopes=WORKER).headers["etag"]
    gone = loop.call("DELETE", path, SENDER, scopes=f"{WORKER} directory:admin", if_match=tag)
    loop.refresh()

    assert gone.status_code == 204, gone.text
    assert (version(loop, PLAIN) or 0) > before
