"""The directory out of the store, whole or what has changed of it: for routing, for the rules, and for people.

Without validation: what is stored was valid when it was stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, select

import policies
import routing
from routing import Schedule
from service.directory.access import topmost
from service.directory.standard.phone_numbers import switchboard
from service.infrastructure.database.bulk import chunks
from service.infrastructure.documents.fields import parse_duration
from service.infrastructure.garbage import no_collection
from service.words.languages import spoken_of
from service.words.vocabulary import ROUTED_TYPES, WEEKDAYS, normal_term

from . import records
from .directory_tables import OWNED_TYPES, AnyRow, gone_records, is_zone_assumed, read_coalition, read_rows
from .directory_tables import records as records_table
from .record_documents import parts_of, unit_name, with_places

_SAID = ("freq", "interval", "byday", "opens_at", "closes_at", "valid_from", "valid_to", "dtstart")
_BOUNDS = ("until", "count", "byweekno", "bymonthday", "byyearday")
_Position = tuple[float, float] | None
Part = Mapping[str, Any]
Shared = Callable[[Any], Any]
"""Gives back a value that was met before and equals the given one, so that equal values are held once."""
_HELD = ("organization", "area", "agreement", "release_form", "form_group", "vocabulary_term")
"""Types of records of which all rows are held at once; of services and their places none is."""


def schedule_of(part: Mapping[str, Any]) -> Schedule:
    """Return a schedule of a document as weekly hours, or as an unread form (`weekdays` None). Pure.

    Read are plain weekly schedules with days and both times. The first event (`dtstart`) of a weekly schedule bounds it
    from below, as `valid_from` does.

    >>> schedule_of({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}).weekdays
    frozenset({0})
    """
    return _schedule(tuple(map(part.get, _SAID)), bounded=any(part.get(name) for name in _BOUNDS))


@lru_cache(maxsize=10_000)  # a directory says the same hours again and again
def _schedule(said: tuple[Any, ...], *, bounded: bool) -> Schedule:
    freq, interval, byday, opens_at, closes_at, *days_given = said
    first, last, begun = (day and date.fromisoformat(day) for day in days_given)
    days = [day.strip() for day in (byday or "").split(",")]
    weekly = freq == "WEEKLY" and interval in (None, 1) and not bounded and set(days) <= set(WEEKDAYS)
    if not weekly or opens_at is None or closes_at is None:
        return Schedule(None, valid_from=first, valid_to=last)
    opens, closes = time.fromisoformat(opens_at), time.fromisoformat(closes_at)
    begins = max(filter(None, (first, begun)), default=None)
    return Schedule(frozenset(map(WEEKDAYS.index, days)), opens, closes, begins, last)


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """The directory as of a version, sorted by slug."""

    directory: routing.Directory
    policy: records.PolicyDirectory
    names: records.Presentation


def read_stored(connection: Connection) -> StoredDirectory:
    """Return the stored directory, in a fixed number of statements; no private record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with no_collection():
        return _Reading(read_coalition(connection)).read(connection)


@dataclass(frozen=True, slots=True)
class ChangedRecords:
    """What differs from an earlier version: owners (ids) and types of changed records, and gone slugs by type."""

    since: int
    owners: frozenset[str]
    types: frozenset[str]
    gone: Mapping[str, frozenset[str]]


def read_changed(connection: Connection, since: int) -> ChangedRecords:
    """Return what was changed after a version."""
    changed = select(records_table.c.type, records_table.c.owner_id).where(records_table.c.version > since)
    rows = list(connection.execute(changed))
    gone = defaultdict[str, set[str]](set)
    for row in connection.execute(select(gone_records).where(gone_records.c.version > since)):
        gone[row.type].add(row.slug)
        rows.append(row)
    return ChangedRecords(
        since=since,
        owners=frozenset(row.owner_id for row in rows if row.type in ("organization", *OWNED_TYPES)),
        types=frozenset(row.type for row in rows),
        gone={record_type: frozenset(slugs) for record_type, slugs in gone.items()},
    )


def read_part(
    connection: Connection, changed: ChangedRecords, *, codes: frozenset[str], parent_of: Callable[[str], str | None]
) -> StoredDirectory:
    """Return the changed owners with all that they own, changed agreements, and all records of other changed types.

    `codes`: of all areas. `parent_of` tells the parent of an organization that has not changed.
    """
    with no_collection():
        return _Reading(read_coalition(connection)).read_part(connection, changed, codes, parent_of)


class _Reading:
    def __init__(self, coalition: AnyRow) -> None:
        self._coalition = coalition
        # Hours judged in a time zone that was only assumed would be wrong: they are another form, unknown.
        assumed = is_zone_assumed(coalition.slug, coalition.timezone)
        self._hours = (lambda _: routing.Schedule(None)) if assumed else schedule_of
        known: dict[Any, Any] = {}
        self._shared = lambda value: known.setdefault(value, value)
        self._slugs: dict[str, str] = {}  # of organizations, by id
        self._numbers: defaultdict[str, set[str]] = defaultdict(set)  # by id of the organization
        self._places: dict[str, _Position] = {}
        self._places_of: defaultdict[str, list[_Position]] = defaultdict(list)
        self._given_at: defaultdict[str, list[AnyRow]] = defaultdict(list)

    def read(self, connection: Connection) -> StoredDirectory:
        rows = {name: sorted(read_rows(connection, name), key=_slug) for name in _HELD}
        codes = frozenset(row.slug for row in rows["area"])
        return self._directory(partial(read_rows, connection), rows, codes, lambda _: None)

    def read_part(
        self,
        connection: Connection,
        changed: ChangedRecords,
        codes: frozenset[str],
        parent_of: Callable[[str], str | None],
    ) -> StoredDirectory:
        def owned(record_type: str) -> Iterator[AnyRow]:
            for chunk in chunks(changed.owners):
                yield from read_rows(connection, record_type, records_table.c.owner_id.in_(chunk))

        rows = {name: list[AnyRow]() for name in _HELD} | {"organization": sorted(owned("organization"), key=_slug)}
        for name in changed.types & {"agreement", "release_form", "form_group", "vocabulary_term"}:
            where = (records_table.c.version > changed.since,) if name == "agreement" else ()
            rows[name] = sorted(read_rows(connection, name, *where), key=_slug)
        return self._directory(owned, rows, codes, parent_of)

    def _directory(
        self,
        owned: Callable[[str], Iterator[AnyRow]],
        rows: Mapping[str, list[AnyRow]],
        codes: frozenset[str],
        parent_of: Callable[[str], str | None],
    ) -> StoredDirectory:
        self._slugs = {row.id: row.slug for row in rows["organization"]}
        for row in (row for row in owned("location") if not row.private):
            self._places[row.id] = position_of(row)
            self._places_of[row.owner_id].append(self._places[row.id])
            self._numbers[row.owner_id] |= numbers_in(row)
        for row in sorted(owned("service_at_location"), key=lambda row: (row.position, row.id)):
            self._given_at[row.document["service_id"]].append(row)
        services, views = list[routing.Service](), dict[str, records.ServiceView]()
        for row in owned("service"):
            service, views[row.slug] = self._service(row, codes)
            services.append(service)
        for row in rows["organization"]:
            self._numbers[row.id] |= numbers_in(row)
        coalition = self._coalition
        return StoredDirectory(
            directory=routing.Directory(
                version=coalition.directory_version,
                timezone=coalition.timezone,
                areas=tuple(map(area_of, rows["area"])),
                organizations=tuple(organization_of(row, self._shared) for row in rows["organization"]),
                services=tuple(sorted(services, key=_slug)),
                agreements=tuple(map(agreement_of, rows["agreement"])),
                law=policies.load_hand_off_law(),
                service_types=ROUTED_TYPES,
                interpreted=spoken_of(coalition.interpreted),
            ),
            policy=records.PolicyDirectory(
                agencies=_agencies(rows["organization"], parent_of),
                agreements={
                    row.slug: policies.Agreement(**agreement_terms(row.document), id=row.slug)
                    for row in rows["agreement"]
                },
                equivalent_forms=frozenset(frozenset(row.document["forms"]) for row in rows["form_group"]),
            ),
            names=self._names(rows, dict(sorted(views.items()))),
        )

    def _service(self, row: AnyRow, codes: frozenset[str]) -> tuple[routing.Service, records.ServiceView]:
        """Return a service with its places: its stated places, else every public place of its organization."""
        given = self._given_at.pop(row.id, [])
        document = with_places(row.document, (place.document for place in given)) if given else row.document
        stated = [self._places.get(place.document["location_id"]) for place in given]
        places = stated if given else self._places_of.get(row.owner_id, ())
        organization = self._slugs[row.owner_id]
        self._numbers[row.owner_id].update(*map(numbers_in, (row, *given)))
        service = service_of(
            row,
            document,
            organization=organization,
            codes=codes,
            hours=self._hours,
            positions=tuple(sorted({place for place in places if place is not None})),
            shared=self._shared,
        )
        return service, records.ServiceView(row.id, row.slug, document["name"], organization, service.phones)

    def _names(
        self, rows: Mapping[str, list[AnyRow]], services: Mapping[str, records.ServiceView]
    ) -> records.Presentation:
        coalition, organizations, words = self._coalition, rows["organization"], rows["vocabulary_term"]
        declared = (row for row in organizations if "coalition" in row.document)
        numbers = {row.slug: self._numbers[row.id] for row in organizations}
        return records.Presentation(
            version=coalition.directory_version,
            coalition=coalition.slug,
            coalition_name=coalition.name,
            timezone=coalition.timezone,
            packs=tuple(coalition.policy_packs),
            organizations={row.slug: organization_view(row) for row in organizations},
            services=services,
            areas={row.slug: row.document["name"] for row in rows["area"]},
            forms={row.slug: form_of(row) for row in rows["release_form"]},
            codes={row.slug: code_view(row) for row in words if "code" in row.document},
            contacts={row.slug: contacts_of(row) for row in declared},
            promises={
                row.slug: records.ExchangeTerms(row.document.get("offers", {}), row.document.get("wants", {}))
                for row in rows["agreement"]
            },
            terms={
                (row.document["organization"], normal_term(row.document["term"])): row.document["means"]
                for row in words
                if "term" in row.document
            },
            fallback_lines=fallback_lines_of(coalition.fallback_lines, numbers),
        )


def _agencies(organizations: list[AnyRow], parent_of: Callable[[str], str | None]) -> dict[str, policies.Agency]:
    parents = {row.slug: row.document.get("parent") for row in organizations}

    def above(slug: str) -> str | None:
        return parents[slug] if slug in parents else parent_of(slug)

    return {row.slug: agency_of(row, topmost(row.slug, above)) for row in organizations}


def _slug(row: Any) -> str:
    return str(row.slug)


def area_of(row: AnyRow) -> routing.Area:
    """Return an area."""
    told = row.document
    said = (told.get(name) for name in ("within", "latitude", "longitude", "jurisdiction"))
    return routing.Area(row.slug, told["name"], *said)


def organization_of(row: AnyRow, shared: Shared) -> routing.Organization:
    """Return an organization."""
    profile = row.document.get("coalition", {})
    return routing.Organization(
        slug=row.slug,
        name=row.document["name"],
        parent=row.document.get("parent"),
        basis=profile.get("basis"),
        kind=profile.get("kind"),
        regimes=shared(frozenset(profile.get("regimes", ()))),
        declared=bool(profile),
        reporter=profile.get("reporter"),
        membership=profile.get("membership", "none"),
        address_private=row.private,
        counts_hidden=row.private or not row.listed,
        near=profile.get("near"),
        phones=shared(phones_in(row.document)),
    )


def service_of(
    row: AnyRow,
    document: Part,
    *,
    organization: str,
    codes: frozenset[str],
    hours: Callable[[Part], routing.Schedule],
    positions: tuple[tuple[float, float], ...],
    shared: Shared,
) -> routing.Service:
    """Return a service; `document` holds the parts of its places too. `codes`: of all areas."""
    referral = document["referral"]
    tags = document.get("languages")
    named = {area.get("name") for area in document.get("service_areas", ())}
    # An import may name areas in free text, and one that names none has not said "everywhere".
    unlimited = not named and row.source is None

    def words(name: str) -> frozenset[str]:
        found: frozenset[str] = shared(frozenset(referral.get(name, ())))
        return found

    return routing.Service(
        slug=row.slug,
        name=document["name"],
        organization=organization,
        types=words("types"),
        active=document["status"] == "active",
        minimum_age=document.get("minimum_age"),
        maximum_age=document.get("maximum_age"),
        limits_known=row.source is None,
        languages=shared(frozenset(tag["code"].lower() for tag in tags if "code" in tag)) if tags else None,
        interpretation=bool(document.get("interpretation_services", "").strip()),
        languages_known=all("code" in tag for tag in tags or ()),
        areas=None if unlimited else shared(frozenset(named & codes)),
        areas_known=unlimited or (bool(named) and named <= codes),
        schedules=shared(tuple(map(hours, document.get("schedules", ())))),
        capacities=tuple(map(_capacity, document.get("capacities", ()))),
        accepts=words("accepts"),
        accepts_from=words("accepts_from"),
        requires=words("requires"),
        intake_data=words("intake_data"),
        genders=words("genders") if "genders" in referral else None,
        only=words("only"),
        excludes=words("not"),
        companions=referral.get("companions"),
        waitlist=referral.get("waitlist"),
        designated=referral["designated"],
        response_time=shared(parse_duration(referral["response_time"])) if "response_time" in referral else None,
        phones=shared(phones_in(document)),
        positions=positions,
    )


def agreement_of(row: AnyRow) -> routing.Agreement:
    """Return an agreement."""
    return routing.Agreement(**agreement_terms(row.document), slug=row.slug, level=row.document["level"])


def agreement_terms(told: Part) -> dict[str, Any]:
    """Return the terms of an agreement that routing and the rules both read."""
    return {
        "between": tuple(told["between"]),
        "mutual": told["mutual"],
        "type": told["type"],
        "status": told["status"],
        "effective": day_in(told, "effective"),
        "expires": day_in(told, "expires"),
        "types": frozenset(told["types"]) if "types" in told else None,
        "data": frozenset(told["data"]) if "data" in told else None,
    }


def phones_in(document: Part) -> tuple[routing.Phone, ...]:
    """Return the phones of an object."""
    return tuple(
        routing.Phone(one["number"], one.get("type"), one.get("description"), one.get("extension"))
        for one in document.get("phones", ())
    )


def day_in(document: Part, name: str) -> date | None:
    """Return the day in a field."""
    return date.fromisoformat(document[name]) if name in document else None


def _capacity(part: Part) -> routing.Capacity:
    updated = datetime.fromisoformat(part["updated"]) if "updated" in part else None
    return routing.Capacity(part.get("available"), updated, unit_name(part["unit"]))


def position_of(place: AnyRow) -> tuple[float, float] | None:
    """Return the position of a place; None where it is not known, or private."""
    told = place.document
    return (told["latitude"], told["longitude"]) if "latitude" in told and "longitude" in told else None


def agency_of(row: AnyRow, house: str) -> policies.Agency:
    """Return an organization as the rules read it; `house`: the organization at the top of its house."""
    profile = row.document.get("coalition", {})
    return policies.Agency(
        id=row.slug,
        kind=profile.get("kind"),
        basis=profile.get("basis"),
        regimes=frozenset(profile.get("regimes", ())),
        declared=bool(profile),
        reporter=profile.get("reporter"),
        member=profile.get("membership") in ("active", "non_active"),
        house=house,
        address_private=row.private,
        operator_authorised=frozenset(profile.get("operator_authorised", ())),
        accepted_forms=frozenset(profile.get("accepted_forms", ())),
    )


def form_of(row: AnyRow) -> records.ReleaseForm:
    """Return a release form."""
    words = {name: frozenset(row.document.get(name, ())) for name in ("languages", "elements", "marks")}
    return records.ReleaseForm(id=row.id, slug=row.slug, name=row.document["name"], **words)


def organization_view(row: AnyRow) -> records.OrganizationView:
    """Return the shown facts of an organization."""
    told, profile = row.document, row.document.get("coalition", {})
    declared, subpoena, grievance = (profile.get(name) for name in ("declared", "subpoena_contact", "grievance"))
    return records.OrganizationView(
        id=row.id,
        slug=row.slug,
        name=told["name"],
        description=told.get("description"),
        parent=told.get("parent"),
        basis=profile.get("basis"),
        kind=profile.get("kind"),
        listed=profile.get("listed", "public"),
        membership=profile.get("membership", "none"),
        address_private=row.private,
        phones=phones_in(told),
        grievance=records.Grievance(**grievance) if grievance else None,
        declared_on=day_in(declared, "on") if declared else None,
        review_by=day_in(declared, "review_by") if declared else None,
        subpoena_contact=records.SubpoenaContact(**subpoena) if subpoena else None,
    )


def contacts_of(row: AnyRow) -> tuple[records.ContactView, ...]:
    """Return the people who speak for an organization."""
    return tuple(
        records.ContactView(
            title=one.get("title"),
            name=one.get("name"),
            email=one.get("email"),
            phones=phones_in(one),
            since=day_in(one, "since"),
            until=day_in(one, "until"),
            successor=one.get("successor"),
        )
        for one in row.document.get("contacts", ())
    )


def numbers_in(row: AnyRow) -> set[str]:
    """Return every telephone number in a record."""
    return {phone["number"] for phone in parts_of(row.document, "phones")}


def code_view(row: AnyRow) -> records.CodeView:
    """Return a code of the coalition's vocabulary."""
    told = row.document
    said = (told["name"], told["kind"], told.get("decided_by"), tuple(told.get("same_as", ())))
    return records.CodeView(row.slug, *said)


def fallback_lines_of(
    stored: list[dict[str, Any]] | None, numbers: Mapping[str, set[str]]
) -> tuple[records.FallbackLine, ...]:
    """Return the lines with their owners: whoever has the number on a phone of its own, its services or its people.

    `numbers`: all of an organization's, by slug.
    """
    lines = tuple(records.FallbackLine(**line) for line in stored or ()) or (records.NATIONAL_HOTLINE,)
    dialed = [{switchboard(number) for number in (line.phone, line.sms) if number} - {None} for line in lines]
    called = set[str | None]().union(*dialed)
    owners = {slug: called.intersection(map(switchboard, own)) for slug, own in numbers.items()}
    owners = {slug: own for slug, own in owners.items() if own}
    return tuple(
        replace(line, owners=frozenset(slug for slug, own in owners.items() if own & wanted))
        for line, wanted in zip(lines, dialed, strict=True)
    )
