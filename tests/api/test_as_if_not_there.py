"""Two coalitions that differ in what a caller may not see answer that caller alike: every operation, to the byte.

What is hidden is not searched for but changed: other streets, other positions, other names and numbers of private
places; other hidden organizations with other services. Any bit of it that comes through, in a status, a count, an
order, a tag or a text, tells the two apart.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_profile, demo_settings, load_demo, running
from fhir.fhir_builders import transaction
from httpx import Response
from loop_builders import referral

from service import demo
from service.directory.standard.identity import id_of, place_name
from service.documents.document import parse_document

WHOLE = "HIDDEN_WHOLE" in os.environ
SCOPES = (
    *("directory:read", "directory:write", "directory:admin", "route", "route:any", "consent", "referral", "capacity"),
    "webhook",
)
MEMBER, OUTSIDER, UNLISTED_OUTSIDER = "willow-bend-youth", "bright-basin-dental", "housing-database"
STREETS = ("3 Hidden Sedge Way", "91 Nowhere At All Row")
# What is drawn anew for each answer or follows from the clock, and what follows from the names that were tried.
DRAWN = re.compile(
    r"gAAAA[\w=-]+|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.:+Z-]*"
)
PASSED_OVER = {"date", "ratelimit", "x-request-id"}
Document = dict[str, Any]


def whole() -> Document:
    tree, _ = parse_document(demo.coalition_bytes())
    document: Document = tree
    return document


def is_private(organization: Document) -> bool:
    return bool(organization["coalition"].get("address_private"))


def is_unlisted(organization: Document) -> bool:
    profile = organization["coalition"]
    by_default = is_private(organization) or profile["kind"] in ("dv_shelter", "trafficking_shelter")
    return bool(profile.get("listed", "coalition" if by_default else "public") != "public")


def elsewhere(bundle: Document) -> Document:
    """Return the coalition with every private place somewhere else, under another name, and one place more."""
    other = deepcopy(bundle)
    for row in filter(is_private, other["organizations"]):
        for at, place in enumerate(row["locations"]):
            place |= {"id": f"elsewhere-{row['id']}-{at}", "name": "Another House"}
            place |= {"latitude": 33.25 + at, "longitude": -101.75 - at}
            place["addresses"][0] |= {"address_1": f"{40 + at} Other Willow Row", "city": "Otherplace"}
        row["locations"].append(deepcopy(row["locations"][0]) | {"id": f"second-{row['id']}"})
        row["coalition"]["operator_authorised"] = ["heron-legal"]
    return other


def others(bundle: Document) -> Document:
    """Return the coalition with other unlisted organizations in place of its own, that do something else."""
    names = [row["id"] for row in bundle["organizations"] if is_unlisted(row) and row["id"] != UNLISTED_OUTSIDER]
    text = json.dumps(bundle)
    for name in names:
        text = text.replace(f'"{name}"', f'"aa-other-{name[::-1]}"')
    document: Document = json.loads(text)
    for row in document["organizations"]:
        if not row["id"].startswith("aa-other-"):
            continue
        row |= {"name": f"Other {row['id'][-6:]}", "description": "Another one.", "phones": [{"number": "555-0999"}]}
        for place in row.get("locations", ()):
            place["id"] = f"aa-{place['id']}"
        for at, service in enumerate(row.get("services", ())):
            service |= {"id": f"aa-other-{row['id'][9:]}-{at}", "name": f"Other service {at}"}
            service["referral"] = {"types": ["food", "dental"], "accepts_from": ["anyone"]}
            for key in ("service_at_locations", "capacities", "minimum_age", "maximum_age", "schedules"):
                service.pop(key, None)
        if row.get("services"):
            row["services"].append(deepcopy(row["services"][0]) | {"id": f"aa-more-{row['id'][9:]}"})
    return document


COALITIONS: Mapping[str, Callable[[Document], Document]] = {
    "true": deepcopy,
    "elsewhere": elsewhere,
    "others": others,
}


@contextmanager
def serving_both(folder: Path, other: str) -> Iterator[tuple[Api, Api]]:
    """Serve the demo's coalition and one that differs from it, both of one version."""
    settings = []
    for name in ("true", other):
        (folder / name).mkdir()
        budget = {"question_budget_ms": 60_000, "rate_limit": "1000000/minute", "deliver": False}
        settings.append(demo_settings(folder / name, **budget))
        for title in ("Renamed", whole()["coalition"]["name"]):
            bundle = COALITIONS[name](whole())
            bundle["coalition"]["name"] = title
            load_demo(settings[-1], json.dumps(bundle).encode())
    with running(settings[0]) as first, running(settings[1]) as second:
        yield first, second


def ask(api: Api, caller: str | None, method: str, path: str, body: Any = None, **headers: str) -> Response:
    token = {} if caller is None else api.bearer(*SCOPES, organization=caller)
    sent = {} if body is None else {"content": json.dumps(body).encode()}
    content_type = {} if body is None else {"Content-Type": "application/json"}
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    if path.startswith("/fhir"):  # addresses stand in these answers, and there are two servers
        own |= {"Host": "router.example.org", "Idempotency-Key": "once"}
    return api.client.request(method, path, headers=token | content_type | own, **sent)


def content(path: str, answer: Response) -> tuple[int, dict[str, str], str]:
    """Return all of an answer that another one is to have as well; the tag of a count follows from the clock."""
    passed_over = PASSED_OVER | ({"etag"} if path.endswith("capacity") else set())
    headers = {name: value for name, value in answer.headers.items() if name not in passed_over}
    return answer.status_code, headers, DRAWN.sub("DRAWN", answer.text)


def guesses(bundle: Document) -> list[str]:
    """Return names of what is hidden in `bundle`, and ids that follow from them, each beside one of nothing."""
    names = ["no-such-name"]
    for row in bundle["organizations"]:
        if is_unlisted(row):
            names += [
                row["id"],
                id_of("organization", row["id"]),
                *(service["id"] for service in row.get("services", ())[:2]),
            ]
        if is_private(row):
            place = row["locations"][0]["id"]
            names += [place, id_of("location", place), id_of("location", place_name(row["id"], place, private=True))]
    return names if WHOLE else names[::20]


def reads(caller: str | None, names: list[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield requests that read: method, path and body."""
    for kind in ("organizations", "services", "agreements", "release-forms", "vocabulary"):
        yield "GET", f"/v1/{kind}?per_page=200", None
        yield "GET", f"/v1/{kind}?per_page=7&page=2", None
        yield from (("GET", f"/v1/{kind}/{name}", None) for name in names)
    rows = whole()["organizations"]
    rows = rows if WHOLE else [row for row in rows if is_unlisted(row)] + rows[::12]
    for row in rows:
        yield "GET", f"/v1/organizations/{row['id']}", None
        yield from (("GET", f"/v1/services/{service['id']}", None) for service in row.get("services", ())[:1])
    for query in ("", "?type=emergency_shelter", "?age=15&language=es", "?area=northline"):
        yield "GET", f"/v1/coverage{query}", None
    for path in ("map", "due?within=P900D", "exchange", "contacts", "guide"):
        yield "GET", f"/v1/coalition/{path}", None
    for path in ("terms", "policy/rules", "events", "event-types", "consents", "referrals", "webhook-endpoints"):
        yield "GET", f"/v1/{path}", None
    yield "GET", "/health/ready", None
    for path in ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"):
        for query in ("full=true&per_page=200", "format=ndjson", "search=house", "search=Hidden", "per_page=3&page=2"):
            yield "GET", f"/hsds/{path}?{query}", None
    for query in ("postcode=78701&proximity=500000", "postcode=99999"):
        yield "GET", f"/hsds/service_at_locations?{query}", None
    for row in rows:
        yield "GET", f"/hsds/organizations/{id_of('organization', row['id'])}?full_service=true", None
    yield from (("GET", f"/hsds/{path}/{name}", None) for path in ("organizations", "services") for name in names)
    for kind in ("Organization", "Location", "HealthcareService", "Task", "ServiceRequest", "Consent"):
        for query in ("_count=200", "_count=3&page=2"):
            yield "GET", f"/fhir/{kind}?{query}", None
        yield from (("GET", f"/fhir/{kind}{joint}{name}", None) for name in names for joint in ("/", "?_id="))
    for name in names:
        yield "GET", f"/fhir/HealthcareService?organization={name}", None
        yield "GET", f"/fhir/HealthcareService?location={name}", None
        yield "GET", f"/fhir/Location?organization={name}", None
        yield "POST", "/fhir", transaction(referral(name, (name,), needs=demo_profile()["needs"]))
    for query in ("name=hidden", "name=house", "active=false", "_lastUpdated=ge2020-01-01", "service-type=food"):
        yield "GET", f"/fhir/HealthcareService?{query}", None
    yield "GET", "/fhir/Organization?name=hidden", None
    profiles = demo.profile_names()
    for path in ("referral-paths", "next-calls"):
        for title in profiles if WHOLE else profiles[:1]:
            profile = demo_profile(title) | {"origin": caller, "consents": [], "avoid": [], "limit": 6}
            yield "POST", f"/v1/{path}", profile
            clients = [
                {
                    "key": key,
                    "count": 2,
                    "client": {**profile["client"], **more},
                    "needs": profile["needs"],
                    "facts": profile["facts"],
                }
                for key, more in (("a", {}), ("b", {"with": [{"age": 4}, {}]}))
            ]
            group = {"origin": caller, "at": profile["at"], "limit": 6, "clients": clients}
            yield "POST", "/v1/group-referral-paths", group
            yield "POST", "/v1/group-referral-paths", group | {"apart": [["a", "b"]]}
    for name in names:
        share = {"holder": caller, "recipient": name, "action": "disclose", "data": "identity", "purpose": "referral"}
        yield "POST", "/v1/policy/decisions", share
        yield "POST", "/v1/policy/decisions", share | {"recipient": HOTLINE, "agreement": name}
        yield "POST", "/v1/referral-paths", demo_profile() | {"origin": caller, "avoid": [name], "consents": []}
        yield "POST", "/v1/consents", {"level": "verbal", "to": [name], "data": ["need"], "signers": ["client"]}
        yield "POST", "/v1/consents", {"level": "written", "form": name, "to": [HOTLINE], "data": ["need"]}
        step = {"to": name, "services": [name], "mode": "warm"}
        profile = {key: value for key, value in demo_profile().items() if key not in ("at", "origin")}
        yield "POST", "/v1/referrals", {"profile": profile | {"consents": []}, "step": step, "agreed": True}
        yield "POST", "/v1/webhook-endpoints", {"url": "https://localhost/", "types": [name]}


def writes(api: Api, caller: str, names: list[str]) -> Iterator[tuple[str, str, Any, dict[str, str]]]:
    """Yield requests that would change something: with a tag of nothing, with any tag, and as an addition."""
    anything, new, wrong = {"if_match": "*"}, {"if_none_match": "*"}, {"if_match": '"none"'}
    own = ask(api, caller, "GET", f"/v1/organizations/{caller}").json()
    service = {"name": "x", "status": "active", "referral": {"types": ["food"]}}
    for name in names:
        for condition in (anything, new, wrong, {}) if WHOLE else (anything,):
            yield "PUT", f"/v1/organizations/{name}", {"name": "x"}, condition
            yield "PUT", f"/v1/services/{name}", {**service, "organization": caller}, condition
            yield "PUT", f"/v1/agreements/{name}", {"between": [caller, HOTLINE]}, condition
            yield "PUT", f"/v1/services/{name}/capacity", {"unit": "bed", "available": 1}, condition
            yield "POST", f"/v1/services/{name}/capacity/change", {"unit": "bed", "by": -1}, condition
            yield "POST", f"/v1/services/{name}/capacity/confirmation", {"unit": "bed", "available": 1}, condition
        for kind in ("organizations", "services", "agreements"):
            yield "DELETE", f"/v1/{kind}/{name}", None, wrong
        for change in (
            {"parent": name},
            {"coalition": own.get("coalition", {}) | {"operator_authorised": [name]}},
            {"services": [service | {"slug": name}]},
            {"services": [service | {"slug": "y", "referral": {"types": ["food"], "accepts_from": [name]}}]},
            {"services": [service | {"slug": "y", "service_at_locations": [{"location_id": name}]}]},
            {"locations": [{"slug": name, "location_type": "physical"}]},
            {"contacts": [{"id": name, "name": "x"}]},
        ):
            yield "PUT", f"/v1/organizations/{caller}", own | change, wrong
    rows = whole()["organizations"]
    for row in rows if WHOLE else [*filter(is_unlisted, rows), *rows[::20]]:
        yield "PUT", f"/v1/organizations/{row['id']}", {"name": "x", "description": STREETS[0]}, wrong
        yield "DELETE", f"/v1/organizations/{row['id']}", None, wrong


def first_difference(*answers: Any) -> str:
    """Return where two answers part."""
    first, second = (json.dumps(answer) for answer in answers)
    at = next(at for at, pair in enumerate(zip_longest(first, second)) if pair[0] != pair[1])
    return f"...{first[max(0, at - 150) : at + 80]}... against ...{second[max(0, at - 20) : at + 80]}..."


def told_apart(folder: Path, other: str, caller: str | None) -> list[str]:
    """Return which requests of a caller are answered differently."""
    names = [*guesses(whole()), *guesses(COALITIONS[other](whole()))]
    different = []
    with serving_both(folder, other) as apis:
        requests: list[tuple[str, str, Any, dict[str, str]]] = [(*request, {}) for request in reads(caller, names)]
        if caller is not None:
            requests += writes(apis[0], caller, names)
        assert len(requests) > 100
        for method, path, body, headers in requests:
            answers = [content(path, ask(api, caller, method, path, body, **headers)) for api in apis]
            assert answers[0][0] < 500
            if answers[0] != answers[1]:
                different.append(f"{method} {path} {json.dumps(body)[:200]} {headers}: {first_difference(*answers)}")
    return different


@pytest.mark.parametrize("caller", [MEMBER, *([OUTSIDER, None] if WHOLE else [])])
def test_where_private_places_are_is_in_no_answer(tmp_path: Path, caller: str | None) -> None:
    """To a member with every scope, to an outsider with every scope, and to nobody."""
    assert told_apart(tmp_path, "elsewhere", caller) == []


@pytest.mark.parametrize("caller", [OUTSIDER, *([UNLISTED_OUTSIDER, None] if WHOLE else [])])
def test_which_organizations_are_hidden_is_in_no_answer(tmp_path: Path, caller: str | None) -> None:
    """To outsiders with every scope, unlisted themselves or not, and to nobody."""
    assert told_apart(tmp_path, "others", caller) == []
