"""From needs to the first call, as forms without a script: what was typed stays typed, and nothing of it stays here."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from api_builders import HOTLINE, Api
from intake_forms import BED, PROFILE, SCOPES, direct, listed, send, values, visible
from read_in_spanish import in_spanish
from visitors import Visitor, hidden, signed_in

import policies
from service.i18n import answers, lifecycle_events, sheet
from service.i18n.dangers import OVERHEARD
from service.i18n.spoken_codes import words
from service.i18n.translation import LANGUAGES
from service.page.forms import Form
from service.page.profile_form import profile_of
from service.page.words import word, words_in

STEP = '{"to": "willow-bend-youth", "services": ["wb-beds"], "mode": "warm", "name": "W"}'


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOTLINE, *SCOPES)


def test_the_first_call_is_the_answers_lead(demo: Api, worker: Visitor) -> None:
    """The page names whom the interface names, with the number as a link, before anything that is folded."""
    lead = direct(demo, PROFILE)["lead"]

    first = send(worker, "/answer", BED).partition('<details class="group"')[0]

    assert lead["do"] == "call"
    assert lead["to"]["name"] in visible(first)
    assert f'href="{lead["tel"]}"' in first
    assert str(sheet.HOW["warm"]) in visible(first)


def test_everybody_who_can_be_called_is_on_one_page(demo: Api, worker: Visitor) -> None:
    """Whoever leads, each who could help instead in its order, and the lines; nobody is behind a press."""
    answer = direct(demo, PROFILE)
    call = demo.post("/v1/next-calls", PROFILE, "route").json()["calls"][0]

    page = send(worker, "/answer", BED)

    item = page.partition('id="call"')[2].partition("\n</li>\n")[0]
    names = [call["to"]["name"], *(other["to"]["name"] for other in call["instead"])]
    assert call["instead"]
    assert names[0] == answer["lead"]["to"]["name"]
    assert [unescape(name) for name in re.findall(r"<strong>([^<0-9]*)</strong>", item)] == names
    numbers = [call["phone"], *(other["phone"] for other in call["instead"])]
    assert re.findall(r'data-copy="([^"]+)"', item) == numbers
    assert 'name="no"' not in page


@pytest.mark.parametrize("danger", ["imminent", "medical"])
def test_danger_comes_before_every_call(worker: Visitor, danger: str) -> None:
    """911 leads; without police where the client wants none; whom to call then stands below."""
    page = send(worker, "/answer", {**BED, "facts.danger": danger, "no_police": "yes"})

    assert 'href="tel:911"' in page.partition('id="call"')[0]
    assert "Ask the client first, if there is time" in visible(page)
    assert "They want no police" in visible(page)


def test_several_dangers_each_have_a_card(worker: Visitor) -> None:
    """Each is ticked; the first leads, the other stands below it, and both are still ticked after a fault."""
    dangers = ["suicide", "overheard"]

    page = send(worker, "/answer", {**BED, "facts.danger": dangers})
    again = send(worker, "/answer", {**BED, "facts.danger": dangers, "client.age": "abc"}, 422)

    text = visible(page)
    assert text.index("Someone may hear this call") < text.index("They speak of suicide")
    assert {value for name, value in values(again) if name == "facts.danger"} == {*dangers}


@pytest.mark.parametrize("path", ["/answer", "/next"])
def test_whoever_saw_something_is_told_whom_to_call(worker: Visitor, path: str) -> None:
    """No word of what to say to the client, whom they cannot reach; the tick stays where the form is shown again."""
    fields = {"need": ["child_protection_report"], "client.area": "demo-north", "client.age": "12"}
    again = "/next/again" if path == "/next" else "/intake/who"

    page = visible(send(worker, path, {**fields, "facts.caller": "third_party"}))

    assert answers.KEEP_AWAY in page
    assert answers.SAFE_TO_TALK not in page
    assert sheet.HOW["self_by_third_party"] in page
    assert "beside you" not in page
    assert ("facts.caller", "third_party") in values(send(worker, again, {**fields, "facts.caller": "third_party"}))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", ["/answer", "/next"])
def test_a_suspected_guardian_is_told_of_beside_the_call_and_wherever_family_is(
    demo: Api, path: str, language: str
) -> None:
    """Before anything that is folded, as a danger is; without the suspicion nothing is said of it."""
    visitor = signed_in(demo, HOTLINE, *SCOPES, Accept_Language=language)

    def in_language(plain: str) -> str:
        return plain if language == "en" else str(in_spanish(plain))

    def page_with(**more: Any) -> str:
        return send(visitor, path, {**BED, **more})

    dangers = {"facts.danger": ["overheard", "suicide"]}
    page = page_with(**{"facts.guardian": "suspected_parent_only"}, **dangers)

    first = visible(page.partition('<details class="group"')[0] + "<main>")
    warning, never = in_language(answers.GUARDIAN_SUSPECTED), in_language(answers.NOT_THE_SUSPECTED)
    assert warning in first
    assert in_language(OVERHEARD) in first
    if path == "/next":  # the danger is a screen of its own there
        done = re.search(r'<button name="done" value="([^"]+)"', page)
        assert done is not None
        page = page_with(**{"facts.guardian": "suspected_parent_only", "done": done[1]}, **dangers)
        assert warning in visible(page)
    reaching = [
        text for text in re.findall(r"<(?:p|li|dd)\b[^>]*>(.*?)</(?:p|li|dd)>", page) if re.search("3 d(ays|ías)", text)
    ]
    assert reaching
    assert [text for text in reaching if never not in unescape(text)] == []
    assert warning not in visible(page_with(**dangers))


@pytest.mark.parametrize(("path", "again"), [("/next", "/next/again"), ("/answer", "/intake/who")])
def test_who_suspects_a_guardian_can_say_so_and_any_other_answer_stays(worker: Visitor, path: str, again: str) -> None:
    """A tick on the form, kept from page to page; what was answered about a guardian otherwise is not overwritten."""
    blank = send(worker, again, BED)
    field = re.search(r'<input type="checkbox" name="facts.guardian" value="([^"]+)">', blank)
    assert field is not None
    for guardian in (field[1], "court_suspected", "safe_parent", "unavailable"):
        form = {**BED, "facts.guardian": guardian}
        assert ("facts.guardian", guardian) in values(send(worker, again, form))
        assert ("facts.guardian", guardian) in values(send(worker, path, form))
    assert word("en", "who.suspected") in visible(blank)


def test_a_question_that_leads_is_asked_first(demo: Api, worker: Visitor) -> None:
    """Where an answer hangs on one fact, its field stands on the page; with the fact filled in, somebody is called."""
    form = {"need": ["emergency_shelter"], "client.area": "demo-south", "facts.client_present": "yes"}
    lead = direct(demo, {**PROFILE, "client": {"area": "demo-south"}})["lead"]

    page = send(worker, "/answer", form)

    assert lead["do"] == "ask"
    assert word("en", "ask.first") in visible(page)
    assert f'name="{lead["ask"]["attribute"]}"' in page
    assert word("en", "ask.first") not in visible(send(worker, "/answer", {**form, "client.age": "19"}))


@pytest.mark.parametrize(("path", "fields"), [("/answer", {}), ("/next", {}), ("/next", {"client.area": "demo-south"})])
def test_one_question_at_a_time_and_not_known_is_an_answer(
    demo: Api, worker: Visitor, path: str, fields: dict[str, Any]
) -> None:
    """The form keeps which questions were put: none comes twice, and after the last somebody is called all the same."""
    profile = {**PROFILE, "client": {name.partition(".")[2]: value for name, value in fields.items()}}
    answered = direct(demo, profile)
    assert answered["lead"]["do"] == "ask"
    form: dict[str, Any] = {"need": ["emergency_shelter"], "urgency.emergency_shelter": "now", **fields}
    form |= {"facts.client_present": "yes"} if path == "/answer" else {}

    put: list[str] = []
    for _ in range(len(answered["questions"]) + 1):
        page = send(worker, path, {**form, "asked": put})
        buttons = re.findall(r'<button class="(?:main|quiet)" name="asked" value="([^"]+)">', page)
        assert {("asked", attribute) for attribute in put} <= values(page)
        if not buttons:
            break
        assert len(set(buttons)) == 1
        assert 'class="dial first"' in page or path == "/answer"
        put.append(buttons[0])

    assert put == [question["attribute"] for question in answered["questions"]]
    assert put[0] == answered["lead"]["ask"]["attribute"]
    assert word("en", "ask.first") not in visible(page)
    assert 'class="dial' in page
    assert f'name="{put[0]}"' not in page
    assert ("asked", put[0]) in values(send(worker, path, {**form, "asked": put, "language": "es"}))


@pytest.mark.parametrize("path", ["/intake", "/intake/who", "/answer", "/referral", "/next", "/next/again"])
def test_the_language_changes_and_what_was_typed_stays(worker: Visitor, path: str) -> None:
    """Every form can be had in the other language, with each value in it; the session stays in that language."""
    form = {**BED, "no": ["bluestem-haven"], **({"step": STEP} if path == "/referral" else {})}

    english = send(worker, path, form)
    spanish = send(worker, path, {**form, "language": "es"})

    assert '<html lang="en">' in english
    assert '<html lang="es">' in spanish
    assert values(spanish) == values(english)
    assert values(spanish) >= {("need", "emergency_shelter"), ("client.age", "15"), ("no", "bluestem-haven")}
    assert '<html lang="es">' in worker.get("/intake").text


def test_what_is_wrong_is_said_at_its_field(worker: Visitor) -> None:
    """A refusal of the interface stands at the field that it is about, and what was typed is still there."""
    page = send(worker, "/answer", {**BED, "client.age": "abc", "client.area": "nowhere"}, status=422)

    assert 'id="client.age" name="client.age" value="abc"' in page
    assert 'aria-invalid="true" aria-describedby="problem-client.age"' in page
    assert 'id="problem-client.age"' in page
    assert 'id="problem-client.area"' in page
    assert ("need", "emergency_shelter") in values(page)


def test_no_need_is_said_before_anything_is_asked(worker: Visitor) -> None:
    """Nothing chosen is no question to the search: the needs come again, and say so."""
    page = send(worker, "/intake/who", {"client.age": "15"}, status=422)

    assert word("en", "fix.need") in visible(page)
    assert ("client.age", "15") in values(page)


STRANGE = {
    "an unknown field": "need=food&name=Maria",
    "a field twice": "client.age=15&client.age=16",
    "no pairs": "need",
    "not UTF-8": "need=%ff%fe",
    "not ASCII": "need=\u00f1",
    "too many": "&".join(f"need={number}" for number in range(400)),
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_a_form_that_is_not_ours_is_refused_whole(worker: Visitor, demo: Api, body: str) -> None:
    """A page says so in the reader's language; nothing of what was sent is on it."""
    cookie = "; ".join(f"{name}={value}" for name, value in worker.cookies.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}

    response = demo.client.post("/answer", content=f"forgery={worker.forgery()}&{body}".encode(), headers=headers)

    assert response.status_code == 400
    assert word("en", "refused.status_400.title") in visible(response.text)
    assert "Maria" not in response.text


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_other_bodies_are_no_forms(worker: Visitor, kind: str) -> None:
    """Only what a plain form sends is read."""
    assert worker.post("/answer", {"need": "food"}, Content_Type=kind).status_code == 415


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", ["/answer", "/consent/record", "/referral/send"])
def test_a_page_can_do_nothing_that_the_caller_may_not(demo: Api, path: str, language: str) -> None:
    """Without the scope the interface refuses, and the page says so in the reader's language; the menu names no way."""
    visitor = signed_in(demo, HOTLINE, "directory:read", Accept_Language=language)
    terms = {"to": "willow-bend-youth", "level": "verbal", "data": "need", "key": "k"}
    form = {"/answer": BED, "/referral/send": {**BED, "step": STEP, "key": "k"}, "/consent/record": terms}[path]

    page = send(visitor, path, form, status=403)

    assert word(language, "refused.status_403.title") in visible(page)
    assert 'href="/intake"' not in visitor.get("/").text


def test_every_status_has_its_page_in_both_languages() -> None:
    """401, 403, 404, 422, 429 and 503, and what else an operation may refuse with, have words of their own."""
    for language in LANGUAGES:
        for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503):
            assert f"refused.status_{status}.title" in words_in(language)


def test_a_referral_is_sent_once_however_often_it_is_pressed(demo: Api, worker: Visitor) -> None:
    """Pressed twice, the same code; the receiver finds one referral by it, and the page asks for the client's yes."""
    answer = send(worker, "/answer", BED)
    step = unescape(re.findall(r'name="step" value="([^"]+)"', answer)[0])
    offer = send(worker, "/referral", {**BED, "step": step})
    form = {**listed(values(offer)), "key": hidden(offer, "key")}

    without_yes = send(worker, "/referral/send", form, status=422)
    assert 'id="problem-agreed"' in without_yes
    first = send(worker, "/referral/send", {**form, "agreed": "yes"})
    second = send(worker, "/referral/send", {**form, "agreed": "yes"})

    code = code_on(first)
    assert code_on(second) == code
    assert all(part in visible(first) for part in code.split("-"))
    headers = demo.bearer("referral", organization="willow-bend-youth")
    response = demo.client.post("/v1/referrals/look-up", json={"code": code}, headers=headers)
    assert (response.status_code, response.json()["status"]) == (200, "requested")
    spanish = send(worker, "/referral/sent", {"id": hidden(first, "id"), "name": "W", "language": "es"})
    assert code_on(spanish) == code


def code_on(page: str) -> str:
    """Return the code that a page shows."""
    return "-".join(re.findall(r"<span>([^<]+)</span>", page.partition('<p class="code"')[2].partition("</p>")[0]))


def test_a_worker_who_may_not_hear_how_it_goes_reads_the_rule_and_what_to_do(worker: Visitor) -> None:
    """In both languages, on the page where it was sent; the code is in the language of the page then."""
    answer = send(worker, "/answer", BED)
    step = unescape(re.findall(r'name="step" value="([^"]+)"', answer)[0])
    offer = send(worker, "/referral", {**BED, "step": step, "language": "es"})
    form = {**listed(values(offer)), "key": hidden(offer, "key"), "agreed": "yes", "progress": "yes"}

    spanish = send(worker, "/referral/send", form)
    english = send(worker, "/referral/sent", {"id": hidden(spanish, "id"), "name": "W", "language": "en"})

    assert set(unescape(code_on(spanish)).split("-")) <= set(words("es"))
    assert all('<p class="code" lang="es">' in page for page in (spanish, english))
    assert lifecycle_events.PHONE_THEM in visible(english)
    assert in_spanish(lifecycle_events.PHONE_THEM) in visible(spanish)
    assert lifecycle_events.PHONE_THEM not in visible(spanish)


def test_what_stands_in_the_way_is_said_by_its_reasons(worker: Visitor) -> None:
    """A hand-off that cannot be made now is refused with reasons in the reader's words, and nothing is sent."""
    form = {**BED, "client.age": "44", "step": STEP, "agreed": "yes", "key": "k1"}

    page = send(worker, "/referral/send", form, status=409)

    assert word("en", "reason.age") in visible(page)
    assert ("client.age", "44") in values(page)


def test_everything_that_changes_whom_to_call_can_be_entered(demo: Api, worker: Visitor) -> None:
    """Who comes along and what is known of the client, none of it required; it stays, and it reaches the question."""
    blank = send(worker, "/intake/who", BED)
    traits = re.findall(r'name="client\.traits\.(\w+)" value="yes">', blank)
    form = {**BED, "client.with": "5, 9", "client.traits.pregnant": "yes", "client.traits.runaway": "no"}

    assert set(traits) >= {"pregnant", "sex_trafficking", "labor_trafficking", "domestic_violence", "disability"}
    client = profile_of(Form({"need": ("food",), **{name: (str(value),) for name, value in form.items()}}))["client"]
    assert client["with"] == [{"age": 5}, {"age": 9}]
    assert client["traits"] == {"pregnant": True, "runaway": False}
    for path in ("/answer", "/intake/who"):
        page = send(worker, path, form)
        assert 'name="client.with" value="5, 9"' in page
        assert values(page) >= {
            ("client.traits.pregnant", "yes"),
            ("client.traits.runaway", "no"),
        }
    wrong = send(worker, "/answer", {**form, "client.with": "5, x"}, status=422)
    assert 'id="problem-client.with"' in wrong
    assert 'formaction="/intake/who"' in worker.get("/next").text


@pytest.mark.parametrize("path", ["/intake/who", "/next/again"])
def test_police_are_never_asked_for_what_is_left_to_advocates(demo: Api, path: str) -> None:
    """Of the client's traits they see what their records may hold; a hotline sees all of them."""
    kept = policies.load_hand_off_law().left_to_advocates
    officer = send(signed_in(demo, "northline-sheriff", "route"), path, BED)
    advocate = send(signed_in(demo, HOTLINE, "route"), "/intake/who", BED)

    assert kept
    assert {trait for trait in kept if f'name="client.traits.{trait}"' in officer} == set()
    assert {trait for trait in kept if f'name="client.traits.{trait}"' in advocate} == kept
