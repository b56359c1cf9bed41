"""What if we added …: the form, the page that waits without a script, the table, and what doesn't fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import sleep

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from visitors import Visitor, hidden, signed_in
from webhook_builders import eventually

from service.page.words import word

PLACE = "/coalition/what-if"
SCOPES = ("directory:read", "directory:admin")
BED = {"like": "tc-night", "agency": "open-gate-intake", "free": "1", "always_open": "true"}
AGREEMENT = {"first": HOTLINE, "second": "tall-cedar-shelter", "level": "coalition"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("what-if"), rate_limit="1000000/minute")) as app:
        yield app


def send(visitor: Visitor, **form: str) -> httpx.Response:
    page = visitor.get(PLACE).text
    return visitor.post(PLACE, {**form, "forgery": hidden(page, "forgery"), "key": hidden(page, "key")})


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_bed_and_an_agreement(api: Api, language: str) -> None:
    """The form leads to a page that says to look again, which becomes the comparison in the reader's language."""
    visitor = signed_in(api, HOTLINE, *SCOPES, Accept_Language=language)

    reply = send(visitor, **BED, **AGREEMENT)

    place = reply.headers["location"]
    assert reply.status_code == 303
    first = visitor.get(place).text
    assert word(language, "coalition.what-if.again") in first or "<table>" in first
    eventually(lambda: sleep(0.5) or "<table>" in visitor.get(place).text, within_s=120)
    page = visitor.get(place).text
    assert word(language, "coalition.what-if.guesses") in page
    assert re.search(r"<td>\d+ → \d+</td>", page)


@pytest.mark.parametrize(
    "form",
    [{}, {"first": HOTLINE}, {"first": HOTLINE, "second": HOTLINE}, {"like": "tc-night", "free": "many"}],
)
def test_half_a_form_is_sent_back(api: Api, form: dict[str, str]) -> None:
    """With what was chosen still there."""
    visitor = signed_in(api, HOTLINE, *SCOPES)

    reply = send(visitor, **form)

    assert reply.status_code == 422
    assert word("en", "coalition.what-if.nothing") in reply.text
