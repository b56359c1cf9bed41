"""The application's sentences in Spanish, read from their English and written again.

Answers, problems and rules are worded once, in English. `in_spanish` reads an English text as a sequence of known
sentences, translates the content of their slots, and writes the text in Spanish; None where any part is unknown.
The sentences themselves are data: the YAML files of the folder, English first (`catalogue` describes the form).
"""

from collections.abc import Iterable

from service.wording.spanish.reading import in_spanish, names_in

__all__ = ["in_spanish", "names_in", "text_in"]


def text_in(language: str, text: str, names: Iterable[str] = ()) -> str:
    """Return a text of the application in a language of its readers, in English where it has no other. Pure.

    `names`: as for `in_spanish`.

    >>> text_in("es", "Schools"), text_in("en", "Schools")
    ('Escuelas', 'Schools')
    """
    return (in_spanish(text, names) if language == "es" else None) or text
