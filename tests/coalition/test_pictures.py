"""Pictures of the coalition: in the reader's language, readable on a light and on a dark screen, narrow for a phone."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from loaded import Loader
from page.test_style import LEAST_CONTRAST, luminance

from service.coalition import Coverage, Map, VisibleDirectory, draw_heat_map, draw_map, visible_directory_of
from service.coalition.svg import DARK

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
SVG = "{http://www.w3.org/2000/svg}"
PHONE = 390
TEXTS = ("#1a1a1a", "#555555", "#b3261e")
GROUNDS = {"#1a1a1a": ("#ffffff", "#f4c7c3", "#e3e3e3", "#fce8b2", "#d5ead4", "#9ccc9c")}


@pytest.fixture(scope="module")
def visible(loader: Loader) -> VisibleDirectory:
    return visible_directory_of(loader.serve_demo(), None)


def drawings(visible: VisibleDirectory, language: str) -> list[str]:
    whole, covered = Map(visible, AT), Coverage(visible, area="demo-north")
    return [draw_map(whole, language), draw_map(whole, language, narrow=True), draw_heat_map(covered, language)]


def test_each_color_has_one_for_the_dark(visible: VisibleDirectory) -> None:
    """A color without one would stay light on a dark ground, or dark on dark."""
    for drawing in drawings(visible, "en"):
        drawn = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', drawing.partition("</style>")[2]))
        assert drawn
        assert drawn <= DARK.keys()


@pytest.mark.parametrize("color", [str, DARK.__getitem__], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(color: object) -> None:
    """WCAG AA for each text on white, and for the numbers on each shade of the heat map."""
    assert callable(color)
    for text in TEXTS:
        for ground in GROUNDS.get(text, ("#ffffff",)):
            darker, lighter = sorted((luminance(color(text)), luminance(color(ground))))
            assert (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST, (text, ground)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_narrow_map_fits_a_phone_and_says_no_less(visible: VisibleDirectory, language: str) -> None:
    """As wide as a phone at most; each agency and each line of the wide one is there; no text leaves it."""
    wide, narrow, _ = map(ElementTree.fromstring, drawings(visible, language))

    assert float(narrow.get("width", "")) <= PHONE
    for part in ("circle", "path"):
        assert len(list(narrow.iter(f"{SVG}{part}"))) == len(list(wide.iter(f"{SVG}{part}")))
    for text in narrow.iter(f"{SVG}text"):
        size = len(text.text or "") * float(text.get("font-size", "")) * 0.5
        begin = float(text.get("x", "")) - (size if text.get("text-anchor") == "end" else 0)
        assert 0 <= begin <= begin + size <= float(narrow.get("width", "")), text.text
