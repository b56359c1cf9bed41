"""What is refused, and on which ground: one table for the outer form, one for headers, keys, and claims."""

from __future__ import annotations

import json
import logging

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from jose import jwk
from token_builders import (
    AUDIENCE,
    ISSUER,
    NOW,
    NOW_S,
    b64,
    ec_signer,
    good_claims,
    hmac_token,
    public_forms,
    rsa_signer,
    to_json,
    unb64,
    verifier_for,
)

from service.security import Caller, InvalidToken, Refusal, Verifier
from service.security.keys import VerifyingKey

EC, RSA = ec_signer(), rsa_signer()
GOOD = EC.token()
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return verifier_for(EC, RSA)


def refusal_of(verifier: Verifier, token: object) -> Refusal:
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(token)  # type: ignore[arg-type]
    return refusal.value.refusal


@pytest.mark.parametrize("signer", [EC, RSA], ids=["ES256", "RS256"])
def test_a_good_token_names_its_caller(verifier: Verifier, signer):
    """A token signed by a trusted key gives organization, scopes and subject, and nothing else."""
    caller = verifier.verify(signer.token())

    assert caller == Caller("harbor-house", frozenset({"route", "directory:read"}), "desk-7")


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt", "APPLICATION/JWT", None])
def test_types_of_access_tokens_are_accepted(verifier: Verifier, typ):
    """An access token may say that it is one, or say nothing."""
    header = {"alg": "ES256", "kid": EC.kid} | ({} if typ is None else {"typ": typ})

    assert verifier.verify(EC.sign(to_json(header), to_json(good_claims())))


NOT_TOKENS = {
    "empty": "",
    "dots only": "..",
    "one part": HEADER,
    "two parts": f"{HEADER}.{PAYLOAD}",
    "no signature": f"{HEADER}.{PAYLOAD}.",
    "no payload": f"{HEADER}..{SIGNATURE}",
    "no header": f".{PAYLOAD}.{SIGNATURE}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts, as an encrypted token": f"{HEADER}.{PAYLOAD}.{SIGNATURE}.{PAYLOAD}.{SIGNATURE}",
    "space before": f" {GOOD}",
    "line end after": f"{GOOD}\n",
    "line end within": f"{HEADER}.{PAYLOAD}\n.{SIGNATURE}",
    "scheme before": f"Bearer {GOOD}",
    "padded": ".".join(part + "=" * (-len(part) % 4) for part in GOOD.split(".")),
    "padded header": f"{HEADER}=.{PAYLOAD}.{SIGNATURE}",
    "standard alphabet": f"{HEADER}.{PAYLOAD}.{b64(bytes([255] * 64)).replace('_', '/')}",
    "stray bits": f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}{chr(ord(SIGNATURE[-1]) + 1)}",
    "impossible length": f"{HEADER}.{PAYLOAD}.{SIGNATURE}AAA",
    "wide digits": f"{HEADER}.{PAYLOAD}.\uff11{SIGNATURE[1:]}",
    "lone surrogate": f"{HEADER}.{PAYLOAD}.\ud800{SIGNATURE[1:]}",
    "nul": f"{HEADER}.{PAYLOAD}.\0{SIGNATURE[1:]}",
    "json form": json.dumps({"payload": PAYLOAD, "protected": HEADER, "signature": SIGNATURE}),
    "bytes": GOOD.encode(),
    "nothing": None,
    "a number": 7,
    "a list": [GOOD],
}


@pytest.mark.parametrize("token", NOT_TOKENS.values(), ids=NOT_TOKENS.keys())
def test_what_is_not_a_compact_token_is_refused(verifier: Verifier, token):
    """Only three parts of canonical base64url are looked at any further."""
    assert refusal_of(verifier, token) == Refusal.BAD_FORM


def test_length_is_bounded_at_8_kb(verifier: Verifier):
    """8192 characters may be a token; one more is refused unread."""
    padding_needed = 8192 - len(EC.token(good_claims(pad="")))
    fitting = next(
        token
        for size in range(padding_needed, 0, -1)
        if len(token := EC.token(good_claims(pad="x" * (size * 3 // 4)))) in (8191, 8192)
    )

    assert verifier.verify(fitting)
    assert refusal_of(verifier, "A" * 8193) == Refusal.TOO_LONG
    assert refusal_of(verifier, EC.token(good_claims(pad="x" * 7000))) == Refusal.TOO_LONG


USUAL = {"alg": "ES256", "kid": "ec-1"}
BAD_HEADERS = {
    "not json": b"{alg:ES256}",
    "not an object": b'["ES256"]',
    "null": b"null",
    "byte order mark": b"\xef\xbb\xbf" + to_json(USUAL),
    "utf-16": json.dumps(USUAL).encode("utf-16-le"),
    "not utf-8": b'{"alg":"ES256","kid":"\xff"}',
    "alg twice": b'{"alg":"ES256","alg":"ES256","kid":"ec-1"}',
    "kid twice": b'{"alg":"ES256","kid":"other","kid":"ec-1"}',
    "twice, within": b'{"alg":"ES256","kid":"ec-1","x":{"a":1,"a":1}}',
    "NaN": b'{"alg":"ES256","kid":"ec-1","x":NaN}',
    "infinite": b'{"alg":"ES256","kid":"ec-1","x":-Infinity}',
    "huge integer": b'{"alg":"ES256","kid":"ec-1","x":' + b"9" * 5000 + b"}",
    "deep": b'{"alg":"ES256","kid":"ec-1","x":' + b"[" * 5000 + b"]" * 500 + b"}",
    "crit": to_json({**USUAL, "crit": ["exp"]}),
    "crit, empty": to_json({**USUAL, "crit": []}),
    "b64": to_json({**USUAL, "b64": False}),
    "enc": to_json({**USUAL, "enc": "A256GCM"}),
    "zip": to_json({**USUAL, "zip": "DEF"}),
    "typ of another end": to_json({**USUAL, "typ": "logout+jwt"}),
    "typ of an encrypted token": to_json({**USUAL, "typ": "JWE"}),
    "typ no text": to_json({**USUAL, "typ": ["JWT"]}),
    "typ null": to_json({**USUAL, "typ": None}),
    "no kid": to_json({"alg": "ES256"}),
    "kid empty": to_json({**USUAL, "kid": ""}),
    "kid a number": to_json({**USUAL, "kid": 1}),
    "kid a list": to_json({**USUAL, "kid": ["ec-1"]}),
    "kid null": to_json({**USUAL, "kid": None}),
    "kid long": to_json({**USUAL, "kid": "k" * 257}),
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_odd_headers_are_refused_though_signed_by_a_trusted_key(verifier: Verifier, header):
    """A header that could be read in two ways, or asks for more than we do, is refused whoever signed it."""
    assert refusal_of(verifier, EC.sign(header, to_json(good_claims()))) == Refusal.BAD_HEADER


ALGORITHMS = [
    *["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512"],
    *["ES256K", "EdDSA", "dir", "RSA-OAEP", "es256", "ES256 ", " ES256", "ES256\0", None, True, 256, ["ES256"], {}],
]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
@pytest.mark.parametrize("signer", [EC, RSA], ids=["ec", "rsa"])
def test_only_two_algorithms_are_known(verifier: Verifier, signer, algorithm):
    """`alg` is RS256 or ES256, spelt so; all else is refused, even over a good signature."""
    assert refusal_of(verifier, signer.token(header={"alg": algorithm})) == Refusal.BAD_ALGORITHM


@pytest.mark.parametrize("signature", ["AA", SIGNATURE, b64(bytes(64))], ids=["short", "another's", "zeros"])
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_alg_none_is_refused(verifier: Verifier, algorithm, signature):
    """An unsigned token is no token, whatever stands in the place of the signature."""
    header = b64(to_json({"alg": algorithm, "kid": "ec-1"}))

    assert refusal_of(verifier, f"{header}.{PAYLOAD}.{signature}") == Refusal.BAD_ALGORITHM
    assert refusal_of(verifier, f"{header}.{PAYLOAD}.") == Refusal.BAD_FORM


@pytest.mark.parametrize("form", public_forms(EC))
@pytest.mark.parametrize("signer", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize(("algorithm", "digest"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
def test_a_public_key_is_no_shared_secret(verifier: Verifier, signer, form, algorithm, digest):
    """A token with an HMAC under the public key, in PEM, DER or JWK, is refused."""
    secret = public_forms(signer)[form]
    token = hmac_token(secret, {"alg": algorithm, "kid": signer.kid}, good_claims(), digest)

    assert refusal_of(verifier, token) == Refusal.BAD_ALGORITHM


@pytest.mark.parametrize("form", public_forms(EC))
@pytest.mark.parametrize("signer", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "none"])
def test_the_key_itself_refuses_an_hmac(signer, form, algorithm):
    """Behind the check of the header stands a second one: a key checks with its own algorithm only."""
    key = VerifyingKey(signer.kid, signer.algorithm, jwk.construct(signer.jwk(), signer.algorithm))
    token = hmac_token(public_forms(signer)[form], {"alg": algorithm, "kid": signer.kid}, good_claims())

    with pytest.raises(InvalidToken) as refusal:
        key.check(token)
    assert refusal.value.refusal == Refusal.BAD_SIGNATURE


@pytest.mark.parametrize("signer", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "RS384", "none"])
def test_the_key_itself_refuses_another_algorithm(signer, algorithm):
    """Even its own good signature is refused by a key when the header names another algorithm."""
    key = VerifyingKey(signer.kid, signer.algorithm, jwk.construct(signer.jwk(), signer.algorithm))
    token = signer.token(header={"alg": algorithm})

    if algorithm == signer.algorithm:
        assert key.check(token)
        return
    with pytest.raises(InvalidToken) as refusal:
        key.check(token)
    assert refusal.value.refusal == Refusal.BAD_SIGNATURE


def test_each_key_has_one_algorithm(verifier: Verifier):
    """`alg` RS256 with a P-256 key's name, or ES256 with an RSA key's, is refused before anything is checked."""
    for signer, other in ((EC, RSA), (RSA, EC)):
        header = {"alg": other.algorithm, "kid": signer.kid}

        assert refusal_of(verifier, signer.token(header=header)) == Refusal.BAD_ALGORITHM
        assert refusal_of(verifier, other.token(header=header)) == Refusal.BAD_ALGORITHM


def test_a_name_does_not_lend_its_trust(verifier: Verifier):
    """A signature counts under its own key's name only, also between two keys that are both trusted."""
    second = ec_signer("ec-2")
    of_two_keys = verifier_for(EC, second)

    assert refusal_of(of_two_keys, second.named("ec-1").token()) == Refusal.BAD_SIGNATURE
    assert refusal_of(of_two_keys, EC.named("ec-2").token()) == Refusal.BAD_SIGNATURE
    assert refusal_of(verifier, second.token()) == Refusal.UNKNOWN_KEY
    assert refusal_of(verifier, second.named("EC-1").token()) == Refusal.UNKNOWN_KEY


@pytest.mark.parametrize(
    "kid", ["../../dev/null", "ec-1\0", "ec-1 ", "' OR 1=1 --", "https://evil.example/k", "__class__"]
)
def test_a_key_name_is_only_ever_looked_up(verifier: Verifier, kid):
    """A `kid` is no path, no query and no URL."""
    assert refusal_of(verifier, EC.token(header={"kid": kid})) == Refusal.UNKNOWN_KEY


def test_a_key_in_the_token_is_not_looked_at(verifier: Verifier):
    """Keys that a token brings along (`jwk`, `jku`, `x5u`, `x5c`) are never used."""
    stranger = ec_signer("stranger")
    brought = {"jwk": stranger.jwk(kid="ec-1"), "jku": "https://evil.example/k", "x5u": "https://evil.example/c"}

    assert refusal_of(verifier, stranger.token(header={**brought, "kid": "ec-1"})) == Refusal.BAD_SIGNATURE
    assert refusal_of(verifier, stranger.token(header=brought)) == Refusal.UNKNOWN_KEY


def _ec_signatures() -> dict[str, bytes]:
    signed = f"{HEADER}.{PAYLOAD}".encode()
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = unb64(SIGNATURE)
    return {
        "zeros": bytes(64),
        "the order": order.to_bytes(32, "big") * 2,
        "r zero": bytes(32) + raw[32:],
        "s zero": raw[:32] + bytes(32),
        "ones": (1).to_bytes(32, "big") * 2,
        "halves swapped": raw[32:] + raw[:32],
        "r plus the order": (int.from_bytes(raw[:32], "big") + order).to_bytes(33, "big") + raw[32:],
        "a byte more": raw + b"\0",
        "a byte less": raw[:-1],
        "asn.1": EC.private.sign(signed, ec.ECDSA(hashes.SHA256())),
        "sha-384": EC.private.sign(signed, ec.ECDSA(hashes.SHA384())),
        "a stranger's": ec_signer("stranger").signature(signed),
        "an rsa key's": RSA.signature(signed),
    }


@pytest.mark.parametrize("name", _ec_signatures())
def test_false_es256_signatures_are_refused(verifier: Verifier, name):
    """Degenerate numbers, other encodings and other keys make no ES256 signature."""
    token = f"{HEADER}.{PAYLOAD}.{b64(_ec_signatures()[name])}"

    assert refusal_of(verifier, token) == Refusal.BAD_SIGNATURE


def _rsa_signatures(signed: bytes) -> dict[str, bytes]:
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    return {
        "zeros": bytes(256),
        "one": (1).to_bytes(256, "big"),
        "pss": RSA.private.sign(signed, pss, hashes.SHA256()),
        "sha-512": RSA.private.sign(signed, padding.PKCS1v15(), hashes.SHA512()),
        "sha-1": RSA.private.sign(signed, padding.PKCS1v15(), hashes.SHA1()),
        "a byte more": b"\0" + RSA.signature(signed),
        "a stranger's": rsa_signer("stranger").signature(signed),
        "an ec key's": EC.signature(signed),
    }


@pytest.mark.parametrize("name", _rsa_signatures(b""))
def test_false_rs256_signatures_are_refused(verifier: Verifier, name):
    """Other paddings, other hashes and other keys make no RS256 signature."""
    header, payload, _ = RSA.token().split(".")
    token = f"{header}.{payload}.{b64(_rsa_signatures(f'{header}.{payload}'.encode())[name])}"

    assert refusal_of(verifier, token) == Refusal.BAD_SIGNATURE


def test_claims_cannot_be_changed_after_signing(verifier: Verifier):
    """A wider scope or another organization under an old signature is refused."""
    for changed in ({"scope": "directory:admin"}, {"organization": "police"}, {"exp": NOW_S + 10**6}):
        token = f"{HEADER}.{b64(to_json(good_claims(**changed)))}.{SIGNATURE}"

        assert refusal_of(verifier, token) == Refusal.BAD_SIGNATURE


REQUIRED = ["exp", "iat", "sub", "aud", "iss", "organization"]


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [..., None, True, [], {}, [None]], ids=repr)
def test_required_claims_are_there_and_well_formed(verifier: Verifier, name, value):
    """exp, iat, sub, aud, iss and organization must each be given, and be of their type."""
    refusal = refusal_of(verifier, EC.token(good_claims(**{name: value})))

    assert refusal in {Refusal.BAD_CLAIMS, Refusal.WRONG_ISSUER, Refusal.WRONG_AUDIENCE}


BAD_CLAIMS = {
    "another issuer": ({"iss": "https://other.example.org"}, Refusal.WRONG_ISSUER),
    "issuer with a slash": ({"iss": f"{ISSUER}/"}, Refusal.WRONG_ISSUER),
    "issuer in capitals": ({"iss": ISSUER.upper()}, Refusal.WRONG_ISSUER),
    "issuer in a list": ({"iss": [ISSUER]}, Refusal.WRONG_ISSUER),
    "another audience": ({"aud": "other"}, Refusal.WRONG_AUDIENCE),
    "part of the audience": ({"aud": AUDIENCE[:-1]}, Refusal.WRONG_AUDIENCE),
    "audience within a text": ({"aud": f"x {AUDIENCE}"}, Refusal.WRONG_AUDIENCE),
    "no audience": ({"aud": []}, Refusal.WRONG_AUDIENCE),
    "other audiences": ({"aud": ["a", "b"]}, Refusal.WRONG_AUDIENCE),
    "audience and a number": ({"aud": [AUDIENCE, 1]}, Refusal.BAD_CLAIMS),
    "audience an object": ({"aud": {AUDIENCE: 1}}, Refusal.BAD_CLAIMS),
    "exp a text": ({"exp": str(NOW_S + 60)}, Refusal.BAD_CLAIMS),
    "exp true": ({"exp": True}, Refusal.BAD_CLAIMS),
    "exp negative": ({"exp": -1}, Refusal.BAD_CLAIMS),
    "exp beyond all years": ({"exp": 10**12}, Refusal.BAD_CLAIMS),
    "exp huge": ({"exp": 10**400}, Refusal.BAD_CLAIMS),
    "exp before iat": ({"iat": NOW_S, "exp": NOW_S - 1}, Refusal.BAD_CLAIMS),
    "exp equal to iat": ({"iat": NOW_S, "exp": NOW_S}, Refusal.BAD_CLAIMS),
    "iat a text": ({"iat": str(NOW_S)}, Refusal.BAD_CLAIMS),
    "iat in milliseconds": ({"iat": NOW_S * 1000}, Refusal.BAD_CLAIMS),
    "nbf a text": ({"nbf": "0"}, Refusal.BAD_CLAIMS),
    "nbf null": ({"nbf": None}, Refusal.BAD_CLAIMS),
    "sub empty": ({"sub": ""}, Refusal.BAD_CLAIMS),
    "sub a number": ({"sub": 7}, Refusal.BAD_CLAIMS),
    "sub long": ({"sub": "s" * 256}, Refusal.BAD_CLAIMS),
    "sub with a line end": ({"sub": "a\nb"}, Refusal.BAD_CLAIMS),
    "sub with nul": ({"sub": "a\0"}, Refusal.BAD_CLAIMS),
    "sub with a lone surrogate": ({"sub": "\ud800"}, Refusal.BAD_CLAIMS),
    "sub written right to left": ({"sub": "a\u202eb"}, Refusal.BAD_CLAIMS),
    "organization empty": ({"organization": ""}, Refusal.BAD_CLAIMS),
    "organization no slug": ({"organization": "Harbor House"}, Refusal.BAD_CLAIMS),
    "organization with a line end": ({"organization": "harbor-house\n"}, Refusal.BAD_CLAIMS),
    "organization a path": ({"organization": "../police"}, Refusal.BAD_CLAIMS),
    "organization a list": ({"organization": ["harbor-house"]}, Refusal.BAD_CLAIMS),
    "organization in other letters": ({"organization": "h\u0430rbor"}, Refusal.BAD_CLAIMS),
    "organization long": ({"organization": "a" * 101}, Refusal.BAD_CLAIMS),
    "scope null": ({"scope": None}, Refusal.BAD_CLAIMS),
    "scope a number": ({"scope": 1}, Refusal.BAD_CLAIMS),
    "scope an object": ({"scope": {"route": True}}, Refusal.BAD_CLAIMS),
    "scope with a tab": ({"scope": "route\tdirectory:read"}, Refusal.BAD_CLAIMS),
    "scope with a quote": ({"scope": 'route"'}, Refusal.BAD_CLAIMS),
    "scopes with a number": ({"scope": ["route", 1]}, Refusal.BAD_CLAIMS),
    "scopes with a space": ({"scope": ["route directory:read"]}, Refusal.BAD_CLAIMS),
    "scopes with nothing": ({"scope": [""]}, Refusal.BAD_CLAIMS),
    "scopes in scopes": ({"scope": [["route"]]}, Refusal.BAD_CLAIMS),
}


@pytest.mark.parametrize(("changed", "refusal"), BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
def test_bad_claims_are_refused_though_signed(verifier: Verifier, changed, refusal):
    """A trusted signature does not make up for claims that do not hold."""
    assert refusal_of(verifier, EC.token(good_claims(**changed))) == refusal


GOOD_CLAIMS = json.dumps(good_claims())[:-1]
BAD_PAYLOADS = {
    "not json": b"organization",
    "a list": to_json([good_claims()]),
    "a token": GOOD.encode(),
    "a claim twice": f'{GOOD_CLAIMS},"scope":"directory:admin"}}'.encode(),
    "twice, within": f'{GOOD_CLAIMS},"x":{{"a":1,"a":2}}}}'.encode(),
    "NaN": f'{GOOD_CLAIMS},"nbf":NaN}}'.encode(),
    "1e400": f'{GOOD_CLAIMS},"nbf":1e400}}'.encode(),
    "-1e400": f'{GOOD_CLAIMS},"nbf":-1e400}}'.encode(),
    "utf-16": json.dumps(good_claims()).encode("utf-16-le"),
    "deep": f'{GOOD_CLAIMS},"x":{"[" * 4000}'.encode(),
    "huge integer": f'{GOOD_CLAIMS},"x":{"9" * 5000}}}'.encode(),
}


@pytest.mark.parametrize("payload", BAD_PAYLOADS.values(), ids=BAD_PAYLOADS.keys())
def test_payloads_that_are_no_claims_are_refused_though_signed(verifier: Verifier, payload):
    """What was signed must be one JSON object that can be read in one way."""
    assert refusal_of(verifier, EC.sign(to_json(USUAL), payload)) == Refusal.BAD_CLAIMS


SCOPES = [
    ("route", {"route"}),
    (" route  directory:read ", {"route", "directory:read"}),
    (["route", "route", "route:any"], {"route", "route:any"}),
    ("", set()),
    ([], set()),
    (..., set()),
]


@pytest.mark.parametrize(
    ("claim", "scopes"), SCOPES, ids=["text", "spaces", "list", "empty text", "empty list", "left out"]
)
def test_scopes_come_as_text_or_list(verifier: Verifier, claim, scopes):
    """Scopes are words in a text or in a list; no scope claim means none."""
    assert verifier.verify(EC.token(good_claims(scope=claim))).scopes == scopes


def test_one_of_several_audiences_is_enough(verifier: Verifier):
    """A token may be meant for others too."""
    assert verifier.verify(EC.token(good_claims(aud=["other", AUDIENCE])))


class Broken:
    """Keys that cannot be looked up at all."""

    def find(self, kid: str) -> VerifyingKey | None:
        raise RuntimeError(f"no way to {kid}")


def test_a_failure_while_checking_is_a_refusal(caplog: pytest.LogCaptureFixture):
    """Whatever breaks inside, the token is refused, and neither error nor log holds anything of it."""
    verifier = Verifier(Broken(), issuer=ISSUER, audience=AUDIENCE, now=lambda: NOW)

    with caplog.at_level(logging.DEBUG), pytest.raises(InvalidToken) as refusal:
        verifier.verify(GOOD)

    assert refusal.value.refusal == Refusal.DEFECT
    assert refusal.value.__context__ is None
    assert "ec-1" not in caplog.text + str(refusal.value)


def test_refusals_hold_nothing_of_the_token(verifier: Verifier):
    """Every refusal's words are one of a fixed few."""
    sentences = {str(Refusal(refusal)) for refusal in Refusal}

    with pytest.raises(InvalidToken) as error:
        verifier.verify(EC.token(good_claims(organization="Canary Name")))
    assert str(error.value).removeprefix("the token is refused: ") in sentences
    assert error.value.__context__ is None
    assert "desk-7" not in repr(verifier.verify(GOOD))
