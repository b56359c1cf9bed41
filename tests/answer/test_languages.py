"""Languages in an answer: what is asked about, who must not interpret, what a language is called, and who is texted."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_answer import ask, bundle
from loaded import Loader
from read_in_spanish import in_spanish

from service.i18n import calls
from service.i18n.languages import name_of_tag

Document = dict[str, Any]
BED = [{"type": "emergency_shelter", "urgency": "now"}]


def matters_to_confirm(loader: Loader, languages: list[str], interpreted: list[str] | None) -> list[str]:
    """Return what is to confirm of the bed, where the shelter has interpreters on the telephone."""
    town = bundle()
    town["coalition"] |= {} if interpreted is None else {"interpreted": interpreted}
    directory = loader.serve(town)[1]
    client = {"age": 25, "area": "travis", "languages": languages}
    answer = ask(directory, needs=BED, client=client, facts={"client_present": True})
    (step,) = answer["paths"][0]["steps"]
    return [
        entry["plain"]
        for use in step["services"]
        for entry in use["confirm"]
        if entry["attribute"] == "client.languages"
    ]


@pytest.mark.parametrize(
    ("languages", "interpreted", "name"),
    [
        (["vi"], None, None),
        (["vi"], ["es"], "Vietnamese"),
        (["quc"], None, "K'iche'"),
        (["quc"], ["quc"], None),
        (["mam"], None, "Mam"),
        (["quc", "es-MX"], None, None),  # one language is enough
        (["zza"], None, "Zaza"),
        (["ase"], None, "American Sign Language"),
        (["ase"], ["ase"], "American Sign Language"),  # no telephone carries signs
    ],
)
def test_what_an_interpreter_on_the_telephone_has(
    loader: Loader, languages: list[str], interpreted: list[str] | None, name: str | None
) -> None:
    """The coalition's list, or the common one; the rest is asked about, closes no door, and says who must not."""
    sentences = matters_to_confirm(loader, languages, interpreted)

    assert len(sentences) == (name is not None)
    for plain in sentences:
        assert plain.startswith(f"They may not have {name}: ask.")
        assert plain.endswith("Never let the companion, a child or the employer speak for the client.")
        assert "telephone" not in plain


@pytest.mark.parametrize(
    ("tag", "spanish"), [("quc", "quiché"), ("zza", "zazaki"), ("mas", "masái"), ("vi", "vietnamita")]
)
def test_a_language_has_its_name_in_both_languages(tag: str, spanish: str) -> None:
    """No tag is shown to anybody where its language has a name."""
    assert name_of_tag(tag) != tag
    assert in_spanish(calls.may_not_speak([tag], [])).startswith(f"Tal vez no tienen {spanish}: pregunte. ")


def test_who_signs_is_told_the_number_to_text(loader: Loader) -> None:
    """In the first path, and in the lead; a caller who hears is told the voice line."""
    town = bundle()
    town["organizations"][1]["phones"].append({"number": "555-0177", "type": "text", "description": "text line"})
    directory = loader.serve(town)[1]
    for languages, number in ((["ase"], "555-0177"), (["en"], "555-0101")):
        client = {"age": 25, "area": "travis", "languages": languages}
        answer = ask(directory, needs=BED, client=client)
        assert (answer["paths"][0]["steps"][0]["mode"], answer["paths"][0]["steps"][0]["contact"]["phone"]) == (
            "self",
            number,
        )
        assert (answer["lead"]["phone"], number in answer["lead"]["plain"]) == (number, True)


@pytest.mark.parametrize(("languages", "number"), [(["ase"], "555-0112"), (["en"], "555-0111")])
def test_a_last_line_is_texted_by_who_signs(loader: Loader, languages: list[str], number: str) -> None:
    """Where nobody meets the need."""
    town = bundle()
    town["coalition"]["fallback_lines"] = [{"name": "State line", "phone": "555-0111", "sms": "555-0112"}]
    directory = loader.serve(town)[1]
    client = {"age": 25, "area": "travis", "languages": languages}
    answer = ask(directory, needs=[{"type": "detox", "urgency": "now"}], client=client)

    assert answer["lead"]["do"] == "fallback"
    assert f"State line: {number}." in answer["lead"]["plain"]
