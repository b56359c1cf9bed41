"""Derives search rows from the rows of records, so that searches find the same on SQLite and PostgreSQL. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.standard.fit_record import Fitting, Record
from service.standard.hidden_names import words_of
from service.standard.identity import id_of
from service.standard.terms import term_of
from service.standard.value_forms import is_uuid

if TYPE_CHECKING:
    from .rows import RowSet, Values


TABLES = ("search_text", "term_use")
_SAID = {  # fields of which the words are searched, beside the names
    "organization": ("description",),
    "service": ("description", "eligibility_description"),
    "location": ("description",),
}
_IN_PLACES = ("city", "postal_code")


def index_rows(records: RowSet) -> RowSet:
    """Return the rows of the derived tables for the organizations, services and public places in `records`."""
    terms = {row["id"]: row for kind in ("organization", "service") for row in _term_uses(records.get(kind, {}))}
    named: defaultdict[str, list[str]] = defaultdict(list)
    for use in terms.values():
        named[use["record_id"]].append(use["words"])
    for address in records.get("address", {}).values():
        named[address["location_id"]] += [str(address[name]) for name in _IN_PLACES]
    texts = (
        _search_text(kind, row, named[row["id"]])
        for kind in _SAID
        for row in records.get(kind, {}).values()
        if not row.get("private")
    )
    return {"search_text": {row["id"]: row for row in texts}, "term_use": terms}


def spaced(words: Iterable[str]) -> str:
    """Return words in the form of the index: a space before and after each.

    >>> spaced(["harbor", "house"])
    ' harbor house '
    """
    return " ".join(("", *words, ""))


def term_columns(term: Mapping[str, Any]) -> Values:
    """Return the columns by which searches find a taxonomy term.

    >>> term_columns({"name": "Food Pantry", "code": "1102", "taxonomy_id": "AB-1"})["words"]
    ' food pantry 1102 '
    """
    said = (term.get(name) for name in ("name", "code", "description"))
    return {
        "taxonomy_id": (str(term.get("taxonomy_id") or "").lower()) or None,
        "parent_id": (str(term.get("parent_id") or "").lower()) or None,
        "words": spaced(word for text in said if text for word in words_of(str(text))),
        "taxonomy_words": taxonomy_words(term.get("taxonomy_detail") or {}),
    }


def taxonomy_words(taxonomy: Mapping[str, Any]) -> str:
    """Return the searched words of a taxonomy: no word for a taxonomy known by its id alone.

    >>> taxonomy_words({"id": "7", "name": "Open Eligibility"}), taxonomy_words({"id": "7", "name": "7"})
    (' open eligibility ', ' ')
    """
    if taxonomy.get("name") == taxonomy.get("id"):
        return spaced(())
    return spaced(words_of(f"{taxonomy.get('name', '')} {taxonomy.get('description', '')}"))


def _search_text(kind: str, row: Values, named: list[str]) -> Values:
    told = {**(row["extra"] or {}), **{name: row[name] for name in ("name", "description") if row.get(name)}}
    said = [value for name in _SAID[kind] if isinstance(value := told.get(name), str)]
    names = [value for name in ("name", "alternate_name") if isinstance(value := told.get(name), str)]
    return {
        "id": row["id"],
        "owner_id": row.get("organization_id") or row["id"],
        "kind": kind,
        "phrase": spaced(words_of(str(row.get("name") or ""))),
        "names": spaced(word for name in names for word in words_of(name)),
        "words": spaced(word for text in (*said, *named) for word in words_of(text)),
    }


def _term_uses(rows: Mapping[str, Values]) -> Iterator[Values]:
    for row in rows.values():
        for term in _terms(row):
            yield {
                "id": id_of("term_use", row["id"], term["id"]),
                "owner_id": row.get("organization_id") or row["id"],
                "record_id": row["id"],
                "term_id": term["id"].lower(),
                **term_columns(term),
                "term": term if "name" in term else None,
            }


def _terms(row: Values) -> Iterator[Record]:
    """Yield the terms of a record, each with its id and, if it has one, its taxonomy's."""
    for code in row.get("types") or ():
        yield term_of(code)
    given = (row["extra"] or {}).get("attributes")
    for attribute in given if isinstance(given, list) else ():
        if not isinstance(attribute, Mapping):
            continue
        if isinstance(attribute.get("taxonomy_term"), Mapping):
            if (term := Fitting().fit("taxonomy_term", attribute["taxonomy_term"], whole=True)) is not None:
                yield term
        elif is_uuid(attribute.get("taxonomy_term_id")):
            yield {"id": str(attribute["taxonomy_term_id"])}
