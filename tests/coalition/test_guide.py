"""The guide: its sectors, questions and sources, for everybody alike."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from api_builders import demo_settings, running

import service.coalition
from service import vocabulary
from service.coalition import read_guide, sectors
from service.coalition.routes.schemas.coalition import GuideDocument
from service.errors import FilterRefused
from service.i18n.times import Day
from service.i18n.translation import read_in

FIELDS = {"sector", "name", "source", "see", "see_source", "ask", "ask_source", "request", "needs"}
KEPT = Path(service.coalition.__file__).parent
GUIDE = yaml.safe_load((KEPT / "guide.yaml").read_text(encoding="utf-8"))
WORKS = yaml.safe_load((KEPT / "guide_sources.yaml").read_text(encoding="utf-8"))
ENTRIES = [GUIDE["about"], *(entry for sector in GUIDE["sectors"] for part in ("see", "ask") for entry in sector[part])]


def test_every_sector_of_the_contract_has_an_entry() -> None:
    """Fourteen sectors, each once."""
    assert sectors() == (
        *("schools", "truancy", "shops", "medical", "addiction", "juvenile-justice", "child-protection"),
        *("law-enforcement", "family-violence", "language-and-culture", "childrens-centers", "business", "faith"),
        "community",
    )


@pytest.mark.parametrize("sector", sectors())
def test_a_sector_is_whole(sector: str) -> None:
    """Things to see, questions that end as questions do, types that can be routed with, each once; no score."""
    [document] = read_guide(sector)["sectors"]

    assert document.keys() == FIELDS
    for part in ("see", "ask"):
        assert len(document[part]) >= 3
        assert len(set(document[part])) == len(document[part])
    assert all(question.endswith("?") for question in document["ask"])
    assert not any(visible.endswith("?") for visible in document["see"])
    assert document["needs"]
    assert len(set(document["needs"])) == len(document["needs"])
    assert set(document["needs"]) <= set(vocabulary.SERVICE_TYPES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["plain"][:60])
def test_every_entry_names_works_that_are_listed(entry: dict[str, object]) -> None:
    """Words and works, nothing else: no entry stands without a work that was read, and none names a work twice."""
    assert entry.keys() == {"plain", "source"}
    assert entry["plain"]
    assert isinstance(entry["source"], list)
    assert entry["source"]
    assert len(set(entry["source"])) == len(entry["source"])
    assert set(entry["source"]) <= WORKS.keys()


def test_what_an_officer_or_a_lawyer_can_ask_for_has_its_law_and_the_date_of_its_text() -> None:
    """Four things, each with a work that was read; law enforcement sees all, schools and shops none of them."""
    assert GUIDE["requests"].keys() == {"certification", "interim-assistance", "continued-presence", "t-visa"}
    for entry in GUIDE["requests"].values():
        assert entry.keys() == {"plain", "authority", "text_as_of", "source"}
        assert all(entry.values())
        years = [WORKS[key]["year"] for key in entry["source"] if "year" in WORKS[key]]
        assert min(years) == int(entry["text_as_of"][:4])
    asked = {sector["sector"]: [entry["plain"] for entry in sector["request"]] for sector in read_guide()["sectors"]}
    assert {*asked["law-enforcement"]} == {entry["plain"] for entry in GUIDE["requests"].values()}
    assert asked["schools"] == asked["shops"] == []


def test_every_work_is_named_by_an_entry() -> None:
    """What is listed as a source is one; the list has an order, so that a work stands there once."""
    assert {key for entry in (*ENTRIES, *GUIDE["requests"].values()) for key in entry["source"]} == WORKS.keys()
    assert list(WORKS) == sorted(WORKS)
    assert len({work["url"] for work in WORKS.values()}) == len(WORKS)


@pytest.mark.parametrize("key", WORKS)
def test_a_work_can_be_found_again(key: str) -> None:
    """Title, publisher, the page's address and the day it was read, which `checked` tells; a year where it is known."""
    work = WORKS[key]
    address = urlsplit(work["url"])

    assert work.keys() - {"year"} == {"title", "publisher", "url", "read"}
    assert work["title"].strip()
    assert work["publisher"].strip()
    assert address.scheme in ("http", "https")
    assert "." in address.netloc
    assert address.path
    assert 1990 <= work.get("year", 1990) <= date.fromisoformat(work["read"]).year
    assert Day.of(date.fromisoformat(work["read"])) in GUIDE["checked"]


def test_the_document_says_of_each_entry_where_it_is_from() -> None:
    """Entry by entry, in order, as the data has it; a sector lists the works of its entries and no other."""
    document = read_guide()

    GuideDocument.model_validate(document)
    assert [work["key"] for work in document["source"]] == GUIDE["about"]["source"]
    for entry, data in zip(document["sectors"], GUIDE["sectors"], strict=True):
        for part in ("see", "ask"):
            pairs = zip(entry[part], entry[f"{part}_source"], strict=True)
            assert [{"plain": plain, "source": keys} for plain, keys in pairs] == data[part]
        source_keys = {key for part in ("see_source", "ask_source") for keys in entry[part] for key in keys}
        source_keys |= {key for request in entry["request"] for key in request["source"]}
        assert {
            work["key"]: {name: value for name, value in work.items() if value and name != "key"}
            for work in entry["source"]
        } == {key: WORKS[key] for key in source_keys}


def test_nothing_is_scored() -> None:
    """No score, weight or number but the year of a work; and `about` says first that what is seen proves nothing."""
    document = read_guide()

    assert json.dumps(document).count("score") == 0
    assert {type(value) for entry in ENTRIES for value in entry.values()} == {str, list}
    assert document["about"].startswith("What you see proves nothing.")


def test_a_sector_that_is_none_is_refused() -> None:
    """The message lists those that there are."""
    with pytest.raises(FilterRefused, match="there are: schools, truancy"):
        read_guide("astrology")


def test_the_guide_is_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a token; a wrong one is refused all the same; an unknown sector or parameter is a 422."""
    with running(demo_settings(tmp_path_factory.mktemp("guide"))) as api:
        whole = api.client.get("/v1/coalition/guide")
        part = api.client.get("/v1/coalition/guide?sector=medical")

        assert whole.json() == read_guide()
        assert part.json() == read_guide("medical")
        spanish = api.client.get("/v1/coalition/guide", headers={"Accept-Language": "es"})
        assert spanish.json() == read_in("es", read_guide())
        assert (spanish.headers["Content-Language"], whole.headers["Content-Language"]) == ("es", "en")
        assert all("Accept, Accept-Language" in part.headers["Vary"] for part in (whole, spanish))
        other = {"If-None-Match": whole.headers["etag"], "Accept-Language": "es"}
        assert api.client.get("/v1/coalition/guide", headers=other).status_code == 200, "it is at hand in English alone"
        again = api.client.get("/v1/coalition/guide", headers={"If-None-Match": whole.headers["etag"]})
        assert again.status_code == 304
        assert api.client.get("/v1/coalition/guide", headers={"Authorization": "Bearer x"}).status_code == 401
        for query in ("sector=astrology", "colour=red"):
            refusal = api.client.get(f"/v1/coalition/guide?{query}")
            assert refusal.status_code == 422
            assert query.partition("=")[2] not in refusal.text
