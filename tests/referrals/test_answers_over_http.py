"""How soon services answer, from closed referrals to answers and records, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from api_builders import Api, load_demo
from intake_forms import SCOPES, send
from loop_builders import CLINIC, NEED, REFUGE, SENDER, SHELTER, Loop, coalition, here, loop_over, loop_settings
from rich.console import Console
from sqlalchemy import select
from visitors import Visitor, signed_in

from service.answers.printed import PrintedPage, print_answer
from service.referrals.store.work_tables import AnswerBatch, WaitingAnswer
from service.referrals.use_cases.count_answers import count_answers
from service.vocabulary import PARTS_OF_DAY

NEXT_WEEK = timedelta(days=7)


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Loop]:
    with loop_over(loop_settings(database_url, tmp_path), with_a_hidden_refuge()) as loop:
        yield loop


def with_a_hidden_refuge() -> dict[str, Any]:
    bundle = coalition()
    [refuge] = [row for row in bundle["organizations"] if row["id"] == REFUGE]
    refuge["coalition"]["listed"] = "coalition"
    return bundle


def waiting(loop: Loop) -> list[WaitingAnswer]:
    with loop.database.unit_of_work(writes=False) as work:
        return list(work.session.execute(select(WaitingAnswer)).scalars().all())


def have_closed(loop: Loop, service: str, senders: str) -> None:
    """Have referrals to a service wait for a batch, in each part of the day; all answered in time, half of them yes."""
    with loop.database.unit_of_work() as work:
        work.session.add_all(
            WaitingAnswer(
                id=f"{service}-{part}-{number}",
                service=service,
                part=part,
                sender=sender,
                in_time=True,
                time="within_30_minutes",
                accepted=number % 2 == 0,
                closed_on=here(),
            )
            for part in PARTS_OF_DAY
            for number, sender in enumerate(senders)
        )
        work.commit()


def count(loop: Loop, weeks: int = 1) -> None:
    with loop.database.unit_of_work() as work:
        count_answers(work, here() + weeks * NEXT_WEEK)
        work.commit()


def services_in(loop: Loop, organization: str, owner: str) -> dict[str, Any]:
    record = loop.call("GET", f"/v1/organizations/{owner}", organization, scopes="directory:read").json()
    return {service["slug"]: service for service in record["services"]}


def test_a_closed_referral_waits_without_its_name(served: Loop) -> None:
    """Where its sender follows it, and it was answered or had been due: then alone."""
    followed = served.sent(progress=True)
    served.move(followed["id"], SHELTER, "accepted")
    assert waiting(served) == []
    served.move(followed["id"], SHELTER, "completed", outcome="served")
    unseen = served.sent()
    served.move(unseen["id"], SHELTER, "declined", reason="full")
    taken_back = served.sent(progress=True)
    served.move(taken_back["id"], SENDER, "cancelled", reason="mistake")

    [row] = waiting(served)

    assert (row.service, row.sender, row.in_time, row.time, row.accepted) == (
        "beds", SENDER, True, "within_15_minutes", True,
    )  # fmt: skip
    assert row.part in PARTS_OF_DAY
    assert row.closed_on == here()


def test_figures_are_shown_to_whom_counts_are(served: Loop) -> None:
    """In an answer's steps, in calls and in records; the share accepted to the service's own organization alone."""
    before = served.call("GET", f"/v1/organizations/{SHELTER}", SENDER, scopes="directory:read").headers["etag"]
    have_closed(served, "beds", "aaabbbccdd")
    count(served, weeks=0)
    assert "usual_answers" not in services_in(served, SENDER, SHELTER)["beds"]  # this week is counted with the next
    count(served)

    entry = {"time": "within_30_minutes", "in_time": 60, "bound": "at_least"}
    plain = "Usually answers within 30 minutes. About 6 of 10 referrals, or more, are answered in time."
    [first, *_] = shown = services_in(served, SENDER, SHELTER)["beds"]["usual_answers"]
    assert {row["part"] for row in shown} == set(PARTS_OF_DAY)
    assert first == {"part": first["part"], **entry, "plain": plain}
    own = services_in(served, SHELTER, SHELTER)["beds"]["usual_answers"]
    assert own[0]["accepted"] == 50
    assert own[0]["plain"] == f"{plain} You accept about 5 of 10 referrals."
    after = served.call("GET", f"/v1/organizations/{SHELTER}", SENDER, scopes="directory:read").headers["etag"]
    assert before == after.replace("-en", "")  # in a language, since there is a sentence now

    [*_, use] = answered(served, NEED, "beds")
    assert use["usual_answer"] == {**entry, "plain": plain}
    calls = served.call("POST", "/v1/next-calls", SENDER, profile(NEED)).json()["calls"]
    assert [call["usual_answer"]["plain"] for call in calls if call["to"]["slug"] == SHELTER] == [plain]
    group = {"clients": [{"key": "a", "count": 2, **profile(NEED)}]}
    calls = served.call("POST", "/v1/group-referral-paths", SENDER, group).json()["calls"]
    assert [call["usual_answer"]["plain"] for call in calls if call["to"]["slug"] == SHELTER] == [plain]


def profile(needs: list[dict[str, str]]) -> dict[str, Any]:
    return {"client": {"age": 30, "languages": ["en"]}, "needs": needs, "facts": {"client_present": True}}


def answered(loop: Loop, needs: list[dict[str, str]], service: str, *, shown: bool = True) -> list[dict[str, Any]]:
    """The uses of a service in an answer's paths and their `instead`, once figures are served, or no more."""
    deadline = monotonic() + 60
    while True:
        answer = loop.call("POST", "/v1/referral-paths", SENDER, profile(needs)).json()
        steps = [step for path in answer["paths"] for step in path["steps"]]
        steps += [other for step in steps for other in step.get("instead", ())]
        uses = [use for step in steps for use in step["services"] if use["slug"] == service]
        if any(("usual_answer" in use) is shown for use in uses):
            return uses
        assert monotonic() < deadline, uses
        sleep(0.1)


def test_figures_of_a_hidden_house_are_for_those_who_see_its_counts(served: Loop) -> None:
    """A refuge that tells nobody its places tells nobody how soon it answers; itself it is shown."""
    have_closed(served, "refuge-food", "aaabbbccdd")
    have_closed(served, "food", "aaabbbccdd")
    count(served)

    assert "usual_answers" in services_in(served, REFUGE, REFUGE)["refuge-food"]
    assert "usual_answers" not in services_in(served, SENDER, REFUGE)["refuge-food"]
    food = [{"type": "food", "urgency": "today"}]
    assert all("usual_answer" in use for use in answered(served, food, "food"))
    assert all("usual_answer" not in use for use in answered(served, food, "refuge-food", shown=False))


def test_an_agencys_page_shows_them_to_members_who_may_read_it(served: Loop) -> None:
    """Not to a visitor: the public page has the numbers to call and no figures."""
    have_closed(served, "beds", "aaabbbccdd")
    count(served)
    path = f"/directory/{served.call('GET', f'/v1/organizations/{SHELTER}', SENDER).json()['id']}"
    api = Api(served.settings, served.client)

    page = signed_in(api, SENDER, "directory:read").get(path).text
    assert page.index("At night") < page.index("Usually answers within 30 minutes.") < page.index("In the morning")
    assert "You accept" not in page
    assert "You accept about 5 of 10 referrals." in signed_in(api, SHELTER, "directory:read").get(path).text
    for visitor in (Visitor(served.client), signed_in(api, SENDER, "route")):
        assert "Usually answers" not in visitor.get(path).text


def test_calls_on_pages_and_in_the_terminal_show_them(served: Loop) -> None:
    have_closed(served, "beds", "aaabbbccdd")
    count(served)
    answered(served, NEED, "beds")
    worker, plain = (
        signed_in(Api(served.settings, served.client), SENDER, *SCOPES),
        "Usually answers within 30 minutes.",
    )
    form = {"need": ["emergency_shelter"], "urgency.emergency_shelter": "now", "client.age": "30"}
    assert plain in send(worker, "/answer", {**form, "client.languages": "en", "facts.client_present": "yes"})

    answer, out = served.call("POST", "/v1/referral-paths", SENDER, profile(NEED)).json(), StringIO()
    page = PrintedPage(Console(file=out, width=80, highlight=False))
    print_answer(page, answer, asked_at=datetime.now(UTC), full=True)
    assert plain in out.getvalue()


def test_what_was_read_can_be_put_back(served: Loop) -> None:
    """Figures come with a record and are no part of it."""
    have_closed(served, "beds", "aaabbbccdd")
    count(served)
    for path in (f"/v1/organizations/{SHELTER}", "/v1/services/beds"):
        read = served.call("GET", path, SHELTER)
        assert "usual_answers" in read.text
        put = served.call("PUT", path, SHELTER, read.json(), if_match=read.headers["etag"])
        assert put.status_code == 200, put.text


def test_too_few_wait_and_old_ones_go(served: Loop) -> None:
    """Nothing is shown of ten if one sender has half; a figure is gone half a year after, and so is what waits."""
    have_closed(served, "beds", "aaaaabbbcc")
    count(served)
    assert "usual_answers" not in services_in(served, SENDER, SHELTER)["beds"]
    assert len(waiting(served)) == 40
    have_closed(served, "teeth", "aaabbbccdd")
    count(served, weeks=2)
    assert "usual_answers" in services_in(served, SENDER, CLINIC)["teeth"]
    count(served, weeks=29)
    assert "usual_answers" not in services_in(served, SENDER, CLINIC)["teeth"]
    assert waiting(served) == []


def test_the_coalition_can_turn_it_off(served: Loop) -> None:
    """At once nothing is shown and nothing more is kept; with the next count all is gone."""
    have_closed(served, "beds", "aaabbbccdd")
    count(served)
    answered(served, NEED, "beds")
    bundle = with_a_hidden_refuge()
    bundle["coalition"]["answer_times"] = False
    load_demo(served.settings, json.dumps(bundle).encode())

    assert "usual_answers" not in services_in(served, SHELTER, SHELTER)["beds"]
    served.refresh()
    answered(served, NEED, "beds", shown=False)
    count(served)
    with served.database.unit_of_work(writes=False) as work:
        assert [*work.session.execute(select(AnswerBatch)).scalars()] == []
    sent = served.sent(progress=True)
    served.move(sent["id"], SHELTER, "declined", reason="full")
    assert waiting(served) == []
