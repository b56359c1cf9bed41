"""Next calls: the best path as a list of calls, for a worker with a phone in one hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.answers.builder import least_sure, other_calls
from service.answers.schemas.answer import AnswerDocument, Call, CallsDocument, SheetItem
from service.answers.schemas.paths import Path, Step
from service.i18n import answers


def next_calls(answer: AnswerDocument, urgencies: Mapping[str, str]) -> CallsDocument:
    """Return the steps of the first path of an answer document as calls, in the order of its call sheet. Pure.

    The origin's own step is no call: then, and without a path, `lead` says what to do. `urgencies` are the needs', by
    type. A call serves its most urgent need, and its `availability` and `usual_answer` are the need's service's;
    `instead` of the call: alternatives for the same types, then organizations on later paths, best first. Absent is
    what the answer left out.
    """
    best, later_paths = answer["paths"][:1], answer["paths"][1:]
    steps = [step for path in best for step in path["steps"] if step["mode"] != "internal"]
    sheet = answer["call_sheet"]
    steps.sort(key=lambda step: _place(sheet, step))
    calls = [_call(order, step, later_paths, urgencies) for order, step in enumerate(steps, start=1)]
    document: CallsDocument = {
        "lead": answer["lead"],
        "call_sheet": sheet,
        "calls": calls,
        "questions": answer.get("questions", []),
        "uncovered": answer["uncovered"],
        "later": answer.get("later", []),
        "fallback_lines": answer["fallback_lines"],
        "lines": answer["lines"],
        "duties": answer["duties"],
        "notices": answer["notices"],
        "counsel": answer["counsel"],
        "directory_version": answer["directory_version"],
        "policy_version": answer["policy_version"],
        "decision_id": answer["decision_id"],
    }
    if "questions" not in answer:
        del document["questions"]
    if "later" not in answer:
        del document["later"]
    return document


def _place(sheet: Sequence[SheetItem], step: Step) -> int:
    """Return the place of a step on the sheet: of its own item, or of the report that stands for it."""
    own, reports = (
        [place for place, item in enumerate(sheet) if item["kind"] == kind and {*step["covers"]} <= {*item["needs"]}]
        for kind in ("call", "report")
    )
    own = [
        place
        for place in own
        if sheet[place]["from"] == step["from"]  # a gateway may come twice
        and sheet[place]["to"] == step["to"]
        and sheet[place]["needs"] == step["covers"]
    ]
    return min(own or reports, default=len(sheet))


def _call(order: int, step: Step, later_paths: Sequence[Path], urgencies: Mapping[str, str]) -> Call:
    redacted = [entry["data"] for entry in step["withhold"]]
    confirm = [entry for use in step["services"] for entry in use["confirm"]]
    attributes = (entry["attribute"] for entry in confirm)
    service = least_sure(step["services"], urgencies)
    call: Call = {
        "order": order,
        "from": step["from"],
        "to": step["to"],
        "phone": step["contact"]["phone"],
        "tel": step["contact"]["tel"],
        "sms": step["contact"]["sms"],
        "label": step["contact"]["label"],
        "availability": service["availability"],
        "for": step["covers"],
        "mode": step["mode"],
        "manner": step["manner"],
        "inquire": step["inquire"],
        "say": step["share"],
        "leave_unsaid": [
            *redacted,
            *dict.fromkeys(
                attribute for attribute in attributes if attribute and attribute.startswith("client.traits.")
            ),
        ],
        "confirm": confirm,
        "obligations": step["obligations"],
        "instead": other_calls(step, later_paths, urgencies) if "instead" in step else [],
        "plain": answers.call(step["manner"], step["share"], redacted),
    }
    if "instead" not in step:
        del call["instead"]
    if "usual_answer" in service:
        call["usual_answer"] = service["usual_answer"]
    return call
