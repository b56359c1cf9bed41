"""An answer in two parts: the first call at once, the rest after it; together they are the whole answer."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from page.test_intake import BED, SCOPES, send, visible
from visitors import Visitor, signed_in

from service import time_budget
from service.i18n.answers import NOT_LOOKED_INTO
from service.page.words import word

REST = re.compile(r'<form method="post" action="/answer" autocomplete="off" data-rest>.*?</form>', re.DOTALL)
AGAIN = re.compile(r'<form method="post" action="/answer"[^>]*>(?:(?!</form>).)*name="seen".*?</form>', re.DOTALL)
DIALED = re.compile(r'href="tel:([^"]+)"')
OPEN = BED | {"need": ["emergency_shelter", "legal_immigration"], "urgency.legal_immigration": "this_week"}
FORMS: dict[str, dict[str, Any]] = {
    "a call": BED,
    "needs left open": OPEN,
    "somebody said no": BED | {"no": ["willow-bend-youth"]},
    "a question was put": {"need": ["emergency_shelter"], "asked": ["client.age"]},
    "nothing known": {"need": ["emergency_shelter"]},
    "no way": {"need": ["relocation"], "client.area": "demo-north"},
}


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOTLINE, *SCOPES)


def asks_for_rest(page: str) -> dict[str, list[str]]:
    """The fields of the form that asks for the rest."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', REST.search(page).group()):  # type: ignore[union-attr]
        fields.setdefault(name, []).append(unescape(value))
    del fields["forgery"]
    return fields


def around(page: str) -> str:
    """What is read before the rest begins."""
    return visible(REST.sub("", page).partition('<div id="rest"')[0])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_the_rest_changes_nothing_that_stands_already(worker: Visitor, form: dict[str, Any]) -> None:
    """The same call and words before it; the form of the rest carries what was typed, and the moment of the first."""
    first = send(worker, "/answer", form)
    fields = asks_for_rest(first)
    whole = send(worker, "/answer", fields)

    assert {name: values for name, values in fields.items() if name not in ("at", "seen")} == {
        name: value if isinstance(value, list) else [value] for name, value in form.items()
    }
    assert around(first) == around(whole)
    assert REST.search(whole) is None
    assert word("en", "rest.changed") not in whole
    assert len(visible(whole)) >= len(visible(REST.sub("", first)))


def test_the_first_part_has_every_call_and_leaves_out_how_it_was_found(worker: Visitor) -> None:
    """The whole sheet at once, with the next question; what opens later and how each path was counted come after it."""
    first = send(worker, "/answer", OPEN)
    whole = send(worker, "/answer", asks_for_rest(first))

    assert word("en", "ask.title") in visible(first)
    assert word("en", "cost.handoffs") not in visible(first)
    assert word("en", "cost.handoffs") in visible(whole)
    assert {*DIALED.findall(first)} == {*DIALED.findall(whole.partition('<div id="rest"')[0])} != set()


def test_the_rest_is_of_the_moment_of_the_first_part(worker: Visitor) -> None:
    """A rest that is asked for at night tells of the morning at which the first part was given."""
    fields = asks_for_rest(send(worker, "/answer", BED)) | {"at": ["2026-03-02T10:00:00-06:00"]}
    at_night = fields | {"at": ["2026-03-02T03:00:00-06:00"]}

    assert visible(send(worker, "/answer", fields)) != visible(send(worker, "/answer", at_night))
    send(worker, "/answer", fields | {"at": ["soon"]}, status=422)


def test_a_directory_that_changed_in_between_replaces_all_and_says_so(worker: Visitor) -> None:
    """The version that was seen is another: the page says that everything on it is new."""
    fields = asks_for_rest(send(worker, "/answer", BED)) | {"seen": ["0"]}

    whole = send(worker, "/answer", fields)

    assert word("en", "rest.changed") in visible(whole)
    assert 'data-version="0"' not in whole


@pytest.mark.parametrize("language", ["en", "es"])
def test_where_time_ran_out_before_the_questions_the_page_says_so(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    """Without time a page never looks as if there were nothing to ask: it says so, and offers to look once more."""
    with running(demo_settings(tmp_path_factory.mktemp("cut"), rate_limit="1000/minute", question_budget_ms=0)) as api:
        visitor = signed_in(api, HOTLINE, *SCOPES, Accept_Language=language)
        whole = send(visitor, "/answer", OPEN | {"seen": "1"})
        again = AGAIN.search(whole)

        assert word(language, "ask.title") not in visible(whole)
        assert word(language, "ask.cut") in visible(whole)
        assert again
        assert "data-rest" not in again.group()  # or the script would ask without end
        assert word(language, "rest.more") in again.group()


def test_where_there_was_time_nothing_is_said_of_it(worker: Visitor) -> None:
    """The whole answer holds the question itself."""
    whole = send(worker, "/answer", OPEN | {"seen": "1"})

    assert word("en", "ask.title") in visible(whole)
    assert word("en", "ask.cut") not in visible(whole)
    assert AGAIN.search(whole) is None


def test_an_unfinished_search_says_so(worker: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open need without reasons says what is known."""
    monkeypatch.setattr(time_budget, "HARD_DEADLINE_MS", 0)

    whole = send(worker, "/answer", asks_for_rest(send(worker, "/answer", BED)))

    assert NOT_LOOKED_INTO in visible(whole)
