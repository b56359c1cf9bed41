"""Events about the directory: changed records and coming ends, each event cut to the reader's sight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, exists, select
from sqlmodel import Session

from service.database import clock
from service.database.outbox.outbox import EventType, append, declare_type
from service.database.outbox.tables import EVERYBODY, Announcement, Event
from service.database.outbox.timers import DueTimer, TimerType, declare_timer, schedule
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.database.upsert import insert_new
from service.directory.access import READ, Visibility
from service.directory.store.directory_tables import keys, of_type, read_zone, records, with_key
from service.directory.store.resources import Resources
from service.directory.store.stored_objects import day_in
from service.i18n import lifecycle_events, webhooks

MOST_NAMED = 1000
"""Beyond so many organizations, an event names none."""
NOTICE_DAYS = 60
LOOKS_BACK_DAYS = 30
"""How long after its day an end is still told, where nothing ran on that day."""
ENDS_AT_ONCE = 100
"""Ends told in a transaction: after a large directory is loaded there are thousands, and others write in between."""
_EXAMPLE = "5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11"
_announcements = table_of(Announcement)
_End = tuple[str, str, str, list[str], str]
"""Type, object, href, audience and day (YYYY-MM-DD) of an end to tell."""


def emit_directory_changed(unit_of_work: UnitOfWork) -> None:
    """Write the event of the transaction's changes to the directory, before the commit; no event without a change."""
    change_set, session = unit_of_work.change_set, unit_of_work.session
    if not change_set:
        return
    resources = Resources(session)
    among = set[str]().union(*change_set.agreements.values())
    of_agreements = {owner.slug: owner.id for owner in resources.owners_by_slug(among).values()}
    of_agreements |= {slug: row_id for row_id, (slug, _) in change_set.gone.items()}
    owner_ids = change_set.openly | change_set.to_members | change_set.privately | set(of_agreements.values())
    standings = {owner.id: (owner.slug, owner.visibility.listed) for owner in resources.owners(owner_ids).values()}
    standings |= change_set.gone
    parties = {
        key: {of_agreements[slug] for slug in slugs if slug in of_agreements}
        for key, slugs in change_set.agreements.items()
    }
    to_members = change_set.to_members - change_set.openly
    unlisted = {row_id: (standings[row_id][0], False) for row_id in to_members & standings.keys()}
    open_changes, inner_changes = [{row_id} for row_id in sorted(change_set.openly)], [{i} for i in sorted(unlisted)]
    about = {
        "together": [
            *(_entries(standings, change) for change in (*_few(open_changes, standings), *parties.values())),
            *(_entries(unlisted, change) for change in _few(inner_changes, unlisted)),
        ],
        "own": [entry for row_id in sorted(change_set.privately) for entry in _entries(standings, {row_id})],
        "shared": change_set.shared,
    }
    event_id = str(uuid4())
    append(session, CHANGED.name, object_id=event_id, href="/v1/organizations", audience=[EVERYBODY], about=about)
    _tell_ended(session, change_set.ended)


def _tell_ended(session: Session, ids: Collection[str]) -> None:
    """Tell the parties of agreements that were ended by hand, but not again of an end by date."""
    if not ids:
        return
    today = clock.now(session).astimezone(read_zone(session)).date()
    for row in session.execute(of_type("agreement", records.c.id.in_(ids)).order_by(records.c.id)).all():
        expires = day_in(row.document, "expires")
        day = today if expires is None else min(expires, today)
        _announce(session, _end_of(Resources(session), AGREEMENT_ENDED, row, day.isoformat()))


def _few(changes: list[set[str]], standings: Mapping[str, tuple[str, bool]]) -> list[set[str]]:
    """Return as many changes as tell a reader "more than MOST_NAMED": of listed and of unlisted organizations."""
    few: dict[bool, list[set[str]]] = {True: [], False: []}
    for change in changes:
        alike = few[all(row_id in standings and standings[row_id][1] for row_id in change)]
        if len(alike) <= MOST_NAMED:
            alike.append(change)
    return few[True] + few[False]


def _entries(standings: Mapping[str, tuple[str, bool]], ids: Iterable[str]) -> list[list[Any]]:
    return [[row_id, *standings[row_id]] for row_id in sorted(ids) if row_id in standings]


def _visible_changes(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Judge which of an event's organizations the reader may see, then and now."""
    about = event.about or {}
    together = about.get("together", [])
    ids = {entry[0] for entries in together for entry in entries}
    resources = Resources(session)
    now = {owner.id: owner.visibility for owner in resources.owners(ids).values()}
    reader = resources.reader(organization, frozenset({READ}))

    def sees(entry: list[Any]) -> bool:
        then = Visibility(entry[1], listed=entry[2], member=False)
        return reader.sees(then) and reader.sees(now.get(entry[0], then))

    visible: set[str] = set()
    for entries in together:
        own = any(entry[1] == organization for entry in entries)
        if own or all(map(sees, entries)):
            visible |= {entry[0] for entry in entries}
    visible |= {entry[0] for entry in about.get("own", []) if entry[1] == organization}
    if not visible and not about.get("shared"):
        return None
    return {"organizations": None if len(visible) > MOST_NAMED else sorted(visible)}


def _of_party(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Judge an agreement's event as for the agreement's present parties."""
    row = session.execute(of_type("agreement", records.c.id == event.object_id)).first()
    return event.data or {} if row is not None and organization in row.document["between"] else None


def _of_itself(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Judge an organization's event as the organization's own."""
    own = Resources(session).owners_by_slug([organization]).get(organization)
    return event.data or {} if own is not None and own.id == event.object_id else None


def _date_event(name: str, description: str, judge: Any, resource: str) -> EventType:
    day, href = {"type": "string", "format": "date"}, f"/v1/{resource}/{_EXAMPLE}"
    return declare_type(EventType(name, description, judge, href, data={"on": day}, example={"on": "2026-05-01"}))


CHANGED = declare_type(
    EventType(
        "directory.changed",
        webhooks.DIRECTORY_CHANGED,
        _visible_changes,
        "/v1/organizations",
        data={"organizations": {"type": ["array", "null"], "items": {"type": "string"}}},
        example={"organizations": [_EXAMPLE]},
    )
)
AGREEMENT_ENDING = _date_event("agreement.ending", lifecycle_events.AGREEMENT_ENDING, _of_party, "agreements")
AGREEMENT_ENDED = _date_event("agreement.ended", lifecycle_events.AGREEMENT_ENDED, _of_party, "agreements")
TERM_ENDING = _date_event("contact.term_ending", lifecycle_events.TERM_ENDING, _of_itself, "organizations")
REVIEW_DUE = _date_event("declaration.review_due", lifecycle_events.REVIEW_DUE, _of_itself, "organizations")


def _announce_dates(unit_of_work: UnitOfWork, due: DueTimer) -> None:
    """Tell untold ends that are near or past, `ENDS_AT_ONCE`; look again after midnight, every hour, and for more."""
    session = unit_of_work.session
    zone = read_zone(session)
    today = due.now.astimezone(zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    ends = [*islice(_ends(session, today), ENDS_AT_ONCE)]
    for end in ends:
        _announce(session, end)
    later = min(midnight.astimezone(UTC), due.now + timedelta(hours=1))
    schedule(session, due.timer_type, due.object_id, due.now if len(ends) == ENDS_AT_ONCE else later)


def _announce(session: Session, end: _End) -> None:
    """Tell an end, once."""
    event_type, object_id, href, audience, day = end
    name = _name_of(event_type, object_id, day)
    if insert_new(session, _announcements, {"name": name, "value": "", "at": clock.now(session)}):
        append(session, event_type, object_id=object_id, href=href, audience=audience, data={"on": day})


def _name_of(event_type: str, object_id: Any, day: Any) -> Any:
    """Return the name of an announcement, of values or of columns."""
    return event_type + " " + object_id + " " + day


def _end_of(resources: Resources, event_type: EventType, row: Any, day: str) -> _End:
    parties = resources.owners_by_slug(row.document["between"])
    audience = [slug for slug in row.document["between"] if slug in parties]
    return event_type.name, row.id, f"/v1/agreements/{row.id}", audience, day


def _ends(session: Session, today: date) -> Iterator[_End]:
    """Yield untold ends to tell on a day, at most `ENDS_AT_ONCE` of each type."""
    soon, before = today + timedelta(days=NOTICE_DAYS), today - timedelta(days=LOOKS_BACK_DAYS)
    resources = Resources(session)
    for event_type, first, last in (
        (AGREEMENT_ENDED, before, today - timedelta(days=1)), (AGREEMENT_ENDING, today, soon)
    ):  # fmt: skip
        for row in _agreements_by_day(session, event_type, first, last):
            yield _end_of(resources, event_type, row, row.value)
    for event_type, key, first, last in ((TERM_ENDING, "until", today, soon), (REVIEW_DUE, "review_by", before, today)):
        for row in _organizations_by_day(session, event_type, key, first, last):
            yield event_type.name, row.id, f"/v1/organizations/{row.id}", [row.slug], row.value


def _agreements_by_day(session: Session, event_type: EventType, first: date, last: date) -> Sequence[Any]:
    """Return signed agreements of whose last day (`value`) in a range nobody was told."""
    signed = with_key("agreement.status", "signed").where(keys.c.record_id == records.c.id).correlate(records)
    dated = keys.c.record_id == records.c.id, keys.c.name == "agreement.expires"
    query = of_type("agreement", signed.exists(), *dated).add_columns(keys.c.value)
    return _rows_to_tell(session, query, event_type, first, last)


def _organizations_by_day(session: Session, event_type: EventType, key: str, first: date, last: date) -> Sequence[Any]:
    """Return organizations with an untold day (`value`) under a key, in their own record or in one that they own."""
    owned_records = records.alias("owned")
    owned = keys.c.record_id == owned_records.c.id, owned_records.c.owner_id == records.c.id
    query = select(records.c.id, records.c.slug, keys.c.value).distinct()
    query = query.where(keys.c.name == owned_records.c.type + f".{key}", *owned)
    return _rows_to_tell(session, query, event_type, first, last)


def _rows_to_tell(
    session: Session, query: Select[Any], event_type: EventType, first: date, last: date
) -> Sequence[Any]:
    """Return rows of a query with a day (`value`) in a range and no announcement, the earliest days first."""
    announcement = exists().where(_announcements.c.name == _name_of(event_type.name, records.c.id, keys.c.value))
    query = query.where(keys.c.value.between(first.isoformat(), last.isoformat()), ~announcement)
    return session.execute(query.order_by(keys.c.value, records.c.id).limit(ENDS_AT_ONCE)).all()


DATES = declare_timer(TimerType("directory.dates", _announce_dates, standing=True))
