"""The Spanish of what the application says: all of it is there, nothing too much, and it reads as it should."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
import spanish

from service.i18n.entry_faults import numbers_of, slots_of
from service.maintenance.catalogue import list_texts

OPTIONAL = frozenset({"language"})
"""Contexts whose texts the Unicode locale data has: an entry is there where we say it better."""


def test_every_english_text_has_a_spanish_one() -> None:
    """If this fails: write the entry in `service/i18n/catalogues/es.po`, of a rule in `es.po` of its pack."""
    translated = {(entry.english[0], entry.context) for entry in spanish.entries() if all(entry.spanish)}

    assert [text for text in list_texts() if (text.english, text.context) not in translated] == []


def test_no_spanish_is_left_of_a_text_that_is_gone() -> None:
    """If this fails: take the entry out, or see if the English was meant to change."""
    texts = {(text.english, text.context) for text in list_texts()}

    assert [
        entry
        for entry in spanish.entries()
        if (entry.english[0], entry.context) not in texts and entry.context not in OPTIONAL
    ] == []


def test_slots_are_the_same_in_both_languages() -> None:
    """A slot that is misspelt would be a defect for the first reader of the sentence."""
    assert [
        entry
        for entry in spanish.entries()
        if {slots_of(text) for text in entry.spanish} != {slots_of(text) for text in entry.english}
    ] == []


def test_numbers_are_the_same_in_both_languages() -> None:
    """A telephone number, a term or an age that differs would send somebody to the wrong place, or too late."""
    assert [
        entry
        for entry in spanish.entries()
        if {numbers_of(text) for text in entry.spanish} != {numbers_of(text) for text in entry.english}
    ] == []


def test_what_has_a_number_has_a_form_for_each() -> None:
    """One form is not enough where the English has two; and no entry waits to be looked at."""
    many = {(text.english, text.context): text.many for text in list_texts()}

    assert [
        entry
        for entry in spanish.entries()
        if entry.fuzzy or (len(entry.english) > 1) != bool(many.get((entry.english[0], entry.context)))
    ] == []


def test_no_text_of_the_program_is_given_twice() -> None:
    """Of two, the last would count; a sentence that several packs say stands in each, in the same words."""
    translations = defaultdict(set)
    for entry in spanish.entries():
        translations[entry.english, entry.context].add(entry.spanish)
    counted = Counter((entry.english, entry.context, entry.place) for entry in spanish.entries())

    assert {key: texts for key, texts in translations.items() if len(texts) > 1} == {}
    assert [key for key, count in counted.items() if count > 1] == []
    assert spanish.keys_given_twice() == []


def test_nothing_in_spanish_blames_leads_or_asks_why() -> None:
    """No "por qué", no blame, nothing leading; `usted` throughout."""
    faults_by_text = {text: faults for _, text in spanish.spoken() if (faults := spanish.faults_in(text))}

    assert faults_by_text == {}


def test_every_spanish_sentence_is_plain_by_fernandez_huerta() -> None:
    """60 points and more: each sentence by itself, labels of one place together."""
    hard = {
        text: points
        for _, text in spanish.spoken()
        if spanish.words_in(text) >= spanish.LEAST_WORDS and (points := spanish.ease(text)) < spanish.EASIEST_NEEDED
    }
    labels = defaultdict(list)
    for place, text in spanish.spoken():
        if 0 < spanish.words_in(text) < spanish.LEAST_WORDS:
            labels[place].append(text.rstrip("."))
    together = {place: ". ".join(texts) + "." for place, texts in labels.items()}
    hard_places = {
        place: points
        for place, text in together.items()
        if spanish.words_in(text) >= spanish.LEAST_WORDS and (points := spanish.ease(text)) < spanish.EASIEST_NEEDED
    }

    assert hard == {}
    assert hard_places == {}


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
    """Constants, rules, problems, words, the guide and hours of lines are all looked at."""
    texts = {text.english for text in list_texts()}

    assert {"You may say: {data}.", "hours not known{check}", "Nobody in this directory offers: {names}."} <= texts
    assert {
        "Funders receive totals, not names.",
        "totals instead",
        "Not found",
        "Are you okay?",
        "dental care",
    } <= texts
    assert {"{count} service is full.", "Monday to Friday, 8:00 to 16:30", "K'iche'"} & texts
