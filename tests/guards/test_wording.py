"""Every sentence that the application may show a person reads as a calm colleague would say it at 2 a.m."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
import tone
from loaded import Loader
from repository import ROOT
from sentences import (
    SHOWN_KEYS,
    WORDED,
    Sentence,
    every_sentence,
    modules_of,
    said_in,
    texts_of,
)

import policies
from service.i18n import answers
from service.i18n.translation import catalogues

MADE_OF_PARTS = (
    "service/answers/builder",
    "service/answers/printed",
    "service/directory/use_cases",
    "service/answers/profile",
    "service/directory/snapshot/sharing.py",
    "routing",
    "policies",
)
"""Where answers are put together: their words come from `service/i18n`, and the rules' from the packs."""
APART = {
    "service/directory/parties.py": "printed with the table of access",
    "service/i18n/": "where they belong",
    "service/directory/access.py": "the table of who may do what, as `openapi/README.md` shows it",
    "service/security/errors.py": "for the log: a caller is told no more than that a token is refused",
    "service/answers/routes/examples.py": "a made-up answer, which the description of the interface shows",
    "service/web/metrics.py": "what each figure at `/metrics` counts, which Prometheus wants beside it",
    "service/directory/hsds/reading/headings.py": "headings that are read, not said",
    "service/directory/hsds/importing/guess_from_text.py": "words that are read, not said",
    "service/directory/hsds/publishing/profile.py": "descriptions in a published schema",
    "service/directory/hsds/publishing/records.py": "a defect, of which only the place is told",
    "service/database/columns.py": "a defect, of which only the place is told",
}
"""What may hold words outside `service/i18n`, and the reason."""
DESCRIBED = (
    "`summary` in the API description",
    "`description` in the API description",
    *(f"`{key}` in examples of the API description" for key in sorted(SHOWN_KEYS)),
    "titles of problems",
    "meanings of problems",
)
A_SENTENCE = re.compile(r"[A-Z`{].*[.:?!]", re.DOTALL)


@pytest.fixture(scope="module")
def sentences(loader: Loader) -> list[Sentence]:
    return every_sentence(loader)


@pytest.fixture(scope="module")
def names(loader: Loader) -> frozenset[str]:
    """What the directory calls the coalition, its agencies, services and areas: names, whatever their length."""
    directory_names = loader.serve_demo().names
    views = (*directory_names.organizations.values(), *directory_names.services.values())
    return frozenset((directory_names.coalition_name, *(view.name for view in views), *directory_names.areas.values()))


def test_nothing_that_is_shown_blames_leads_or_asks_why(sentences: list[Sentence]) -> None:
    """No "why", no blame, nothing leading, no jargon; a no is no failure, and help hangs on no form."""
    faults_by_text = {
        sentence.text: faults
        for sentence in sentences
        if (faults := tone.faults_in(sentence.text, technical=sentence.technical))
    }

    assert faults_by_text == {}


def test_every_sentence_can_be_read_with_eight_years_of_school(
    sentences: list[Sentence], names: frozenset[str]
) -> None:
    """Flesch-Kincaid, names and numbers masked: each sentence by itself, labels of one place together.

    If this fails: the figure is a school year, eight at most; take shorter words, or two sentences.
    """
    hard = {
        (sentence.place, sentence.text): grade
        for sentence in sentences
        if tone.words_in(sentence.text, names) >= tone.LEAST_WORDS
        and (grade := tone.grade(sentence.text, names)) > tone.HIGHEST_GRADE
    }
    labels = defaultdict(list)
    for label in sentences:
        if tone.words_in(label.text, names) < tone.LEAST_WORDS:
            labels[label.place].append(label.text.strip().rstrip("."))
    hard_labels = {
        place: grade
        for place, texts in labels.items()
        if tone.words_in(together := ". ".join(texts) + ".", names) >= tone.LEAST_WORDS
        and (grade := tone.grade(together, names)) > tone.HIGHEST_GRADE
    }

    assert hard == {}
    assert hard_labels == {}


def test_nobody_is_sent_for_an_unsafe_signature(loader: Loader) -> None:
    """Where a rule names a parent or a guardian, it says that this person is safe for the client."""
    rules = loader.serve_demo().rulebook.rules
    texts = [text for rule in rules for text in (rule.plain, rule.asks) if re.search(r"parent|guardian", text)]

    assert texts
    assert [text for text in texts if "safe" not in text] == []


def test_no_sentence_names_an_operation(sentences: list[Sentence]) -> None:
    """If this fails: name the act, `record it`, and not a method or a path of the interface."""
    texts = {
        sentence.text
        for sentence in sentences
        if sentence.place.startswith("service/i18n") or sentence.place == "`plain` in answers"
    }
    spanish = "\n".join(file.read_text(encoding="utf-8") for file in catalogues("es"))

    operation = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) |/v1/")
    assert texts
    assert [text for text in texts if operation.search(text)] == []
    assert operation.findall(spanish) == []


def test_every_place_is_looked_at(sentences: list[Sentence]) -> None:
    """Rules, wording, pages, answers, problems, the API's description, commands and settings: none comes up empty."""
    places = {sentence.place for sentence in sentences}
    texts = {sentence.text for sentence in sentences}

    assert {
        "`plain` of rules",
        "`asks` of rules",
        "`brief` of rules",
        "service/i18n",
        "service/i18n/refusals.py",
        "service/i18n/replies.py",
        "policies/explaining/decision.py",
        "`plain` in answers",
        "titles of problems",
        "`summary` in the API description",
        "`description` in the API description",
        "help of commands",
        "settings",
        "the guide",
    } <= places
    assert {answers.SAFE_TO_TALK, answers.REASON["age"].template, policies.data_in_words("health")} <= texts


def test_answers_take_their_words_from_one_place() -> None:
    """The modules that put answers together hold no sentence of their own."""
    places = [
        (file.relative_to(ROOT).as_posix(), text)
        for name in MADE_OF_PARTS
        for file in modules_of(name)
        if file.relative_to(ROOT).as_posix()
        not in (*WORDED, "policies/verify/properties.py", "policies/verify/witness.py")
        and file.parent != ROOT / "service/answers/schemas"  # what the interface says of itself
        for _, text in texts_of(file)
        if A_SENTENCE.fullmatch(text.strip()) and tone.words_in(text) >= 3
    ]

    assert places == []


def test_what_people_read_stands_in_the_wording(sentences: list[Sentence]) -> None:
    """No module of `service` holds words for people but `service/i18n`; what describes the interface stands in it.

    Each text beside its code is a part of what the interface says of itself, which is read here as well.
    """
    described = "\n".join(sentence.text for sentence in sentences if sentence.place in DESCRIBED)
    places = [
        (file.relative_to(ROOT).as_posix(), line, text)
        for file in modules_of("service")
        if not file.relative_to(ROOT).as_posix().startswith(tuple(APART))
        for line, text in said_in(file)
        if not all(part in described for part in text.split("{}"))
    ]

    assert places == []


def test_no_text_anywhere_blames_or_leads() -> None:
    """Beyond what is known to be shown: no text of the program at all, error messages included."""
    faults_by_place = {
        (file.relative_to(ROOT).as_posix(), text): faults
        for package in ("service", "policies", "routing")
        for file in modules_of(package)
        for _, text in texts_of(file)
        if " " in text and (faults := tone.faults_in(text, technical=True))
    }

    assert faults_by_place == {}


# ---------------------------------------------------------------- the lint itself


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Why did you stay with him?", "asks why"),
        ("Ask the client for the reason why.", "asks why"),
        ("It was her own fault that she went back.", "blames"),
        ("You failed to report this in time.", "blames"),
        ("He is an illegal alien.", "blames"),
        ("Don't you want to talk to the police?", "leads"),
        ("You should have called sooner.", "leads"),
        ("Isn't it true that he hurt you?", "leads"),
        ("The client must admit what happened.", "leads"),
        ("You do want help, right?", "leads"),
        ("The client refused to sign the form.", "calls a no a failure"),
        ("The survivor has declined services.", "calls a no a failure"),
        ("The youth is non-compliant.", "calls a no a failure"),
        ("The client failed to consent.", "calls a no a failure"),
        ("She was resistant and did not cooperate.", "calls a no a failure"),
        ("The client must sign the form before a bed is given.", "makes help hang on a form"),
        ("No help until a release is on file.", "makes help hang on a form"),
        ("Help is given only if you sign.", "makes help hang on a form"),
        ("Sign here to get a bed for the night.", "makes help hang on a form"),
        ("Shelter depends on a signed release.", "makes help hang on a form"),
        ("PII must not be sent.", "is jargon: PII"),
        ("The case will be adjudicated.", "is jargon: adjudicated"),
        ("See the eligibility matrix.", "is jargon: eligibility matrix"),
        ("The value is null.", "is jargon: null"),
        ("The recipient is one hop away.", "is jargon: hop"),
        ("A signed MOU is needed.", "is not explained: MOU"),
        ("The defence lawyer may hear of it.", "is not spelled the American way: defence"),
        ("Ask the organisation.", "is not spelled the American way: organisation"),
    ],
)
def test_a_bad_sentence_is_caught(text: str, wrong: str) -> None:
    """Each kind of bad sentence, planted, is found for what it is."""
    assert wrong in tone.faults_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Help is available whether or not the client signs.",
        "To send it, this would be needed: a signed release. Help does not depend on it.",
        "1 service is with an agency the client does not want.",
        "A signed agreement (MOU) is needed between the two.",
        "Services do not depend on talking to police.",
        "Where it is safe, tell the client first: what you have to report, to whom, and what happens next.",
        "How old are you?",
        "No consent changes this.",
    ],
)
def test_a_calm_sentence_is_let_through(text: str) -> None:
    """What denies that help hangs on anything, or says a no plainly, is no fault."""
    assert tone.faults_in(text) == []


def test_a_hard_sentence_is_caught_and_a_name_is_not() -> None:
    """Long words in long sentences are too much; a statute, an agency's name or a number is as good as a short word."""
    hard = (
        "Individually identifying information necessitates contemporaneous authorization by the appropriate personnel."
    )
    with_name = (
        "Call the Northern Interdisciplinary Collaborative Advocacy Association at 555-0100, under 34 USC 12291(b)(2)."
    )
    name = frozenset({"Northern Interdisciplinary Collaborative Advocacy Association"})

    assert tone.grade(hard) > tone.HIGHEST_GRADE
    assert tone.grade(with_name) > tone.HIGHEST_GRADE
    assert tone.grade(with_name, name) <= tone.HIGHEST_GRADE
    assert tone.masked(with_name, name) == "Call the this at ten, under law."


def test_a_new_sentence_is_found_by_itself(tmp_path: Path) -> None:
    """Every string of a module counts, put together or not; docstrings and keys do not."""
    module = tmp_path / "words.py"
    module.write_text(
        '"""Not this."""\nA = {"not this": "but this"}\ndef f(n):\n    """Nor."""\n    return f"{n} of them"\n'
    )

    assert sorted(text for _, text in texts_of(module)) == ["but this", "{} of them"]


def test_a_sentence_beside_its_code_is_found(tmp_path: Path) -> None:
    """A new one, put together or not, capital or not; what is no word for people is let through."""
    module = tmp_path / "code.py"
    module.write_text(
        '"""It is not this."""\n'
        'log.warning("it is not this: %s", 1)\nField(description="It is not this.")\n'
        '{"description": "It is not this."}\n'
        'A = "select this from that where it is so"\nB = "not it"\nC = "tests/of/the/path"\n'
        'print("There is no such file.")\nraise ValueError(f"must be one of {C}")\n'
    )

    assert [text for _, text in said_in(module)] == ["There is no such file.", "must be one of {}"]
