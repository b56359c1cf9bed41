"""Referrals and consents as FHIR: a transaction makes a referral, an update of its Task moves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from service.directory.api.directory import condition_of
from service.directory.parties import CONSENT, REFERRAL
from service.directory.work.read_directory import Found, found
from service.fhir.api.answers import FhirBody, answer, base_address, page_of
from service.fhir.api.parameters import Choice, PageChoice, ResourceId, TaskStatus
from service.fhir.bundles import transaction_response
from service.fhir.models import checked
from service.fhir.read_fhir import Happenings
from service.fhir.referrals import statuses_of
from service.fhir.send_fhir import asked_referral, given_move
from service.fhir.sending import read_transaction
from service.infrastructure.http.deps import Current, require
from service.infrastructure.http.desk import Desk, desk_for
from service.infrastructure.http.idempotency import REPLAYED, required_key_of
from service.loop.api.referrals import check_origin, sending_at

Referring = Annotated[Desk, Depends(desk_for(require(REFERRAL)))]
Consenting = Annotated[Desk, Depends(desk_for(require(CONSENT)))]


async def search_tasks(desk: Referring, served: Current, choice: Choice, status: TaskStatus = None) -> Response:
    """Search the Tasks of referrals that the caller's agency sent and was sent, each as its side sees it."""
    return await _search(desk, served, "Task", choice, None if status is None else statuses_of(status))


async def search_requests(desk: Referring, served: Current, choice: Choice) -> Response:
    """Search the ServiceRequests of referrals that the caller's agency sent and was sent."""
    return await _search(desk, served, "ServiceRequest", choice)


async def search_consents(desk: Consenting, served: Current, choice: Choice) -> Response:
    """Search the caller's own consents, and those on which a packet was sent to the caller."""
    return await _search(desk, served, "Consent", choice)


async def read_task(desk: Referring, served: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read how a referral goes, as the caller's side sees it; the id is the referral's."""
    return await _read(desk, served, "Task", id)


async def read_request(desk: Referring, served: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read what a referral asks for, as the caller's side sees it; the id is the referral's."""
    return await _read(desk, served, "ServiceRequest", id)


async def read_consent(desk: Consenting, served: Current, id: ResourceId) -> Response:  # noqa: A002
    """Read the caller's part of a consent."""
    return await _read(desk, served, "Consent", id)


async def update_task(desk: Referring, served: Current, body: FhirBody, id: ResourceId) -> Response:  # noqa: A002
    """Move a referral: the Task as it was read, with another `status` and the code that goes with it."""
    happenings, condition = _happenings(desk, served), condition_of(desk.request, weak=True)

    def move() -> Found:
        given = given_move(body, happenings.read("Task", id).document)
        return happenings.shown("Task", happenings.moved(id, given, condition))

    return answer(desk.request, await desk.change(move))


async def make_referral(desk: Referring, served: Current, body: FhirBody) -> Response:
    """Send a referral: a transaction of one ServiceRequest and one Task, decided by itself and now.

    The profile stands in one extension; it is read and forgotten. No resource names the client: `subject` and `for` are
    masked, and an element that could carry a word about a person is refused by its name.
    """

    def read() -> Any:
        request = read_transaction(body, datetime.now(UTC))
        check_origin(served, desk.caller, json.loads(request.body))
        key = required_key_of(desk.request)
        return request, asked_referral(request, desk.caller), key

    request, asked, key = await desk.read(read)

    def send() -> Any:
        with request.within():
            return sending_at(desk).send(asked, request.body, key)

    sent = await desk.change(send)
    happenings, view = _happenings(desk, served), Found(sent.document, sent.etag)
    made = [happenings.shown(name, view).document for name in ("ServiceRequest", "Task")]
    told = checked(transaction_response(made, base_address(desk.request, desk.parts)))
    return answer(desk.request, found(told), {REPLAYED: "true"} if sent.repeated else {})


async def _read(desk: Desk, served: Current, resource_type: str, resource_id: str) -> Response:
    happenings = _happenings(desk, served)
    return answer(desk.request, await desk.show(partial(happenings.read, resource_type, resource_id)))


async def _search(
    desk: Desk, served: Current, resource_type: str, choice: PageChoice, statuses: tuple[str, ...] | None = None
) -> Response:
    searching = partial(_happenings(desk, served).search, resource_type, ids=choice.ids, statuses=statuses)
    told = await desk.show(partial(searching, page=choice.page, count=choice.count))
    return page_of(desk.request, desk.parts, told, choice)


def _happenings(desk: Desk, served: Current) -> Happenings:
    return Happenings(desk.stored, desk.caller, desk.ring, served, timedelta(days=desk.parts.settings.waitlisted_days))
