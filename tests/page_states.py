"""Every page in every state: the pages of all routes as they are, and what each form leads to, well filled in and not.

The pages are read from the routes, so a new page is among them by itself; a new page with a parameter, or a new form,
fails until it is said here what stands in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import count
from typing import Any

import httpx
from api_builders import Api
from inbox_builders import SHELTER, send
from intake_forms import BED
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope
from starlette.types import Send as Sending
from visitors import Visitor, hidden, login_code, signed_in
from webhook_builders import eventually

from service.page.site import PAGES

SCOPES = (
    *("route", "directory:read", "directory:write", "directory:admin", "webhook", "consent", "referral", "capacity"),
    *("grievance", "audit", "organization:admin"),
)
SETTINGS: dict[str, Any] = {
    "rate_limit": "1000000/minute", "grievance_body": SHELTER, "deliver": False, "most_holds": 1000,
    "most_holds_at_service": 1000, "webhook_networks": "127.0.0.0/8", "webhook_http": True,
    "question_budget_ms": 60_000,
}  # fmt: skip
STREAM = "/arrivals"
MORE = (
    *("/inbox?box=out", "/coalition/map?of=kind:health", "/coalition/due?within=P365D", "/coalition/outcomes?by=area"),
    *("/first-steps/3", "/nowhere", "/directory/none"),
)
NO_PAGE_FOLLOWS = {"/language", "/leave", "/arrivals/sound", "/signin"}
"""Forms that lead elsewhere: what comes is a page by itself."""
PEOPLE = {"a.count": "2", "a.from": "20", "a.to": "30", "a.gender": "female", "a.need.emergency_shelter": "yes",
          "b.need.food": "yes", "b.danger.suicide": "yes", "b.ages": "5, 9"}  # fmt: skip
_keys = count(1)


def paths(method: str) -> list[str]:
    """Return the path of each route for a method, as the program writes it."""
    return [route.path for router in PAGES for route in router.routes if method in route.methods]  # type: ignore[attr-defined]


def worker(api: Api, language: str) -> Visitor:
    """A person with every page, at the shelter that also hears complaints."""
    return signed_in(api, SHELTER, *SCOPES, Accept="text/html", Accept_Language=language)


def filled(api: Api, visitor: Visitor) -> dict[str, str]:
    """What stands in the place of each parameter of a page."""
    listed = api.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    agency = next(row for row in listed if row["coalition"]["listed"] == "public" and row["services"])
    added = fresh(visitor, "/webhooks", "/webhooks", url="http://127.0.0.1:9/hooks")
    return {
        "/signin/{code}": f"/signin/{login_code(api, SHELTER, 'route')}",
        "/first-steps/{screen}": "/first-steps/2",
        "/webhooks/{endpoint_id}": re.search(r'href="(/webhooks/[^"]+)"', added.text)[1],  # type: ignore[index]
        "/guide/states/{code}": "/guide/states/us-tx",
        "/desk/{kind}": "/desk/organizations",
        "/guide/{sector}": "/guide/schools",
        "/guide/pages/{name}": "/guide/pages/first-shift",
        "/directory/{organization_id}": f"/directory/{agency['id']}",
        "/coalition/what-if/{what_if_id}": f"/coalition/what-if/{what_if(api)}",
    }


def what_if(api: Api) -> str:
    """Ask for a short what-if, wait for its result, and return its id."""
    body = {"services": [{"id": "one-more", "like": "tc-night", "free": 1}], "calls": 1}
    place = api.post("/v1/coalition/what-ifs", body, "directory:read", organization=SHELTER).headers["location"]
    headers = api.bearer("directory:read", organization=SHELTER)
    eventually(lambda: api.client.get(place, headers=headers).json()["status"] == "done", within_s=60)
    return place.rpartition("/")[2]


def addresses(api: Api, visitor: Visitor) -> list[str]:
    """Return the address of every page that has one; what is no page (a picture, a file) is left out."""
    parameters = filled(api, visitor)
    places = [parameters[path] if "{" in path else path for path in paths("GET") if path != STREAM]
    pages = [place for place in places if visitor.get(place).headers.get("content-type", "").startswith("text/html")]
    return [*pages, *MORE]


def fields_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the first form of a page that leads to `action`, or has a button there."""
    form = next(part for part in re.findall(r"<form .*?</form>", page, re.DOTALL) if f'action="{action}' in part)
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in pairs}


def press(visitor: Visitor, page: str, action: str, **fields: Any) -> httpx.Response:
    """Send the form of a page that leads to `action`, with more fields."""
    return visitor.post(action, {**fields_of(page, action), **fields})


def fresh(visitor: Visitor, page: str, action: str, **fields: Any) -> httpx.Response:
    """Send the form of the page at an address."""
    return press(visitor, visitor.get(page).text, action, **fields)


def by_forms(api: Api, visitor: Visitor) -> Iterator[httpx.Response]:
    """Yield each state of a page that comes by a form."""
    forgery = visitor.forgery()

    def post(path: str, form: dict[str, Any]) -> httpx.Response:
        return visitor.post(path, {"forgery": forgery, **form})

    for path, forms in _intake(post).items():
        yield from (post(path, form) for form in forms)
    yield from _consents(visitor, post)
    yield from _inbox(api, visitor)
    yield from _work(api, visitor, post)
    yield from _desk(post)


def every_state(api: Api, visitor: Visitor, pages: list[str]) -> Iterator[tuple[str, httpx.Response]]:
    """Yield each state of a page that the visitor has no address for, and how it comes: as nobody, or by a form."""
    nobody = Visitor(api.client, headers={"Accept_Language": visitor.headers["Accept_Language"]})
    yield from (("nobody's", answer) for answer in map(nobody.get, pages) if answer.status_code == 200)
    yield from ((str(answer.status_code), answer) for answer in by_forms(api, visitor))


def step_in(answer: httpx.Response) -> str:
    """The hand-off to send that an answer offers, as its button holds it."""
    return unescape(re.search(r'name="step" value="([^"]*)"', answer.text)[1])  # type: ignore[index]


def _intake(post: Any) -> dict[str, list[dict[str, Any]]]:
    step = step_in(post("/answer", BED))
    to = json.loads(step)["to"]
    call, group = {**BED, "paper": to}, {**PEOPLE, "client.area": "demo-river"}
    sending = {**BED, "step": step, "key": f"matrix-{next(_keys)}"}
    first, there = {**BED, "at": "2026-03-02T08:00:00Z"}, {"need": "emergency_shelter", "client.age": "20"}
    wrong_or_urgent = ({"client.age": "x"}, {"facts.danger": "imminent"}, {"facts.caller": "third_party"})
    return {
        "/intake": [BED],
        "/intake/who": [BED, {}],
        "/answer": [first, {**first, "seen": "1"}, *({**BED, **more} for more in wrong_or_urgent)],
        "/next": [there, *_walk_on(post, there), {"client.age": "x"}, {}],
        "/next/again": [BED],
        "/paper": [call, {**call, "safe": "yes", "with_name": "yes", "with_picture": "yes"}, {**call, "paper": "x"}],
        "/group": [{**PEOPLE, "do": "more.a"}, {"do": "add"}, {**PEOPLE, "apart.a.b": "yes", "do": "change.b"}],
        "/group/calls": [group, {**group, "client.area": "x"}, {**group, "a.from": "x"}, {}],
        "/referral": [{**BED, "step": step}],
        "/referral/send": [sending, {**sending, "agreed": "yes"}],
    }


def _walk_on(post: Any, form: dict[str, Any]) -> list[dict[str, Any]]:
    """The officer's form with each button of the first call pressed, and with every item done."""
    page, done = post("/next", form).text, list[str]()
    no = re.search(r'<button name="no" value="([^"]+)"', page)
    while found := re.search(r'<button name="done" value="([^"]+)"', page):
        done.append(unescape(found[1]))
        page = post("/next", {**form, "done": done}).text
    return [{**form, "no": unescape(no[1])}] * bool(no) + [{**form, "done": done[:1]}, {**form, "done": done}]


def _consents(visitor: Visitor, post: Any) -> Iterator[httpx.Response]:
    step = step_in(post("/answer", BED))
    reply = post("/referral/send", {**BED, "step": step, "key": f"matrix-{next(_keys)}", "agreed": "yes"})
    yield press(visitor, reply.text, "/referral/sent")
    yield (sent := fresh(visitor, "/inbox?box=out", "/inbox/open"))
    yield press(visitor, sent.text, "/inbox/follow-up", on="x")
    yield press(visitor, sent.text, "/inbox/follow-up", result="not_reached")
    yield press(visitor, sent.text, "/intake/again")
    yield (begun := post("/consent", BED))
    today = re.search(r'name="signed_on" value="([^"]+)"', begun.text)[1]  # type: ignore[index]
    terms = {
        "to": ["willow-bend-youth"], "data": ["need", "identity"], "level": "release", "form": "roi-four-counties",
        "signers": ["client"], "marks": ["health"], "signed_on": today,
        "ends_on": f"{int(today[:4]) + 1}{today[4:8]}01",
    }  # fmt: skip
    yield post("/consent/check", {"level": "verbal"})
    yield (summary := post("/consent/check", {**BED, **terms}))
    record = {**BED, **terms, "key": hidden(summary.text, "key")}
    yield (recorded := post("/consent/record", record))
    yield press(visitor, recorded.text, "/consent/recorded")
    yield post("/consent/receipt", {**fields_of(recorded.text, "/consent/recorded"), "in": "es", "names": "yes"})
    yield post("/inbox/consent", {"code": "acorn"})
    code = hidden(recorded.text, "code")
    yield (response := post("/inbox/consent", {"code": code}))
    form = {"id": hidden(response.text, "id")}
    yield from (post("/inbox/consent/pass-on", {"code": code, **sure}) for sure in ({}, {"sure": "yes"}))
    yield from (post(f"/inbox/consent/{act}", form) for act in ("open", "confirm", "end"))


def _inbox(api: Api, visitor: Visitor) -> Iterator[httpx.Response]:
    referral = send(api)
    yield visitor.post("/inbox", {"forgery": visitor.forgery()})
    yield fresh(visitor, "/inbox", "/inbox/find", code="acorn bagel canoe")
    yield fresh(visitor, "/inbox", "/inbox/find", code=referral["code"])
    page = fresh(visitor, "/inbox", "/inbox/open", id=referral["id"])
    for asks in ("declined", "waitlisted"):
        yield visitor.post("/inbox/open", {**fields_of(page.text, "/inbox/move"), "asks": asks})
    yield press(visitor, page.text, "/inbox/move", status="declined")
    yield (accepted := press(visitor, page.text, "/inbox/move", status="accepted"))
    yield press(visitor, page.text, "/inbox/move", status="declined", reason="full")
    yield press(visitor, accepted.text, "/inbox/move", status="completed", outcome="served")


def _work(api: Api, visitor: Visitor, post: Any) -> Iterator[httpx.Response]:
    room = {"service": "bh-beds", "unit": "bed"}
    for fields in ({"available": "5", "maximum": "9"}, {"by": "less"}, {"available": "999", "maximum": "9"}):
        yield fresh(visitor, "/beds", "/beds", **room, **fields)
    for fields in ({"act": "label", "label": "x" * 200}, {"act": "link", "scopes": "route"}):
        yield fresh(visitor, "/sessions", "/sessions", **fields)
    yield fresh(visitor, "/webhooks", "/webhooks", url="nowhere")
    yield (added := fresh(visitor, "/webhooks", "/webhooks", url="http://127.0.0.1:9/hooks"))
    place = re.search(r'href="(/webhooks/[^"]+)"', added.text)[1]  # type: ignore[index]
    yield fresh(visitor, place, place, act="test")
    yield post("/coalition/map", {"agency": SHELTER})
    yield from (post("/coalition/what-if", form) for form in ({}, {"like": "tc-night", "free": "many"}))
    yield post("/coalition/words/propose", {"term": "x" * 200, "means": "food"})
    term = {"term": f"a place to stay {next(_keys)}", "means": "emergency_shelter"}
    yield post("/coalition/words/propose", term)
    yield fresh(visitor, "/coalition/words", "/coalition/words/decide", status="declined")
    yield post("/coalition/legal-hold", {"id": "not an id"})
    yield post("/coalition/legal-hold", {"id": "0" * 8 + "-0000-4000-8000-" + "0" * 12})
    yield post("/grievances", {"codes": ["not_heard"]})
    yield post("/grievances/file", {})
    yield (filed := post("/grievances/file", {"codes": ["not_heard"], "about": "coalition"}))
    yield post("/grievances/find", {"code": "acorn"})
    code = re.search(r'<p class="code"[^>]*>(.*?)</p>', filed.text, re.DOTALL)
    spoken = " ".join(re.findall(r"<span>([^<]+)</span>", code[1])) if code else ""
    yield post("/grievances/find", {"code": spoken})
    heard = visitor.get("/grievances/hear").text
    yield (response := press(visitor, heard, "/grievances/open"))
    yield press(visitor, response.text, "/grievances/settle", status="in_review")
    yield post("/directory", {"words": "no agency is called so"})
    yield post("/directory", {"age": "x"})
    yield post("/directory", {"type": "food", "age": "30", "open_now": "yes"})


def _desk(post: Any) -> Iterator[httpx.Response]:
    agency, form = {"id": SHELTER}, {"id": "roi-four-counties"}
    yield post("/desk/services", {"words": "bed"})
    yield post("/desk/agreements", {"words": "no agency is called so"})
    yield post("/desk/organizations/open", agency)
    yield post("/desk/services/open", {"id": "bh-beds"})
    yield from (post("/desk/organizations/edit", {**agency, "part": part}) for part in ("coalition", "contacts"))
    yield post("/desk/services/edit", {"part": "new", "organization": SHELTER})
    yield post("/desk/agreements/edit", {"id": "mou-core", "part": "terms", "action": "renew"})
    yield (page := post("/desk/release-forms/edit", {**form, "part": "about"}))
    edited = {**form, "part": "about", "tag": fields_of(page.text, "/desk/release-forms/check")["tag"]}
    yield post("/desk/release-forms/check", {**edited, "f.languages": "not a language"})
    name = {"f.name": f"Consent to share {next(_keys)}"}
    yield post("/desk/release-forms/check", {**edited, **name})
    yield (saved := post("/desk/release-forms/save", {**edited, **name}))
    yield post("/desk/release-forms/save", {**edited, **name})
    change = re.search(r'name="change" value="([^"]+)"', saved.text)[1]  # type: ignore[index]
    yield post("/desk/undo", {"kind": "release-forms", **form, "change": change})
    yield post("/desk/organizations/remove", agency)


class Kept:
    """An application, and answers of it kept at addresses of their own, where a browser opens them as pages.

    `plain`: the scripts of the pages are not there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.answers, self.plain = app, dict[str, httpx.Response](), False

    def keep(self, answer: httpx.Response) -> str:
        """Keep an answer, and return its address."""
        address = f"/kept/{len(self.answers)}"
        self.answers[address] = answer
        return address

    async def __call__(self, scope: Scope, receive: Receive, send: Sending) -> None:
        """Answer with what is kept, else as the application does."""
        path = scope.get("path", "")
        answer = self.answers.get(path)
        if answer is not None:
            headers = {name: answer.headers[name] for name in ("content-security-policy", "content-type")}
            await Response(answer.content, answer.status_code, headers)(scope, receive, send)
        elif self.plain and path.endswith(".js"):
            await Response(status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
