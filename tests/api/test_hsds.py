"""HSDS over HTTP: what its description promises, its pages and filters, and who sees what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from api_builders import ADDRESS_KEY, HOTLINE, Api, demo_settings, load_demo, running
from bundle_builders import bundle_bytes, good_bundle
from databases import stored_at
from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP, put_in, service, term
from hsds.hsds_builders import organization as pantry
from hsds.official import SCHEMAS, faults

from service.database.database import open_database
from service.directory.hsds.publishing.profile import profile_files
from service.directory.standard.identity import id_of
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.settings import Settings

LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
PLACE = "e5a1e9d4-5b60-4f7a-9b8c-7d6e5f4a3b2c"
FOOD = "f7a1e9d4-5b60-4f7a-9b8c-7d6e5f4a3b2c"
OPEN_ELIGIBILITY = "a8a1e9d4-5b60-4f7a-9b8c-7d6e5f4a3b2c"
ADDRESS = {"address_1": "5 Elm St", "city": "Zürich", "state_province": "TX", "postal_code": "787 01", "country": "US"}
IMPORTED = [
    pantry(
        service(
            name="Food boxes 100%",
            description="Été: boxes_of food for École families.",
            last_modified="2026-03-01T00:00:00Z",
            attributes=[term("Food Pantry", id=FOOD, taxonomy_id=OPEN_ELIGIBILITY, parent_id=SHOP)],
            service_at_locations=[{"id": PLACE, "location_id": HALL}],
        ),
        service(id=SHOP, name="Shop", last_modified="2031-03-01T00:00:00Z", attributes=[]),
        locations=[
            {"id": HALL, "location_type": "physical", "name": "Town hall", "latitude": 30.0, "longitude": -97.0,
             "addresses": [{**ADDRESS, "address_type": "physical"}]}
        ],
    )
]  # fmt: skip


def settings_with(url: str, folder: Path, bundle: dict[str, Any] | None = None, **more: Any) -> Settings:
    """Return settings for a database that holds a small coalition and an imported pantry."""
    limits = {"rate_limit": "1000000/minute"} | more
    settings = Settings(database=url, address_key=ADDRESS_KEY, token_key_file=folder / "token.key", **limits)
    load_demo(settings, bundle_bytes(bundle or good_bundle()))
    with open_database(settings) as database:
        import_hsds(database.unit_of_work(), put_in(folder, IMPORTED))
    return settings


@pytest.fixture(scope="module", autouse=True)
def _one_moment() -> Iterator[None]:
    with stored_at():
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The small coalition and the pantry, on each database, to be read."""
    folder = tmp_path_factory.mktemp("small")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'router.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgres_databases").one(empty=True))
        yield stack.enter_context(running(settings_with(url, folder)))


@pytest.fixture(scope="module")
def demo_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("hsds"), rate_limit="1000000/minute")) as api:
        yield api


def names(api: Api, path: str, *scopes: str, **query: Any) -> list[str]:
    response = api.get(path, *scopes, params=query) if scopes else api.client.get(path, params=query)
    assert response.status_code == 200, response.text
    return sorted(record["name"] for record in response.json()["contents"])


@pytest.mark.parametrize("name", LISTS)
def test_every_answer_is_valid(demo_api: Api, name: str) -> None:
    """Pages, whole records and lines hold against the schemas that HSDS's own description names."""
    kind = {"taxonomies": "taxonomy"}.get(name, name[:-1])
    one_to_one = f"compiled/{kind}_list" if kind not in ("taxonomy", "taxonomy_term") else kind
    page = demo_api.client.get(f"/hsds/{name}").json()

    assert page_faults(page) == []
    assert not page["empty"]
    for record in page["contents"]:
        assert faults(one_to_one, record) == []
        assert faults(kind, demo_api.client.get(f"/hsds/{name}/{record['id']}").json()) == []
    lines = demo_api.client.get(f"/hsds/{name}?format=ndjson").text.splitlines()
    assert [json.loads(line)["id"] for line in lines][: page["size"]] == [content["id"] for content in page["contents"]]
    assert len(lines) == page["total_items"]


def page_faults(page: dict[str, Any]) -> list[str]:
    schema = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]["Page"]
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(page)]


def test_every_operation_and_parameter_of_hsds_is_here(demo_api: Api) -> None:
    """HSDS's own OpenAPI file sets the standard: each path, method and parameter of it is in our description."""
    official = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))
    ours = demo_api.client.get("/openapi.json").json()["paths"]

    for path, operations in official["paths"].items():
        for method in operations.keys() & {"get", "post"}:
            described = ours[f"/hsds{path}"][method]
            known = {parameter["name"] for parameter in described.get("parameters", ()) if parameter["in"] != "header"}
            given = [*operations.get("parameters", ()), *operations[method].get("parameters", ())]
            wanted = {one.get("name") or one["$ref"].rpartition("/")[2] for one in given}
            assert wanted <= known, (path, method)
            assert described["security"] == [{"bearer": []}, {}]


def test_the_root_says_what_this_is(demo_api: Api) -> None:
    """Version, profile and description, under the name by which the client called."""
    about = demo_api.client.get("/hsds/").json()

    assert about["version"] == "3.2"
    assert demo_api.client.get(about["profile"]).json().keys() == profile_files().keys()
    assert demo_api.client.get(about["openapi_url"]).status_code == 200


def test_a_strange_host_is_not_repeated(demo_api: Api) -> None:
    """A `Host` header that is no host is neither an error nor repeated."""
    response = demo_api.client.get("/hsds/", headers={"Host": 'evil"<script>'})

    assert response.status_code in (200, 400)
    assert "evil" not in response.text


# Pages.


@pytest.mark.parametrize("name", ["services", "organizations", "taxonomy_terms"])
@pytest.mark.parametrize("per_page", [3, 200])
def test_pages_add_up(demo_api: Api, name: str, per_page: int) -> None:
    """Every record is on exactly one page, in one order; the envelope counts right; a page too far is empty."""
    whole = [json.loads(line)["id"] for line in demo_api.client.get(f"/hsds/{name}?format=ndjson").text.splitlines()]
    pages, number = [], 0
    while not pages or not pages[-1]["last_page"]:
        number += 1
        pages.append(demo_api.client.get(f"/hsds/{name}", params={"page": number, "per_page": per_page}).json())

    assert [record["id"] for page in pages for record in page["contents"]] == whole == sorted(whole)
    for index, page in enumerate(pages):
        assert (page["total_items"], page["total_pages"]) == (len(whole), len(pages))
        assert (page["page_number"], page["first_page"]) == (index + 1, index == 0)
        assert (page["size"], page["empty"]) == (len(page["contents"]), False)
    beyond = demo_api.client.get(f"/hsds/{name}", params={"page": len(pages) + 1, "per_page": per_page}).json()
    assert (beyond["contents"], beyond["empty"], beyond["last_page"]) == ([], True, True)


def test_get_and_post_answer_alike(demo_api: Api) -> None:
    """POST takes the same parameters and gives the same page."""
    query = {"search": "shelter", "per_page": 3, "full": True}

    got, posted = (demo_api.client.request(method, "/hsds/services", params=query) for method in ("GET", "POST"))

    assert got.json() == posted.json()
    assert got.json()["total_items"] > 0


@pytest.mark.parametrize(
    "path", ["/hsds/services", "/hsds/services?format=ndjson", "/hsds/", "/hsds/organizations?full=true"]
)
def test_what_is_at_hand_is_not_sent_again(demo_api: Api, path: str) -> None:
    """With its tag a GET is a 304 without a body; with another it is sent; a POST is always sent."""
    first = demo_api.client.get(path)
    tag = {"If-None-Match": first.headers["etag"]}

    again = demo_api.client.get(path, headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert demo_api.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert demo_api.client.get("/hsds/organizations?search=a", headers=tag).status_code == 200
    if path.startswith("/hsds/services"):
        assert demo_api.client.post(path, headers=tag).status_code == 200


def test_a_tag_changes_with_what_is_seen(small: Api) -> None:
    """Neither a page nor lines of a member's has the tag of everybody's."""
    for path in ("/hsds/services", "/hsds/services?format=ndjson"):
        everybody = small.client.get(path).headers["etag"]
        member = small.client.get(path, headers=small.bearer("directory:read", organization="harbor-house"))
        assert member.headers["etag"] != everybody


# Filters.


def test_filters(small: Api) -> None:
    """Each filter narrows as HSDS says, and all that are given must hold."""
    services, boxes = ["Food boxes 100%", "Shop"], ["Food boxes 100%"]
    assert names(small, "/hsds/services", organization_id=PANTRY) == services
    assert names(small, "/hsds/services", organization_id=PANTRY.upper(), taxonomy_term_id=FOOD) == boxes
    assert names(small, "/hsds/services", taxonomy_id=OPEN_ELIGIBILITY) == boxes
    assert names(small, "/hsds/services", taxonomy_term_id=PANTRY) == []
    assert names(small, "/hsds/services", organization_id=PANTRY, modified_after="2026-03-01") == [*boxes, "Shop"]
    assert names(small, "/hsds/services", search="boxes", modified_after="2026-02-28T19:00:00-05:00") == boxes
    assert names(small, "/hsds/services", modified_after="2026-03-01T00:00:01Z") == []
    assert names(small, "/hsds/services", search="shop", taxonomy_id=OPEN_ELIGIBILITY) == []
    assert names(small, "/hsds/organizations", taxonomy_term_id=FOOD) == ["County Food Pantry"]
    assert names(small, "/hsds/taxonomy_terms", taxonomy_id=OPEN_ELIGIBILITY) == ["Food Pantry"]
    assert names(small, "/hsds/taxonomy_terms", parent_id=SHOP) == ["Food Pantry"]
    assert "Food Pantry" not in names(small, "/hsds/taxonomy_terms", top_only=True)
    assert names(small, "/hsds/taxonomies", search="eligibility") == ["Open Eligibility"]
    assert small.client.get("/hsds/service_at_locations", params={"taxonomy_term_id": FOOD}).json()["total_items"] == 1
    minimal = small.client.get("/hsds/services", params={"organization_id": PANTRY, "minimal": True}).json()["contents"]
    assert {item["id"]: item["modified_date"][:10] for item in minimal} == dict.fromkeys((BOXES, SHOP), "2026-03-01")
    assert all(item.keys() == {"id", "modified_date"} for item in minimal)


HELD = ("FOOD", "été", "ÉCOLE", "éco boxes", "boxes_of", "100", "_", "pantry", "food%boxes")
NOT_HELD = ("food zebra", "boxesXof", "b_xes", "%", "%%", "boxes%zebra", "\\", "'", "", " ")


def test_search_is_the_same_on_both_databases(small: Api) -> None:
    """Words are found whatever their case, in any alphabet, all of them; signs are no wildcards."""
    for search in HELD:
        assert "Food boxes 100%" in names(small, "/hsds/services", search=search), search
    for search in NOT_HELD:
        assert names(small, "/hsds/services", search=search) == [], search


def test_places_are_found_by_postcode_and_nearness(small: Api) -> None:
    """A place is found by its postcode, however spaced, and by its distance from the middle of the postcode."""
    for query, total in (
        ({"postcode": "78701"}, 1),
        ({"postcode": "787 01", "proximity": 1}, 1),
        ({"postcode": "99999"}, 0),
        ({"postcode": "99999", "proximity": 500_000}, 0),
        ({"search": "town ZÜRICH"}, 1),
    ):
        assert small.client.get("/hsds/service_at_locations", params=query).json()["total_items"] == total, query
    place = small.client.get(f"/hsds/service_at_locations/{PLACE}").json()
    assert (place["location"]["name"], place["service"]["name"]) == ("Town hall", "Food boxes 100%")


BAD = (
    *("page=0", "per_page=201", "per_page=x", "format=xml", "full=maybe", "taxonomy_id=1", "organization_id=%27"),
    *("modified_after=soon", "modified_after=2026-02-31", "modified_after=0001-01-01T00:00%2B14:00"),
    *("secret=1", "proximity=5", "search=" + "a" * 201),
)


@pytest.mark.parametrize("query", BAD)
def test_bad_parameters_are_refused(demo_api: Api, query: str) -> None:
    """A 422 names the parameter and never what was sent."""
    response = demo_api.client.get(f"/hsds/service_at_locations?{query}")

    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert "soon" not in response.text
    assert "secret" not in response.text


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("key", ["x", "0", PANTRY, "%00", "' OR 1=1 --"])
def test_what_is_not_here_is_a_404(demo_api: Api, name: str, key: str) -> None:
    """An id that nothing has, and what is no id at all, have the same answer."""
    response = demo_api.client.get(f"/hsds/{name}/{key}")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_what_is_not_acceptable_is_a_406(demo_api: Api) -> None:
    """JSON and lines each need an `Accept` that takes them. `Accept` alone also chooses; `format` wins."""
    assert demo_api.client.get("/hsds/services", headers={"Accept": "text/html"}).status_code == 406
    assert (
        demo_api.client.get("/hsds/services?format=ndjson", headers={"Accept": "application/json"}).status_code == 406
    )
    lines = demo_api.client.get("/hsds/services?format=ndjson", headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    chosen = demo_api.client.get("/hsds/services", headers={"Accept": "application/json;q=0.5, application/x-ndjson"})
    assert (chosen.headers["content-type"], chosen.content) == ("application/x-ndjson", lines.content)
    either = demo_api.client.get("/hsds/services", headers={"Accept": "application/json, application/x-ndjson"})
    assert either.headers["content-type"] == "application/json"
    for accept, form in (("application/x-ndjson", "json"), ("application/json", "ndjson")):
        refused = demo_api.client.get(f"/hsds/services?format={form}", headers={"Accept": accept})
        assert refused.status_code == 406


def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    """The limit of requests holds without a token too."""
    with running(settings_with(f"sqlite:///{tmp_path / 'router.db'}", tmp_path, rate_limit="2/minute")) as api:
        statuses = [api.client.get("/hsds/").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


# Who sees what.


def unlisted() -> str:
    return id_of("organization", "harbor-house")


def test_unlisted_organizations_are_for_members_with_the_scope(small: Api) -> None:
    """Everybody sees listed organizations; a member's token with `directory:read` unlisted ones, too; others do not."""
    here = f"/hsds/organizations/{unlisted()}"
    member = small.bearer("directory:read", organization="tri-county-hotline")
    without_scope = small.bearer("route", organization="tri-county-hotline")
    stranger = small.bearer("directory:read", organization=HOTLINE)
    for headers, status in ((None, 404), (member, 200), (without_scope, 404), (stranger, 404)):
        assert small.client.get(here, headers=headers).status_code == status
        listed = small.client.get("/hsds/organizations", headers=headers).json()["contents"]
        assert (unlisted() in [record["id"] for record in listed]) is (status == 200)
        total_items = small.client.get("/hsds/services", params={"search": "emergency"}, headers=headers).json()[
            "total_items"
        ]
        assert total_items == int(status == 200)
        term_id = id_of("taxonomy_term", "referral-router", "safety_planning")
        assert small.client.get(f"/hsds/taxonomy_terms/{term_id}", headers=headers).status_code == status


SECRETS = ("1 Example St", "Example", "St", "Austin", "78701", "brown house", "30.3", "-97.7", "hh-house")


def test_a_private_address_is_in_no_answer_to_anybody(database_url: str, tmp_path: Path) -> None:
    """Whoever asks, in whatever form: no address, no coordinate, no id of the place; a front gate stands there."""
    check_no_address_is_told(database_url, tmp_path, "public")


def test_a_private_address_of_an_unlisted_organization_is_in_no_answer_to_members(tmp_path: Path) -> None:
    """It is in no answer to itself, nor to whom its operator authorized: this is not where places are shown."""
    check_no_address_is_told(f"sqlite:///{tmp_path / 'router.db'}", tmp_path, "coalition")


def check_no_address_is_told(database_url: str, tmp_path: Path, listing: str) -> None:
    bundle = good_bundle()
    house = bundle["organizations"][0]
    house["coalition"]["listed"] = listing
    house["services"][0]["service_at_locations"] = [{"location_id": "hh-house", "description": "in the brown house"}]
    with running(settings_with(database_url, tmp_path, bundle)) as api:
        readers = [api.bearer("directory:read", organization=slug) for slug in ("harbor-house", "tri-county-hotline")]
        for headers in [*readers, *([{}] if listing == "public" else [])]:
            answers = [
                api.client.get(f"/hsds/{path}", headers=headers).text
                for path in ("organizations?full_service=true", "organizations?full=true", "services?full=true",
                             "services?format=ndjson&full=true", "service_at_locations?full=true",
                             f"organizations/{unlisted()}", f"services/{id_of('service', 'hh-beds')}")
            ]  # fmt: skip
            text = "\n".join(answers)
            assert "Harbor House" in text
            assert "front gate" in text
            for secret in (*SECRETS[0:1], "brown house", "30.3,", "-97.7,", id_of("location", "hh-house")):
                assert secret not in text, secret


def test_a_private_address_cannot_be_guessed(database_url: str, tmp_path: Path) -> None:
    """By search, postcode, nearness, page and order: with the address stored or without, every answer is the same."""
    bundle = good_bundle()
    bundle["organizations"][0]["coalition"]["listed"] = "public"
    questions = [
        *({"search": word} for word in (*SECRETS, "house", "1", "tx", "us", "physical")),
        {"postcode": "78701"},
        *({"postcode": code, "proximity": meters} for code in ("78701", "787 01") for meters in (1, 50_000, 500_000)),
        *({"page": page, "per_page": 1} for page in (1, 2, 3, 4)),
    ]
    settings = settings_with(database_url, tmp_path, bundle)
    with running(settings) as api:
        with_address = answers_to(api, questions)
        bundle["organizations"][0]["locations"] = []
        load_demo_keeping(settings, bundle)
        without_address = answers_to(api, questions)

    assert with_address == without_address
    assert len(set(map(str, with_address))) > 10


def answers_to(api: Api, questions: list[dict[str, Any]]) -> list[Any]:
    answers = []
    for question in questions:
        for path in ("services", "organizations", "service_at_locations"):
            if path != "service_at_locations" and "postcode" in question:
                continue
            answers.append(api.client.get(f"/hsds/{path}", params=question).json())
    return answers


def load_demo_keeping(settings: Settings, bundle: dict[str, Any]) -> None:
    """Load a bundle and keep what was imported."""
    with open_database(settings) as database:
        load_bundle(database.unit_of_work(), bundle_bytes(bundle), replace=False)


def test_a_text_that_names_an_unlisted_organization_cannot_be_searched_out(database_url: str, tmp_path: Path) -> None:
    """Where a listed record's description names one, it is neither told nor found by it; by its own name it is."""
    bundle = good_bundle()
    bundle["organizations"][1]["description"] = "Sisters of Harbor House since 1999."
    with running(settings_with(database_url, tmp_path, bundle)) as api:
        for word in ("harbor", "house", "sisters", "1999"):
            assert "Tri-County Hotline" not in names(api, "/hsds/organizations", search=word)
        assert names(api, "/hsds/organizations", search="tri county") == ["Tri-County Hotline"]
        text = api.client.get("/hsds/organizations?full=true").text + api.client.get("/hsds/services").text
        assert re.search("harbor", text, re.IGNORECASE) is None
        member = api.bearer("directory:read", organization="tri-county-hotline")
        document = api.client.get("/hsds/organizations", params={"search": "sisters"}, headers=member).json()
        assert document["total_items"] == 1


OWL: dict[str, Any] = {
    "id": "night-owl",
    "name": "Owlery",
    "description": "Zebra beds in Quagga Lane",
    "phones": [{"number": "555-0177", "description": "Zebra desk"}],
    "contacts": [{"name": "O. Okapi", "title": "Zebra lead", "email": "okapi@example.org"}],
    "locations": [{"id": "owl-house", "location_type": "physical", "latitude": 30.01, "longitude": -97.01,
                   "addresses": [{"address_1": "9 Quagga Lane", "city": "Okapi", "state_province": "TX",
                                  "postal_code": "78799", "country": "US", "address_type": "physical"}]}],
    "coalition": {"basis": "community", "kind": "trafficking_shelter", "reporter": "none", "membership": "active"},
    "services": [{"id": "owl-beds", "name": "Zebra beds", "status": "active", "minimum_age": 18,
                  "service_at_locations": [{"location_id": "owl-house", "description": "Okapi"}],
                  "referral": {"types": ["long_term_safe_house"]}}],
}  # fmt: skip


def test_an_unlisted_organization_changes_no_answer(tmp_path: Path) -> None:
    """There or not: by name, id, term, place, page, count, order, error and entity tag, all answers are the same."""
    with_it, without_it = good_bundle(), good_bundle()
    with_it["organizations"].append(OWL)
    ids = [id_of("organization", "night-owl"), id_of("service", "owl-beds"), id_of("location", "owl-house")]
    term_id = id_of("taxonomy_term", "referral-router", "long_term_safe_house")
    places: list[dict[str, Any]] = [{"postcode": "78799"}, {"postcode": "787 01", "proximity": 5_000}]
    questions: list[dict[str, Any]] = [
        *({"search": word} for word in ("owlery", "zebra", "quagga", "okapi", "beds", "78799", "safe", "a", "night")),
        *({"page": page, "per_page": size} for page in (1, 2, 3, 4) for size in (1, 2)),
        *({"taxonomy_term_id": item} for item in (term_id, ids[0])),
        *({"organization_id": item} for item in ids),
        *({"modified_after": day} for day in ("0001-01-02", "2026-01-01", "9999-01-01")),
        {"full": True}, {"full_service": True}, {"minimal": True}, {"top_only": True}, {"page": "x"},
    ]  # fmt: skip
    contents = []
    for name, bundle in (("with", with_it), ("without", without_it)):
        (folder := tmp_path / name).mkdir()
        with running(settings_with(f"sqlite:///{folder / 'router.db'}", folder, bundle)) as api:
            answers = [
                (response.status_code, response.headers.get("etag"), response.text)
                for path in LISTS
                for question in [*questions, *(places if path == "service_at_locations" else ())]
                for response in [api.client.get(f"/hsds/{path}", params=question)]
            ]
            answers += [
                (response.status_code, "", response.text)
                for path in LISTS
                for place in [*(f"{path}/{key}" for key in (*ids, term_id)), f"{path}?format=ndjson&full=true"]
                for response in [api.client.get(f"/hsds/{place}")]
            ]
            contents.append(answers)

    assert contents[0] == contents[1]
    assert len(set(contents[0])) > 40
