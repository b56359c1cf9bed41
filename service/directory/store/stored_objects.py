"""Stored rows as what routing and the rules read, and as the names and numbers for people. Pure.

Without validation: what is stored was valid when it was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import policies
import routing
from service.directory.standard.phone_numbers import switchboard
from service.documents.fields import parse_duration
from service.vocabulary import WEEKDAYS

from . import records
from .directory_tables import AnyRow
from .record_documents import parts_of, unit_name

_SAID = ("freq", "interval", "byday", "opens_at", "closes_at", "valid_from", "valid_to", "dtstart")
_BOUNDS = ("until", "count", "byweekno", "bymonthday", "byyearday")
Part = Mapping[str, Any]
Shared = Callable[[Any], Any]
"""Gives back a value that was met before and equals the given one, so that equal values are held once."""


def schedule_of(part: Part) -> routing.Schedule:
    """Return a schedule of a document as weekly hours, or as an unread form (`weekdays` None).

    Read are plain weekly schedules with days and both times. The first event (`dtstart`) of a weekly schedule bounds it
    from below, as `valid_from` does.

    >>> schedule_of({"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}).weekdays
    frozenset({0})
    """
    return _schedule(tuple(map(part.get, _SAID)), bounded=any(part.get(name) for name in _BOUNDS))


@lru_cache(maxsize=10_000)  # a directory says the same hours again and again
def _schedule(fields: tuple[Any, ...], *, bounded: bool) -> routing.Schedule:
    freq, interval, byday, opens_at, closes_at, *days_given = fields
    first, last, start = (day and date.fromisoformat(day) for day in days_given)
    days = [day.strip() for day in (byday or "").split(",")]
    weekly = freq == "WEEKLY" and interval in (None, 1) and not bounded and set(days) <= set(WEEKDAYS)
    if not weekly or opens_at is None or closes_at is None:
        return routing.Schedule(None, valid_from=first, valid_to=last)
    opens, closes = time.fromisoformat(opens_at), time.fromisoformat(closes_at)
    begins = max(filter(None, (first, start)), default=None)
    return routing.Schedule(frozenset(map(WEEKDAYS.index, days)), opens, closes, begins, last)


def area_of(row: AnyRow) -> routing.Area:
    """Return an area."""
    document = row.document
    details = (document.get(name) for name in ("within", "latitude", "longitude", "jurisdiction"))
    return routing.Area(row.slug, document["name"], *details)


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
    area_names = {area.get("name") for area in document.get("service_areas", ())}
    # An import may name areas in free text, and one that names none has not said "everywhere".
    unlimited = not area_names and row.source is None

    def words(name: str) -> frozenset[str]:
        values: frozenset[str] = shared(frozenset(referral.get(name, ())))
        return values

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
        areas=None if unlimited else shared(frozenset(area_names & codes)),
        areas_known=unlimited or (bool(area_names) and area_names <= codes),
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


def agreement_terms(document: Part) -> dict[str, Any]:
    """Return the terms of an agreement that routing and the rules both read."""
    return {
        "between": tuple(document["between"]),
        "mutual": document["mutual"],
        "type": document["type"],
        "status": document["status"],
        "effective": day_in(document, "effective"),
        "expires": day_in(document, "expires"),
        "types": frozenset(document["types"]) if "types" in document else None,
        "data": frozenset(document["data"]) if "data" in document else None,
    }


def phones_in(document: Part) -> tuple[routing.Phone, ...]:
    """Return the phones of an object."""
    return tuple(
        routing.Phone(phone["number"], phone.get("type"), phone.get("description"), phone.get("extension"))
        for phone in document.get("phones", ())
    )


def day_in(document: Part, name: str) -> date | None:
    """Return the day in a field."""
    return date.fromisoformat(document[name]) if name in document else None


def _capacity(part: Part) -> routing.Capacity:
    updated = datetime.fromisoformat(part["updated"]) if "updated" in part else None
    return routing.Capacity(part.get("available"), updated, unit_name(part["unit"]))


def position_of(place: AnyRow) -> tuple[float, float] | None:
    """Return the position of a place; None where it is not known, or private."""
    document = place.document
    return (document["latitude"], document["longitude"]) if "latitude" in document and "longitude" in document else None


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
    document, profile = row.document, row.document.get("coalition", {})
    declared, subpoena, grievance = (profile.get(name) for name in ("declared", "subpoena_contact", "grievance"))
    return records.OrganizationView(
        id=row.id,
        slug=row.slug,
        name=document["name"],
        description=document.get("description"),
        parent=document.get("parent"),
        basis=profile.get("basis"),
        kind=profile.get("kind"),
        listed="public" if row.listed else "coalition",
        membership=profile.get("membership", "none"),
        address_private=row.private,
        phones=phones_in(document),
        grievance=records.Grievance(**grievance) if grievance else None,
        declared_on=day_in(declared, "on") if declared else None,
        review_by=day_in(declared, "review_by") if declared else None,
        subpoena_contact=records.SubpoenaContact(**subpoena) if subpoena else None,
    )


def contacts_of(row: AnyRow) -> tuple[records.ContactView, ...]:
    """Return the people who speak for an organization."""
    return tuple(
        records.ContactView(
            title=contact.get("title"),
            name=contact.get("name"),
            email=contact.get("email"),
            phones=phones_in(contact),
            since=day_in(contact, "since"),
            until=day_in(contact, "until"),
            successor=contact.get("successor"),
        )
        for contact in row.document.get("contacts", ())
    )


def numbers_in(row: AnyRow) -> set[str]:
    """Return every telephone number in a record."""
    return {phone["number"] for phone in parts_of(row.document, "phones")}


def code_view(row: AnyRow) -> records.CodeView:
    """Return a code of the coalition's vocabulary."""
    document = row.document
    details = (document["name"], document["kind"], document.get("decided_by"), tuple(document.get("same_as", ())))
    return records.CodeView(row.slug, *details)


def fallback_lines_of(
    stored: list[dict[str, Any]] | None, numbers: Mapping[str, set[str]]
) -> tuple[records.FallbackLine, ...]:
    """Return the lines with their owners: whoever has the number on a phone of its own, its services or its people.

    `numbers`: all of an organization's, by slug.
    """
    lines = tuple(map(_fallback_line, stored or ())) or (records.NATIONAL_HOTLINE,)
    dialed = [{switchboard(number) for number in (line.phone, line.sms) if number} - {None} for line in lines]
    called = set[str | None]().union(*dialed)
    owners = {slug: called.intersection(map(switchboard, own)) for slug, own in numbers.items()}
    owners = {slug: own for slug, own in owners.items() if own}
    return tuple(
        replace(line, owners=frozenset(slug for slug, own in owners.items() if own & uris))
        for line, uris in zip(lines, dialed, strict=True)
    )


def _fallback_line(stored: dict[str, Any]) -> records.FallbackLine:
    own = {name: value for name, value in stored.items() if name != "for"}
    return records.FallbackLine(**own, types=tuple(stored.get("for") or ()))


def sign_off_of(row: Mapping[str, Any]) -> policies.SignOff:
    """Return counsel's sign-off as it is stored."""
    days = {name: date.fromisoformat(row[name]) for name in ("on", "until")}
    return policies.SignOff(**{**row, **days, "exceptions": tuple(row["exceptions"])})
