"""The whole answer, key by key as the contract has it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import routing
from service.answer.conditional import ConditionalWriter
from service.answer.decisions import Clerk, RecordsDisagree
from service.answer.duties import DutyWriter
from service.answer.notices import write_grievance, write_notices
from service.answer.paths import write_path
from service.answer.questions import Asker
from service.answer.steps import StepWriter
from service.profile import Question
from service.served import Served
from service.sharing import Sharing
from service.wording import answers

log = logging.getLogger(__name__)
Found = TypeVar("Found")


def build_answer(
    served: Served,
    question: Question,
    sharing: Sharing,
    found: routing.Answer,
    *,
    new_id: Callable[[], str],
    out_of_time: routing.OutOfTime,
    moment: routing.Moment | None = None,
) -> dict[str, Any]:
    """Return the answer document. Every decision in it is asked again of Cedar; a path that fails this is left out.

    `out_of_time` says when to stop looking for questions. `new_id` makes the id under which the answer can be spoken
    of later; nothing of the profile is in it. `moment` is what the search has found out that does not have to be again.
    """
    clerk = Clerk(sharing)
    writer = StepWriter(served, question.profile, clerk)
    paths = _written(found.paths, lambda path, rank: write_path(writer, path, rank=rank))
    conditional = ConditionalWriter(served, question, sharing)
    opened = _written(found.conditional_paths, lambda path, rank: conditional.write(path, rank=rank))
    paths_left_out, opened_left_out = len(paths) < len(found.paths), len(opened) < len(found.conditional_paths)
    left_out = paths_left_out or opened_left_out
    questions, all_asked = Asker(served, question, sharing, found, out_of_time, moment).write()
    return {
        "paths": paths,
        "conditional_paths": opened,
        "uncovered": [_uncovered(entry) for entry in found.uncovered],
        "sole_provider": list(found.sole_providers),
        "duties": DutyWriter(served, question.profile, clerk, question.process).write(),
        "questions": questions,
        "complete": {
            "paths": found.paths_complete and not paths_left_out,
            "conditional_paths": found.conditional_complete and not opened_left_out,
            "questions": all_asked,
        },
        "notices": write_notices(served, question.profile, found, danger=question.case.danger, left_out=left_out),
        "grievance": write_grievance(served, question.profile.origin),
        "directory_version": served.directory_version,
        "policy_version": served.rulebook.version,
        "decision_id": new_id(),
    }


def _written(paths: Sequence[Found], write: Callable[[Found, int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the documents of these paths, ranked anew; one that Cedar does not bear out is left out."""
    kept: list[dict[str, Any]] = []
    for path in paths:
        try:
            kept.append(write(path, len(kept) + 1))
        except RecordsDisagree as defect:
            log.error("a path was left out: compiled rules and cedar differ", extra={"action": str(defect)})
    return kept


def _uncovered(entry: routing.Uncovered) -> dict[str, Any]:
    return {
        "need": entry.need,
        "reasons": [
            {"code": r.code, "count": r.count, "plain": answers.reason(r.code, r.count, r.opens_at)}
            for r in entry.reasons
        ],
        "plain": None if entry.reasons else answers.ONLY_AT_A_PRICE,
    }
