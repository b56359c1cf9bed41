"""The caller: every fact that the application learns from a token."""

from __future__ import annotations

from dataclasses import dataclass, field

CALLER_KEY = "referral_router.caller"
"""The key of the ASGI scope of a request that this program sends to itself: its `Caller`, None without a session."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a checked token: its organization's slug, the scopes granted, and the token's `sub`.

    The organization's place in the directory is not checked here. `subject` may name a member of staff; the
    representation leaves the subject out, so that no log holds a name by accident. `key`: the name of the key that the
    caller's rights rest on, None without a key. `token`: the name of the token that they rest on, as it is refused by,
    None without a token. Neither makes anybody another caller.
    """

    organization: str
    scopes: frozenset[str]
    subject: str
    key: str | None = field(default=None, compare=False)
    token: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"Caller(organization={self.organization!r}, scopes={sorted(self.scopes)!r})"
