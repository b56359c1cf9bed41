"""The Spanish of the catalogues and of the closed lists, and how it has to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import textstat
import yaml
from babel.messages.pofile import read_po
from repository import ROOT

from service.i18n.translation import catalogues, words

EASIEST_NEEDED = 60
"""Least points of reading ease, by Fernández Huerta."""
LEAST_WORDS = 8
"""Shorter texts are labels, for which the formula means nothing: they are measured together, by where they stand."""
CODE = "es"


class Entry(NamedTuple):
    """An entry of a catalogue: both forms where it has a number. `place`: the catalogue, or the list of words."""

    english: tuple[str, ...]
    context: str
    spanish: tuple[str, ...]
    place: str
    fuzzy: bool = False


def entries() -> Iterator[Entry]:
    """Yield every entry of the catalogues, then the words of closed lists."""
    for file in catalogues(CODE):
        with file.open("rb") as lines:
            for message in read_po(lines, CODE, abort_invalid=True):
                if message.id:
                    english, spanish = (
                        (text,) if isinstance(text, str) else tuple(text) for text in (message.id, message.string)
                    )
                    yield Entry(english, message.context or "", spanish, str(file.relative_to(ROOT)), message.fuzzy)
    yield from (Entry((english,), context, (spanish,), context) for context, english, spanish in words(CODE))


def spoken() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of all Spanish; patterns of the locale data are no text."""
    for entry in entries():
        if entry.context != "pattern":
            yield from ((entry.place, text) for text in entry.spanish)


NEVER_SAID = {
    "asks why": r"\bpor qué\b",
    "is no `usted`": r"\b(tú|tu|tus|ti|te|contigo|tuy[oa]s?|vos|vosotr[oa]s|vuestr[oa]s?|os)\b"
    r"|\b(dile|dale|dime|dame|avísale|pregúntale|háblale|llámale)\b",
    "blames": r"\b(culpa\w*|culpable\w*|provoc\w+|mentir\w*|supuest[oa] víctima|prostitut\w+|ilegal(es)?"
    r"|drogadict\w+|adict[oa]s?|delincuente\w*|debió|debería haber|se dejó)\b",
    "leads": r"(¿no es cierto|¿verdad|¿no cree|¿no le|¿acaso|por su propio bien|¿está segur[oa])",
    "calls a no a failure": r"\b(se negó|se niega|rehus\w+|incumpl\w+|no cooper\w+|no quiso (firmar|hablar))\b",
}
"""What is never said to a person in Spanish, by what is wrong with it."""
NAMES = re.compile(
    r"National Center for Missing and Exploited Children|Basic Center|HIPAA|FERPA|VAWA|FVPSA|VOCA|NCMEC|NCIC|HHS|OVC"
    r"|Texas|Florida|Clery|LGBTQ|compelled-release-notice|Parte 2|GET /v1/\w+|POST /v1/\w+|`[^`]*`|\{\w+\}"
    r"|MO,TU,WE,TH,FR,SA,SU|\d[\d.,:/-]*|42 CFR Part 2|MOU|id\b"
)
"""What is as good as a short word to a reader: names, numbers, and what a program reads."""


def faults_in(text: str) -> list[str]:
    """Return what is wrong with a Spanish text, in words. Pure."""
    plain = NAMES.sub("", text)
    return [wrong for wrong, pattern in NEVER_SAID.items() if re.search(pattern, plain, re.IGNORECASE)]


def words_in(text: str) -> int:
    """Return how many words there are to measure."""
    return len(re.findall(r"[^\W\d_]+", NAMES.sub("", text)))


@cache
def ease(text: str) -> float:
    """Return the reading ease of a Spanish text by Fernández Huerta: 60 and more is plain; a clause as a sentence."""
    textstat.set_lang("es")
    try:
        plain = re.sub(r"[;:](?=\s)", ".", NAMES.sub("uno", text))
        return float(textstat.fernandez_huerta(plain))
    finally:
        textstat.set_lang("en_US")


def keys_given_twice() -> list[str]:
    """Return every key given twice by a mapping of the closed lists: YAML would keep the last alone."""
    doubles = []
    for file in sorted((ROOT / "service/vocabulary").glob("*.yaml")):
        nodes = [yaml.compose(file.read_text(encoding="utf-8"))]
        for node in nodes:
            if isinstance(node, yaml.MappingNode):
                keys = [key.value for key, _ in node.value]
                doubles += [f"{file.relative_to(ROOT)}: {key}" for key in {*keys} if keys.count(key) > 1]
                nodes += [value for _, value in node.value]
    return doubles
