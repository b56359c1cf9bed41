"""Every page of agencies, of the table and of the public: in both languages, with its scope and without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running
from visitors import Visitor, signed_in
from walks import titles

SCOPES = (
    *("route", "directory:read", "directory:write", "directory:admin", "webhook"),
    *("consent", "referral", "capacity", "grievance", "audit", "organization:admin"),
)
AGENCY = {
    "/inbox": "referral",
    "/inbox?box=out": "referral",
    "/beds": "directory:read",
    "/webhooks": "webhook",
    "/grievances/hear": "grievance",
    "/audit": "audit",
    "/desk": "directory:write",
    "/desk/organizations": "directory:write",
}
PARTS = ("map", "coverage", "due", "exchange", "contacts", "words", "outcomes", "what-if", "legal-hold")
TABLE = {f"/coalition/{part}": "directory:read" for part in PARTS}
STEPS = ("/first-steps", "/first-steps/2", "/first-steps/3")
PUBLIC = (
    *("/guide", "/guide/schools", "/guide/pages/what-is-kept", "/guide/states", "/guide/states/us-oh"),
    *("/directory", "/grievances", "/signin"),
)
BODY = "dogwood-victim-aid"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "grievance_body": BODY}
    with running(demo_settings(tmp_path_factory.mktemp("pages"), **more)) as app:
        yield app


@pytest.fixture(scope="module", params=["en", "es"])
def visitor(api: Api, request: pytest.FixtureRequest) -> Visitor:
    return signed_in(api, "bluestem-haven", *SCOPES, Accept_Language=request.param)


@pytest.mark.parametrize("path", [*AGENCY, *TABLE, *STEPS, "/coalition", "/sessions", *PUBLIC])
def test_every_page_is_shown(visitor: Visitor, path: str) -> None:
    """200, in the language of the session, with one heading, a neutral title, and nothing for a browser to keep."""
    page = visitor.get(path)

    assert page.status_code == 200
    assert f'<html lang="{visitor.headers["Accept_Language"]}">' in page.text
    assert len(re.findall(r"<h1\b", page.text)) == 1
    title = re.search("<title>(.*)</title>", page.text)[1]  # type: ignore[index]
    assert title in titles(visitor.headers["Accept_Language"])
    assert page.headers["cache-control"] == "no-store"
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert not re.search(r"\sstyle=|\son\w+=|<script>|<style", page.text)


@pytest.mark.parametrize(("path", "scope"), [*AGENCY.items(), *TABLE.items()])
def test_a_page_takes_its_scope(api: Api, path: str, scope: str) -> None:
    """Without a session: sign in. Without the scope: a page that says so, and nothing of what it would show."""
    stranger = Visitor(api.client).get(path)
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/signin")
    others = signed_in(api, "bluestem-haven", *[name for name in SCOPES if name not in (scope, "consent")])
    if path.startswith("/inbox"):
        assert "/inbox/find" not in others.get(path).text.replace('action="/inbox/find"', "")
    else:
        assert others.get(path).status_code == 403


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("language", ["en", "es"])
def test_public_pages_are_open_to_all(api: Api, path: str, language: str) -> None:
    """Without a session, in the language of the browser, or as the address says."""
    nobody = Visitor(api.client)
    assert f'<html lang="{language}">' in nobody.get(path, Accept_Language=language).text
    page = nobody.get(f"{path}?language={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert nobody.cookies == {}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/coalition/map.svg", "image/svg+xml"),
        ("/coalition/map.svg?of=organization:bluestem-haven&narrow=true", "image/svg+xml"),
        ("/coalition/map.graphml", "application/graphml+xml"),
        ("/coalition/map.json?of=kind:health", "application/vnd.node-link+json"),
        ("/coalition/coverage.svg?area=demo-north", "image/svg+xml"),
        ("/coalition/due.ics?within=P365D", "text/calendar"),
    ],
)
def test_pictures_and_calendars_are_our_own_answers(api: Api, visitor: Visitor, path: str, kind: str) -> None:
    """What the interface answers to the same caller in the same language; a stranger is sent to sign in."""
    response = visitor.get(path)
    operation = {"map": "/v1/coalition/map", "coverage": "/v1/coverage", "due": "/v1/coalition/due"}
    page, _, query = path.removeprefix("/coalition/").partition("?")
    bearer = api.bearer(*SCOPES, organization="bluestem-haven")
    preferences = {"Accept": kind, "Accept-Language": visitor.headers["Accept_Language"]}
    answer = api.client.get(f"{operation[page.partition('.')[0]]}?{query}", headers={**bearer, **preferences})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)
    without_stamps = re.compile(r"DTSTAMP:\S+")
    assert without_stamps.sub("", response.text) == without_stamps.sub("", answer.text)
    assert Visitor(api.client).get(path).status_code == 303


def test_the_directory_shows_listed_agencies_only(api: Api) -> None:
    """To everybody alike, members too: somebody may be looking over a shoulder."""
    visitors = [
        Visitor(api.client),
        signed_in(api, "bluestem-haven", *SCOPES),
        signed_in(api, "bluestem-haven", "route"),
    ]
    every = api.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    listed = {agency["id"] for agency in every if agency["coalition"]["listed"] == "public"}
    unlisted = {agency["id"] for agency in every} - listed

    assert unlisted
    for visitor in visitors:
        assert set(re.findall(r'href="/directory/([0-9a-f-]{36})', visitor.get("/directory").text)) == listed
        assert {visitor.get(f"/directory/{agency}").status_code for agency in unlisted} == {404}
    page = Visitor(api.client).get(f"/directory/{next(iter(listed))}")
    assert page.status_code == 200
    assert 'href="tel:' in page.text
