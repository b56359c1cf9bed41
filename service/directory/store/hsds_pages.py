"""Pages of HSDS records: visible records that fit a query, counted and cut on typed columns by the database.

Every query starts from visible organizations, so that no hidden record is counted, sorted, searched or cut into pages.
A search compares case-folded words, so that both databases find the same. No private text is searched or sorted: the
order is the order of ids.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    cast,
    distinct,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session

from service.database.bulk import Values, chunks
from service.database.table_base import table_of
from service.directory.standard.record_query import RecordQuery
from service.directory.store.capacity_tables import ServiceCount
from service.vocabulary import words_of

from .capacity import CapacityStore
from .directory_tables import keys, of_type, records, uses, with_key
from .keys import NAMES, WORDS, spaced
from .record_documents import unit_name, written

AT_LOCATION = "service_at_location"
TAXONOMIES, TERMS = "taxonomy", "taxonomy_term"
_METERS_PER_DEGREE = 111_195.0
_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class VisibleOrganizations:
    """A reader's visible organizations: listed ones, `own` (slugs), or `unlisted` organizations too."""

    unlisted: bool = False
    own: frozenset[str] = field(default_factory=frozenset)


LISTED_ONLY = VisibleOrganizations()


class HsdsPages:
    """Reads visible records within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session, sight: VisibleOrganizations = LISTED_ONLY) -> None:
        self._session = session
        self.sight = sight

    def hidden_names(self) -> list[str]:
        """Return every name that could tell a hidden organization: name, slug, id."""
        rows = self._session.execute(of_type("organization", ~self.visible))
        return [name for row in rows for name in (row.document["name"], row.slug, row.id)]

    def chunks(self, record_type: str, size: int) -> Iterator[dict[str, Values]]:
        """Yield every visible record of a type, in the order of ids."""
        after = ""
        while rows := self.next(record_type, RecordQuery(), after, size):
            yield rows
            after = max(rows)

    def of_type(self, record_type: str, *where: ColumnElement[bool]) -> Select[Any]:
        """Select the visible records of a type that fit; of places, and of services at places, the public ones."""
        return of_type(record_type, self.visible, *_public(record_type), *where)

    @property
    def visible(self) -> ColumnElement[bool]:
        """The condition for records of visible organizations."""
        if self.sight.unlisted:
            return records.c.owner_id.is_not(None)
        house = records.alias("house")
        own = select(house.c.id).where(house.c.type == "organization", house.c.slug.in_(sorted(self.sight.own)))
        return or_(records.c.listed, records.c.owner_id.in_(own))

    def rows(self, record_type: str, column: str, values: Iterable[str]) -> dict[str, Values]:
        """Return the records of a type with a column among `values`, by id; of places, the public places only."""
        by_id: dict[str, Values] = {}
        for chunk in chunks(sorted(set(values))):
            by_id |= self._rows(of_type(record_type, records.c[column].in_(chunk), *_public(record_type)))
        return by_id

    def given_at(self, services: Iterable[str]) -> dict[str, Values]:
        """Return where services (ids) are given at public places, by id."""
        by_id: dict[str, Values] = {}
        for chunk in chunks(sorted(set(services))):
            of_services = records.c.id.in_(with_key(f"{AT_LOCATION}.service_id", *chunk))
            by_id |= self._rows(of_type(AT_LOCATION, of_services, *_public(AT_LOCATION)))
        return by_id

    def last_count(self) -> datetime | None:
        """Return the time of the last count at services with public counts; None: never."""
        counts = table_of(ServiceCount)
        same_service = and_(records.c.type == "service", records.c.slug == counts.c.service)
        public = records.c.listed, records.c.private.is_(False)
        query = select(func.max(counts.c.updated)).select_from(counts.join(records, same_service)).where(*public)
        return self._session.execute(query).scalar_one_or_none()

    def with_counts(self, services: dict[str, Values]) -> dict[str, Values]:
        """Return services with their people's own newer counts in the place of the records'."""
        by_slug, result = {row["slug"]: row for row in services.values()}, dict(services)
        for count in CapacityStore(self._session).people_counts(by_slug):
            row = result[by_slug[count.service]["id"]]
            capacities = list(row["document"].get("capacities", ()))
            units = [*(unit_name(part["unit"]) for part in capacities), count.unit]
            at = units.index(count.unit)
            earlier = [*capacities, {"id": count.id, "unit": count.unit}][at]
            before = earlier.get("updated")
            if count.updated is not None and (before is None or count.updated > datetime.fromisoformat(before)):
                numbers = {"available": count.available, "maximum": count.maximum, "updated": written(count.updated)}
                capacities[at : at + 1] = [{**earlier, **numbers}]
                result[row["id"]] = {**row, "document": {**row["document"], "capacities": capacities}}
        return result

    def _rows(self, statement: Select[Any]) -> dict[str, Values]:
        return {row["id"]: dict(row) for row in self._session.execute(statement).mappings()}

    def count(self, record_type: str, query: RecordQuery) -> int:
        """Return how many records of a type fit."""
        if record_type in (TAXONOMIES, TERMS):
            tellings = self._tellings(record_type)
            selection = select(func.count(distinct(tellings.c.key))).where(*self._fits_term(tellings, query))
        else:
            fitting = self.of_type(record_type, *self._fits(record_type, query)).with_only_columns(records.c.id)
            selection = select(func.count()).select_from(fitting.subquery())
        return int(self._session.execute(selection).scalar_one())

    def page(self, record_type: str, query: RecordQuery, *, offset: int, limit: int) -> dict[str, Values]:
        """Return `limit` fitting records, after the first `offset`, by id."""
        selection = self.of_type(record_type, *self._fits(record_type, query))
        return self._rows(selection.order_by(records.c.id).offset(offset).limit(limit))

    def next(self, record_type: str, query: RecordQuery, after: str, limit: int) -> dict[str, Values]:
        """Return the next `limit` fitting records, by id, after the id `after`."""
        selection = self.of_type(record_type, records.c.id > after, *self._fits(record_type, query))
        return self._rows(selection.order_by(records.c.id).limit(limit))

    def stamps(self, query: RecordQuery, *, offset: int, limit: int) -> list[tuple[str, datetime | None]]:
        """Return id and time of the last change of fitting services, by id."""
        selection = self.of_type("service", *self._fits("service", query)).order_by(records.c.id)
        stamps = selection.with_only_columns(records.c.id, records.c.last_modified).offset(offset).limit(limit)
        return [(row.id, row.last_modified) for row in self._session.execute(stamps)]

    def terms(
        self, record_type: str, query: RecordQuery, *, offset: int = 0, limit: int | None = None
    ) -> list[Mapping[str, Any]]:
        """Return the taxonomy terms, or the taxonomies, that fit, by id: told by themselves, or in use."""
        tellings = self._tellings(record_type)
        first = self._first(tellings, *self._fits_term(tellings, query))
        return [_telling(row) for row in self._session.execute(first.offset(offset).limit(limit))]

    def record(self, record_type: str, record_id: str) -> Values | None:
        """Return a visible record, None for a record absent or hidden."""
        return self._rows(self.of_type(record_type, records.c.id == record_id)).get(record_id)

    def term(self, record_type: str, term_id: str) -> Mapping[str, Any] | None:
        """Return a taxonomy term, or a taxonomy, None for an unknown id."""
        tellings = self._tellings(record_type)
        row = self._session.execute(self._first(tellings, tellings.c.key == term_id)).first()
        return None if row is None else _telling(row)

    def _first(self, tellings: Subquery, *where: ColumnElement[bool]) -> Select[Any]:
        """Select a single telling of each term, by key: the term's own record, else the telling with most words."""
        best = tellings.c.told_by, func.length(tellings.c.words).desc(), tellings.c.id
        number = func.row_number().over(partition_by=tellings.c.key, order_by=best).label("number")
        numbered = select(tellings, number).where(*where).subquery()
        return select(numbered.c.told, numbered.c.within).where(numbered.c.number == 1).order_by(numbered.c.key)

    def _tellings(self, record_type: str) -> Subquery:
        """Select each telling of a term (of `record_type` taxonomy: of a taxonomy) that may be seen, by its `key`.

        `told_by` puts a telling by itself before those of terms, and those of records last. `within`: `told` is a
        term, and tells the taxonomy.
        """
        alone, of_records = records.c.type.in_((TAXONOMIES, TERMS)), records.c.type != TAXONOMIES
        told_by = case((records.c.type == TAXONOMIES, 0), (records.c.type == TERMS, 1), else_=2)
        of_terms = record_type == TERMS
        key = uses.c.term_id if of_terms else uses.c.taxonomy_id
        words = uses.c.words if of_terms else uses.c.taxonomy_words
        within: ColumnElement[bool] = false() if of_terms else of_records
        condition = of_records if of_terms else uses.c.taxonomy_id.is_not(None)
        by_name = {"key": key, "told_by": told_by, "id": uses.c.record_id, "words": words, "within": within}
        columns = (column.label(name) for name, column in by_name.items())
        same = and_(records.c.type == uses.c.record_type, records.c.id == uses.c.record_id)
        tellings = select(*columns, uses.c.told, uses.c.taxonomy_id, uses.c.parent_id).select_from(
            uses.join(records, same)
        )
        return tellings.where(or_(alone, self.visible), uses.c.told.is_not(None), condition).subquery()

    def _fits_term(self, tellings: Subquery, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
        yield from _holding(query.search, tellings.c.words, unless=self._holds_hidden(tellings.c.words))
        if query.taxonomy_id is not None:
            yield tellings.c.taxonomy_id == query.taxonomy_id
        if query.parent_id is not None:
            yield tellings.c.parent_id == query.parent_id
        if query.top_only:
            yield tellings.c.parent_id.is_(None)

    def _fits(self, record_type: str, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
        yield from _choice(record_type, query)
        match record_type:
            case "location":
                yield from _change_time(records, query)
                if query.organization_id is not None:
                    yield records.c.owner_id == query.organization_id
            case "organization":
                yield from _change_time(records, query)
                yield from self._search(query, record_type, records.c.id)
                for use in _classification(query):
                    whose = records.alias("classified")
                    same = whose.c.type == uses.c.record_type, whose.c.id == uses.c.record_id
                    yield records.c.id.in_(select(whose.c.owner_id).where(use, *same, whose.c.owner_id.is_not(None)))
            case "service":
                yield from self._search(query, record_type, records.c.id)
                yield from self._fits_service(query, records.c.id)
            case _:
                service, place = (_referred_id(f"{record_type}.{name}") for name in ("service_id", "location_id"))
                if query.search is not None:
                    sides = (("service", service), ("location", place))
                    yield or_(*(and_(*self._search(query, side, column)) for side, column in sides))
                yield from self._fits_service(query, service)
                yield from self._near(query, place)

    def _fits_service(self, query: RecordQuery, service_id: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        for use in _classification(query):
            yield service_id.in_(select(uses.c.record_id).where(use, uses.c.record_type == "service"))
        if query.organization_id is not None:
            yield records.c.owner_id == query.organization_id
        services = records.alias("services")
        conditions = list(_change_time(services, query))
        if query.active is not None:
            active = services.c.id.in_(with_key("service.status", "active"))
            conditions.append(active if query.active else ~active)
        if query.location_id is not None:
            here = self.of_type(
                AT_LOCATION, records.c.id.in_(with_key(f"{AT_LOCATION}.location_id", query.location_id))
            )
            of_location = (
                keys.c.name == f"{AT_LOCATION}.service_id",
                keys.c.record_id.in_(here.with_only_columns(records.c.id)),
            )
            conditions.append(services.c.id.in_(select(keys.c.value).where(*of_location)))
        if conditions:
            yield service_id.in_(select(services.c.id).where(services.c.type == "service", *conditions))

    def _search(
        self, query: RecordQuery, record_type: str, record: ColumnElement[Any]
    ) -> Iterator[ColumnElement[bool]]:
        if not query.search:
            yield from () if query.search is None else (false(),)  # nothing to look for but signs: nothing has them
            return
        names, words = keys.alias("names"), keys.alias("words")
        conditions = _holding(query.search, words.c.text, names.c.text, unless=self._holds_hidden(words.c.text))
        key_names = names.c.name == f"{record_type}.{NAMES}", words.c.name == f"{record_type}.{WORDS}"
        same = names.c.record_id == words.c.record_id
        yield record.in_(select(words.c.record_id).where(same, *key_names, *conditions))

    def _holds_hidden(self, texts: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition for texts with a name, slug or id of an organization hidden from the reader.

        The names are read first: a search would else go through every organization for each text with its words.
        """
        if not self._hidden_phrases:
            return false()
        listed = literal(json.dumps(self._hidden_phrases))
        on_postgresql = self._session.get_bind().dialect.name == "postgresql"
        entries = func.jsonb_array_elements_text(cast(listed, JSONB)) if on_postgresql else func.json_each(listed)
        phrases = entries.table_valued("value")
        return exists(select(phrases.c.value).where(texts.like(literal("%") + phrases.c.value + literal("%"))))

    @cached_property
    def _hidden_phrases(self) -> list[str]:
        return sorted({spaced(words) for name in self.hidden_names() if (words := words_of(name))})

    def _near(self, query: RecordQuery, location: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        if query.postcode is None:
            return
        of_postcode = with_key("location.postcode", query.postcode.replace(" ", "").upper())
        there = self.of_type("location", records.c.id.in_(of_postcode)).with_only_columns(records.c.id)
        if query.meters is None:
            yield location.in_(there)
            return
        latitudes, longitudes = keys.alias("latitudes"), keys.alias("longitudes")
        placed = latitudes.c.name == "location.latitude", longitudes.c.name == "location.longitude"
        same_place = latitudes.c.record_id == longitudes.c.record_id
        middle = select(func.avg(latitudes.c.number), func.avg(longitudes.c.number)).where(
            *placed, same_place, latitudes.c.record_id.in_(there)
        )
        latitude, longitude = self._session.execute(middle).one()
        if latitude is None:
            yield false()
            return
        north = (latitudes.c.number - latitude) * _METERS_PER_DEGREE
        east = (longitudes.c.number - longitude) * (_METERS_PER_DEGREE * math.cos(math.radians(latitude)))
        near = north * north + east * east <= float(query.meters) ** 2
        yield location.in_(select(latitudes.c.record_id).where(*placed, same_place, near))


def _public(record_type: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for places, and services at places, to be public; of other types every record may be."""
    return () if record_type in ("organization", "service") else (records.c.private.is_(False),)


def _classification(query: RecordQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for the terms that classify a record."""
    for column, value in ((uses.c.term_id, query.term_id), (uses.c.taxonomy_id, query.taxonomy_id)):
        if value is not None:
            yield column == value
    if query.term_ids is not None:
        yield uses.c.term_id.in_(query.term_ids)


def _choice(record_type: str, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions by id and by the beginning of the name."""
    if query.ids is not None:
        yield records.c.id.in_(query.ids)
    if query.name_begins is not None:
        pattern = spaced(query.name_begins).rstrip().replace("_", f"{_ESCAPE}_") + "%"
        begins = keys.c.text.like(pattern, escape=_ESCAPE) if query.name_begins else false()
        yield records.c.id.in_(select(keys.c.record_id).where(keys.c.name == f"{record_type}.{NAMES}", begins))


def _change_time(dated: FromClause, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions by the time of a record's last change."""
    if query.modified_after is not None:
        yield dated.c.last_modified >= query.modified_after
    if query.modified_before is not None:
        yield dated.c.last_modified < query.modified_before


def _referred_id(name: str) -> ColumnElement[Any]:
    """Return the id of the record that a service at a location refers to."""
    key = keys.alias(name)
    return select(key.c.value).where(key.c.record_id == records.c.id, key.c.name == name).scalar_subquery()


def _telling(row: Any) -> Mapping[str, Any]:
    telling: Mapping[str, Any] = row.told["taxonomy_detail"] if row.within else row.told
    return telling


def _holding(
    search: tuple[str, ...] | None,
    texts: ColumnElement[Any],
    names: ColumnElement[Any] | None = None,
    *,
    unless: ColumnElement[bool],
) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each word: the names hold the word, or the texts do and `unless` does not hold."""
    if search is None:
        return
    if not search:  # nothing to look for but signs: nothing has them
        yield false()
    for word in search:
        pattern = "%" + word.replace("_", f"{_ESCAPE}_") + "%"
        in_texts = and_(texts.like(pattern, escape=_ESCAPE), ~unless)
        yield in_texts if names is None else or_(names.like(pattern, escape=_ESCAPE), in_texts)
