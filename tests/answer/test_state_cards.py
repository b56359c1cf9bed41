"""What a state's card says in an answer where no pack of the state is loaded: by when, to whom, and what it lacks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from answer.test_answer import ask, bundle
from loaded import Loader
from read_in_spanish import in_spanish
from rich.console import Console

import policies
from policies.card_points import POINTS
from policies.lines import DAY_AND_NIGHT
from policies.states import HOURS_NOT_KNOWN, read_states
from service.answers.printed import PrintedPage, print_answer
from service.coalition.use_cases.list_states import list_states
from service.i18n import states

Document = dict[str, Any]
CARDS = policies.load_states()
CHILD = {"age": 9, "traits": {"sex_trafficking": True}}
ELDER = {"age": 70, "traits": {"labor_trafficking": True}}
UNDOCUMENTED = {"age": 16, "traits": {"labor_trafficking": True, "foreign_national": True}}
AT = datetime.fromisoformat("2026-03-02T02:00:00-06:00")
CHILDHELP = next(line for line in policies.load_lines(("federal",)) if line.id == "childhelp")
SUBJECTS = {"child-report-state-law": "child", "adult-report-state-law": "adult"}


def coalition(code: str, *packs: str, receivers: bool = False) -> Document:
    """A coalition in one state, with or without agencies that take reports."""
    document: Document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{code}"'))
    document["coalition"]["policy_packs"] = ["federal", *packs, "coalition"]
    if not receivers:
        document["organizations"] = document["organizations"][:2]
    return document


def card_of(monkeypatch: pytest.MonkeyPatch, code: str, **facts: Any) -> None:
    """Put a card of our own in the place of the state's."""
    reading = {"source": "https://example.org", "read": _day(), "confidence": "P", "authority": "Code 1"}
    name = CARDS[code].name if code in CARDS else "Zed"
    cards = read_states({code: {"name": name, "readings": [{**reading, **facts}] if facts else []}})
    monkeypatch.setattr(policies, "load_states", lambda: cards)


def _day() -> Any:
    return next(fact.read for card in CARDS.values() for fact in card.facts.values())


@pytest.mark.parametrize("code", sorted(CARDS))
def test_in_every_state_the_answer_says_what_the_card_says_and_no_more(loader: Loader, code: str) -> None:
    """For the nine-year-old, the elder and the undocumented boy: when, the line, the law, of no other state."""
    card = CARDS[code]
    directory = loader.serve(coalition(code))[1]

    for client in (CHILD, ELDER, UNDOCUMENTED):
        answer = ask(directory, client={**client, "area": "travis"})
        duties = {duty["id"]: duty for duty in answer["duties"] if duty["id"] in SUBJECTS}
        for name, duty in duties.items():
            terms = card.terms(SUBJECTS[name], trafficked=True)
            assert (duty["due"], duty["certain"], duty["share"], duty["must_hold"]) == (terms.due, False, [], [])
            assert terms.authority is None or duty["authority"] == terms.authority
            line = next(
                (
                    line
                    for line in card.lines
                    if line.purpose == f"{SUBJECTS[name]}_abuse"
                    and not line.serves.counties
                    and not line.serves.mandated
                ),
                None,
            )
            assert line is None or [to["phone"] for to in duty["to"]] == [line.phone or line.text]
        subject = "adult" if client is ELDER else "child"
        is_guaranteed = card.terms(subject).reporters != policies.NOBODY
        assert (f"{subject}-report-state-law" in duties) is is_guaranteed
        text = json.dumps(answer)
        assert "no-state-rules" in {notice["id"] for notice in answer["notices"]}
        assert not card.facts or card.name in text
        foreign_phones = {line.phone for other in CARDS.values() for line in other.lines if other is not card}
        assert not [number for number in foreign_phones if number and number in text]


def test_a_duty_says_who_by_when_and_to_whom(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card's line stands in where no agency of the coalition takes the report."""
    line = {"name": "Zed Child Line", "phone": "1-800-555-0100", "hours": "day and night"}
    card_of(
        monkeypatch, "us-zz", child_reporters="everybody", child_due="PT24H", child_written="PT48H",
        child_police="also", child_line=line,
    )  # fmt: skip

    answer = ask(loader.serve(coalition("us-zz"))[1], client={**CHILD, "area": "travis"})

    (duty,) = answer["duties"]
    assert (duty["due"], duty["authority"]) == ("PT24H", "Code 1")
    assert [(to["name"], to["status"]) for to in duty["to"]] == [("Zed Child Line", "open")]
    assert "It is due within 24 hours." in duty["say"]
    for words in ("all who suspect", "within 24 hours", "within 48 hours", "the police as well", "ask your supervisor"):
        assert words in duty["plain"]
    assert [line["id"] for line in answer["lines"]][:1] == ["us-zz-child-line"]


@pytest.mark.parametrize("hours", ["day and night", "Monday to Friday, 8:00 to 17:00", HOURS_NOT_KNOWN])
def test_behind_a_line_that_may_be_closed_is_none_that_takes_no_reports(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, hours: str
) -> None:
    """A line that only gives out numbers is no way to report, whoever is closed."""
    card_of(monkeypatch, "us-zz", child_line={"name": "Zed Child Line", "phone": "1-800-555-0100", "hours": hours})

    lead = ask(loader.serve(coalition("us-zz"))[1], client={**CHILD, "area": "travis"})["lead"]

    assert (lead["do"], lead["phone"]) == ("report", "1-800-555-0100")
    assert "Then report to Zed Child Line: 1-800-555-0100." in lead["plain"]
    assert CHILDHELP.name not in lead["plain"]


@pytest.mark.parametrize("avoid", [[], ["community"]])
def test_a_line_that_takes_no_reports_is_behind_no_other(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, avoid: list[str]
) -> None:
    """At no age: it takes no report."""
    card_of(monkeypatch, "us-zz", child_line={"name": "Zed Child Line", "phone": "1-800-555-0100"})
    directory, needs = loader.serve(coalition("us-zz"))[1], [{"type": "child_protection_report", "urgency": "now"}]

    for age in (9, 15):
        lead = ask(directory, client={**CHILD, "age": age, "area": "travis"}, needs=needs, avoid=avoid)["lead"]
        assert lead["do"] == "report"
        assert CHILDHELP.name not in lead["plain"]


@pytest.mark.parametrize(("caller", "words"), [("client", "Ask there where to report."), ("third_party", "was seen.")])
def test_a_line_that_takes_no_reports_is_asked_where_to_report(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, caller: str, words: str
) -> None:
    """Where the card has no line the federal one leads, and is not said to take the report."""
    directory = loader.serve(coalition("us-zz"))[1]
    changes = {"client": {**CHILD, "area": "travis"}, "facts": {"guardian": "none", "danger": "none", "caller": caller}}
    card_of(monkeypatch, "us-zz", child_due="PT0S")
    sentence = ask(directory, **changes)["lead"]["plain"]
    card_of(monkeypatch, "us-zz", child_line={"name": "Zed Child Line", "phone": "1-800-555-0100"})
    sentence_of_line = ask(directory, **changes)["lead"]["plain"]

    assert f"all {CHILDHELP.name}: {CHILDHELP.phone}. Ask there where to report" in sentence
    assert words in sentence
    assert "eport to Zed Child Line: 1-800-555-0100." in sentence_of_line
    assert "where to report" not in sentence_of_line


@pytest.mark.parametrize("hours", ["Monday to Friday, 8:00 to 17:00", DAY_AND_NIGHT])
def test_in_short_the_line_of_a_report_has_its_hours(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, hours: str
) -> None:
    """Beside its number, where it does not always answer."""
    card_of(monkeypatch, "us-zz", adult_line={"name": "Zed Line", "phone": "1-800-555-0100", "hours": hours})
    answer = ask(loader.serve(coalition("us-zz"))[1], client={**ELDER, "area": "travis"})
    out = io.StringIO()
    print_answer(PrintedPage(Console(file=out, width=80, color_system=None)), answer, asked_at=AT)

    shown = " ".join(out.getvalue().split())
    hours_below = "" if hours == DAY_AND_NIGHT else f"{hours}. "
    assert f"Zed Line 1-800-555-0100 {hours_below}Takes reports" in shown


def test_the_coalitions_receivers_come_before_the_cards_line(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency of the coalition that takes the report and is open is called first."""
    card_of(monkeypatch, "us-zz", child_line={"name": "Zed Child Line", "phone": "1-800-555-0100"})

    answer = ask(loader.serve(coalition("us-zz", receivers=True))[1], client={**CHILD, "area": "travis"})

    assert [to["slug"] for duty in answer["duties"] for to in duty["to"]] == ["cps"]


def test_where_some_professions_report_the_duty_says_to_ask_if_it_is_theirs(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In short and at length; where all report, nothing is left to ask, and neither rests on memory."""
    directory = loader.serve(coalition("us-zz"))[1]
    for reporters, is_asked in (("professionals", True), ("everybody", False)):
        card_of(monkeypatch, "us-zz", child_reporters=reporters, child_due="PT0S")
        (duty,) = ask(directory, client={**CHILD, "area": "travis"})["duties"]
        assert ("Ask your supervisor if your profession has to." in duty["say"]) is is_asked
        assert ("some professions" in duty["plain"]) is is_asked
        assert len(duty["say"]) <= 4
        assert "to be confirmed" not in duty["plain"]


ASK_IF_YOURS, ASK_THERE = "Ask your supervisor if your profession has to.", "Ask there whether you "


@pytest.mark.parametrize("due", ["PT0S", "none", None])
@pytest.mark.parametrize(
    ("reporters", "asked"), [("everybody", None), ("professionals", ASK_IF_YOURS), ("nobody", None), (None, ASK_THERE)]
)
def test_nothing_says_to_ask_there_who_must_report_where_the_card_knows(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, reporters: str | None, asked: str | None, due: str | None
) -> None:
    """Neither the lead nor the duty; where the card has no time, only by when is asked there."""
    directory = loader.serve(coalition("us-zz"))[1]
    line = {"name": "Zed Child Line", "phone": "1-800-555-0100"}
    terms = {f"child_{of}": value for of, value in {"reporters": reporters, "due": due}.items() if value}
    card_of(monkeypatch, "us-zz", child_line=line, **terms)

    answer = ask(directory, client={**CHILD, "area": "travis"}, facts={"guardian": "none", "danger": "none"})

    assert [duty["due"] for duty in answer["duties"]] == (
        [] if reporters == "nobody" else [due if due == "PT0S" else None]
    )
    for duty in answer["duties"]:
        assert answer["lead"]["do"] == "report"
        say = " ".join(duty["say"])
        of_lead = [question for question in (ASK_IF_YOURS, ASK_THERE) if question in answer["lead"]["plain"]]
        assert of_lead == ([] if asked is None else [asked])
        assert (ASK_IF_YOURS in say) is (asked == ASK_IF_YOURS)
        assert (ASK_THERE in say) is (asked == ASK_THERE and due is None)
        assert ("Ask there by when it is due." in say) is (reporters is not None and due is None)
        assert len(duty["say"]) <= 4


@pytest.mark.parametrize("state", ["District of Columbia", "Northern Mariana Islands", "US Virgin Islands"])
def test_a_state_whose_name_takes_the_article_has_it_in_every_sentence(loader: Loader, state: str) -> None:
    """In the notice and the duties, of a child and of an adult, and in the card itself; in Spanish its Spanish one."""
    card = next(card for card in CARDS.values() if card.name == state)
    directory = loader.serve(coalition(card.code))[1]
    answers = [ask(directory, client={**client, "area": "travis"}) for client in (CHILD, ELDER)]
    facts = [fact["plain"] for fact in list_states([card])["states"][0]["facts"] if fact["line"] is None]
    sentences = [
        entry["plain"] for answer in answers for part in ("notices", "duties") for entry in answer[part]
    ] + facts

    naming = [plain for plain in sentences if state in plain]

    assert len(naming) >= 4
    for plain in naming:
        assert plain.count(state) == plain.count(f"the {state}")
        spanish = in_spanish(plain)
        assert spanish != plain
        assert state not in spanish
        assert " de el " not in spanish


def test_what_the_card_lacks_is_said_as_before(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a single fact the answer is that of a state without a card."""
    directory = loader.serve(coalition("us-zz"))[1]
    monkeypatch.setattr(policies, "load_states", dict)
    before = ask(directory, client={**CHILD, "area": "travis"})
    card_of(monkeypatch, "us-zz")

    assert ask(directory, client={**CHILD, "area": "travis"}) == before


@pytest.mark.parametrize(
    ("client", "of_children", "of_adults"),
    [
        (CHILD, True, False),
        ({**CHILD, "with": [{"age": 40}]}, True, True),
        (ELDER, False, True),
        ({**ELDER, "with": [{"age": 4}]}, True, True),
        ({"age": {"min": 16, "max": 19}}, True, True),
    ],
)
def test_the_notice_narrows_to_what_is_missing(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, client: Document, of_children: bool, of_adults: bool
) -> None:
    """It names the points without a fact, none that has one, and for somebody alone none of a report on another age."""
    card_of(monkeypatch, "us-zz", child_due="PT0S", child_reporters="everybody")

    answer = ask(loader.serve(coalition("us-zz"))[1], client={**client, "area": "travis"})

    (sentence,) = [notice["plain"] for notice in answer["notices"] if notice["id"] == "no-state-rules"]
    assert ("the line for a child" in sentence) is of_children
    assert ("by when an adult is reported" in sentence) is of_adults
    assert "by when a child is reported" not in sentence


def test_a_law_that_asks_nobody_brings_no_duty(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state may have a line for adults, and no duty to report."""
    card_of(monkeypatch, "us-zz", adult_reporters="nobody")

    answer = ask(loader.serve(coalition("us-zz"))[1], client={**ELDER, "area": "travis"})

    assert "adult-report-state-law" not in {duty["id"] for duty in answer["duties"]}


def test_a_pack_overrides_its_card_point_by_point(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texas has its own reports and lines: nothing of a card that says otherwise is in the answer."""
    number = "1-800-555-0100"
    directory = loader.serve(coalition("us-tx", "us-tx"))[1]
    plain = {name: ask(directory, client={**client, "area": "travis"}) for name, client in (("c", CHILD), ("e", ELDER))}
    card_of(
        monkeypatch, "us-tx", child_due="PT48H", adult_due="PT48H",
        child_line={"name": "Zed", "phone": number}, adult_line={"name": "Zed", "phone": number},
    )  # fmt: skip

    for name, client in (("c", CHILD), ("e", ELDER)):
        assert ask(directory, client={**client, "area": "travis"}) == plain[name]


@pytest.mark.parametrize(("area", "counts"), [("travis", True), ("caddo", False), (None, False)])
def test_a_card_counts_where_the_client_is_in_its_state(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, area: str | None, counts: bool
) -> None:
    """Elsewhere, and where the area is not known and not all of the coalition is in the state, it is not spoken of."""
    card_of(monkeypatch, "us-zz", child_due="PT24H")
    document = coalition("us-zz")
    document["areas"] += [{"code": "us-yy", "name": "Elsewhere"}, {"code": "caddo", "name": "Caddo", "within": "us-yy"}]

    (duty,) = ask(loader.serve(document)[1], client={**CHILD, "area": area})["duties"]

    assert (duty["due"] == "PT24H") is counts


def test_a_card_opens_no_share(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths, their steps and what may be said are those without a card."""
    directory = loader.serve(coalition("us-zz", receivers=True))[1]
    card_of(monkeypatch, "us-zz")
    before = ask(directory, client={**CHILD, "area": "travis"})
    card_of(monkeypatch, "us-zz", child_reporters="everybody", child_due="PT0S", adult_reporters="everybody")
    after = ask(directory, client={**CHILD, "area": "travis"})

    for part in ("paths", "conditional_paths", "uncovered", "questions"):
        assert after[part] == before[part]


def duty_of(loader: Loader, document: Document | None = None, **client: Any) -> Document:
    """The one duty of an answer about a client in the state of a card."""
    directory = loader.serve(document or coalition("us-zz"))[1]
    (duty,) = ask(directory, client={"area": "travis", **client})["duties"]
    return duty


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"trafficking_report": "anyone"}, "even if the trafficker is a stranger"),
        ({"trafficking_report": "hotline_always"}, "always goes to this line"),
        (
            {"trafficking_report": "caretaker_only", "stranger_to": "police"},
            "If a stranger did it, the report goes to the p",
        ),
        ({"trafficking_report": "caretaker_only"}, "If a stranger did it, call the police first"),
        ({"child_police": "either"}, "ask them who takes the report"),
        ({"child_police": {"is": "instead", "when": "stranger"}}, "not to this line: ask the police. That is so if"),
        ({"child_reporters": {"is": "professionals", "when": "advocates_too"}}, "Victim advocates are among"),
        ({"everyone_for_sexual_abuse": True}, "All adults have to report"),
        (
            {"everyone_for_sexual_abuse": {"is": True, "when": "not_advocates"}},
            "Victim advocates don't have to, if they were told in confidence.",
        ),
        ({"child_police": {"is": "also", "when": "in_danger"}}, "That is so if the child is in danger right now."),
        ({"child_outer_limit": "PT24H"}, "At the latest, it is due within 24 hours"),
    ],
)
def test_the_duty_says_what_the_card_says_of_strangers_police_and_advocates(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, facts: Document, words: str
) -> None:
    """The first question of this field: is trafficking by a stranger reported, and to whom."""
    card_of(monkeypatch, "us-zz", child_due="PT0S", **facts)

    assert words in duty_of(loader, **CHILD)["plain"]


POLICE_INSTEAD = {"is": "instead", "when": "stranger"}


@pytest.mark.parametrize(
    ("facts", "said", "unsaid"),
    [
        ({"trafficking_report": "anyone", "stranger_to": "prosecutor"}, "Report it even if", "district attorney"),
        ({"trafficking_report": "caretaker_only", "stranger_to": "police", "child_police": POLICE_INSTEAD},
         "the report goes to the police", "not to this line"),
        ({"trafficking_report": "hotline_always", "child_police": POLICE_INSTEAD}, "always goes", "to this line: ask"),
        ({"stranger_to": "police", "child_police": "also"}, "the police as well", "even if"),
    ],
)  # fmt: skip
def test_who_takes_a_strangers_crime_is_said_once(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, facts: Document, said: str, unsaid: str
) -> None:
    """A worker isn't sent to two places by two sentences; what is no repetition stays."""
    card_of(monkeypatch, "us-zz", child_due="PT0S", **facts)

    plain = duty_of(loader, **CHILD)["plain"]

    assert said in plain
    assert unsaid not in plain


def test_only_a_trafficked_childs_report_speaks_of_traffickers(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child of whom no trafficking is known is not told of it."""
    card_of(monkeypatch, "us-zz", child_due="PT0S", trafficking_report="anyone")

    duty = duty_of(loader, age=9, traits={"sexual_assault": True})

    assert "traffick" not in duty["plain"]
    assert "stranger" not in duty["plain"]


@pytest.mark.parametrize(
    ("client", "number"),
    [
        ({"age": 70}, "1-800-555-0101"),
        ({"age": 40, "traits": {"disability": True}}, "1-800-555-0102"),
        ({"age": 59, "traits": {"disability": True}}, "1-800-555-0102"),
        ({"age": 60, "traits": {"disability": True}}, "1-800-555-0101"),
    ],
)
def test_an_adults_report_goes_to_the_line_of_their_age(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, client: Document, number: str
) -> None:
    """A line for elders is no help to somebody of forty with a disability."""
    traits = {"labor_trafficking": True, **client.get("traits", {})}
    card_of(
        monkeypatch, "us-zz", adult_due="PT0S",
        adult_line={"name": "Elders", "phone": "1-800-555-0101", "ages": [60, None]},
        adult_lines=[{"name": "Others", "phone": "1-800-555-0102", "ages": [18, 59], "disability": True}],
    )  # fmt: skip

    assert [to["phone"] for to in duty_of(loader, **{**client, "traits": traits})["to"]] == [number]


@pytest.mark.parametrize(("county", "number"), [("Travis", "1-800-555-0102"), ("Elsewhere", "1-800-555-0101")])
def test_a_childs_report_goes_to_the_line_of_their_county(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, county: str, number: str
) -> None:
    """By the name of the client's area, else to the line of the state."""
    card_of(
        monkeypatch, "us-zz", child_due="PT0S", child_line={"name": "State", "phone": "1-800-555-0101"},
        county_lines=[{"name": "County", "phone": "1-800-555-0102", "counties": [county]}],
        mandated_line={"name": "Professionals", "phone": "1-800-555-0103"},
    )  # fmt: skip

    assert [to["phone"] for to in duty_of(loader, **CHILD)["to"]] == [number]


@pytest.mark.parametrize(
    ("traits", "number"), [({"sex_trafficking": True}, "1-800-555-0102"), ({"sexual_assault": True}, "1-800-555-0101")]
)
def test_a_trafficked_childs_report_goes_to_the_line_for_it(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, traits: Document, number: str
) -> None:
    """A state may have a line of its own for trafficked children."""
    card_of(
        monkeypatch, "us-zz", child_due="PT0S", child_line={"name": "State", "phone": "1-800-555-0101"},
        trafficking_line=[{"name": "Trafficking", "phone": "1-800-555-0102"}],
    )  # fmt: skip

    assert [to["phone"] for to in duty_of(loader, age=9, traits=traits)["to"]] == [number]


def test_every_word_and_condition_of_a_card_has_a_sentence() -> None:
    """A word that the file may hold and nobody can say would stop an answer."""
    said = {condition for point in POINTS.values() for condition in point.conditions}
    facts = [
        policies.StateFact(name, value, None, "https://example.org", _day(), "P", point.conditions)
        for name, point in POINTS.items()
        if name not in policies.LINE_POINTS
        for value in (*point.words, *{"duration": ["PT24H"], "age": [16], "flag": [True]}.get(point.shape, []))
    ]

    assert said == states.CONDITIONS.keys()
    for fact in facts:
        sentence = states.fact("Zed", fact)
        assert sentence.startswith(states.fact("Zed", replace(fact, when=())))
        said_of = {condition: states.CONDITIONS_OF.get((fact.point, condition)) for condition in fact.when}
        assert all((own or states.CONDITIONS[condition]) in sentence for condition, own in said_of.items())
        assert in_spanish(sentence) != sentence


def test_a_law_that_says_promptly_gives_no_hours(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word is told where the term would be, no duration is made up, and the card is complete in that point."""
    card_of(monkeypatch, "us-zz", child_reporters="professionals", child_due="promptly")
    _, directory = loader.serve(coalition("us-zz"))
    (duty,) = (duty for duty in ask(directory, client=CHILD)["duties"] if duty["id"] == "child-report-state-law")

    assert duty["due"] is None
    assert "The report is due promptly; the law names no hours." in duty["plain"]
    assert "Report it promptly." in duty["say"]
    assert "child_due" not in directory.names.cards["us-zz"].needed


def test_a_law_that_says_nothing_of_when_has_no_deadline(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its whole section was read: nobody is sent to ask by when, no duration is made up, the point isn't missing."""
    card_of(monkeypatch, "us-zz", child_reporters="everybody", child_due="none")
    _, directory = loader.serve(coalition("us-zz"))
    (duty,) = (duty for duty in ask(directory, client=CHILD)["duties"] if duty["id"] == "child-report-state-law")

    assert duty["due"] is None
    assert "The law sets no deadline for the report." in duty["plain"]
    assert "The law sets no deadline: don't wait." in duty["say"]
    assert "due" not in " ".join(duty["say"])
    assert "child_due" not in directory.names.cards["us-zz"].needed


SPANISH_NAMES = {
    "us-ny": "Nueva York", "us-nc": "Carolina del Norte", "us-wv": "Virginia Occidental", "us-as": "Samoa Americana",
    "us-nh": "Nuevo Hampshire", "us-mi": "Míchigan", "us-tx": "Texas",
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), SPANISH_NAMES.items())
def test_in_spanish_a_state_has_its_spanish_name(loader: Loader, code: str, name: str) -> None:
    """In the notices and duties about a child and an adult."""
    directory = loader.serve(coalition(code))[1]
    answers = [ask(directory, client={**client, "area": "travis"}) for client in (CHILD, ELDER)]
    sentences = [entry["plain"] for answer in answers for part in ("notices", "duties") for entry in answer[part]]
    naming = [in_spanish(plain) for plain in sentences if CARDS[code].name in plain]

    assert naming
    assert all(name in plain for plain in naming)
    if name != CARDS[code].name:
        assert not [plain for plain in naming if CARDS[code].name in plain]


def test_where_nobody_must_report_no_term_is_missing() -> None:
    """Without a duty there is no day by which it is due."""
    reading = {"source": "https://example.org", "read": _day(), "confidence": "P"}
    cards = {
        word: read_states({"us-zz": {"name": "Zed", "readings": [{**reading, "adult_reporters": word}]}})["us-zz"]
        for word in ("nobody", "professionals")
    }
    assert {word: "adult_due" in card.needed for word, card in cards.items()} == {
        "nobody": False, "professionals": True,
    }  # fmt: skip


@pytest.mark.parametrize(("age", "applies"), [(59, False), (60, True), ({"min": 50, "max": 70}, True)])
def test_a_law_about_the_old_alone_binds_nobody_for_a_younger_adult(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, age: object, applies: bool
) -> None:
    """Of an adult of thirty who cannot protect themselves such a law says nothing: neither who, nor by when."""
    card_of(
        monkeypatch, "us-zz", adult_reporters={"is": "everybody", "when": ["from_60"]}, adult_due="PT0S",
    )  # fmt: skip
    directory = loader.serve(coalition("us-zz"))[1]
    client = {"area": "travis", "age": age, "traits": {"labor_trafficking": True}}

    (duty,) = ask(directory, client=client, facts={"adult_protection": True})["duties"]

    assert (duty["due"] == "PT0S") is applies
    assert ("In Zed all who suspect" in duty["plain"]) is applies
    assert ("That is so from the age of 60." in duty["plain"]) is applies
    assert ("you must report it" in duty["plain"]) is applies


@pytest.mark.parametrize(("age", "binds"), [(15, True), (16, False)])
def test_a_duty_of_every_adult_toward_the_young_binds_for_them_alone(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, age: int, binds: bool
) -> None:
    """Under sixteen every adult must report; of a child of sixteen the professions do."""
    every_adult = {"is": True, "when": ["under_16"]}
    card_of(
        monkeypatch, "us-zz", child_reporters="professionals", child_due="PT0S", everyone_for_sexual_abuse=every_adult
    )

    duty = duty_of(loader, age=age, traits={"sex_trafficking": True})

    assert ("you must report it" in duty["plain"]) is binds
    assert ("Ask your supervisor if your profession has to." in duty["say"]) is not binds
    assert ("some professions have to report it" in duty["plain"]) is not binds


@pytest.mark.parametrize(
    ("reporters", "everyone", "said"),
    [
        ({"is": "professionals", "when": "not_advocates"}, {"is": True, "when": "not_advocates"}, "you may report it"),
        ({"is": "professionals", "when": "not_advocates"}, True, "you must report it"),
        ("professionals", {"is": True, "when": "seen_or_told"}, "you may report it"),
        ({"is": "professionals", "when": "advocates_too"}, None, "Ask your supervisor if your profession has to."),
        ("professionals", None, "you may report it"),
    ],
)
def test_an_agency_whose_staff_need_not_report_hears_what_the_law_says_of_advocates(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, reporters: object, everyone: object, said: str
) -> None:
    """A law that spares advocates spares them; one that names them is not answered with "you may"."""
    facts = {} if everyone is None else {"everyone_for_sexual_abuse": everyone}
    card_of(monkeypatch, "us-zz", child_due="PT0S", child_reporters=reporters, **facts)
    document = coalition("us-zz")
    document["organizations"][0]["coalition"]["reporter"] = "none"

    duty = duty_of(loader, document, **CHILD)

    assert said in " ".join([duty["plain"], *duty["say"]])


@pytest.mark.parametrize(("trait", "said"), [("sex_trafficking", False), ("labor_trafficking", True)])
def test_police_in_place_of_a_line_are_told_of_what_the_line_does_not_always_take(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, trait: str, said: bool
) -> None:
    """A line that takes all trafficking for sex leaves a stranger's forced labor to the police."""
    whose = {"is": "hotline_always", "when": "sex_only"}
    card_of(monkeypatch, "us-zz", child_due="PT0S", trafficking_report=whose, child_police=POLICE_INSTEAD)

    duty = duty_of(loader, age=9, traits={trait: True})

    assert ("not to this line" in duty["plain"]) is said


def test_a_fact_that_a_second_reader_did_not_find_is_told_to_be_confirmed(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before its review is due; without the mark nothing is said."""
    said = []
    for mark in ({}, {"unconfirmed": True}):
        card_of(monkeypatch, "us-zz", child_due="PT0S", **mark)
        directory = loader.serve(coalition("us-zz"))[1]
        at = datetime.combine(_day() + timedelta(days=2), AT.timetz())
        said.append(
            [
                duty["confirm"]
                for duty in ask(directory, at=at.isoformat(), client={**CHILD, "area": "travis"})["duties"]
            ]
        )

    assert said[0] == [None]
    assert "confirm first" in said[1][0]
