"""Names taken out of sight, whom an organization authorized, and the work for what is hidden: nothing tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from access_builders import LISTED, MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ADMIN, ALL, READ, WRITE, As, Stage, errors_of, staged
from httpx import Client, Response
from sqlalchemy import event

SERVICE = {"name": "x", "status": "active", "referral": {"types": ["food"]}}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("names")) as stage:
        yield stage


@pytest.fixture
def client(stage: Stage) -> Client:
    return stage.load(coalition())


@pytest.fixture
def call(client: Client) -> Any:
    return lambda organization, *scopes: As(client, organization, scopes)


def content(answer: Response, name: str) -> tuple[int, str]:
    return answer.status_code, answer.text.replace(name, "NAME")


@pytest.mark.parametrize(("part", "taken"), [("services", "hh-beds"), ("locations", "canary-place")])
def test_a_part_under_a_hidden_name_is_answered_as_one_under_a_free_name(call: Any, part: str, taken: str) -> None:
    """Whether a hidden organization has it or nobody, a name that is not its own is refused; its own is taken."""
    outsider = call(OUTSIDER, READ, WRITE)
    own = outsider.get(f"organizations/{OUTSIDER}").json()
    item = SERVICE if part == "services" else {"location_type": "physical"}

    def with_part(name: str) -> Response:
        parts = [*own.get(part, ()), {"slug": name, **item}]
        return outsider.put(f"organizations/{OUTSIDER}", own | {part: parts}, if_match="*")

    hidden, free = with_part(taken), with_part("free-name")

    assert hidden.status_code == 422
    assert content(hidden, taken) == content(free, "free-name")
    assert list(errors_of(free)) == [f"/{part}/{len(own.get(part, ()))}/slug"]
    assert with_part(f"{OUTSIDER}--more").status_code == 200


@pytest.mark.parametrize(
    ("kind", "taken", "body"),
    [
        ("services", "hh-beds", {**SERVICE, "organization": OUTSIDER}),
        (
            "agreements",
            "mou-1",
            {"between": [OUTSIDER, LISTED], "level": "cooperation", "type": "mou", "status": "draft"},
        ),
    ],
)
def test_an_object_under_a_hidden_name_is_answered_as_one_under_a_free_name(
    call: Any, kind: str, taken: str, body: dict[str, Any]
) -> None:
    """To who does not see all; members name as they like."""
    outsider = call(OUTSIDER, READ, WRITE)

    hidden, free = outsider.add(f"{kind}/{taken}", body), outsider.add(f"{kind}/free-name", body)

    assert hidden.status_code == 404
    assert content(hidden, taken) == content(free, "free-name")
    assert outsider.add(f"{kind}/{OUTSIDER}--own", body).status_code == 201
    assert call(MEMBER, *ALL).add(f"{kind}/free-name", body).status_code == 201


def test_who_authorized_an_organization_is_not_told_when_it_goes(stage: Stage) -> None:
    """It goes as if nobody had authorized it, and what it was authorized to see ends with it."""
    bundle = coalition()
    bundle["organizations"] += [agency("guest", membership="active"), agency("stranger", membership="active")]
    bundle["organizations"][0]["coalition"]["operator_authorised"].append("guest")
    client = stage.load(bundle)
    admin = As(client, MEMBER, (READ, WRITE, ADMIN))

    gone = [admin.remove(f"organizations/{name}") for name in ("guest", "stranger")]

    assert [(answer.status_code, answer.content) for answer in gone] == [(204, b"")] * 2
    house = As(client, UNLISTED, (READ, WRITE)).get(f"organizations/{UNLISTED}").json()
    assert house["coalition"]["operator_authorised"] == ["tri-county-hotline"]
    assert admin.add("organizations/guest", {"name": "Guest"}).status_code == 201
    assert "locations" not in As(client, "guest", (READ,)).get(f"organizations/{UNLISTED}").json()


@contextmanager
def work_of(stage: Stage) -> Iterator[list[tuple[str, int]]]:
    """Note each statement and how many rows its result gave."""
    done: list[tuple[str, int]] = []
    engine = stage.database.engine

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        done.append((statement, cursor.rowcount))

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield done
    finally:
        event.remove(engine, "after_cursor_execute", note)


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("organizations", UNLISTED),
        ("services", "hh-beds"),
        ("agreements", "mou-1"),
        ("vocabulary", f"{UNLISTED}:safe%20house"),
    ],
)
def test_hidden_and_missing_take_the_same_work(stage: Stage, call: Any, kind: str, hidden: str, method: str) -> None:
    """The same statements, one after another, which give the same numbers of rows."""
    outsider = call(OUTSIDER, READ, WRITE)
    work = []
    for name in (hidden, "no-such-name" if kind != "vocabulary" else f"{UNLISTED}:no%20term"):
        with work_of(stage) as done:
            answer = outsider.put(f"{kind}/{name}", {}, if_match="*") if method == "put" else getattr(outsider, method)(f"{kind}/{name}", if_match="*")  # fmt: skip  # noqa: E501
        assert answer.status_code == 404
        work.append(done)

    assert work[0]
    assert work[0] == work[1]


def test_a_name_that_begins_with_another_organizations_slug_is_that_organizations(call: Any) -> None:
    """Not even a member gives it away: to who does not see the object, its own name would be taken."""
    member = call(MEMBER, *ALL)
    name = f"{OUTSIDER}--beds"
    own = member.get(f"organizations/{UNLISTED}").json()

    alone = member.add(f"services/{name}", {**SERVICE, "organization": UNLISTED})
    nested = member.put(
        f"organizations/{UNLISTED}", own | {"services": [*own["services"], {"slug": name, **SERVICE}]}, if_match="*"
    )

    assert alone.status_code == nested.status_code == 422
    assert list(errors_of(alone)) == ["/slug"]
    assert list(errors_of(nested)) == [f"/services/{len(own['services'])}/slug"]
    assert member.add(f"services/{name}", {**SERVICE, "organization": OUTSIDER}).status_code == 201
    assert member.add("services/more--beds", {**SERVICE, "organization": UNLISTED}).status_code == 201


@pytest.mark.parametrize("referred_to", [True, False])
def test_what_is_hidden_does_not_hold_an_organization_back(stage: Stage, referred_to: bool) -> None:
    """Whether hidden organizations name it or none does, its removal is answered alike; none of them opens by that."""
    bundle = coalition()
    house, department = (
        bundle["organizations"][0],
        next(row for row in bundle["organizations"] if row["id"] == "department"),
    )
    bundle["agreements"] = [row for row in bundle["agreements"] if OUTSIDER not in row["between"]]
    if referred_to:
        house["services"][0]["referral"]["accepts_from"] = [OUTSIDER]
        department |= {"parent": OUTSIDER}
        department["coalition"]["listed"] = "coalition"
    client = stage.load(bundle)

    gone = As(client, OUTSIDER, (READ, WRITE)).remove(f"organizations/{OUTSIDER}")

    assert (gone.status_code, gone.content) == (204, b"")
    member = As(client, MEMBER, ALL)
    if referred_to:
        slug = house["services"][0]["id"]
        assert member.get(f"services/{slug}").json()["referral"]["accepts_from"] == [UNLISTED]
        assert "parent" not in member.get("organizations/department").json()


def test_who_sees_what_refers_to_an_organization_is_told(call: Any) -> None:
    """A member removes nothing that a hidden organization names, and reads which one it is."""
    member = call(MEMBER, *ALL)
    assert member.change("services/hh-beds", referral={"types": ["emergency_shelter"], "accepts_from": ["listed-x"]}).status_code == 422  # fmt: skip  # noqa: E501
    changed = member.change("services/hh-beds", referral={"types": ["food"], "accepts_from": [MEMBER]})
    assert changed.status_code == 200, changed.text

    refused = member.remove(f"organizations/{MEMBER}")

    assert refused.status_code == 409
    assert "services/hh-beds" in refused.json()["detail"]
