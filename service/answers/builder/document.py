"""The whole answer, key by key as documented."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

import routing
from service import vocabulary
from service.answers.builder.alternatives import FallbackWriter, write_instead, write_later
from service.answers.builder.call_sheet import SheetWriter
from service.answers.builder.conditional import ConditionalWriter
from service.answers.builder.counsel import write_counsel
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.duties import DutyWriter
from service.answers.builder.lead import LeadWriter
from service.answers.builder.lines import LineWriter
from service.answers.builder.notices import write_grievance, write_notices
from service.answers.builder.paths import write_path
from service.answers.builder.questions import QuestionFinder
from service.answers.builder.steps import StepWriter
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import AnswerDocument, Uncovered
from service.answers.schemas.paths import Instead, Path, Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.errors import RecordsDisagree
from service.i18n import answers

log = logging.getLogger(__name__)
Item = TypeVar("Item")
Document = TypeVar("Document")


def build_answer(
    directory: DirectorySnapshot,
    question: ResolvedProfile,
    sharing: Sharing,
    result: routing.Answer,
    request: routing.Request,
    *,
    new_id: Callable[[], str],
    parts: Collection[str] = vocabulary.ANSWER_PARTS,
) -> AnswerDocument:
    """Return the answer document. Every shown decision is asked again of Cedar; a path that fails is left out.

    `parts` are those of `vocabulary.ANSWER_PARTS` that the document holds; the lead is the same whatever they are.

    `request` holds the findings of the search, to be used again; its time is the time for questions. Where a question
    may lead, the first path under each answer is guaranteed as well, whatever the time. `new_id` makes the answer's id,
    which holds no part of the profile.
    """
    verifier, profile = DecisionVerifier(sharing), question.profile
    writer = StepWriter(directory, profile, verifier)
    lawful_paths = _write_lawful(result.paths, lambda path, rank: write_path(writer, path, rank=rank))
    paths = [document for _, document in lawful_paths]
    if lawful_paths and lawful_paths[0][0] is result.paths[0]:
        _add_instead(writer, paths[0], result.instead)
    conditional = ConditionalWriter(directory, question, sharing)
    lawful = [path for candidate in result.conditional_paths if (path := conditional.lawful(candidate)) is not None]
    conditional_paths = _write_lawful(lawful, lambda path, rank: conditional.write(path, rank=rank))
    path_left_out = len(paths) < len(result.paths)
    conditional_path_left_out = len(conditional_paths) < len(lawful)
    first = next((path for path, _ in lawful_paths), None)
    duties = DutyWriter(directory, profile, verifier, question.process)
    lines = LineWriter(directory, profile, question.danger, question.case.guardian)
    crisis = lines.line("suicide")
    near_complete = "near" not in result.cut and all(entry.explained for entry in result.uncovered)
    lead = LeadWriter(
        writer,
        question,
        first=first,
        pressing=result.pressing,
        duties=duties,
        crisis=crisis,
        near=frozenset(entry.need for entry in result.uncovered if entry.near),
    )
    may_lead = routing.quality_of(profile, first, directory.snapshot.law).bad and not lead.is_settled
    asker = QuestionFinder(directory, question, sharing, result, request, conditional.lawful, may_lead=may_lead)
    questions, questions_complete = asker.write() if {"questions", "call_sheet"} & {*parts} else ([], None)
    uncovered = [_uncovered(writer, entry, is_proven=result.is_optimal) for entry in result.uncovered]
    still_open = [entry.need for entry in result.uncovered]
    by_urgency = sorted(still_open, key=lambda need: need not in result.pressing)
    fallback_writer = FallbackWriter(directory, profile)
    fallback = fallback_writer.write(by_urgency)
    leading = asker.leading() if may_lead else None
    answer: AnswerDocument = {
        "lead": lead.write(
            question=leading,
            advocate=_borne_out(writer, result.advocate),
            near={entry["need"]: entry["near"] for entry in uncovered},
            fallback=fallback_writer.first(by_urgency),
            is_proven=result.is_optimal
            and near_complete
            and "advocate" not in result.cut
            and (not may_lead or asker.leading_is_proven),
        ),
        "paths": paths,
        "conditional_paths": [document for _, document in conditional_paths],
        "uncovered": uncovered,
        "later": [write_later(directory, candidate) for candidate in result.later],
        "fallback_lines": fallback,
        "lines": lines.write(duties.lines(), (entry.need for entry in result.uncovered)),
        "caller": vocabulary.THIRD_PARTY if profile.third_party else None,
        "sole_provider": list(result.sole_providers),
        "duties": duties.write(),
        "questions": questions,
        "complete": {
            "paths": result.paths_complete and not path_left_out and "advocate" not in result.cut,
            "conditional_paths": result.conditional_complete
            and not conditional_path_left_out
            and tuple(lawful) == result.conditional_paths,
            "questions": questions_complete,
            "instead": "instead" not in result.cut,
            "later": "later" not in result.cut,
            "near": near_complete,
        },
        "notices": write_notices(
            directory,
            question,
            result,
            crisis_line=lead.crisis_number,
            left_out=path_left_out or conditional_path_left_out,
        ),
        "counsel": write_counsel(directory, profile.at.astimezone(directory.snapshot.zone).date()),
        "grievance": write_grievance(directory, profile.origin),
        "directory_version": directory.directory_version,
        "policy_version": directory.rulebook.version,
        "decision_id": new_id(),
    }
    if "call_sheet" in parts:
        answer["call_sheet"] = SheetWriter(directory, question, answer, result.pressing).write()
    return _only(answer, parts)


def _only(answer: AnswerDocument, parts: Collection[str]) -> AnswerDocument:
    """Return an answer without the parts that are not wanted: their keys absent, their completeness null."""
    complete = answer["complete"]
    if "later" not in parts:
        del answer["later"]
        complete["later"] = None
    if "conditional" not in parts:
        del answer["conditional_paths"]
        complete["conditional_paths"] = None
    if "questions" not in parts:
        del answer["questions"]
        complete["questions"] = None
    if "instead" not in parts:
        complete["instead"] = None
    for path in (*answer["paths"], *answer.get("conditional_paths", ())):
        if "explanations" not in parts:
            del path["cost"]["terms"]
        path["steps"] = [_only_of_step(step, parts) for step in path["steps"]]
    return answer


def _only_of_step(step: Step, parts: Collection[str]) -> Step:
    """Return a step without the parts that are not wanted; several paths may hold the same step."""
    document = step.copy()
    if "instead" not in parts:
        del document["instead"]
    if "explanations" not in parts:
        del document["rules"]
    return document


def write_paths(
    directory: DirectorySnapshot, question: ResolvedProfile, sharing: Sharing, paths: Sequence[routing.Path]
) -> list[tuple[routing.Path, Path]]:
    """Return paths with their documents, ranked anew; a path that Cedar does not bear out is left out."""
    writer = StepWriter(directory, question.profile, DecisionVerifier(sharing))
    return _write_lawful(paths, lambda path, rank: write_path(writer, path, rank=rank))


def _write_lawful(paths: Sequence[Item], write: Callable[[Item, int], Document]) -> list[tuple[Item, Document]]:
    """Return paths with their documents, ranked anew; a path that Cedar does not bear out is left out."""
    lawful_paths: list[tuple[Item, Document]] = []
    for path in paths:
        try:
            lawful_paths.append((path, write(path, len(lawful_paths) + 1)))
        except RecordsDisagree as defect:
            log.error("a path was left out: compiled rules and cedar differ", extra={"action": str(defect)})
    return lawful_paths


def _add_instead(writer: StepWriter, path: Path, instead: Sequence[Sequence[routing.Instead]]) -> None:
    """Give each step of the first path its alternatives; later paths may hold the same step without alternatives."""
    path["steps"] = [
        {**step, "instead": list(_write_alternatives(writer, alternatives))}
        for step, alternatives in zip(path["steps"], instead or [()] * len(path["steps"]), strict=True)
    ]


def _borne_out(writer: StepWriter, path: routing.Path | None) -> routing.Path | None:
    """Return a path if Cedar bears out every step, else None."""
    try:
        for step in () if path is None else path.steps:
            writer.write(step)
    except RecordsDisagree as defect:
        log.error("an advocate was left out: compiled rules and cedar differ", extra={"action": str(defect)})
        return None
    return path


def _write_alternatives(writer: StepWriter, alternatives: Sequence[routing.Instead]) -> Iterator[Instead]:
    for alternative in alternatives:
        try:
            yield write_instead(writer, alternative)
        except RecordsDisagree as defect:
            log.error("an alternative was left out: compiled rules and cedar differ", extra={"action": str(defect)})


def _uncovered(writer: StepWriter, entry: routing.Uncovered, *, is_proven: bool) -> Uncovered:
    """Return an entry for a need.

    Until the first path is proven, reasons that rule out some services and not all don't mean that nobody can help.
    """
    is_open = not is_proven and entry.may_be_met
    without_reasons = answers.ONLY_AT_A_PRICE if is_proven and entry.explained else answers.NOT_LOOKED_INTO
    return {
        "need": entry.need,
        "reasons": [
            {"code": r.code, "count": r.count, "plain": answers.reason(r.code, r.count, r.opens_at)}
            for r in entry.reasons
        ],
        "near": list(_write_alternatives(writer, entry.near)),
        "plain": None if entry.reasons and not is_open else without_reasons,
    }
