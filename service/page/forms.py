"""Forms, read strictly: urlencoded, UTF-8, small, every field known, and a repeated field only in a list.

A signed-in page reads its forms by `Visit.form`, which checks the token against forgery.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import Request

from service.page.refusals import PageRefused

URLENCODED = "application/x-www-form-urlencoded"
MOST_BYTES = 32 * 1024
MOST_FIELDS = 300
LONGEST_NUMBER = 7
FORGERY, KEY, LANGUAGE = "forgery", "key", "language"
EVERYWHERE = frozenset({FORGERY, KEY, LANGUAGE})
"""Fields of any form: the token against forgery, an `Idempotency-Key`, and the language to switch to."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one form: single fields, lists, and prefixes of names (`urgency.`).

    >>> form_fields = fields("client.age", lists=["need"], prefixes=["urgency."])
    >>> form_fields.has("urgency.detox"), form_fields.has("urgency"), form_fields.knows("language")
    (True, False, True)
    """

    singles: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def __or__(self, other: Fields) -> Fields:
        return Fields(self.singles | other.singles, self.lists | other.lists, self.prefixes + other.prefixes)

    def has(self, name: str) -> bool:
        """Return whether a name is a field of the form itself."""
        return name in self.singles | self.lists or name.startswith(self.prefixes or "\0")

    def knows(self, name: str) -> bool:
        """Return whether a form may hold a field of the name, the fields of any form included."""
        return name in EVERYWHERE or self.has(name)


def fields(*singles: str, lists: Iterable[str] = (), prefixes: Iterable[str] = ()) -> Fields:
    """Return the fields of a form."""
    return Fields(frozenset(singles), frozenset(lists), tuple(prefixes))


@dataclass(frozen=True, slots=True)
class Form:
    """The values of a form. A blank field counts as absent.

    >>> form = Form({"need": ("detox", "food"), "urgency.detox": ("now",)})
    >>> form.all("need"), form.value("client.age"), form.by_prefix("urgency.")
    (('detox', 'food'), '', {'detox': 'now'})
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return the value of a field, "" for an absent field."""
        return (self.values.get(name) or ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of a list."""
        return self.values.get(name, ())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each name and value, for hidden fields."""
        yield from ((name, value) for name, values in self.values.items() for value in values)

    def only(self, form_fields: Fields) -> Form:
        """Return the fields known to another form, to carry on."""
        return Form({name: values for name, values in self.values.items() if form_fields.has(name)})

    def by_prefix(self, start: str) -> dict[str, str]:
        """Return the values of the fields with a prefix, by the rest of the name."""
        return {name.removeprefix(start): value[0] for name, value in self.values.items() if name.startswith(start)}


async def read_form(request: Request, form_fields: Fields) -> Form:
    """Return the form in the body of a request.

    Raises:
        PageRefused: the body is not a form, or holds unknown fields; the error holds no typed text.
        HTTPException: the body is larger than the server's limit.
    """
    media_types = request.headers.getlist("content-type")
    if len(media_types) != 1 or media_types[0].partition(";")[0].strip().lower() != URLENCODED:
        raise PageRefused(415, "not_a_form")
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise PageRefused(413, "body_too_large")
    values: dict[str, tuple[str, ...]] = {}
    for name, value in _pairs(body):
        if not form_fields.knows(name) or (name in values and name not in form_fields.lists):
            raise PageRefused(400, "not_a_form")
        if value.strip():
            values[name] = (*values.get(name, ()), value.strip())
        else:
            values.setdefault(name, ())
    return Form({name: entries for name, entries in values.items() if entries})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict",
            max_num_fields=MOST_FIELDS,
        )  # fmt: skip
    except ValueError:  # not ASCII, not UTF-8 below it, no pairs, or too many
        raise PageRefused(400, "not_a_form") from None


def is_number(text: str) -> bool:
    """Return whether a text is a whole number of few digits. Pure.

    >>> is_number("15"), is_number("-1"), is_number("1234567")
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


def new_key() -> str:
    """Return a new `Idempotency-Key` for a form: a form pressed twice is carried out once."""
    return secrets.token_urlsafe(18)
