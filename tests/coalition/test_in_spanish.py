"""The coalition's own work, the guide and the closed lists: all that they say is there in Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from drawn_coalitions import drawn
from icalendar import Calendar
from loaded import Loader
from read_in_spanish import in_spanish, left_in_english, names_of, not_in_spanish, said_in

import policies
from policies.messages import Message
from service import demo
from service.coalition import (
    Coverage,
    DueItems,
    Exchange,
    LegalHold,
    Map,
    draw_calendar,
    draw_heat_map,
    draw_map,
    read_guide,
    visible_directory_of,
)
from service.coalition.use_cases.list_states import list_states
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.use_cases.list_terms import list_terms
from service.documents.document import parse_document
from service.i18n.coalition import source
from service.i18n.codes import service_type

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
YEARS = timedelta(days=900)


def documents(directory: DirectorySnapshot) -> Iterator[Any]:
    visible = visible_directory_of(directory, None)
    yield Coverage(visible).document()
    yield Map(visible, AT).document()
    yield DueItems(visible, AT, YEARS).document()
    yield Exchange(visible, AT).document()
    yield LegalHold(visible, AT).document()


def bundles() -> Iterator[Any]:
    yield from (parse_document(demo.coalition_bytes(name))[0] for name in demo.COALITIONS)
    yield from map(drawn, range(4))


@pytest.mark.parametrize("number", range(6))
def test_what_the_coalition_reads_of_its_work_is_there_in_spanish(loader: Loader, number: int) -> None:
    """Coverage, map, what is due, exchange, what to do about a subpoena: of the demos, and of drawn coalitions."""
    directory = loader.serve(list(bundles())[number])[1]

    texts = [*documents(directory)]

    assert len({*said_in(texts)}) > 15
    assert not_in_spanish(texts, names_of(directory) | words_of(directory)) == []


def test_pictures_and_calendar_are_drawn_in_spanish(loader: Loader) -> None:
    """No English outside of names; what is no sentence is the same; entries of the calendar keep who they are."""
    directory = loader.serve_demo()
    visible = visible_directory_of(directory, None)
    coverage, coalition_map, due = Coverage(visible), Map(visible, AT), DueItems(visible, AT, YEARS)
    names = names_of(directory) | words_of(directory)

    for draw, drawn_from in ((draw_heat_map, coverage), (draw_map, coalition_map)):
        english, spanish = (draw(drawn_from, language) for language in ("en", "es"))  # type: ignore[operator]
        assert english == draw(drawn_from)  # type: ignore[operator]
        assert left_in_english([texts_in(spanish)], names) == []
        assert left_in_english([texts_in(english)], names) != []
    calendars = [Calendar.from_ical(draw_calendar(due, language)).walk("VEVENT") for language in ("en", "es")]
    assert [event["uid"] for event in calendars[0]] == [event["uid"] for event in calendars[1]]
    assert left_in_english((str(event["summary"]) for event in calendars[1]), names) == []


def texts_in(picture: str) -> str:
    """Return the texts of a picture as one: lines end within names."""
    return " ".join(" ".join(re.findall(r">([^<>]+)<", unescape(picture))).split())


def words_of(directory: DirectorySnapshot) -> frozenset[str]:
    """Return what agencies offer and want, in their own words."""
    promises = directory.names.promises.values()
    return frozenset(
        words for promise in promises for side in (promise.offers, promise.wants) for words in side.values()
    )


def test_the_guide_is_there_in_spanish() -> None:
    """What may be seen and asked, sector by sector, and what the sectors are called; works and codes are the same."""
    english, spanish = read_guide(), in_spanish(read_guide())

    assert len({*said_in(english)}) > 100
    assert not_in_spanish(english) == []
    assert [sector["name"] for sector in spanish["sectors"]] != [sector["name"] for sector in english["sectors"]]
    for key in ("see_source", "ask_source", "source", "needs"):
        assert [sector[key] for sector in spanish["sectors"]] == [sector[key] for sector in english["sectors"]]


def test_the_cards_of_the_states_are_there_in_spanish() -> None:
    """Every fact of every state, and the hours of its line; names, sources and numbers are as they are."""
    cards = policies.load_states().values()
    listed = list_states(cards)
    pairs = [
        (fact, other)
        for state, other_state in zip(listed["states"], in_spanish(listed)["states"], strict=True)
        for fact, other in zip(state["facts"], other_state["facts"], strict=True)
    ]
    names = {card.name for card in cards} | {fact["line"]["name"] for fact, _ in pairs if fact["line"]}

    assert len(pairs) > 100
    assert not_in_spanish(listed, names) == []
    assert [other for fact, other in pairs if fact["line"] and fact["line"]["hours"] == other["line"]["hours"]] == []
    assert {key for fact, other in pairs for key in fact if fact[key] != other[key]} == {"plain", "line", "lines"}


def test_the_works_of_the_guide_keep_their_titles_in_spanish() -> None:
    """What stands around a title is Spanish; title and publisher stay as they are."""
    works = [work for sector in read_guide()["sectors"] for work in sector["source"]]

    for work in works:
        year = f", {work['year']}" if work["year"] else ""
        assert in_spanish(source(work)) == (f"{work['title']}; {work['publisher']}{year}. Se leyó el {work['read']}.")
    assert {bool(work["year"]) for work in works} == {True, False}


def test_every_word_of_the_closed_lists_is_there_in_spanish(loader: Loader) -> None:
    """Names, by themselves and in a sentence, and meanings; what was added stays in its own words."""
    directory = loader.serve_demo()
    terms = list_terms(directory)
    spanish = in_spanish(terms)
    built_in = [
        (term, other)
        for name, entries in terms.items()
        if isinstance(entries, list)
        for term, other in zip(entries, spanish[name], strict=True)
        if term.get("meaning") is not None or name == "languages"
    ]

    assert len(built_in) > 100
    assert not_in_spanish(terms) == []
    assert [
        term for term, _ in built_in if not isinstance(term["name"], Message) and term["name"] != term["code"]
    ] == []
    assert left_in_english(other["name"] for _, other in built_in) == []
    assert in_spanish(service_type("legal_immigration")) == "ayuda legal de migración"
