"""Good bodies to plant canaries in, ways to break them, and the one place where an answer may name a field again."""

from __future__ import annotations

import re
from typing import Any

import httpx
from api_builders import demo_profile
from canaries import CANARY

from service.answers.routes.examples import ASKED_SHARE

PATHS, CALLS, DECISIONS = "/v1/referral-paths", "/v1/next-calls", "/v1/policy/decisions"
GROUP = "/v1/group-referral-paths"
PROFILE = demo_profile("12-signed-release-to-two")
GOOD: dict[str, dict[str, Any]] = {
    PATHS: PROFILE,
    CALLS: PROFILE,
    GROUP: {
        **{name: PROFILE[name] for name in ("origin", "at")},
        "clients": [{"key": "a", **{name: PROFILE[name] for name in ("client", "needs", "facts", "consents")}}],
    },
    DECISIONS: ASKED_SHARE | {"consents": PROFILE["consents"]},
}
NAMED = re.compile(rf"/{CANARY}_[0-9]+$")
BROKEN = {
    "half": lambda body: body[: body.index(CANARY.encode()) + 20],
    "twice": lambda body: body + body,
    "not utf-8": lambda body: body.replace(CANARY.encode(), CANARY.encode() + b"\xff"),
    "too large": lambda body: body.ljust(300_000),
    "deep": lambda body: b"[" * 10_000 + body + b"]" * 10_000,
}


def without_named_fields(response: httpx.Response) -> str:
    """Return an answer's text; what is no field here is named by its pointer, where it is spelled like a field."""
    pointers = [error.get("pointer", "") for error in response.json().get("errors", ())]
    return re.sub(rf"/{CANARY}_[0-9]+", "", response.text) if any(map(NAMED.search, pointers)) else response.text
