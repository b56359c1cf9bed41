"""Proposals over HTTP: words and codes of the vocabulary, and labels of organizations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.api.coalition import Look, looking
from service.coalition.api.schemas.coalition_acts import PROPOSED, ProposalDocument, ProposalPage
from service.coalition.work import keep_proposals
from service.coalition.work.keep_proposals import STATUSES, DecisionBody
from service.coalition.work.propose_labels import LabelsBody
from service.directory.api.directory import MATCH, Page, PerPage, Stored, condition_of, one_of, paged, respond
from service.directory.api.schemas.directory import reference
from service.directory.parties import SCOPES, Act
from service.infrastructure.documents.given import read_given
from service.infrastructure.http.bodies import body_of
from service.infrastructure.http.media_types import JSON, JsonBody
from service.loop.api.happenings import answers, telling

router = APIRouter(tags=["coalition"])
Reading = Annotated[Look, looking("directory:read", *SCOPES[Act.PROPOSE_WORD], *SCOPES[Act.DECIDE_WORD])]
Proposing = Annotated[Look, looking(*SCOPES[Act.PROPOSE_WORD])]
Deciding = Annotated[Look, looking(*SCOPES[Act.DECIDE_WORD])]
ProposalId = Annotated[str, InPath(description="The proposal's `id`.", max_length=100)]
_LABELS = body_of(LabelsBody, {"labels": {"organization": "lotus-center", "labels": {"regimes": ["vawa", "voca"]}}})
_OF_LABELS = _LABELS["requestBody"]["content"][JSON]
_CONTENT = {
    "schema": {"anyOf": [reference("VocabularyEntry"), _OF_LABELS["schema"]]},
    "examples": {"word": {"value": PROPOSED}, **_OF_LABELS["examples"]},
}
_BODY = {"requestBody": {"required": True, "content": {JSON: _CONTENT}}}


@router.post(
    "/vocabulary-proposals",
    summary="Propose a word, a code or labels",
    **answers(ProposalDocument, "It is proposed.", "not_yours", "conflict", status=201, body=True),
    openapi_extra=_BODY,
)
async def propose_vocabulary_entry(request: Request, look: Proposing, stored: Stored, body: JsonBody) -> Response:
    """Propose a code for the vocabulary, the meaning of one's own word, or labels of an organization.

    Words and codes are for members, labels for members and for the organization itself. The answer holds the other
    meanings of the same word as `used_as`, or the labels in force as `present_labels`. A body with `labels` is read as
    labels.
    """
    with telling():
        change = await look.read(lambda sight: keep_proposals.read_proposal(sight, look.caller, body))
        found = await look.change(
            lambda sight: keep_proposals.propose(stored.unit_of_work(), sight, look.caller, change)
        )
    return respond(request, found, status=201)


@router.get(
    "/vocabulary-proposals",
    summary="List proposals",
    **answers(ProposalPage, "A page, the newest day first."),
)
async def list_vocabulary_proposals(
    *,
    request: Request,
    look: Reading,
    stored: Stored,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(STATUSES))] = None,
) -> Response:
    """List the proposals by and about agencies that the caller may see, the newest day first."""
    listed = partial(keep_proposals.list_proposals, status=status, page=page, per_page=per_page)
    with telling():
        return paged(request, await look.show(lambda sight: listed(stored.unit_of_work(writes=False), sight)))


@router.get(
    "/vocabulary-proposals/{id}",
    summary="Show a proposal",
    **answers(ProposalDocument, "The proposal.", "not_found"),
)
async def get_vocabulary_proposal(
    request: Request,
    look: Reading,
    stored: Stored,
    id: ProposalId,  # noqa: A002 - the contract's word
) -> Response:
    """Show a proposal, with the present meanings of its word at each agency, or with the labels in force."""
    with telling():
        work = stored.unit_of_work(writes=False)
        return respond(request, await look.show(lambda sight: keep_proposals.get_proposal(work, sight, id)))


@router.put(
    "/vocabulary-proposals/{id}/decision",
    summary="Decide on a proposal",
    **answers(
        ProposalDocument, "It is decided.", "not_yours", "not_found", "precondition_required", "stale", "not_from_here",
        "conflict", body=True,
    ),
    openapi_extra={**body_of(DecisionBody, {"accepted": {"status": "accepted"}}), "parameters": [MATCH]},
)  # fmt: skip
async def decide_vocabulary_proposal(
    request: Request,
    look: Deciding,
    stored: Stored,
    body: JsonBody,
    id: ProposalId,  # noqa: A002
) -> Response:
    """Accept or decline a proposal, as the member in `decided_by`, or as any member where the field is null.

    Labels are settled by a member of neither the organization's house nor the proposer's. What is accepted stands in
    the directory at once. `If-Match` names the proposal as seen, its other meanings or labels in force included.
    """
    with telling():
        given = await look.working.read(partial(read_given, DecisionBody, body))
        decide = partial(keep_proposals.decide_proposal, given=given, condition=condition_of(request))
        return respond(request, await look.change(lambda sight: decide(stored.unit_of_work(), sight, look.caller, id)))
