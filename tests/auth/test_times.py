"""When a token is valid: by the clock that was handed in, to the second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from token_builders import NOW, NOW_S, ec_signer, good_claims, verifier_for

from service.security import InvalidToken, Refusal

OK = None
BOUNDARIES = [
    ("exp", {"iat": NOW_S - 99, "exp": NOW_S}, 0, OK),
    ("exp", {"iat": NOW_S - 99, "exp": NOW_S}, 29, OK),
    ("exp", {"iat": NOW_S - 99, "exp": NOW_S}, 29.999, OK),
    ("exp", {"iat": NOW_S - 99, "exp": NOW_S}, 30, Refusal.EXPIRED),
    ("exp", {"iat": NOW_S - 99, "exp": NOW_S}, 31, Refusal.EXPIRED),
    ("exp in fractions", {"iat": NOW_S - 99, "exp": NOW_S + 0.5}, 30.25, OK),
    ("exp in fractions", {"iat": NOW_S - 99, "exp": NOW_S + 0.5}, 30.5, Refusal.EXPIRED),
    ("iat", {"iat": NOW_S}, 0, OK),
    ("iat", {"iat": NOW_S}, -30, OK),
    ("iat", {"iat": NOW_S}, -30.001, Refusal.NOT_YET_VALID),
    ("iat", {"iat": NOW_S}, -31, Refusal.NOT_YET_VALID),
    ("nbf", {"iat": NOW_S - 99, "nbf": NOW_S}, -30, OK),
    ("nbf", {"iat": NOW_S - 99, "nbf": NOW_S}, -31, Refusal.NOT_YET_VALID),
    ("nbf before iat", {"iat": NOW_S, "nbf": 0}, -31, Refusal.NOT_YET_VALID),
    ("long gone", {"iat": 0, "exp": 1}, 0, Refusal.EXPIRED),
]


@pytest.mark.parametrize(("case", "claims", "after_s", "refusal"), BOUNDARIES)
def test_validity_ends_and_begins_to_the_second(case, claims, after_s, refusal):
    """From 30 s before `iat` and `nbf` until just before 30 s after `exp`, by the clock that was passed in."""
    verifier = verifier_for(ec_signer(), now=NOW + timedelta(seconds=after_s))
    token = ec_signer().token(good_claims(**claims))

    if refusal is OK:
        assert verifier.verify(token)
        return
    with pytest.raises(InvalidToken) as error:
        verifier.verify(token)
    assert error.value.refusal == refusal
