"""A client's receipt, and the reply to a client's wish passed on.

A receipt is safe to be found: no agency, no service, no code and no reason is named, unless the client wants names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from policies.messages import Message, joined
from service.i18n.times import Day

WITHDRAWAL_NOTED = Message("Noted. If the code belongs to a consent, nothing more is shared on it from now on.")
AGREED = Message(
    "You agreed on {signed} that some of what you said may be passed on, until {ends}; to change it, {call}."
)
CALL, NO_PHONE = Message("call {phone}"), Message("call the number that you were given")
FROM, TO = Message("From: {names}"), Message("To: {names}")
TITLE = Message("Your copy")


def receipt(*, signed_on: date, ends_on: date, phone: str | None) -> Message:
    """Return the one sentence of a receipt."""
    call = NO_PHONE if phone is None else CALL.format(phone=phone)
    return AGREED.format(signed=Day.of(signed_on), ends=Day.of(ends_on), call=call)


def agency_lines(*, holder: Sequence[str], recipients: Sequence[str]) -> list[Message]:
    """Return the lines that name agencies, for a client who wants names on paper; a side without names has no line.

    >>> agency_lines(holder=["Lotus Center"], recipients=[])
    ['From: Lotus Center']
    """
    return [line.format(names=joined(names, ", ")) for line, names in ((FROM, holder), (TO, recipients)) if names]
