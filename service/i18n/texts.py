"""Texts for people and programs: no hidden characters, no links but web addresses, no formulas in tables. Pure."""

from __future__ import annotations

import re
from unicodedata import combining, normalize

LINES = frozenset(
    ("name", "alternate_name", "label", "number", "extension", "phone", "sms", "hours", "title", "department", "email")
) | frozenset(
    ("attention", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country", "unit")
)
"""Fields of one line: a line end or a tab is as much out of place there as any control character."""

# What turns the order of reading or cannot be seen. A zero-width joiner after a letter of, say, Persian or Hindi, or
# after an emoji, belongs to the word; after a Latin letter it can only disguise.
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    r"\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINER = r"(?<![\u0590-\u1cff\u2190-\u2fff\ua000-\ufdff\ufe0f\ufe70-\ufeff\U00010000-\U0001ffff])[\u200c\u200d]"
_FORM = r"(?<![\u00a9\u00ae\u0590-\u1cff\u203c-\ufdff\U00010000-\U0001ffff])[\ufe00-\ufe0f](?!\u20e3)"
_HIDDEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_INVISIBLE}]|{_JOINER}|{_FORM}")
_LINE_END = re.compile(r"[\t\n\r]+")
WEB_ADDRESS = re.compile(
    r'[hH][tT][tT][pP][sS]?://(?:[^\s/?#@:\\\[\]"<>]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][^\s\\"<>]*)?'
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2}")
_FORMULA = re.compile(r"'*(?!'|[+-]?\d{1,20}(?:\.\d{1,20})?$)[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]")


def is_visible(text: str, field: str | None = None) -> bool:
    """Say whether a text holds no hidden character; in a field of a single line, no line end and no tab either.

    >>> is_visible("Lines and\\nlines", "description"), is_visible("Hope\\n555-0199", "name")
    (True, False)
    >>> [is_visible(text) for text in ("555-0100\\u202e9910", "Har\\u200dbor", "\\u0645\\u06cc\\u200c\\u062e")]
    [False, False, True]
    """
    return not _HIDDEN.search(text) and not (field in LINES and _LINE_END.search(text))


def made_visible(text: str, field: str | None = None) -> str:
    """Return a text without hidden characters; in a field of a single line each line end is a space.

    >>> made_visible("\\u202a555-0100\\u202c"), made_visible("Hope\\nHouse", "name")
    ('555-0100', 'Hope House')
    """
    while (remainder := _HIDDEN.sub("", text)) != text:  # a joiner may have stood behind what is gone
        text = remainder
    return _LINE_END.sub(" ", text) if field in LINES else text


def is_web_address(text: str) -> bool:
    """Say whether a text is an http or https address with a host, and without a user or password.

    >>> [is_web_address(one) for one in ("https://example.org/a?b", "javascript:alert(1)", "https://me@example.org")]
    [True, False, False]
    """
    return WEB_ADDRESS.fullmatch(text) is not None and is_visible(text, "number")


def leads_astray(text: str) -> bool:
    """Say whether a link leads elsewhere than to the web: by a scheme other than http, or to a user's own address.

    A link is read as browsers read it: without line ends and tabs, wherever they stand, and with `\\` for `/`.

    >>> [leads_astray(one) for one in ("javascript:alert(1)", " data:text/html,x", "www.example.org", "none yet")]
    [True, True, False, False]
    """
    return not is_web_address(text) and _SCHEME.match(_LINE_END.sub("", made_visible(text)).strip()) is not None


def fold(text: str) -> str:
    """Return a text as searches compare it: without case and accents.

    >>> fold("Refugio Niño Perdido")
    'refugio nino perdido'
    """
    return "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))


def cell_of(text: str, *, formulas: bool = False) -> str:
    """Return a text as a cell of a CSV file, with an apostrophe before a formula of spreadsheets.

    With `formulas` only apostrophes before a formula are doubled. `text_of` gives back every text either way.

    >>> cell_of("=1+1"), cell_of("-97.7"), cell_of("'=1"), cell_of("=1", formulas=True)
    ("'=1+1", '-97.7', "''=1", '=1')
    """
    shielded = _FORMULA.match(text) and (text.startswith("'") or not formulas)
    return f"'{text}" if shielded else text


def text_of(cell: str) -> str:
    """Return the text behind a cell made by `cell_of`.

    >>> text_of("'=1+1"), text_of("''=1"), text_of("=1"), text_of("'tis")
    ('=1+1', "'=1", '=1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
