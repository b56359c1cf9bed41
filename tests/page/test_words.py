"""The words of the pages: the same in both languages, all of them used, none missing, plain enough at 2 a.m."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import textstat
from jinja2 import Environment, nodes
from starlette.requests import Request

from service import vocabulary
from service.i18n.questions import QUESTION
from service.i18n.translation import LANGUAGES
from service.page.needs import GROUPS
from service.page.profile_form import CHOICES
from service.page.words import language_of, words_in

ROOM = Path(__file__).parents[2] / "service" / "page"
WHOLE = re.compile(r"""\bt\(\s*['"]([\w.-]+)['"]\s*[,)]""")
BEGUN = re.compile(r"""\b(?:t|has)\(\s*['"]([\w.-]+)['"]\s*~|\b(?:code|options)\(\s*['"]([\w.]+)['"]""")
FILLED = re.compile(r"""f['"]([a-z_]+\.(?:[a-z_]+\.)?)\{|\btopic=['"]([\w.]+)['"]""")
LEAST_READABLE = 60
"""Fernández Huerta: 60 and more is read with eight years of school."""
LEAST_WORDS = 8


def templates() -> Iterator[str]:
    yield from (file.read_text(encoding="utf-8") for file in sorted((ROOM / "templates").glob("*.html")))


def modules() -> Iterator[str]:
    yield from (file.read_text(encoding="utf-8") for file in sorted(ROOM.rglob("*.py")))


def test_templates_fill_the_slots_that_texts_have() -> None:
    """A name that a text doesn't have would be an error on the page, but only where that branch is shown."""
    english, checked = words_in("en"), 0
    for template in templates():
        for call in Environment(autoescape=True).parse(template).find_all(nodes.Call):
            key = call.args[0] if call.args else None
            is_text = isinstance(call.node, nodes.Name) and call.node.name == "t" and isinstance(key, nodes.Const)
            if is_text and call.kwargs:
                slots = {name for _, name, _, _ in Formatter().parse(english[key.value]) if name}
                assert slots <= {given.key for given in call.kwargs}, key.value
                checked += 1
    assert checked > 50


def test_both_languages_say_the_same_things() -> None:
    """The same keys, each with the same names to fill in, and no text is empty."""
    english, spanish = words_in("en"), words_in("es")

    assert english.keys() == spanish.keys()
    assert {key for key in english if blanks(english[key]) != blanks(spanish[key])} == set()
    assert [key for texts in map(words_in, LANGUAGES) for key, text in texts.items() if not text.strip()] == []


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def begun() -> set[str]:
    """How keys begin that are put together, in templates and in modules."""
    by_templates = {first or f"{second}." for text in templates() for first, second in BEGUN.findall(text)}
    by_modules = {first or f"{second}." for text in modules() for first, second in FILLED.findall(text)}
    return {start.replace("..", ".") for start in by_templates | by_modules}


def test_every_text_that_a_template_names_is_there() -> None:
    """A key that is written out is a key; one that is put together has at least one that begins so."""
    keys = {key for text in templates() for key in WHOLE.findall(text)}

    assert keys
    assert keys - words_in("en").keys() == set()
    assert {start for start in begun() if not any(key.startswith(start) for key in words_in("en"))} - {"area."} == set()


def test_every_text_is_said_somewhere() -> None:
    """No text is left over: each is named whole, or by its beginning, in a template or a module."""
    written = "\n".join((*templates(), *modules()))
    whole = {key for key in words_in("en") if f"'{key}'" in written or f'"{key}"' in written}

    starts = tuple(begun())

    assert [key for key in words_in("en").keys() - whole if not key.startswith(starts)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_closed_lists_has_its_own(language: str) -> None:
    """What an answer says by a code is said in the page's language: needs, data, questions and so on."""
    lists = {
        "need": vocabulary.SERVICE_TYPES,
        "agency_kind": vocabulary.KINDS,
        "data": vocabulary.DATA_CLASSES,
        "urgency": vocabulary.URGENCIES,
        "level": vocabulary.CONSENT_LEVELS[1:],
        "mark": vocabulary.MARKS,
        "signer": vocabulary.SIGNERS,
        "question": tuple(QUESTION),
        "group": GROUPS,
        "mode": ("warm", "self", "packet", "report", "internal"),
        "exposure": ("protected", "disclosed", "discoverable"),
        **{f"choice.{name}": words for name, words in CHOICES.items()},
    }

    missing = [f"{name}.{code}" for name, codes in lists.items() for code in codes]

    assert [key for key in missing if key not in words_in(language)] == []
    assert CHOICES["client.gender"] == vocabulary.GENDERS
    assert CHOICES["facts.guardian"] == vocabulary.GUARDIANS
    assert {*CHOICES["facts.danger"], "none"} == {*vocabulary.PROFILE_DANGERS}, "nothing ticked says that none is known"


def test_spanish_can_be_read_with_eight_years_of_school() -> None:
    """Each sentence by itself; short ones of one part of the pages together, as labels."""
    textstat.set_lang("es")
    try:
        hard = {text: score for text in readable("es") if (score := textstat.fernandez_huerta(text)) < LEAST_READABLE}
    finally:
        textstat.set_lang("en_US")

    assert hard == {}


def readable(language: str) -> Iterator[str]:
    labels: dict[str, list[str]] = {}
    for key, text in words_in(language).items():
        plain = re.sub(r"\{\w+\}", "eso", text)
        if len(plain.split()) >= LEAST_WORDS:
            yield plain
        else:
            labels.setdefault(key.partition(".")[0], []).append(plain.strip(" .:?¿"))
    yield from (". ".join(texts) + "." for texts in labels.values() if len(" ".join(texts).split()) >= LEAST_WORDS)


def test_spanish_says_usted() -> None:
    """Nobody is addressed as `tú` or `vosotros`, and no word is Spain's own where ours differs."""
    spoken = re.compile(
        r"\b(tú|tu|tus|te|ti|vosotros|vuestr[oa]s?|puedes|tienes|quieres|coche|ordenador|móvil)\b", re.I
    )

    assert [text for text in words_in("es").values() if spoken.search(text)] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("es", "es"), ("es-MX,en;q=0.8", "es"), ("en-US,es;q=0.9", "en"), ("de,es;q=0.2", "es"),
        ("es;q=0, en", "en"), ("es;q=x", "en"), ("*", "en"), ("fr", "en"), ("," * 5000 + "es", "en"),
    ],
)  # fmt: skip
def test_a_browsers_languages_choose_ours(header: str, language: str) -> None:
    """By weight, then by place; what is not ours, refused or unreadable is passed over."""
    request = Request({"type": "http", "query_string": b"", "headers": [(b"accept-language", header.encode())]})

    assert language_of(request) == language
