"""A change of the directory is told to those who may see it, as far as they may; ends are told in time, once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bundle_builders import bundle_bytes, good_bundle
from sqlalchemy import select, update

import service.webhooks.lifecycle_events  # noqa: F401 - what a program that delivers knows
from service.database.field_cipher import AddressCipher, build_secret_vault
from service.database.outbox.tables import Event, Timer
from service.database.outbox.timers import fire_next, set_standing
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.directory import events as directory_events
from service.directory.policy_events import announce_policy
from service.directory.standard.identity import id_of
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import AGREEMENTS, ORGANIZATIONS, get_object
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import delete_object, put_object
from service.documents.entity_tags import Condition
from service.security import Caller, build_caller
from service.settings import Settings
from service.webhooks.fan_out import place_events
from service.webhooks.read_events import read_events

HOUSE, HOTLINE, OUTSIDER = "harbor-house", "tri-county-hotline", "nobody-at-all"
HOUSE_ID, HOTLINE_ID = id_of("organization", HOUSE), id_of("organization", HOTLINE)
ANYTHING = Condition(frozenset("*"))


def caller(organization: str) -> Caller:
    scopes = ["directory:read", "directory:write", "directory:admin"]
    return build_caller(organization=organization, scopes=scopes)


class Readers:
    """What organizations are told of changes."""

    def __init__(self, work: UnitOfWork, cipher: AddressCipher, settings: Settings) -> None:
        self.work, self._secrets = work, build_secret_vault(settings)
        self._cursors: dict[str, str | None] = {}

    def to(self, organization: str, type_name: str = "directory.changed") -> list[Any]:
        """Return what an organization reads that it has not read before."""
        place_events(self.work)
        page = read_events(self.work, self._secrets, organization, after=self._cursors.get(organization), limit=200)
        self._cursors[organization] = page.cursor
        return [event["data"] for event in page.events if event["type"] == type_name]

    def organizations(self, organization: str) -> list[list[str]]:
        return [data["organizations"] for data in self.to(organization)]


@pytest.fixture
def readers(unit_of_work: UnitOfWork, cipher: AddressCipher, settings: Settings) -> Readers:
    """A loaded coalition: the house is unlisted and private, the hotline is a member; all is read so far."""
    load_bundle(unit_of_work, bundle_bytes(good_bundle()), replace=False)
    reading = Readers(unit_of_work, cipher, settings)
    for reader in (HOUSE, HOTLINE, OUTSIDER):
        assert len(reading.to(reader)) == 1
    return reading


def put(work: UnitOfWork, writer: str, kind: str, key: str, document: Any) -> None:
    body = read_body(kind, json.dumps(document).encode())
    put_object(work, caller(writer), kind, key, body=body, condition=ANYTHING)


def change(work: UnitOfWork, writer: str, kind: str, key: str, **fields: Any) -> None:
    document = dict(get_object(work, caller(writer), kind, key).document)
    document |= fields
    put(work, writer, kind, key, document)


def test_a_change_is_told_to_who_may_see_it(readers: Readers) -> None:
    """An unlisted organization's change: to members and itself. A listed one's: to everybody."""
    change(readers.work, HOUSE, ORGANIZATIONS, HOUSE, description="Changed.")
    assert readers.organizations(HOUSE) == readers.organizations(HOTLINE) == [[HOUSE_ID]]
    assert readers.organizations(OUTSIDER) == []

    change(readers.work, HOTLINE, ORGANIZATIONS, HOTLINE, description="Changed.")
    assert [readers.organizations(reader) for reader in (HOUSE, HOTLINE, OUTSIDER)] == [[[HOTLINE_ID]]] * 3


def test_the_same_again_is_no_event(readers: Readers) -> None:
    """Neither a load nor a PUT that changes nothing."""
    load_bundle(readers.work, bundle_bytes(good_bundle()), replace=False)
    change(readers.work, HOTLINE, ORGANIZATIONS, HOTLINE)

    assert readers.to(HOTLINE) == []


def test_what_was_refused_is_no_event(readers: Readers) -> None:
    """A deletion that something refers to is rolled back with all that it would tell."""
    with pytest.raises(Exception, match="refers"):
        delete_object(readers.work, caller(HOTLINE), ORGANIZATIONS, HOTLINE, condition=ANYTHING)

    assert readers.to(HOTLINE) == []


def test_a_private_place_that_changes_is_told_to_its_own_organization_alone(readers: Readers) -> None:
    """Not that it changed, nor when."""
    place = good_bundle()["organizations"][0]["locations"][0]
    document = dict(get_object(readers.work, caller(HOUSE), ORGANIZATIONS, HOUSE).document)
    document["locations"] = [{**place, "name": "The green house"}]
    put_object(
        readers.work,
        caller(HOUSE),
        ORGANIZATIONS,
        HOUSE,
        body=read_body(ORGANIZATIONS, json.dumps(document).encode()),
        condition=ANYTHING,
    )

    assert readers.organizations(HOUSE) == [[HOUSE_ID]]
    assert readers.organizations(HOTLINE) == readers.organizations(OUTSIDER) == []


def test_an_agreement_is_told_to_who_may_see_it(readers: Readers) -> None:
    """An agreement with an unlisted party is no more seen by others than that party is."""
    agreements = [agreement["id"] for agreement in good_bundle()["agreements"]]
    between = [agreement["between"] for agreement in good_bundle()["agreements"] if HOUSE in agreement["between"]]
    assert between
    change(readers.work, HOTLINE, AGREEMENTS, agreements[0], expires="2031-01-01")

    assert readers.organizations(HOUSE) == readers.organizations(HOTLINE)
    assert readers.organizations(OUTSIDER) == []


def test_the_same_event_is_cut_to_each_reader_when_it_reads(readers: Readers) -> None:
    """What became unlisted meanwhile is named to outsiders no more."""
    change(readers.work, HOTLINE, ORGANIZATIONS, HOTLINE, description="Changed.")
    document = dict(get_object(readers.work, caller(HOTLINE), ORGANIZATIONS, HOTLINE).document)
    document["coalition"] = {**document["coalition"], "listed": "coalition"}
    put_object(
        readers.work,
        caller(HOTLINE),
        ORGANIZATIONS,
        HOTLINE,
        body=read_body(ORGANIZATIONS, json.dumps(document).encode()),
        condition=ANYTHING,
    )

    assert readers.organizations(OUTSIDER) == []
    assert readers.organizations(HOUSE) == [[HOTLINE_ID]] * 2


def test_an_import_tells_too(readers: Readers, tmp_path: Path) -> None:
    """Whoever changes anything."""
    organization = {"id": "11111111-1111-4111-8111-111111111111", "name": "County Pantry", "description": "Food."}
    (tmp_path / "organizations.json").write_text(json.dumps([organization]))

    import_hsds(readers.work, tmp_path, source="county")

    assert readers.organizations(OUTSIDER) == [[organization["id"]]]


@pytest.fixture
def dated(readers: Readers) -> date:
    """Today; the house's agreement ends in 30 days, the hotline's declaration is due for review."""
    today = datetime.now(UTC).date()
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", expires=(today + timedelta(days=30)).isoformat())
    document = dict(get_object(readers.work, caller(HOUSE), ORGANIZATIONS, HOUSE).document)
    declared = {"on": "2025-01-01", "by": "director", "review_by": (today - timedelta(days=1)).isoformat()}
    document["coalition"] = {**document["coalition"], "declared": declared}
    document["contacts"] = [{**document["contacts"][0], "since": "2024-01-01",
                             "until": (today + timedelta(days=20)).isoformat()}]  # fmt: skip
    put_object(
        readers.work,
        caller(HOUSE),
        ORGANIZATIONS,
        HOUSE,
        body=read_body(ORGANIZATIONS, json.dumps(document).encode()),
        condition=ANYTHING,
    )
    return today


KINDS = ("agreement.ending", "agreement.ended", "contact.term_ending", "declaration.review_due")


def ends(work: UnitOfWork) -> list[Any]:
    """Return the events of ends, in any order."""
    with work:
        return list(work.session.execute(select(table_of(Event)).where(table_of(Event).c.type.in_(KINDS))))


def fire(work: UnitOfWork) -> list[int]:
    """Fire the standing timers now; return how many ends were told after each."""
    set_standing(work)
    with work:
        timers = table_of(Timer)
        past = datetime.now(UTC) - timedelta(seconds=1)
        work.session.execute(update(timers).where(timers.c.kind == "directory.dates").values(due_at=past))
        work.commit()
    counts = []
    while fire_next(work):
        counts.append(len(ends(work)))
    return counts


def test_ends_are_told_once_to_whom_they_concern(readers: Readers, dated: date) -> None:
    """Agreements to their parties; terms and reviews to the organization itself; again only with another day."""
    for _ in range(2):
        fire(readers.work)

    place_events(readers.work)
    events = ends(readers.work)
    assert sorted(event.type for event in events) == [
        "agreement.ending", "contact.term_ending", "declaration.review_due",
    ]  # fmt: skip
    days = {event.type: event.data["on"] for event in events}
    assert days["agreement.ending"] == (dated + timedelta(days=30)).isoformat()
    assert readers.to(HOTLINE, "agreement.ending")[0]["on"] == days["agreement.ending"]
    assert readers.to(OUTSIDER, "agreement.ending") == []
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", expires=(dated - timedelta(days=2)).isoformat())
    fire(readers.work)
    assert [data["on"] for data in readers.to(HOTLINE, "agreement.ended")] == [(dated - timedelta(days=2)).isoformat()]


@pytest.mark.parametrize("at_once", [1, 2])
def test_many_ends_are_told_in_turns(
    readers: Readers, dated: date, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """A few in a transaction, so that others write in between; all without a pause, and then the next look is later."""
    monkeypatch.setattr(directory_events, "ENDS_AT_ONCE", at_once)
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", expires=(dated + timedelta(days=3)).isoformat())

    counts = fire(readers.work)

    assert sorted({*counts} - {0}) == ([1, 2, 3] if at_once == 1 else [2, 3])
    assert fire(readers.work)[-1] == 3
    timers = table_of(Timer)
    with readers.work as work:
        [due] = work.session.execute(select(timers.c.due_at).where(timers.c.kind == "directory.dates")).scalars()
    assert due > datetime.now(UTC)


def test_an_agreement_ends_when_its_last_day_is_over(readers: Readers) -> None:
    """On its last day it is ending; nobody is told of an end of more than a month ago, nor of one in three months."""
    here, types = datetime.now(ZoneInfo(good_bundle()["coalition"]["timezone"])).date(), dict[int, list[str]]()
    fire(readers.work)
    for days in (-31, -30, -1, 0, 60, 61):
        before = {event.id for event in ends(readers.work)}
        change(readers.work, HOTLINE, AGREEMENTS, "mou-1", expires=(here + timedelta(days=days)).isoformat())
        fire(readers.work)
        types[days] = [event.type for event in ends(readers.work) if event.id not in before]

    ended, ending = ["agreement.ended"], ["agreement.ending"]
    assert types == {-31: [], -30: ended, -1: ended, 0: ending, 60: ending, 61: []}


def test_who_has_not_signed_is_told_of_no_end(readers: Readers, dated: date) -> None:
    """An agreement that is suspended neither ends nor is ending; signed again, it is."""
    for status, count in (("suspended", 2), ("signed", 3)):
        change(readers.work, HOTLINE, AGREEMENTS, "mou-1", status=status)
        fire(readers.work)

        assert len(ends(readers.work)) == count


def test_an_agreement_that_is_ended_by_hand_is_told_once(readers: Readers, dated: date) -> None:
    """In the same transaction, with its day, to its parties alone; not again where its last day was told before."""
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", status="suspended")
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", status="ended")
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", level="coordination")
    here = datetime.now(ZoneInfo(good_bundle()["coalition"]["timezone"])).date()
    assert [data["on"] for data in readers.to(HOTLINE, "agreement.ended")] == [here.isoformat()]
    assert readers.to(OUTSIDER, "agreement.ended") == []

    past = (dated - timedelta(days=2)).isoformat()
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", status="signed", expires=past)
    fire(readers.work)
    assert [data["on"] for data in readers.to(HOTLINE, "agreement.ended")] == [past]
    change(readers.work, HOTLINE, AGREEMENTS, "mou-1", status="ended")
    fire(readers.work)
    assert readers.to(HOTLINE, "agreement.ended") == []


def test_terms_and_reviews_are_the_organizations_own(readers: Readers, dated: date) -> None:
    """Nobody else reads whose term ends, nor what is due for review."""
    fire(readers.work)

    assert readers.to(HOTLINE, "contact.term_ending") == readers.to(OUTSIDER, "contact.term_ending") == []
    assert len(readers.to(HOUSE, "contact.term_ending")) == 1


def test_other_rules_are_told_once(readers: Readers) -> None:
    """The first version is no change; each after it is one, whoever notices."""
    for version in ("a", "a", "b", "b"):
        announce_policy(readers.work, version)

    assert [data["id"] for data in readers.to(OUTSIDER, "policy.changed")] == ["b"]
