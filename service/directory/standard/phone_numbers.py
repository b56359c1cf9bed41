"""Phone numbers as telephones dial them (RFC 3966)."""

from __future__ import annotations

import re

NATIONAL, WITH_COUNTRY = 10, 11
"""How many digits a number of the North American plan has, without and with its country code."""
_DIGITS = "0123456789"
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
MOST_DIGITS = 15
"""How many digits a number of any country has at most (E.164)."""
_BEFORE = re.compile(r"^[^\d+]*")
_ANOTHER = re.compile(r"\s*(?:[,;|&](?!\s*(?:ext|x)\b)|\b(?:or|and|o|y)\b|(?<=\d{4})\s*/).*", re.IGNORECASE | re.DOTALL)
"""What follows a number in the same text: another one, or what to press. A slash stands within a number too."""
_REMARK = re.compile(r"[\s(]+[A-Za-z]*[a-z].*", re.DOTALL)
"""Words after a number; letters that are dialed are capitals, or stand without a blank before them."""
_EXTENSION = re.compile(r"(?<![A-Z])(?:ext|x)\.?\s*(\d+)\s*$", re.IGNORECASE)


def dialable(number: str, extension: str | None = None) -> str | None:
    """Return a number as a telephone dials it: a `tel:` URI (RFC 3966); None for a text without a number. Pure.

    A number of ten digits belongs to the North American plan; a shorter number is dialed as written (911, or a local
    number without its area code). Of several numbers in a text the first, without the words around it.

    >>> dialable("(512) 555-0100"), dialable("911"), dialable("1-888-373-HELP"), dialable("ask at the desk")
    ('tel:+15125550100', 'tel:911', 'tel:+18883734357', None)
    >>> dialable("512-555-0100 or 512-555-0101"), dialable("24/7: 512/555-0100"), dialable("call 988 (or text)")
    ('tel:+15125550100', 'tel:+15125550100', 'tel:988')
    """
    number = _ANOTHER.sub("", _BEFORE.sub("", number)).rpartition(":")[2].lstrip()
    if match := _EXTENSION.search(number):
        number, extension = number[: match.start()], extension or match.group(1)
    number = _REMARK.sub("", number)
    digits = "".join(sign for sign in number.upper().translate(_LETTERS) if sign in _DIGITS)
    if not digits or len(digits) > MOST_DIGITS:
        return None
    if number.startswith("+") or (len(digits) == WITH_COUNTRY and digits[0] == "1"):
        digits = f"+{digits}"
    elif len(digits) == NATIONAL:
        digits = f"+1{digits}"
    return f"tel:{digits}" + (f";ext={extension}" if extension else "")


def switchboard(number: str) -> str | None:
    """Return a number as a telephone dials it, without its extension: both lead to the same agency. Pure.

    >>> switchboard("512-555-0100 x7")
    'tel:+15125550100'
    """
    uri = dialable(number)
    return None if uri is None else uri.partition(";")[0]
