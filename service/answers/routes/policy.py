"""The rules in force over HTTP, and one decision explained."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

import policies
from service.answers.profile import ShareQuestion, read_share_question
from service.answers.routes.examples import ASKED_SHARE, DECISION, RULE
from service.answers.schemas.policy import DecisionDocument, RuleDocument, RulesDocument, RuleSource
from service.answers.use_cases.decide_share import decide_share, unknown_to
from service.answers.use_cases.grounds import list_grounds
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require
from service.documents.document import parse_body
from service.web.bodies import body_of
from service.web.media_types import JsonBody
from service.web.preferences import for_reader
from service.web.problems import EVERY_BODY, EVERY_PROTECTED, problem, responses_for

router = APIRouter(tags=["policy"])
Reader = Annotated[RequestContext, context_for(require("directory:read"))]
RuleId = Annotated[str, InPath(description="The id of a rule, as answers cite it.", examples=["consented-share"])]


def _document(rule: policies.Rule) -> RuleDocument:
    return {
        "id": rule.id,
        "effect": rule.effect,
        "plain": rule.plain,
        "authority": rule.authority,
        "asks": rule.asks,
        "jurisdiction": rule.jurisdiction,
        "confidence": rule.confidence,
        "reviewed": rule.reviewed,
        "pack": rule.pack,
        "due": rule.due,
        "to_be_confirmed": rule.to_be_confirmed,
    }


def _example(value: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": value}}}}


@router.get(
    "/policy/rules",
    summary="The rules in force",
    responses={
        **_example({"rules": [RULE], "packs": ["federal"], "policy_version": "sha256:…"}),
        **responses_for(*EVERY_PROTECTED),
    },
)
async def list_rules(context: Reader, directory: Current, response: Response) -> RulesDocument:
    """List every rule, task and piece of advice in catalogue order. Needs the scope `directory:read`."""
    rulebook = directory.rulebook
    rules, headers = for_reader(context.request, [_document(rule) for rule in rulebook.rules])
    response.headers.update(headers)
    return {"rules": rules, "packs": list(rulebook.names), "policy_version": rulebook.version}


@router.get(
    "/policy/rules/{id}",
    summary="One rule and its text",
    responses={
        **_example({**RULE, "source": "permit (…);", "policy_version": "sha256:…"}),
        **responses_for(*EVERY_PROTECTED, "not_found", "invalid_request"),
    },
)
async def get_rule(
    context: Reader,
    directory: Current,
    id: RuleId,  # noqa: A002 - the name on the wire
    response: Response,
) -> RuleSource:
    """Show one rule with its text in the Cedar language. Needs the scope `directory:read`."""
    try:
        rule = directory.rulebook.rule(id)
    except policies.UnknownRuleError:
        raise problem("not_found") from None
    document, headers = for_reader(context.request, _document(rule))
    response.headers.update(headers)
    return {**document, "source": rule.source, "policy_version": directory.rulebook.version}


@router.post(
    "/policy/decisions",
    summary="Decide one share, and explain it",
    responses={
        **_example(DECISION),
        **responses_for(*EVERY_PROTECTED, *EVERY_BODY, "invalid_request", "rules_disagree"),
    },
    openapi_extra=body_of(ShareQuestion, {"identity": ASKED_SHARE}, filled="holder"),
)
async def explain_decision(context: Reader, body: JsonBody, directory: Current, response: Response) -> DecisionDocument:
    """Decide whether one organization may do an action towards another, by which rules, and what would turn a denial.

    Needs the scope `directory:read`. The default of `holder` is the token's organization. The question is forgotten
    once answered.
    """
    reader = context.caller.organization
    unknown = partial(unknown_to, directory, reader)
    question = await context.read(partial(read_share_question, body, holder=reader, unknown=unknown, parse=parse_body))
    decision: DecisionDocument = await context.search(lambda _: decide_share(directory, question, reader=reader))
    context.note(list_grounds(decision))
    document, headers = for_reader(context.request, decision)
    response.headers.update(headers)
    return document
