"""What answers say, written out in Spanish: whole answers, of the demos and drawn; names, lists, numbers and times."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from answer.invented import draw_instance
from loaded import Loader
from read_in_spanish import in_spanish, names_of, not_in_spanish, said_in

from policies.messages import AND, BOTH, EITHER, OR, Message, Plural, joined
from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n import calls
from service.i18n.entry_faults import slots_of
from service.i18n.times import Duration, Moment
from service.i18n.translation import translation
from service.maintenance.catalogue import list_texts


@pytest.fixture(params=demo.COALITIONS)
def coalition(request: pytest.FixtureRequest, loader: Loader) -> tuple[str, DirectorySnapshot]:
    name: str = request.param
    return name, loader.serve(parse_document(demo.coalition_bytes(name))[0])[1]


def answers_of(name: str, directory: DirectorySnapshot, profiles: Sequence[str]) -> Iterator[Any]:
    for profile in profiles:
        answer = find_paths(directory, read_profile(demo.profile_bytes(profile, name)))
        yield from (answer, next_calls(answer, {}))


def test_every_sentence_of_the_demos_answers_is_there_in_spanish(coalition: tuple[str, DirectorySnapshot]) -> None:
    """All of them are messages, and no English is left but in names."""
    name, directory = coalition
    answers = [*answers_of(name, directory, demo.profile_names(name))]

    assert len({*said_in(answers)}) > 40
    assert not_in_spanish(answers, names_of(directory)) == []


@pytest.mark.parametrize("seed", range(25))
def test_answers_of_drawn_coalitions_are_there_in_spanish(seed: int, loader: Loader) -> None:
    """Coalitions and profiles that nobody looked at: whatever is said of them is known."""
    _, directory, profile, _ = draw_instance(loader, seed)
    answer = find_paths(directory, read_profile(json.dumps(profile).encode()))

    assert not_in_spanish([answer, next_calls(answer, {})], names_of(directory)) == []


def test_only_sentences_change(coalition: tuple[str, DirectorySnapshot]) -> None:
    """Keys, numbers, times, codes and names of agencies are the same; what English says is what was always sent."""
    name, directory = coalition
    for answer in answers_of(name, directory, demo.profile_names(name)[:3]):
        plain = json.loads(json.dumps(answer))
        assert without_sentences(answer, answer) == without_sentences(answer, in_spanish(answer))
        assert plain == answer
        assert without_sentences(answer, plain) == without_sentences(answer, answer)


def without_sentences(messages: Any, document: Any) -> Any:
    if isinstance(messages, dict):
        return {key: without_sentences(messages[key], document[key]) for key in messages}
    if isinstance(messages, list | tuple):
        return [without_sentences(*pair) for pair in zip(messages, document, strict=True)]
    return None if isinstance(messages, Message) else document


WHEN = datetime(2026, 3, 2, 8)  # noqa: DTZ001 - only written out


def test_what_fills_a_slot_stays_in_every_sentence() -> None:
    """Each template of the program, filled: a name comes through as it stands, whatever is in it."""
    name = "Family and Youth Services: {Oak} or St. Anne's"
    wrong = []
    for text in list_texts():
        names_of_slots = (slots_of(text.english) or frozenset()) - {"count"}
        slots = {slot: f"{name} {slot}" for slot in names_of_slots if ":" not in slot}
        formatted: dict[str, object] = {
            slot.partition(":")[0]: WHEN if "%" in slot else 1 for slot in names_of_slots if ":" in slot
        }
        if text.many:
            message: Message = Plural(text.english, text.many).format(count=3, **slots, **formatted)
        else:
            message = Message(
                text.english, text.context, **slots, **formatted, **({"count": 3} if "{count}" in text.english else {})
            )
        if any(value not in in_spanish(message) for value in slots.values()):
            wrong.append(text)

    assert wrong == []


@pytest.mark.parametrize("number", [0, 1, 2, 21])
def test_a_number_chooses_the_form(number: int) -> None:
    """One form for one, the other for any other number, as the catalogue of the language counts."""
    message = Plural("{count} service is full.", "{count} services are full.").format(count=number)

    assert message == (f"{number} service is full." if number == 1 else f"{number} services are full.")
    assert in_spanish(message) == (
        f"{number} servicio está lleno." if number == 1 else f"{number} servicios están llenos."
    )


@pytest.mark.parametrize(
    ("parts", "between", "english", "spanish"),
    [
        (["Hope House", "Iris Center"], AND, "Hope House and Iris Center", "Hope House e Iris Center"),
        (["Family and Youth Services"], AND, "Family and Youth Services", "Family and Youth Services"),
        (["a", "b", "hielo"], AND, "a, b and hielo", "a, b y hielo"),
        (["uno", "otro"], OR, "uno or otro", "uno u otro"),
        (["a", "b", "c"], EITHER, "a or b or c", "a, b o c"),
        (["a", "b", "c"], BOTH, "a and b and c", "a, b y c"),
        (["", "a", ""], " ", "a", "a"),
        ([], AND, "", ""),
    ],
)
def test_lists_are_joined_as_in_spanish(parts: list[str], between: str, english: str, spanish: str) -> None:
    """Between two it is "y", or "e" before a sound of i; names hold what they hold, and what is empty is left out."""
    message = joined(parts, between)

    assert (message, in_spanish(message)) == (english, spanish)


def test_times_are_said_as_in_spanish() -> None:
    """Weekday, month and units by the locale data."""
    opens = calls.later("Hope House", Moment.of(datetime(2026, 3, 2, 8)))  # noqa: DTZ001 - a clock on the wall

    assert in_spanish(opens) == "Hope House abre el lunes 2 de marzo, 08:00."
    assert in_spanish(Duration.of(hours=1, minutes=20)) == "1 hora 20 minutos"


def test_a_message_holds_messages_at_any_depth() -> None:
    """A message is an argument of a message, and a part of a row: all of it is written out."""
    sentence = calls.LEAD_ASK.format(text=Message("Are you pregnant?"))

    assert in_spanish(joined([sentence, calls.NEVER_INTERPRETS], " ")) == (
        f"{in_spanish(sentence)} {in_spanish(calls.NEVER_INTERPRETS)}"
    )
    assert in_spanish(sentence).endswith(in_spanish(Message("Are you pregnant?")))


def test_a_text_that_no_catalogue_has_stays_english() -> None:
    """A coalition's own text, or a sentence that is not there in the language."""
    assert in_spanish(Message("Nothing of this is known to {name}.").format(name="Ana")) == (
        "Nothing of this is known to Ana."
    )
    assert in_spanish({"name": "nothing"}) == {"name": "nothing"}


def test_a_message_is_a_text_and_compares_as_it() -> None:
    """Messages with other arguments are other messages; the same again is the same, and hashes so."""
    first, again, other = (calls.LATER.format(name=name, moment="now") for name in ("A", "A", "B"))

    assert {first, again, "A opens now."} == {first}
    assert other != first
    assert json.dumps([first]) == '["A opens now."]'


def test_a_language_is_read_once() -> None:
    """Each process reads the catalogues of a language at its first use."""
    assert translation("es") is translation("es")
