"""What the directory asks of a database, on SQLite and on PostgreSQL: the same answers from both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bundle_builders import bundle_bytes, good_bundle
from directory_client import ALL, READ, As, build_client
from httpx import Client
from sqlalchemy import Engine

from service.database.database import Database
from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.snapshots import Snapshots
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.settings import Settings

KINDS = ("organizations", "services", "agreements", "release-forms", "vocabulary")
FILTERS = {
    "organizations?regime=vawa&kind=dv_shelter": ["harbor-house"],
    "organizations?parent=tri-county-hotline": ["hotline-night-desk"],
    "services?type=crisis_hotline": ["night-line", "tch-line"],
    "services?type=crisisxhotline": [],
    "services?area=travis&designated=true": ["hh-beds"],
    "services?area=us-tx": ["night-line", "tch-line"],
    "agreements?party=harbor-house": ["mou-1"],
    "release-forms?language=es": ["roi-standard"],
    "vocabulary": ["equine_therapy", "farm_worker", "harbor-house:safe house"],
}


@pytest.fixture
def client(engine: Engine, cipher: AddressCipher, settings: Settings) -> Iterator[Client]:
    load_bundle(UnitOfWork(engine, cipher), bundle_bytes(good_bundle()), replace=True)
    with build_client(Snapshots(Database(engine, cipher, SecretCipher(cipher.keys))), settings) as client:
        yield client


def test_objects_are_read_and_put_back_alike(client: Client, engine: Engine, cipher: AddressCipher) -> None:
    """Everything can be read and put back as it is, and nothing has changed by that."""
    admin = As(client, "tri-county-hotline", ALL)

    for kind in KINDS:
        for slug in admin.slugs(kind):
            response = admin.get(f"{kind}/{slug}")
            reply = admin.put(f"{kind}/{slug}", response.json(), if_match=response.headers["etag"])
            assert (reply.status_code, reply.headers["etag"]) == (200, response.headers["etag"])

    with UnitOfWork(engine, cipher, writes=False) as work:
        assert CoalitionRepository(work).directory_version() == 1


def test_filters_and_order_are_the_same(client: Client) -> None:
    """Lists are narrowed and sorted alike."""
    admin = As(client, "tri-county-hotline", (READ,))

    assert {query: admin.slugs(query) for query in FILTERS} == FILTERS


def test_outsiders_see_what_is_listed(client: Client) -> None:
    """Visibility is part of the query: counts and pages never hold what may not be seen."""
    outsider = As(client, "nobody-at-all", (READ,))

    assert {kind: outsider.slugs(kind) for kind in KINDS} == {
        "organizations": ["hotline-night-desk", "tri-county-hotline"],
        "services": ["night-line", "tch-line"],
        "agreements": [],
        "release-forms": ["roi-county", "roi-standard"],
        "vocabulary": ["equine_therapy", "farm_worker"],
    }
    assert outsider.get("agreements").json()["total"] == 0


def test_a_record_is_added_changed_and_deleted(client: Client) -> None:
    """An organization with services and a private place, from nothing to nothing."""
    admin = As(client, "tri-county-hotline", ALL)
    body = {
        **good_bundle()["organizations"][0],
        "id": None,
        "locations": [{"slug": "new-place", "location_type": "physical"}],
        "services": [],
    }

    assert admin.add("organizations/new-house", body).status_code == 201
    service = {"organization": "new-house", "name": "Food", "status": "active", "referral": {"types": ["food"]}}
    assert admin.add("services/new-food", service).status_code == 201
    assert admin.change("services/new-food", name="Bread").status_code == 200
    assert admin.remove("services/new-food").status_code == 204
    assert admin.remove("organizations/new-house").status_code == 204
    assert admin.slugs("organizations?kind=dv_shelter") == ["harbor-house"]
