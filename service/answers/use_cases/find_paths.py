"""Find referral paths: the main job. A profile is answered and forgotten; no part is kept or logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import routing
from service.answers.builder import build_answer, with_reports
from service.answers.profile import NeedsProfile, ResolvedProfile, resolve
from service.answers.schemas.answer import AnswerDocument
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.time_budget import hard_deadline_from_now, sooner, starting_now

OF_THE_SHEET = frozenset({"instead", "later"})
"""The searches that a call sheet takes, whatever else is asked for."""


def find_paths(
    directory: DirectorySnapshot,
    profile: NeedsProfile,
    *,
    is_expired: routing.IsExpired = routing.never,
    questions_within_ms: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: str(uuid4()),
) -> AnswerDocument:
    """Return the answer to a needs profile as documented, ready for JSON.

    Takes a single version of the directory for the whole request; `now` counts only for a profile without `at`.
    `is_expired` says when to stop looking for more than the best path, by default never; questions stop then, or
    `questions_within_ms` milliseconds after their beginning. What is guaranteed stops after `HARD_DEADLINE_MS`
    of processor time.

    Raises:
        ProfileRefused: the profile names an entry absent from the directory.
        routing.SearchDefect: the search contradicts itself; no answer is given.
    """
    at = (profile.at or now()).astimezone(directory.snapshot.zone)
    question = resolve(profile, directory.names, directory.policy.equivalent_forms, at=at)
    return answer_question(
        directory.where(question.profile.client.area),
        question,
        parts=profile.parts,
        is_expired=is_expired,
        questions_within_ms=questions_within_ms,
        new_id=new_id,
    )


def answer_question(
    directory: DirectorySnapshot,
    question: ResolvedProfile,
    *,
    parts: frozenset[str],
    is_expired: routing.IsExpired = routing.never,
    questions_within_ms: int | None = None,
    new_id: Callable[[], str] = lambda: "",
) -> AnswerDocument:
    """Return the answer to a resolved profile by the rules of `directory`, with the limits of `find_paths`.

    Raises:
        routing.SearchDefect: the search contradicts itself; no answer is given.
    """
    question = with_reports(directory, question)
    sharing = Sharing(directory.rulebook, directory.policy, question.case)
    request = routing.Request(
        directory.snapshot,
        question.profile,
        rules=sharing,
        asks=sharing,
        parts=parts | OF_THE_SHEET if "call_sheet" in parts else parts,
        is_expired=is_expired,
        past_hard_deadline=hard_deadline_from_now(),
    )
    result = routing.find_paths(request)
    if questions_within_ms is not None:
        request = request.but(is_expired=sooner(is_expired, starting_now(questions_within_ms)))
    return build_answer(directory, question, sharing, result, request, new_id=new_id, parts=parts)
