"""Parameters of searches, and the queries that they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from fastapi import Path as InPath

from service.directory.standard.identity import term_of
from service.directory.standard.record_query import RecordQuery
from service.fhir.elements import SERVICE_TYPES
from service.i18n import refusals
from service.vocabulary import words_of
from service.web.problems import problem

MOST_COUNT, USUAL_COUNT = 200, 50
_ID = r"[A-Za-z0-9.-]{1,64}"
_MOMENT = r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2}))?"

Ids = Annotated[
    str | None, Query(alias="_id", pattern=f"^{_ID}(,{_ID}){{0,49}}$", description="Ids, commas between: any of them.")
]
Name = Annotated[str | None, Query(max_length=200, description="How its name begins.")]
Active = Annotated[bool | None, Query(description="Whether it is in use.")]
ServiceType = Annotated[
    str | None,
    Query(alias="service-type", max_length=500, description="Codes, or `system|code`, commas between: any of them."),
]
AtLocation = Annotated[
    str | None, Query(alias="location", pattern=f"^(Location/)?{_ID}$", description="Where it is given.")
]
OfOrganization = Annotated[
    str | None, Query(alias="organization", pattern=f"^(Organization/)?{_ID}$", description="Whose it is.")
]
LastUpdated = Annotated[
    str | None,
    Query(
        alias="_lastUpdated",
        pattern=f"^(eq|ge|gt|le|lt)?{_MOMENT}$",
        description="When it was last changed: a day or a moment, perhaps after `ge`, `gt`, `le` or `lt`.",
    ),
]
TaskStatus = Annotated[str | None, Query(pattern="^[a-z-]{1,40}$", description="Its status.")]
IncludeFocus = Annotated[
    str | None,
    Query(alias="_include", pattern="^Task:focus$", description="With the ServiceRequest of each Task."),
]
FormUrl = Annotated[str | None, Query(alias="url", max_length=200, description="Its canonical address.")]
Count = Annotated[int, Query(alias="_count", ge=1, le=MOST_COUNT, description="How many on a page.")]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Which page, from 1.")]
ResourceId = Annotated[str, InPath(description="The resource's `id`.", max_length=100)]


@dataclass(frozen=True, slots=True)
class PageChoice:
    """The page that is asked for, and the ids; None: whatever their ids."""

    ids: tuple[str, ...] | None
    count: int
    page: int


async def page_choice(ids: Ids = None, count: Count = USUAL_COUNT, page: PageNumber = 1) -> PageChoice:
    """Gather the parameters of every search."""
    return PageChoice(None if ids is None else tuple(ids.lower().split(",")), count, page)


Choice = Annotated[PageChoice, Depends(page_choice)]


def record_query(choice: PageChoice, name: str | None, last_updated: str | None) -> RecordQuery:
    """Return the query for records with any of the choice ids, whose name begins with `name`, changed when asked.

    Raises:
        ApiProblem: there is no such day or moment.
    """
    after, before = (None, None) if last_updated is None else span_of(last_updated)
    return RecordQuery(
        ids=choice.ids,
        name_begins=None if name is None else tuple(words_of(name)),
        modified_after=after,
        modified_before=before,
    )


def id_in(reference: str | None) -> str | None:
    """Return the id in a reference, None without one.

    >>> id_in("Organization/7B1D"), id_in("7b1d"), id_in(None)
    ('7b1d', '7b1d', None)
    """
    return None if reference is None else reference.rpartition("/")[2].lower()


def terms_of(service_type: str) -> tuple[str, ...]:
    """Return the ids of the terms that a token search names; a code of another system names none."""
    tokens = (token.rpartition("|") for token in service_type.split(","))
    return tuple(term_of(code)["id"] for system, _, code in tokens if system in ("", SERVICE_TYPES))


def span_of(text: str) -> tuple[datetime | None, datetime | None]:
    """Return when a change that fits was made: from a moment on, and before a moment.

    >>> span_of("lt2026-01-02"), span_of("2026-01-02T03:04:05Z")[1].second
    ((None, datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)), 6)

    Raises:
        ApiProblem: there is no such day or moment.
    """
    prefix, moment = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
    try:
        begin = datetime.fromisoformat(moment)
        begin = (begin if begin.tzinfo else begin.replace(tzinfo=UTC)).astimezone(UTC)
        finest = timedelta(microseconds=1) if "." in moment else timedelta(seconds=1)
        end = begin + (finest if "T" in moment else timedelta(days=1))
    except (ValueError, OverflowError):
        fault = {"pointer": "", "parameter": "_lastUpdated", "detail": refusals.DAY_OR_MOMENT}
        raise problem("invalid_request", errors=[fault]) from None
    spans = {"eq": (begin, end), "ge": (begin, None), "gt": (end, None), "le": (None, end), "lt": (None, begin)}
    return spans[prefix]
