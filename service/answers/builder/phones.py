"""The number to call: a voice line, or a text line where the client calls and signs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import routing
from service.answers.schemas.paths import Contact
from service.directory.standard.phone_numbers import dialable
from service.vocabulary import SIGN_LANGUAGES, TEXTED, UNANSWERED

SPOKEN = (None, "voice", "cell")
WRITTEN = (*TEXTED, "textphone", "tty", "video")


def best_phone(phones: Sequence[routing.Phone], *, in_writing: bool = False) -> routing.Phone | None:
    """Return the phone to call: of the wanted type, intake lines first, then by the line's own description. Pure.

    `in_writing` asks for a line with text or sign; without such a line, a voice line is better than no line.

    >>> office, intake = routing.Phone("512-555-0100", "voice"), routing.Phone("512-555-0199", "voice", "Intake line")
    >>> best_phone([office, intake]).number
    '512-555-0199'
    """
    phone_types = WRITTEN if in_writing else SPOKEN

    def order(phone: routing.Phone) -> tuple[bool, bool, bool, str, str]:
        description = (phone.description or "").lower()
        return (
            phone.type not in phone_types,
            phone.type not in SPOKEN,
            "intake" not in description,
            description,
            phone.number,
        )

    return min((phone for phone in phones if phone.type not in UNANSWERED), key=order, default=None)


def contact_phone(
    own: Sequence[routing.Phone], organization: Sequence[routing.Phone], *, in_writing: bool
) -> routing.Phone | None:
    """Return the phone of a step: the services' own before the organization's, unless only the latter fits. Pure.

    Without a line of the wanted type, a voice line; without a voice line, any line that somebody answers.
    """
    for phone_types in (WRITTEN, SPOKEN) if in_writing else (SPOKEN,):
        for phones in (own, organization):
            fitting = [phone for phone in phones if phone.type in phone_types]
            if fitting:
                return best_phone(fitting, in_writing=in_writing)
    return best_phone(own, in_writing=in_writing) or best_phone(organization, in_writing=in_writing)


def contact_document(
    own: Sequence[routing.Phone], organization: Sequence[routing.Phone], *, in_writing: bool
) -> Contact:
    """Return a contact as the API shows it: label, number, the number to dial, and a number to text. Pure."""
    phone = contact_phone(own, organization, in_writing=in_writing)
    texts = [number for phones in (own, organization) for number in phones if number.type in TEXTED]
    text = best_phone(texts[:1], in_writing=True)
    return {
        "label": None if phone is None else phone.description,
        "phone": None if phone is None else spoken_number(phone),
        "tel": None if phone is None else dialable(phone.number, phone.extension),
        "sms": None if text is None else spoken_number(text),
    }


def spoken_number(phone: routing.Phone) -> str:
    """Return a number as people say it, with its extension. Pure.

    >>> spoken_number(routing.Phone("512-555-0100", "voice", None, "12"))
    '512-555-0100 ext. 12'
    """
    return phone.number if phone.extension is None else f"{phone.number} ext. {phone.extension}"


def signs(languages: Iterable[str] | None) -> bool:
    """Return whether any of the client's languages (BCP 47) is a sign language.

    >>> signs(["en", "ase"]), signs(["en"]), signs(None)
    (True, False, False)
    """
    return any(tag.lower().split("-", maxsplit=1)[0] in SIGN_LANGUAGES for tag in languages or ())
