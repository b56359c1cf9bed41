"""Words and codes: proposed by one agency, decided by whom `decided_by` names, with other meanings beside them."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from drawn_coalitions import drawn, same_for_outsiders
from loaded import Loader
from loop_builders import CLINIC, LEGAL, OUTSIDER, SENDER, SHELTER, Loop
from sqlalchemy import delete

from service.cli import run_command
from service.coalition import USUAL, AgencyWords, visible_directory_of
from service.coalition.use_cases.keep_proposals import list_proposals
from service.coalition.use_cases.list_due import list_due
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.proposal_tables import DirectoryProposal
from service.directory.store.proposals import Proposals

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
PATH = "/v1/vocabulary-proposals"
WORD = {"term": "Safe  House", "means": "emergency_shelter"}


def propose(loop: Loop, entry: dict[str, Any], organization: str = SENDER, **more: Any) -> Any:
    return loop.call("POST", PATH, organization, entry, **more)


def decide(loop: Loop, proposal: Any, organization: str, status: str = "accepted", **more: Any) -> Any:
    path = f"{PATH}/{proposal.json()['id']}"
    tag = loop.call("GET", path, organization).headers.get("etag", '"none"')
    return loop.call("PUT", f"{path}/decision", organization, {"status": status}, if_match=tag, **more)


def word_of(loop: Loop, slug: str) -> Any:
    return loop.call("GET", f"/v1/vocabulary/{slug}", SENDER)


def test_a_word_is_proposed_beside_its_other_meaning_and_decided(loop: Loop) -> None:
    """One word, two meanings, side by side; once it is accepted it stands in the vocabulary, and everybody is told."""
    first = propose(loop, WORD, LEGAL)
    assert first.status_code == 201, first.text
    assert first.json()["used_as"] == []
    assert decide(loop, first, CLINIC).json()["status"] == "accepted"
    loop.refresh()

    second = propose(loop, {**WORD, "means": "transitional_housing"}).json()

    assert second["proposed_by"] == SENDER
    assert second["entry"]["organization"] == SENDER
    assert second["used_as"] == [
        {"means": "emergency_shelter", "name": "emergency shelter", "organizations": [LEGAL]},
    ]
    assert word_of(loop, f"{SENDER}:safe house").status_code == 404
    accepted = decide(loop, loop.call("GET", f"{PATH}/{second['id']}"), CLINIC)
    assert accepted.json()["decision"]["by"] == CLINIC
    assert word_of(loop, f"{SENDER}:safe house").json()["means"] == "transitional_housing"
    assert "directory.changed" in loop.event_types(LEGAL)
    loop.refresh()
    words = loop.call("GET", "/v1/coalition/words", OUTSIDER).json()["words"]
    [split] = [word for word in words if word["term"] == "safe house"]
    assert [(meaning["means"], meaning["organizations"]) for meaning in split["meanings"]] == [
        ("emergency_shelter", [LEGAL]),
        ("transitional_housing", [SENDER]),
    ]
    due = loop.call("GET", "/v1/coalition/due", LEGAL).json()["items"]
    assert ("word_undecided", "/v1/vocabulary/legal:safe house") in [(item["kind"], item["href"]) for item in due]


def test_a_code_is_decided_by_whom_it_names(loop: Loop) -> None:
    """By that member alone; where `decided_by` names none, by any member with the scope. Declined adds nothing."""
    code = {"code": "surf_therapy", "name": "Surf therapy", "decided_by": LEGAL}
    proposal = propose(loop, code)

    due = loop.call("GET", "/v1/coalition/due", LEGAL).json()["items"]
    assert f"{PATH}/{proposal.json()['id']}" in [item["href"] for item in due]
    assert decide(loop, proposal, CLINIC).json()["code"] == "not_yours"
    assert decide(loop, proposal, SENDER).status_code == 403
    assert decide(loop, proposal, LEGAL, scopes="directory:read directory:write").json()["code"] == "missing_scope"
    assert decide(loop, proposal, LEGAL, "declined", scopes="directory:read directory:admin").status_code == 200
    assert word_of(loop, "surf_therapy").status_code == 404
    assert decide(loop, proposal, LEGAL, "declined").status_code == 200  # the same again
    assert decide(loop, proposal, LEGAL).json()["code"] == "not_from_here"

    board = propose(loop, {**code, "decided_by": "board"})
    assert decide(loop, board, CLINIC, scopes="directory:read directory:admin").status_code == 200
    assert word_of(loop, "surf_therapy").json()["decided_by"] == "board"
    loop.refresh()
    renamed = propose(loop, {**code, "name": "Surfing", "decided_by": LEGAL})  # the code's own word counts
    assert renamed.json()["decided_by"] == "board"


@pytest.mark.parametrize(
    ("entry", "organization", "status", "where"),
    [
        ({"term": "x"}, SENDER, 422, None),
        ({"term": "bed", "means": "no_such_code"}, SENDER, 422, "/means"),
        ({"code": "food", "name": "Food"}, SENDER, 422, "/code"),
        ({"term": "77 Hidden Hollow Road", "means": "food"}, SENDER, 422, "/term"),
        ({"term": "12 Elsewhere Street", "means": "food"}, SENDER, 422, "/term"),
        ({"code": "good_code", "name": "12 Elsewhere Street"}, SENDER, 422, "/name"),
        ({"term": "bed", "means": "food", "organization": LEGAL}, SENDER, 403, None),
        ({"term": "bed", "means": "food"}, OUTSIDER, 403, None),
        ({"code": 3, "decided_by": ["x"]}, OUTSIDER, 403, None),
        ({"code": 3, "decided_by": ["x"]}, SENDER, 422, None),
    ],
)
def test_what_cannot_be_proposed(
    loop: Loop, entry: dict[str, Any], organization: str, status: int, where: str | None
) -> None:
    """Whatever a change of the vocabulary would refuse, and names that read like an address, tell they one or not."""
    response = propose(loop, entry, organization)

    assert response.status_code == status, response.text
    assert where is None or where in [error["pointer"] for error in response.json()["errors"]]
    assert "Hollow" not in response.text


def test_the_order_of_refusals(loop: Loop) -> None:
    """404, 403, 428, 412, 409, 422."""
    proposal = propose(loop, {"term": "crib", "means": "emergency_shelter"})
    path = f"{PATH}/{proposal.json()['id']}/decision"

    assert loop.call("PUT", f"{PATH}/nothing/decision", CLINIC, {}).status_code == 404
    assert loop.call("PUT", path, OUTSIDER, {}).status_code == 403
    assert loop.call("PUT", path, CLINIC, {}).status_code == 428
    assert loop.call("PUT", path, CLINIC, {}, if_match='"old"').status_code == 412
    assert decide(loop, proposal, CLINIC, "perhaps").status_code == 422
    again = propose(loop, {"term": "CRIB", "means": "food"})
    assert again.json()["code"] == "conflict"


def test_an_unlisted_agency_s_proposals_are_for_members(loop: Loop) -> None:
    """To everybody else they are not here, and not counted."""
    document = propose(loop, {"term": "burrow", "means": "emergency_shelter"}, SHELTER).json()

    assert loop.call("GET", f"{PATH}/{document['id']}", LEGAL).status_code == 200
    hidden = loop.call("GET", f"{PATH}/{document['id']}", OUTSIDER)
    assert (hidden.status_code, hidden.text) == (404, loop.call("GET", f"{PATH}/nothing", OUTSIDER).text)
    inside, outside = (loop.call("GET", f"{PATH}?per_page=200", reader).json() for reader in (LEGAL, OUTSIDER))
    assert document["id"] in [item["id"] for item in inside["items"]]
    assert outside["total"] == len(outside["items"]) < inside["total"]
    assert SHELTER not in json.dumps(outside)


def test_an_entry_that_no_longer_fits_stays_open(loop: Loop) -> None:
    """Accepting it is 409, and nothing is half-written."""
    code = propose(loop, {"code": "brief_code", "name": "Brief"})
    assert decide(loop, code, CLINIC).status_code == 200
    word = propose(loop, {"term": "brief word", "means": "brief_code"})
    tag = word_of(loop, "brief_code").headers["etag"]
    assert loop.call("DELETE", "/v1/vocabulary/brief_code", if_match=tag).status_code == 204
    loop.refresh()

    assert decide(loop, word, CLINIC).json()["code"] == "conflict"
    assert loop.call("GET", f"{PATH}/{word.json()['id']}").json()["status"] == "open"


def test_a_private_address_told_elsewhere_is_due_for_whose_it_is_alone(loop: Loop) -> None:
    """By field and not by value; nobody else hears of it, whatever the scopes, nor of a guess that is none."""
    path = f"/v1/organizations/{LEGAL}"
    for road in ("77 Hidden Hollow Road", "78 Hidden Hollow Road"):
        response = loop.call("GET", path, LEGAL)
        body = {**response.json(), "description": f"Papers. Near {road}, Travis."}
        body.pop("notices", None)
        assert loop.call("PUT", path, LEGAL, body, if_match=response.headers["etag"]).status_code == 200
        items = {reader: due_of(loop, reader) for reader in (SHELTER, LEGAL, SENDER, OUTSIDER)}
        assert [len(items[reader]) for reader in (LEGAL, SENDER, OUTSIDER)] == [0, 0, 0]
        assert len(items[SHELTER]) == (road == "77 Hidden Hollow Road")
        for item in items[SHELTER]:
            assert (item["href"], item["organization"]) == (path, SHELTER)
            assert "/description" in item["plain"]
            assert "Hollow" not in json.dumps(item)


def due_of(loop: Loop, organization: str) -> list[dict[str, Any]]:
    items = loop.call("GET", "/v1/coalition/due", organization).json()["items"]
    return [item for item in items if item["kind"] == "address_told_elsewhere"]


@pytest.mark.parametrize("seed", range(6))
def test_nothing_tells_of_what_an_outsider_may_not_see(loader: Loader, seed: int) -> None:
    """To the byte: split words, proposals and what is due of a directory without what is hidden; each has proposed."""
    agencies = [f"agency-{letter}" for letter in "abcdefg"]
    with loader.unit_of_work() as work:
        work.session.execute(delete(DirectoryProposal))
        for number, slug in enumerate(agencies):
            entry = {"code": f"code_{number}", "name": "House", "decided_by": agencies[number - 3]}
            labels = {"organization": agencies[number - 2], "labels": {"reporter": "child"}}
            for place, (resource, name, content) in enumerate(
                [("vocabulary", entry["code"], entry), ("organizations", agencies[number - 2], labels)]
            ):
                Proposals(work.session, None).add(
                    id=f"{2 * number + place:036}", organization=slug, resource=resource, slug=name, entry=content,
                    status="open", proposed_on=AT.date() - timedelta(days=number),
                )  # fmt: skip
        work.commit()

    def answer(directory: DirectorySnapshot, outsider: str) -> str:
        visible, work = visible_directory_of(directory, outsider), loader.unit_of_work(writes=False)
        page = list_proposals(work, visible, status=None, page=1, per_page=50)
        slugs = {item["entry"].get("organization", item["proposed_by"]) for item in page.document["items"]}
        assert slugs <= visible.organizations.keys()
        return json.dumps(
            [AgencyWords(visible).document(), page.document, list_due(work, visible, AT, USUAL).document()]
        )

    compared = same_for_outsiders(loader, seed, answer)
    members = visible_directory_of(loader.serve(drawn(seed))[1], None)
    due = list_due(loader.unit_of_work(writes=False), members, AT, USUAL).items()
    assert compared == 0 or any(item.href.startswith(PATH) for item in due)


def test_split_words_by_counting(loader: Loader) -> None:
    """Each word of random coalitions, held against its meanings counted one by one."""
    split = 0
    for seed in range(200):
        if seed >= 12 and split > 5:
            break
        bundle = drawn(seed)
        meant = {entry["organization"]: entry["means"] for entry in bundle["vocabulary"] if "term" in entry}
        words = AgencyWords(visible_directory_of(loader.serve(bundle)[1], None)).document()["words"]
        by_code = {code: sorted(entry for entry in meant if meant[entry] == code) for code in meant.values()}
        if len(by_code) > 1:
            split += 1
            [word] = words
            assert {meaning["means"]: meaning["organizations"] for meaning in word["meanings"]} == by_code
        else:
            assert words == []
    assert split > 5


def test_from_a_terminal(loop: Loop, tmp_path: Any, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Propose, list, decide; words side by side, for people too."""
    monkeypatch.setenv("REFERRAL_ROUTER_ADDRESS_KEY", "b" * 43 + "=")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"")))

    def run(*arguments: str) -> tuple[int, str]:
        status = run_command([*arguments, "--database", loop.settings.database])
        printed = capfdbinary.readouterr()
        return status, (printed.out + printed.err).decode()

    entry = tmp_path / "entry.json"
    entry.write_text(json.dumps({"term": "porch", "means": "detox"}))
    status, output = run("proposal", "make", str(entry), "--as", SENDER)
    assert status == 0, output
    document = json.loads(output)
    assert document["id"] in run("proposal", "list", "--as", LEGAL)[1]
    assert run("proposal", "decide", document["id"], "accepted", "--as", OUTSIDER)[0] == 1
    assert '"accepted"' in run("proposal", "decide", document["id"], "accepted", "--as", LEGAL)[1]
    entry.write_text(json.dumps({"term": "porch", "means": "nothing_such"}))
    assert run("proposal", "make", str(entry), "--as", LEGAL)[0] == 1
    entry.write_text(json.dumps({"term": "porch", "means": "food"}))
    assert run("proposal", "decide", json.loads(run("proposal", "make", str(entry), "--as", LEGAL)[1])["id"],
               "accepted", "--as", LEGAL)[0] == 0  # fmt: skip
    entry.write_text(json.dumps({"organization": CLINIC, "labels": {"kind": "health"}}))
    labels = json.loads(run("proposal", "make", str(entry), "--as", CLINIC)[1])
    assert labels["present_labels"]["kind"] == "victim_services"
    assert labels["id"] in run("proposal", "list", "--as", LEGAL)[1]
    assert run("proposal", "decide", labels["id"], "accepted", "--as", CLINIC)[0] == 1
    assert '"accepted"' in run("proposal", "decide", labels["id"], "accepted", "--as", LEGAL)[1]
    entry.write_text(json.dumps({"labels": {"kind": "nothing_such"}}))
    assert run("proposal", "make", str(entry), "--as", CLINIC)[0] == 1
    words = run("words")[1]
    assert "porch" in words
    assert "detox: Hotline" in words
