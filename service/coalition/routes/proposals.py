"""Proposals over HTTP: words and codes of the vocabulary, and labels of organizations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.routes.coalition import CoalitionRequest, coalition_context
from service.coalition.routes.schemas.coalition_acts import PROPOSED, ProposalDocument, ProposalPage
from service.coalition.use_cases import keep_proposals
from service.coalition.use_cases.keep_proposals import STATUSES, DecisionBody
from service.coalition.use_cases.propose_labels import LabelsBody
from service.directory.parties import SCOPES, Act
from service.directory.routes.directory import MATCH, Page, PerPage, one_of
from service.directory.routes.schemas.directory import reference
from service.documents.bodies import read_sent_body
from service.web.bodies import body_of
from service.web.conditions import condition_of
from service.web.media_types import JSON, JsonBody
from service.web.operations import openapi_responses

router = APIRouter(tags=["coalition"])
Reading = Annotated[
    CoalitionRequest, coalition_context("directory:read", *SCOPES[Act.PROPOSE_WORD], *SCOPES[Act.DECIDE_WORD])
]
Proposing = Annotated[CoalitionRequest, coalition_context(*SCOPES[Act.PROPOSE_WORD])]
Deciding = Annotated[CoalitionRequest, coalition_context(*SCOPES[Act.DECIDE_WORD])]
ProposalId = Annotated[str, InPath(description="The proposal's `id`.", max_length=100)]
_LABELS = body_of(
    LabelsBody, {"labels": {"organization": "juniper-bridge-hotline", "labels": {"regimes": ["vawa", "voca"]}}}
)
_OF_LABELS = _LABELS["requestBody"]["content"][JSON]
_CONTENT = {
    "schema": {"anyOf": [reference("VocabularyEntry"), _OF_LABELS["schema"]]},
    "examples": {"word": {"value": PROPOSED}, **_OF_LABELS["examples"]},
}
_BODY = {"requestBody": {"required": True, "content": {JSON: _CONTENT}}}


@router.post(
    "/vocabulary-proposals",
    summary="Propose a word, a code or labels",
    response_model=None,
    status_code=201,
    responses=openapi_responses(ProposalDocument, "It is proposed.", "not_yours", "conflict", status=201, body=True),
    openapi_extra=_BODY,
)
async def propose_vocabulary_entry(look: Proposing, body: JsonBody) -> Response:
    """Propose a code for the vocabulary, the meaning of one's own word, or labels of an organization.

    Words and codes are for members, labels for members and for the organization itself. The answer holds the other
    meanings of the same word as `used_as`, or the labels in force as `present_labels`. A body with `labels` is read as
    labels.
    """
    change = await look.read(lambda: keep_proposals.read_proposal(look.visible, look.caller, body))
    propose = keep_proposals.propose
    return look.answer(await look.change(lambda: propose(look.writing, look.visible, look.caller, change)), status=201)


@router.get(
    "/vocabulary-proposals",
    summary="List proposals",
    response_model=None,
    responses=openapi_responses(ProposalPage, "A page, the newest day first."),
)
async def list_vocabulary_proposals(
    *,
    look: Reading,
    page: Page = 1,
    per_page: PerPage = 50,
    status: Annotated[str | None, Query(pattern=one_of(STATUSES))] = None,
) -> Response:
    """List the proposals by and about agencies that the caller may see, the newest day first."""
    list_page = partial(keep_proposals.list_proposals, status=status, page=page, per_page=per_page)
    return look.page(await look.show(lambda: list_page(look.reading, look.visible)))


@router.get(
    "/vocabulary-proposals/{id}",
    summary="Show a proposal",
    response_model=None,
    responses=openapi_responses(ProposalDocument, "The proposal.", "not_found"),
)
async def get_vocabulary_proposal(
    look: Reading,
    id: ProposalId,  # noqa: A002 - the name on the wire
) -> Response:
    """Show a proposal, with the present meanings of its word at each agency, or with the labels in force."""
    return look.answer(await look.show(lambda: keep_proposals.get_proposal(look.reading, look.visible, id)))


@router.put(
    "/vocabulary-proposals/{id}/decision",
    summary="Decide on a proposal",
    response_model=None, responses=openapi_responses(
        ProposalDocument, "It is decided.", "not_yours", "not_found", "precondition_required", "stale", "not_from_here",
        "conflict", body=True,
    ),
    openapi_extra={**body_of(DecisionBody, {"accepted": {"status": "accepted"}}), "parameters": [MATCH]},
)  # fmt: skip
async def decide_vocabulary_proposal(
    look: Deciding,
    body: JsonBody,
    id: ProposalId,  # noqa: A002
) -> Response:
    """Accept or decline a proposal, as the member in `decided_by`, or as any member where the field is null.

    Labels are settled by a member of neither the organization's house nor the proposer's. What is accepted stands in
    the directory at once. `If-Match` names the proposal as seen, its other meanings or labels in force included.
    """
    decision = await look.read(partial(read_sent_body, DecisionBody, body))
    decide = partial(keep_proposals.decide_proposal, sent_body=decision, condition=condition_of(look.request))
    return look.answer(await look.change(lambda: decide(look.writing, look.visible, look.caller, id)))
