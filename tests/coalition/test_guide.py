"""The guide: its sectors, questions and sources, for everybody alike."""

from __future__ import annotations

import pytest
import yaml
from api_builders import demo_settings, running

from service import vocabulary
from service.coalition import read_guide, sectors
from service.errors import FilterRefused

FIELDS = {"sector", "name", "source", "see", "ask", "needs"}


def test_every_sector_of_the_contract_has_an_entry() -> None:
    """Fourteen sectors, each once."""
    assert sectors() == (
        *("schools", "truancy", "shops", "medical", "addiction", "juvenile-justice", "child-protection"),
        *("law-enforcement", "family-violence", "language-and-culture", "childrens-centers", "business", "faith"),
        "community",
    )


@pytest.mark.parametrize("sector", sectors())
def test_an_entry_is_whole(sector: str) -> None:
    """Things to see, questions that end as questions do, types that can be routed with, and a source; no score."""
    [entry] = read_guide(sector)["sectors"]

    assert entry.keys() == FIELDS
    assert len(entry["see"]) >= 3
    assert len(entry["ask"]) >= 3
    assert all(question.endswith("?") for question in entry["ask"])
    assert entry["needs"]
    assert set(entry["needs"]) <= set(vocabulary.SERVICE_TYPES)
    assert all(source["title"] and source["publisher"] for source in entry["source"])
    assert entry["source"]


def test_every_source_is_used() -> None:
    """What is listed as a source is one."""
    used = {source["title"] for entry in read_guide()["sectors"] for source in entry["source"]}

    assert len(used) >= 10
    assert yaml.safe_dump(read_guide()).count("score") == 0


def test_a_sector_that_is_none_is_refused() -> None:
    """The message lists those that there are."""
    with pytest.raises(FilterRefused, match="there are: schools, truancy"):
        read_guide("astrology")


def test_the_guide_is_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a token; a wrong one is refused all the same; an unknown sector or parameter is a 422."""
    with running(demo_settings(tmp_path_factory.mktemp("guide"))) as api:
        whole = api.client.get("/v1/coalition/guide")
        one = api.client.get("/v1/coalition/guide?sector=medical")

        assert whole.json() == read_guide()
        assert one.json() == read_guide("medical")
        again = api.client.get("/v1/coalition/guide", headers={"If-None-Match": whole.headers["etag"]})
        assert again.status_code == 304
        assert api.client.get("/v1/coalition/guide", headers={"Authorization": "Bearer x"}).status_code == 401
        for query in ("sector=astrology", "colour=red"):
            refused = api.client.get(f"/v1/coalition/guide?{query}")
            assert refused.status_code == 422
            assert query.partition("=")[2] not in refused.text
