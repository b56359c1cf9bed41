"""Where no rules of the client's state are loaded, a report about a child has a number wherever the answer is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from typing import Any

import pytest
from api_builders import Api, load_demo, running
from rich.console import Console
from visitors import Visitor, signed_in

from service import demo
from service.answers.printed import PrintedPage, print_answer, print_group
from service.documents.document import parse_document
from service.page.words import word
from service.settings import Settings

ORIGIN, RECEIVER = "cedar-lamp-line", "meridia-children"
ADDRESS_KEY = "b" * 43 + "="
BED = {"type": "emergency_shelter", "urgency": "now"}
ALWAYS_OPEN = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}
Document = dict[str, Any]


def coalition(receiver: Document | None) -> bytes:
    """The small demo as a coalition of Ohio that loads no pack of it; its agency for reports changed, or left out."""
    document = json.loads(
        json.dumps(parse_document(demo.coalition_bytes("salt-prairie"))[0]).replace("meridia", "us-oh")
    )
    (agency,) = [
        organization
        for organization in document["organizations"]
        if organization["id"] == RECEIVER.replace("meridia", "us-oh")
    ]
    document["organizations"].remove(agency)
    if receiver is not None:
        services = [service | {"schedules": [ALWAYS_OPEN], "phones": []} for service in agency["services"]]
        document["organizations"].append(agency | {"id": RECEIVER, "services": services, **receiver})
    return json.dumps(document).encode()


@pytest.fixture(scope="module", params=["own", "none", "numberless"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The reports go to an agency of the coalition, to none, or to one that lists no number."""
    receiver = {"own": {}, "none": None, "numberless": {"phones": []}}[request.param]
    file = tmp_path_factory.mktemp("numbers") / "router.db"
    settings = Settings(
        database=f"sqlite:///{file}", address_key=ADDRESS_KEY, time_budget_ms=60_000, rate_limit="1000000/minute"
    )
    load_demo(settings, coalition(receiver))
    with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
def visitor(api: Api) -> Visitor:
    return signed_in(api, ORIGIN, "route", Accept_Language="en")


def answer_to(api: Api, **changes: Any) -> Document:
    profile = {"needs": [BED], "client": {"age": 15, "area": "salt-county"}, "facts": {"client_present": True}}
    answer = api.post("/v1/referral-paths", profile | changes, "route", organization=ORIGIN)
    assert answer.status_code == 200
    return dict(answer.json())


def report(answer: Document) -> Document:
    (duty,) = [duty for duty in answer["duties"] if duty["id"] == "child-report-state-law"]
    return dict(duty)


def dialed(page: str) -> set[str]:
    return set(re.findall(r'href="(tel:[^"]+)"', page))


def printed(answer: Document, **how: bool) -> str:
    out = StringIO()
    page = PrintedPage(Console(file=out, width=80, highlight=False))
    print_answer(page, answer, asked_at=datetime(2026, 3, 2, 8, tzinfo=UTC), **how)
    return " ".join(out.getvalue().split())


FORM = {"need": ["emergency_shelter"], "client.age": "15", "client.area": "salt-county", "facts.client_present": "yes"}
YOUNG = {"a.count": "1", "a.from": "15", "a.to": "15", "client.area": "salt-county", "a.need.emergency_shelter": "yes"}


@pytest.mark.parametrize(("path", "form"), [("/answer", FORM), ("/next", FORM), ("/group/calls", YOUNG)])
def test_on_a_page_the_number_is_dialed(api: Api, visitor: Visitor, path: str, form: Document) -> None:
    """That of the coalition's receiver, or the line of the state's card: with the first call, not under what may be."""
    first, *_ = report(answer_to(api))["to"]
    page = visitor.post(path, {"forgery": visitor.forgery("/next"), **form})
    assert page.status_code == 200

    assert first["tel"] in dialed(page.text.partition('id="rest"')[0])
    assert first["name"] in page.text


@pytest.mark.parametrize("full", [False, True])
def test_on_paper_the_number_stands_beside_the_name(api: Api, full: bool) -> None:
    """Below the sheet, and on it where a report is asked for; an agency without a number is not the only receiver."""
    answer = answer_to(api) if full else answer_to(api, needs=[{**BED, "type": "child_protection_report"}])
    first, *others = report(answer)["to"]

    assert first["phone"] is not None
    assert re.search(f"{re.escape(first['name'])},? {first['phone']}", printed(answer, full=full))
    assert {to["slug"] for to in (first, *others)} <= {RECEIVER, None, "salt-sheriff"}


def test_who_asks_whether_to_report_has_every_number_at_once(api: Api, visitor: Visitor) -> None:
    """A report that is asked for shows each receiver of the duty once, in order, and more than one number to call."""
    form, needs = {**FORM, "need": ["child_protection_report"]}, [{**BED, "type": "child_protection_report"}]
    receivers = report(answer_to(api, needs=needs))["to"]
    page = visitor.post("/answer", {"forgery": visitor.forgery(), **form}).text.partition('id="rest"')[0]

    (item,) = (card for card in re.split(r'<li class="card|\n</li>\n', page) if word("en", "duty.to", name="") in card)
    names = [unescape(name) for name in re.findall(r"<p><strong>Report to ([^<]*)</strong>", item)]
    assert names == [to["name"] for to in receivers]
    assert {to["tel"] for to in receivers} - {None} <= dialed(item)
    assert all(item.count(f'href="{to["tel"]}"') == 1 for to in receivers if to["tel"])
    assert len(dialed(page)) > 1


def test_a_child_who_comes_along_is_told_of_with_what_may_apply(api: Api, visitor: Visitor) -> None:
    """An adult's answer says whom the report would be about, and its number is no call of the page, in any state."""
    along = answer_to(api, client={"age": 30, "area": "salt-county", "with": [{"age": 5}]})
    duty = report(along)
    page = visitor.post(
        "/group/calls", {"forgery": visitor.forgery("/group"), **YOUNG, "a.from": "30", "a.to": "30", "a.along": "1"}
    ).text

    assert (duty["person"], report(answer_to(api))["person"]) == ("companion", "client")
    assert "a child with the client" in duty["plain"]
    assert "a child with the client" not in report(answer_to(api))["plain"]
    assert duty["plain"] in printed(along, full=True)
    assert duty["say"][0] not in printed(along)
    assert duty["to"][0]["tel"] not in dialed(page)


def test_a_group_on_paper_has_it_too(api: Api) -> None:
    """Beside the duty, and not beside one that is about a child who comes along."""
    card = {"key": "a", "count": 1, "needs": [BED], "facts": {}, "consents": [], "avoid": []}
    for client, there in (({"age": 15}, True), ({"age": 30, "with": [{"age": 5}]}, False)):
        body = {"clients": [{**card, "client": {**client, "area": "salt-county"}}]}
        answer = api.post("/v1/group-referral-paths", body, "route", organization=ORIGIN)
        assert answer.status_code == 200
        out = StringIO()
        page = PrintedPage(Console(file=out, width=80, highlight=False))
        print_group(page, answer.json(), asked_at=datetime.now(UTC))
        first = report(answer.json())["to"][0]
        beside = re.search(f"{re.escape(first['name'])},? {first['phone']}", " ".join(out.getvalue().split()))
        assert bool(beside) is there
