"""What the application says, read and written again in Spanish: whole answers, drawn sentences, hostile texts."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from answer.invented import invented
from length import sample
from loaded import Loader
from read_in_spanish import names_of, not_in_spanish, said_in

from service import demo
from service.documents.document import parse_document
from service.profile import read_profile
from service.serving.served import Served
from service.usecases.find_paths import find_paths
from service.usecases.next_calls import next_calls
from service.wording.spanish import in_spanish, names_in
from service.wording.spanish.catalogue import ATOMS, TEXT, Slot, catalogue
from service.wording.spanish.reading import LONGEST, STEPS, STEPS_FOR_A_LETTER, SentenceReader, TooLong, _read

NAMES = (
    "Hope House", "Family and Youth Services", "St. Anne's Slot", "Casa Luz (demo)", "Iris Center", "Oak, Elm and Ash",
    "Room: Board and More", "Northline County",
)  # fmt: skip
WRITTEN = {
    "number": ("1", "17", "120"),
    "clock": ("08:00",),
    "date": ("2026-03-01",),
    "code": ("PT2H", "sha256:d58"),
    "pointer": ("/phones/0",),
    "spelling": ("active", "temporarily closed"),
    "authority": ("34 USC 12291(b)(2); 45 CFR 164.512(f)(3)(i)",),
    "quoted": ("'en'",),
}
MOST_IN_A_LIST = 3


@pytest.fixture(params=demo.COALITIONS)
def coalition(request: pytest.FixtureRequest, loader: Loader) -> tuple[str, Served]:
    name: str = request.param
    return name, loader.serve(parse_document(demo.coalition_bytes(name))[0])[1]


def answers_of(name: str, served: Served, profiles: Sequence[str]) -> Iterator[Any]:
    for profile in profiles:
        answer = find_paths(served, read_profile(demo.profile_bytes(profile, name)))
        yield from (answer, next_calls(answer, {}))


def test_every_sentence_of_the_demos_answers_is_there_in_spanish(coalition: tuple[str, Served]) -> None:
    """All of them, and no English is left but in names."""
    name, served = coalition
    names = names_of(served)
    texts = {text for answer in answers_of(name, served, demo.profile_names(name)) for text in said_in(answer)}

    assert len(texts) > 40
    assert not_in_spanish(texts, names) == []


def test_the_names_in_an_answer_are_enough_to_read_it(coalition: tuple[str, Served]) -> None:
    """A page knows no more names than those in the document that it shows."""
    name, served = coalition

    for answer in answers_of(name, served, sample(demo.profile_names(name))):
        assert [text for text in said_in(answer) if in_spanish(text, names_in(answer)) is None] == []


def drawn_text(entry_type: str, dice: random.Random, depth: int = 0) -> tuple[str, str]:
    """Return a text of a kind, in English and in Spanish, drawn from the catalogue."""
    if entry_type == TEXT:
        name = dice.choice(NAMES)
        return name, name
    if entry_type in ATOMS:
        written = dice.choice(WRITTEN[entry_type])
        return written, written
    template = dice.choice(catalogue()[entry_type].templates)
    english, filled = "", {}
    for part in template.english:
        if isinstance(part, str):
            english += part
        else:
            said, filled[part.name] = drawn_slot(part, dice, depth + 1)
            english += said
    return english, template.spanish.format_map(filled)


def drawn_slot(slot: Slot, dice: random.Random, depth: int) -> tuple[str, str]:
    if slot.optional and dice.random() < 0.5:
        return "", ""
    english, spanish = drawn_text(slot.entry_type, dice, depth)
    for _ in range(dice.randrange(MOST_IN_A_LIST) if slot.between else 0):
        between = dice.choice(list((slot.between or {}).items()))
        more = drawn_text(slot.entry_type, dice, depth)
        english, spanish = english + between[0] + more[0], spanish + between[1] + more[1]
    return english, spanish


def alike(spanish: str) -> str:
    """Return a text as it is compared: "e" before a sound of i is "y", "u" before one of o is "o"."""
    return re.sub(r" u (?=h?[oó])", " o ", re.sub(r" e (?=h?[ií])", " y ", spanish, flags=re.I), flags=re.I)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_catalogue_can_say_is_read_as_it_was_said(seed: int) -> None:
    """Texts drawn from the catalogue, names with commas and an "and" in them, come back as meant."""
    dice, names = random.Random(seed), NAMES
    texts = [drawn_text("whole", dice) for _ in range(50)]

    found = {english: (in_spanish(english, names), spanish) for english, spanish in texts}

    assert {
        english: pair for english, pair in found.items() if pair[0] is None or alike(pair[0]) != alike(pair[1])
    } == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Nothing of this is known.",
        "Nothing leaves your agency. And this is new.",
        "Nothing leaves your agency.  Nothing leaves your agency.",
        "nothing leaves your agency.",
        "You may say: name and identity; a word that nobody knows.",
        "Call Hope House: 555-0100. What is new stands here.",
        "To send it, this would be needed: a signed letter. Help does not depend on it.",
        "opens Moonday 2 March, 08:00; room not known: call first",
        "What is new stands first. Hope House leaves open: its hours.",
        "Give the client this number:  Hope House, 555-0100.",
        " ".join(["Nothing leaves your agency."] * (LONGEST // 20)),
    ],
)
def test_what_is_not_known_is_not_said(text: str) -> None:
    """One part that is not known, and the whole text stays English."""
    assert in_spanish(text) is None


@pytest.mark.parametrize(
    ("text", "spanish"),
    [
        ("Hope House and Iris Center could interpret.", "Para interpretar: Hope House e Iris Center."),
        ("Family and Youth Services could interpret.", "Para interpretar: Family and Youth Services."),
        ("Call St. Anne's Slot: 555-0100. Nobody in this directory can be called for this now.", "Llame a St. Anne's"),
        (
            "The answer may open more. If yes: Rides at night at Hope House.",
            "La respuesta puede abrir más. Si es sí: Rides at night en Hope House.",
        ),
        ("If they want it", None),
        (
            "They may not have Quechua or Haitian: ask. Hope House could interpret.",
            "Tal vez no tienen quechua o criollo haitiano: pregunte. Para interpretar: Hope House.",
        ),
        ("opens Monday 2 March, 08:00; room not known: call first", "abre el lunes 2 de marzo, 08:00; no se sabe"),
    ],
)
def test_names_stay_and_lists_are_joined_as_in_spanish(text: str, spanish: str | None) -> None:
    """A name that holds an "and" is one name; between two, it is "y", or "e" before a sound of i."""
    found = in_spanish(text, (*NAMES, "Rides at night"))

    assert found is None if spanish is None else (found or "").startswith(spanish)


def test_without_names_a_list_of_them_stays_as_it_stands() -> None:
    """Where one name ends is then not known: no name is ever cut apart, or said in other words."""
    assert in_spanish("Family and Youth Services could interpret.") == "Para interpretar: Family and Youth Services."
    assert in_spanish("Give the client this number: St. Anne's Slot, 555-0100 ext. 7.") == (
        "Dele este número a la persona: St. Anne's Slot, 555-0100 ext. 7."
    )


HOSTILE = {
    "lists of names": "Call " + "a and b, c or d: " * 400,
    "an open sentence": "If they want it, this would open it: nothing more. It lets " + "a send this to b, " * 400,
    "names": " and ".join(["a"] * 2000) + " could interpret.",
    "lists of lists": "The answer may open more. " + "If 1 or 2 or 3: food, food at a and b. " * 150,
    "commas": "a, " * 2000,
    "one word": "x" * LONGEST,
    "blanks": " " * LONGEST,
    "sentences": "Nothing leaves your agency. " * 200,
    "over and over": "a wants: b. c may be able to give that. " * 150,
}


@pytest.mark.parametrize("entry_type", sorted(HOSTILE))
def test_no_text_takes_more_steps_than_so_many_a_letter(entry_type: str) -> None:
    """Whatever is written: the work is bounded by the length of the text, and beyond that it stays English."""
    text = HOSTILE[entry_type][:LONGEST]
    reader = SentenceReader(catalogue(), text, frozenset())

    try:
        reader.whole()
    except TooLong:
        assert in_spanish(text) is None

    assert reader.steps <= STEPS + STEPS_FOR_A_LETTER * len(text) + 2_000
    assert in_spanish(text * (10_000 // len(text) + 1)) is None


def test_a_text_is_read_once_whatever_names_stand_elsewhere() -> None:
    """Only the names that a text holds tell its readings apart."""
    text = "Your own service: nothing leaves your agency."
    in_spanish(text)
    before = _read.cache_info()

    in_spanish(text, NAMES)
    in_spanish(text, {"Another House"})

    assert _read.cache_info().misses == before.misses


@pytest.mark.parametrize("seed", range(25))
def test_answers_of_drawn_coalitions_are_there_in_spanish(seed: int, loader: Loader) -> None:
    """Coalitions and profiles that nobody looked at: whatever is said of them is known."""
    _, served, profile, _ = invented(loader, seed)
    answer = find_paths(served, read_profile(json.dumps(profile).encode()))
    names = names_of(served)

    texts = set(said_in([answer, next_calls(answer, {})]))

    assert not_in_spanish(texts, names) == []
