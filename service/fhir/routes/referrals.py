"""Referrals and consents as FHIR: a transaction makes a referral, an update of its Task moves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from starlette.responses import Response

from service.directory.parties import CONSENT, REFERRAL
from service.directory.routes.context import RequestContext, context_for
from service.directory.routes.dependencies import Current, require
from service.documents.entity_tags import TaggedDocument, with_etag
from service.fhir.bundles import transaction_response
from service.fhir.models import validate
from service.fhir.read_fhir import PartyResources
from service.fhir.referrals import statuses_of
from service.fhir.routes.answers import FhirBody, answer, base_address, page_of
from service.fhir.routes.parameters import (
    Choice,
    IncludeFocus,
    LastUpdated,
    PageChoice,
    ResourceId,
    TaskStatus,
    span_of,
)
from service.fhir.send_fhir import body_of_move, referral_of_request
from service.fhir.sending import read_transaction
from service.referrals.routes.referrals import check_origin, sending_at
from service.web.conditions import condition_of
from service.web.idempotency import REPLAYED, required_key_of
from service.web.preferences import for_reader

Referring = Annotated[RequestContext, context_for(require(REFERRAL))]
Consenting = Annotated[RequestContext, context_for(require(CONSENT))]


async def search_tasks(
    *,
    context: Referring,
    directory: Current,
    choice: Choice,
    status: TaskStatus = None,
    last_updated: LastUpdated = None,
    include: IncludeFocus = None,
) -> Response:
    """Search the Tasks of referrals that the caller's agency sent and was sent, each as its side sees it.

    `_lastUpdated` goes by what that side was shown: a course that it may not follow is no change.
    """
    statuses = None if status is None else statuses_of(status)
    return await _search(
        context, directory, "Task", choice, statuses=statuses, last_updated=last_updated, include=include
    )


async def search_requests(
    context: Referring, directory: Current, choice: Choice, last_updated: LastUpdated = None
) -> Response:
    """Search the ServiceRequests of referrals that the caller's agency sent and was sent."""
    return await _search(context, directory, "ServiceRequest", choice, last_updated=last_updated)


async def search_consents(context: Consenting, directory: Current, choice: Choice) -> Response:
    """Search the caller's own consents, and those on which a packet was sent to the caller."""
    return await _search(context, directory, "Consent", choice)


async def read_task(context: Referring, directory: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read how a referral goes, as the caller's side sees it; the id is the referral's."""
    return await _read(context, directory, "Task", id)


async def read_request(context: Referring, directory: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read what a referral asks for, as the caller's side sees it; the id is the referral's."""
    return await _read(context, directory, "ServiceRequest", id)


async def read_consent(context: Consenting, directory: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read the caller's part of a consent."""
    return await _read(context, directory, "Consent", id)


async def update_task(context: Referring, directory: Current, body: FhirBody, id: ResourceId) -> Response:  # noqa: A002
    """Move a referral: the Task as it was read, with another `status` and the code that goes with it."""
    resources, condition = _resources_of(context, directory), condition_of(context.request, weak=True)

    def move() -> TaggedDocument:
        view = resources.view("Task", id)
        sent_body = body_of_move(body, resources.resource_of("Task", view).document, view.document["expected"])
        return resources.resource_of("Task", resources.move(id, sent_body, condition))

    return answer(context.request, await context.change(move))


async def make_referral(context: Referring, directory: Current, body: FhirBody) -> Response:
    """Send a referral: a transaction of one ServiceRequest and one Task, decided by itself and now.

    The profile stands in one extension; it is read and forgotten. No resource names the client: `subject` and `for` are
    masked, and an element that could carry a word about a person is refused by its name; what ordinary senders add is
    dropped unread, and `response.outcome` names it. `code`, `orderDetail` and a contained QuestionnaireResponse may
    say the needs in the profile's place.
    """

    def read() -> Any:
        request = read_transaction(body, datetime.now(UTC))
        check_origin(directory, context.caller, json.loads(request.body))
        key = required_key_of(context.request)
        return request, referral_of_request(request, context.caller), key

    request, referral, key = await context.read(read)

    def send() -> Any:
        with request.within():
            return sending_at(context).send(referral, request.body, key)

    sending_result = await context.change(send)
    resources, view = _resources_of(context, directory), TaggedDocument(sending_result.document, sending_result.etag)
    resources_of_referral = [resources.resource_of(name, view).document for name in ("ServiceRequest", "Task")]
    response, language = for_reader(
        context.request, transaction_response(resources_of_referral, base_address(context), request.outcomes())
    )
    replayed = {REPLAYED: "true"} if sending_result.repeated else {}
    return answer(context.request, with_etag(validate(response)), {**language, **replayed})


async def _read(context: RequestContext, directory: Current, resource_type: str, resource_id: str) -> Response:
    resources = _resources_of(context, directory)
    return answer(context.request, await context.show(partial(resources.read, resource_type, resource_id)))


async def _search(
    context: RequestContext,
    directory: Current,
    resource_type: str,
    choice: PageChoice,
    *,
    statuses: tuple[str, ...] | None = None,
    last_updated: str | None = None,
    include: str | None = None,
) -> Response:
    changed = (None, None) if last_updated is None else span_of(last_updated)
    searching = partial(_resources_of(context, directory).search, resource_type, ids=choice.ids, statuses=statuses)
    page = await context.show(
        partial(searching, changed=changed, page=choice.page, count=choice.count, with_focus=include is not None)
    )
    return page_of(context, page, choice)


def _resources_of(context: RequestContext, directory: Current) -> PartyResources:
    waits = timedelta(days=context.parts.settings.waitlisted_days)
    return PartyResources(context.database, context.caller, context.ring, directory, waits)
