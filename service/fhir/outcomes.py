"""OperationOutcome from a problem document: the same refusal in the form of R4. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.fhir.elements import PROBLEMS, Element, concept
from service.i18n import refusals

_ISSUES: Mapping[str, tuple[str, ...]] = {  # issue types of R4, and our codes
    "login": ("invalid_token",),
    "forbidden": ("missing_scope", "not_yours", "other_origin", "members_only"),
    "not-found": ("not_found",),
    "not-supported": ("method_not_allowed", "not_acceptable", "unsupported_media_type"),
    "required": ("precondition_required", "idempotency_key_required"),
    "conflict": ("stale", "conflict", "idempotency_key_reused", "idempotency_in_progress"),
    "business-rule": ("not_allowed_now", "not_from_here", "nothing_to_send"),
    "too-long": ("body_too_large", "head_too_large"),
    "throttled": ("too_many_requests", "too_many_codes", "too_many_refusals"),
    "transient": ("busy", "not_ready"),
    "no-store": ("not_stored",),
    "exception": ("internal_error", "rules_disagree"),
    "invalid": ("invalid_request", "invalid_profile", "malformed_request"),
}
_ISSUE_OF = {code: issue for issue, codes in _ISSUES.items() for code in codes}
_NUMBER = re.compile(r"/(\d+)(?=/|$)")


def outcome_of(problem: Mapping[str, Any], resource_type: str) -> Element:
    """Return a problem document as an OperationOutcome; `resource_type`: the type of the sent resource.

    >>> refused = {"code": "invalid_request", "errors": [{"pointer": "/note/0", "detail": "is not taken"}]}
    >>> outcome_of(refused, "Task")["issue"][0]["expression"]
    ['Task.note[0]']
    """
    issue = _ISSUE_OF.get(problem["code"], "processing")
    issues: list[Element] = [
        {"severity": "error", "code": issue, "details": {**concept(PROBLEMS, problem["code"]), "text": text}, **more}
        for text, more in _issues(problem, resource_type)
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def outcome_of_dropped(pointers: Iterable[str]) -> Element | None:
    """Return what is told of elements that were taken off unread; None: none was.

    >>> outcome_of_dropped(["/entry/0/resource/text"])["issue"][0]["expression"]
    ['Bundle.entry[0].resource.text']
    """
    places = [expression_of(pointer, "Bundle") for pointer in pointers]
    issue: Element = {"severity": "information", "code": "informational", "details": {"text": refusals.NOT_READ}}
    return {"resourceType": "OperationOutcome", "issue": [{**issue, "expression": places}]} if places else None


def expression_of(pointer: str, resource_type: str) -> str:
    """Return a JSON pointer as FHIRPath.

    >>> expression_of("/entry/0/resource/text", "Bundle")
    'Bundle.entry[0].resource.text'
    """
    return _NUMBER.sub(r"[\1]", f"{resource_type}{pointer}").replace("/", ".")


def _issues(problem: Mapping[str, Any], resource_type: str) -> Iterator[tuple[str, Element]]:
    """Yield the text and the place of each issue: of every fault, or of the problem itself with its reasons."""
    for error in problem.get("errors", ()):
        if parameter := error.get("parameter"):
            yield error["detail"], {"location": [f"http.{parameter}"]}
            continue
        place, text, diagnostics = error["pointer"].partition("/valueString")
        places: Element = {"expression": [expression_of(place + text, resource_type)]}
        yield error["detail"], places | ({"diagnostics": diagnostics} if diagnostics else {})
    if not problem.get("errors"):
        yield problem.get("detail") or problem["title"], {}
    for reason in problem.get("reasons", ()):
        yield reason["plain"], {"diagnostics": reason["code"]}
    for rule in problem.get("rules", ()):
        yield problem["title"], {"diagnostics": rule}
