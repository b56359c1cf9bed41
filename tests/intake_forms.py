"""The intake's forms as a test sends them, and what stands on the page that comes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from api_builders import Api
from visitors import Visitor

SCOPES = ("route", "consent", "referral", "directory:read")
BED = {
    "need": ["emergency_shelter"], "urgency.emergency_shelter": "now", "client.area": "demo-north",
    "client.age": "15", "client.languages": "es", "facts.client_present": "yes",
}  # fmt: skip
WOMAN = {
    "need": ["emergency_shelter"], "urgency.emergency_shelter": "now", "client.area": "demo-river",
    "client.age": "30", "client.gender": "female", "facts.client_present": "yes",
}  # fmt: skip
PROFILE = {
    "needs": [{"type": "emergency_shelter", "urgency": "now"}],
    "client": {"age": 15, "area": "demo-north", "languages": ["es"]},
    "facts": {"client_present": True},
}


def send(visitor: Visitor, path: str, form: dict[str, Any], status: int = 200) -> str:
    answer = visitor.post(path, {"forgery": visitor.forgery(), **form})
    assert answer.status_code == status, visible(answer.text)[:500]
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def visible(page: str) -> str:
    """What is read on a page."""
    main = page.partition("<main")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def values(page: str) -> set[tuple[str, str]]:
    """The values that the form of a page would send."""
    form = page.partition('<form id="form"')[2].partition("</form>")[0]
    ticked = re.findall(r'<input type="(?:checkbox|radio)" name="([^"]+)" value="([^"]*)" ?checked', form)
    hidden_fields = re.findall(
        r'<input (?:type="hidden"|id="[^"]+"|id="[^"]+" type="date") name="([^"]+)" value="([^"]*)"', form
    )
    selections = [
        (name, value)
        for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL)
        for value in re.findall(r'<option value="([^"]+)" selected', options)
    ]
    pairs = (*ticked, *hidden_fields, *selections)
    return {(name, unescape(value)) for name, value in pairs if name not in ("forgery", "key") and value}


def listed(pairs: set[tuple[str, str]]) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for name, value in sorted(pairs):
        by_name.setdefault(name, []).append(value)
    return by_name


def direct(demo: Api, profile: dict[str, Any]) -> dict[str, Any]:
    answer = demo.post("/v1/referral-paths", profile, "route")
    assert answer.status_code == 200
    return dict(answer.json())
