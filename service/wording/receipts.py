"""A client's receipt, and the reply to a client's wish passed on.

A receipt is safe to be found: no agency, no service, no code and no reason is named, unless the client wants names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

WITHDRAWAL_NOTED = json.dumps(
    {
        "status": "accepted",
        "plain": "Noted. If the code belongs to a consent, nothing more is shared on it from now on.",
    }
)
LANGUAGES = ("en", "es")
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
}  # fmt: skip
_AGREED = {
    "en": "You agreed on {signed} that some of what you said may be passed on, until {ends}; to change it, {call}.",
    "es": "El {signed} usted aceptó que se comparta parte de lo que dijo, hasta el {ends}; para cambiarlo, {call}.",
}
_CALL = {"en": "call {phone}", "es": "llame al {phone}"}
_NO_PHONE = {"en": "call the number that you were given", "es": "llame al número que le dieron"}
_FROM = {"en": "From: {names}", "es": "De: {names}"}
_TO = {"en": "To: {names}", "es": "Para: {names}"}
TITLE = {"en": "Your copy", "es": "Su copia"}


def receipt(language: str, *, signed_on: date, ends_on: date, phone: str | None) -> str:
    """Return the one sentence of a receipt in English (`en`) or Spanish (`es`)."""
    call = _NO_PHONE[language] if phone is None else _CALL[language].format(phone=phone)
    return _AGREED[language].format(signed=_day(language, signed_on), ends=_day(language, ends_on), call=call)


def named(language: str, *, holder: Sequence[str], recipients: Sequence[str]) -> list[str]:
    """Return the lines that name agencies, for a client who wants names on paper; a side without names has no line.

    >>> named("es", holder=["Lotus Center"], recipients=[])
    ['De: Lotus Center']
    """
    lines = ((_FROM, holder), (_TO, recipients))
    return [template[language].format(names=", ".join(names)) for template, names in lines if names]


def _day(language: str, day: date) -> str:
    month = _MONTHS[language][day.month - 1]
    return f"{month} {day.day}, {day.year}" if language == "en" else f"{day.day} de {month} de {day.year}"
