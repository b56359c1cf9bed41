"""Leaving works whatever else does not: cookies of any bytes, a limit used up, a database that is locked or lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from sqlalchemy import make_url
from visitors import SESSION, Visitor, make_older, signed_in

from service.page import leaving

EVERYTHING = '"cache", "cookies", "storage"'
GARBLED = [
    b"", b"=", b";;;", b"__Host-session", b"__Host-session=", b'__Host-session="', b"__Host-session=\xff\xfe\x80",
    b"__Host-session=\xc3\xa9", b'__Host-session="\\377\\400"', b"__Host-session=a; __Host-session=b",
    b"__Host-session=" + b"a" * 20_000, b"=__Host-session; \xf0\x9f", b"__Host-session=%00%ff",
]  # fmt: skip


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with running(demo_settings(tmp_path, deliver=False)) as app:
        yield app


def check_left(api: Api, answer: httpx.Response) -> None:
    """The browser forgets everything and goes to the neutral site."""
    assert (answer.status_code, answer.headers["location"]) == (303, api.settings.leave_to)
    assert answer.headers["clear-site-data"] == EVERYTHING
    assert f"{SESSION}=" in answer.headers["set-cookie"]
    assert "max-age=0" in answer.headers["set-cookie"].lower()


def leave(api: Api, **headers: str | bytes) -> httpx.Response:
    return api.client.post("/leave", headers={name.replace("_", "-"): value for name, value in headers.items()})


def is_signed_in(api: Api, token: str) -> bool:
    return Visitor(api.client, {SESSION: token}).get("/").status_code == 200


@pytest.mark.parametrize("cookie", GARBLED, ids=lambda cookie: repr(cookie[:40]))
def test_a_cookie_of_any_bytes_is_left(api: Api, cookie: bytes) -> None:
    """And shows the closed page."""
    check_left(api, leave(api, Cookie=cookie))
    assert api.client.get("/locked", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "[::1"}, {"Host": ""}, {"Host": "elsewhere.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "null", "Sec-Fetch-Site": "none"}, {"Content-Type": "text/plain"}, {"Accept": "application/json"},
        {"Accept-Language": "\u00ff;q=x"}, {"Authorization": "Bearer x"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://front"},
    ],
    ids=str,
)  # fmt: skip
def test_no_header_of_ones_own_browser_stands_in_the_way(api: Api, headers: dict[str, str]) -> None:
    """Nor a proxy that ends TLS and says nothing of it."""
    fields = {name: value.format(port=api.client.base_url.port).encode("latin-1") for name, value in headers.items()}
    check_left(api, api.client.post("/leave", headers=fields, content=b"\xff" * 100))


def test_a_used_up_limit_keeps_nobody(tmp_path: Path) -> None:
    """Whatever the address used up: reading, guesses at sessions, complaints, or leaving a hundred times."""
    with running(demo_settings(tmp_path, rate_limit="3/hour", open_limit="1/day", deliver=False)) as api:
        visitor = signed_in(api, HOTLINE, "route")
        token = visitor.cookies[SESSION]
        for path in ("/v1/keys", "/guide", "/grievances"):
            while api.client.get(path).status_code not in (429, 503):
                pass
        while Visitor(api.client, {SESSION: "a guess"}).get("/").status_code != 429:
            pass

        assert {api.client.get("/locked").status_code for _ in range(100)} == {200}
        for _ in range(100):
            check_left(api, leave(api))
        check_left(api, visitor.post("/leave", {}))
        assert not is_signed_in(api, token)


def file_of(api: Api) -> str:
    return str(make_url(api.settings.database).database)


def test_a_database_that_others_lock_keeps_nobody(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer does not wait for it; the session ends behind the answer, once the database can."""
    monkeypatch.setattr(leaving, "PATIENCE_S", 0.1)
    gone, locked = (signed_in(api, HOTLINE, "route") for _ in range(2))
    assert sessions(api) == 2
    make_older(api, used_at=timedelta(minutes=10))
    with closing(sqlite3.connect(file_of(api), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        check_left(api, gone.post("/leave", {}))
        page = locked.get("/locked")
        other.execute("ROLLBACK")

    assert (page.status_code, page.headers["clear-site-data"]) == (200, EVERYTHING)
    assert gone.cookies == locked.cookies == {}
    for _ in range(200):
        if not sessions(api):
            return
        time.sleep(0.05)
    raise AssertionError("a session goes on")


def sessions(api: Api) -> int:
    """How many sessions there are; to ask by their tokens would be to use them."""
    with closing(sqlite3.connect(file_of(api))) as database:
        return int(database.execute("SELECT count(*) FROM page_session").fetchone()[0])


def test_a_database_that_is_lost_keeps_nobody(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """The cookie goes; the log says that a session could not be ended, and not which."""
    visitor, other = signed_in(api, HOTLINE, "route"), signed_in(api, HOTLINE, "route")
    tokens = visitor.cookies[SESSION], other.cookies[SESSION]
    with closing(sqlite3.connect(file_of(api))) as lost:
        lost.execute("DROP TABLE page_session")

    check_left(api, visitor.post("/leave", {}))
    page = other.get("/locked")

    assert (page.status_code, page.headers["clear-site-data"]) == (200, EVERYTHING)
    assert visitor.cookies == other.cookies == {}
    assert caplog.text.count("could not be ended") == 2
    assert not any(token in caplog.text for token in tokens)


def test_a_page_left_open_beside_one_in_use_forgets_its_own_content_alone(api: Api) -> None:
    """The session goes on, so its cookie stays; a visitor without a session keeps nothing to forget."""
    visitor = signed_in(api, HOTLINE, "route")
    for answer in (visitor.get("/locked"), Visitor(api.client).get("/locked")):
        assert answer.headers["clear-site-data"] == '"cache"'
        assert "set-cookie" not in answer.headers
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("en", "own list of the pages"), ("es", "propia lista de las páginas")]
)
def test_every_page_says_that_the_browsers_history_stays(api: Api, language: str, words: str) -> None:
    """Beside the button, for screen readers too; on the sign-in as well, which Back finds after leaving."""
    for path in ("/signin", "/locked", "/guide", "/nothing-here"):
        page = api.client.get(f"{path}?language={language}", headers={"Accept": "text/html"}).text
        assert words in page.partition('<p id="history"')[2]
        assert '<button aria-describedby="history">' in page


def test_who_leaves_again_and_again_while_a_database_hangs_fills_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound nothing more waits for the database, and the browser is cleared as before."""
    monkeypatch.setattr(leaving, "PATIENCE_S", 0.01)
    monkeypatch.setattr(leaving, "MOST_ENDING", 5)
    with closing(sqlite3.connect(file_of(api), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(20):
            check_left(api, leave(api, Cookie=f"{SESSION}=junk-{number}"))
            assert len(leaving._ENDING) <= 5
        other.execute("ROLLBACK")
