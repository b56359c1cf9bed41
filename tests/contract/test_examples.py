"""Every example works: each request of the description and each `curl` of a README, sent to the demo of today.

Dates of examples are of the day that the demo is written for, and move along with it. Ids and codes that an answer
gives take the place of those made up in examples.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, load_demo, running
from contract.test_description import OPERATIONS, problems_of
from environments import PROJECT
from visitors import Visitor
from webhook_builders import eventually

from service import demo

NDJSON = "application/x-ndjson"
NOBODY, LOCAL = "http://127.0.0.1:9/", {"webhook_networks": "127.0.0.0/8", "webhook_http": True}
SHELTER = "bluestem-haven"
SCOPES = (
    "route", "directory:read", "directory:write", "directory:admin", "operator", "webhook", "consent", "referral",
    "capacity", "grievance", "audit", "organization:admin",
)  # fmt: skip
Answer = Any


@dataclass
class Desk:
    """The demo as agencies use it, and what they were answered, by operation."""

    api: Api
    answers: dict[str, Answer] = field(default_factory=dict)
    sent: int = 0

    def send(self, operation: str, body: Any, content_type: str, accept: str) -> httpx.Response:
        """Send a request as the agency whose act it is, to the place that an example or an earlier answer names."""
        parameters = {parameter["name"]: parameter for parameter in OPERATIONS[operation]["parameters"]}
        method, _, path = operation.partition(" ")
        self.sent += 1
        headers = {"If-Match": "*", "Idempotency-Key": f"example-{self.sent}"}
        headers = {name: value for name, value in headers.items() if name in parameters} | {"Accept": accept}
        sender = SHELTER if operation in BY_SHELTER else HOTLINE
        if body is not None:
            headers["Content-Type"] = content_type
            sender = body.get("origin", sender)
        if OPERATIONS[operation]["security"]:
            headers |= self.api.bearer(*SCOPES, organization=sender, subject="desk")
        if "{id}" in path:
            path = path.replace("{id}", self.place(operation, parameters["id"]["schema"]))
        if operation in QUERIES:
            path += QUERIES[operation](self)
        content = None if body is None else json.dumps(body)
        reply = self.api.client.request(method.upper(), path, content=content, headers=headers)
        if reply.is_success:
            self.answers.setdefault(operation, body_of(reply))
        return reply

    def place(self, operation: str, schema: Any) -> str:
        """Return the id that an operation is for: of an earlier answer, else the example's, else the first listed."""
        path = operation.partition(" ")[2]
        give = next((give for name, give in PLACES.items() if name == operation or path.startswith(name)), None)
        if give is not None:
            return give(self)
        if "examples" in schema:
            return str(schema["examples"][0])
        listed = self.api.get(path.partition("/{id}")[0], *SCOPES).json()
        return str((listed.get("items") or listed.get("contents") or [e["resource"] for e in listed["entry"]])[0]["id"])

    def add_endpoint(self) -> str:
        """Return the id of an endpoint of the hotline's for which no task is under way."""
        return str(self.api.post("/v1/webhook-endpoints", {"url": "https://example.org/hooks"}, *SCOPES).json()["id"])

    def add_delivery(self) -> tuple[str, str]:
        """Return the ids of an endpoint where nobody listens, and of a delivery that failed once."""
        endpoint = self.api.post("/v1/webhook-endpoints", {"url": NOBODY}, *SCOPES).json()["id"]
        delivery = self.api.post(f"/v1/webhook-endpoints/{endpoint}/test", {}, *SCOPES).json()["id"]
        eventually(lambda: self.api.get(f"/v1/webhook-deliveries/{delivery}", *SCOPES).json()["attempts"])
        return endpoint, delivery

    def add_release_form(self) -> str:
        """Put the form that the example deletes, and return its name."""
        form = {"name": "Coalition release, two languages", "languages": ["en", "es"]}
        put = {"op": "put", "resource": "release-forms", "id": "roi-both", "value": form, "if_none_match": "*"}
        headers = self.api.bearer(*SCOPES)
        assert self.api.client.patch("/v1/directory", json={"changes": [put]}, headers=headers).status_code == 200
        return "roi-both"

    def work_a_day(self) -> None:
        """Sign a colleague in, count beds that are held on a referral, and write down what an agency wants."""
        link = self.api.post("/v1/sign-in-links", {"scopes": ["consent"]}, *SCOPES).json()
        Visitor(self.api.client).post("/signin", {"code": link["path"].removeprefix("/signin/")})
        beds = self.api.get("/v1/services/bh-beds", *SCOPES).json()
        agreement = self.api.get("/v1/agreements/mou-youth", *SCOPES).json()
        for path, body in (
            ("/v1/services/bh-beds", {**beds, "referral": {**beds["referral"], "holds": "PT2H"}}),
            ("/v1/agreements/mou-youth", {**agreement, "wants": {"willow-bend-youth": "transportation"}}),
        ):
            headers = self.api.bearer(*SCOPES) | {"If-Match": "*"}
            self.api.client.put(path, json=body, headers=headers).raise_for_status()
        self.count_beds(3)

    def count_beds(self, available: int) -> str:
        """Count the beds that the examples ask for, and return the service's name."""
        beds, headers = {"unit": "bed", "available": available}, self.api.bearer(*SCOPES, organization=SHELTER)
        self.api.client.put("/v1/services/bh-beds/capacity", json=beds, headers=headers).raise_for_status()
        return "bh-beds"


def of(operation: str) -> Callable[[Desk], str]:
    """Return what gives the id in the answer to an operation."""
    return lambda desk: str(desk.answers[operation]["id"])


PLACES: Mapping[str, Callable[[Desk], str]] = {
    "put /v1/vocabulary-proposals/{id}/decision": of("post /v1/vocabulary-proposals"),
    "/v1/consents/{id}": of("post /v1/consents"),
    "/v1/referrals/{id}": of("post /v1/referrals"),
    "put /fhir/Task/{id}": lambda desk: str(desk.answers["post /fhir"]["entry"][1]["resource"]["id"]),
    "post /v1/webhook-endpoints/{id}/replay": lambda desk: desk.add_endpoint(),
    "post /v1/webhook-endpoints/{id}/replay-missing": lambda desk: desk.add_endpoint(),
    "get /v1/webhook-endpoints/{id}/deliveries": lambda desk: desk.add_delivery()[0],
    "/v1/webhook-endpoints/{id}": of("post /v1/webhook-endpoints"),
    "/v1/webhook-deliveries/{id}": lambda desk: desk.add_delivery()[1],
    "/v1/tasks/{id}": of("post /v1/webhook-endpoints/{id}/recovery"),
    "get /v1/vocabulary-proposals/{id}": of("post /v1/vocabulary-proposals"),
    "/v1/coalition/what-ifs/{id}": of("post /v1/coalition/what-ifs"),
    "get /v1/services/{id}/capacity": lambda desk: desk.count_beds(1),
    "delete /v1/release-forms/{id}": lambda desk: desk.add_release_form(),
}
"""What an operation, or each below a path, is done to, where the demo has nothing of the example's own name."""
QUERIES: Mapping[str, Callable[[Desk], str]] = {
    "get /v1/coalition/legal-hold": lambda desk: f"?id={desk.answers['post /v1/referrals']['id']}",
}
"""What is asked for beyond the path, where an example shows its answer."""
CODES: Mapping[str, str] = {
    "post /v1/grievances/look-up": "post /v1/grievances",
    "post /v1/consents/look-up": "post /v1/consents",
    "post /v1/consent-withdrawals": "post /v1/consents",
    "post /v1/referrals/look-up": "post /v1/referrals",
}
"""What gave the code that is looked up."""
BY_SHELTER = frozenset({
    "put /v1/referrals/{id}/status", "put /fhir/Task/{id}", "post /v1/referrals/look-up",
    "post /v1/consent-withdrawals", "get /v1/services/{id}/capacity",
})  # fmt: skip
"""What the agency does that was sent something, and is shown less; all else is the hotline's."""
FIRST = (
    "put /v1/services/{id}/capacity", "post /v1/services/{id}/capacity/confirmation",
    "post /v1/services/{id}/capacity/change",
)  # fmt: skip
"""What is done to a count, in this order."""
LAST = (
    "post /v1/record-changes/{id}/undo", "put /v1/referrals/{id}/follow-up", "put /v1/referrals/{id}/status",
    "post /v1/consents/{id}/withdrawal", "post /v1/consent-withdrawals",
)  # fmt: skip
"""What ends what other requests are about, in this order."""
UNSHOWN = {
    "rows/value", "rows/name", "rows/referrals", "rows/answered", "rows/times",
    "times/answer", "times/acceptance", "times/completion",
}  # fmt: skip
"""Outcomes of a quarter: small numbers are not shown. `tests/coalition/test_outcomes.py` has large ones."""


def order_of(operation: str) -> tuple[int, str]:
    """Return the order of requests: what makes something, what is done to it, what reads it, and what removes it."""
    if operation in FIRST:
        return FIRST.index(operation), operation
    method, is_last = operation.partition(" ")[0], operation in LAST
    makes = method in ("post", "patch") and "{" not in operation and operation not in CODES
    groups = (makes and not is_last, method not in ("get", "delete") and not is_last, method == "get", is_last, True)
    place = f"{LAST.index(operation)}" if is_last else operation
    return len(FIRST) + groups.index(True), place


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The demo of today; the host of the example endpoint is this machine's, where nobody listens."""
    found, look_up = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9)), socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **more: Any) -> Any:
        return [found] if host == "example.org" else look_up(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    settings = demo_settings(tmp_path, time_budget_ms=250, grievance_body=HOTLINE, rate_limit="1000000/minute", **LOCAL)
    load_demo(settings, demo.coalition_bytes(day=demo.today()))
    with running(settings) as api:
        yield Desk(api)


def requests_of(operation: str) -> Iterator[tuple[str, Any, str, str]]:
    """Yield each request: its name, its body, the type of that, and the type of the answer."""
    described = OPERATIONS[operation]
    answered = described["responses"][success(operation)].get("content", {"*/*": {}})
    bodies = [
        (name, json.loads(demo.moved(json.dumps(value).encode(), day=demo.today())), kind)
        for kind, content in described.get("requestBody", {}).get("content", {}).items()
        for name, value in (values_of(content) if "example" not in content else {"": content["example"]}).items()
    ]
    for name, body, kind in bodies or [("", None, "")]:
        for media_type in answered:
            yield f"{operation} {name} {media_type}", body, kind, media_type


def test_every_request_is_answered_as_described(desk: Desk) -> None:
    """Each example of a body, and each operation without one, for each type of answer: a success, a body of its schema.

    The example answer shows nothing at its top that this operation's doesn't, and nothing further in that none does.
    """
    wrong, shown, within = list[str](), dict[tuple[str, str], set[str]](), set(UNSHOWN)
    desk.work_a_day()
    for operation in sorted(OPERATIONS, key=order_of):
        for name, body, kind, accept in requests_of(operation):
            if operation in CODES:
                body["code"] = desk.answers[CODES[operation]]["code"]
            reply = desk.send(operation, body, kind, accept)
            wrong += [f"{name}: {fault}" for fault in faults(operation, reply, accept)]
            shown.setdefault((operation, accept), set()).update(fields_of(body_of(reply)))
    within |= {field for fields in shown.values() for field in fields if not field.startswith("/")}
    for (operation, media_type), fields in shown.items():
        content = OPERATIONS[operation]["responses"][success(operation)].get("content", {}).get(media_type, {})
        for value in values_of(content).values():
            example = json.loads(value) if media_type == NDJSON else value
            wrong += [f"{operation}: no {name}" for name in sorted(set(fields_of(example)) - fields - within)]

    assert wrong == []
    assert desk.sent > 180


CURL = re.compile(r"^curl (?:.*\\\n)*.*$", re.MULTILINE)
"""A command, over as many lines as end in a backslash."""
WITH_COMMANDS = ("README.md", "service/fhir/README.md", "service/webhooks/README.md")


@pytest.mark.parametrize("file", WITH_COMMANDS)
def test_every_curl_of_a_readme_is_answered(desk: Desk, tmp_path: Path, file: str) -> None:
    """As it is printed, in the folder that `demo` was started in; only the port is another."""
    (folder := tmp_path / "referral-router-demo").mkdir()
    for name in demo.profile_names():
        (folder / f"{name}.json").write_bytes(demo.profile_bytes(name, day=demo.today()))
    (tmp_path / "service").symlink_to(PROJECT / "service")
    commands = CURL.findall((PROJECT / file).read_text())
    address = str(desk.api.client.base_url).rstrip("/")
    environment = {"PATH": os.environ["PATH"], "TOKEN": desk.api.token(*SCOPES)}

    assert commands
    for command in commands:
        here = command.replace("http://127.0.0.1:8000", address).replace("curl ", "curl --silent --fail-with-body ", 1)
        done = subprocess.run(
            ["sh", "-c", here], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        json.loads(done.stdout)


def success(operation: str) -> str:
    """Return the status of success that is described first."""
    return str(min(map(int, OPERATIONS[operation]["responses"])))


def values_of(content: Any) -> dict[str, Any]:
    """Return the examples of a body, by name."""
    if "example" in content:
        return {"": content["example"]}
    return {name: entry["value"] for name, entry in content.get("examples", {}).items()}


def body_of(reply: httpx.Response) -> Any:
    """Return what was answered: a document, the first of many lines, or a text."""
    kind = reply.headers.get("content-type", "").partition(";")[0]
    if kind == NDJSON:
        return json.loads(reply.text.partition("\n")[0])
    return reply.json() if kind.endswith("json") else reply.text


def fields_of(value: Any, inside: str = "") -> Iterator[str]:
    """Yield the fields at and below a value, each with the field that it is inside of.

    >>> [*fields_of({"paths": [{"rank": 1}]})]
    ['/paths', 'paths/rank']
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{inside}/{name}"
            yield from fields_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from fields_of(inner, inside)


def faults(operation: str, reply: httpx.Response, accept: str) -> Iterator[str]:
    """Yield what is not as described."""
    described = OPERATIONS[operation]["responses"]
    if not reply.is_success or str(reply.status_code) not in described:
        yield f"{reply.status_code} {reply.text}"
        return
    content = described[str(reply.status_code)].get("content")
    if content is None:
        if reply.content:
            yield "a body, and none is described"
    elif (kind := reply.headers.get("content-type", "").partition(";")[0]) != accept:
        yield f"answers in {kind}"
    else:
        body = reply.text if kind == NDJSON else body_of(reply)
        yield from problems_of(content[kind]["schema"], body)
