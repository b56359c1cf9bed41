"""On every page in every state: a date in one form, a need by one name, a page by one link, a table by its own name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import pseudo
import pytest
from api_builders import Api, demo_settings, running
from babel import Locale
from page.test_work_in_browser import forget_tries
from page_states import SETTINGS, addresses, every_state, worker

from service.i18n.page_texts import TEXTS
from service.i18n.translation import read_in, use_catalogues
from service.vocabulary import TYPES

LANGUAGES = ("en", "es", pseudo.CODE)
MOMENT = {
    "en": r"{weekday}, {month} \d+(, \d{{4}})?, \d\d:\d\d",
    "es": r"{weekday} \d+ de {month}( de \d{{4}})?, \d\d:\d\d",
}
DAY = {"en": r"{month} \d+, \d{{4}}", "es": r"\d+ de {month} de \d{{4}}"}
OTHER = r"\b\d{{4}}-(?:W\d\d|\d\d-\d\d)\b|\d+/\d+/\d+|\b\d{{1,2}} (?:de )?{month}\b|\b{month} \d{{1,2}}\b"
HEADINGS = {"h1", "h2", "h3", "h4", "caption"}
CHOICE = r'name="(?:need" value="|new\.need\.)(\w+)"[^>]*>(?:\s*<svg.*?</svg>)?\s*<span>([^<]*)</span>'
OWN_CODE = "tattoo removal"
"""A type of the coalition's own, called "Tattoo and brand removal"."""
State = tuple[str, str]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[State]]]:
    """What each state is called, and its page, in each language."""
    settings = {**SETTINGS, "catalogues": pseudo.write_pseudo(tmp_path_factory.mktemp("catalogues"))}
    with running(demo_settings(tmp_path_factory.mktemp("demo"), **settings)) as api:
        yield {language: list(pages_in(api, language)) for language in LANGUAGES}
    use_catalogues(None)


def pages_in(api: Api, language: str) -> Iterator[State]:
    forget_tries(api)
    visitor = worker(api, language)
    pages = addresses(api, visitor)
    yield from ((page, visitor.get(page).text) for page in pages)
    yield from ((f"{how} {answer.url.path}", answer.text) for how, answer in every_state(api, visitor, pages))


def text_of(page: str) -> str:
    """What a reader sees; drafts and codes for programs aside."""
    body = re.sub(r"<(script|style|pre|code)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_date_has_one_form(states: dict[str, list[State]], language: str) -> None:
    """A moment with its weekday, and its year where that is another; a day of a record with its year; nothing else."""
    locale = Locale(language)
    names = {"month": "|".join(locale.months["format"]["wide"].values()),
             "weekday": "|".join(locale.days["format"]["wide"].values())}  # fmt: skip
    moment, day, other = (
        re.compile(form.format(**{name: f"(?:{words})" for name, words in names.items()}))
        for form in (MOMENT[language], DAY[language], OTHER)
    )
    now, counts, wrong = datetime.now(UTC).year, Counter[str](), []
    for name, page in states[language]:
        text = text_of(page)
        counts.update(moments=len(moment.findall(text)), days=len(day.findall(text)))
        wrong += [(name, match[0]) for match in moment.finditer(text) if str(now) in match[0]]
        rest = day.sub(" ", moment.sub(" ", text))
        wrong += [(name, rest[max(0, match.start() - 40) : match.end() + 10]) for match in other.finditer(rest)]

    assert wrong == []
    assert min(counts.values()) > 50


def test_a_need_has_one_name(states: dict[str, list[State]]) -> None:
    """A need has the intake's label on every page, not another name from bundles or answers, and never a bare code.

    An agency's kind may be called like a need.
    """
    labels = {code: str(read_in(pseudo.CODE, TEXTS[f"need.{code}"])) for code in TYPES}
    pairs = ((kind.name.en, kind.label.en if kind.label else kind.name.en) for kind in TYPES.values())
    names = [pseudo.accented(name) for name, label in pairs if name.casefold() != label.casefold()]
    kinds = [str(read_in(pseudo.CODE, text)) for key, text in TEXTS.items() if key.startswith("agency_kind.")]
    codes, choices, wrong = set(), 0, []
    for state, page in states[pseudo.CODE]:
        text = pseudo.words_of(page)
        codes |= {code for code, label in labels.items() if label in text}
        offers = re.findall(CHOICE, page, re.DOTALL)
        choices += len(offers)
        wrong += [(state, label) for code, label in offers if unescape(label) != labels.get(code, unescape(label))]
        for label in sorted([*labels.values(), *kinds], key=len, reverse=True):
            text = text.replace(label, " ")
        wrong += [(state, name) for name in names if re.search(rf"\b{name}\b", text)]
        wrong += [(state, OWN_CODE)] * (OWN_CODE in text_of(page).replace("_", " "))

    assert wrong == []
    assert codes == set(TYPES)
    assert choices > 100


class Links(HTMLParser):
    """The addresses of pages that each list of a page links to (`main` is one), and the texts of its headings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str]]] = []
        self.lists: list[list[str]] = []
        self.headings: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag in ("main", "ul", "ol"):
            self.open.append((tag, []))
            self.lists.append(self.open[-1][1])
        elif tag == "a" and address.startswith("/"):
            for _, links in self.open:
                links.append(address)
        elif tag in HEADINGS:
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1][0]:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.lasttag in HEADINGS:
            self.headings[-1] += data.strip()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_linked_once(states: dict[str, list[State]], language: str) -> None:
    """No list of links, and no page below its bar, leads to one address twice, by one name or two."""
    wrong, count = [], 0
    for name, page in states[language]:
        for links in Links(page).lists:
            count += len(links)
            wrong += [(name, address) for address, times in Counter(links).items() if times > 1]

    assert wrong == []
    assert count > 1000


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_table_is_not_named_like_the_heading_above_it(states: dict[str, list[State]], language: str) -> None:
    """Read aloud, it would be said twice."""
    wrong = []
    for name, page in states[language]:
        captions = re.findall(r"<caption>([^<]*)</caption>", page)
        wrong += [(name, caption) for caption in captions if Links(page).headings.count(unescape(caption)) > 1]

    assert wrong == []
