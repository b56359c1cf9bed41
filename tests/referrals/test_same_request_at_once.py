"""The same request twenty times at once, at two servers of one database: one result, and nobody is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from api_builders import serving
from httpx import Response
from loop_builders import SHELTER, Loop, coalition, consent_terms, loop_over, loop_settings, referral
from sqlalchemy import func, select

from routing import Reason
from service.answers.use_cases.decide_handoff import Handoff, HandOffRequest, NotNow
from service.app import create_app
from service.database.table_base import table_of
from service.errors import ActRefused
from service.referrals.store.tables import CountedTry

TIMES = 20


@pytest.fixture
def servers(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[list[Loop]]:
    """Two servers of one database with one bed, each with connections of its own."""
    fill(database_url)
    settings = loop_settings(database_url, tmp_path)
    with ExitStack() as stack:
        first = stack.enter_context(loop_over(settings, coalition(beds=1)))
        other = stack.enter_context(serving(create_app(settings)))
        yield [first, replace(first, client=other)]


def at_once(servers: list[Loop], ask: Callable[[Loop], Response]) -> list[Response]:
    start = Barrier(TIMES)

    def wait_and_ask(number: int) -> Response:
        start.wait()
        return ask(servers[number % len(servers)])

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(wait_and_ask, range(TIMES)))


def only_result(answers: list[Response]) -> Any:
    """Return what all answers tell: one did it, and the others repeat what came of it."""
    assert {answer.status_code for answer in answers} <= {200, 201}, {answer.text for answer in answers}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    [result] = {answer.json()["id"] for answer in answers}
    return result


@pytest.mark.parametrize("round_", range(3))
def test_one_referral_is_sent(servers: list[Loop], round_: int) -> None:
    """It takes the last bed, so that whoever is decided on after it would be refused."""
    answers = at_once(servers, lambda loop: loop.send(referral(), key=f"key-{round_}"))

    sent = only_result(answers)
    assert [item["id"] for item in servers[0].call("GET", "/v1/referrals?box=out").json()["items"]] == [sent]


def test_one_consent_is_recorded(servers: list[Loop]) -> None:
    terms = consent_terms()

    answers = at_once(servers, lambda loop: loop.call("POST", "/v1/consents", body=terms, idempotency_key="key"))

    recorded = only_result(answers)
    assert [item["id"] for item in servers[0].call("GET", "/v1/consents").json()["items"]] == [recorded]


def test_one_change_is_counted(servers: list[Loop]) -> None:
    """Of the one bed; a second change would be out of range."""
    change, path = {"unit": "bed", "by": -1}, "/v1/services/beds/capacity"

    answers = at_once(servers, lambda loop: loop.call("POST", f"{path}/change", SHELTER, change, idempotency_key="key"))

    assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers}
    assert {answer.json()["available"] for answer in answers} == {0}
    [room] = servers[0].call("GET", path, SHELTER).json()["items"]
    assert room["available"] == 0


@pytest.mark.parametrize("refused_as", ["too_many_refusals", "busy", "not_allowed_now"])
def test_who_would_be_refused_is_told_of_the_one_that_was_sent_meanwhile(
    servers: list[Loop], monkeypatch: pytest.MonkeyPatch, refused_as: str
) -> None:
    """The first of two looks for the key, the second is sent, and then the first is refused: it is the same request."""
    body, meanwhile = referral(), [servers[1]]
    decide = HandOffRequest.decide

    def decide_after_the_other(deciding: HandOffRequest) -> Handoff | NotNow:
        if not meanwhile:
            return decide(deciding)
        assert meanwhile.pop().send(body, key="key").status_code == 201
        if refused_as != "not_allowed_now":
            raise ActRefused(refused_as, wait_s=1)
        return NotNow((Reason("agreement", 1),), ())

    monkeypatch.setattr(HandOffRequest, "decide", decide_after_the_other)
    first, again = servers[0].send(body, key="key"), servers[0].send(body, key="key")

    assert (first.status_code, first.headers.get("idempotency-replayed")) == (201, "true"), first.text
    assert first.content == again.content
    with servers[0].database.unit_of_work(writes=False) as work:
        assert work.session.execute(select(func.count()).select_from(table_of(CountedTry))).scalar_one() == 0
