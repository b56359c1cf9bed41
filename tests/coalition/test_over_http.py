"""The coalition's own work over HTTP: who may ask, in which form, narrowed to what; and nothing hidden in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import HOTLINE, Api, demo_settings, running

from service import demo
from service.documents.document import parse_document

SVG = "image/svg+xml"
OUTSIDER = "bright-basin-dental"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("work"), rate_limit="1000000/minute")) as app:
        yield app


def test_coverage_is_narrowed_and_tagged(api: Api) -> None:
    """Filters select; the same question again is 304 by its tag."""
    whole = api.get("/v1/coverage", "directory:read")
    part = api.get("/v1/coverage?type=emergency_shelter&area=demo-north&age=15", "directory:read")

    assert {cell["type"] for cell in part.json()["cells"]} == {"emergency_shelter"}
    assert all(cell in whole.json()["cells"] for cell in part.json()["cells"])
    tag = {"If-None-Match": part.headers["etag"]}
    again = api.get("/v1/coverage?type=emergency_shelter&area=demo-north&age=15", "directory:read", headers=tag)
    assert again.status_code == 304
    spanish = api.get("/v1/coverage?type=emergency_shelter&language=fr", "directory:read").json()
    assert (
        0
        < sum(cell["services"] for cell in spanish["cells"])
        < sum(cell["services"] for cell in whole.json()["cells"] if cell["type"] == "emergency_shelter")
    )


PICTURES = ("/v1/coverage", "/v1/coalition/map")


@pytest.mark.parametrize("path", [*PICTURES, "/v1/outcomes"])
def test_a_picture_is_given_to_whoever_asks_for_one(api: Api, path: str) -> None:
    """By `Accept`, whatever comes first in the header; JSON where either will do; else 406."""
    preference = {"Accept": f"application/json;q=0.5, {SVG}"}
    drawing = api.get(path, "directory:read", headers=preference)

    assert drawing.headers["content-type"].startswith(SVG)
    assert drawing.text.startswith("<svg ")
    assert drawing.headers["vary"] == "Accept, Accept-Language"
    assert drawing.headers["content-language"] == "en"
    spanish = api.get(path, "directory:read", headers={**preference, "Accept-Language": "es-MX"})
    assert (spanish.headers["content-language"], spanish.text != drawing.text) == ("es", True)
    for either in ("*/*", f"{SVG};q=0.5, application/json", "image/*;q=0, application/*"):
        response = api.get(path, "directory:read", headers={"Accept": either})
        assert response.headers["content-type"].startswith("application/json"), either
    assert api.get(path, "directory:read", headers={"Accept": "text/html"}).status_code == 406


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("type=nothing_such", "type"), ("area=atlantis", "area"), ("age=121", "age"), ("colour=red", "query")],
)
def test_what_is_not_there_is_refused_by_its_name(api: Api, query: str, parameter: str) -> None:
    """A misspelt filter would read as a gap: it is a 422 that names the parameter and repeats nothing."""
    response = api.get(f"/v1/coverage?{query}", "directory:read")

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["parameter"] == parameter
    assert query.partition("=")[2] not in response.text


def hidden_words() -> list[str]:
    """Every slug, name and phone of what only members of the demo may know of."""
    bundle = parse_document(demo.coalition_bytes())[0]
    words = []
    for organization in bundle["organizations"]:
        profile = organization.get("coalition", {})
        kinds = ("dv_shelter", "trafficking_shelter")
        usual = "coalition" if profile.get("address_private") or profile.get("kind") in kinds else "public"
        if profile.get("listed", usual) == "coalition":
            words += [
                organization["id"],
                organization["name"],
                *(service["id"] for service in organization["services"]),
            ]
            words += [contact["email"] for contact in organization.get("contacts", ()) if "email" in contact]
    return words


WORK = (
    "/v1/coverage",
    "/v1/coalition/map",
    "/v1/coalition/due?within=P3650D",
    "/v1/coalition/exchange",
    "/v1/coalition/figures",
)


@pytest.mark.parametrize(("path", "accept"), [
    *((path, "application/json") for path in WORK), *((path, SVG) for path in PICTURES),
    *(("/v1/coalition/map", accept) for accept in ("application/graphml+xml", "application/vnd.node-link+json")),
])  # fmt: skip
def test_an_outsider_reads_of_nothing_hidden(api: Api, path: str, accept: str) -> None:
    """No word of an unlisted organization is in any form of an answer; in those to a member there are some."""
    headers = api.bearer("directory:read", organization=OUTSIDER) | {"Accept": accept}
    outside = api.client.get(path, headers=headers)

    assert outside.status_code == 200
    words = hidden_words()
    assert len(words) > 15
    assert [word for word in words if word in outside.text] == []
    inside = api.client.get(path, headers=api.bearer("directory:read", organization=HOTLINE) | {"Accept": accept})
    assert inside.text != outside.text


@pytest.mark.parametrize("path", WORK)
def test_the_work_needs_its_scope(api: Api, path: str) -> None:
    """Without a token 401, with a token for routes alone 403."""
    assert api.client.get(path).status_code == 401
    assert api.get(path, "route").status_code == 403


def test_what_is_due_is_told_to_whom_it_concerns(api: Api) -> None:
    """An agency reads its own items; a member with `directory:admin` those of all; as a calendar too."""
    path = "/v1/coalition/due?within=P3650D"
    own = api.get(path, "directory:read").json()["items"]
    every = api.get(path, "directory:read", "directory:admin").json()["items"]

    assert {item["organization"] for item in own} == {HOTLINE}
    assert [item for item in every if item["organization"] == HOTLINE] == own
    assert len({item["organization"] for item in every}) > 10
    assert [item["due"] for item in every] == sorted(item["due"] for item in every)
    calendar = api.get(path, "directory:read", headers={"Accept": "text/calendar"})
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text.count("BEGIN:VEVENT") == len(own)
    for item in every:
        response = api.get(item["href"], "directory:read")
        assert response.status_code == 200, item


@pytest.mark.parametrize("within", ["-P1D", "P9999D", "soon"])
def test_how_far_ahead_is_a_duration(api: Api, within: str) -> None:
    """Anything else is a 422 that names the parameter."""
    response = api.get("/v1/coalition/due", "directory:read", params={"within": within})

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "within"


def test_contacts_are_for_members(api: Api) -> None:
    """No member: 403. Of a hidden house its role and line, and names where an agreement is in force."""
    outside = api.client.get("/v1/coalition/contacts", headers=api.bearer("directory:read", organization=OUTSIDER))
    contacts = api.get("/v1/coalition/contacts", "directory:read").json()["contacts"]

    assert (outside.status_code, outside.json()["code"]) == (403, "members_only")
    by_slug = {contact["organization"]: contact for contact in contacts}
    assert by_slug["open-gate-intake"]["name"]
    assert any(not contact["named"] for contact in contacts)
    for contact in contacts:
        assert contact["role"]
        assert contact["named"] or not any(contact[name] for name in ("name", "email", "phones", "successor"))
