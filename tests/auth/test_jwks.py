"""Keys from an issuer: which are trusted, when they are fetched, and what stays while the issuer is away."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from token_builders import JWKS_URL, NOW, Signer, b64, ec_signer, jwks_settings, jwks_verifier, rsa_signer

from service.security import InvalidToken, Refusal, TokenKeyError, Verifier, build_verifier
from service.security.fetching import MAX_BYTES
from service.security.jwks import REFETCH_AFTER_S, STALE_AFTER_S, JwksKeys

FIRST, SECOND = ec_signer("first"), rsa_signer("second")


class Issuer:
    """An issuer that publishes keys, can be away, and counts how often it is asked; with a clock to turn."""

    def __init__(self, *signers: Signer) -> None:
        self.published: list[Any] = [signer.jwk() for signer in signers]
        self.answer: Callable[[httpx.Request], httpx.Response] | None = None
        self.requests = 0
        self.clock_s = 1000.0

    def keys(self) -> JwksKeys:
        return JwksKeys(JWKS_URL, transport=httpx.MockTransport(self._respond), monotonic=lambda: self.clock_s)

    def publish(self, *signers: Signer) -> None:
        self.published = [signer.jwk() for signer in signers]

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        assert str(request.url) == JWKS_URL
        return self.answer(request) if self.answer else httpx.Response(200, json={"keys": self.published})


def test_keys_are_fetched_once_and_kept():
    """A hundred tokens cost the issuer one request; none is made before the first token."""
    issuer = Issuer(FIRST, SECOND)
    keys = issuer.keys()
    assert issuer.requests == 0

    answers = [keys.find(kid) for kid in ["first", "second"] * 50]

    assert {(key.kid, key.algorithm) for key in answers} == {("first", "ES256"), ("second", "RS256")}
    assert issuer.requests == 1


def test_a_new_key_is_found_when_it_is_first_used():
    """An unknown name makes us ask again, and a key that the issuer withdrew goes with that."""
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    assert keys.find("first")
    issuer.publish(SECOND)
    issuer.clock_s += REFETCH_AFTER_S

    assert keys.find("second")

    assert keys.find("first") is None
    assert issuer.requests == 2


def test_unknown_names_cost_one_request_in_30_s():
    """However many unknown names come, the issuer is asked at most every 30 s, and known names still work."""
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    requests = []

    for second in range(91):
        for number in range(20):
            assert keys.find(f"made-up-{second}-{number}") is None
            assert keys.find("first")
        requests.append(issuer.requests)
        issuer.clock_s += 1

    assert (requests[0], requests[29], requests[30], requests[59], requests[60], requests[90]) == (1, 1, 2, 2, 3, 4)


def _raise(error: Exception) -> httpx.Response:
    raise error


FAILURES = {
    "no connection": lambda _: _raise(httpx.ConnectError("away")),
    "too slow": lambda _: _raise(httpx.ReadTimeout("slow")),
    "something unforeseen": lambda _: _raise(RuntimeError("odd")),
    "status 500": lambda _: httpx.Response(500, json={"keys": []}),
    "status 404": lambda _: httpx.Response(404),
    "status 204": lambda _: httpx.Response(204),
    "a redirect": lambda _: httpx.Response(302, headers={"Location": "https://evil.example/keys"}),
    "not json": lambda _: httpx.Response(200, text="<html>"),
    "not utf-8": lambda _: httpx.Response(200, content=b"\xff"),
    "a list": lambda _: httpx.Response(200, json=[FIRST.jwk()]),
    "no keys member": lambda _: httpx.Response(200, json={}),
    "keys no list": lambda _: httpx.Response(200, json={"keys": {"first": FIRST.jwk()}}),
    "packed": lambda _: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b'{"keys":[]}')
    ),
    "too deep": lambda _: httpx.Response(200, text="[" * 100_000),
    "too long": lambda _: httpx.Response(200, content=b'{"keys":[]' + b" " * MAX_BYTES + b"}"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_old_keys_stay_while_a_fetch_fails(failure):
    """Whatever goes wrong at the issuer, known keys stay in force, unknown ones are unknown, and we ask 30 s later."""
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    assert keys.find("first")
    issuer.answer = failure
    issuer.clock_s += STALE_AFTER_S

    assert [keys.find(kid) is not None for kid in ("first", "second", "first", "third")] == [True, False, True, False]
    assert issuer.requests == 2

    issuer.answer = None
    issuer.publish(FIRST, SECOND)
    assert keys.find("second") is None
    issuer.clock_s += REFETCH_AFTER_S
    assert keys.find("second")
    assert issuer.requests == 3


def test_without_any_fetch_nobody_is_let_in():
    """An issuer that was never reached means that every token is refused, not that any is accepted."""
    transport = httpx.MockTransport(FAILURES["no connection"])
    verifier = build_verifier(jwks_settings(), now=lambda: NOW, transport=transport)

    assert refusal_of(verifier, FIRST.token()) == Refusal.UNKNOWN_KEY


def test_a_withdrawn_key_goes_though_nobody_uses_a_new_one():
    """Keys are fetched again after ten minutes even if all names are known."""
    issuer = Issuer(FIRST, SECOND)
    keys = issuer.keys()
    assert keys.find("first")
    issuer.publish(SECOND)
    issuer.clock_s += STALE_AFTER_S - 1
    assert keys.find("first")
    issuer.clock_s += 1

    assert keys.find("first") is None
    assert keys.find("second")


def test_an_issuer_that_names_no_keys_withdraws_all():
    """An empty key set is an answer, not a failure."""
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    assert keys.find("first")
    issuer.publish()
    issuer.clock_s += STALE_AFTER_S

    assert keys.find("first") is None


def test_many_threads_make_one_request():
    """Tokens that arrive together at the start wait for one fetch, and all are served from it."""
    issuer = Issuer(FIRST)
    begun, go = threading.Event(), threading.Event()

    def slow(_request: httpx.Request) -> httpx.Response:
        begun.set()
        go.wait(timeout=5)
        return httpx.Response(200, json={"keys": issuer.published})

    issuer.answer = slow
    keys = issuer.keys()
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(keys.find("first"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    begun.wait(timeout=5)
    go.set()
    for thread in threads:
        thread.join()

    assert len(answers) == 16
    assert None not in answers
    assert issuer.requests == 1


def test_known_keys_do_not_wait_for_a_slow_issuer():
    """While one thread waits for the issuer, tokens of known keys pass."""
    issuer = Issuer(FIRST)
    keys = issuer.keys()
    assert keys.find("first")
    begun, go = threading.Event(), threading.Event()

    def slow(_request: httpx.Request) -> httpx.Response:
        begun.set()
        go.wait(timeout=5)
        return httpx.Response(500)

    issuer.answer = slow
    issuer.clock_s += STALE_AFTER_S
    thread = threading.Thread(target=lambda: keys.find("unknown"))
    thread.start()
    begun.wait(timeout=5)

    assert keys.find("first")
    assert thread.is_alive()
    go.set()
    thread.join()


PRIVATE_EC = {**FIRST.jwk(), "d": "AA"}
P384 = Signer("first", ec.generate_private_key(ec.SECP384R1()), "ES256")
UNUSABLE = {
    "no name": {key: value for key, value in FIRST.jwk().items() if key != "kid"},
    "name a number": FIRST.jwk(kid=1),
    "name empty": FIRST.jwk(kid=""),
    "for encryption": FIRST.jwk(use="enc"),
    "use a list": FIRST.jwk(use=["sig"]),
    "only signs": FIRST.jwk(key_ops=["sign"]),
    "operations a text": FIRST.jwk(key_ops="verify"),
    "another algorithm": FIRST.jwk(alg="ES384"),
    "rsa's algorithm": FIRST.jwk(alg="RS256"),
    "shared secret's algorithm": FIRST.jwk(alg="HS256"),
    "algorithm null": FIRST.jwk(alg=None),
    "a shared secret": {"kid": "first", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
    "a shared secret for ES256": {"kid": "first", "kty": "oct", "k": "c2VjcmV0", "alg": "ES256"},
    "an Edwards key": {"kid": "first", "kty": "OKP", "crv": "Ed25519", "x": "AA"},
    "kty a list": FIRST.jwk(kty=["EC"]),
    "kty in small letters": FIRST.jwk(kty="ec"),
    "another curve": P384.jwk(),
    "another curve's name": FIRST.jwk(crv="P-384"),
    "a point off the curve": FIRST.jwk(y=FIRST.jwk()["x"]),
    "a coordinate missing": {key: value for key, value in FIRST.jwk().items() if key != "y"},
    "a coordinate padded": FIRST.jwk(x=FIRST.jwk()["x"] + "="),
    "a coordinate a number": FIRST.jwk(x=7),
    "a private key": PRIVATE_EC,
    "a short rsa key": rsa_signer("first", 1024).jwk(),
    "an rsa key for RS384": rsa_signer("first").jwk(alg="RS384"),
    "an rsa key for PS256": rsa_signer("first").jwk(alg="PS256"),
    "an rsa key of exponent 1": rsa_signer("first").jwk(e="AQ"),
    "an rsa key of huge exponent": rsa_signer("first").jwk(e=b64(b"\xff" * 32)),
    "an rsa key of huge modulus": rsa_signer("first").jwk(n="_" * 3000),
    "an rsa key without modulus": {"kid": "first", "kty": "RSA", "e": "AQAB"},
    "no object": "first",
    "null": None,
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_unusable_keys_are_left_out_and_the_others_work(entry):
    """A key of another kind, use, algorithm, size or shape is ignored; the issuer's other keys are not."""
    verifier = jwks_verifier([entry, SECOND.jwk()])

    for signer in (FIRST, rsa_signer("first")):
        assert refusal_of(verifier, signer.token()) == Refusal.UNKNOWN_KEY
    assert verifier.verify(SECOND.token())


@pytest.mark.parametrize("left_out", ["use", "alg"])
@pytest.mark.parametrize("signer", [FIRST, SECOND], ids=["ec", "rsa"])
def test_use_and_algorithm_may_be_left_open(signer, left_out):
    """A key that does not say what it is for is for its kind's one algorithm."""
    entry = {key: value for key, value in signer.jwk(key_ops=["verify"]).items() if key != left_out}

    assert jwks_verifier([entry]).verify(signer.token())


def test_a_name_borne_by_two_keys_is_nobodys():
    """Two different keys of one name are both ignored; the same key given twice is one key."""
    twin = ec_signer("twin").named("first")
    verifier = jwks_verifier([FIRST.jwk(), twin.jwk(), SECOND.jwk(), SECOND.jwk()])

    assert refusal_of(verifier, FIRST.token()) == Refusal.UNKNOWN_KEY
    assert refusal_of(verifier, twin.token()) == Refusal.UNKNOWN_KEY
    assert verifier.verify(SECOND.token())


URLS = ["", "http://issuer.example.org/k", "ftp://a/b", "file:///etc/keys", "https://", "keys.json", "\0"]
URLS += ["https://router:secret@issuer.example.org/k"]  # `config check` would show it


@pytest.mark.parametrize("url", URLS)
def test_keys_come_over_https_only(url):
    """A URL that anybody on the way could answer for is refused at once, and not repeated."""
    with pytest.raises(TokenKeyError) as refusal:
        build_verifier(jwks_settings().model_copy(update={"jwks_url": url}))
    assert not url or url not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:9/k", "http://127.0.0.1:9/k", "http://[::1]:9/k", "https://a.example/k"]
)
def test_http_is_for_this_machine(url):
    """An issuer on this machine may be asked without TLS."""
    assert build_verifier(jwks_settings().model_copy(update={"jwks_url": url}))


def test_redirects_are_not_followed():
    """The issuer cannot send us elsewhere for keys."""
    hosts: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        if request.url.host == "evil.example":
            return httpx.Response(200, content=json.dumps({"keys": [FIRST.jwk()]}))
        return httpx.Response(302, headers={"Location": "https://evil.example/keys"})

    verifier = build_verifier(jwks_settings(), now=lambda: NOW, transport=httpx.MockTransport(respond))

    assert refusal_of(verifier, FIRST.token()) == Refusal.UNKNOWN_KEY
    assert hosts == ["issuer.example.org"]


def refusal_of(verifier: Verifier, token: str) -> Refusal:
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(token)
    return refusal.value.refusal
