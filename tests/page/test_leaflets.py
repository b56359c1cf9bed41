"""Pages to print for people who don't program: easy to read, true to the screen, and the same in the guide's files."""

from __future__ import annotations

from string import Formatter

import pytest
import textstat
from api_builders import Api
from environments import PROJECT
from visitors import Visitor

from service.i18n.page_texts import TEXTS
from service.i18n.translation import LANGUAGES
from service.page.leaflets import LABELS, LEAFLETS, Leaflet, files, read_leaflet
from service.page.words import words_in

HIGHEST_GRADE = 6
SIXTH_GRADE_POINTS = 70
"""Fernández Huerta: 70 and more is read with six years of school."""


def said(leaflet: Leaflet) -> str:
    lines = [line for title, lines in leaflet.sections for line in (f"{title}.", *lines)]
    return " ".join([f"{leaflet.title}.", leaflet.about, *lines])


@pytest.mark.parametrize("name", LEAFLETS)
def test_a_leaflet_is_read_with_six_years_of_school(name: str) -> None:
    """As a whole, in both languages, with the labels of the screen in their places."""
    english, spanish = (said(read_leaflet(name, language)) for language in LANGUAGES)
    textstat.set_lang("en_US")
    assert textstat.flesch_kincaid_grade(english) <= HIGHEST_GRADE
    textstat.set_lang("es")
    try:
        assert textstat.fernandez_huerta(spanish) >= SIXTH_GRADE_POINTS
    finally:
        textstat.set_lang("en_US")


def test_a_leaflet_names_the_labels_of_the_screen() -> None:
    """Each slot is a label that is there, and no label is left over; a template or a module shows each of them."""
    leaflet_texts = [text.template for key, text in TEXTS.items() if key.startswith("leaflet.")]
    slots = {name for text in leaflet_texts for _, name, _, _ in Formatter().parse(text) if name}

    assert slots == {*LABELS}
    assert {*LABELS.values()} <= words_in("en").keys()
    assert words_in("en")["sheet.tell"] in said(read_leaflet("first-shift", "en"))
    assert words_in("es")["sheet.tell"] in said(read_leaflet("first-shift", "es"))


def test_the_guide_has_the_same_leaflets() -> None:
    """If this fails: `python -m service.page.leaflets openapi/guide/to-print`."""
    folder = PROJECT / "openapi" / "guide" / "to-print"

    assert {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")} == dict(files())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_page_leads_to_each(demo: Api, language: str) -> None:
    """Without a session; all of it is on its page, in the reader's language, and another name is not found."""
    nobody = Visitor(demo.client)
    index = nobody.get(f"/guide?language={language}").text
    for name in LEAFLETS:
        assert f'href="/guide/pages/{name}?language={language}"' in index
        page = nobody.get(f"/guide/pages/{name}?language={language}")
        assert page.status_code == 200
        assert page.text.count("<li>") >= sum(len(lines) for _, lines in read_leaflet(name, language).sections)
        assert "data-print" in page.text
    assert nobody.get("/guide/pages/none").status_code == 404
