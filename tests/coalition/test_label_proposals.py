"""Labels proposed for an organization: settled by a member of another house, on the labels as they stand, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from access_builders import AUTHORISED, CANARIES, LISTED, MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ALL, READ, WRITE, As, Stage, build_client, errors_of
from httpx import Response
from sqlalchemy import Engine, delete, select

from service.coalition import USUAL, visible_directory_of
from service.coalition.use_cases.keep_proposals import list_proposals, read_proposal
from service.coalition.use_cases.list_due import list_due
from service.database.database import Database
from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.outbox import data_for
from service.database.outbox.tables import Event
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.store.proposal_tables import DirectoryProposal
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.read_directory import ORGANIZATIONS
from service.directory.use_cases.record_body import Body
from service.directory.use_cases.write_directory import put_in
from service.maintenance.show_legal_hold import show_legal_hold
from service.security import Caller
from service.settings import Settings

DEPARTMENT, NEWCOMER, PATH = "open-agency-desk", "newcomer", "vocabulary-proposals"
RACES = 8


@pytest.fixture
def stage(engine: Engine, cipher: AddressCipher, settings: Settings) -> Iterator[Stage]:
    """The coalition of the access tests on either database, with a department and an undeclared newcomer."""
    database = Database(engine, cipher, SecretCipher(cipher.keys))
    snapshots = Snapshots(database)
    with build_client(snapshots, settings) as client:
        stage = Stage(database, client, snapshots)
        stage.load(directory())
        stage.serve()
        yield stage


def directory() -> dict[str, Any]:
    bundle = coalition()
    department = agency(DEPARTMENT, membership="active") | {"parent": LISTED}
    bundle["organizations"] += [department, {"id": NEWCOMER, "name": "Newcomer"}]
    return bundle


@pytest.fixture
def call(stage: Stage) -> Callable[..., As]:
    """Speak as an organization, with all scopes of the directory unless some are named."""
    return lambda organization, *scopes: As(stage.client, organization, scopes or ALL)


def labels_of(reader: As, organization: str) -> dict[str, Any]:
    return dict(reader.get(f"organizations/{organization}").json().get("coalition", {}))


def test_labels_are_proposed_seen_beside_those_in_force_and_settled(stage: Stage, call: Any) -> None:
    """Nothing changes until then; then what was proposed stands, the rest as before, and whoever may see it is told."""
    before = labels_of(call(MEMBER), LISTED)
    proposed = call(LISTED, READ, WRITE).propose(labels={"kind": "legal", "regimes": ["vawa", "attorney"]})

    assert proposed.status_code == 201, proposed.text
    document = proposed.json()
    assert document["entry"] == {"organization": LISTED, "labels": {"kind": "legal", "regimes": ["vawa", "attorney"]}}
    assert (document["decided_by"], document["used_as"], document["status"]) == (None, [], "open")
    assert document["present_labels"] == {
        "basis": "community", "kind": "victim_services", "regimes": [], "reporter": None, "membership": "active",
        "listed": "public", "address_private": True,
    }  # fmt: skip
    assert labels_of(call(MEMBER), LISTED) == before
    loaded = named_by_events(stage, OUTSIDER)
    record = call(LISTED).get(f"organizations/{LISTED}").json()

    decided = call(MEMBER).decide(proposed)

    assert (decided.status_code, decided.json()["status"]) == (200, "accepted")
    assert decided.json()["present_labels"]["kind"] == "legal"
    record["coalition"] |= {"kind": "legal", "regimes": ["attorney", "vawa"]}
    assert call(LISTED).get(f"organizations/{LISTED}").json() == record
    assert "Leakcanary Annex" in json.dumps(record["locations"])
    assert not [canary for canary in CANARIES if canary in decided.text]
    assert named_by_events(stage, OUTSIDER) == [*loaded, [record["id"]]]
    assert [named_by_events(stage, reader)[-1] for reader in (MEMBER, LISTED)] == [[record["id"]]] * 2


def named_by_events(stage: Stage, organization: str) -> list[list[str]]:
    """Return the organizations that events of the directory name to a reader."""
    with stage.database.unit_of_work(writes=False) as work:
        rows = work.session.execute(select(Event).where(Event.type == "directory.changed")).scalars().all()
        events = [data_for(work.session, row, organization) for row in rows]
    return [list(data["organizations"]) for data in events if data is not None and data["organizations"]]


def test_a_change_of_an_unlisted_house_is_told_to_members(stage: Stage, call: Any) -> None:
    """And to itself, not to others."""
    loaded = {reader: named_by_events(stage, reader) for reader in (OUTSIDER, MEMBER, UNLISTED)}
    house = call(UNLISTED).get(f"organizations/{UNLISTED}").json()["id"]

    assert call(MEMBER).decide(call(UNLISTED).propose(labels={"reporter": "child_and_adult"})).status_code == 200

    for reader, before in loaded.items():
        assert named_by_events(stage, reader) == [*before, *([] if reader == OUTSIDER else [[house]])]


def test_nobody_decides_on_its_own_house_or_its_own_proposal(call: Any) -> None:
    """Whoever proposed: not the organization, not its house, not the proposer, not the proposer's house."""
    own = call(LISTED).propose(labels={"kind": "legal"})
    of_another = call(DEPARTMENT).propose(organization=MEMBER, labels={"kind": "legal"})

    for asker, proposal in (
        (LISTED, own), (DEPARTMENT, own), (OUTSIDER, own), ("nobody-at-all", own),
        (MEMBER, of_another), (DEPARTMENT, of_another), (LISTED, of_another), (OUTSIDER, of_another),
    ):  # fmt: skip
        for decision in ("accepted", "declined"):
            refused = call(asker).decide(proposal, decision)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_yours"), (asker, decision)
    assert call(MEMBER, READ, WRITE).decide(own).status_code == 403
    assert call(UNLISTED).decide(of_another, "declined").status_code == 200
    assert call(AUTHORISED).decide(own).status_code == 200


NOT_PROPOSED: list[tuple[str, dict[str, Any], int, str | None]] = [
    (LISTED, {"labels": {}}, 422, "/labels"),
    (LISTED, {"labels": {"kind": "canary"}}, 422, "/labels/kind"),
    (LISTED, {"labels": {"near": "travis"}}, 422, "/labels"),
    (LISTED, {"labels": {"kind": "legal"}, "term": "bed"}, 422, ""),
    (LISTED, {"labels": None}, 422, "/labels"),
    (MEMBER, {"organization": "not-here", "labels": {"kind": "legal"}}, 422, "/organization"),
    (MEMBER, {"organization": 5, "labels": {"kind": "legal"}}, 422, "/organization"),
    (MEMBER, {"organization": LISTED, "labels": {"address_private": False}}, 403, "/labels/address_private"),
    (NEWCOMER, {"labels": {"kind": "legal"}}, 422, "/labels/basis"),
    (NEWCOMER, {"organization": LISTED, "labels": {"kind": "legal"}}, 403, None),
    (OUTSIDER, {"organization": UNLISTED, "labels": {"kind": "legal"}}, 403, None),
    (OUTSIDER, {"organization": "not-here", "labels": {"kind": "canary"}}, 403, None),
    ("nobody-at-all", {"labels": {"kind": "legal"}}, 403, None),
]


def test_labels_that_cannot_be_proposed(call: Any) -> None:
    """A newcomer speaks for itself alone; who may not see a house is answered alike whether it is there or not."""
    for asker, body, status, where in NOT_PROPOSED:
        refused = call(asker).propose(**body)

        assert refused.status_code == status, (asker, body, refused.text)
        assert where is None or where in errors_of(refused), (asker, body, refused.text)
        assert "canary" not in refused.text


def test_an_undeclared_organization_is_declared_by_the_decision(call: Any) -> None:
    """It asked by itself, being no member."""
    proposed = call(NEWCOMER, READ, WRITE).propose(labels={"basis": "systems", "kind": "court", "membership": "active"})
    assert call(NEWCOMER).propose(labels={"basis": "community", "kind": "legal"}).json()["code"] == "conflict"

    assert call(MEMBER).decide(proposed).status_code == 200

    document = labels_of(call(MEMBER), NEWCOMER)
    assert (document["basis"], document["kind"], document["membership"], document["listed"]) == (
        "systems", "court", "active", "public",
    )  # fmt: skip


def test_labels_that_changed_since_are_decided_anew(call: Any) -> None:
    """By the owner alone or by the coalition: the tag that was seen is stale, and the new one says what changed."""
    proposed = call(LISTED).propose(labels={"regimes": ["vawa"]})
    changes = {LISTED: {"listed": "coalition"}, MEMBER: {"kind": "law_enforcement", "basis": "systems"}}
    for changer, change in changes.items():
        etag = call(MEMBER).get(f"{PATH}/{proposed.json()['id']}").headers["etag"]
        profile = labels_of(call(changer), LISTED)
        assert call(changer).change(f"organizations/{LISTED}", coalition={**profile, **change}).status_code == 200

        assert call(MEMBER).decide(proposed, if_match=etag).json()["code"] == "stale"
        assert "regimes" not in labels_of(call(MEMBER), LISTED)
        now = call(MEMBER).get(f"{PATH}/{proposed.json()['id']}").json()["present_labels"]
        assert {**now, **change} == now
    assert call(MEMBER).put(f"{PATH}/{proposed.json()['id']}/decision", {"status": "accepted"}).status_code == 428
    assert call(MEMBER).decide(proposed).status_code == 200


def test_an_organization_that_is_gone_has_no_proposal(stage: Stage, call: Any) -> None:
    """It is not brought back by one, and nobody is told of it."""
    proposed = call(NEWCOMER).propose(labels={"basis": "systems", "kind": "court"})
    path = f"{PATH}/{proposed.json()['id']}"
    assert call(NEWCOMER, READ, WRITE).remove(f"organizations/{NEWCOMER}").status_code == 204

    assert call(MEMBER).put(f"{path}/decision", {"status": "accepted"}, if_match="*").status_code == 404
    assert call(MEMBER).get(path).status_code == 404
    assert call(MEMBER).get(PATH).json()["total"] == 0
    assert call(MEMBER).get(f"organizations/{NEWCOMER}").status_code == 404
    stage.serve()
    assert call(MEMBER).propose(organization=NEWCOMER, labels={"kind": "court"}).status_code == 422


def test_a_proposal_about_a_hidden_house_is_hidden(stage: Stage, call: Any) -> None:
    """Whoever made it: in no list, count, legal hold or due item, and under its id as if it were not here."""
    hidden = call(LISTED).propose(organization=UNLISTED, labels={"reporter": "child_and_adult"}).json()["id"]
    open_id = call(LISTED).propose(labels={"kind": "legal"}).json()["id"]

    outsider, member = call(OUTSIDER, READ), call(MEMBER, READ)
    absent = outsider.get(f"{PATH}/nothing")
    assert (outsider.get(f"{PATH}/{hidden}").status_code, outsider.get(f"{PATH}/{hidden}").text) == (404, absent.text)
    pages = {name: reader.get(PATH).json() for name, reader in (("outsider", outsider), ("member", member))}
    assert [item["id"] for item in pages["outsider"]["items"]] == [open_id]
    assert (pages["outsider"]["total"], pages["member"]["total"]) == (1, 2)
    assert UNLISTED not in json.dumps(pages["outsider"])
    refused = call(OUTSIDER).put(f"{PATH}/{hidden}/decision", {"status": "accepted"}, if_match="*")
    assert (refused.status_code, refused.text) == (404, absent.text)
    snapshot, at = load_snapshot(stage.database.unit_of_work(writes=False)), datetime.now(UTC)
    for asker, rows in ((OUTSIDER, {}), (MEMBER, {"proposal": 1}), (UNLISTED, {"proposal": 1})):
        work, visible = stage.database.unit_of_work(writes=False), visible_directory_of(snapshot, asker, frozenset(ALL))
        assert show_legal_hold(work, Settings(), visible, at, hidden).held == rows
        due = list_due(stage.database.unit_of_work(writes=False), visible, at, USUAL).items()
        assert [row.organization for row in due if hidden in row.href] == ([UNLISTED] if rows else [])


def test_a_list_is_cut_by_the_directory_as_it_is(stage: Stage, call: Any) -> None:
    """A house that went out of sight since the version in memory was read is in no list."""
    call(LISTED).propose(labels={"kind": "legal"})
    older = visible_directory_of(load_snapshot(stage.database.unit_of_work(writes=False)), OUTSIDER)
    profile = labels_of(call(LISTED), LISTED)
    call(LISTED, READ, WRITE).change(f"organizations/{LISTED}", coalition={**profile, "listed": "coalition"})

    page = list_proposals(stage.database.unit_of_work(writes=False), older, status=None, page=1, per_page=5)

    assert (page.document["total"], page.document["items"]) == (0, [])
    due = list_due(stage.database.unit_of_work(writes=False), older, datetime.now(UTC), USUAL).items()
    assert not [item for item in due if PATH in item.href]


def test_a_proposal_names_its_organization_by_id_or_slug(stage: Stage, call: Any) -> None:
    """Both are the same organization."""
    row = call(MEMBER).get(f"organizations/{LISTED}").json()
    visible = visible_directory_of(load_snapshot(stage.database.unit_of_work(writes=False)), MEMBER)
    for name in (row["id"], row["slug"]):
        body = json.dumps({"organization": name, "labels": {"kind": "legal"}}).encode()
        assert read_proposal(visible, Caller(MEMBER, frozenset(), "desk"), body).slug == LISTED


# --- races ------------------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], Response]) -> list[int]:
    """Do acts at the same moment; return the status of each answer."""
    start = Barrier(len(acts))

    def act(send: Callable[[], Response]) -> int:
        start.wait()
        return send().status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


def raced(stage: Stage, call: Any, other: Callable[[str, dict[str, Any], str], Response]) -> Iterator[list[int]]:
    """Race an acceptance with `other` (path and document of the proposal, tag), each time on a directory as new."""
    for _ in range(RACES):
        stage.load(directory())
        with stage.database.unit_of_work() as work:
            work.session.execute(delete(DirectoryProposal))
            work.commit()
        proposed = call(LISTED).propose(labels={"kind": "legal"})
        proposal = call(MEMBER).get(f"{PATH}/{proposed.json()['id']}")
        path, tag = f"{PATH}/{proposal.json()['id']}", proposal.headers["etag"]

        def accept(path: str = path, tag: str = tag) -> Response:
            return call(MEMBER).put(f"{path}/decision", {"status": "accepted"}, if_match=tag)

        yield at_once(accept, lambda path=path, proposal=proposal, tag=tag: other(path, proposal.json(), tag))  # type: ignore[misc]


def test_two_decisions_at_once_are_one(stage: Stage, call: Any) -> None:
    """The first is the decision; the second saw what is no longer so."""

    def decline(path: str, _: dict[str, Any], tag: str) -> Response:
        return call(AUTHORISED).put(f"{path}/decision", {"status": "declined"}, if_match=tag)

    for accepted, declined in raced(stage, call, decline):
        assert sorted((accepted, declined)) == [200, 412]
        [proposal] = call(MEMBER).get(PATH).json()["items"]
        assert proposal["status"] == ("accepted" if accepted == 200 else "declined")
        assert labels_of(call(MEMBER), LISTED)["kind"] == ("legal" if accepted == 200 else "victim_services")


def test_a_decision_and_a_change_of_the_labels_at_once_are_one(stage: Stage, call: Any) -> None:
    """Whichever comes second rests on labels that are no longer in force."""

    def change(_: str, __: dict[str, Any], ___: str) -> Response:
        return call(AUTHORISED).put(f"organizations/{LISTED}", bodies[0].json(), if_match=bodies[0].headers["etag"])

    bodies: list[Response] = []
    stage.load(directory())
    response = call(AUTHORISED).get(f"organizations/{LISTED}")
    document = response.json()
    document["coalition"]["kind"] = "law_enforcement"
    bodies.append(Response(200, headers=response.headers, json=document))

    for accepted, put in raced(stage, call, change):
        assert sorted((accepted, put)) == [200, 412]
        assert labels_of(call(MEMBER), LISTED)["kind"] == ("legal" if accepted == 200 else "law_enforcement")


def test_a_decision_and_a_removal_at_once_are_one(stage: Stage, call: Any) -> None:
    """A removed organization stays removed; one with new labels was not what was to be removed."""
    for accepted, removed in raced_removals(stage, call):
        assert (accepted, removed) in ((200, 412), (404, 204))
        here = call(MEMBER).get(f"organizations/{NEWCOMER}").status_code
        assert here == (200 if accepted == 200 else 404)


def raced_removals(stage: Stage, call: Any) -> Iterator[tuple[int, int]]:
    for _ in range(RACES):
        stage.load(directory())
        stage.serve()
        with stage.database.unit_of_work() as work:
            work.session.execute(delete(DirectoryProposal))
            work.commit()
        proposed = call(NEWCOMER).propose(labels={"basis": "systems", "kind": "court"})
        etag = call(MEMBER).get(f"{PATH}/{proposed.json()['id']}").headers["etag"]
        record = call(NEWCOMER).get(f"organizations/{NEWCOMER}").headers["etag"]
        accepted, removed = at_once(
            lambda proposed=proposed, etag=etag: call(MEMBER).decide(proposed, if_match=etag),  # type: ignore[misc]
            lambda record=record: call(NEWCOMER).delete(f"organizations/{NEWCOMER}", if_match=record),  # type: ignore[misc]
        )
        yield accepted, removed


def test_a_decision_waits_for_a_change_under_way(stage: Stage, call: Any) -> None:
    """It is held against the labels that the change leaves, not against those that it found."""
    proposed = call(LISTED).propose(labels={"regimes": ["vawa"]})
    etag = call(MEMBER).get(f"{PATH}/{proposed.json()['id']}").headers["etag"]
    document = call(AUTHORISED).get(f"organizations/{LISTED}").json()
    document["coalition"]["kind"] = "law_enforcement"
    admin, body = Caller(AUTHORISED, frozenset(ALL), "desk"), Body(document, misshapen=False)

    with ThreadPoolExecutor(1) as pool, stage.database.unit_of_work() as work:
        CoalitionRepository(work).wait_for_turn()
        put_in(work, admin, ORGANIZATIONS, LISTED, body=body, condition=None)
        deciding = pool.submit(lambda: call(MEMBER).decide(proposed, if_match=etag))
        with pytest.raises(TimeoutError):
            deciding.result(timeout=2)
        work.commit()

        assert deciding.result().json()["code"] == "stale"
    assert labels_of(call(MEMBER), LISTED)["kind"] == "law_enforcement"
