"""Tokens: the caller, and how the application knows the caller. No web framework in here."""

from .caller import CALLER_KEY, Caller
from .claims import name_jti
from .errors import InvalidToken, NoIssuer, Refusal, TokenKeyError
from .fetching import is_this_machine
from .issue import MAX_TTL, build_caller, issue_token, link_key, read_ttl
from .key_file import find_or_make_signing_key, read_signing_keys, remove_signing_key, rotate_signing_key
from .sign_in import Issuer, build_issuer
from .verifier import Verifier, build_verifier, token_key_path

__all__ = [
    "CALLER_KEY",
    "MAX_TTL",
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
    "find_or_make_signing_key",
    "is_this_machine",
    "issue_token",
    "link_key",
    "name_jti",
    "read_signing_keys",
    "read_ttl",
    "remove_signing_key",
    "rotate_signing_key",
    "token_key_path",
]
