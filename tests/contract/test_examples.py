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

from service import demo

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

    def send(self, operation: str, body: Any, content_type: str) -> httpx.Response:
        """Send a body as the agency whose act it is, to the place that an example or an earlier answer names."""
        parameters = {parameter["name"]: parameter for parameter in OPERATIONS[operation]["parameters"]}
        method, _, path = operation.partition(" ")
        give = next((give for name, give in PLACES.items() if name == operation or path.startswith(name)), None)
        place = ""
        if give is not None:
            place = give(self)
        elif "{id}" in path:
            [place] = parameters["id"]["schema"]["examples"]
        self.sent += 1
        headers = {"If-Match": "*", "Idempotency-Key": f"example-{self.sent}"}
        headers = {name: value for name, value in headers.items() if name in parameters} | {
            "Content-Type": content_type
        }
        sender = SHELTER if operation in BY_SHELTER else body.get("origin", HOTLINE)
        headers |= self.api.bearer(*SCOPES, organization=sender, subject="desk")
        reply = self.api.client.request(
            method.upper(), path.replace("{id}", place), content=json.dumps(body), headers=headers
        )
        if reply.is_success and reply.content:
            self.answers.setdefault(operation, reply.json())
        return reply

    def add_endpoint(self) -> str:
        """Return the id of an endpoint of the hotline's for which no task is under way."""
        return str(self.api.post("/v1/webhook-endpoints", {"url": "https://example.org/hooks"}, *SCOPES).json()["id"])


def of(operation: str) -> Callable[[Desk], str]:
    """Return what gives the id in the answer to an operation."""
    return lambda desk: str(desk.answers[operation]["id"])


PLACES: Mapping[str, Callable[[Desk], str]] = {
    "put /v1/vocabulary-proposals/{id}/decision": of("post /v1/vocabulary-proposals"),
    "put /v1/grievances/{id}/status": lambda desk: str(
        desk.api.get("/v1/grievances", *SCOPES).json()["items"][0]["id"]
    ),
    "put /v1/referrals/{id}/follow-up": of("post /v1/referrals"),
    "put /v1/referrals/{id}/status": of("post /v1/referrals"),
    "put /fhir/Task/{id}": lambda desk: str(desk.answers["post /fhir"]["entry"][1]["resource"]["id"]),
    "post /v1/webhook-endpoints/{id}/replay": lambda desk: desk.add_endpoint(),
    "post /v1/webhook-endpoints/{id}/replay-missing": lambda desk: desk.add_endpoint(),
    "/v1/webhook-endpoints/{id}": of("post /v1/webhook-endpoints"),
}
"""What an operation, or each below a path, is done to, where the demo has nothing of the example's own name."""
CODES: Mapping[str, str] = {
    "post /v1/grievances/look-up": "post /v1/grievances",
    "post /v1/consents/look-up": "post /v1/consents",
    "post /v1/consent-withdrawals": "post /v1/consents",
    "post /v1/referrals/look-up": "post /v1/referrals",
}
"""What gave the code that is looked up."""
BY_SHELTER = frozenset({
    "put /v1/referrals/{id}/status", "put /fhir/Task/{id}", "post /v1/referrals/look-up",
    "post /v1/consent-withdrawals",
})  # fmt: skip
"""What the agency does that was sent something, and is shown less; all else is the hotline's."""
FIRST = (
    "put /v1/services/{id}/capacity", "post /v1/services/{id}/capacity/confirmation",
    "post /v1/services/{id}/capacity/change",
)  # fmt: skip
"""What is done to a count, in this order."""
LAST = ("post /v1/consent-withdrawals",)
"""What ends what other requests are about."""


def order_of(operation: str) -> tuple[int, str]:
    """Return the order in which requests are sent: what makes something first, then what is done to it."""
    if operation in FIRST:
        return FIRST.index(operation), operation
    groups = ("{" not in operation and operation not in CODES, operation not in LAST, True)
    return len(FIRST) + groups.index(True), operation


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The demo of today; the host of the example endpoint is found, and nothing is sent there."""
    found, look_up = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443)), socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **more: Any) -> Any:
        return [found] if host == "example.org" else look_up(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    settings = demo_settings(
        tmp_path, time_budget_ms=250, grievance_body=HOTLINE, deliver=False, rate_limit="1000000/minute"
    )
    load_demo(settings, demo.coalition_bytes(day=demo.today()))
    with running(settings) as api:
        yield Desk(api)


def test_every_request_is_answered_as_described(desk: Desk) -> None:
    """With the status of success, a body of its schema, and whatever the example answer shows in it."""
    wrong = list[str]()
    for operation in sorted(OPERATIONS, key=order_of):
        content = OPERATIONS[operation].get("requestBody", {}).get("content", {})
        for kind, described in content.items():
            examples = {name: entry["value"] for name, entry in described.get("examples", {}).items()}
            for name, example in (examples or {"example": described.get("example")}).items():
                body = json.loads(demo.moved(json.dumps(example).encode(), day=demo.today()))
                if operation in CODES:
                    body["code"] = desk.answers[CODES[operation]]["code"]
                reply = desk.send(operation, body, kind)
                wrong += [f"{operation} ({name}): {fault}" for fault in faults(operation, reply)]

    assert wrong == []
    assert desk.sent > 70


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


def faults(operation: str, reply: httpx.Response) -> Iterator[str]:
    """Yield what is not as described."""
    expected, described = min((int(status), answer) for status, answer in OPERATIONS[operation]["responses"].items())
    if reply.status_code not in (expected, 201):
        yield f"{reply.status_code} {reply.text}"
        return
    content = described.get("content", {}).get(reply.headers.get("content-type", "").partition(";")[0])
    if content is not None:
        body = reply.json()
        yield from problems_of(content["schema"], body)
        examples = [content["example"]] if "example" in content else [e["value"] for e in content["examples"].values()]
        if operation in BY_SHELTER:
            return
        yield from (f"no {name}" for name in set.intersection(*(set(each) for each in examples)) - body.keys())
