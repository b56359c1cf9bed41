"""What is wrong with an entry of a catalogue, or with its formula of plurals: a reader is shown English instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from gettext import c2py
from string import Formatter
from typing import TYPE_CHECKING

from policies.messages import Message
from service.i18n import setup

if TYPE_CHECKING:  # takes long, and English needs none of it
    from babel.messages.catalog import Catalog
    from babel.messages.catalog import Message as CatalogueEntry

COUNTS = range(201)
"""The counts that a formula is tried with; the formulas of all languages repeat within a hundred."""
FAILS = -1
_SPACES_IN_NUMBERS = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f", "·"))
_SEPARATOR = "[.,:·\u066b\u066c]"
_NUMBER = re.compile(rf"\d+(?:{_SEPARATOR}\d+)*")


def fault_of(entry: CatalogueEntry, catalogue: Catalog, reviewed: Catalog) -> Message | None:
    """Return what is wrong with an entry, None where nothing is.

    `catalogue`: the one whose formula chooses among its forms; `reviewed`: entries whose numbers differ on purpose.
    """
    texts = [*_with_english(entry, catalogue)]
    if not all(text for text, _ in texts):
        return setup.TEXT_MISSING
    if entry.fuzzy:
        return setup.TEXT_FUZZY
    if not isinstance(entry.id, str) and len(texts) != catalogue.num_plurals:
        return setup.FORMS_DIFFER
    if any(slots_of(text) not in map(slots_of, english) for text, english in texts):
        return setup.SLOTS_DIFFER
    accepted = reviewed.get(entry.id, entry.context)
    if accepted is not None and accepted.string == entry.string:
        return None
    is_same = all(numbers_of(text) in map(numbers_of, english) for text, english in texts)
    return None if is_same else setup.NUMBERS_DIFFER


def _with_english(entry: CatalogueEntry, catalogue: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each text with the English ones that it may stand for: a form for 1 alone may leave the number out."""
    if isinstance(entry.id, str):
        yield str(entry.string or ""), (entry.id,)
        return
    forms, (one, many) = form_by_count(catalogue.plural_expr), entry.id
    for form, text in enumerate(entry.string or ("",)):
        for_one_alone = forms[1] == form and forms.count(form) == 1
        yield text or "", (one, many) if for_one_alone else (many,)


def take_formula(entry: CatalogueEntry, catalogue: Catalog, whole: Catalog) -> None:
    """Order the forms of a catalogue's entry for the formula of the whole: files of one language may differ in it."""
    given, taken = form_by_count(catalogue.plural_expr), form_by_count(whole.plural_expr)
    if given != taken and not isinstance(entry.id, str) and len(entry.string or ()) == catalogue.num_plurals:
        counts = [taken.index(form) if form in taken else COUNTS[-1] for form in range(whole.num_plurals)]
        entry.string = tuple((entry.string or ())[given[count]] for count in counts)


@lru_cache
def form_by_count(formula: str) -> tuple[int, ...]:
    """Return the plural form that a formula of gettext chooses for each of `COUNTS`, `FAILS` where it chooses none.

    >>> form_by_count("n != 1")[:3], form_by_count("6 % n")[:3], form_by_count("n !")[:3]
    ((1, 0, 1), (-1, 0, 0), (-1, -1, -1))
    """
    try:
        choose = c2py(formula)
    except ValueError:
        return (FAILS,) * len(COUNTS)
    forms = []
    for count in COUNTS:
        try:
            forms.append(choose(count))
        except ArithmeticError:
            forms.append(FAILS)
    return tuple(forms)


def slots_of(template: str) -> frozenset[str] | None:
    """Return the slots of a template as they are written, None for one that cannot be filled. Pure.

    >>> sorted(slots_of("Ask {name} at {phone:>9}.")), slots_of("Ask {name")
    (['name', 'phone:>9'], None)
    """
    try:
        parts = [*Formatter().parse(template)]
    except ValueError:
        return None
    return frozenset(
        f"{name}{'!' + how if how else ''}{':' + form if form else ''}"
        for _, name, form, how in parts
        if name is not None
    )


def numbers_of(template: str) -> tuple[str, ...]:
    """Return the numbers outside a template's slots, sorted, in any script and with any separator. Pure.

    >>> numbers_of("Call 911. Ask for {unit:>2}: 2,000 at 8:30.") == numbers_of("٨:٣٠: 2.000 {unit:>2}, ٩١١")
    True
    >>> numbers_of("6 PM"), numbers_of("18:00"), numbers_of("3.5"), numbers_of("35")
    (('6',), ('18·00',), ('3·5',), ('35',))
    """
    literal = "\n".join(part for part, *_ in Formatter().parse(template))
    plain = unicodedata.normalize("NFKC", literal.translate(_SPACES_IN_NUMBERS))
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain)
    return tuple(sorted(re.sub(_SEPARATOR, "·", number) for number in _NUMBER.findall(digits)))
