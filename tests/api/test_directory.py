"""Reading and changing the directory over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bundle_builders import good_bundle
from directory_client import ALL, READ, WRITE, As, Stage, errors_of, staged
from httpx import Client, Response
from length import sample

from service import demo
from service.directory.standard.identity import id_of
from service.documents.document import parse_document

KIND_OF = {"roi-standard": "release_form", "tch-office": "location"}
KINDS = ("organizations", "services", "agreements", "release-forms", "vocabulary")
SERVICE = {"name": "Night beds", "status": "active", "organization": "harbor-house", "referral": {"types": ["food"]}}


def undated(response: Response) -> dict[str, Any]:
    """Return a record without the dates of its services' last changes, which each write renews."""
    record: dict[str, Any] = response.json()
    for service in record.get("services", ()):
        del service["last_modified"]
    return record


def read_bundle_document() -> dict[str, Any]:
    """Return the demo coalition as plain data."""
    tree, _ = parse_document(demo.coalition_bytes())
    document: dict[str, Any] = tree
    return document


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A served directory; what is done once on PostgreSQL too is in `test_directory_databases`."""
    with staged(tmp_path_factory.mktemp("directory")) as stage:
        yield stage


@pytest.fixture
def client(stage: Stage) -> Client:
    """The directory of the good bundle, in which the hotline is a member."""
    return stage.load(good_bundle())


@pytest.fixture
def admin(client: Client) -> As:
    """A member with every scope, who may also see where Harbor House is."""
    return As(client, "tri-county-hotline", ALL)


@pytest.fixture
def house(client: Client) -> As:
    """Harbor House itself."""
    return As(client, "harbor-house", (READ, WRITE))


@pytest.fixture
def version(stage: Stage, client: Client) -> Callable[[], int]:
    """Ask for the directory's version, counted from 1 as the test begins."""
    before = stage.version()
    return lambda: stage.version() - before + 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_listed_and_shown_alike(admin: As, kind: str) -> None:
    """What a list holds is found by its id and by its slug, and is the same object (private places aside)."""
    page = admin.get(kind).json()

    assert page["total"] == len(page["items"]) > 0
    assert [item["slug"] for item in page["items"]] == sorted(item["slug"] for item in page["items"])
    for item in page["items"]:
        by_slug, by_id = admin.get(f"{kind}/{item['slug']}"), admin.get(f"{kind}/{item['id']}")
        assert by_slug.json() == by_id.json()
        assert by_slug.headers["etag"] == by_id.headers["etag"]
        assert {**by_slug.json(), "locations": 0} == {**item, "locations": 0}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leave_out", [(), ("id",), ("id", "slug")])
def test_what_is_shown_can_be_put_back_and_changes_nothing(
    admin: As, kind: str, leave_out: tuple[str, ...], version: Callable[[], int]
) -> None:
    """PUT takes what GET gives; the same again leaves version and entity tag as they were."""
    before = version()

    for slug in admin.slugs(kind):
        response = admin.get(f"{kind}/{slug}")
        body = {name: value for name, value in response.json().items() if name not in leave_out}
        reply = admin.put(f"{kind}/{slug}", body, if_match=response.headers["etag"])

        assert reply.status_code == 200, reply.text
        assert (reply.json(), reply.headers["etag"]) == (response.json(), response.headers["etag"])
    assert version() == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("agreements/mou-1", ["between", "offers", "wants"]),
        ("organizations/hotline-night-desk", ["parent"]),
        ("organizations/harbor-house", ["coalition.operator_authorised", "coalition.accepted_forms"]),
        ("services/tch-line", ["organization", "service_at_locations", "referral.accepts_from"]),
        ("vocabulary/harbor-house:safe house", ["organization"]),
    ],
)
def test_what_refers_to_another_may_name_it_by_its_id(admin: As, house: As, path: str, fields: list[str]) -> None:
    """The same object with ids in place of slugs is the same object; an id of nothing is refused in its place."""
    writer = house if path.endswith("harbor-house") else admin
    if path.startswith("services"):
        places = {"service_at_locations": [{"location_id": "tch-office"}]}
        referral = {"types": ["crisis_hotline"], "accepts_from": ["members", "harbor-house"]}
        assert writer.change(path, **places, referral=referral).status_code == 200
    slugs = ("harbor-house", "tri-county-hotline", "roi-standard", "tch-office")
    ids = {slug: id_of(KIND_OF.get(slug, "organization"), slug) for slug in slugs}
    response = writer.get(path)

    def renamed(value: Any, names: dict[str, str]) -> Any:
        if isinstance(value, dict):
            return {names.get(key, key): renamed(item, names) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item, names) for item in value]
        return names.get(value, value)

    body = response.json()
    changed = dict(body)
    for name in fields:
        field, _, inner = name.partition(".")
        part = changed[field]
        changed[field] = {**part, inner: renamed(part[inner], ids)} if inner else renamed(part, ids)
    put = writer.put(path, changed, if_match=response.headers["etag"])
    nothing = dict.fromkeys(ids.values(), id_of("organization", "nobody"))
    refused = writer.put(path, renamed(changed, nothing), if_match=response.headers["etag"])

    assert changed != body
    assert (put.status_code, put.json(), put.headers["etag"]) == (200, body, response.headers["etag"])
    assert refused.status_code == 422


def test_the_demo_coalition_can_be_put_back_object_by_object(stage: Stage) -> None:
    """Every object of the demo survives the way out and in."""
    admin = As(stage.load(read_bundle_document()), "juniper-bridge-hotline", ALL)
    before = stage.version()

    for kind in ("organizations", "agreements", "release-forms", "vocabulary"):
        for slug in sample(admin.slugs(f"{kind}?per_page=200")):
            assert admin.change(f"{kind}/{slug}").status_code == 200

    assert stage.version() == before


def test_a_change_raises_the_version_by_one_and_is_read_back(admin: As, version: Callable[[], int]) -> None:
    """A change is stored whole, with a new entity tag and the next version."""
    old = admin.get("services/tch-line")

    stored = admin.change("services/tch-line", name="Day and night line", minimum_age=12)

    assert stored.status_code == 200
    changed = {"name": "Day and night line", "minimum_age": 12, "last_modified": stored.json()["last_modified"]}
    assert stored.json() == {**old.json(), **changed}
    assert stored.headers["etag"] != old.headers["etag"]
    assert admin.get("services/tch-line").json() == stored.json()
    assert version() == 2


def test_a_service_changes_within_its_organization_alone(house: As) -> None:
    """Changing one service leaves everything else of its organization as it was, private places too."""
    before = house.get("organizations/harbor-house").json()

    assert house.change("services/hh-beds", name="Beds tonight").status_code == 200

    after = house.get("organizations/harbor-house").json()
    assert after.pop("services")[0]["name"] == "Beds tonight"
    before.pop("services")
    assert after == before


NEW = {
    "organizations": ("new-house", {"name": "New House", "phones": [{"number": "555-0150"}]}),
    "services": ("night-beds", SERVICE),
    "agreements": (
        "mou-2",
        {
            "between": ["harbor-house", "tri-county-hotline"],
            "level": "cooperation",
            "type": "mou",
            "status": "draft",
        },
    ),
    "release-forms": ("roi-new", {"name": "New release"}),
    "vocabulary": ("horse_care", {"code": "horse_care", "name": "Horse care"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_can_be_added_changed_and_deleted(admin: As, kind: str, version: Callable[[], int]) -> None:
    """PUT where nothing is makes an object; DELETE takes it away with all that is its own."""
    slug, body = NEW[kind]
    slugs = admin.slugs(kind)

    added = admin.add(f"{kind}/{slug}", body)
    assert (added.status_code, added.json()["slug"]) == (201, slug), added.text
    assert sorted([*slugs, slug]) == admin.slugs(kind)
    assert admin.add(f"{kind}/{slug}", body).status_code == 412
    removed = admin.remove(f"{kind}/{slug}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert admin.slugs(kind) == slugs
    assert admin.get(f"{kind}/{slug}").status_code == 404
    assert version() == 3


def test_an_agencys_own_word_is_named_by_agency_and_word(admin: As) -> None:
    """A term is found at `organization:term`, however it is spelt there; case and blanks make no difference."""
    path = "vocabulary/harbor-house:safe%20house"

    response = admin.get(path)
    other = admin.get("vocabulary/harbor-house:Safe%20%20House")
    changed = admin.change(path, means="host_home")
    added = admin.add(
        "vocabulary/harbor-house:day/night",
        {"term": "Day/Night", "organization": "harbor-house", "means": "youth_drop_in"},
    )

    assert response.json() == other.json()
    assert changed.json()["means"] == "host_home"
    assert (added.status_code, admin.get("vocabulary/harbor-house:day/night").status_code) == (201, 200)


class TestConditions:
    """A change says what it changes; a read need not be repeated."""

    def test_a_page_or_object_at_hand_is_not_sent_again(self, admin: As) -> None:
        """`If-None-Match` with the tag, among others and weak or strong, gives 304 without a body."""
        for path in ("organizations", "organizations/harbor-house", "vocabulary"):
            tag = admin.get(path).headers["etag"]

            for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                again = admin.get(path, if_none_match=condition)
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert admin.get(path, if_none_match='"other"').status_code == 200

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({}, 428, "precondition_required"),
            ({"if_match": '"other"'}, 412, "stale"),
            ({"if_match": "W/{tag}"}, 412, "stale"),
            ({"if_match": "nonsense"}, 412, "stale"),
            ({"if_none_match": "*"}, 412, "stale"),
            ({"if_none_match": '"other"'}, 428, "precondition_required"),
        ],
    )
    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_a_change_without_the_right_condition_changes_nothing(
        self, admin: As, version: Callable[[], int], method: str, headers: dict[str, str], status: int, code: str
    ) -> None:
        """Missing: 428. Not what is stored, or weak: 412."""
        path = "release-forms/roi-county"
        response = admin.get(path)
        sent = {name: value.replace("{tag}", response.headers["etag"]) for name, value in headers.items()}

        refused = admin.put(path, {"name": "Other"}, **sent) if method == "put" else admin.delete(path, **sent)

        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert (version(), admin.get(path).json()) == (1, response.json())

    def test_of_two_who_read_the_same_only_the_first_writes(self, admin: As) -> None:
        """A tag is spent by the change that it allowed."""
        response = admin.get("services/tch-line")

        first = admin.put("services/tch-line", {**response.json(), "name": "First"}, if_match=response.headers["etag"])
        second = admin.put(
            "services/tch-line", {**response.json(), "name": "Second"}, if_match=response.headers["etag"]
        )

        assert (first.status_code, second.status_code) == (200, 412)
        assert admin.get("services/tch-line").json()["name"] == "First"


class TestRefusals:
    """A write is held to all that a bundle is held to; problems are told by place and echo nothing."""

    @pytest.mark.parametrize(
        ("path", "changes", "pointer"),
        [
            ("services/hh-beds", {"minimum_age": 19}, "/maximum_age"),
            ("services/hh-beds", {"nmae": "Beds"}, ""),
            ("services/hh-beds", {"status": "canary"}, "/status"),
            ("services/hh-beds", {"service_areas": [{"name": "canary"}]}, "/service_areas/0/name"),
            (
                "services/hh-beds",
                {"service_at_locations": [{"location_id": "tch-office"}]},
                "/service_at_locations/0/location_id",
            ),
            ("services/hh-beds", {"referral": {"types": ["canary"]}}, "/referral/types/0"),
            ("services/hh-beds", {"referral": None}, "/referral"),
            ("services/hh-beds", {"organization": "tri-county-hotline"}, "/organization"),
            ("services/hh-beds", {"slug": "canary"}, "/slug"),
            ("services/hh-beds", {"id": id_of("service", "tch-line")}, "/id"),
            ("services/hh-beds", {"schedules": "canary"}, "/schedules"),
            ("organizations/harbor-house", {"name": ""}, "/name"),
            ("organizations/harbor-house", {"parent": "canary"}, "/parent"),
            ("organizations/harbor-house", {"parent": "harbor-house"}, "/parent"),
            (
                "organizations/harbor-house",
                {"contacts": [{"since": "2026-01-02", "until": "2026-01-01"}]},
                "/contacts/0/until",
            ),
            (
                "organizations/tri-county-hotline",
                {"services": [{"slug": "hh-beds", "name": "A", "status": "active", "referral": {"types": ["food"]}}]},
                "/services/0/slug",
            ),
            (
                "organizations/tri-county-hotline",
                {"services": [{"name": "A", "status": "active", "referral": {"types": ["food"]}}]},
                "/services/0/slug",
            ),
            (
                "organizations/tri-county-hotline",
                {"locations": [{"slug": "x", "id": "y", "location_type": "physical"}]},
                "/locations/0/id",
            ),
            ("agreements/mou-1", {"between": ["tri-county-hotline", "canary"]}, "/between/1"),
            ("agreements/mou-1", {"expires": "2024-01-01"}, "/expires"),
            ("agreements/mou-1", {"types": ["canary"]}, "/types/0"),
            ("release-forms/roi-county", {"elements": ["canary"]}, "/elements/0"),
            ("vocabulary/equine_therapy", {"code": "canary"}, ""),
            ("vocabulary/harbor-house:safe%20house", {"means": "canary"}, "/means"),
        ],
    )
    def test_what_a_bundle_may_not_say_is_refused_in_its_place(
        self, admin: As, version: Callable[[], int], path: str, changes: dict[str, Any], pointer: str
    ) -> None:
        """Each problem is a pointer into what was sent; nothing is stored."""
        refused = admin.change(path, **changes)

        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), refused.text
        assert pointer in errors_of(refused)
        assert "canary" not in refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert version() == 1

    def test_all_that_is_wrong_is_listed_at_once(self, admin: As) -> None:
        """A misspelt key hides neither a dangling reference nor a contradiction."""
        refused = admin.change(
            "services/hh-beds", nmae="x", minimum_age=19, service_areas=[{"name": "nowhere"}], status="odd"
        )

        assert set(errors_of(refused)) == {"", "/maximum_age", "/service_areas/0/name", "/status"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"nonsense",
            b"[]",
            b"name: Beds",
            b"{name: Beds}",
            b'{"name": NaN}',
            b'{"name": 1e400}',
            b'{"name": "a", "name": "b"}',
            b'{"name": "\\ud800"}',
            b'{"name": "\\u0000"}',
            b'{"name": "\xff"}',
            b'{"name": ' + b"9" * 5000 + b"}",
            b"[" * 10_000,
            b'{"name": ' * 10_000,
            b'{"name": {"name": []}}',
            b'{"slug": 3, "id": [], "services": {"a": 1}, "locations": [1, null, []], "coalition": "x"}',
        ],
    )
    @pytest.mark.parametrize("kind", KINDS)
    def test_no_body_is_a_defect(self, admin: As, kind: str, body: bytes) -> None:
        """Whatever is sent is refused in plain words, on top of what is there or where nothing is."""
        path = f"{kind}/{admin.slugs(kind)[0]}"

        replaced = admin.put(path, body, if_match=admin.get(path).headers["etag"])
        added = admin.put(f"{kind}/brand-new", body, if_none_match="*")

        assert (replaced.status_code, added.status_code) == (422, 422)

    def test_every_field_of_a_wrong_type_is_refused(self, admin: As, house: As) -> None:
        """Replacing any one value in an object by any other type never breaks the server."""
        for path in ("organizations/harbor-house", "agreements/mou-1", "vocabulary/equine_therapy"):
            response = admin.get(path)
            for name in response.json():
                for value in (7, "x", [], {}, [[]], [{}], True, {"id": 1}):
                    sent = {**response.json(), name: value}
                    # A stale condition never lets anything through; a bad body is refused for its own reason first.
                    # A name, or the declaration that hides it, is the organization's own to change.
                    stale, status = (
                        admin.put(path, sent, if_match=tag).status_code
                        for tag in ('"none"', admin.get(path).headers["etag"])
                    )
                    own = status == 403 and path == "organizations/harbor-house" and name in ("name", "coalition")
                    assert stale in (403 if own else 412, 409, 422), (name, value)
                    assert own or status in (200, 409, 422), (name, value)
                    if status == 200:
                        owner = house if name == "contacts" else admin  # who took names out does not put them back
                        assert owner.change(path, **{name: response.json()[name]}).status_code == 200, (name, value)
            assert undated(admin.get(path)) == undated(response)

    def test_only_json_is_taken(self, admin: As) -> None:
        """Another content type is 415."""
        refusal = admin.put("services/hh-beds", b"{}", if_match="*", content_type="text/plain")

        assert refusal.status_code == 415


class TestReferences:
    """Nothing is left dangling."""

    @pytest.mark.parametrize(
        ("path", "referrer"),
        [
            ("organizations/harbor-house", "agreements/mou-1"),
            ("organizations/tri-county-hotline", "organizations/hotline-night-desk"),
            ("release-forms/roi-standard", "organizations/harbor-house"),
            ("release-forms/roi-county", "equivalent_forms"),
            ("vocabulary/equine_therapy", "services/night-line"),
            ("vocabulary/farm_worker", "services/night-line"),
        ],
    )
    def test_what_is_referred_to_is_not_deleted(
        self, admin: As, version: Callable[[], int], path: str, referrer: str
    ) -> None:
        """409 names what refers to it."""
        refused = admin.remove(path)

        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert referrer in refused.json()["detail"]
        assert version() == 1

    def test_a_code_that_is_used_does_not_become_another_kind(self, admin: As) -> None:
        """A change that would break something elsewhere is a conflict, not a fault of what was sent."""
        refused = admin.change("vocabulary/equine_therapy", kind="trait")

        assert refused.status_code == 409
        assert "services/night-line" in refused.json()["detail"]

    def test_an_organization_goes_with_its_own_record(self, admin: As, stage: Stage) -> None:
        """Once nothing refers to it, an organization goes with its services, places and private addresses."""
        for path in ("agreements/mou-1", "vocabulary/harbor-house:safe%20house"):
            assert admin.remove(path).status_code == 204

        assert admin.remove("organizations/harbor-house").status_code == 204

        assert admin.get("services/hh-beds").status_code == 404
        with stage.database.engine.connect() as connection:
            owner = id_of("organization", "harbor-house")
            for question in (
                f"SELECT count(*) FROM record WHERE owner_id = '{owner}'",
                "SELECT count(*) FROM record_key LEFT JOIN record ON record.id = record_id WHERE record.id IS NULL",
            ):
                assert connection.exec_driver_sql(question).scalar_one() == 0


class TestPages:
    """Pages are cut from one fixed order."""

    def test_pages_join_to_the_whole_without_gap_or_double(self, stage: Stage) -> None:
        """Walking the pages of any size gives every object once, in order of slug."""
        reader = As(stage.load(read_bundle_document()), "juniper-bridge-hotline", (READ,))
        total = reader.get("services").json()["total"]
        whole = reader.slugs("services?per_page=200")

        pages = [reader.slugs(f"services?per_page=7&page={page}") for page in range(1, total // 7 + 3)]

        assert [slug for page in pages for slug in page] == whole == sorted(whole)
        assert len(whole) == total
        assert pages[-1] == []

    @pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=0", "per_page=201", "page=99999999999999999999"])
    def test_a_page_that_cannot_be_is_refused(self, admin: As, query: str) -> None:
        """422 names the parameter."""
        refusal = admin.get(f"organizations?{query}")

        assert refusal.status_code == 422
        assert refusal.json()["errors"][0]["parameter"] == query.partition("=")[0]

    @pytest.mark.parametrize(
        ("query", "slugs"),
        [
            ("organizations?kind=dv_shelter", ["harbor-house"]),
            ("organizations?membership=none", ["hotline-night-desk"]),
            ("organizations?basis=systems", []),
            ("organizations?regime=vawa", ["harbor-house"]),
            ("organizations?parent=tri-county-hotline", ["hotline-night-desk"]),
            ("services?type=emergency_shelter", ["hh-beds"]),
            ("services?type=crisis_hotline", ["night-line", "tch-line"]),
            ("services?type=crisisxhotline", []),
            ("services?type=crisis_hotline&status=active", ["tch-line"]),
            ("services?organization=harbor-house", ["hh-beds"]),
            ("services?designated=true", ["hh-beds"]),
            ("services?area=travis", ["hh-beds", "night-line", "tch-line"]),
            ("services?area=us-tx", ["night-line", "tch-line"]),
            ("agreements?party=harbor-house&status=signed", ["mou-1"]),
            ("agreements?party=hotline-night-desk", []),
            ("agreements?level=cooperation", []),
            ("release-forms?language=es", ["roi-standard"]),
            ("vocabulary?kind=trait", ["farm_worker"]),
            ("vocabulary?kind=term", ["harbor-house:safe house"]),
            ("vocabulary?organization=harbor-house&means=emergency_shelter", ["harbor-house:safe house"]),
        ],
    )
    def test_filters_narrow_the_list(self, admin: As, query: str, slugs: list[str]) -> None:
        """A filter leaves what fits it, and counts that alone."""
        assert admin.slugs(query) == slugs
        assert admin.get(query).json()["total"] == len(slugs)

    @pytest.mark.parametrize(
        "query",
        [
            "organizations?parent=tri-county-hotline",
            "services?organization=harbor-house",
            "agreements?party=harbor-house",
            "vocabulary?organization=harbor-house",
        ],
    )
    def test_a_filter_takes_an_id_too(self, admin: As, query: str) -> None:
        """An organization is named by its id as well as by its slug."""
        filtered, slug = query.split("=")
        row_id = admin.get(f"organizations/{slug}").json()["id"]

        assert admin.slugs(f"{filtered}={row_id}") == admin.slugs(query) != []

    @pytest.mark.parametrize(
        "query",
        ["services?area=nowhere", "services?status=canary", "organizations?kind=canary", "agreements?party=%00"],
    )
    def test_a_filter_that_can_fit_nothing_is_refused(self, admin: As, query: str) -> None:
        """A misspelt word is not an empty answer, and is not echoed."""
        refusal = admin.get(query)

        assert refusal.status_code == 422
        assert "canary" not in refusal.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["nobody", "%00", "a%00b", "%ED%A0%80", "..%2f", "x" * 5000, id_of("x", "y")])
def test_a_key_of_nothing_is_not_found(admin: As, kind: str, key: str) -> None:
    """Whatever the key looks like, the answer is one and the same."""
    response = admin.get(f"{kind}/{key}")

    assert response.status_code == 404
    assert admin.delete(f"{kind}/{key}", if_match="*").status_code == 404


def test_a_part_that_fails_half_way_leaves_nothing(
    admin: As, version: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: an error after the rows were written undoes them."""
    monkeypatch.setattr("service.directory.use_cases.write_directory.with_etag", lambda document: 1 / 0)

    broken = admin.add("release-forms/roi-new", {"name": "New"})

    monkeypatch.undo()
    assert broken.status_code == 500
    assert (admin.get("release-forms/roi-new").status_code, version()) == (404, 1)


def test_an_organization_that_was_loaded_without_defaults_reads_as_it_counts(admin: As) -> None:
    """What the guide gives by default is said outright: who may refer, which modes, whether it is listed."""
    referral = admin.get("services/tch-line").json()["referral"]
    profile = admin.get("organizations/tri-county-hotline").json()["coalition"]

    assert (referral["accepts"], referral["accepts_from"]) == (["self", "warm"], ["anyone"])
    assert (profile["listed"], profile["address_private"]) == ("public", False)
