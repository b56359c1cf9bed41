"""Tokens: the caller, and how the application knows the caller. No web framework in here."""

from .caller import Caller
from .errors import InvalidToken, Refusal, TokenKeyError
from .issue import build_caller, issue_token, read_ttl
from .verifier import Verifier, build_verifier

__all__ = [
    "Caller",
    "InvalidToken",
    "Refusal",
    "TokenKeyError",
    "Verifier",
    "build_caller",
    "build_verifier",
    "issue_token",
    "read_ttl",
]
