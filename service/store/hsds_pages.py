"""Pages of HSDS records: visible records that fit a query, counted and cut on typed columns by the database.

A search compares case-folded words, so that both databases find the same. No private text is searched or sorted: the
order is the order of ids.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    cast,
    distinct,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.standard.hidden_names import words_of
from service.standard.record_query import RecordQuery

from .index import spaced
from .published import Published, named
from .rows import Values

TAXONOMIES, TERMS = "taxonomy", "taxonomy_term"
_METERS_PER_DEGREE = 111_195.0
_ESCAPE = "\\"


class HsdsPages(Published):
    """Finds visible records that fit a query. Not safe to share between threads."""

    def count(self, record_type: str, query: RecordQuery) -> int:
        """Return how many records of a type fit."""
        if record_type in (TAXONOMIES, TERMS):
            known = self._known(record_type)
            counted = select(func.count(distinct(known.c.key))).where(*self._fits_term(known, query))
        else:
            counted = (
                select(func.count())
                .select_from(named(record_type))
                .where(self.visible(record_type), *self._fits(record_type, query))
            )
        return int(self._session.execute(counted).scalar_one())

    def page(self, record_type: str, query: RecordQuery, *, offset: int, limit: int) -> dict[str, Values]:
        """Return the rows of `limit` fitting records, after the first `offset`, by id."""
        table = named(record_type)
        chosen = select(table).where(self.visible(record_type), *self._fits(record_type, query))
        return self._rows(chosen.order_by(table.c.id).offset(offset).limit(limit))

    def next(self, record_type: str, query: RecordQuery, after: str, limit: int) -> dict[str, Values]:
        """Return the rows of the next `limit` fitting records, by id, after the id `after`."""
        return self.after(record_type, after, limit, *self._fits(record_type, query))

    def stamps(self, query: RecordQuery, *, offset: int, limit: int) -> list[tuple[str, datetime | None]]:
        """Return id and time of the last change of fitting services, by id."""
        table = named("service")
        chosen = select(table.c.id, table.c.last_modified).where(self.visible("service"), *self._fits("service", query))
        rows = self._session.execute(chosen.order_by(table.c.id).offset(offset).limit(limit))
        return [(row.id, row.last_modified) for row in rows]

    def terms(
        self, record_type: str, query: RecordQuery, *, offset: int = 0, limit: int | None = None
    ) -> list[Mapping[str, Any]]:
        """Return the taxonomy terms, or the taxonomies, that fit, by id: told by themselves, or in use."""
        known = self._known(record_type)
        first = self._first(known, *self._fits_term(known, query))
        rows = self._session.execute(first.offset(offset).limit(limit))
        return [_told(row) for row in rows]

    def one(self, record_type: str, record_id: str) -> Values | None:
        """Return the row of a visible record, None for a record absent or hidden."""
        table = named(record_type)
        return self._rows(select(table).where(self.visible(record_type), table.c.id == record_id)).get(record_id)

    def one_term(self, record_type: str, term_id: str) -> Mapping[str, Any] | None:
        """Return a taxonomy term, or a taxonomy, None for an unknown id."""
        known = self._known(record_type)
        row = self._session.execute(self._first(known, known.c.key == term_id)).first()
        return None if row is None else _told(row)

    def _first(self, known: Subquery, *where: ColumnElement[bool]) -> Select[Any]:
        """Select a single telling of each term, by key: the term's own record, else the telling with most words."""
        best = known.c.told_by, func.length(known.c.words).desc(), known.c.id
        number = func.row_number().over(partition_by=known.c.key, order_by=best).label("number")
        numbered = select(known, number).where(*where).subquery()
        return select(numbered.c.told, numbered.c.within).where(numbered.c.number == 1).order_by(numbered.c.key)

    def _known(self, record_type: str) -> Subquery:
        """Select each telling of a term (of `record_type` taxonomy: of a taxonomy) that may be seen, by its `key`.

        `told_by` puts a telling by itself before those of terms, and those of records last. `within`: `told` is a
        term, and tells the taxonomy.
        """
        uses, terms, taxonomies = named("term_use"), named("taxonomy_term"), named("taxonomy")
        in_use = uses.c.owner_id.in_(self.seen_organizations()), uses.c.term.is_not(None)
        if record_type == TERMS:
            of_uses = select(*_telling(uses.c.term_id, 2, uses, uses.c.words, uses.c.term)).where(*in_use)
            alone = select(*_telling(terms.c.id, 0, terms, terms.c.words, terms.c.told))
            return union_all(of_uses, alone).subquery()
        of_uses = select(*_telling(uses.c.taxonomy_id, 2, uses, uses.c.taxonomy_words, uses.c.term, within=True))
        of_terms = select(*_telling(terms.c.taxonomy_id, 1, terms, terms.c.taxonomy_words, terms.c.told, within=True))
        alone = select(*_telling(taxonomies.c.id, 0, taxonomies, taxonomies.c.words, taxonomies.c.told))
        return union_all(
            of_uses.where(*in_use, uses.c.taxonomy_id.is_not(None)),
            of_terms.where(terms.c.taxonomy_id.is_not(None)),
            alone,
        ).subquery()

    def _fits_term(self, known: Subquery, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
        yield from _holding(query.search, known.c.words, unless=self._holds_hidden(known.c.words))
        if query.taxonomy_id is not None:
            yield known.c.taxonomy_id == query.taxonomy_id
        if query.parent_id is not None:
            yield known.c.parent_id == query.parent_id
        if query.top_only:
            yield known.c.parent_id.is_(None)

    def _fits(self, record_type: str, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
        table = named(record_type)
        yield from self._chosen(record_type, query)
        match record_type:
            case "organization":
                yield from self._found(query, "organization", table.c.id)
                yield from self._classified(query, named("term_use").c.owner_id, table.c.id)
            case "location":
                if query.organization_id is not None:
                    yield table.c.organization_id == query.organization_id
            case "service":
                yield from self._found(query, "service", table.c.id)
                yield from self._fits_service(query, table.c.id)
            case _:
                at_service = table.c.service_id, "service"
                at_place = table.c.location_id, "location"
                if query.search is not None:
                    sides = (and_(*self._found(query, text, column)) for column, text in (at_service, at_place))
                    yield or_(*sides)
                yield from self._fits_service(query, table.c.service_id)
                yield from self._near(query, table.c.location_id)

    def _chosen(self, record_type: str, query: RecordQuery) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions by id and by the beginning of the name."""
        table, texts = named(record_type), named("search_text")
        if query.ids is not None:
            yield table.c.id.in_(query.ids)
        if query.name_begins is not None:
            pattern = spaced(query.name_begins).rstrip().replace("_", f"{_ESCAPE}_") + "%"
            begins = texts.c.phrase.like(pattern, escape=_ESCAPE) if query.name_begins else false()
            yield table.c.id.in_(select(texts.c.id).where(texts.c.kind == record_type, begins))

    def _fits_service(self, query: RecordQuery, service_id: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        services = named("service")
        yield from self._classified(query, named("term_use").c.record_id, service_id)
        if query.organization_id is not None:
            yield service_id.in_(select(services.c.id).where(services.c.organization_id == query.organization_id))
        if query.modified_after is not None:
            yield service_id.in_(select(services.c.id).where(services.c.last_modified >= query.modified_after))
        if query.modified_before is not None:
            yield service_id.in_(select(services.c.id).where(services.c.last_modified < query.modified_before))
        if query.active is not None:
            active = services.c.status == "active"
            yield service_id.in_(select(services.c.id).where(active if query.active else ~active))
        if query.location_id is not None:
            given = named("service_at_location")
            here = self.visible("service_at_location"), given.c.location_id == query.location_id
            yield service_id.in_(select(given.c.service_id).where(*here))

    def _classified(
        self, query: RecordQuery, whose: ColumnElement[Any], record: ColumnElement[Any]
    ) -> Iterator[ColumnElement[bool]]:
        uses = named("term_use")
        if query.term_ids is not None:
            yield record.in_(select(whose).where(uses.c.term_id.in_(query.term_ids)))
        for column, value in ((uses.c.term_id, query.term_id), (uses.c.taxonomy_id, query.taxonomy_id)):
            if value is not None:
                yield record.in_(select(whose).where(column == value))

    def _found(self, query: RecordQuery, record_type: str, record: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        if query.search is None:
            return
        texts = named("search_text")
        hidden = self._holds_hidden(texts.c.words)
        conditions = _holding(query.search, texts.c.words, texts.c.names, unless=hidden)
        yield record.in_(select(texts.c.id).where(texts.c.kind == record_type, *conditions))

    def _holds_hidden(self, texts: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition for texts with a name, slug or id of an organization hidden from the reader.

        The names are read first: a search would else go through every organization for each text with its words.
        """
        if not self._hidden_phrases:
            return false()
        listed = literal(json.dumps(self._hidden_phrases))
        if self._session.get_bind().dialect.name == "postgresql":
            phrases = func.jsonb_array_elements_text(cast(listed, JSONB)).table_valued("value")
        else:
            phrases = func.json_each(listed).table_valued("value")
        return exists(select(phrases.c.value).where(texts.like(literal("%") + phrases.c.value + literal("%"))))

    @cached_property
    def _hidden_phrases(self) -> list[str]:
        return sorted({spaced(words) for name in self.hidden_names() if (words := words_of(name))})

    def _near(self, query: RecordQuery, location: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        if query.postcode is None:
            return
        there = self._places_with(query.postcode)
        if query.meters is None:
            yield location.in_(there)
            return
        places = named("location")
        middle = select(func.avg(places.c.latitude), func.avg(places.c.longitude)).where(
            places.c.id.in_(there), places.c.latitude.is_not(None)
        )
        latitude, longitude = self._session.execute(middle).one()
        if latitude is None:
            yield false()
            return
        north = (places.c.latitude - latitude) * _METERS_PER_DEGREE
        east = (places.c.longitude - longitude) * (_METERS_PER_DEGREE * math.cos(math.radians(latitude)))
        near = select(places.c.id).where(places.c.id.in_(self.public_places()), places.c.latitude.is_not(None))
        yield location.in_(near.where(north * north + east * east <= float(query.meters) ** 2))

    def _places_with(self, postcode: str) -> Select[Any]:
        """Select the visible public places with an address in the postcode."""
        addresses = named("address")
        plain = func.upper(func.replace(addresses.c.postal_code, " ", ""))
        return select(addresses.c.location_id).where(
            plain == postcode.replace(" ", "").upper(),
            addresses.c.owner_id.in_(self.seen_organizations()),
            addresses.c.location_id.in_(self.public_places()),
        )


def _telling(
    key: ColumnElement[Any],
    told_by: int,
    table: Table,
    words: ColumnElement[Any],
    told: ColumnElement[Any],
    *,
    within: bool = False,
) -> tuple[ColumnElement[Any], ...]:
    return (
        key.label("key"),
        literal(told_by).label("told_by"),
        table.c.id,
        words.label("words"),
        told.label("told"),
        table.c.get("taxonomy_id", table.c.id).label("taxonomy_id"),
        table.c.get("parent_id", null()).label("parent_id"),
        literal(within).label("within"),
    )


def _told(row: Any) -> Mapping[str, Any]:
    told: Mapping[str, Any] = row.told["taxonomy_detail"] if row.within else row.told
    return told


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
