"""The pages in a language that nobody speaks: whatever is still English is a name, or was forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pseudo
import pytest
import yaml
from api_builders import Api, demo_settings, running
from page.test_every_page import AGENCY, PUBLIC, SCOPES, STEPS, TABLE
from visitors import signed_in

import policies
from service import demo
from service.words.translation import use_catalogues

HOUSE = "bluestem-haven"


def texts_in(tree: object) -> Iterator[str]:
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from [item] if isinstance(item, str) else texts_in(item)


OWN = {*texts_in(yaml.safe_load(demo.coalition_bytes()))}
LINES = {line.name for card in policies.load_states().values() for line in card.lines}
STATES = {card.name for card in policies.load_states().values()}
TITLES = {text.replace("_", " ") for text in OWN if "_" in text}
NAMES = (
    {text for text in OWN if not text.islower() or " " in text} | LINES | STATES | TITLES | {"assessment", "placement"}
)
"""What agencies wrote or differ on, and names of states and lines: they stay as they are in every language."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("catalogues")
    with running(demo_settings(tmp_path_factory.mktemp("demo"), catalogues=pseudo.write_pseudo(folder))) as api:
        yield api
    use_catalogues(None)


def words_of(page: str) -> str:
    """Return what a reader sees and hears of a page; what is marked as English is said to be so."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", "<body" + page.partition("<body")[2], flags=re.DOTALL)
    body = re.sub(r'<(\w+)[^>]* lang="(?!eo)\w+"[^>]*>.*?</\1>', " ", body, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', body)
    body = re.sub(r"<code>.*?</code>", " ", body)  # codes of events, for those who write the program
    return unescape(" ".join([*heard, re.sub(r"<[^>]*>", " ", body)]))


@pytest.mark.parametrize("path", ["/", "/sessions", "/coalition", *AGENCY, *TABLE, *STEPS, *PUBLIC])
def test_no_word_of_a_page_is_english(api: Api, path: str) -> None:
    """In the page's language, with a way to each of the others."""
    visitor = signed_in(api, HOUSE, *SCOPES, Accept="text/html", Accept_Language=pseudo.CODE)
    page = visitor.get(path).text

    assert f'<html lang="{pseudo.CODE}">' in page
    assert {"English", "Español"} <= set(re.findall(r'lang="(?:en|es)">([^<]+)<', page))
    assert pseudo.not_translated(words_of(page), NAMES) == []
