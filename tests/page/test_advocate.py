"""The advocate of a referral on pages: on the client's paper only if everybody may know the agency."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from inbox_builders import SHELTER, press, send
from visitors import Visitor, signed_in

SCOPES = ("directory:read", "consent", "referral", "route")
ADVOCATE = "prairie-sage"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "most_holds": 100, "most_holds_at_service": 100, "deliver": False}
    with running(demo_settings(tmp_path_factory.mktemp("advocate"), **more)) as app:
        yield app


@pytest.fixture
def hotline(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, *SCOPES)


def opened(visitor: Visitor, referral_id: str) -> str:
    return str(press(visitor, visitor.get("/inbox?box=out").text, "/inbox/open", id=referral_id).text)


def unlisted(api: Api) -> str:
    """An agency that members see and the public does not, with a number that members may call."""
    items = api.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    return next(str(item["slug"]) for item in items if item["coalition"]["listed"] == "coalition" and item["phones"])


def test_the_paper_is_asked_for_first_and_has_the_number_alone(api: Api, hotline: Visitor) -> None:
    sent = send(api, advocate=ADVOCATE)
    page = opened(hotline, sent["id"])
    organization = api.get(f"/v1/organizations/{ADVOCATE}", "directory:read").json()
    number = organization["phones"][0]["number"]
    assert organization["name"] in page

    asks = press(hotline, page, "/paper").text
    assert 'class="paper"' not in asks
    assert number not in re.sub(r"<[^>]+>", " ", asks)
    sheet = press(hotline, asks, "/paper", safe="yes").text
    printed = re.search(r'<div class="paper" lang="en">(.*?)</div>', sheet, re.DOTALL)
    assert printed is not None
    assert number in printed[1]
    assert organization["name"] not in printed[1]
    assert sent["id"] in press(hotline, sheet, "/inbox/open").text


def test_no_paper_for_an_advocate_that_is_not_publicly_listed(api: Api, hotline: Visitor) -> None:
    slug = unlisted(api)
    sent = send(api, advocate=slug)

    page = press(hotline, opened(hotline, sent["id"]), "/paper", safe="yes").text

    assert 'class="paper"' not in page
    assert "There is no paper for this number" in page
    assert api.get(f"/v1/organizations/{slug}", "directory:read").json()["phones"][0]["number"] not in page


def test_the_receiver_gets_no_paper_of_it(api: Api, hotline: Visitor) -> None:
    """Nor sees the advocate: it's as if none were named."""
    sent, shelter = send(api, advocate=ADVOCATE), signed_in(api, SHELTER, *SCOPES)

    page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text
    assert "/paper" not in page
    paper = shelter.post("/paper", {"forgery": _forgery(page), "referral": sent["id"], "safe": "yes"})
    assert 'class="paper"' not in paper.text
    assert "There is no paper for this number" in paper.text


def _forgery(page: str) -> str:
    found = re.search(r'name="forgery" value="([^"]+)"', page)
    assert found is not None
    return found[1]
