"""Nothing hidden from a caller is in any answer to it: every operation, every kind of caller, every hidden thing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import count, product
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_profile
from httpx import Response

from service import demo
from service.directory.standard.identity import id_of, place_name
from service.documents.document import parse_document

WHOLE = "HIDDEN_WHOLE" in os.environ
SCOPES = (
    "directory:read", "directory:write", "directory:admin", "route", "route:any",
    "audit", "capacity", "consent", "grievance", "referral", "webhook",
)  # fmt: skip
OUTSIDER, UNLISTED_OUTSIDER, NOBODY = "bright-basin-dental", "housing-database", "nobody-at-all"
CALLERS = {
    "member": "willow-bend-youth",
    "member without the scope to write": HOTLINE,
    "those authorized": "open-gate-intake",
    "a hidden house": "lantern-row",
    "outsider": OUTSIDER,
    "unlisted outsider": UNLISTED_OUTSIDER,
    "not in the directory": NOBODY,
    "no token": None,
}
KINDS = {
    "organizations": "organization",
    "services": "service",
    "agreements": "agreement",
    "release-forms": "release_form",
    "vocabulary": "vocabulary_term",
}
PLACE = re.compile(r"\{\w+\}")
"""The place of an id in a path of the description."""
Hidden = Mapping[str, str]
"""What a caller may not meet, and what it is."""


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    tree, _ = parse_document(demo.coalition_bytes())
    document: dict[str, Any] = tree
    return document


def hidden_from(bundle: dict[str, Any], caller: str | None) -> Hidden:
    """Return, from the coalition's own file, all that this caller may not meet, less what is told of others openly."""
    records = {organization["id"]: organization for organization in bundle["organizations"]}
    own = records.get(caller or "", {"coalition": {}})
    member = own["coalition"].get("membership", "none") != "none"
    texts: dict[str, str] = {}
    unlisted = {
        slug
        for slug, row in records.items()
        if slug != caller and not member and row["coalition"].get("listed", _by_default(row)) != "public"
    }
    for slug, row in records.items():
        profile = row["coalition"]
        if slug in unlisted:
            texts |= {row["name"]: "name", id_of("organization", slug): "id", f'"{slug}"': "slug"}
            texts |= {phone["number"]: "phone" for phone in row.get("phones", ())}
            for service in row.get("services", ()):
                texts |= {service["name"]: "name", id_of("service", service["id"]): "id", f'"{service["id"]}"': "slug"}
                texts |= {phone["number"]: "phone" for phone in service.get("phones", ())}
        if profile.get("address_private") and caller not in (slug, *profile.get("operator_authorised", ())):
            for place in row["locations"]:
                texts |= {place["addresses"][0]["address_1"]: "street", f'"{place["id"]}"': "slug"}
                texts |= {str(place["latitude"]): "position", str(place["longitude"]): "position"}
                texts |= {id_of("location", place["id"]): "id"}
                texts |= {id_of("location", place_name(slug, place["id"], private=True)): "id"}
    for agreement in bundle["agreements"]:
        if caller not in agreement["between"] and unlisted & set(agreement["between"]):
            texts |= {id_of("agreement", agreement["id"]): "id", f'"{agreement["id"]}"': "slug"}
    open_ones = json.dumps([row for slug, row in records.items() if slug not in unlisted and slug != caller])
    return {text: kind for text, kind in texts.items() if kind in ("street", "position") or text not in open_ones}


def _by_default(row: dict[str, Any]) -> str:
    profile = row["coalition"]
    private = profile.get("address_private") or profile["kind"] in ("dv_shelter", "trafficking_shelter")
    return "coalition" if private else "public"


def ask(api: Api, method: str, path: str, caller: str | None, body: Any = None, **headers: str) -> Response:
    scopes = [scope for scope in SCOPES if caller != HOTLINE or "directory:write" not in scope]
    token = {} if caller is None else api.bearer(*scopes, organization=caller)
    sent = None if body is None else json.dumps(body).encode()
    content_type = {"Content-Type": "application/json"} if sent is not None else {}
    return api.client.request(method, path, headers=token | content_type | headers, content=sent)


def shares_of(names: list[str], parts: int = 6) -> Iterator[list[str]]:
    """Yield the names again and again: all of them (`HIDDEN_WHOLE`), or each time another sixth."""
    for at in count():
        yield names if WHOLE else names[at % parts :: parts]


def profiles(caller: str | None) -> Iterator[dict[str, Any]]:
    names = demo.profile_names()
    for name in names if WHOLE else names[:2]:
        yield demo_profile(name) | {"origin": caller or OUTSIDER, "consents": [], "avoid": [], "limit": 2}


def group_of(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile's client twice, and once more with somebody who comes along."""
    client = {name: profile[name] for name in ("client", "needs", "facts")}
    family = {**client, "client": {**client["client"], "with": [{"age": 5}]}}
    clients = [{"key": "a", "count": 2, **client}, {"key": "b", **family}]
    return {name: profile[name] for name in ("origin", "at", "limit")} | {"clients": clients}


def shares(bundle: dict[str, Any], hidden: Hidden) -> Iterator[dict[str, Any]]:
    """Yield a question about each pair of parties to each agreement, by itself and with each agreement named."""
    terms = {"action": "disclose", "data": "identity", "purpose": "referral"}
    for agreement in bundle["agreements"]:
        holder, recipient = agreement["between"][:2]
        pair = {"holder": holder, "recipient": recipient, **terms}
        yield pair
        yield pair | {"agreement": agreement["id"]}
        yield pair | {"agreement": id_of("agreement", agreement["id"])}
    for name in [text.strip('"') for text, kind in hidden.items() if kind in ("id", "slug")][:20]:
        yield {"holder": HOTLINE, "recipient": name, **terms}


def answers(
    api: Api, bundle: dict[str, Any], caller: str | None, hidden: Hidden
) -> Iterator[tuple[str, Response, Any]]:
    """Yield the answer of each operation to this caller with what it was sent, hidden things asked for by name.

    What is read is taken from the description, so that a new operation is asked too.
    """
    part = shares_of(sorted({text.strip('"') for text, kind in hidden.items() if kind in ("id", "slug")}))
    for path in sorted(
        path for path, methods in api.client.get("/openapi.json").json()["paths"].items() if "get" in methods
    ):
        for name in next(part) if "{" in path else ("",):
            yield path, ask(api, "GET", PLACE.sub(name, path), caller), ""
    for kind in KINDS:
        yield kind, ask(api, "GET", f"/v1/{kind}?per_page=200", caller), ""
        for name, method in product(next(part), ("PUT", "DELETE")) if WHOLE else ():
            response = ask(api, method, f"/v1/{kind}/{name}", caller, {"name": "x"} if method == "PUT" else None)
            yield f"{method} {kind}", response, ""
    for kind, field in (("organizations", "parent"), ("services", "organization"), ("agreements", "party")):
        for name in next(part):
            yield f"filter {kind}", ask(api, "GET", f"/v1/{kind}?{field}={name}", caller), ""
    for words in ("", "bluestem", "lane", *next(part)):
        yield "searches", ask(api, "POST", "/v1/service-searches", caller, {"words": words, "per_page": 200}), ""
    for path in ("referral-paths", "next-calls"):
        for profile in profiles(caller):
            yield path, ask(api, "POST", f"/v1/{path}", caller, profile), ""
    for profile in profiles(caller):
        yield "groups", ask(api, "POST", "/v1/group-referral-paths", caller, group_of(profile)), ""
    for share in shares(bundle, hidden):
        yield "decisions", ask(api, "POST", "/v1/policy/decisions", caller, share), ""
    yield "a rule", ask(api, "GET", "/v1/policy/rules/consented-share", caller), ""
    for path in ("organizations", "services", "service_at_locations", "taxonomies", "taxonomy_terms"):
        for options in ("full=true", "format=ndjson", "search=bluestem", "full_service=true", "search=Lane"):
            yield path, ask(api, "GET", f"/hsds/{path}?{options}", caller), ""
    for path in ("Organization", "Location", "HealthcareService", "Task", "ServiceRequest", "Consent"):
        for options in ("_count=200", "_count=2&page=2"):
            yield path, ask(api, "GET", f"/fhir/{path}?{options}", caller), ""
        for name in next(part):
            yield f"{path} by id", ask(api, "GET", f"/fhir/{path}?_id={name}", caller), ""
    for name in next(part):
        for field in ("organization", "location"):
            yield f"services by {field}", ask(api, "GET", f"/fhir/HealthcareService?{field}={name}", caller), ""
        yield "by name", ask(api, "GET", f"/fhir/Organization?name={name}", caller), ""


def edits(api: Api, caller: str | None, hidden: Hidden) -> Iterator[tuple[str, Response, Any]]:
    """Yield refusals of changes that name hidden things where others are named, by slug and by id."""
    own = ask(api, "GET", f"/v1/organizations/{caller}", caller)
    if own.status_code != 200 or caller == HOTLINE:
        return
    record = own.json()
    names = sorted({text.strip('"') for text, kind in hidden.items() if kind in ("id", "slug")})
    for name in names if WHOLE else names[::20]:
        profile = record["coalition"]
        service = {
            "slug": "x",
            "name": "x",
            "status": "active",
            "referral": {"types": ["food"], "accepts_from": [name]},
        }
        for change in (
            {"parent": name},
            {"coalition": {**profile, "operator_authorised": [name]}},
            {"services": [service]},
            {"services": [{**service, "slug": name}]},
            {"locations": [{"slug": name, "location_type": "physical"}]},
        ):
            response = ask(
                api, "PUT", f"/v1/organizations/{caller}", caller, {**record, **change}, **{"If-Match": '"none"'}
            )
            yield f"PUT {next(iter(change))}", response, name
        pact = {
            "between": [caller, name],
            "level": "cooperation",
            "type": "mou",
            "status": "draft",
            "offers": {name: "x"},
        }
        yield "PUT agreement", ask(api, "PUT", "/v1/agreements/x", caller, pact, **{"If-None-Match": "*"}), name


@pytest.mark.parametrize("name_of_caller", CALLERS)
def test_no_answer_holds_what_is_hidden_from_its_caller(api: Api, bundle: dict[str, Any], name_of_caller: str) -> None:
    """By search for each hidden name, slug, id, phone, street and position in the raw answer and its headers."""
    caller = CALLERS[name_of_caller]
    hidden = hidden_from(bundle, caller)
    assert len([kind for kind in hidden.values() if kind == "street"]) >= 2
    answered = 0
    for name, answer, _sent in (*answers(api, bundle, caller, hidden), *edits(api, caller, hidden)):
        assert answer.status_code < 500, (name, answer.text)
        raw = answer.text + json.dumps(dict(answer.headers))
        raw = raw.replace(answer.url.query.decode(), "")  # the address of a page of FHIR repeats what was asked
        texts = {text: kind for text, kind in hidden.items() if text in raw}
        assert not texts, (name, answer.status_code, texts)
        answered += answer.status_code == 200
    assert answered >= 5


@pytest.mark.parametrize("caller", [OUTSIDER, UNLISTED_OUTSIDER])
def test_a_hidden_agreement_is_as_one_that_is_not_there(api: Api, bundle: dict[str, Any], caller: str) -> None:
    """Named by slug or by id, it is refused in the words for a name of nothing."""
    tried = 0
    for agreement in bundle["agreements"]:
        if ask(api, "GET", f"/v1/agreements/{agreement['id']}", caller).status_code == 200:
            continue
        pair = [
            name for name in agreement["between"] if ask(api, "GET", f"/v1/organizations/{name}", caller).is_success
        ]
        if len(pair) < 2:
            continue
        share = {
            "holder": pair[0],
            "recipient": pair[1],
            "action": "disclose",
            "data": "identity",
            "purpose": "referral",
        }
        responses = [
            ask(api, "POST", "/v1/policy/decisions", caller, share | {"agreement": name})
            for name in (agreement["id"], id_of("agreement", agreement["id"]), "no-such-agreement")
        ]
        assert {answer.status_code for answer in responses} == {422}
        assert len({answer.content for answer in responses}) == 1
        tried += 1
    assert tried >= 2
