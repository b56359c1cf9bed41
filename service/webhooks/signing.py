"""Signatures after Standard Webhooks 1.0: the written form of secrets, and the headers of an attempt."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def signed_headers(message_id: str, at: datetime, body: bytes, signers: Iterable[str]) -> dict[str, str]:
    """Return the headers of an attempt that begins `at`, signed with each of the secrets, the newest first. Pure.

    >>> from datetime import datetime
    >>> headers = signed_headers("msg_1", datetime(2026, 3, 17, 8, tzinfo=UTC), b"{}", ["whsec_" + "QUFB" * 8])
    >>> headers["webhook-timestamp"], headers["webhook-signature"][:3]
    ('1773734400', 'v1,')
    """
    moment = at.astimezone(UTC)  # the library would replace a time zone instead of converting it
    text = body.decode("utf-8")
    signatures = (Webhook(secret).sign(message_id, moment, text) for secret in signers)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
