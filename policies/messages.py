"""Messages: texts in English that know how they were made, so that they can be written out in another language.

A message is the English text itself wherever a text is taken, and compares as that. Whoever writes an answer out for a
reader of another language hands `written_in` that language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, Self

AND, OR, TOGETHER = "{0} and {1}", "{0} or {1}", " "
"""How texts are joined: with a word before the last of them, or as sentences."""
BOTH, EITHER = " and ", " or "
"""The same words between each two texts; other languages than English put one before the last alone."""


class Language(Protocol):
    """A language to write messages in. `code`: as in BCP 47; `locale`: of the Unicode locale data, its nearest."""

    code: str
    locale: str

    def translated(self, english: str, context: str, many: str, count: int) -> str:
        """Return the template for an English one; `many`: the one for any number but one, empty without a number."""

    def joined(self, parts: Iterable[str], between: str) -> str:
        """Return texts of the language as one: joined by a word, or with another text between."""


class Message(str):
    """A text in English with its template and what fills the slots. Immutable.

    `context` tells apart the uses of one English text, which another language may have several texts for.

    >>> Message("Ask at {name}.").format(name="Harbor House")
    'Ask at Harbor House.'
    """

    __slots__ = ("arguments", "context", "template")
    template: str
    context: str
    arguments: Mapping[str, object]

    def __new__(cls, template: str, context: str = "", /, **arguments: object) -> Self:  # noqa: D102 - as the class says
        return cls._of_template(template.format_map(arguments) if arguments else template, template, context, arguments)

    @classmethod
    def _of_template(cls, english: str, template: str, context: str, arguments: Mapping[str, object]) -> Self:
        message = super().__new__(cls, english)
        message.template, message.context, message.arguments = template, context, arguments
        return message

    def format(self, **arguments: object) -> Message:  # type: ignore[override]
        """Return the message with its slots filled: by names and numbers, which stay, and by other messages."""
        return Message(self.template, self.context, **{**self.arguments, **arguments})

    def format_map(self, arguments: Mapping[str, object]) -> Message:  # type: ignore[override]
        """Return the message with its slots filled."""
        return self.format(**arguments)

    def __add__(self, text: str) -> Message:
        return joined((self, text), "")

    def __radd__(self, text: str) -> Message:
        return joined((text, self), "")

    def written_in(self, language: Language) -> str:
        """Return the text in a language. Pure."""
        return self._fill(language.translated(self.template, self.context, "", 1), language)

    def _fill(self, template: str, language: Language) -> str:
        if not self.arguments:
            return template
        return template.format_map({name: _in_language(value, language) for name, value in self.arguments.items()})


class Plural(Message):
    """A text for one and a text for any other number: that in the slot `{count}`.

    >>> Plural("{count} bed", "{count} beds").format(count=3)
    '3 beds'
    """

    __slots__ = ("many",)
    many: str

    def __new__(cls, singular: str, many: str, context: str = "", /) -> Self:  # noqa: D102 - as the class says
        message = cls._of_template(singular, singular, context, {})
        message.many = many
        return message

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return the arguments of a copy, before its slots are filled."""
        return str(self), self.many

    def format(self, *, count: int, **arguments: object) -> Message:  # type: ignore[override]
        """Return the message for a number."""
        filled = {"count": count, **arguments}
        message = self._of_template(
            (self.template if count == 1 else self.many).format_map(filled), self.template, self.context, filled
        )
        message.many = self.many
        return message

    def written_in(self, language: Language) -> str:
        """Return the text in a language. Pure."""
        count = self.arguments.get("count", 1)
        return self._fill(language.translated(self.template, self.context, self.many, count), language)  # type: ignore[arg-type]


class _Row(Message):
    """Texts, one behind the other."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]

    def format(self, **arguments: object) -> Message:  # type: ignore[override]
        """Return the texts with their slots filled."""
        return joined([_fill(part, arguments) for part in self.parts], self.template)

    def written_in(self, language: Language) -> str:
        return language.joined((str(_in_language(part, language)) for part in self.parts), self.template)


def joined(parts: Iterable[str], between: str) -> Message:
    """Join texts into one: by `AND` or `OR`, or with a text between each two; empty texts are left out.

    >>> joined(["food", "", "detox", "dental care"], AND), joined(["Ask.", "Call."], TOGETHER)
    ('food, detox and dental care', 'Ask. Call.')
    """
    texts = tuple(filter(None, parts))
    message = _Row._of_template(in_a_row(texts, between, ", "), between, "", {})
    message.parts = texts
    return message


def parts_of(text: str) -> tuple[str, ...]:
    """Return the texts that a message was joined of, a text of one piece alone. Pure.

    >>> parts_of(joined(["open now", "full"], "; ")), parts_of("full")
    (('open now', 'full'), ('full',))
    """
    return text.parts if isinstance(text, _Row) else (text,)


def in_a_row(parts: Iterable[str], between: str, comma: str) -> str:
    """Return texts of a language as one. Pure."""
    *first, last = parts = tuple(parts) or ("",)
    if between not in (AND, OR):
        return between.join(parts)
    return between.format(comma.join(first), last) if first else last


def _fill(part: str, arguments: Mapping[str, object]) -> str:
    return part.format(**arguments) if isinstance(part, Message) else part


def templates_of(value: object) -> Iterator[tuple[str, str, str]]:
    """Yield the template, the context and the template for many of each message in a value. Pure.

    >>> [*templates_of({"ask": Message("Ask at {name}."), "names": ["Harbor House"]})]
    [('Ask at {name}.', '', '')]
    """
    if isinstance(value, _Row):
        yield from templates_of(value.parts)
    elif isinstance(value, Message):
        yield value.template, value.context, value.many if isinstance(value, Plural) else ""
    elif isinstance(value, Mapping):
        yield from templates_of([*value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from templates_of(part)


def _in_language(value: object, language: Language) -> object:
    return value.written_in(language) if isinstance(value, Message) else value  # a slot may say how to write it
