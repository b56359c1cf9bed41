"""The issuer that people sign in with hangs, half-fails or lies: who waits, how long, and who stays signed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from issuers import CLIENT, DISCOVERY, SECRET, LittleIssuer, little_issuer
from token_builders import ec_signer

from service.security import InvalidToken, Issuer, NoIssuer, Refusal
from service.security.claims import LEEWAY_S
from service.security.fetching import MAX_BYTES
from service.security.sign_in import DISCOVERED_FOR_S, SILENT_FOR_S

PAGE = "https://router.example.org"
VISITORS, ISSUER_GIVEN_S = 7, 3.0


class Clock:
    """Seconds from any point, to turn."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleIssuer]:
    monkeypatch.setattr("service.security.fetching.TIMEOUT_S", ISSUER_GIVEN_S)
    monkeypatch.setattr("service.security.sign_in.TIMEOUT_S", ISSUER_GIVEN_S)
    with little_issuer() as issuer:
        yield issuer
        issuer.drips = False
        if issuer.hangs is not None:
            issuer.hangs.set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client_of(issuer: LittleIssuer, clock: Clock, **more: Any) -> Issuer:
    return Issuer(issuer.url, CLIENT, SECRET, PAGE, monotonic=clock, **more)


def known(issuer: LittleIssuer, clock: Clock) -> Issuer:
    """An issuer that was asked before, and is to be asked again."""
    ours = client_of(issuer, clock)
    assert ours.trusts(issuer.published.kid)
    clock.seconds += DISCOVERED_FOR_S
    issuer.asked.clear()
    return ours


def took_s(act: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


def landed(ours: Issuer) -> None:
    """Wait until no request is under way."""
    ends = time.monotonic() + 30
    while ours._flight.is_under_way:
        assert time.monotonic() < ends, "the request goes on"
        time.sleep(0.05)


def test_pages_do_not_wait_while_a_visitor_signs_in(issuer: LittleIssuer, clock: Clock) -> None:
    """Discovery hangs; seven press "Sign in" together: one request, one wait, and no signed-in page waits for it."""
    ours = known(issuer, clock)
    issuer.hangs = Event()
    with ThreadPoolExecutor(VISITORS) as pool:
        start = time.monotonic()
        pressing = [pool.submit(ours.begin) for _ in range(VISITORS)]
        while DISCOVERY not in issuer.asked:
            time.sleep(0.01)
        assert took_s(lambda: ours.trusts(issuer.published.kid)) < 2
        assert not any(done.done() for done in pressing)
        for done in pressing:
            done.result()  # by the addresses that it gave last
        assert time.monotonic() - start < ISSUER_GIVEN_S * VISITORS / 2
    assert issuer.asked.count(DISCOVERY) == 1


def test_a_failure_is_remembered_for_half_a_minute(issuer: LittleIssuer, clock: Clock) -> None:
    """Of an issuer that was never reached: seven visitors cost one request and one wait, and so do those after them."""
    ours = client_of(issuer, clock)
    issuer.hangs = Event()

    def press(_: int) -> bool:
        with pytest.raises(NoIssuer):
            ours.begin()
        return True

    with ThreadPoolExecutor(VISITORS) as pool:
        assert took_s(lambda: list(pool.map(press, range(VISITORS)))) < ISSUER_GIVEN_S * VISITORS / 2
    landed(ours)
    clock.seconds += SILENT_FOR_S - 1
    assert took_s(lambda: press(0)) < 1
    assert not ours.trusts(issuer.published.kid)
    assert issuer.asked == [DISCOVERY]
    issuer.hangs.set()
    issuer.hangs = None
    clock.seconds += 2
    assert ours.begin()
    assert ours.trusts(issuer.published.kid)


@pytest.mark.parametrize("path", ["/keys", DISCOVERY])
def test_a_visitor_signs_nobody_out(issuer: LittleIssuer, clock: Clock, path: str) -> None:
    """While the keys or the metadata fail, the last keys stay, whoever presses "Sign in" meanwhile."""
    ours = known(issuer, clock)
    issuer.fails, issuer.says = (path,), {"authorization_endpoint": f"{issuer.url}/anew"}
    for _ in range(3):
        url, _ = ours.begin()
        assert url.partition("?")[0] == f"{issuer.url}/{'anew' if path == '/keys' else 'authorize'}"
        assert ours.trusts(issuer.published.kid)
        clock.seconds += DISCOVERED_FOR_S


def test_another_address_of_keys_counts_once_it_gives_some(issuer: LittleIssuer, clock: Clock) -> None:
    """Until then those of the address before stay; afterwards they are trusted no more where it leaves them out."""
    ours, old = known(issuer, clock), issuer.published.kid
    issuer.says, issuer.fails = {"jwks_uri": f"{issuer.url}/other-keys"}, ("/other-keys",)
    ours.begin()
    assert ours.trusts(old)
    issuer.fails, issuer.published = (), ec_signer("theirs-2")
    clock.seconds += DISCOVERED_FOR_S
    ours.begin()
    assert [ours.trusts(old), ours.trusts("theirs-2")] == [False, True]


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://another.example.org"},
    "no issuer": {"issuer": ...},
    "keys of another host": {"jwks_uri": "http://localhost:{port}/keys"},  # where there are some
    "keys of another port": {"jwks_uri": "http://127.0.0.1:1/keys"},
    "keys without TLS": {"jwks_uri": "http://another.example.org/keys"},
    "no keys": {"jwks_uri": ...},
    "keys in a list": {"jwks_uri": ["x"]},
    "sign-in without TLS": {"authorization_endpoint": "http://another.example.org/authorize"},
    "codes without TLS": {"token_endpoint": "http://another.example.org/token"},
    "sign-out without TLS": {"end_session_endpoint": "http://another.example.org/out"},
    "script": {"authorization_endpoint": "javascript:alert(1)"},
}


@pytest.mark.parametrize("says", LIES.values(), ids=LIES.keys())
def test_a_lie_is_not_believed(issuer: LittleIssuer, clock: Clock, says: dict[str, Any]) -> None:
    """At first nobody is sent there; later what was known before stays in force."""
    ours = known(issuer, clock)
    before, _ = ours.begin()
    port = str(urlsplit(issuer.url).port)
    issuer.says = {
        name: value.replace("{port}", port) if isinstance(value, str) else value for name, value in says.items()
    }
    clock.seconds += DISCOVERED_FOR_S

    with pytest.raises(NoIssuer):
        client_of(issuer, clock).begin()
    after, _ = ours.begin()
    assert after.partition("?")[0] == before.partition("?")[0] == f"{issuer.url}/authorize"
    assert ours.trusts(issuer.published.kid)


@pytest.mark.parametrize("content_type", ["text/html", "application/octet-stream", "application/jsonp", ""])
def test_what_is_no_json_is_not_read(issuer: LittleIssuer, clock: Clock, content_type: str) -> None:
    """Such as the page of a hotel's network."""
    issuer.content_type = content_type
    with pytest.raises(NoIssuer):
        client_of(issuer, clock).begin()


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JWK-Set+JSON"])
def test_json_has_more_than_one_name(issuer: LittleIssuer, clock: Clock, content_type: str) -> None:
    """With parameters, and as RFC 7517 names a set of keys."""
    issuer.content_type = content_type
    assert client_of(issuer, clock).begin()


def test_what_has_no_end_is_not_read_to_it(issuer: LittleIssuer, clock: Clock) -> None:
    """Neither a huge document, of whatever sort, nor a head that comes byte by byte: that one is cut off in time."""
    issuer.padding = MAX_BYTES
    with pytest.raises(NoIssuer):
        client_of(issuer, clock).begin()
    issuer.padding = 0
    ours = client_of(issuer, clock)
    url, secret = ours.begin()
    back = dict(parse_qsl(urlsplit(issuer.authorize(dict(parse_qsl(urlsplit(url).query)))).query))
    issuer.padding = MAX_BYTES
    with pytest.raises(InvalidToken):
        ours.finish(secret, back)  # a token in a document without an end
    issuer.padding, issuer.drips = 0, True
    dripped = client_of(issuer, clock)
    with pytest.raises(NoIssuer):
        dripped.begin()
    landed(dripped)


def signed_in(ours: Issuer, issuer: LittleIssuer) -> Refusal | None:
    """Go the whole way round; return why nobody was signed in."""
    url, secret = ours.begin()
    query = dict(parse_qsl(urlsplit(url).query))
    back = dict(parse_qsl(urlsplit(issuer.authorize(query)).query))
    try:
        ours.finish(secret, back)
    except InvalidToken as refused:
        return refused.refusal
    return None


def test_the_issuer_may_be_asked_to_sign_people_in_anew(issuer: LittleIssuer, clock: Clock) -> None:
    """`prompt` and `max_age` go with the request; without the settings neither does, nor is `auth_time` looked at."""
    now = int(time.time())
    ours = client_of(issuer, clock, prompt="login", max_age_s=600)
    grounds = {}
    for auth_time in (now, now - 600, now - 600 - 2 * LEEWAY_S, now + 10 * LEEWAY_S, ..., None, "now", True):
        issuer.claims = {"auth_time": auth_time}
        grounds[str(auth_time)] = signed_in(ours, issuer)

    assert [issuer.queries[-1][name] for name in ("prompt", "max_age")] == ["login", "600"]
    assert list(grounds.values()) == [
        *(None, None, Refusal.SIGNED_IN_LONG_AGO, Refusal.NOT_YET_VALID), *(Refusal.BAD_CLAIMS for _ in range(4)),
    ]  # fmt: skip
    assert signed_in(client_of(issuer, clock), issuer) is None
    assert {"prompt", "max_age"}.isdisjoint(issuer.queries[-1])


def test_a_way_to_sign_out_at_the_issuer(issuer: LittleIssuer, clock: Clock) -> None:
    """Where it offers one, with nothing that names the person; what it offers is known once it was asked."""
    assert client_of(issuer, clock).sign_out_url() is None
    issuer.says = {"end_session_endpoint": f"{issuer.url}/out?realm=a"}
    ours = client_of(issuer, clock)
    assert not ours.offers_sign_out
    url = ours.sign_out_url()
    assert url is not None
    assert ours.offers_sign_out
    assert url.partition("?")[0] == f"{issuer.url}/out"
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "realm": "a", "client_id": CLIENT, "post_logout_redirect_uri": f"{PAGE}/signin",
    }  # fmt: skip
