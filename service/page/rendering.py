"""Templates and words made into a page: everything escaped, every name known, nothing of the application's in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from service.page.said import SAID
from service.page.words import DEFAULT, LANGUAGES, WORDS, word
from service.wording.spanish import in_spanish

ENVIRONMENT = Environment(
    loader=PackageLoader("service.page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, language: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page in a language. A template that names what is not given, or no word, is a defect."""
    (other,) = set(LANGUAGES) - {language}
    known = {"language": language, "other_language": other, **_words_of(language), **context}
    text = ENVIRONMENT.get_template(template).render(known)
    return HTMLResponse(text, status, headers={"Content-Language": language})


def _words_of(language: str) -> Mapping[str, Any]:
    """Return what every template may call.

    `t`: a text by its key; `has`: whether there is one. `code`: a word of a closed list, by list and code, else a name
    as the directory has it; `named`: several of them; `options`: to choose from. `sentence`: a text that an
    operation answered with, marked as English where it has no Spanish. `say`: how times and numbers are said.
    """
    return {
        "t": partial(word, language),
        "has": lambda key: key in WORDS[language],
        "code": partial(_code, language),
        "named": lambda kind, codes: [_code(language, kind, one) for one in codes],
        "options": partial(_options, language),
        "sentence": partial(_sentence, language),
        "say": SAID[language],
    }


def _code(language: str, kind: str, code: str, name: str | None = None) -> str:
    return WORDS[language].get(f"{kind}.{code}") or _sentence(language, name or code.replace("_", " "))


def _options(language: str, kind: str, terms: Iterable[Any]) -> list[tuple[str, str]]:
    """Return code and word of each term: a code, or a mapping with `code` and `name`."""
    named = ((term, None) if isinstance(term, str) else (term["code"], term["name"]) for term in terms)
    return [(code, _code(language, kind, code, name)) for code, name in named]


def _sentence(language: str, text: str) -> str:
    if language == DEFAULT:
        return text
    return in_spanish(text) or Markup('<span lang="en">{}</span>').format(escape(text))
