"""Parts of an answer that screens read alike: which notices come first, which duties stand with the first call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import policies
from service import vocabulary

Document = Mapping[str, Any]
SAFETY_FIRST = (
    "danger-imminent", "danger-medical", "danger-overheard", "danger-suicide", "safe-to-talk",
    "guardian-suspected", "speak-alone",
)  # fmt: skip
LAW_NOT_HERE = ("child-report-state-law", "adult-report-state-law")
"""The duties under a state law for which no pack is loaded: never certain, and about the client never left out."""
FINE_PRINT = ("record-without-content", "not-legal-advice", "pack-review", "to-be-confirmed", "hotline")
"""Notices of every answer: printed last, so that the first call stands near the top."""
REPORTS = "receiver-reports"


def disclosures_of(step: Document) -> list[Document]:
    """Return the tasks of a step that consist in telling the client something before the call."""
    own_report = REPORTS if step.get("mode", "report") == "report" else None
    return [task for task in step["obligations"] if task["id"] in policies.load_briefs() and task["id"] != own_report]


def duties_at_once(document: Document) -> list[Document]:
    """Return the duties that stand with the first call: certain ones, and those about the client by a law not here."""
    return [
        duty
        for duty in document["duties"]
        if duty["certain"] or (duty["id"] in LAW_NOT_HERE and duty["person"] == vocabulary.CLIENT)
    ]
