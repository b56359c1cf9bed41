"""Signing in with an OpenID Connect issuer: the whole way round, and every answer that signs nobody in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from api_builders import Api, demo_settings, free_port, running
from issuers import CLIENT, SECRET, LittleIssuer, little_issuer
from pydantic import SecretStr
from token_builders import ec_signer, rsa_signer
from visitors import SESSION, STATE, Visitor, login_code, set_cookies

from service.database.database import open_database
from service.security import Issuer, TokenKeyError, Verifier, build_issuer
from service.security.jwks import JwksKeys
from service.sessions.keep_sessions import SignInKeys
from service.sessions.refuse_tokens import refuse_by_jti
from service.settings import Settings


@pytest.fixture(scope="module")
def issuer() -> Iterator[LittleIssuer]:
    with little_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def api(issuer: LittleIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    port = free_port()
    settings = demo_settings(
        tmp_path_factory.mktemp("issuer"),
        page_url=f"http://127.0.0.1:{port}",
        sign_in_issuer=issuer.url,
        sign_in_client_id=CLIENT,
        sign_in_client_secret=SecretStr(SECRET),
    )
    with running(settings, port) as app:
        yield app


@pytest.fixture(autouse=True)
def _as_it_should_be(issuer: LittleIssuer) -> Iterator[None]:
    yield
    issuer.claims, issuer.says, issuer.forgets_codes, issuer.is_away = {}, {}, True, False
    issuer.signer, issuer.published = LittleIssuer().signer, LittleIssuer().published


def gone_to_issuer(api: Api) -> tuple[Visitor, str]:
    """A visitor whom the issuer has just sent back, and the path that it was sent to."""
    visitor = Visitor(api.client)
    response = visitor.get("/signin/with-issuer")
    assert response.status_code == 303
    back = urlsplit(
        httpx.get(response.headers["location"], follow_redirects=False, trust_env=False).headers["location"]
    )
    return visitor, f"{back.path}?{back.query}"


def changed(path: str, **parameters: str | None) -> str:
    """A path whose query says something else; None leaves a parameter out."""
    parts = urlsplit(path)
    merged = {**dict(parse_qsl(parts.query)), **parameters}
    return f"{parts.path}?{urlencode({name: value for name, value in merged.items() if value is not None})}"


def test_whoever_the_issuer_signs_in_is_signed_in_here(api: Api, issuer: LittleIssuer) -> None:
    """The caller is the one that the claims name; the answer is a page and no redirect; cookies are as promised."""
    visitor, back = gone_to_issuer(api)
    assert set(visitor.cookies) == {STATE}

    page = visitor.get(back)

    assert page.status_code == 200
    assert set(visitor.cookies) == {SESSION}
    cookie = set_cookies(page)[SESSION]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "strict", "/")
    assert cookie["domain"] == cookie["max-age"] == cookie["expires"] == ""
    assert "/intake" in visitor.get("/").text  # `route` is among the scopes


def test_the_way_to_the_issuer_says_nothing_twice(api: Api, issuer: LittleIssuer) -> None:
    """PKCE by S256, a new state and nonce each time; the cookie is `Lax`, for ten minutes, and holds nothing of it."""
    gone_to_issuer(api)
    visitor, _ = gone_to_issuer(api)
    before, query = issuer.queries[-2:]

    assert query["redirect_uri"] == f"{api.settings.page_url}/signin/back"
    for name in ("state", "nonce", "code_challenge"):
        assert len(query[name]) >= 43
        assert query[name] != before[name]
        assert query[name] not in visitor.cookies[STATE]
    cookie = set_cookies(Visitor(api.client).get("/signin/with-issuer"))[STATE]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "lax")
    assert cookie["max-age"] == "600"


def refused(visitor: Visitor, back: str) -> None:
    """Check that nobody is signed in by this."""
    page = visitor.get(back)
    assert (page.status_code, SESSION in visitor.cookies) == (401, False), page.text
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": ...},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": "https://another.example.org"},
        {"exp": -3600, "iat": -7200},  # seconds from now
        {"iat": 3600, "exp": 7200},
        {"organization": ...},
        {"organization": "Not A Slug"},
        {"sub": ...},
        {"scope": 7},
    ],
    ids=str,
)
def test_a_wrong_id_token_signs_nobody_in(api: Api, issuer: LittleIssuer, claims: dict[str, object]) -> None:
    """Made for another sign-in, another client, by another issuer, out of its time, or for no organization."""
    now = int(time.time())
    issuer.claims = {name: now + value if isinstance(value, int) and name in ("exp", "iat") else value
                     for name, value in claims.items()}  # fmt: skip
    refused(*gone_to_issuer(api))


def test_a_token_signed_by_another_key_signs_nobody_in(api: Api, issuer: LittleIssuer) -> None:
    """A key that the issuer does not publish."""
    issuer.signer = ec_signer("rsa-1")
    refused(*gone_to_issuer(api))


@pytest.mark.parametrize(
    "parameters",
    [
        {"state": "another"},
        {"state": None},
        {"code": None},
        {"code": "another"},
        {"iss": "https://another.example.org"},
        {"error": "access_denied"},
    ],
    ids=str,
)
def test_an_answer_that_was_changed_signs_nobody_in(api: Api, parameters: dict[str, str | None]) -> None:
    """Another state, no code, another issuer, an error."""
    visitor, back = gone_to_issuer(api)
    refused(visitor, changed(back, **parameters))


def test_a_parameter_given_twice_signs_nobody_in(api: Api) -> None:
    """Two readers could take one each."""
    visitor, back = gone_to_issuer(api)
    refused(visitor, f"{back}&code=another")


@pytest.mark.parametrize("is_kept", [True, False], ids=["an issuer that keeps codes", "an issuer that forgets them"])
def test_an_answer_is_worth_something_once(api: Api, issuer: LittleIssuer, *, is_kept: bool) -> None:
    """The cookie goes with the first answer; even with the cookie back, a code that the issuer forgot is refused."""
    issuer.forgets_codes = not is_kept
    visitor, back = gone_to_issuer(api)
    state = visitor.cookies[STATE]
    assert visitor.get(back).status_code == 200
    assert STATE not in visitor.cookies

    again = Visitor(api.client)
    refused(again, back)
    if not is_kept:
        again.cookies[STATE] = state
        refused(again, back)


def test_an_answer_is_worth_nothing_in_another_browser(api: Api) -> None:
    """Whoever is led to somebody else's answer is not signed in as them, with a sign-in of their own or without."""
    _, back = gone_to_issuer(api)
    other, own = gone_to_issuer(api)

    refused(Visitor(api.client), back)
    refused(other, back)
    refused(other, own)  # the cookie is gone with the first answer


def test_a_session_that_was_planted_ends(api: Api) -> None:
    """The token changes with sign-in."""
    visitor, back = gone_to_issuer(api)
    planted = Visitor(api.client)
    first, way = gone_to_issuer(api)
    first.get(way)
    planted.cookies[SESSION] = visitor.cookies[SESSION] = first.cookies[SESSION]

    visitor.get(back)

    assert visitor.cookies[SESSION] != planted.cookies[SESSION]
    assert planted.get("/").status_code == 303


def test_an_issuer_that_is_away_is_said_to_be(api: Api, issuer: LittleIssuer, tmp_path: Path) -> None:
    """503, in words; nobody is signed in."""
    issuer.is_away = True
    names = ("page_url", "sign_in_issuer", "sign_in_client_id", "sign_in_client_secret")
    settings = demo_settings(tmp_path, **{name: getattr(api.settings, name) for name in names})
    with running(settings) as away:
        visitor = Visitor(away.client, headers={"Host": urlsplit(str(settings.page_url)).netloc})
        assert visitor.get("/signin/with-issuer").status_code == 503
        assert visitor.cookies == {}


def test_who_signed_out_may_sign_out_at_the_issuer_too(api: Api, issuer: LittleIssuer, tmp_path: Path) -> None:
    """Behind a link where it offers a page for that; what leads there names nobody, and does nothing here."""
    visitor, back = gone_to_issuer(api)
    visitor.get(back)
    assert "/signin/out" not in Visitor(api.client).get("/signin").text
    assert Visitor(api.client).get("/signin/out").headers["location"] == "/signin"
    issuer.says = {"end_session_endpoint": f"{issuer.url}/out"}
    names = ("page_url", "sign_in_issuer", "sign_in_client_id", "sign_in_client_secret")
    settings = demo_settings(tmp_path, **{name: getattr(api.settings, name) for name in names})
    with running(settings) as offering:
        other = Visitor(offering.client, headers={"Host": urlsplit(str(settings.page_url)).netloc})
        assert other.get("/signin/with-issuer").status_code == 303
        assert 'href="/signin/out"' in other.get("/signin").text
        answer = other.get("/signin/out")
    way, _, query = answer.headers["location"].partition("?")
    assert (answer.status_code, way) == (303, f"{issuer.url}/out")
    assert dict(parse_qsl(query)) == {"client_id": CLIENT, "post_logout_redirect_uri": f"{settings.page_url}/signin"}
    assert visitor.get("/").status_code == 200


def test_people_are_asked_anew_where_the_settings_say_so(api: Api, issuer: LittleIssuer, tmp_path: Path) -> None:
    """`prompt` and `max_age` go along; whoever proved who they are too long ago is not signed in."""
    names = ("page_url", "sign_in_issuer", "sign_in_client_id", "sign_in_client_secret")
    same = {name: getattr(api.settings, name) for name in names}
    settings = demo_settings(tmp_path, sign_in_prompt="login", sign_in_max_age=60, **same)
    with running(settings) as asking:
        strict = Api(settings, asking.client)
        strict.client.headers["Host"] = urlsplit(str(settings.page_url)).netloc
        issuer.claims = {"auth_time": int(time.time()) - 600}
        refused(*gone_to_issuer(strict))
        assert [issuer.queries[-1][name] for name in ("prompt", "max_age")] == ["login", "60"]
        issuer.claims = {"auth_time": int(time.time())}
        visitor, back = gone_to_issuer(strict)
        assert visitor.get(back).status_code == 200


def test_a_session_of_a_refused_id_token_ends(api: Api, issuer: LittleIssuer) -> None:
    """By its `jti`: the session has no other token behind it."""
    issuer.claims = {"jti": "of-the-id-token"}
    visitor, back = gone_to_issuer(api)
    visitor.get(back)
    assert visitor.get("/").status_code == 200
    with open_database(api.settings) as database:
        refuse_by_jti(database.unit_of_work(), "of-the-id-token")
    assert visitor.get("/").status_code == 303


def test_beside_an_issuer_no_link_signs_in(api: Api) -> None:
    """A code from the database is refused where people have accounts."""
    visitor = Visitor(api.client)
    assert visitor.post("/signin", {"code": login_code(api, "bluestem-haven", "route")}).status_code == 401
    assert "referral-router" not in visitor.get("/signin").text
    assert "/signin/with-issuer" in visitor.get("/signin").text


def test_nobody_of_an_organization_that_is_not_here_is_signed_in(api: Api, issuer: LittleIssuer) -> None:
    """An account of an organization outside the directory gets the same page as a wrong token."""
    issuer.claims = {"organization": "no-such-house"}
    refused(*gone_to_issuer(api))


def test_a_session_ends_with_the_key_of_its_issuer(issuer: LittleIssuer) -> None:
    """While the issuer names the key the session goes on; without it, with nothing of the issuer known, or away: none.

    A silent issuer is asked once in half a minute, and its last keys stay in force.
    """
    clock = [1000.0]
    page = "https://router.example.org"
    ours = Issuer(issuer.url, CLIENT, SECRET, page, monotonic=lambda: clock[0])
    kid = issuer.signer.kid

    issuer.is_away = True
    assert not ours.trusts(kid)
    issuer.is_away = False
    assert not ours.trusts(kid)  # asked a moment ago
    clock[0] += 30
    assert ours.trusts(kid)
    assert not ours.trusts("another")
    issuer.is_away = True
    clock[0] += 10_000
    assert ours.trusts(kid)
    issuer.is_away, issuer.published = False, rsa_signer("rsa-2")
    clock[0] += 10_000
    trust = SignInKeys(Verifier(JwksKeys(f"{issuer.url}/keys"), issuer=issuer.url, audience=CLIENT), ours)
    fresh = Issuer(issuer.url, CLIENT, SECRET, page)
    for _ in range(2):
        assert [fresh.trusts(kid), fresh.trusts("rsa-2")] == [False, True]
    assert trust(("issuer", "rsa-2"))
    assert not trust(("issuer", None))
    assert not SignInKeys(trust.verifier, None)(("issuer", "rsa-2"))


@pytest.mark.parametrize("missing", ["sign_in_client_id", "page_url"])
def test_an_issuer_needs_its_settings(missing: str) -> None:
    """What is missing is said when the program starts."""
    values = {"sign_in_issuer": "https://issuer.example.org", "sign_in_client_id": "a", "page_url": "https://b.example"}
    with pytest.raises(TokenKeyError, match=f"REFERRAL_ROUTER_{missing.upper()}"):
        build_issuer(Settings(**{name: value for name, value in values.items() if name != missing}))
