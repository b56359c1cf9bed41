"""A caller acting for another organization sees what both may see; an origin hidden from it is as an absent one.

Every operation that takes the name of an organization is in a table here, held against the OpenAPI description: a new
one must say whether its caller acts for the organization that it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fhir.fhir_builders import transaction
from loop_builders import (
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    agency,
    coalition,
    consent_terms,
    content_of,
    loop_over,
    loop_settings,
    referral,
    service,
)

from service.directory.standard.identity import id_of

HIDDEN, ABSENT = "quiet-house", "no-such-house"
SCOPES = "route route:any directory:read directory:write consent consent:any referral capacity"
NAME = re.compile(r"\[a-z0-9-\](\+|\{1,100\})")
"""The pattern by which the description tells a slug: of an organization, a service, an area or a form."""
RECORD = re.compile(r"PUT /v1/(organizations|services|agreements|release-forms|vocabulary)/\{id\}")
"""A record is written for nobody else: its writer's own sight decides which names it may hold."""
FAMILY = {"age": 30, "languages": ["en"], "with": [{"age": 5}, {"age": 7}]}
NEEDS = [{"type": "emergency_shelter", "urgency": "now"}, {"type": "food", "urgency": "today"}]
Body = dict[str, Any]


def profile(origin: str) -> Body:
    return {
        "origin": origin,
        "client": FAMILY,
        "needs": NEEDS,
        "facts": {"client_present": True, "process": "subpoena"},
    }


def group(origin: str) -> Body:
    person = {"client": FAMILY, "needs": NEEDS}
    return {"origin": origin, "clients": [{"key": "a", "count": 2, **person}]}


def share(holder: str) -> Body:
    return {"holder": holder, "recipient": SHELTER, "action": "disclose", "data": "identity", "purpose": "referral"}


def consent(holder: str) -> Body:
    return consent_terms(**{"from": holder})


def sent(origin: str) -> Body:
    body = referral()
    return {**body, "profile": {**body["profile"], "origin": origin}}


ACTS_FOR: dict[str, tuple[str, Callable[[str], Body]]] = {
    "POST /v1/referral-paths": ("/origin", profile),
    "POST /v1/next-calls": ("/origin", profile),
    "POST /v1/group-referral-paths": ("/origin", group),
    "POST /v1/policy/decisions": ("/holder", share),
    "POST /v1/consents": ("/from", consent),
    "POST /v1/referrals": ("/profile/origin", sent),
    "POST /fhir": ("", lambda origin: transaction(sent(origin))),
}
"""Operations whose caller may act for another: the field that names it, and a body that does."""
NAMES = {
    *("/avoid[]", "/client/area", "/needs[]/as_said_by", "/consents[]/form", "/consents[]/from", "/consents[]/to[]"),
    *("/recipient", "/agreement", "/form", "/to[]", "/step/to", "/step/services[]", "/taken[]/service", "/area"),
    *("/organization", "/about/organization", "/advocate"),
    *("?parent", "?organization", "?party", "?area", "?code", "?sector"),
}
"""Fields and parameters that name something asked about, and lend nobody's sight."""


def bundle(**house: Any) -> Body:
    """The coalition, its house private with counts and a subpoena contact, and one more house that is unlisted."""
    document = coalition(address_private=True, companions=True, **house)
    [hotline] = [row for row in document["organizations"] if row["id"] == SENDER]
    hotline["coalition"]["subpoena_contact"] = {"name": "Avery Quill", "phone": "555-0199"}
    quiet = agency(
        HIDDEN, [service("quiet-food", "food"), service("quiet-beds", "emergency_shelter")], listed="coalition"
    )
    document["organizations"].append(quiet)
    return document


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loop, Loop]]:
    """The coalition served twice: with two free beds in the house, and with seven."""
    folders = [tmp_path_factory.mktemp("acting") for _ in range(2)]
    settings = [loop_settings(f"sqlite:///{folder / 'router.db'}", folder) for folder in folders]
    with loop_over(settings[0], bundle(beds=2)) as few, loop_over(settings[1], bundle(beds=7)) as many:
        yield few, many


def fields_of(description: Body, schema: Body, path: str = "", within: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the path of each slug in a body."""
    if (name := schema.get("$ref", "").rpartition("/")[2]) and name not in within:
        yield from fields_of(description, description["components"]["schemas"][name], path, within | {name})
    for part in (part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, ())):
        yield from fields_of(description, part, path, within)
    if "items" in schema:
        yield from fields_of(description, schema["items"], f"{path}[]", within)
    for name, part in schema.get("properties", {}).items():
        yield from fields_of(description, part, f"{path}/{name}", within)
    if NAME.search(schema.get("pattern", "")):
        yield path


def test_every_operation_says_whether_its_caller_acts_for_the_organization_it_names(loops: tuple[Loop, Loop]) -> None:
    """By the description: slugs in bodies and queries are in one of the tables, and no other scope ends in `:any`."""
    description = loops[0].client.get("/openapi.json").json()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            content = operation.get("requestBody", {}).get("content", {}).values()
            fields = {field for media in content for field in fields_of(description, media["schema"])}
            queries = [entry for entry in operation.get("parameters", ()) if entry.get("in") == "query"]
            fields |= {f"?{entry['name']}" for entry in queries for _ in fields_of(description, entry["schema"])}
            named = {
                re.sub(r"^/(profile|clients\[\])(?=/(client|needs|consents|avoid)\b)", "", field) for field in fields
            }
            if RECORD.fullmatch(name):
                continue
            acted_for = {ACTS_FOR[name][0]} - {""} if name in ACTS_FOR else set()
            assert named - NAMES == acted_for, name
            if path.startswith("/fhir") and method == "post":
                assert name in ACTS_FOR
    assert set(re.findall(r"\w+:any", json.dumps(description))) == {"route:any", "consent:any"}


@pytest.mark.parametrize("operation", ACTS_FOR)
@pytest.mark.parametrize("caller", [OUTSIDER, "no-agency"])
def test_an_origin_hidden_from_the_caller_is_answered_as_an_absent_one(
    loops: tuple[Loop, Loop], operation: str, caller: str
) -> None:
    """By slug and by id, with every scope there is for it: the same status, headers and words."""
    method, path = operation.split()
    build = ACTS_FOR[operation][1]

    def answer(name: str, key: str) -> Any:
        return content_of(loops[0].call(method, path, caller, build(name), scopes=SCOPES, idempotency_key=key))

    assert answer(HIDDEN, "one-key-for-it") == answer(ABSENT, "another-key-for-it")
    ids = [id_of("organization", name) for name in (HIDDEN, ABSENT)]
    assert answer(ids[0], "a-third-key-for") == answer(ids[1], "a-fourth-key-for")
    seen = loops[0].call(method, path, caller, build(SENDER), scopes=SCOPES, idempotency_key="a-fifth-key-for-it")
    assert seen.status_code in (200, 201, 403), seen.text


@pytest.mark.parametrize("path", ["/v1/referral-paths", "/v1/next-calls", "/v1/group-referral-paths"])
def test_a_member_as_origin_lends_an_outsider_nothing(loops: tuple[Loop, Loop], path: str) -> None:
    """No unlisted agency, no contact of the member's people, and nothing that depends on a hidden count of beds."""
    build = ACTS_FOR[f"POST {path}"][1]
    own = [loop.call("POST", path, SENDER, build(SENDER)) for loop in loops]
    lent = [loop.call("POST", path, OUTSIDER, build(SENDER), scopes="route route:any") for loop in loops]

    assert {reply.status_code for reply in (*own, *lent)} == {200}, lent[0].text
    assert "quiet" in own[0].text.lower()
    assert not re.search(r"quiet|Quiet|Quill", lent[0].text)
    assert content_of(own[0]) != content_of(own[1])  # by which the member sees that three find room, or do not
    assert content_of(lent[0]) == content_of(lent[1])


def test_a_member_that_acts_for_another_member_gets_its_answer(loops: tuple[Loop, Loop]) -> None:
    """Both see all of it but counts, which are seen by parties of the house's agreements alone."""
    body = profile(LEGAL)
    own, lent = (
        loops[0].call("POST", "/v1/referral-paths", LEGAL, body),
        loops[0].call("POST", "/v1/referral-paths", SENDER, body, scopes="route route:any"),
    )
    assert own.json()["paths"] == lent.json()["paths"]
    without = [loop.call("POST", "/v1/referral-paths", REFUGE, body, scopes="route route:any") for loop in loops]
    assert content_of(without[0]) == content_of(without[1])


def test_a_consent_proposed_for_an_outsider_names_nobody_hidden_from_it(loops: tuple[Loop, Loop]) -> None:
    """Its `from` would read the name in its own list of consents: an unlisted `to` is refused as an absent one."""
    replies = [
        loops[0].call("POST", "/v1/consents", SENDER, consent_terms(**{"from": OUTSIDER, "to": [to]}))
        for to in (HIDDEN, ABSENT)
    ]
    assert content_of(replies[0]) == content_of(replies[1])
    assert replies[0].status_code == 422


@pytest.mark.parametrize("step", ["to", "services"])
def test_a_referral_to_a_house_hidden_from_the_caller_is_refused_as_to_an_absent_one(
    loops: tuple[Loop, Loop], step: str
) -> None:
    """By slug and by id of the house, or by its service at an agency that all see; for itself or for a member."""

    def refuse(key: str, caller: str, origin: str, *names: str) -> list[Any]:
        replies = []
        for number, name in enumerate(names):
            body = sent(origin)
            body["step"][step] = name if step == "to" else [name]
            replies.append(
                loops[0].call("POST", "/v1/referrals", caller, body, scopes=SCOPES, idempotency_key=f"{key}-{number}")
            )
        return [content_of(reply) for reply in replies]

    kind, of_hidden = ("organization", HIDDEN) if step == "to" else ("service", "quiet-beds")
    for caller, origin in ((OUTSIDER, OUTSIDER), (OUTSIDER, SENDER)):
        by_slug = refuse(f"slug-{step}-{origin}-long-enough", caller, origin, of_hidden, ABSENT)
        by_id = refuse(f"id-{step}-{origin}-long-enough", caller, origin, id_of(kind, of_hidden), id_of(kind, ABSENT))
        assert by_slug[0] == by_slug[1]
        assert by_id[0] == by_id[1]
        assert (origin, by_slug[0][0]) in {(OUTSIDER, 422), (SENDER, 403)}


def test_a_consent_of_a_caller_hidden_from_its_origin_counts_for_nothing(loops: tuple[Loop, Loop]) -> None:
    """It is no fault to name it, and the answer does not tell of it."""
    recorded = loops[0].consent(HIDDEN, to=[LEGAL])
    body = {**profile(OUTSIDER), "consents": [{"id": recorded["id"]}]}
    reply = loops[0].call("POST", "/v1/referral-paths", HIDDEN, body, scopes="route route:any")
    assert reply.status_code == 200, reply.text
    assert "quiet" not in reply.text.lower()
