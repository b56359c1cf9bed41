"""Templates and words made into a page: each text escaped, each name defined, no object of the application exposed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.directory.routes.dependencies import wiring_of
from service.directory.standard.phone_numbers import dialable, textable
from service.i18n.languages import own_name
from service.i18n.page_texts import TEXTS
from service.i18n.spoken_codes import language_of_words
from service.i18n.translation import ENGLISH, LEFT, RIGHT, languages, unmarked
from service.page.formatter import Formatter
from service.page.words import language_of, word
from service.vocabulary import COUNTED_TYPES, TEXTED, UNANSWERED

_TEXT_ALONE = re.compile(rf"(<(?:option|title|textarea)\b[^>]*)>([^<]*{LEFT}[^<]*)")
"""Elements that hold no other, with English in them."""
ENVIRONMENT = Environment(
    loader=PackageLoader("service.page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= {"dialable": dialable, "textable": textable}

BARE: Mapping[str, Any] = {
    **{"menu": (), "forgery": "", "here": "/"},
    **dict.fromkeys(("room", "account", "waits", "sound", "practice")),
}
"""What every page is given, as it is for a page that belongs to no session."""


def render(template: str, language: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page in a language. A template with an undefined name, or with an unknown key of words, is a defect."""
    other_languages = [(code, own_name(code)) for code in languages() if code != language]
    functions = words_of(language, context.get("zone"), context.get("own_types", {}))
    defaults = {"language": language, "other_languages": other_languages, **functions, **context}
    text = with_english_marked(ENVIRONMENT.get_template(template).render(defaults))
    return HTMLResponse(text, status, headers={"Content-Language": language})


def with_english_marked(page: str) -> str:
    """Return a page with the English that is not translated in elements of that language (WCAG 3.1.2). Pure.

    In attributes it stands as it is: their language is that of the whole element.

    >>> with_english_marked(f'<p title="{LEFT}Beds{RIGHT}">{LEFT}Two{RIGHT}</p><option>{LEFT}One{RIGHT}</option>')
    '<p title="Beds"><span lang="en">Two</span></p><option lang="en">One</option>'
    """
    if LEFT not in page:
        return page
    page = _TEXT_ALONE.sub(lambda match: f'{match[1]} lang="en">{unmarked(match[2])}', page)
    page = re.sub(r"<[^>]*>", lambda tag: unmarked(tag[0]), page)
    return page.replace(LEFT, '<span lang="en">').replace(RIGHT, "</span>")


def render_bare(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page that belongs to no session: without a menu, and without a token for its forms."""
    defaults = {**BARE, **of_settings(request), "back": back_of(request)}
    return render(template, language_of(request), status, **{**defaults, **context})


def of_settings(request: Request) -> dict[str, Any]:
    """Return what every page has of the settings: the neutral site, and whether all of it is for practice."""
    settings = wiring_of(request).settings
    return {"leave_to": settings.leave_to, "practice": settings.practice}


def back_of(request: Request) -> str:
    """Return the path and the query that show a page anew, in another language; empty for a page of a form."""
    url = request.url
    return url.path + (f"?{url.query}" if url.query else "") if request.method in ("GET", "HEAD") else ""


def words_of(language: str, zone: tzinfo | None, own_types: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the functions that every template may call.

    `reader_languages`: codes of the languages of the pages. `t`: a text by its key; `has`: whether the key exists.
    `code`: a word of a closed list, by list and code, else the name in the directory (of needs: in `own_types`, the
    coalition's own, by code); `labels`: several codes;
    `options`: (code, word) pairs to choose from. `verbatim`: words of an agency or of a law, as they stand, marked as
    English. `say`: times in words, in `zone`. `spoken`: the language of a code's words. `counted_types`: the service
    types of which places are counted. `texted`, `unanswered`: types of phones.
    """
    code, verbatim = partial(_code, language, own_types), partial(_verbatim, language)
    return {
        "reader_languages": languages(),
        "t": partial(word, language),
        "has": lambda key: key in TEXTS,
        "code": code,
        "labels": lambda topic, codes: [code(topic, value) for value in codes],
        "options": partial(_options, code),
        "verbatim": verbatim,
        "say": Formatter(language, zone),
        "spoken": language_of_words,
        "counted_types": COUNTED_TYPES,
        "texted": TEXTED,
        "unanswered": UNANSWERED,
    }


def _code(language: str, own_types: Mapping[str, str], topic: str, code: str, name: str | None = None) -> str:
    if (key := f"{topic}.{code}") in TEXTS:
        return word(language, key)
    own = own_types.get(code) if topic == "need" else None
    return name or own or _verbatim(language, code.replace("_", " "))


def _options(say: Callable[..., str], topic: str, terms: Iterable[Any]) -> list[tuple[str, str]]:
    """Return code and word of each term: a code, or a mapping with `code` and `name`."""
    terms_and_names = ((term, None) if isinstance(term, str) else (term["code"], term["name"]) for term in terms)
    return [(code, say(topic, code, name)) for code, name in terms_and_names]


def _verbatim(language: str, text: str) -> str:
    return text if language == ENGLISH else Markup('<span lang="en">{}</span>').format(escape(text))
