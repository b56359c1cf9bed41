"""The Questionnaire for needs: the form, and the needs in a response that a ServiceRequest contains. Pure.

Every answer is a code from a closed list, so that no answer can name a client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.errors import Problem
from service.fhir.elements import MASKED, NEEDS_FORM, SERVICE_TYPES, URGENCIES, Element
from service.i18n import codes, fhir, refusals
from service.vocabulary import LISTS

ID = "needs"
TYPE, URGENCY = "type", "urgency"
_LISTS = {TYPE: (SERVICE_TYPES, "service_types"), URGENCY: (URGENCIES, "urgencies")}
_COMPLETE = ("completed", "amended")


def questionnaire(published: str) -> Element:
    """Return the form, given the day of its last change: a group for each need, of two questions."""
    questions = ((TYPE, fhir.NEED_TYPE, True), (URGENCY, fhir.NEED_URGENCY, False))
    return {
        "resourceType": "Questionnaire",
        "id": ID,
        "url": NEEDS_FORM,
        "name": "ReferralNeeds",
        "title": fhir.NEEDS,
        "status": "active",
        "date": published,
        "item": [
            {
                "linkId": ID,
                "text": fhir.NEEDS,
                "type": "group",
                "required": True,
                "repeats": True,
                "item": [
                    {
                        "linkId": name,
                        "text": text,
                        "type": "choice",
                        "required": required,
                        "answerOption": [{"valueCoding": option} for option in _options(*_LISTS[name])],
                    }
                    for name, text, required in questions
                ],
            }
        ],
    }


def _options(system: str, words: str) -> Iterator[Element]:
    for code in LISTS[words]:
        yield {"system": system, "code": code, "display": codes.word(words, code)}


class AnsweredNeeds:
    """The needs in the QuestionnaireResponse that a ServiceRequest contains, if any.

    `pointers`: where each need is, by service type. `urgencies`: how soon each is needed, as far as the response says.
    """

    def __init__(self, request: Element) -> None:
        self.pointers: dict[str, str] = {}
        self.urgencies: dict[str, str] = {}
        self._problems: list[Problem] = []
        contained, cited = (request.get(name) or [] for name in ("contained", "supportingInfo"))
        if contained or cited:
            names = [f"#{form.get('id')}" for form in contained if isinstance(form, dict)]
            if len(names) != 1 or [reference.get("reference") for reference in cited] != names:
                self._problems.append(Problem("/contained" if contained else "/supportingInfo", refusals.ONE_RESPONSE))
            else:
                self._read(contained[0])

    def problems(self) -> Iterator[Problem]:
        """Yield each answer that isn't one to the form."""
        yield from self._problems

    def _read(self, response: Element) -> None:
        fixed = {"resourceType": ("QuestionnaireResponse",), "questionnaire": (NEEDS_FORM,), "status": _COMPLETE}
        for name, values in fixed.items():
            if response.get(name) not in values:
                self._problems.append(Problem(f"/contained/0/{name}", refusals.AS_AGREED))
        if response.get("subject", MASKED) != MASKED:
            self._problems.append(Problem("/contained/0/subject", refusals.MASKED_ALONE))
        for place, group in enumerate(response.get("item") or [{}]):
            at = f"/contained/0/item/{place}"
            answers = dict(self._answers(group, at))
            service_type, pointer = answers.get(TYPE, (None, at))
            if group.get("linkId") != ID or service_type is None:
                self._problems.append(Problem(at, refusals.NO_SUCH_QUESTION))
            elif service_type in self.pointers:
                self._problems.append(Problem(pointer, refusals.GIVEN_TWICE))
            else:
                self.pointers[service_type] = pointer
                if URGENCY in answers:
                    self.urgencies[service_type] = answers[URGENCY][0]

    def _answers(self, group: Element, at: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each answered question of a need, with the code and its place; a second answer is a problem."""
        seen = set[Any]()
        for place, item in enumerate(group.get("item") or ()):
            name, answers = item.get("linkId"), item.get("answer") or []
            pointer = f"{at}/item/{place}"
            if name not in _LISTS or name in seen or len(answers) != 1:
                self._problems.append(Problem(pointer, refusals.NO_SUCH_QUESTION))
                continue
            seen.add(name)
            coding = answers[0].get("valueCoding") or {}
            if coding.get("system") != _LISTS[name][0] or not isinstance(coding.get("code"), str):
                self._problems.append(Problem(f"{pointer}/answer/0", refusals.ONE_OF_OUR_CODES))
                continue
            yield name, (coding["code"], f"{pointer}/answer/0/valueCoding")
