"""The errors that the token package raises on purpose.

ServiceError
├── InvalidToken    a bearer token is refused, for a reason in `Refusal`
├── NoIssuer        the issuer for people's sign-in cannot be reached, or does not answer as OpenID Connect has it
└── TokenKeyError   the keys for checking or signing tokens cannot be used as set up

No message holds any part of a token, a key, or a URL.
"""

from __future__ import annotations

from enum import StrEnum

from service.errors import ServiceError


class Refusal(StrEnum):
    """The grounds of a refusal: for logs and tests. A caller hears only of the refusal."""

    TOO_LONG = "longer than 8 kB"
    BAD_FORM = "not three parts of plain base64url"
    BAD_HEADER = "header that cannot be read, or that asks for what is not taken"
    BAD_ALGORITHM = "not signed by the algorithm of its key"
    UNKNOWN_KEY = "no trusted key of that name"
    BAD_SIGNATURE = "signature does not fit"
    BAD_CLAIMS = "claims missing, ambiguous or malformed"
    WRONG_ISSUER = "another issuer"
    WRONG_AUDIENCE = "meant for another audience"
    WRONG_NONCE = "made for another sign-in"
    NOT_YET_VALID = "issued or valid from a later time"
    EXPIRED = "expired"
    SIGNED_IN_LONG_AGO = "signed in at the issuer longer ago than is allowed"
    TAKEN_BACK = "refused by whoever runs the program"
    DEFECT = "could not be checked"


class InvalidToken(ServiceError):
    """The token is refused. `refusal` names the ground, and holds no part of the token."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(f"the token is refused: {refusal}")


class TokenKeyError(ServiceError):
    """Tokens cannot be checked or signed with the present settings; the message names the change."""


class NoIssuer(ServiceError):
    """The issuer for people's sign-in cannot be asked, for now; the message holds no part of its answer."""
