"""What a state's card says in an answer where no pack of the state is loaded: by when, to whom, and what it lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from answer.test_answer import bundle, profile
from loaded import Loader

import policies
from policies.states import read_states
from service.profile import read_profile
from service.serving.served import Served
from service.usecases.find_paths import find_paths

Document = dict[str, Any]
CARDS = policies.load_states()
CHILD = {"age": 9, "traits": {"sex_trafficking": True}}
ELDER = {"age": 70, "traits": {"labor_trafficking": True}}
UNDOCUMENTED = {"age": 16, "traits": {"labor_trafficking": True, "foreign_national": True}}
SUBJECTS = {"child-report-state-law": "child", "adult-report-state-law": "adult"}


def coalition(code: str, *packs: str, receivers: bool = False) -> Document:
    """A coalition in one state, with or without agencies that take reports."""
    found: Document = json.loads(json.dumps(bundle()).replace('"us-tx"', f'"{code}"'))
    found["coalition"]["policy_packs"] = ["federal", *packs, "coalition"]
    if not receivers:
        found["organizations"] = found["organizations"][:2]
    return found


def ask(served: Served, **changes: Any) -> Document:
    return find_paths(served, read_profile(json.dumps(profile(**changes)).encode()), new_id=lambda: "one")


def card_of(monkeypatch: pytest.MonkeyPatch, code: str, **facts: Any) -> None:
    """Put a card of our own in the place of the state's."""
    reading = {"source": "https://example.org", "read": _day(), "confidence": "P", "authority": "Code 1"}
    cards = read_states({code: {"name": "Zed", "readings": [{**reading, **facts}] if facts else []}})
    monkeypatch.setattr(policies, "load_states", lambda: cards)


def _day() -> Any:
    return next(fact.read for card in CARDS.values() for fact in card.facts.values())


@pytest.mark.parametrize("code", sorted(CARDS))
def test_in_every_state_the_answer_says_what_the_card_says_and_no_more(loader: Loader, code: str) -> None:
    """For the nine-year-old, the elder and the undocumented boy: when, the line, the law, of no other state."""
    card = CARDS[code]
    served = loader.serve(coalition(code))[1]

    for client in (CHILD, ELDER, UNDOCUMENTED):
        found = ask(served, client={**client, "area": "travis"})
        duties = {duty["id"]: duty for duty in found["duties"] if duty["id"] in SUBJECTS}
        for name, duty in duties.items():
            terms = card.terms(SUBJECTS[name])
            assert (duty["due"], duty["certain"], duty["share"], duty["must_hold"]) == (terms.due, False, [], [])
            assert terms.authority is None or duty["authority"] == terms.authority
            line = next((one for one in card.lines if one.id.endswith(f"{SUBJECTS[name]}-line")), None)
            assert line is None or [to["phone"] for to in duty["to"]] == [line.phone or line.text]
        subject = "adult" if client is ELDER else "child"
        owed = card.terms(subject).reporters != policies.NOBODY
        assert (f"{subject}-report-state-law" in duties) is owed
        text = json.dumps(found)
        assert "no-state-rules" in {notice["id"] for notice in found["notices"]}
        assert not card.facts or card.name in text
        others = {line.phone for other in CARDS.values() for line in other.lines if other is not card}
        assert not [number for number in others if number and number in text]


def test_a_duty_says_who_by_when_and_to_whom(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card's line stands in where no agency of the coalition takes the report."""
    line = {"name": "Zed Child Line", "phone": "1-800-555-0100", "hours": "day and night"}
    card_of(
        monkeypatch, "us-zz", child_reporters="everybody", child_due="PT24H", child_written="PT48H", child_police=True,
        child_line=line,
    )  # fmt: skip

    found = ask(loader.serve(coalition("us-zz"))[1], client={**CHILD, "area": "travis"})

    (duty,) = found["duties"]
    assert (duty["due"], duty["authority"]) == ("PT24H", "Code 1")
    assert [(to["name"], to["status"]) for to in duty["to"]] == [("Zed Child Line", "open")]
    assert "It is due within 24 hours." in duty["say"]
    for said in ("all who suspect", "within 24 hours", "within 48 hours", "the police as well", "ask your supervisor"):
        assert said in duty["plain"]
    assert [one["id"] for one in found["lines"]][:1] == ["us-zz-child-line"]


def test_the_coalitions_receivers_come_before_the_cards_line(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency of the coalition that takes the report and is open is called first."""
    card_of(monkeypatch, "us-zz", child_line={"name": "Zed Child Line", "phone": "1-800-555-0100"})

    found = ask(loader.serve(coalition("us-zz", receivers=True))[1], client={**CHILD, "area": "travis"})

    assert [to["slug"] for duty in found["duties"] for to in duty["to"]] == ["cps"]


def test_where_some_professions_report_the_duty_says_to_ask_if_it_is_theirs(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In short and at length; where all report, nothing is left to ask, and neither rests on memory."""
    served = loader.serve(coalition("us-zz"))[1]
    for reporters, asked in (("professionals", True), ("everybody", False)):
        card_of(monkeypatch, "us-zz", child_reporters=reporters, child_due="PT0S")
        (duty,) = ask(served, client={**CHILD, "area": "travis"})["duties"]
        assert ("Ask your supervisor if your profession has to." in duty["say"]) is asked
        assert ("some professions" in duty["plain"]) is asked
        assert len(duty["say"]) <= 4
        assert "to be confirmed" not in duty["plain"]


def test_what_the_card_lacks_is_said_as_before(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a single fact the answer is that of a state without a card."""
    served = loader.serve(coalition("us-zz"))[1]
    monkeypatch.setattr(policies, "load_states", dict)
    before = ask(served, client={**CHILD, "area": "travis"})
    card_of(monkeypatch, "us-zz")

    assert ask(served, client={**CHILD, "area": "travis"}) == before


def test_the_notice_narrows_to_what_is_missing(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the points without a fact, and none that has one."""
    card_of(monkeypatch, "us-zz", child_due="PT0S", child_reporters="everybody")

    found = ask(loader.serve(coalition("us-zz"))[1], client={**CHILD, "area": "travis"})

    (said,) = [notice["plain"] for notice in found["notices"] if notice["id"] == "no-state-rules"]
    assert "the line for a child" in said
    assert "by when an adult is reported" in said
    assert "by when a child is reported" not in said


def test_a_law_that_asks_nobody_brings_no_duty(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state may have a line for adults, and no duty to report."""
    card_of(monkeypatch, "us-zz", adult_reporters="nobody")

    found = ask(loader.serve(coalition("us-zz"))[1], client={**ELDER, "area": "travis"})

    assert "adult-report-state-law" not in {duty["id"] for duty in found["duties"]}


def test_a_pack_overrides_its_card_point_by_point(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texas has its own reports and lines: nothing of a card that says otherwise is in the answer."""
    number = "1-800-555-0100"
    served = loader.serve(coalition("us-tx", "us-tx"))[1]
    plain = {name: ask(served, client={**client, "area": "travis"}) for name, client in (("c", CHILD), ("e", ELDER))}
    card_of(
        monkeypatch, "us-tx", child_due="PT48H", adult_due="PT48H",
        child_line={"name": "Zed", "phone": number}, adult_line={"name": "Zed", "phone": number},
    )  # fmt: skip

    for name, client in (("c", CHILD), ("e", ELDER)):
        assert ask(served, client={**client, "area": "travis"}) == plain[name]


@pytest.mark.parametrize(("area", "counts"), [("travis", True), ("caddo", False), (None, False)])
def test_a_card_counts_where_the_client_is_in_its_state(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, area: str | None, counts: bool
) -> None:
    """Elsewhere, and where the area is not known and not all of the coalition is in the state, it is not spoken of."""
    card_of(monkeypatch, "us-zz", child_due="PT24H")
    found = coalition("us-zz")
    found["areas"] += [{"code": "us-yy", "name": "Elsewhere"}, {"code": "caddo", "name": "Caddo", "within": "us-yy"}]

    (duty,) = ask(loader.serve(found)[1], client={**CHILD, "area": area})["duties"]

    assert (duty["due"] == "PT24H") is counts


def test_a_card_opens_no_share(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths, their steps and what may be said are those without a card."""
    served = loader.serve(coalition("us-zz", receivers=True))[1]
    card_of(monkeypatch, "us-zz")
    before = ask(served, client={**CHILD, "area": "travis"})
    card_of(monkeypatch, "us-zz", child_reporters="everybody", child_due="PT0S", adult_reporters="everybody")
    after = ask(served, client={**CHILD, "area": "travis"})

    for part in ("paths", "conditional_paths", "uncovered", "questions"):
        assert after[part] == before[part]
