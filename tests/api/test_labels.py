"""Labels of an organization are the coalition's: its owner alone moves a few; all else by another house."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from access_builders import LISTED, MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ALL, READ, WRITE, As, Stage, errors_of, staged
from httpx import Client

from routing import exposure_level
from service import vocabulary
from service.directory.access import ALONE, LABELS, VISIBILITY
from service.directory.snapshot.directory_snapshot import load_snapshot

OPEN = {"reporter": "none", "listed": "public", "address_private": False}
STRICT = {"reporter": "child_and_adult", "listed": "coalition", "address_private": True, "regimes": ["vawa"]}
VALUES: dict[str, tuple[Any, ...]] = {
    "basis": vocabulary.BASES,
    "kind": ("victim_services", "law_enforcement", "dv_shelter", "cac"),
    "regimes": ([], ["vawa"], ["vawa", "hipaa"]),
    "reporter": (None, *vocabulary.REPORTERS),
    "membership": vocabulary.MEMBERSHIPS,
    "listed": (None, *vocabulary.LISTINGS),
    "address_private": (None, False, True),
}
HOUSE, DEPARTMENT = "big-house", "big-house-desk"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("labels")) as stage:
        yield stage


def directory(**labels: Any) -> dict[str, Any]:
    """The coalition of the access tests; an agency with given labels, whose department is a member like itself."""
    bundle = coalition()
    bundle["organizations"] += [
        agency(HOUSE, **{"membership": "active", **labels}),
        agency(DEPARTMENT, membership="active") | {"parent": HOUSE},
    ]
    return bundle


@pytest.fixture
def client(stage: Stage) -> Client:
    return stage.load(directory())


def stated(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the labels that a record states, with what counts where nothing is stated."""
    usual = {"regimes": [], "reporter": None, "membership": "none", "address_private": False}
    labels = {**usual, **{name: profile[name] for name in LABELS if profile.get(name) is not None}}
    hidden = labels["address_private"] or labels["kind"] in ("dv_shelter", "trafficking_shelter")
    return {"listed": "coalition" if hidden else "public", **labels}


def moves_alone(label: str, before: Any, now: Any) -> bool:
    if label in ("listed", "address_private"):
        return True
    steps = vocabulary.REPORTERS if label == "reporter" else ()
    return before in steps and now in steps and steps.index(now) >= steps.index(before)


def test_the_order_in_which_labels_move_alone_is_the_vocabularys() -> None:
    """From showing more and being bound to less, to the opposite."""
    assert (ALONE["reporter"], VISIBILITY["listed"]) == (vocabulary.REPORTERS, vocabulary.LISTINGS)


@pytest.mark.parametrize("start", [OPEN, STRICT], ids=["open", "strict"])
def test_an_owner_alone_binds_itself_to_more_and_hides_or_shows_itself(stage: Stage, start: dict[str, Any]) -> None:
    """`reporter` can only be added, the hiding labels set or cleared. Each refused field is named."""
    bundle, changes = directory(**start), list[str]()
    stage.load(bundle)
    for label, values in VALUES.items():
        for value in values:
            owner, path = As(stage.client, HOUSE, (READ, WRITE)), f"organizations/{HOUSE}"
            profile = owner.get(path).json()["coalition"]
            coalition = {name: kept for name, kept in {**profile, label: value}.items() if kept is not None}
            before, now = stated(profile), stated(coalition)
            changed = [name for name in LABELS if now[name] != before[name]]
            refused = [f"/coalition/{name}" for name in changed if not moves_alone(name, before[name], now[name])]
            version = stage.version()

            answer = owner.change(path, name="Renamed", coalition=coalition)

            assert answer.status_code == (403 if refused else 200), (label, value, answer.text)
            assert sorted(errors_of(answer)) == sorted(refused)
            if refused:
                assert all("make a proposal" in detail for detail in errors_of(answer).values())
                assert stage.version() == version
            else:
                assert stated(owner.get(path).json()["coalition"]) == now
                changes += changed
                stage.load(bundle)
    assert sorted(set(changes)) == sorted([*VISIBILITY, *(ALONE if start is OPEN else ())])


@pytest.mark.parametrize("way", ["left out", "null"])
def test_a_record_without_its_declaration_is_a_change_of_labels(client: Client, way: str) -> None:
    """An organization of unknown kind is kept out by no refusal of its kind."""
    owner = As(client, HOUSE, (READ, WRITE))
    body = owner.get(f"organizations/{HOUSE}").json() | {"coalition": None}
    if way == "left out":
        del body["coalition"]

    refused = owner.put(f"organizations/{HOUSE}", body, if_match="*")

    assert refused.status_code == 403
    assert sorted(errors_of(refused)) == ["/coalition/basis", "/coalition/kind", "/coalition/membership"]


def test_what_is_not_a_label_stays_the_owners(client: Client) -> None:
    """Whom it authorized, which forms it takes, where it lies, who declared what and when."""
    owner = As(client, HOUSE, (READ, WRITE))
    profile = owner.get(f"organizations/{HOUSE}").json()["coalition"]
    more = {"accepted_forms": ["roi-county"], "near": "travis", "declared": {"on": "2026-01-01", "by": "director"}}

    assert owner.change(f"organizations/{HOUSE}", coalition={**profile, **more}).status_code == 200


def test_no_house_settles_its_own_labels(client: Client) -> None:
    """Not with the scope, not for a department or a parent; a member of another house does, in the record itself."""
    for asker, about in ((HOUSE, HOUSE), (HOUSE, DEPARTMENT), (DEPARTMENT, HOUSE), (DEPARTMENT, DEPARTMENT)):
        admin = As(client, asker, ALL)
        profile = admin.get(f"organizations/{about}").json()["coalition"]
        refused = admin.change(f"organizations/{about}", coalition={**profile, "regimes": ["vawa"]})
        assert (refused.status_code, list(errors_of(refused))) == (403, ["/coalition/regimes"]), (asker, about)

    other = As(client, MEMBER, ALL)
    profile = other.get(f"organizations/{DEPARTMENT}").json()["coalition"]
    assert other.change(f"organizations/{DEPARTMENT}", coalition={**profile, "regimes": ["vawa"]}).status_code == 200
    without_scope = As(client, MEMBER, (READ, WRITE)).change(f"organizations/{DEPARTMENT}", coalition=profile)
    assert without_scope.status_code == 403


def test_no_house_is_left_or_entered_by_its_own_word(client: Client) -> None:
    """Else a department would leave, have its labels settled by its parent, and come back."""
    for asker, about, parent in (
        (HOUSE, DEPARTMENT, None),
        (DEPARTMENT, DEPARTMENT, None),
        (HOUSE, LISTED, HOUSE),
        (HOUSE, LISTED, DEPARTMENT),
    ):
        refused = As(client, asker, ALL).change(f"organizations/{about}", parent=parent)
        assert (refused.status_code, list(errors_of(refused))) == (403, ["/parent"]), (asker, about)

    assert As(client, MEMBER, ALL).change(f"organizations/{DEPARTMENT}", parent=None).status_code == 200
    assert As(client, MEMBER, ALL).change(f"organizations/{LISTED}", parent=HOUSE).status_code == 200


def test_a_new_department_has_no_labels_by_the_word_of_its_house(stage: Stage, client: Client) -> None:
    """It is there undeclared: disclosed, no member, bound by no law that is known; its labels wait as a proposal."""
    admin, body = As(client, HOUSE, ALL), {"name": "New desk", "parent": HOUSE}
    labels = {"basis": "community", "kind": "victim_services", "regimes": ["vawa"], "membership": "active"}

    refused = admin.add("organizations/new-desk", {**body, "coalition": labels})
    assert sorted(errors_of(refused)) == sorted(f"/coalition/{name}" for name in labels)
    assert admin.get("organizations/new-desk").status_code == 404

    assert admin.add("organizations/new-desk", body).status_code == 201
    directory = load_snapshot(stage.database.unit_of_work(writes=False))
    desk = directory.snapshot.organization("new-desk")
    assert exposure_level(basis=desk.basis, kind=desk.kind, regimes=desk.regimes) == "disclosed"
    assert (desk.membership, desk.regimes, desk.declared) == ("none", frozenset(), False)
    stage.serve()
    proposed = admin.propose(organization="new-desk", labels=labels)
    assert proposed.json()["present_labels"] == {**dict.fromkeys(LABELS), "regimes": [], **OPEN, "reporter": None,
                                                 "membership": "none"}  # fmt: skip
    assert As(client, DEPARTMENT, ALL).decide(proposed).status_code == 403
    assert As(client, MEMBER, ALL).decide(proposed).status_code == 200
    document = admin.get("organizations/new-desk").json()
    assert {**stated(document["coalition"]), "reporter": None} == stated(labels)


def test_who_may_make_no_organization_cannot_come_back_with_other_labels(client: Client) -> None:
    """An owner removes its record; a new one is for the coalition to add."""
    owner = As(client, DEPARTMENT, (READ, WRITE))
    body = owner.get(f"organizations/{DEPARTMENT}").json()
    assert owner.remove(f"organizations/{DEPARTMENT}").status_code == 204

    for scopes in ((READ, WRITE), ALL):
        again = As(client, DEPARTMENT, scopes).add(f"organizations/{DEPARTMENT}", body)
        assert again.status_code == 403, again.text


def test_labels_come_by_no_service_and_no_agreement(client: Client) -> None:
    """Writing a part of the record keeps the labels."""
    owner = As(client, UNLISTED, (READ, WRITE))
    before = owner.get(f"organizations/{UNLISTED}").json()["coalition"]

    assert owner.change("services/hh-beds", name="Beds").status_code == 200

    assert owner.get(f"organizations/{UNLISTED}").json()["coalition"] == before


@pytest.mark.parametrize(("asker", "about"), [(HOUSE, DEPARTMENT), (f"{DEPARTMENT}-two", DEPARTMENT)])
def test_no_house_removes_a_department_to_add_it_with_other_labels(stage: Stage, asker: str, about: str) -> None:
    """Neither its parent nor its neighbour; a member of another house does, and the department itself."""
    bundle = directory()
    bundle["organizations"].append(agency(f"{DEPARTMENT}-two", membership="active") | {"parent": HOUSE})
    client = stage.load(bundle)

    refused = As(client, asker, ALL).remove(f"organizations/{about}")
    assert refused.status_code == 403, refused.text
    assert As(client, MEMBER, (READ, WRITE)).remove(f"organizations/{about}").status_code == 403

    assert As(client, MEMBER, ALL).remove(f"organizations/{about}").status_code == 204


@pytest.mark.parametrize("remover", [DEPARTMENT, MEMBER], ids=["itself", "another house"])
def test_no_house_adds_a_removed_department_with_other_labels(client: Client, remover: str) -> None:
    """As it was, or bound to more, it may come back by its house; with all else by another, house and parent too."""
    path, house, other = f"organizations/{DEPARTMENT}", As(client, HOUSE, ALL), As(client, MEMBER, ALL)
    body = house.get(path).json()
    assert As(client, remover, ALL).remove(path).status_code == 204
    forged = {"kind": "cac", "regimes": ["vawa"]}

    for changes, refused in (
        ({"coalition": {**body["coalition"], **forged}}, ["/coalition/kind", "/coalition/regimes"]),
        ({"coalition": {**body["coalition"], **forged}, "parent": None},
         ["/coalition/kind", "/coalition/regimes", "/parent"]),
        ({"parent": None}, ["/parent"]),
        ({"coalition": None}, ["/coalition/basis", "/coalition/kind", "/coalition/membership"]),
    ):  # fmt: skip
        answer = house.add(path, {**body, **changes})
        assert (answer.status_code, sorted(errors_of(answer))) == (403, refused)
    assert house.add(path, body).status_code == 201

    assert house.get(path).json()["coalition"] == body["coalition"]
    assert other.remove(path).status_code == 204
    assert other.add(path, {**body, "coalition": {**body["coalition"], **forged}, "parent": None}).status_code == 201

    profile = house.get(path).json()["coalition"]
    assert house.change(path, coalition={**profile, "regimes": []}).status_code == 403
    assert house.remove(path).status_code == 403


def test_who_may_settle_no_labels_adds_no_organization(client: Client) -> None:
    """The scope for sessions of one's own organization opens nothing here, and without membership nor does any."""
    body = {"name": "New house", "coalition": {"basis": "community", "kind": "victim_services"}}
    for organization, scopes in ((HOUSE, (READ, WRITE, "organization:admin")), (OUTSIDER, ALL)):
        assert As(client, organization, scopes).add("organizations/new-house", body).status_code == 403

    assert As(client, HOUSE, ALL).add("organizations/new-house", body).status_code == 201
