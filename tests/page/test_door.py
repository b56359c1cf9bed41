"""The door: links with one button, cookies, forms of other places, leaving, and pages that were left open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from sqlalchemy import make_url
from visitors import SESSION, Visitor, hidden, login_code, make_older, set_cookies, signed_in

from service.page.sessions import forgery_of


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("door"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.fixture
def visitor(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, "route", "directory:read")


def file_of(api: Api) -> Path:
    return Path(str(make_url(api.settings.database).database))


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/").status_code == 200


def test_a_link_signs_in_by_its_button_alone(api: Api) -> None:
    """To open it spends nothing, however often a program does; the button signs in, once."""
    code, visitor = login_code(api, HOTLINE, "route"), Visitor(api.client)
    for _ in range(3):
        page = visitor.get(f"/signin/{code}")
        assert (page.status_code, visitor.cookies) == (200, {})
    assert hidden(page.text, "code") == code

    answer = visitor.post("/signin", {"code": code})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_signed_in(visitor)
    with closing(sqlite3.connect(file_of(api))) as connection:  # and that it was done is written down, by whom it was
        entries = connection.execute("SELECT operation, organization FROM audit_entry").fetchall()
    assert ("sign in", HOTLINE) in entries
    again = Visitor(api.client)
    assert again.post("/signin", {"code": code}).status_code == 401
    assert again.cookies == {}


def test_the_cookie_is_as_narrow_as_cookies_get(api: Api) -> None:
    """`__Host-`, Secure, HttpOnly, Strict, for the whole of this host, until the browser is closed."""
    answer = Visitor(api.client).post("/signin", {"code": login_code(api, HOTLINE, "route")})

    [(name, cookie)] = set_cookies(answer).items()
    assert name == SESSION
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "strict", "/")
    assert cookie["domain"] == cookie["max-age"] == cookie["expires"] == ""


def test_a_session_that_was_planted_is_worth_nothing_after_sign_in(api: Api, visitor: Visitor) -> None:
    """Session fixation: the token is a new one, and the one before has ended."""
    planted = visitor.cookies[SESSION]
    assert visitor.post("/signin", {"code": login_code(api, "bluestem-haven", "route")}).status_code == 303

    assert visitor.cookies[SESSION] != planted
    assert not is_signed_in(Visitor(api.client, {SESSION: planted}))
    made_up = Visitor(api.client, {SESSION: "made-up-by-somebody"})
    made_up.post("/signin", {"code": login_code(api, HOTLINE, "route")})
    assert made_up.cookies[SESSION] != "made-up-by-somebody"


@pytest.mark.parametrize(
    ("since", "lives"),
    [
        ({"used_at": timedelta(minutes=59)}, True),
        ({"used_at": timedelta(minutes=60)}, False),
        ({"begun_at": timedelta(hours=11, minutes=59)}, True),
        ({"begun_at": timedelta(hours=12)}, False),
    ],
)
def test_a_session_ends_by_itself(api: Api, since: dict[str, timedelta], *, lives: bool) -> None:
    """An hour without use, twelve hours in all: then every page asks to sign in, and a form is refused."""
    visitor = signed_in(api, HOTLINE, "route")
    forgery = visitor.forgery("/intake")
    make_older(api, **since)

    page = visitor.get("/")

    assert page.status_code == (200 if lives else 303)
    if not lives:
        assert page.headers["location"] == "/signin"
        assert visitor.post("/intake", {"forgery": forgery}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"Origin": "{own}"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "{own}.elsewhere.example"}, False),
        ({"Origin": "{own}", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(api: Api, headers: dict[str, str], *, is_ours: bool) -> None:
    """By what the browser says of it, with the token of the session and all: sign-in, a page's form, the language."""
    own = str(api.client.base_url).rstrip("/")
    fields = {name: value.format(own=own) for name, value in headers.items()}
    visitor, stranger = signed_in(api, HOTLINE, "route"), Visitor(api.client)
    forgery = visitor.forgery("/intake")

    assert visitor.post("/intake", {"forgery": forgery}, **fields).status_code == (200 if is_ours else 403)
    answer = stranger.post("/signin", {"code": login_code(api, HOTLINE, "route")}, **fields)
    assert (answer.status_code, SESSION in stranger.cookies) == ((303, True) if is_ours else (403, False))


def test_a_form_without_the_sessions_token_is_refused(api: Api, visitor: Visitor) -> None:
    """None, another session's, a piece, or what the session's token digests to."""
    good, other = visitor.forgery("/intake"), signed_in(api, HOTLINE, "route").forgery("/intake")

    assert good != other
    assert good == forgery_of(visitor.cookies[SESSION])
    assert good not in visitor.cookies[SESSION]
    for wrong in (other, good[:-1], f"{good}0", "", "\u00ff", visitor.cookies[SESSION]):
        assert visitor.post("/intake", {"forgery": wrong}).status_code == 403
    assert visitor.post("/intake", {"need": "food"}).status_code == 403
    assert visitor.post("/intake", {"forgery": good}).status_code == 200


@pytest.mark.parametrize("host", ["router.example.org", "10.0.0.7", "127.0.0.1.example.org", "", "[::1"])
def test_nobody_signs_in_over_an_open_line(api: Api, host: str) -> None:
    """Without TLS, under any name but this machine's own; a session from here is not taken there."""
    code, stranger = login_code(api, HOTLINE, "route"), Visitor(api.client, headers={"Host": host})
    assert stranger.post("/signin", {"code": code}).status_code in (400, 403)
    assert stranger.cookies == {}
    assert Visitor(api.client).post("/signin", {"code": code}).status_code == 303  # it was not spent
    stranger.cookies = signed_in(api, HOTLINE, "route").cookies
    assert stranger.get("/").status_code in (400, 403)


def test_behind_a_proxy_the_settings_say_the_host(tmp_path: Path) -> None:
    """With `page_url` its host alone is served, and its origin is ours."""
    with running(demo_settings(tmp_path, page_url="https://router.example.org")) as api:
        visitor = signed_in(api, HOTLINE, "route", Host="router.example.org", Origin="https://router.example.org")
        assert is_signed_in(visitor)
        local = Visitor(api.client, dict(visitor.cookies))
        assert local.get("/").status_code == 403
        assert local.post("/signin", {"code": login_code(api, HOTLINE, "route")}).status_code == 403


def test_leaving_ends_the_session_and_lets_the_browser_forget(api: Api, visitor: Visitor) -> None:
    """A neutral site, nothing kept; the token is worth nothing any more."""
    token = visitor.cookies[SESSION]

    answer = visitor.post("/leave", {"forgery": visitor.forgery()})

    assert (answer.status_code, answer.headers["location"]) == (303, api.settings.leave_to)
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.cookies == {}
    assert not is_signed_in(Visitor(api.client, {SESSION: token}))


def test_leaving_never_fails_a_person(api: Api, visitor: Visitor) -> None:
    """Without a session, without a token, from a page that is long out of date; another site can sign nobody out."""
    assert Visitor(api.client).post("/leave", {}).status_code == 303
    assert Visitor(api.client).post("/leave", {"forgery": "old", "anything": "else"}, Origin="null").status_code == 303
    for elsewhere in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = visitor.post("/leave", {}, **elsewhere)
        assert (answer.status_code, answer.headers["location"]) == (303, api.settings.leave_to)
        assert not {"clear-site-data", "set-cookie"} & answer.headers.keys()
    assert is_signed_in(visitor)
    assert visitor.get("/leave").status_code == 405


def test_a_page_left_open_ends_a_session_that_is_not_used(api: Api, visitor: Visitor) -> None:
    """In use elsewhere it goes on; unused for ten minutes it ends."""
    assert visitor.get("/locked").status_code == 200
    assert is_signed_in(visitor)
    make_older(api, used_at=timedelta(minutes=10))

    assert visitor.get("/locked").status_code == 200

    assert visitor.cookies == {}
    assert visitor.get("/").status_code == 303


def test_no_token_is_in_the_database(api: Api, visitor: Visitor) -> None:
    """Neither the session's, nor that of its forms, nor a code of a link: not in the file and not in what is beside."""
    code, forgery = login_code(api, HOTLINE, "route"), visitor.forgery()
    stored = b"".join(file.read_bytes() for file in file_of(api).parent.iterdir())

    assert HOTLINE.encode() in stored
    for secret in (visitor.cookies[SESSION], forgery, code):
        assert secret.encode() not in stored


def test_a_session_is_no_key_to_the_interface(api: Api, visitor: Visitor) -> None:
    """The cookie opens pages alone: no operation takes it."""
    assert visitor.get("/v1/services").status_code == 401
    assert visitor.get("/v1/organizations").status_code == 401


def test_the_menu_shows_what_the_scopes_open(api: Api) -> None:
    """Nothing for a caller without scopes; for each page its scope."""
    assert 'href="/intake"' not in signed_in(api, HOTLINE).get("/").text
    assert 'href="/intake"' in signed_in(api, HOTLINE, "route").get("/").text
    assert 'href="/intake"' not in signed_in(api, HOTLINE, "consent").get("/").text
    assert 'href="/beds"' not in signed_in(api, HOTLINE, "capacity").get("/").text
    assert 'href="/beds"' in signed_in(api, HOTLINE, "capacity", "directory:read").get("/").text


def test_signing_in_takes_the_language_along(api: Api) -> None:
    """From the page of the link, whatever the browser likes."""
    visitor = Visitor(api.client, headers={"Accept-Language": "en"})
    code = login_code(api, HOTLINE, "route")
    assert '<html lang="es">' in visitor.get(f"/signin/{code}?language=es").text
    visitor.post("/signin", {"code": code, "language": "es"})
    assert '<html lang="es">' in visitor.get("/").text


def test_tokens_are_not_guessed_at_will(tmp_path: Path) -> None:
    """Whoever sends tokens of no session is counted by where they come from, as without one."""
    with running(demo_settings(tmp_path, rate_limit="5/minute")) as api:
        statuses = [Visitor(api.client, {SESSION: f"guess-{number}"}).get("/").status_code for number in range(8)]

    assert statuses == [303] * 5 + [429] * 3
