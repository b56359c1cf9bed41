"""Only an organization itself makes its name, its address or its private flag more public, by whatever operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from access_builders import LISTED, MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ADMIN, ALL, READ, WRITE, As, Stage, errors_of, staged
from fastapi.routing import iter_route_contexts
from httpx import Response
from sqlalchemy import update

from service.app import create_app
from service.directory.bundle import Bundle
from service.directory.routes.dependencies import Requires
from service.directory.store.proposal_tables import DirectoryProposal
from service.directory.use_cases.load_bundle import store_bundle
from service.errors import BundleRefused
from service.settings import Settings

OPEN, QUIET = "open-door", "quiet-house"
HIDDEN = f"organizations/{UNLISTED}"
REMOVALS: list[Callable[[Stage], object]] = [
    lambda stage: stage.load(coalition()),
    lambda stage: stage.prune(QUIET, coalition()),
]
"""How an operator removes the quiet house: a load that lacks it, an import that prunes it."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("shown")) as stage:
        yield stage


@pytest.fixture
def call(stage: Stage) -> Callable[..., As]:
    """Speak as an organization, with every scope of the directory, in a directory that is as new."""
    bundle = coalition()
    bundle["organizations"] += [
        agency(OPEN, membership="active") | {"contacts": [{"name": "P. Ortiz"}]},
        agency(QUIET, membership="active", listed="coalition", address_private=True),
    ]
    stage.load(bundle)
    stage.serve()
    return lambda organization, *scopes: As(stage.client, organization, scopes or ALL)


def profile_of(reader: As, path: str) -> dict[str, Any]:
    return dict(reader.get(path).json()["coalition"])


Put = Callable[[As, Stage], Response]


def labels(path: str, **changes: Any) -> Put:
    return lambda admin, _: admin.change(path, coalition={**profile_of(admin, path), **changes})


def fields(path: str, **changes: Any) -> Put:
    return lambda admin, _: admin.change(path, **changes)


def proposed(**changes: Any) -> Put:
    return lambda admin, _: admin.propose(organization=UNLISTED, labels=changes)


def accepted(admin: As, stage: Stage) -> Response:
    """A proposal that was made when it showed no more, and the house has hidden since."""
    proposal = As(stage.client, LISTED, ALL).propose(organization=UNLISTED, labels={"reporter": "child_and_adult"})
    entry = {"organization": UNLISTED, "labels": {"listed": "public"}}
    with stage.database.unit_of_work() as work:
        work.session.execute(update(DirectoryProposal).values(entry=entry))
        work.commit()
    return admin.decide(proposal)


def added_anew(*, name: str | None = None, **shown: Any) -> Put:
    """The right to remove a record doesn't allow bringing it back unhidden or with a telling name."""

    def put(admin: As, _: Stage) -> Response:
        path = f"organizations/{QUIET}"
        body = admin.get(path).json()
        assert admin.remove(path).status_code == 204
        return admin.add(path, {**body, "name": name or body["name"], "coalition": {**body["coalition"], **shown}})

    return put


def undone(put: Put) -> Put:
    """An agency that hid another agency's house can't show it again through undo."""

    def undo(admin: As, stage: Stage) -> Response:
        assert put(admin, stage).status_code == 200
        return admin.undo()

    return undo


SHOWING: dict[tuple[str, str], dict[str, tuple[Put, list[str]]]] = {
    ("PUT", "/v1/organizations/{id}"): {
        "listed": (labels(HIDDEN, listed="public"), ["/coalition/listed"]),
        "not listed, and not said so": (
            labels(HIDDEN, listed=None, kind="legal", address_private=False),
            ["/coalition/address_private", "/coalition/listed"],
        ),
        "address": (labels(HIDDEN, address_private=False), ["/coalition/address_private"]),
        "address of a listed one": (
            labels("organizations/open-agency", address_private=False),
            ["/coalition/address_private"],
        ),
        "undeclared": (
            fields(HIDDEN, coalition=None),
            ["/coalition/address_private", "/coalition/listed"],
        ),
        "name": (fields(HIDDEN, name="House on the hill"), ["/name"]),
        "another name": (fields(HIDDEN, alternate_name="House on the hill"), ["/alternate_name"]),
        "contact": (fields(HIDDEN, contacts=[{"name": "Somebody"}]), ["/contacts"]),
        "person for court papers": (
            labels(HIDDEN, subpoena_contact={"name": "Somebody"}),
            ["/coalition/subpoena_contact/name"],
        ),
        "name of an open one": (fields(f"organizations/{OPEN}", name="Another"), ["/name"]),
        "contact of an open one": (
            fields(f"organizations/{OPEN}", contacts=[{"name": "P. Ortiz"}, {"name": "Q. Diaz"}]),
            ["/contacts"],
        ),
    },
    ("PUT", "/v1/services/{id}"): {
        "contact": (fields("services/hh-beds", contacts=[{"name": "Somebody"}]), ["/contacts"])
    },
    ("DELETE", "/v1/organizations/{id}"): {
        "and added anew": (
            added_anew(listed="public", address_private=False),
            ["/coalition/address_private", "/coalition/listed", "/name"],
        ),
        "and added anew by another name": (added_anew(name="House on the hill"), ["/name"]),
    },
    ("POST", "/v1/vocabulary-proposals"): {
        "listed": (proposed(listed="public"), ["/labels/listed"]),
        "address": (proposed(kind="legal", address_private=False), ["/labels/address_private"]),
    },
    ("PUT", "/v1/vocabulary-proposals/{id}/decision"): {"listed": (accepted, ["/status"])},
    ("POST", "/v1/record-changes/{id}/undo"): {
        "listed": (undone(labels(f"organizations/{OPEN}", listed="coalition")), ["/coalition/listed"]),
        "contact": (undone(fields(f"organizations/{OPEN}", contacts=[])), ["/contacts"]),
    },
}
NEITHER = {
    ("DELETE", "/v1/services/{id}"),
    *((method, f"/v1/{name}") for name in ("agreements/{id}", "release-forms/{id}", "vocabulary/{id:path}")
      for method in ("PUT", "DELETE")),
    ("PUT", "/v1/services/{id}/capacity"),
    ("POST", "/v1/services/{id}/capacity/change"),
    ("POST", "/v1/services/{id}/capacity/confirmation"),
}  # fmt: skip
"""What writes the directory and holds neither the name nor the place of an organization, or only takes away."""
BY_LIST = {("PATCH", "/v1/directory")}
"""The rights of each change in a list are tested in `test_bulk_changes`."""
STORES_NOTHING = {("POST", "/v1/record-previews")}
CASES = [(*operation, case) for operation, cases in SHOWING.items() for case in cases]


def test_every_operation_that_writes_the_directory_is_named_here(tmp_path: Path) -> None:
    """A new one shows what it can show of others."""
    app = create_app(Settings(database=f"sqlite:///{tmp_path / 'router.db'}"))
    writing = {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if method not in ("GET", "HEAD") and scopes_of(getattr(context, "dependant", None)) & {WRITE, ADMIN}
    }

    assert writing == {*SHOWING, *NEITHER, *BY_LIST, *STORES_NOTHING}


def scopes_of(dependant: Any) -> set[str]:
    scopes = set[str]()
    for dependency in getattr(dependant, "dependencies", ()):
        scopes |= dependency.call.scopes if isinstance(dependency.call, Requires) else scopes_of(dependency)
    return scopes


@pytest.mark.parametrize(("method", "path", "case"), CASES)
def test_nobody_else_shows_more_of_an_organization(stage: Stage, call: Any, method: str, path: str, case: str) -> None:
    """Refused with each place, in one sentence that says nothing of what is stored."""
    put, pointers = SHOWING[method, path][case]

    refused = put(call(MEMBER), stage)

    assert (refused.status_code, refused.json()["code"], sorted(errors_of(refused))) == (403, "not_yours", pointers)
    assert set(errors_of(refused).values()) == {"is for the organization itself to show"}
    assert call(OUTSIDER, READ).get(HIDDEN).status_code == 404


@pytest.mark.parametrize("take_out", REMOVALS)
def test_a_hidden_house_removed_by_the_operator_comes_back_hidden(
    stage: Stage, call: Any, take_out: Callable[[Stage], object]
) -> None:
    """Nobody else can add it unhidden again. `load` can, but only with `--publish` and its name."""
    admin, path = call(MEMBER), f"organizations/{QUIET}"
    body = admin.get(path).json()
    in_the_open = {**body["coalition"], "listed": "public", "address_private": False}
    bundle = {**coalition(), "organizations": [*coalition()["organizations"], agency(QUIET, membership="active")]}
    take_out(stage)

    added = admin.add(path, {**body, "coalition": in_the_open})
    with pytest.raises(BundleRefused, match=f"--publish {QUIET}"):
        store_bundle(stage.database.unit_of_work(), Bundle.model_validate(bundle), replace=False, publish=())
    store_bundle(stage.database.unit_of_work(), Bundle.model_validate(bundle), replace=False, publish=(QUIET,))

    assert As(stage.client, OUTSIDER, (READ,)).get(path).status_code == 200
    refused = ["/coalition/address_private", "/coalition/listed", "/name"]
    assert (added.status_code, sorted(errors_of(added))) == (403, refused)


@pytest.mark.parametrize("take_out", REMOVALS)
def test_a_removed_hidden_house_is_loaded_again_only_with_publish(
    stage: Stage, call: Any, take_out: Callable[[Stage], object]
) -> None:
    """Even a hidden one needs `--publish`: its former name wasn't kept, so a new name can't be checked."""
    labels = profile_of(call(MEMBER), f"organizations/{QUIET}")
    hidden = {"listed": labels["listed"], "address_private": labels.get("address_private", False)}
    renamed = agency(QUIET, membership="active", **hidden) | {"name": "House on the hill"}
    bundle = Bundle.model_validate({**coalition(), "organizations": [*coalition()["organizations"], renamed]})
    take_out(stage)

    with pytest.raises(BundleRefused, match=f"--publish {QUIET}"):
        store_bundle(stage.database.unit_of_work(), bundle, replace=False, publish=())
    store_bundle(stage.database.unit_of_work(), bundle, replace=False, publish=(QUIET,))
    store_bundle(stage.database.unit_of_work(), bundle, replace=False, publish=())

    assert call(OUTSIDER, READ).get(f"organizations/{QUIET}").status_code == 404
    assert call(MEMBER, READ).get(f"organizations/{QUIET}").json()["name"] == "House on the hill"


def test_the_house_itself_hides_and_shows_itself(call: Any) -> None:
    """By its own record, without anybody's leave, both ways."""
    house, outsider = call(UNLISTED, READ, WRITE), call(OUTSIDER, READ)
    usual = profile_of(house, HIDDEN)

    for listed, private, status in (("public", False, 200), ("coalition", True, 404)):
        new = {**usual, "listed": listed, "address_private": private}
        changed = house.change(HIDDEN, coalition=new, name="House 7", contacts=[{"name": "C. Reyes"}])
        assert changed.status_code == 200, changed.text
        assert outsider.get(HIDDEN).status_code == status


def test_others_hide_a_house_and_keep_the_rest_of_its_record(call: Any) -> None:
    """An administrator makes less public, takes names out, and changes what shows neither name nor place."""
    admin, path = call(MEMBER), f"organizations/{OPEN}"
    profile = profile_of(admin, path)

    for changes in (
        {"description": "Open by day"},
        {"contacts": []},
        {"coalition": {**profile, "listed": "coalition"}},
    ):
        assert admin.change(path, **changes).status_code == 200
    assert admin.change(path, coalition={**profile, "listed": "public"}).status_code == 403
    assert admin.change(path, contacts=[{"name": "P. Ortiz"}]).status_code == 403


@pytest.mark.parametrize(("name", "moves"), [("leaving-house", False), ("moving-house", True)])
def test_a_street_that_a_house_took_out_comes_back_by_its_own_word_alone(
    stage: Stage, call: Any, name: str, moves: bool
) -> None:
    """Others add a first street and change it; once the house takes one out itself, no other and no load adds one."""
    admin, house, path = call(MEMBER), call(name, READ, WRITE), f"organizations/{name}"
    in_town = coalition()["organizations"][0]["locations"][0]["addresses"][0]

    def at(street: str) -> list[dict[str, Any]]:
        return [{"id": name, "location_type": "physical", "addresses": [{**in_town, "address_1": street}]}]

    loaded = agency(name, membership="active") | {"locations": at("1 Elm Street")}
    bundle = {**coalition(), "organizations": [*coalition()["organizations"], loaded]}
    stage.load(bundle)
    assert admin.change(path, locations=at("2 Oak Street")).status_code == 200
    assert house.change(path, locations=at("3 Ash Street") if moves else []).status_code == 200

    refused = admin.change(path, locations=at("2 Oak Street"))
    with pytest.raises(BundleRefused, match=f"--publish {name}"):
        store_bundle(stage.database.unit_of_work(), Bundle.model_validate(bundle), replace=False, publish=())

    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/locations"])
    assert admin.change(path, description="Open by day").status_code == 200
    assert house.change(path, locations=at("2 Oak Street")).status_code == 200
    assert admin.change(path, locations=[]).status_code == 200
    store_bundle(stage.database.unit_of_work(), Bundle.model_validate(bundle), replace=False, publish=(name,))
