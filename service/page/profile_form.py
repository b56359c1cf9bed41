"""The needs profile in the fields of the intake's forms, carried from page to page by the forms alone. Pure.

A field is named by its place in the profile: `client.age`, `facts.client_present`, `client.traits.pregnant`. A blank
field means not known, and is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import combining, normalize

from service.page.forms import Form, fields
from service.page.needs import usual_urgency

NEED, URGENCY, LANGUAGES, NO, CONSENT = "need", "urgency.", "client.languages", "no", "consent"
QUESTIONS, DONE = "asked", "done"
MOMENT, VERSION = "at", "seen"
REST = fields(MOMENT, VERSION)
"""The fields that ask for the rest of an answer: its moment, and the directory's version in its first part."""
AREA, WITH = "client.area", "client.with"
DANGER, CALLER, GUARDIAN = "facts.danger", "facts.caller", "facts.guardian"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "client.gender": ("female", "male", "transgender_female", "transgender_male", "nonbinary"),
    DANGER: ("imminent", "medical", "suicide", "overheard"),
    GUARDIAN: (
        "none", "safe_parent", "suspected_parent_only", "court_safe", "court_suspected", "state_conservator",
        "unavailable",
    ),
}  # fmt: skip
"""Fields with a closed list of answers."""
YES_NO = frozenset({"facts.client_present", "facts.may_sign_alone", "facts.emancipated"})
TRAIT = "client.traits."
NO_POLICE, POLICE = "no_police", "law_enforcement"
TRUTH = {"yes": True, "no": False}
BETWEEN_AGES = re.compile(r"(?:[,;.\s]|\b(?:and|y)\b)+")
PROFILE = fields(
    "client.age",
    AREA,
    WITH,
    NO_POLICE,
    CALLER,
    *(CHOICES.keys() - {DANGER}),
    *YES_NO,
    lists=(NEED, LANGUAGES, DANGER, NO, DONE, CONSENT, QUESTIONS),
    prefixes=(URGENCY, TRAIT),
)
"""The fields of a profile (`consent`: the id of a recorded one), and three lists of the pages' own.

`no`: keys of calls already answered with no. `done`: keys of items of the call sheet. `asked`: attributes whose
question was put to the client; with a blank field, the answer is that it is not known. The interface judges the values.
"""


def profile_of(form: Form) -> dict[str, Any]:
    """Return the needs profile of a form, as the interface takes it.

    Digits are sent as a number and `yes` as true; any other value is sent as typed, for the interface to refuse.

    >>> profile_of(Form({"need": ("detox",), "client.age": ("16",), "client.traits.pregnant": ("no",)}))["client"]
    {'age': 16, 'traits': {'pregnant': False}}
    """
    urgencies = form.by_prefix(URGENCY)
    profile: dict[str, Any] = {
        "needs": [{"type": code, "urgency": urgencies.get(code) or usual_urgency(code)} for code in form.all(NEED)],
        "client": {},
        "facts": {},
    }
    for name, value in form.pairs():
        if name.startswith(TRAIT):
            profile["client"].setdefault("traits", {})[name.removeprefix(TRAIT)] = TRUTH.get(value, value)
        elif name == NO_POLICE:
            profile["avoid"] = [POLICE]
        elif name == WITH:
            profile["client"]["with"] = [{"age": number_or_text(age)} for age in ages_in(value)]
        elif name in PROFILE.singles:
            part, _, key = name.partition(".")
            profile[part][key] = _value(name, value)
    if form.all(DANGER):
        profile["facts"]["danger"] = list(form.all(DANGER))
    if form.all(CONSENT):
        profile["consents"] = [{"id": consent_id} for consent_id in form.all(CONSENT)]
    if form.all(LANGUAGES):
        profile["client"]["languages"] = list(form.all(LANGUAGES))
    return profile


def ages_in(text: str) -> list[str]:
    """Return the ages in a text, as typed.

    >>> ages_in("5, 9 and 12")
    ['5', '9', '12']
    """
    return [age for age in BETWEEN_AGES.split(text) if age]


def number_or_text(text: str) -> Any:
    """Return a number as typed; any other text as it is, for the interface to refuse."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else text


def named_areas(areas: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the name of each area by its code; the name shared by several, with the code.

    >>> named_areas([{"code": "us-a", "name": "Springfield"}, {"code": "us-b", "name": "Springfield"}])
    {'us-a': 'Springfield (us-a)', 'us-b': 'Springfield (us-b)'}
    """
    areas = [*areas]
    counts = Counter(area["name"] for area in areas)
    return {
        area["code"]: f"{area['name']} ({area['code']})" if counts[area["name"]] > 1 else area["name"] for area in areas
    }


def with_area_code(form: Form, names: Mapping[str, str]) -> Form:
    """Return a form with the code of its area, where the typed text is one area's name or the beginning of one only.

    >>> names = {"travis": "Travis County", "bexar": "Béxar County"}
    >>> [with_area_code(Form({AREA: (text,)}), names).value(AREA) for text in ("bexar c", "Travis county", "Elsewhere")]
    ['bexar', 'travis', 'Elsewhere']
    """
    text = _plain(form.value(AREA))
    if not text or form.value(AREA) in names:
        return form
    plain = {code: _plain(name) for code, name in names.items()}
    exact = [code for code, name in plain.items() if name == text]
    near = exact or [code for code, name in plain.items() if name.startswith(text)]
    return Form({**form.values, AREA: (near[0],)}) if len(near) == 1 else form


def _plain(text: str) -> str:
    return "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))


def first_part(form: Form) -> list[str]:
    """Return the contents of the first part of an answer: the call sheet; questions once one was put.

    >>> first_part(Form()), first_part(Form({"asked": ("client.age",)}))
    (['call_sheet'], ['call_sheet', 'questions'])
    """
    return ["call_sheet", *["questions"] * bool(form.all(QUESTIONS))]


def question_to_put(
    form: Form, answer: Mapping[str, Any], item: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, str]:
    """Return the first question of an answer that was not put yet, and the sentence of the sheet that puts it.

    No question comes twice: None where each was put. `item`: the question on the call sheet, all that the first part of
    an answer has. The sentence is empty for any other question.

    >>> item = {"question": {"attribute": "client.age"}, "text": "How old are you?"}
    >>> question_to_put(Form(), {}, item)
    ({'attribute': 'client.age'}, 'How old are you?')
    >>> question_to_put(Form({"asked": ("client.age",)}), {"questions": []}, item)
    (None, '')
    """
    questions = [item["question"], *answer.get("questions", ())]
    question = next((one for one in questions if one["attribute"] not in form.all(QUESTIONS)), None)
    return question, item["text"] if question == item["question"] else ""


def _value(name: str, value: str) -> Any:
    if name == "client.age":
        return number_or_text(value)
    return TRUTH.get(value, value) if name in YES_NO else value


def pointers(form: Form) -> dict[str, str]:
    """Return the form field for each JSON pointer into the profile of the form.

    >>> pointers(Form({"need": ("detox",)}))["/needs/0/urgency"]
    'urgency.detox'
    """
    fields = {"/needs": NEED, "/client/languages": LANGUAGES, "/facts/danger": DANGER}
    for number, code in enumerate(form.all(NEED)):
        fields[f"/needs/{number}/urgency"] = f"{URGENCY}{code}"
    fields |= {f"/client/with/{number}/age": WITH for number in range(len(ages_in(form.value(WITH))))}
    for name in (*PROFILE.singles, *(name for name, _ in form.pairs() if name.startswith(TRAIT))):
        fields["/" + name.replace(".", "/")] = name
    return fields
