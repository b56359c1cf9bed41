"""The coalition's pages: figures first, the same cells in a table and in its file, ranges, states, one agency's map."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from datetime import date
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from page.test_intake import visible
from visitors import Visitor, hidden, signed_in

from service.database.database import open_database
from service.page.coalition import once_each
from service.page.coalition_tables import ages_by_need, single_points
from service.page.rendering import words_of
from service.page.words import word
from service.referrals.outcomes import OutcomeCount
from service.referrals.store.outcomes import Outcomes

HAVEN, OUTSIDER = "bluestem-haven", "bright-basin-dental"
SCOPES = ("directory:read", "directory:admin")
FILES = ("map", "coverage?area=demo-north", "due?within=P365D", "exchange", "outcomes?by=type", "contacts", "words")
QUARTER = "2026-Q1"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo with a counted quarter."""
    settings = demo_settings(tmp_path_factory.mktemp("coalition"), rate_limit="1000000/minute", deliver=False)
    with open_database(settings) as database, database.unit_of_work() as work:
        cells = [
            OutcomeCount("type", "food", 40, "a_day", ("four_hours", "a_day", "not_half")),
            OutcomeCount("type", "detox", 10, None),
            OutcomeCount("outcome", "served", 25, None),
        ]
        Outcomes(work.session).store(QUARTER, date(2026, 4, 15), cells)
        work.commit()
    with running(settings) as app:
        yield app


@pytest.fixture(params=["en", "es"])
def visitor(api: Api, request: pytest.FixtureRequest) -> Visitor:
    return signed_in(api, HAVEN, *SCOPES, Accept_Language=request.param)


def cells_of(page: str) -> list[list[str]]:
    """The cells of the first table of a page, row by row, in plain words."""
    table = page.partition("<table>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in cells]


def every_page(visitor: Visitor, path: str) -> str:
    """The text of a page and of the pages that follow it."""
    text = visitor.get(path).text
    for number in range(2, 20):
        if f"page={number}" not in text:
            break
        text += visitor.get(f"{path}&page={number}").text
    return text


def rows_of(file: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", FILES)
def test_a_file_holds_the_cells_of_its_table(visitor: Visitor, path: str) -> None:
    """In the reader's language, as a download, linked from the page; a stranger is sent to sign in."""
    name, _, query = path.partition("?")
    page = every_page(visitor, f"/coalition/{path}")
    file = visitor.get(f"/coalition/{name}.csv{'?' if query else ''}{query}")

    assert file.headers["content-type"].startswith("text/csv")
    assert file.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert f'href="/coalition/{name}.csv' in page
    rows = rows_of(file)
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    if name in ("due", "contacts", "words"):  # which the page shows as cards
        assert all(part in unescape(page) for row in rows[1:] for cell in row for part in cell.split("; "))
    else:
        assert rows == cells_of(page)
    assert Visitor(visitor.client).get(f"/coalition/{name}.csv").status_code == 303


def test_no_cell_of_a_file_is_a_formula(api: Api) -> None:
    """A name that begins like one is shielded."""
    bearer = api.bearer("directory:read", "directory:write", "directory:admin", organization=HAVEN)
    own = api.client.get(f"/v1/organizations/{HAVEN}", headers=bearer)
    renamed = {**own.json(), "name": "=HYPERLINK(1)"}
    done = api.client.put(
        f"/v1/organizations/{HAVEN}", json=renamed, headers={**bearer, "If-Match": own.headers["etag"]}
    )
    assert done.status_code == 200, done.text
    visitor = signed_in(api, HAVEN, *SCOPES)

    for _ in range(50):  # until the change is followed
        cells = [cell for row in rows_of(visitor.get("/coalition/map.csv")) for cell in row]
        if any("HYPERLINK" in cell for cell in cells):
            break
        time.sleep(0.1)

    assert any("HYPERLINK" in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
    restored = api.client.get(f"/v1/organizations/{HAVEN}", headers=bearer)
    back = {**bearer, "If-Match": restored.headers["etag"]}
    assert api.client.put(f"/v1/organizations/{HAVEN}", json=own.json(), headers=back).status_code == 200


def test_figures_are_those_of_the_pages_behind_them(api: Api) -> None:
    """Needs that nobody offers, agencies without a stand-in, and what is due: as the same caller finds them there."""
    figures = api.get("/v1/coalition/figures", *SCOPES, "directory:read", headers={}).json()
    coverage = api.get("/v1/coverage", "directory:read").json()
    due = api.get("/v1/coalition/due?within=P30D", *SCOPES).json()["items"]
    offered = {service_type for item in api.get("/v1/services?per_page=200", "directory:read").json()["items"]
               for service_type in item["referral"]["types"]}  # fmt: skip

    assert set(figures["without_help"]) == {gap["type"] for gap in coverage["gaps"]} - offered
    assert figures["single_points"] == len(api.get("/v1/coalition/map", "directory:read").json()["single_points"])
    assert figures["due"] == {state: sum(item["state"] == state for item in due) for state in ("overdue", "soon")}
    own = api.get("/v1/coalition/figures", "directory:read").json()["due"]
    assert own["overdue"] + own["soon"] < figures["due"]["overdue"] + figures["due"]["soon"]


def test_the_page_begins_with_the_figures(api: Api, visitor: Visitor) -> None:
    """Each number with its words and a way to what is behind it, before any other page of the table."""
    bearer = api.bearer(*SCOPES, organization=HAVEN)
    figures = api.client.get("/v1/coalition/figures", headers=bearer).json()
    page = visitor.get("/coalition").text
    language = visitor.headers["Accept_Language"]
    counts = re.findall(r'<a href="/coalition/([\w#]+)"[^>]*><strong>(\d+)</strong> <span>([^<]*)</span>', page)

    assert counts == [
        ("coverage#needs", str(len(figures["without_help"])), word(language, "coalition.figure.needs")),
        ("map#single", str(figures["single_points"]), word(language, "coalition.figure.single")),
        ("due#overdue", str(figures["due"]["overdue"]), word(language, "coalition.figure.overdue")),
        ("due#soon", str(figures["due"]["soon"]), word(language, "coalition.figure.soon")),
    ]
    assert page.index("figures") < page.index('class="tiles"')
    for address, count, _ in counts:
        path, _, part = address.partition("#")
        assert (f'id="{part}"' in visitor.get(f"/coalition/{path}").text) == (count != "0" or part == "needs")


def test_outcomes_are_a_chart_or_say_what_would_stand_there(api: Api, visitor: Visitor) -> None:
    """A bar for each counted row, the longest as long as can be; without a row no chart, and when there will be one.

    The medians stand under their bar, and in the table, which says all that the chart says.
    """
    language = visitor.headers["Accept_Language"]
    page = visitor.get("/coalition/outcomes?by=type").text
    assert '<img src="/coalition/outcomes.svg?by=type" alt="' in page
    chart = visitor.get("/coalition/outcomes.svg?by=type")
    assert chart.headers["content-type"].startswith("image/svg+xml")
    assert re.findall(r'<rect [^>]*width="(\d+)" height="14"', chart.text) == ["65", "260"]
    said = {"en": "fewer than half were completed", "es": "menos de la mitad se completó"}
    assert chart.text.count(said[language]) == 1
    [_, _, food] = cells_of(page)
    assert [*food[1:]] == ["40", *(word(language, f"coalition.outcomes.{name}") for name in (
        "a_day", "time_four_hours", "time_a_day", "time_not_half"))]  # fmt: skip
    empty = visitor.get("/coalition/outcomes?by=reason").text
    assert "outcomes.svg" not in empty
    assert word(language, "coalition.outcomes.empty") in visible(empty)


def test_due_items_stand_by_their_state_in_words(api: Api, visitor: Visitor) -> None:
    """Overdue first; the state of each is said, not only shown by a color."""
    language = visitor.headers["Accept_Language"]
    bearer = api.bearer(*SCOPES, organization=HAVEN)
    items = api.client.get("/v1/coalition/due?within=P365D", headers=bearer).json()["items"]
    page = every_page(visitor, "/coalition/due?within=P365D")

    entries = re.findall(r'<li class="entry (\w+)"><p><span class="state">([^<]*)</span>', page)
    assert [state for state, _ in entries] == [task["state"] for task in once_each(items)]
    assert dict(entries) == {
        state: word(language, f"coalition.due.{state}") for state in {item["state"] for item in items}
    }
    assert [item["state"] for item in items] == sorted(
        (item["state"] for item in items), key=("overdue", "soon", "later").index
    )
    links = set(re.findall(r'href="(/beds|/coalition/words)#([^"]+)"', page))
    assert links
    assert [anchor for address, anchor in sorted(links) if f'id="{anchor}"' not in visitor.get(address).text] == []


@pytest.mark.parametrize("area", ["demo-north", "demo-south", "us-tx"])
def test_ranges_hold_the_ages_of_the_gaps_and_no_other(api: Api, area: str) -> None:
    """Read age by age, the ranges are the bands; and no two of them follow each other."""
    gaps = api.get(f"/v1/coverage?area={area}", "directory:read").json()["gaps"]
    ages: dict[str, set[int]] = {}
    for gap in gaps:
        ages.setdefault(gap["type"], set()).update(range(gap["age"]["min"], gap["age"]["max"] + 1))

    for need, text in ages_by_need(gaps).items():
        pairs = [re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", part) for part in text.split(", ")]
        ranges = [(int(pair[1]), 120 if pair[3] else int(pair[2] or pair[1])) for pair in pairs if pair]
        assert {age for low, high in ranges for age in range(low, high + 1)} == ages.pop(need)
        assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))
    assert ages == {}


@pytest.mark.parametrize("area", ["demo-north", "demo-south"])
def test_coverage_is_of_the_area_that_was_asked_for(api: Api, visitor: Visitor, area: str) -> None:
    """The list says which it is; the table and the file have the counts of the interface there."""
    page = visitor.get(f"/coalition/coverage?area={area}").text
    cells = api.client.get(f"/v1/coverage?area={area}", headers=api.bearer(*SCOPES, organization=HAVEN)).json()["cells"]

    assert f'<option value="{area}" selected>' in page
    assert sum(int(count) for row in cells_of(page)[1:] for count in row[1:]) == sum(
        cell["organizations"] for cell in cells
    )


def test_what_hangs_on_one_agency_is_all_there_by_need_and_area(api: Api) -> None:
    """Put together again, the names of needs and areas are the losses of the interface."""
    headers = api.bearer(*SCOPES, organization=HAVEN)
    document, terms = (api.client.get(path, headers=headers).json() for path in ("/v1/coalition/map", "/v1/terms"))
    areas, language = {area["code"]: area["name"] for area in terms["areas"]}, words_of("en", None, {})
    names = {agency["slug"]: agency["name"] for agency in document["organizations"]}

    listed = single_points(document, language, names, areas)

    assert [name for name, _, _ in listed] == [names[point["organization"]] for point in document["single_points"]]
    for (_, needs, cut_off), point in zip(listed, document["single_points"], strict=True):
        lost = {(language["code"]("need", loss["type"]), areas[loss["area"]]) for loss in point["lost"]}
        losses = {(need, area) for where, here in needs.items() for need in here
                  for area in (where.split("; ") if where else areas.values())}  # fmt: skip
        assert losses == lost
        assert cut_off == [names[slug] for slug in point["cuts_off"]]


def test_the_map_shows_one_agency_chosen_in_a_form(visitor: Visitor) -> None:
    """With its own ways alone; the language can be switched there; an agency that is not here is refused."""
    form = {"forgery": visitor.forgery(), "agency": "heron-legal", "of": ""}
    page = visitor.post("/coalition/map", form).text
    name = next(row for row in cells_of(page)[1:])[0]
    whole = cells_of(visitor.get("/coalition/map").text)

    rows = cells_of(page)[1:]
    assert 0 < len(rows) < len(whole)
    assert 'srcset="/coalition/map.svg?of=organization%3Aheron-legal&narrow=true"' in unescape(page)
    assert all("Heron Legal Collective" in " ".join(row) for row in rows), name
    part = hidden(page, "of")
    other = "es" if visitor.headers["Accept_Language"] == "en" else "en"
    switched = visitor.post("/coalition/map", {"forgery": visitor.forgery(), "of": part, "language": other}).text
    assert f'<html lang="{other}">' in switched
    assert len(cells_of(switched)) == len(cells_of(page))
    assert visitor.post("/coalition/map", {**form, "agency": "no-such-house"}).status_code == 422


def test_an_outsider_chooses_among_what_is_shown(api: Api) -> None:
    """An unlisted agency is in no list of the map, and asking for it is as asking for none."""
    outsider = signed_in(api, OUTSIDER, "directory:read")
    page = outsider.get("/coalition/map").text
    responses = [outsider.post("/coalition/map", {"forgery": outsider.forgery(), "agency": slug})
                 for slug in ("lantern-row", "no-such-house")]  # fmt: skip

    assert "lantern-row" not in page
    assert [response.status_code for response in responses] == [422, 422]
