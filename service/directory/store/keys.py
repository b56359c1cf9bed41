"""Derives the keys of records from their documents, so that searches find the same on SQLite and PostgreSQL. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.directory.standard.fit_record import FitOptions, Record
from service.directory.standard.identity import is_uuid, term_of
from service.directory.standard.record_types import (
    BY_TYPE_ALONE,
    LOCATION,
    ORGANIZATION,
    SERVICE,
    SERVICE_AT_LOCATION,
    TAXONOMY,
)
from service.vocabulary import words_of

from .record_documents import EXTRA

if TYPE_CHECKING:
    from service.database.bulk import Values

NAMES, WORDS = "names", "words"
"""Keys with a text: the record's own names, and all its searched words, in which names of other records may stand."""
EVERYWHERE = "everywhere"
_LONGEST = 500  # characters of a value; PostgreSQL's index holds no whole essay


def _paths(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(path.split(".")) for path in text.split())


_PLAIN: Mapping[str, tuple[tuple[str, ...], ...]] = {  # type of record -> paths of the fields that are keys
    ORGANIZATION: _paths(
        "parent coalition.basis coalition.kind coalition.membership coalition.regimes coalition.operator_authorised "
        "coalition.accepted_forms coalition.declared.review_by"
    ),
    SERVICE: _paths(
        "status referral.types referral.requires referral.only referral.not referral.accepts_from referral.designated"
    ),
    SERVICE_AT_LOCATION: _paths("service_id location_id"),
    "agreement": _paths("between types type level status expires"),
    "form_group": _paths("forms"),
    "release_form": _paths("languages"),
    "vocabulary_term": _paths("kind means"),
}
_SEARCHED: Mapping[str, tuple[str, ...]] = {  # fields of which the words are searched, beside the names
    ORGANIZATION: ("description",),
    SERVICE: ("description", "eligibility_description"),
    LOCATION: ("description",),
}
_POSITION = ("latitude", "longitude")


def keys_of(rows: Iterable[Values]) -> Iterator[Values]:
    """Yield the keys of records."""
    for row in rows:
        for name, value in sorted(set(_plain_keys(row))):
            yield _key(row, name, value=value[:_LONGEST])
        if row["type"] in _SEARCHED and not row["sealed"]:
            yield from _searched_keys(row)


def term_uses(rows: Iterable[Values]) -> Iterator[Values]:
    """Yield the taxonomy terms in use at records, and those told by themselves."""
    for row in rows:
        of_record = {"record_type": row["type"], "record_id": row["id"]}
        if row["type"] in BY_TYPE_ALONE:
            yield {**term_columns(row["type"], row["document"]), **of_record, "term_id": row["id"]}
        elif row["type"] in (ORGANIZATION, SERVICE):
            terms = {term["id"].lower(): term for term in _terms(row["document"])}
            for term_id, term in terms.items():
                use = {"term_id": term_id, "told": term if "name" in term else None}
                yield {**term_columns("taxonomy_term", term), **use, **of_record}


def spaced(words: Iterable[str]) -> str:
    """Return words in the form of a key's text: a space before and after each.

    >>> spaced(["harbor", "house"])
    ' harbor house '
    """
    return " ".join(("", *words, ""))


def term_columns(record_type: str, term: Mapping[str, Any]) -> Values:
    """Return the columns by which searches find a taxonomy term, or a taxonomy.

    >>> term_columns("taxonomy_term", {"name": "Food Pantry", "code": "1102", "taxonomy_id": "AB-1"})["words"]
    ' food pantry 1102 '
    """
    if record_type == TAXONOMY:
        words = taxonomy_words(term)
        above = {"taxonomy_id": term["id"].lower(), "parent_id": None}
        return {**above, "words": words, "taxonomy_words": words, "told": dict(term)}
    texts = (term.get(name) for name in ("name", "code", "description"))
    return {
        "taxonomy_id": (str(term.get("taxonomy_id") or "").lower()) or None,
        "parent_id": (str(term.get("parent_id") or "").lower()) or None,
        "words": spaced(word for text in texts if text for word in words_of(str(text))),
        "taxonomy_words": taxonomy_words(term.get("taxonomy_detail") or {}),
        "told": dict(term),
    }


def taxonomy_words(taxonomy: Mapping[str, Any]) -> str:
    """Return the searched words of a taxonomy: no word for a taxonomy known by its id alone.

    >>> taxonomy_words({"id": "7", "name": "Open Eligibility"}), taxonomy_words({"id": "7", "name": "7"})
    (' open eligibility ', ' ')
    """
    by_id = taxonomy.get("name") == taxonomy.get("id")
    return spaced(() if by_id else words_of(f"{taxonomy.get('name', '')} {taxonomy.get('description', '')}"))


def _key(row: Values, name: str, *, value: str = "", text: str | None = None, number: float | None = None) -> Values:
    return {"record_id": row["id"], "name": f"{row['type']}.{name}", "value": value, "text": text, "number": number}


def _plain_keys(row: Values) -> Iterator[tuple[str, str]]:
    """Yield each key by its field's name: of a list, one for each word."""
    record_type, document = row["type"], row["document"]
    for path in _PLAIN.get(record_type, ()):
        value: Any = document
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        for word in value if isinstance(value, list) else [value]:
            if word is not None:
                yield path[-1], str(word).lower() if isinstance(word, bool) else str(word)
    areas = [area["name"] for area in document.get("service_areas", ()) if area.get("name")]
    yield from (("area", name) for name in areas)
    if record_type == SERVICE and not areas and row["source"] is None:
        yield EVERYWHERE, ""  # an import that names no area has not said so
    if record_type == ORGANIZATION and "coalition" not in document:
        yield "membership", "none"
    if record_type == "vocabulary_term" and "term" in document:
        yield "kind", "term"
    yield from (("until", contact["until"]) for contact in document.get("contacts", ()) if contact.get("until"))


def _searched_keys(row: Values) -> Iterator[Values]:
    record_type, document = row["type"], row["document"]
    fields = {**document.get(EXTRA, {}), **document}
    texts = [value for name in _SEARCHED[record_type] if isinstance(value := fields.get(name), str)]
    names = [value for name in ("name", "alternate_name") if isinstance(value := fields.get(name), str)]
    words = [word for text in texts for word in words_of(text)]
    if record_type != LOCATION:
        words += [word for term in _terms(document) for word in term_columns("taxonomy_term", term)["words"].split()]
    postcodes = set[str]()
    for address in document.get("addresses", ()):
        words += [word for name in ("city", "postal_code") for word in words_of(str(address.get(name) or ""))]
        postcodes.add(str(address.get("postal_code") or "").replace(" ", "").upper()[:_LONGEST])
    yield from (_key(row, "postcode", value=postcode) for postcode in sorted(postcodes - {""}))
    yield _key(row, NAMES, text=spaced(word for name in names for word in words_of(name)))
    yield _key(row, WORDS, text=spaced(words))
    if record_type == LOCATION and all(name in document for name in _POSITION):
        for name in _POSITION:
            yield _key(row, name, number=document[name])


def _terms(document: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the terms of a record, each with its id and, if it has one, its taxonomy's."""
    for code in document.get("referral", {}).get("types", ()):
        yield term_of(code)
    attributes = {**document.get(EXTRA, {}), **document}.get("attributes")
    for attribute in attributes if isinstance(attributes, list) else ():
        if not isinstance(attribute, Mapping):
            continue
        if isinstance(attribute.get("taxonomy_term"), Mapping):
            if (term := FitOptions().fit("taxonomy_term", attribute["taxonomy_term"], whole=True)) is not None:
                yield term
        elif is_uuid(attribute.get("taxonomy_term_id")):
            yield {"id": str(attribute["taxonomy_term_id"])}
