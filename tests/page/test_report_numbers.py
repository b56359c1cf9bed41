"""Where no rules of the client's state are loaded, a report about a child has a number wherever the answer is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from api_builders import Api, load_demo, running
from rich.console import Console
from visitors import Visitor, signed_in

from service import demo
from service.answers.printed import PrintedPage, print_answer, print_group
from service.infrastructure.documents.document import parse_document
from service.settings import Settings
from service.words import brief, duties

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
    """In fifteen lines and in all of them; an agency without a number is not the only receiver."""
    first, *others = report(answer_to(api))["to"]

    assert first["phone"] is not None
    assert f"{first['name']}, {first['phone']}" in printed(answer_to(api), full=full)
    assert {to["slug"] for to in (first, *others)} <= {RECEIVER, None, "salt-sheriff"}


def test_who_asks_whether_to_report_has_a_number_and_another_after_it(api: Api, visitor: Visitor) -> None:
    """A report that is a step offers each receiver of the duty once, one after the other; else the duty has them."""
    form, needs = {**FORM, "need": ["child_protection_report"]}, [{**BED, "type": "child_protection_report"}]
    answer = answer_to(api, needs=needs)
    receivers = {to["tel"] for to in report(answer)["to"]} - {None}
    offered, numbers = list[str](), set[str]()
    for _ in range(9):
        page = visitor.post("/answer", {"forgery": visitor.forgery(), **form, "no": offered}).text
        key = re.search(r'<button name="no" value="([^"]+)"', page)
        if key is None:
            break
        assert receivers <= dialed(page.partition('id="rest"')[0]) | numbers
        offered.append(key[1])
        numbers |= dialed(page.partition('id="call"')[2].partition("</section>")[0])

    assert len(offered) == len(set(offered)) > 1
    assert receivers <= numbers or not answer["paths"]


def test_a_child_who_comes_along_is_told_of_with_what_may_apply(api: Api, visitor: Visitor) -> None:
    """An adult's answer says whom the report would be about, and its number is no call of the page, in any state."""
    along = answer_to(api, client={"age": 30, "area": "salt-county", "with": [{"age": 5}]})
    duty = report(along)
    page = visitor.post(
        "/group/calls", {"forgery": visitor.forgery("/group"), **YOUNG, "a.from": "30", "a.to": "30", "a.along": "1"}
    ).text

    assert (duty["person"], report(answer_to(api))["person"]) == ("companion", "client")
    assert duties.DUTY_OF_A_COMPANION in duty["plain"]
    assert duties.DUTY_OF_A_COMPANION not in report(answer_to(api))["plain"]
    assert duty["plain"] in printed(along, full=True)
    assert f" {brief.DUTY} " not in printed(along)
    assert duty["to"][0]["tel"] not in dialed(page)


def test_a_group_on_paper_has_it_too(api: Api) -> None:
    """Beside the duty, and not beside one that is about a child who comes along."""
    card = {"key": "a", "count": 1, "needs": [BED], "facts": {}, "consents": [], "avoid": []}
    for client, there in (({"age": 15}, True), ({"age": 30, "with": [{"age": 5}]}, False)):
        body = {"clients": [{**card, "client": {**client, "area": "salt-county"}}]}
        answer = api.post("/v1/group-referral-paths", body, "route", organization=ORIGIN)
        assert answer.status_code == 200
        out = StringIO()
        print_group(PrintedPage(Console(file=out, width=80, highlight=False)), answer.json())
        first = report(answer.json())["to"][0]
        assert (f"{first['name']}, {first['phone']}" in " ".join(out.getvalue().split())) is there
