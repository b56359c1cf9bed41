"""Phone numbers as telephones dial them (RFC 3966), found in what people write by `phonenumbers`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

REGION = "US"
"""Where a number without a country code belongs: to the North American plan, and to the short codes of its carriers."""
_LONGEST = 250
"""How much of a text is looked at: what follows is no number but a story."""
_LOCAL = re.compile(r"\d{7}")
_SLASH = re.compile(r"(?<!\d)(\d{3})/(?=\d{3}\W?\d{4}(?!\d))")
_LETTERED = re.compile(r"\+?[\d(][\d().\s-]*[A-Z][A-Z\d.\s-]*")
_SHORT = re.compile(
    r"(?:^\W*|[^\w\s]\s*|\b(?P<word>call|dial|texto?|txt|sms|to|or|and|llame|marque|envíe|al?|o|y)\s+)"
    r"(?P<code>[1-9]-?\d-?\d{1,4})(?![\w/]|[-.]\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\W*\d{3,6}\W*")
_TEXTED = ("text", "texto", "txt", "sms", "to", "al", "a")


def dialable(number: str, extension: str | None = None) -> str | None:
    """Return a number as a telephone dials it: a `tel:` URI (RFC 3966); None for a text without such a number. Pure.

    Of several numbers in a text the first, without quotes and words around it. A local number without its area code,
    and a short code, are dialed as written.

    >>> dialable("(512) 555-0100"), dialable("911"), dialable("1-888-373-HELP"), dialable("ask at the desk")
    ('tel:+15125550100', 'tel:911', 'tel:+18883734357', None)
    >>> dialable("512-555-0100 or 512-555-0101"), dialable("24/7: 512/555-0100"), dialable("text HOME to 741741")
    ('tel:+15125550100', 'tel:+15125550100', 'tel:741741')
    """
    found = _find(number)
    if found is None:
        return None
    own = re.sub(r"[^0-9]", "", extension or "") or found[1]
    return f"tel:{found[0]}" + (f";ext={own}" if own else "")


def textable(number: str) -> str | None:
    """Return a number as a telephone texts it: an `sms:` URI (RFC 5724); None for a text without such a number. Pure.

    >>> textable("Text HOME to 741741")
    'sms:741741'
    """
    found = _find(number)
    return None if found is None else f"sms:{found[0]}"


def switchboard(number: str) -> str | None:
    """Return a number as a telephone dials it, without its extension: both lead to the same agency. Pure.

    >>> switchboard("512-555-0100 x7")
    'tel:+15125550100'
    """
    uri = dialable(number)
    return None if uri is None else uri.partition(";")[0]


@lru_cache(maxsize=16_384)  # a number takes 50 microseconds, and a directory is read over and over
def _find(text: str) -> tuple[str, str | None] | None:
    """Return the first number in a text, in digits, and its extension."""
    from phonenumbers import convert_alpha_characters_in_number  # noqa: PLC0415 - most commands dial nothing

    text = _SLASH.sub(r"\1-", text[:_LONGEST])
    found = [*_numbers(text), *_short_codes(text)]
    if not any(digits.startswith("+") for _, digits, _ in found) and (match := _LETTERED.search(text)) is not None:
        in_digits = convert_alpha_characters_in_number(match.group())
        found = [number for number in _numbers(in_digits) if number[1].startswith("+")] or found
    _, digits, extension = min(found, key=itemgetter(0), default=(0, None, None))
    return None if digits is None else (digits, extension)


def _numbers(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield each number in a text that can be dialed: where it begins, its digits, and its extension."""
    from phonenumbers import (  # noqa: PLC0415 - as above
        Leniency,
        PhoneNumberFormat,
        PhoneNumberMatcher,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
    )

    for match in PhoneNumberMatcher(text, REGION, leniency=Leniency.POSSIBLE):
        number = match.number
        if is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
            number_only = format_number(number, PhoneNumberFormat.E164)
            yield match.start, number_only, number.extension
        elif _LOCAL.fullmatch(local := str(number.national_number)):
            yield match.start, local, number.extension


def _short_codes(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield each short code in a text: one that is in use for calls or texts; alone or after `text ... to`, any."""
    from phonenumbers import PhoneNumber  # noqa: PLC0415 - as above
    from phonenumbers.shortnumberinfo import (  # noqa: PLC0415 - as above
        is_possible_short_number_for_region,
        is_valid_short_number_for_region,
    )

    for match in _SHORT.finditer(text):
        number = PhoneNumber(country_code=1, national_number=int(match["code"].replace("-", "")))
        any_code = _ALONE.fullmatch(text) or (match["word"] or "").lower() in _TEXTED
        is_code = is_possible_short_number_for_region if any_code else is_valid_short_number_for_region
        if is_code(number, REGION):
            yield match.start("code"), str(number.national_number), None
