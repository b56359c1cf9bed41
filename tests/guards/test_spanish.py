"""The Spanish of what the application says: all of it is there, nothing too much, and it reads as it should."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
import spanish

from service.wording.spanish.catalogue import catalogue, parse, read_entries

THE_LANGUAGE_ITSELF = frozenset({"language", "weekday", "month"})
"""Kinds of words that nobody could say in plainer ones."""


def test_every_english_sentence_has_a_spanish_one() -> None:
    """If this fails: write the Spanish beside its neighbors in `service/wording/spanish`, of a rule in its pack's."""
    known = {spanish.skeleton(english) for _, english, _ in read_entries()}

    assert {text: place for text, place in spanish.worded().items() if text not in known} == {}


def test_no_spanish_is_left_of_a_sentence_that_is_gone() -> None:
    """If this fails: take the entry out, or see if the English was meant to change."""
    worded = spanish.worded()

    assert [
        (kind, english)
        for kind, english, _ in read_entries()
        if spanish.says_something(english) and spanish.skeleton(english) not in worded
    ] == []


def test_slots_are_the_same_on_both_sides_and_name_kinds_that_there_are() -> None:
    """The catalogue is refused as a whole otherwise."""
    assert len(catalogue()) > 10

    for english, other in (("{name} waits.", "Espera."), ("It waits.", "{name} espera."), ("{a:none} b", "{a} b")):
        with pytest.raises(ValueError, match=r"slots differ|no such kind"):
            parse(english, other, {"text"})


def test_no_key_is_given_twice() -> None:
    """Of two, YAML keeps the last and says nothing."""
    assert spanish.keys_given_twice() == []


def test_no_two_entries_of_a_kind_read_the_same_english() -> None:
    """One text, one Spanish: two entries that differ in the names of their slots alone would be a toss-up."""
    found = defaultdict(list)
    for kind, english, _ in read_entries():
        if spanish.says_something(english):
            found[kind, re.sub(r"\{\w+:", "{", english)].append(english)

    assert [texts for texts in found.values() if len(texts) > 1] == []


def test_nothing_in_spanish_blames_leads_or_asks_why() -> None:
    """No "por qué", no blame, nothing leading; `usted` throughout."""
    found = {text: faults for _, text in spanish.spoken() if (faults := spanish.faults_in(text))}

    assert found == {}


def test_every_spanish_sentence_is_plain_by_fernandez_huerta() -> None:
    """60 points and more: each sentence by itself, labels of one kind together."""
    hard = {
        text: points
        for _, text in spanish.spoken()
        if spanish.words_in(text) >= spanish.LEAST_WORDS and (points := spanish.ease(text)) < spanish.EASIEST_NEEDED
    }
    labels = defaultdict(list)
    for kind, text in spanish.spoken():
        if 0 < spanish.words_in(text) < spanish.LEAST_WORDS and kind not in THE_LANGUAGE_ITSELF:
            labels[kind].append(text.rstrip("."))
    together = {kind: ". ".join(texts) + "." for kind, texts in labels.items()}
    hard_kinds = {
        kind: points
        for kind, text in together.items()
        if spanish.words_in(text) >= spanish.LEAST_WORDS and (points := spanish.ease(text)) < spanish.EASIEST_NEEDED
    }

    assert hard == {}
    assert hard_kinds == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("¿Por qué no llamó antes?", "asks why"),
        ("Dile a tu agencia.", "is no `usted`"),
        ("Fue culpa de la persona.", "blames"),
        ("¿No es cierto que tenía miedo?", "leads"),
        ("La persona se negó a firmar.", "calls a no a failure"),
    ],
)
def test_a_bad_sentence_is_caught(text: str, wrong: str) -> None:
    """Each kind of bad sentence, planted, is found for what it is."""
    assert wrong in spanish.faults_in(text)


def test_a_hard_sentence_is_caught() -> None:
    """Long words in long sentences are too much."""
    hard = "La identificación individualizada necesita autorización contemporánea del personal administrativo."

    assert spanish.ease(hard) < spanish.EASIEST_NEEDED < spanish.ease("Llame junto con la persona; habla la persona.")


def test_a_new_sentence_is_found_by_itself() -> None:
    """Constants, what functions put together, rules, problems and the guide are all looked at."""
    found = spanish.worded()

    assert {"You may say: {}.", "hours not known{}", "Nobody in this directory offers: {}."} <= found.keys()
    assert {"Funders receive totals, not names.", "totals instead", "Not found", "Are you okay?"} <= found.keys()
    assert list(spanish.pieces("{rule} To send it: {needs}.{form} Help does not depend on it.")) == [
        "To send it: {}.",
        "Help does not depend on it.",
    ]
    assert list(spanish.pieces("{name} opens {moment}.")) == ["{} opens {}."]
