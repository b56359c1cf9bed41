"""Forged and mutated tokens by the thousand: none is let in, and none brings the door down.

TOKEN_FUZZ_N says how many (at length 5,000, if not set); keys are new in each run.
Left out on purpose: of an ECDSA signature (r, s), (r, n - s) is as good a signature of the same words. It changes no
claim, so it is no forgery, and issuers sign either; of our own keys one form alone is accepted (`test_key_file.py`).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from length import draws
from seeds import fresh_random
from token_builders import (
    AUDIENCE,
    ISSUER,
    NOW_S,
    Signer,
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

COUNT = int(os.environ.get("TOKEN_FUZZ_N", draws(5000)))

TRUSTED = (ec_signer(), ec_signer("ec-2"), rsa_signer())
STRANGERS = (ec_signer("stranger-ec"), rsa_signer("stranger-rsa"))
GOOD = tuple(signer.token(good_claims(sub=sub)) for signer in TRUSTED for sub in ("desk-1", "desk-2", "desk-3"))
VERIFIER = verifier_for(*TRUSTED)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ODD = "=+/. \n\0{}\u00e9\ud800\uff21"
HMACS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
ALGORITHMS = ["none", "None", "NONE", "HS256", "HS384", "HS512", "RS384", "PS256", "ES384", "EdDSA", "dir", "", None, 1]
SECRETS = {signer.kid: list(public_forms(signer).values()) for signer in TRUSTED}


def change_characters(random: Random) -> str:
    token = list(random.choice(GOOD))
    for _ in range(random.choice((1, 1, 1, 2, 5, 40))):
        token[random.randrange(len(token))] = random.choice(LETTERS + (ODD if random.random() < 0.3 else ""))
    return "".join(token)


def insert_or_delete(random: Random) -> str:
    token = random.choice(GOOD)
    at, length = random.randrange(len(token)), random.choice((1, 1, 2, 4, 30))
    if random.random() < 0.5:
        return token[:at] + token[at + length :]
    return token[:at] + "".join(random.choices(LETTERS + ODD, k=length)) + token[at:]


def cut_or_repeat(random: Random) -> str:
    token = random.choice(GOOD)
    at = random.randrange(1, len(token))
    return random.choice((token[:at], token[at:], token + token[at:], token[at:] + token[:at], token[::-1]))


def splice(random: Random) -> str:
    tokens = [random.choice(GOOD).split(".") for _ in range(3)]
    parts = [tokens[0][0], tokens[1][1], tokens[2][2]]
    if random.random() < 0.2:
        random.shuffle(parts)
    return ".".join(parts)


def flip_bits(random: Random) -> str:
    """Change bits within the decoded parts, so that the outer form stays whole."""
    parts = random.choice(GOOD).split(".")
    which = random.randrange(3)
    data = bytearray(unb64(parts[which]))
    for _ in range(random.choice((1, 1, 2, 8))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    parts[which] = b64(bytes(data))
    return ".".join(parts)


def change_header(random: Random) -> str:
    header, payload, signature = random.choice(GOOD).split(".")
    document = json.loads(unb64(header))
    change = random.choice(("alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "extra"))
    document[change] = {
        "alg": random.choice(ALGORITHMS),
        "kid": random.choice([signer.kid for signer in (*TRUSTED, *STRANGERS)] + ["", None, "/dev/null"]),
        "typ": random.choice(["JWE", "JOSE", None, 1, "secevent+jwt"]),
        "crit": random.choice([["exp"], [], None]),
        "jwk": random.choice(STRANGERS).jwk(kid="ec-1"),
    }.get(change, random.choice(["https://evil.example/k", None, 1, {}]))
    return f"{b64(to_json(document))}.{payload}.{random.choice((signature, '', 'AA', b64(random.randbytes(64))))}"


def change_claims(random: Random) -> str:
    header, payload, signature = random.choice(GOOD).split(".")
    claims = json.loads(unb64(payload))
    claims[random.choice(list(claims))] = random.choice(["police", NOW_S + 10**6, "directory:admin", [AUDIENCE], None])
    return f"{header}.{b64(to_json(claims))}.{signature}"


def borrow_a_name(random: Random) -> str:
    """Sign with a stranger's key, or with one trusted key under another's name."""
    signer = random.choice((*STRANGERS, *TRUSTED))
    name = random.choice([other.kid for other in TRUSTED if other.kid != signer.kid])
    header = {"alg": random.choice(("RS256", "ES256")), "jwk": signer.jwk()}
    return signer.named(name).token(_wider(random), header=header if random.random() < 0.5 else {})


def use_a_public_key_as_secret(random: Random) -> str:
    signer = random.choice(TRUSTED)
    algorithm = random.choice(list(HMACS))
    algorithm_name = random.choice((algorithm, algorithm, signer.algorithm, "none"))
    secret = random.choice(SECRETS[signer.kid])
    return hmac_token(secret, {"alg": algorithm_name, "kid": signer.kid}, _wider(random), HMACS[algorithm])


def claim_another_algorithm(random: Random) -> str:
    signer = random.choice(TRUSTED)
    others = [name for name in (*ALGORITHMS, "RS256", "ES256") if name != signer.algorithm]
    return signer.token(_wider(random), header={"alg": random.choice(others)})


def invent_a_signature(random: Random) -> str:
    header, payload, signature = random.choice(GOOD).split(".")
    size = len(unb64(signature))
    invented = random.choice(
        (bytes(size), b"\xff" * size, random.randbytes(size), random.randbytes(random.randrange(1, 300)))
    )
    return f"{header}.{payload}.{b64(invented)}"


def break_signed_claims(random: Random) -> str:
    """Sign, with a trusted key, claims that do not hold."""
    name, values = random.choice(
        [
            ("exp", [..., NOW_S - 30, NOW_S - 3600, "never", None, True, -1, 1e300, 10**30]),
            ("iat", [..., NOW_S + 31, NOW_S + 10**6, "now", None, False, -5]),
            ("nbf", [NOW_S + 31, "now", None, [], 1e300]),
            ("iss", [..., "https://evil.example", f"{ISSUER}/", [ISSUER], None, ""]),
            ("aud", [..., "other", [], [[AUDIENCE]], {AUDIENCE: 1}, None, AUDIENCE.upper()]),
            ("sub", [..., "", None, 7, "a\0", "\ud800", "x" * 300]),
            ("organization", [..., "", None, "Harbor House", "../x", ["harbor-house"], "a" * 101]),
            ("scope", [None, 1, {"route": 1}, ["a b"], [1], "a\nb"]),
            ("jti", ["", None, 7, ["a"], {"a": 1}, "x" * 300]),
        ]
    )
    return random.choice(TRUSTED).token(good_claims(**{name: random.choice(values)}))


def break_signed_header(random: Random) -> str:
    """Sign, with a trusted key, a header that could be read in two ways or asks for more than we do."""
    signer = random.choice(TRUSTED)
    usual = to_json({"alg": signer.algorithm, "kid": signer.kid}).decode()
    odd = random.choice(
        [
            usual[:-1] + f',"alg":"{signer.algorithm}"}}',
            '{"alg":"none",' + usual[1:],
            '{"kid":"other",' + usual[1:],
            usual[:-1] + ',"crit":["x"],"x":1}',
            usual[:-1] + ',"enc":"A128GCM"}',
            usual[:-1] + ',"zip":"DEF"}',
            usual[:-1] + ',"x":NaN}',
            usual[:-1] + ',"x":' + "[" * random.randrange(2000, 4000) + "}",
            "\ufeff" + usual,
            f"[{usual}]",
            usual[:-1],
        ]
    )
    return signer.sign(odd.encode(), to_json(good_claims()))


def take_another_form(random: Random) -> str:
    header, payload, signature = random.choice(GOOD).split(".")
    return random.choice(
        [
            f"{header}.{payload}.{signature}.{payload}.{signature}",
            f"{header}.{payload}",
            f"{header}..{signature}",
            f"{header}.{payload}.",
            f"Bearer {header}.{payload}.{signature}",
            f"{header}.{payload}.{signature} ",
            f"{header}.{payload}=.{signature}",
            json.dumps({"protected": header, "payload": payload, "signature": signature}),
            "".join(random.choices(LETTERS + ODD, k=random.randrange(0, 400))),
            ".".join(
                "".join(random.choices(LETTERS, k=random.randrange(0, 200))) for _ in range(random.randrange(1, 7))
            ),
            f"{header}.{payload}.{'A' * random.randrange(8000, 20000)}",
            "." * random.randrange(0, 9000),
        ]
    )


FORGERS: tuple[Callable[[Random], str], ...] = (
    *(change_characters, insert_or_delete, cut_or_repeat, splice, flip_bits, change_header, change_claims),
    *(borrow_a_name, use_a_public_key_as_secret, claim_another_algorithm, invent_a_signature),
    *(break_signed_claims, break_signed_header, take_another_form),
)


def _wider(random: Random) -> dict[str, Any]:
    return good_claims(scope=random.choice(("route:any", "directory:admin")), sub=f"desk-{random.randrange(9)}")


def test_no_forgery_is_let_in(say: Callable[[str], None]):
    """Of many forged and mutated tokens none is accepted and none raises anything but InvalidToken."""
    random = fresh_random(20_260_115)
    refusals: Counter[Refusal] = Counter()
    families: Counter[str] = Counter()
    while refusals.total() < COUNT:
        forger = random.choice(FORGERS)
        token = forger(random)
        if token in GOOD:  # the mutation changed nothing
            continue
        try:
            caller = VERIFIER.verify(token)
        except InvalidToken as refused:
            refusals[refused.refusal] += 1
            families[forger.__name__] += 1
        else:
            pytest.fail(f"{forger.__name__} was let in as {caller!r}: {token!r}")

    assert all(VERIFIER.verify(token) for token in GOOD)
    assert refusals[Refusal.DEFECT] == 0
    assert set(families) == {forger.__name__ for forger in FORGERS}
    if COUNT >= 5_000:  # fewer may not meet every ground
        assert set(refusals) == set(Refusal) - {
            *(Refusal.DEFECT, Refusal.WRONG_NONCE, Refusal.TAKEN_BACK)  # for ID tokens; for a list that is empty here
        }
    say(f"{refusals.total()} forged or mutated tokens, 0 accepted, 0 other errors")
    say("  " + ", ".join(f"{refusal.name.lower()} {count}" for refusal, count in refusals.most_common()))


@given(st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.text(alphabet=LETTERS + ".")))
def test_anything_at_all_is_refused_quietly(anything: object):
    """Whatever is passed for a token, the one thing that comes back is InvalidToken."""
    with pytest.raises(InvalidToken):
        VERIFIER.verify(anything)  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["iss", "aud", "sub", "iat", "exp", "nbf", "organization", "scope", "jti", "x"])


@given(st.sampled_from(TRUSTED), st.dictionaries(NAMES, JSON, max_size=4))
def test_a_trusted_signature_lets_in_good_claims_only(signer: Signer, changed: dict[str, Any]):
    """Claims of any shape from a trusted issuer give a well-formed caller or InvalidToken."""
    caller = _caller(VERIFIER, signer.token(good_claims(**changed)))

    if caller is not None:
        claims = good_claims(**changed)
        assert claims["iss"] == ISSUER
        assert claims["aud"] == AUDIENCE or AUDIENCE in claims["aud"]
        assert claims["iat"] - 30 <= NOW_S < claims["exp"] + 30
        assert (caller.organization, caller.subject) == (claims["organization"], claims["sub"])
        assert all(isinstance(scope, str) and scope for scope in caller.scopes)


@given(st.sampled_from(TRUSTED), st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "x"]), JSON, max_size=3))
def test_a_trusted_signature_lets_in_its_own_header_only(signer: Signer, changed: dict[str, Any]):
    """Whatever a header says, a token is let in only with its key's own name and algorithm."""
    if _caller(VERIFIER, signer.token(header=changed)) is not None:
        header = {"alg": signer.algorithm, "kid": signer.kid, **changed}
        assert (header["alg"], header["kid"]) == (signer.algorithm, signer.kid)
        assert "crit" not in header


def _caller(verifier: Verifier, token: str) -> Caller | None:
    try:
        return verifier.verify(token)
    except InvalidToken as refused:
        if refused.refusal == Refusal.DEFECT:
            raise
        return None
