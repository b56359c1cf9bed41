"""Print on US Letter: no column is cut off, collapsed parts are open, and each sheet names its list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running
from playwright.sync_api import Browser
from walks import walking

from service.i18n.translation import LANGUAGES
from service.page.leaflets import LEAFLETS

LETTER_PX = 816
"""The width of a Letter sheet, 8.5 inches, in CSS pixels."""
SCOPES = ("directory:read", "directory:write", "directory:admin")
HAVEN = "bluestem-haven"
OUTSIDE = """() => [...document.querySelectorAll("main *")]
    .filter((one) => one.checkVisibility() && one.getClientRects().length)
    .filter((one) => one.getBoundingClientRect().right > innerWidth - 60 || one.scrollWidth > one.clientWidth + 1)
    .filter((one) => getComputedStyle(one).display !== "inline" && !one.closest(".visually-hidden, svg"))
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("print"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.mark.parametrize("page", ["coverage", "due?within=P365D", "contacts", "exchange", "map"])
def test_nothing_is_cut_off(browser: Browser, api: Api, page: str) -> None:
    """Everything ends within the margins, nothing scrolls, and the page header is there."""
    with walking(browser, api, "en", width=LETTER_PX, script=True, organization=HAVEN, scopes=SCOPES) as walk:
        walk.go(f"/coalition/{page}")
        walk.page.emulate_media(media="print")

        assert walk.page.evaluate(OUTSIDE) == []
        head = walk.page.locator(".sheet-head")
        assert head.is_visible()
        assert "·" in (head.text_content() or "")
        assert not walk.page.locator("main button:visible").count()


@pytest.mark.parametrize("name", LEAFLETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leaflet_fits_on_two_sheets(browser: Browser, api: Api, name: str, language: str) -> None:
    """Nothing is cut off, no button is printed, and one sheet of paper holds it, front and back."""
    with walking(browser, api, language, width=LETTER_PX, script=True, organization=HAVEN, scopes=SCOPES) as walk:
        walk.go(f"/guide/pages/{name}")
        assert walk.page.locator("main button[data-print]").is_visible()
        walk.page.emulate_media(media="print")

        assert walk.page.evaluate(OUTSIDE) == []
        assert not walk.page.locator("main button:visible").count()
        assert walk.page.pdf(prefer_css_page_size=True).count(b"/MediaBox [0 0 612 792]") <= 2


def test_each_sheet_has_its_margin(browser: Browser, api: Api) -> None:
    """A long list becomes a PDF with several pages of Letter size."""
    with walking(browser, api, "en", width=LETTER_PX, script=True, organization=HAVEN, scopes=SCOPES) as walk:
        walk.go("/coalition/due?within=P365D")
        pdf = walk.page.pdf(prefer_css_page_size=True)

        assert pdf.count(b"/MediaBox [0 0 612 792]") >= 2
