"""Which number to call: a voice line, or one to text where the client makes the call and signs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import routing

SPOKEN = (None, "voice", "cell")
WRITTEN = ("text", "sms", "textphone", "tty", "video")
SIGN_LANGUAGES = frozenset({"sgn", "ase", "mfs", "psr", "bfi", "fcs", "ils"})
"""First parts of BCP 47 tags: the general one, and those of North America, Puerto Rico, Britain; international."""


def best_phone(phones: Sequence[routing.Phone], *, written: bool = False) -> routing.Phone | None:
    """Return the phone to call: of the wanted kind, an intake line before others, then by what it says of itself. Pure.

    `written` asks for a line that takes text or sign; where there is none, a voice line is still better than nothing.
    """
    kinds = WRITTEN if written else SPOKEN

    def order(phone: routing.Phone) -> tuple[bool, bool, bool, str, str]:
        said = (phone.description or "").lower()
        return phone.type not in kinds, phone.type not in SPOKEN, "intake" not in said, said, phone.number

    return min(phones, key=order, default=None)


def contact_phone(
    own: Sequence[routing.Phone], organization: Sequence[routing.Phone], *, written: bool
) -> routing.Phone | None:
    """Return the phone of a step: the services' own before the organization's, unless only those fit. Pure.

    Where no line is of the wanted kind, a voice line; without that, any line rather than none.
    """
    for kinds in (WRITTEN, SPOKEN) if written else (SPOKEN,):
        for phones in (own, organization):
            fitting = [phone for phone in phones if phone.type in kinds]
            if fitting:
                return best_phone(fitting, written=written)
    return best_phone(own, written=written) or best_phone(organization, written=written)


def signs(languages: Iterable[str] | None) -> bool:
    """Return whether one of the client's languages (BCP 47) is a sign language."""
    return any(tag.lower().split("-", maxsplit=1)[0] in SIGN_LANGUAGES for tag in languages or ())
