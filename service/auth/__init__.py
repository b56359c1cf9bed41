"""Tokens: the caller, and how the application knows the caller. No web framework in here."""

from .caller import Caller
from .errors import InvalidToken, NoIssuer, Refusal, TokenKeyError
from .fetching import is_this_machine
from .issue import build_caller, issue_token, read_ttl
from .sign_in import Issuer, build_issuer
from .verifier import Verifier, build_verifier

__all__ = [
    "Caller",
    "InvalidToken",
    "Issuer",
    "NoIssuer",
    "Refusal",
    "TokenKeyError",
    "Verifier",
    "build_caller",
    "build_issuer",
    "build_verifier",
    "is_this_machine",
    "issue_token",
    "read_ttl",
]
